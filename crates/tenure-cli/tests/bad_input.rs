//! Bad input is refused with file, line, column, what was expected and a hint, and nothing is written.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::fs;

use support::{Project, golden};

/// Edits one file of the example project, applies, and compares what is printed with `tests/golden/<name>.txt`.
fn check(name: &str, file: &str, from: &str, to: &str) {
    let project = Project::init();
    project.edit(file, from, to);
    let before = project.files();

    let ended = project.tenure(&["apply", "--yes"]);

    golden(name, &ended.stderr);
    assert_eq!((ended.code, ended.stdout.as_str()), (2, ""));
    assert_eq!(project.files(), before, "nothing is written");
}

#[test]
fn a_row_without_an_id() {
    check("row_without_id", "workers.csv", "\nW1013,E1013,", "\n,E1013,");
}

#[test]
fn a_duplicate_id() {
    check("duplicate_id", "workers.csv", "\nW1014,E1014,", "\nW1014,E1013,");
}

#[test]
fn an_impossible_date() {
    check("impossible_date", "workers.csv", "2021-06-01", "2021-02-30");
}

#[test]
fn an_unknown_column() {
    check("unknown_column", "workers.csv", ",costCenter,", ",costPlace,");
}

#[test]
fn an_empty_export_without_even_a_header() {
    let project = Project::init();
    fs::write(project.path("workers.csv"), "").unwrap();
    let ended = project.tenure(&["check"]);
    golden("empty_file", &ended.stderr);
    assert_eq!(ended.code, 2);
}

#[test]
fn an_unknown_attribute_in_a_rule() {
    check(
        "unknown_attribute",
        "policy.yaml",
        "when: 'department eq \"Sales\"'",
        "when: 'departement eq \"Sales\"'",
    );
}

#[test]
fn a_cycle_of_roles() {
    check(
        "role_cycle",
        "policy.yaml",
        "    title: Answers tickets\n",
        "    title: Answers tickets\n    includes: [support-lead]\n",
    );
}

#[test]
fn a_misspelt_key_in_the_policy() {
    check("misspelt_key", "policy.yaml", "      idle_after: 30d", "      idle_afer: 30d");
}

#[test]
fn every_error_of_a_policy_at_once() {
    let project = Project::init();
    project.edit("policy.yaml", "prehire: 7d", "prehire: soon");
    project.edit("policy.yaml", "title eq \"Controller\"", "title is \"Controller\"");
    let ended = project.tenure(&["check"]);
    golden("several_errors", &ended.stderr);
    assert_eq!(ended.code, 2);
}

#[test]
fn a_misspelt_key_in_the_project_file() {
    check("misspelt_project_key", "tenure.toml", "services =", "servces =");
}

#[test]
fn a_target_of_the_policy_that_the_project_does_not_have() {
    check("missing_target", "tenure.toml", "[targets.erp]", "[targets.crm]");
}

#[test]
fn a_folder_without_a_project() {
    let empty = tempfile::tempdir().unwrap();
    let ended = support::tenure(empty.path(), &["check"]);
    golden("no_project", &ended.stderr);
    assert_eq!(ended.code, 2);
}
