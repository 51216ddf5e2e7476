//! A pilot whose scope widens: what comes under management is a plan before anything is written.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use support::Project;

const SUPPORT: &str = "who: 'department eq \"Support\"', targets: [zendesk]";
const RULES: &str = r#"version: 1
administrators: [W1001]
pilots:
  - { id: first, from: 2026-03-02, until: 2026-04-10, who: 'department eq "Support"', targets: [zendesk] }
"#;

/// The steps of a written plan: whose, where, what.
fn steps(project: &Project, file: &str) -> Vec<(String, String, String)> {
    let plan: Value = serde_json::from_str(&fs::read_to_string(project.path(file)).unwrap()).unwrap();
    let text = |step: &Value, field: &str| step[field].as_str().unwrap_or_default().to_owned();
    let steps = plan["steps"].as_array().unwrap();
    steps.iter().map(|step| (text(step, "identity"), text(step, "target"), text(step, "verb"))).collect()
}

fn whose(steps: &[(String, String, String)]) -> BTreeSet<&str> {
    steps.iter().map(|(identity, ..)| identity.as_str()).collect()
}

/// What the systems have; what is in `state` is the program's own, but for the directory.
fn systems(project: &Project) -> (BTreeMap<PathBuf, Vec<u8>>, String) {
    let mut files = project.files();
    files.retain(|path, _| path.starts_with(project.path("erp")));
    let seats = project.tenure(&["seats"]).stdout;
    (files, seats)
}

#[test]
fn a_scope_that_widens_is_a_plan_of_exactly_what_comes_under_management() {
    let project = Project::governed(RULES);
    assert_eq!(project.tenure(&["apply", "--yes", "--pilot", "first"]).code, 0);
    assert_eq!(project.tenure(&["plan", "--pilot", "first", "--exit-code"]).code, 0, "the pilot is settled");
    let before = systems(&project);

    // More people: those who sell, in the same system.
    let sales =
        SUPPORT.replace("department eq \"Support\"", "department eq \"Support\" or department eq \"Sales\"");
    project.edit("governance.yaml", SUPPORT, &sales);
    let plan = project.tenure(&["plan", "--pilot", "first", "--out", "wide.json"]);
    assert_eq!(plan.code, 0, "{}", plan.stderr);
    let wide = steps(&project, "wide.json");
    assert!(wide.iter().all(|(_, target, _)| target == "zendesk"), "{wide:?}");
    let people = fs::read_to_string(project.path("workers.csv")).unwrap();
    let of = |department: &str| -> BTreeSet<String> {
        let rows = people.lines().map(|row| row.split(',').collect::<Vec<_>>());
        rows.filter(|row| row[7] == department).map(|row| row[0].to_owned()).collect()
    };
    let (sellers, support) = (of("Sales"), of("Support"));
    assert!(whose(&wide).iter().all(|id| sellers.contains(*id)), "nobody but who comes in: {wide:?}");
    assert!(whose(&wide).len() > 3 && wide.iter().any(|(.., verb)| verb == "create"), "{wide:?}");
    assert_eq!(systems(&project), before, "showing it writes nothing");
    let again = project.tenure(&["plan", "--pilot", "first", "--out", "again.json"]);
    assert_eq!(again.code, 0);
    assert_eq!(steps(&project, "again.json"), wide);
    // It is that plan that is applied, and then the pilot is settled with them.
    let applied = project.tenure(&["apply", "wide.json", "--yes"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    assert_eq!(project.tenure(&["plan", "--pilot", "first", "--exit-code"]).code, 0);
    assert_eq!(systems(&project).0, before.0, "the other system is not touched");

    // More systems: the same people in the ERP, and nothing else.
    project.edit("governance.yaml", "targets: [zendesk]", "targets: [zendesk, erp]");
    assert_eq!(project.tenure(&["plan", "--pilot", "first", "--out", "deep.json"]).code, 0);
    let deep = steps(&project, "deep.json");
    assert!(!deep.is_empty() && deep.iter().all(|(_, target, _)| target == "erp"), "{deep:?}");
    assert!(whose(&deep).iter().all(|id| sellers.contains(*id) || support.contains(*id)), "{deep:?}");
    assert_eq!(project.tenure(&["apply", "deep.json", "--yes"]).code, 0);

    // The whole company: only those who were not in the pilot.
    assert_eq!(project.tenure(&["plan", "--out", "all.json"]).code, 0);
    let all = steps(&project, "all.json");
    assert!(!all.is_empty(), "the rest of the company is there");
    assert!(whose(&all).iter().all(|id| !sellers.contains(*id) && !support.contains(*id)), "{all:?}");
    // Who moves into the scope after it was shown makes the plan of then stale, and nothing of it is done.
    project.edit(
        "workers.csv",
        "W1002,E1002,Employee,Marcus,Adeyemi,,,Finance",
        "W1002,E1002,Employee,Marcus,Adeyemi,,,Sales",
    );
    let files = systems(&project).0;
    let stale = project.tenure(&["apply", "all.json", "--yes"]);
    assert_ne!(stale.code, 0, "{}", stale.stdout);
    assert!(stale.stderr.contains("W1002"), "{}", stale.stderr);
    assert_eq!(systems(&project).0, files);
}
