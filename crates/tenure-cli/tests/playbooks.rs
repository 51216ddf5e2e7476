//! Playbooks on the command line: rehearsed, begun for many, their tasks answered, stopped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::fs;

use support::Project;

const RULES: &str = r#"version: 1
administrators: [W1001]
playbooks:
  - id: first-week
    parameters: { laptop: standard }
    steps:
      - { id: welcome, does: { notify: { text: "Welcome, {person}" } } }
      - { id: report, does: { grant: { what: { entitlement: erp/permission:report }, term: 30d } } }
      - { id: laptop, does: { task: { title: "Hand out a {laptop} laptop to {person}", to: [manager] } } }
      - { id: training, does: { notify: { text: "The training begins" } }, after: [laptop] }
"#;

fn project() -> Project {
    let project = Project::governed(RULES);
    let first = project.tenure(&["apply", "--yes"]);
    assert_eq!(first.code, 0, "{}{}", first.stdout, first.stderr);
    project
}

#[test]
fn a_playbook_is_rehearsed_run_for_many_and_ends_when_its_tasks_are_done() {
    let project = project();
    let listed = project.tenure(&["playbook"]);
    assert!(
        listed.stdout.contains("welcome, report, laptop, training"),
        "{}{}",
        listed.stdout,
        listed.stderr
    );
    assert!(
        listed.stdout.contains("laptop=standard") && listed.stdout.contains("no run"),
        "{}",
        listed.stdout
    );
    let run = |more: &[&str]| {
        let begin = ["playbook", "run", "first-week", "--by", "W1001", "--set", "laptop=big"];
        project.tenure(&[&begin[..], more].concat())
    };
    let who = ["--where", "title eq \"Support Agent\"", "--for", "W1013"];
    let dry = run(&[&who[..], &["--dry-run"]].concat());
    assert_eq!(dry.code, 0, "{}", dry.stderr);
    let people = dry.stdout.lines().filter(|line| line.contains("first-week version 1 for")).count();
    assert!(people > 1, "{}", dry.stdout);
    assert!(project.tenure(&["playbook"]).stdout.contains("no run"), "a rehearsal writes nothing");

    let begun = run(&who);
    assert_eq!(begun.code, 0, "{}", begun.stderr);
    assert_eq!(begun.stdout.lines().filter(|line| line.contains("✓ report: granted until")).count(), people);
    let tasks = project.tenure(&["tasks"]).stdout;
    let line = tasks.lines().find(|line| line.contains("Hand out a big laptop to Anna Keller"));
    let task = line.unwrap_or_else(|| panic!("{tasks}")).split_whitespace().next().unwrap().to_owned();
    let nobody = project.tenure(&["tasks", "done", &task]);
    assert_eq!(nobody.code, 2);
    assert!(nobody.stderr.contains("--by WHO"), "{}", nobody.stderr);
    let other = project.tenure(&["tasks", "done", &task, "--by", "W1013"]);
    assert_eq!(other.code, 3, "{}{}", other.stdout, other.stderr);
    let done = project.tenure(&["tasks", "done", &task, "--by", "W1010"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let (id, _) = task.rsplit_once('/').unwrap();
    assert!(done.stdout.contains(&format!("playbook {id}: ended")), "{}", done.stdout);
    let shown = project.tenure(&["playbook", "show", id]).stdout;
    assert!(shown.contains("✓ laptop: done by W1010") && shown.contains("✓ training: told W1013"), "{shown}");
    assert!(project.tenure(&["playbook", "ended"]).stdout.contains(id));
    let plan = project.tenure(&["plan", "--all"]);
    assert_eq!(plan.stdout.matches("+ permission:report").count(), people, "{}", plan.stdout);

    let left = project.tenure(&["playbook"]).stdout;
    let other = left.lines().find(|line| line.contains("to go")).unwrap().split_whitespace().next().unwrap();
    let refused = project.tenure(&["playbook", "stop", other, "--by", "W1013"]);
    assert_eq!(refused.code, 3);
    let stopped = project.tenure(&["playbook", "stop", other, "--by", "W1001", "--undo"]);
    assert!(stopped.stdout.contains("↶ report: undone"), "{}{}", stopped.stdout, stopped.stderr);
}

#[test]
fn a_trigger_of_the_policy_begins_a_playbook_while_planning() {
    let project = project();
    project.edit(
        "policy.yaml",
        "constraints:\n",
        "triggers:\n  - { id: newcomers, playbook: first-week, in: [active], when: 'title eq \"Chief Financial Officer\"' }\n\nconstraints:\n",
    );
    let plan = project.tenure(&["plan"]);
    assert_eq!(plan.code, 0, "{}", plan.stderr);
    assert_eq!(plan.stdout.matches("begun by its trigger").count(), 1, "{}", plan.stdout);
    assert_eq!(project.tenure(&["plan"]).stdout.matches("begun by its trigger").count(), 0);
}

#[test]
fn a_playbook_is_saved_from_a_file_run_and_taken_away() {
    let project = Project::governed("version: 1\nadministrators: [W1001]\n");
    assert_eq!(project.tenure(&["apply", "--yes"]).code, 0);
    fs::write(
        project.path("offsite.yaml"),
        "id: offsite\nsteps:\n  - { id: s, dose: { notify: { text: Hello } } }\n",
    )
    .unwrap();
    let save = ["playbook", "save", "offsite.yaml", "--by", "W1001"];
    let wrong = project.tenure(&save);
    assert_eq!(wrong.code, 2, "{}", wrong.stderr);
    assert!(wrong.stderr.contains("offsite.yaml:3") && wrong.stderr.contains("dose"), "{}", wrong.stderr);
    project.edit("offsite.yaml", "dose", "does");
    assert_eq!(project.tenure(&save).stdout, "playbook offsite is saved as version 1\n");
    assert_eq!(project.tenure(&save).stdout, "playbook offsite is saved as version 2\n");
    assert!(project.tenure(&["playbook"]).stdout.contains("offsite"));
    let run = project.tenure(&["playbook", "run", "offsite", "--for", "Anna Keller", "--by", "W1001"]);
    assert!(run.stdout.contains("offsite version 2 for Anna Keller"), "{}{}", run.stdout, run.stderr);
    assert_eq!(project.tenure(&["playbook", "remove", "offsite", "--by", "W1010"]).code, 3);
    assert_eq!(project.tenure(&["playbook", "remove", "offsite", "--by", "W1001"]).code, 0);
    assert_eq!(
        project.tenure(&["playbook", "run", "offsite", "--for", "Anna Keller", "--by", "W1001"]).code,
        1
    );
}
