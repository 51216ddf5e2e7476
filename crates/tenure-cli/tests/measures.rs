//! Measures, pilots and feedback on the command line.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::fs;

use support::Project;

const RULES: &str = r#"version: 1
administrators: [W1001]
measures: { access_within: 1bd, removal_within: 4h }
pilots:
  - { id: support, from: 2026-03-02, until: 2026-03-31, who: 'department eq "Support"', targets: [zendesk] }
"#;

fn project() -> Project {
    Project::governed(RULES)
}

#[test]
fn a_pilot_is_planned_applied_measured_and_reported() {
    let project = project();
    // The plan of a pilot leaves everybody else and every other system alone.
    let limited = project.tenure(&["plan", "--pilot", "support", "--all"]);
    assert_eq!(limited.code, 0, "{}", limited.stderr);
    assert!(limited.stdout.contains("Anna Keller"), "{}", limited.stdout);
    for other in [" erp ", "Marcus Adeyemi"] {
        assert!(!limited.stdout.contains(other), "{other}: {}", limited.stdout);
    }
    assert_eq!(project.tenure(&["apply", "--yes", "--pilot", "support"]).code, 0);
    assert_eq!(
        project.tenure(&["plan", "--pilot", "support", "--exit-code"]).code,
        0,
        "nothing is left of it"
    );
    assert_eq!(project.tenure(&["plan", "--exit-code"]).code, 6, "and the rest waits");

    let praise = ["feedback", "everything was there", "--by", "Anna Keller"];
    assert_eq!(project.tenure(&praise).code, 0);
    let complaint = project.tenure(&["feedback", "too many mails", "--by", "W1010", "--complaint"]);
    assert!(complaint.stdout.contains("everything was there") && complaint.stdout.contains("complaint"));

    let listed = project.tenure(&["pilot"]).stdout;
    assert!(listed.contains("support") && listed.contains("under way"), "{listed}");
    let file = project.path("pilot.html");
    let shown =
        project.tenure_at("2026-03-20T08:00:00Z", &["pilot", "support", "--report", file.to_str().unwrap()]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert!(
        shown.stdout.contains("Before and after") && shown.stdout.contains("time to access"),
        "{}",
        shown.stdout
    );
    assert!(fs::read_to_string(&file).unwrap().contains("too many mails"));
    let over = project.tenure_at("2026-04-02T08:00:00Z", &["plan"]);
    assert!(over.stdout.contains("pilot support: over"), "{}{}", over.stdout, over.stderr);
    let unknown = project.tenure(&["pilot", "sales"]);
    assert_eq!(unknown.code, 1, "{}", unknown.stderr);
}

#[test]
fn measures_are_shown_and_written_as_files() {
    let project = project();
    assert_eq!(project.tenure(&["apply", "--yes"]).code, 0);
    let shown = project.tenure_at("2026-03-10T08:00:00Z", &["measures", "--report", "measures.csv"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    for text in ["access in time: 100 %", "done without anybody: 100 %", "How long it took", "joiner: access"]
    {
        assert!(shown.stdout.contains(text), "{text}: {}", shown.stdout);
    }
    let took = fs::read_to_string(project.path("measures-how-long-it-took.csv")).unwrap();
    assert!(took.starts_with("what,cases,in time,middle,nine in ten,longest,objective\naccess,"), "{took}");
    assert!(project.path("measures-paid-seats-that-nobody-used.csv").exists());
    let none =
        project.tenure_at("2026-03-10T08:00:00Z", &["measures", "--from", "2026-03-05", "--target", "erp"]);
    assert!(none.stdout.contains("access in time: none"), "{}", none.stdout);
    let wrong = project.tenure(&["measures", "--target", "cloud"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("expected one of: erp, zendesk"), "{}", wrong.stderr);
}
