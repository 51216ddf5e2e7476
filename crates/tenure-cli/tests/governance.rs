//! Reviews and findings on the command line.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::fs;

use support::Project;

const RULES: &str = r#"version: 1
administrators: [W1001]
owners: { erp: [W1002] }
reviews:
  - id: erp
    scope: { targets: [erp], birthright: true, who: 'department eq "Finance"' }
    first: 2026-03-02
    every: 90d
    by: [owner]
    due: 10bd
"#;

fn project() -> Project {
    let project = Project::governed(RULES);
    let first = project.tenure(&["apply", "--yes"]);
    assert_eq!(first.code, 0, "{}{}", first.stdout, first.stderr);
    project
}

#[test]
fn a_review_is_opened_decided_and_reported() {
    let project = project();
    // The first apply looked before anybody had anything; the review begins with what there was then, the next day's with all.
    let shown = project.tenure_at("2026-06-01T08:00:00Z", &["review"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert!(shown.stdout.contains("review erp-2026-05-31: opened"), "{}", shown.stdout);
    let round = ["review", "erp-2026-05-31"];
    let items = project.tenure_at("2026-06-01T08:00:00Z", &round).stdout;
    let line =
        items.lines().find(|line| line.contains("erp/permission:pay")).unwrap_or_else(|| panic!("{items}"));
    assert!(line.contains("rule `accountants`"), "{items}");
    let item = line.split_whitespace().next().unwrap();
    let decide = |by: &str| {
        let more = ["--item", item, "--by", by, "--remove", "--because", "outsourced"];
        project.tenure_at("2026-06-01T08:00:00Z", &[&round[..], &more].concat())
    };
    let refused = decide("Anna Keller");
    assert_eq!(refused.code, 3, "{}", refused.stdout);
    let decided = decide("W1002");
    assert!(decided.stdout.contains("remove (W1002): outsourced"), "{}{}", decided.stdout, decided.stderr);
    let file = project.path("review.html");
    let report = project
        .tenure_at("2026-06-01T08:00:00Z", &[&round[..], &["--report", file.to_str().unwrap()]].concat());
    assert_eq!(report.code, 0, "{}", report.stderr);
    let html = fs::read_to_string(file).unwrap();
    assert!(html.contains("outsourced") && html.contains("change the rule"), "{html}");
}

#[test]
fn findings_have_owners_and_are_accepted_for_a_time() {
    // Nobody reviews anything under these rules, and that is found.
    let project = Project::governed("version: 1\nadministrators: [W1001]\n");
    let first = project.tenure(&["apply", "--yes"]);
    assert_eq!(first.code, 0, "{}{}", first.stdout, first.stderr);
    let shown = project.tenure(&["findings"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert!(
        shown.stdout.contains("W1001"),
        "the administrator has what nobody else answers for: {}",
        shown.stdout
    );
    let first = shown.stdout.lines().find(|line| line.contains("coverage gap")).unwrap();
    let id = first.split_whitespace().next().unwrap();
    let until = ["--until", "2026-04-01T00:00:00Z"];
    let accept =
        [&["findings", "--accept", id, "--by", "Helena Brandt", "--because", "known"], &until[..]].concat();
    let accepted = project.tenure(&accept);
    assert!(
        accepted.stdout.contains("accepted by W1001 until 1 Apr 2026"),
        "{}{}",
        accepted.stdout,
        accepted.stderr
    );
    let report = project.tenure(&["findings", "--report", "findings.csv"]);
    assert_eq!(report.code, 0, "{}", report.stderr);
    let covered = fs::read_to_string(project.path("findings-coverage.csv")).unwrap();
    assert!(
        covered.starts_with("system,joiner,mover,leaver,review,by groups\nerp,yes,yes,yes,no,"),
        "{covered}"
    );
    assert!(fs::read_to_string(project.path("findings-findings.csv")).unwrap().contains(id));
}

#[test]
fn what_a_review_of_the_rules_covers_is_no_gap() {
    let shown = project().tenure(&["findings"]);
    assert!(!shown.stdout.contains("erp: nobody may review it"), "{}", shown.stdout);
}
