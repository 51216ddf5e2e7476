//! Access on request, from the wish to what the target holds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use support::Project;

const RULES: &str = r#"version: 1
administrators: [W1001]
owners: { erp: [W1002] }
requests:
  approvals:
    - { id: manager, by: [manager], lapse: 5bd }
    - { id: owners, when: { targets: [erp] }, by: [owner] }
"#;

const DELEGATIONS: &str = "\
delegations:
  - { id: managers, who: 'userType eq \"Employee\"', may: [grant, revoke, reinstate, review] }

constraints:
";

fn project() -> Project {
    let project = Project::governed(RULES);
    project.edit("policy.yaml", "constraints:\n", DELEGATIONS);
    let first = project.tenure(&["apply", "--yes"]);
    assert_eq!(first.code, 0, "{}{}", first.stdout, first.stderr);
    project
}

#[test]
fn a_wish_becomes_access_when_everybody_has_approved() {
    let project = project();
    let because = ["--because", "replaces the accountant"];
    let ask = |more: &[&str]| {
        let arguments = [&["request", "erp/permission:report", "--by", "Anna Keller"], &because[..], more];
        project.tenure(&arguments.concat())
    };
    let dry = ask(&["--dry-run"]);
    assert_eq!(
        (dry.code, dry.stdout.as_str()),
        (0, "  + erp/permission:report until 31 May 2026\nto be approved: manager, then owners\n"),
        "{}",
        dry.stderr
    );
    let asked = ask(&[]);
    assert_eq!(asked.code, 0, "{}", asked.stderr);
    let id = asked.stdout.split_whitespace().next().unwrap().to_owned();
    assert!(asked.stdout.contains("W1013 asks for erp/permission:report for W1013: waits for manager"));

    let inbox = project.tenure(&["requests", "--waiting-for", "W1010"]).stdout;
    assert!(inbox.contains(&id) && inbox.contains("replaces the accountant"), "{inbox}");
    let own = project.tenure(&["approve", &id, "--by", "Anna Keller"]);
    assert_eq!(own.code, 3);
    assert!(own.stderr.contains("nobody decides about their own request"), "{}", own.stderr);
    let early = project.tenure(&["approve", &id, "--by", "W1011"]);
    assert_eq!(early.code, 3, "{}", early.stdout);
    let deputy = ["requests", "deputy", "--of", "W1010", "--to", "W1011", "--because", "holidays"];
    let named = project.tenure(&[&deputy[..], &["--until", "2026-03-09T00:00:00Z"]].concat());
    assert_eq!(named.stdout, "W1011 decides for W1010 until 9 Mar 2026\n", "{}", named.stderr);
    assert!(project.tenure(&["requests", "--waiting-for", "W1011"]).stdout.contains(&id));
    let stale = project.tenure(&["approve", &id, "--by", "W1010", "--seen", "0123"]);
    assert_eq!(stale.code, 3, "{}", stale.stdout);
    assert_eq!(project.tenure(&["approve", &id, "--by", "W1010"]).code, 0);
    let last = project.tenure(&["approve", &id, "--by", "W1002", "--because", "fine"]);
    assert!(last.stdout.contains("granted; the next apply carries it out"), "{}{}", last.stdout, last.stderr);

    let applied = project.tenure(&["apply", "--yes"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    let why = project.tenure(&["explain", "W1013", "erp/permission:report"]).stdout;
    assert!(why.contains(&id), "{why}");
    let plan = project.tenure(&["plan"]);
    assert!(plan.stdout.contains(&format!("request {id}: fulfilled")), "{}", plan.stdout);
    assert!(project.tenure(&["requests"]).stdout.contains("held"));
    assert_eq!(project.tenure(&["audit", "verify"]).code, 0);

    let end = project.tenure_at("2026-06-01T08:00:00Z", &["plan"]);
    assert!(end.stdout.contains(&format!("request {id}: ended")), "{}{}", end.stdout, end.stderr);
    let again = project.tenure_at(
        "2026-06-01T08:00:00Z",
        &["requests", "again", &id, "--by", "W1013", "--because", "the next quarter"],
    );
    assert!(again.stdout.contains("waits for manager"), "{}{}", again.stdout, again.stderr);
}

#[test]
fn mistakes_in_the_rules_are_shown_where_they_are() {
    let project = project();
    project.edit("governance.yaml", "by: [manager], lapse: 5bd", "by: [manger], lapse: 5bd");
    let wrong = project.tenure(&["check"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("governance.yaml:6:27"), "{}", wrong.stderr);
    assert!(wrong.stderr.contains("did you mean `manager`?"), "{}", wrong.stderr);
}
