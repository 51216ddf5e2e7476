//! A system that only people can work in: changes become tasks, and answers let the plan become empty.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::fs;

use support::tenure;

const PROJECT: &str = r#"
policy = "policy.yaml"
store = "tenure.db"

[sources.hr]
kind = "csv"
workers = "workers.csv"

[targets.mailchimp]
kind = "manual"
system = "Mailchimp"
ledger = "tasks/mailchimp.csv"
assignee = "Petra"
"#;

const POLICY: &str = r#"
version: 1
lifecycle: { zone: Europe/Berlin }
roles:
  marketer: { entitlements: [ { target: mailchimp, role: author } ] }
rules:
  - { id: marketing, when: 'department eq "Marketing"', roles: [marketer] }
targets:
  mailchimp:
    mode: managed
    match: [ { id: by-worker-id, account: externalId, identity: externalId, confidence: 1.0 } ]
    username: { from: [ { slug: externalId } ], unique: true, never_reuse: true }
    attributes:
      - { id: external-id, to: externalId, from: externalId }
      - { id: display-name, to: displayName, from: displayName }
    leaver: [ disable, remove_entitlements, delete: after 30d ]
"#;

const WORKERS: &str = "\
workerId,engagementId,engagementType,givenName,familyName,department,location,timeZone,startDate,primary
W1,E1,Employee,Anna,Keller,Marketing,Berlin,Europe/Berlin,2024-01-01,true
";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("tenure.toml", PROJECT), ("policy.yaml", POLICY), ("workers.csv", WORKERS)] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// The first word of the first line that has all of these words.
fn task(shown: &str, words: &str) -> String {
    let line = shown.lines().find(|line| words.split(' ').all(|word| line.contains(word)));
    line.unwrap_or_else(|| panic!("no line with `{words}` in:\n{shown}"))
        .split_whitespace()
        .next()
        .unwrap()
        .to_owned()
}

#[test]
fn what_people_do_settles_the_step() {
    let folder = folder();
    let applied = tenure(folder.path(), &["apply", "--yes"]);
    assert_eq!((applied.code, applied.stderr.as_str()), (4, ""), "the role waits: {}", applied.stdout);
    assert!(applied.stdout.contains("handed to a person"), "{}", applied.stdout);

    let shown = tenure(folder.path(), &["tasks"]).stdout;
    assert!(shown.contains("Petra") && shown.contains("1 open task"), "{shown}");
    let create = task(&shown, "Create account mailchimp");
    let done = tenure(folder.path(), &["tasks", "done", &create, "--account", "mc-77"]).stdout;
    assert!(done.contains("✓ settled: ") && done.contains("nothing waits for a person"), "{done}");

    // The account is there now, so the role can be given.
    let applied = tenure(folder.path(), &["apply", "--yes"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    let grant = task(&tenure(folder.path(), &["tasks"]).stdout, "author mailchimp");
    let number = grant.strip_prefix("mailchimp/").unwrap();
    // Somebody marks it in the ledger itself; the next plan sees it.
    let ledger = folder.path().join("tasks/mailchimp.csv");
    let text = fs::read_to_string(&ledger).unwrap();
    fs::write(&ledger, text.replace(&format!("\n{number},open,"), &format!("\n{number},done,"))).unwrap();
    let plan = tenure(folder.path(), &["plan", "--exit-code"]);
    assert_eq!(plan.code, 0, "{}{}", plan.stdout, plan.stderr);
    assert!(plan.stdout.contains("✓ settled: "), "{}", plan.stdout);
}

#[test]
fn an_export_under_names_of_its_own_is_read_by_a_mapping() {
    let folder = folder();
    let project = PROJECT.replace(
        "kind = \"csv\"\nworkers = \"workers.csv\"",
        "kind = \"hr\"\npath = \"staff.csv\"\ndates = [\"%d.%m.%Y\"]\n\
         map = { workerId = \"Nr\", givenName = [\"Rufname\", \"Vorname\"], familyName = \"Name\", \
         department = \"Abteilung\", startDate = \"Eintritt\" }",
    );
    fs::write(folder.path().join("tenure.toml"), project).unwrap();
    let export = "Nr;Vorname;Rufname;Name;Abteilung;Eintritt\nW1;Annegret;Anna;Keller;Marketing;1.1.2024\n";
    fs::write(folder.path().join("staff.csv"), export).unwrap();
    let plan = tenure(folder.path(), &["plan"]);
    assert!(plan.stdout.contains("Anna Keller  mailchimp  + account"), "{}{}", plan.stdout, plan.stderr);

    fs::write(folder.path().join("staff.csv"), export.replace("1.1.2024", "gestern")).unwrap();
    let wrong = tenure(folder.path(), &["check"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("expected a date as %d.%m.%Y, found `gestern`"), "{}", wrong.stderr);
}

#[test]
fn a_rejected_task_is_no_longer_open_and_an_unknown_one_is_an_error() {
    let folder = folder();
    tenure(folder.path(), &["apply", "--yes"]);
    let create = task(&tenure(folder.path(), &["tasks"]).stdout, "Create account mailchimp");
    let rejected = tenure(folder.path(), &["tasks", "reject", &create, "--because", "no seat left"]);
    assert_eq!(rejected.code, 0, "{}", rejected.stderr);
    assert!(rejected.stdout.contains("nothing waits for a person"), "{}", rejected.stdout);

    let unknown = tenure(folder.path(), &["tasks", "done", "4711"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.stderr.contains("4711"), "{}", unknown.stderr);
}
