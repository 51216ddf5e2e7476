//! The loop, and what is said of accounts that are nobody's.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use support::{NOW, Project};

/// The loop in a process of its own; it ends with the value.
struct Loop {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Loop {
    /// Returns when the first round has ended.
    fn start(project: &Project, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenure"));
        command
            .current_dir(project.path(""))
            .arg("run")
            .args(arguments)
            .args(["--color", "never", "--at", NOW]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        stdout.read_line(&mut first).unwrap();
        assert!(first.contains("looked at everything"), "{first}");
        Self { child, stdout }
    }

    /// How it ended, and what it printed after the first line.
    fn ended(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn one_round_of_the_loop_ends_where_apply_ends() {
    let project = Project::init();
    let ended = project.tenure(&["run", "--rounds", "1"]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("looked at everything, planned for everybody"), "{}", ended.stdout);
    let plan = project.tenure(&["plan", "--exit-code"]);
    assert_eq!(plan.code, 0, "there is nothing left to change:\n{}", plan.stdout);
}

#[cfg(unix)]
#[test]
fn it_ends_cleanly_when_the_system_stops_it() {
    let project = Project::init();
    let running = Loop::start(&project, &[]);
    assert!(Command::new("kill").arg(running.child.id().to_string()).status().unwrap().success());
    assert_eq!(running.ended().0, Some(0));
    assert_eq!(project.tenure(&["audit", "verify"]).code, 0);
}

#[cfg(unix)]
#[test]
fn it_reads_everything_at_once_when_the_system_says_that_something_is_new() {
    let project = Project::init();
    let mut running = Loop::start(&project, &["--rounds", "2", "--changes-every", "3600"]);
    let pid = running.child.id().to_string();
    // A feed that is written anew, and whoever wrote it says so.
    assert!(Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
    let mut second = String::new();
    while !second.contains("Round") {
        second.clear();
        assert!(running.stdout.read_line(&mut second).unwrap() > 0, "it ended without a second round");
    }
    assert!(second.contains("looked at everything"), "{second}");
    assert_eq!(running.ended().0, Some(0));
}

#[test]
fn what_is_approved_while_it_runs_is_carried_out() {
    let rules = "version: 1\nrequests:\n  approvals:\n    - { id: manager, by: [manager] }\n";
    let project = Project::governed(rules);
    let delegations =
        "delegations:\n  - { id: managers, who: 'userType eq \"Employee\"', may: [grant] }\n\nconstraints:\n";
    project.edit("policy.yaml", "constraints:\n", delegations);
    assert_eq!(project.tenure(&["apply", "--yes"]).code, 0);

    let mut running = Loop::start(&project, &["--changes-every", "1"]);
    let because = ["--because", "replaces the accountant"];
    let asked = project
        .tenure(&[&["request", "erp/permission:report", "--by", "Anna Keller"], &because[..]].concat());
    assert_eq!(asked.code, 0, "{}", asked.stderr);
    let id = asked.stdout.split_whitespace().next().unwrap();
    let approved = project.tenure(&["approve", id, "--by", "W1010"]);
    assert!(approved.stdout.contains("granted"), "{}{}", approved.stdout, approved.stderr);
    let fulfilled = format!("request {id}: fulfilled");
    let mut told = running.stdout.by_ref().lines().map(Result::unwrap);
    assert!(told.any(|line| line == fulfilled), "it ended before everything was held");
    let why = project.tenure(&["explain", "W1013", "erp/permission:report"]).stdout;
    assert!(why.contains(id), "{why}");
}

#[test]
fn what_is_said_of_an_account_is_kept_until_it_is_taken_back() {
    let project = Project::init();
    project.tenure(&["run", "--rounds", "1"]);
    let shown = project.tenure(&["accounts"]);
    assert!(shown.stdout.contains("every account belongs to somebody"), "{}", shown.stdout);
    // Somebody makes an account by hand.
    let path = project.path("erp/accounts.csv");
    let mut text = fs::read_to_string(&path).unwrap();
    let header = text.lines().next().unwrap().to_owned();
    let cells = header.split(',').map(|column| match column {
        "id" => "stray-1",
        "userName" => "stray",
        "active" => "true",
        "schemas" => "urn:ietf:params:scim:schemas:core:2.0:User",
        _ => "",
    });
    text.push_str(&format!("{}\n", cells.collect::<Vec<_>>().join(",")));
    fs::write(&path, text).unwrap();
    let plan = project.tenure(&["plan"]);
    assert_eq!(plan.code, 0, "{}{}", plan.stdout, plan.stderr);
    let (target, account) = ("erp".to_owned(), "stray-1".to_owned());
    let say = |owner: &str| {
        let about = ["accounts", "say", &target, &account, "--because", "the old backup"];
        project.tenure(&[&about[..], &["--owner", owner, "--review", "2027-01-31", "protected"]].concat())
    };
    let ended = say("nobody");
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("`nobody`"), "{}", ended.stderr);
    let ended = say("W1002");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let told = "nothing may touch it; W1002 answers for it (command line: the old backup)";
    assert!(ended.stdout.contains(told), "{}", ended.stdout);
    let ended = project.tenure(&["accounts", "withdraw", &target, &account]);
    assert!(!ended.stdout.contains("the old backup"), "{}", ended.stdout);
    assert_eq!(project.tenure(&["accounts", "withdraw", &target, "unknown"]).code, 1);
}

#[test]
fn a_target_is_written_to_in_its_window_and_what_is_redacted_is_not_recorded() {
    let (open, closed) = (Project::init(), Project::init());
    let window =
        r#"windows = [{ days = ["Sat"], from = "22:00:00", until = "04:00:00", zone = "Europe/Berlin" }]"#;
    closed.edit("tenure.toml", "[targets.erp]\n", &format!("[targets.erp]\n{window}\n"));
    closed.edit("tenure.toml", "policy = ", "redact = [\"displayName\"]\npolicy = ");
    let name = "Anna Keller";
    assert_eq!(open.tenure(&["apply", "--yes"]).code, 0);
    assert!(open.tenure(&["audit", "export"]).stdout.contains(name));

    let monday = closed.tenure(&["apply", "--yes"]);
    assert!(monday.stdout.contains("erp is written to from 2026-03-07 21:00:00 UTC on"), "{}", monday.stdout);
    let saturday = closed.tenure_at("2026-03-07T22:00:00Z", &["apply", "--yes"]);
    assert_eq!(saturday.code, 0, "{}{}", saturday.stdout, saturday.stderr);
    assert_eq!(closed.tenure_at("2026-03-07T22:00:00Z", &["plan", "--exit-code"]).code, 0);
    assert!(!closed.tenure(&["audit", "export"]).stdout.contains(name));
}

#[test]
fn rules_that_change_while_it_runs_are_gone_by() {
    let project = Project::governed("version: 1\nadministrators: [W1001]\n");
    assert_eq!(project.tenure(&["apply", "--yes"]).code, 0);
    let mut running = Loop::start(&project, &["--changes-every", "1"]);
    let mut told = running.stdout.by_ref().lines().map(Result::unwrap);
    project.edit("governance.yaml", "[W1001]", "[W1001]\nplaybooks: nothing");
    assert!(told.any(|line| line == "not read: the rules of before go on"));
    let more = "[W1001]\nplaybooks: [{ id: hello, steps: [{ id: s, does: { notify: { text: Hello } } }] }]";
    project.edit("governance.yaml", "[W1001]\nplaybooks: nothing", more);
    assert!(told.any(|line| line == "rules of governance: read anew"));
    let begun = project.tenure(&["playbook", "run", "hello", "--for", "Anna Keller", "--by", "W1001"]);
    assert_eq!(begun.code, 0, "{}", begun.stderr);
    project.edit("policy.yaml", "version: 1", "version: 1 # as before");
    assert!(told.any(|line| line == "the policy is written anew and says the same"));
}

#[test]
fn a_policy_that_changes_while_it_runs_is_taken_over_when_it_is_whole() {
    let project = Project::governed("version: 1\nadministrators: [W1001]\n");
    assert_eq!(project.tenure(&["apply", "--yes"]).code, 0);
    let mut running = Loop::start(&project, &["--changes-every", "1"]);
    let mut told = running.stdout.by_ref().lines().map(Result::unwrap);
    let not_taken = "the policy is NOT taken over: the one of before goes on";
    project.edit("policy.yaml", "    roles: [ticket-reader]", "    roles: [ticket-raeder]");
    assert!(told.any(|line| line == not_taken));
    project.edit("policy.yaml", "    roles: [ticket-raeder]", "    roles: [ticket-reader]");
    assert!(told.any(|line| line == "the policy is written anew and says the same"));

    // Those who sell get a seat. It is one write, so that it is seen as one change.
    let policy = fs::read_to_string(project.path("policy.yaml")).unwrap();
    let more =
        policy.replace("light-agent, group: Readers }", "light-agent, group: Readers, seat: professional }");
    let more = more.replace("      owned: 20\n", "      owned: 40\n");
    assert_ne!(more, policy);
    fs::write(project.path("policy.yaml"), more).unwrap();
    let changed = told.find(|line| line.starts_with("the policy has changed: ")).unwrap();
    assert!(changed.contains("gain and 0 lose something"), "{changed}");
    let seats = told.next().unwrap();
    assert!(
        seats.starts_with("  zendesk/licence:professional: ") && seats.contains("a year instead of"),
        "{seats}"
    );
    assert!(told.any(|line| line.contains("looked at everything")), "a round follows under the new one");
    let why = project.tenure(&["explain", "W1005", "zendesk/licence:professional"]).stdout;
    assert!(why.contains("sales-reads-tickets"), "{why}");
    let trail = project.tenure(&["audit", "export"]).stdout;
    let line = trail.lines().find(|line| line.contains("\"policy.change\"")).unwrap();
    assert!(line.contains("tenure run") && line.contains("\"gain\""), "{line}");

    // A change that takes away too much is held by the guards of its targets, and the loop goes on.
    project.edit(
        "policy.yaml",
        "department eq \"Support\" and not (title co \"Lead\")",
        "department eq \"Nobody\"",
    );
    assert!(told.any(|line| line.starts_with("the policy has changed: ")));
    assert!(told.any(|line| line.starts_with("held a guard stopped it: ")));
    drop(running);
    assert_eq!(project.tenure(&["audit", "verify"]).code, 0);
}

#[test]
fn what_is_not_as_it_should_be_is_found_while_it_runs() {
    let project = Project::governed("version: 1\nadministrators: [W1001]\n");
    assert_eq!(project.tenure(&["apply", "--yes"]).code, 0);
    let mut running = Loop::start(&project, &["--changes-every", "1"]);
    let mut told = running.stdout.by_ref().lines().map(Result::unwrap);
    let found = told.find(|line| line.starts_with("findings: ")).unwrap();
    assert!(found.contains(" new, 0 gone, "), "{found}");
}
