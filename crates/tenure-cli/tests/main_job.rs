//! The main job over a project file, as a user of the command sees it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::fs;

use support::{NOW, Project};

#[test]
fn a_new_project_is_checked_planned_applied_and_then_has_nothing_to_do() {
    let project = Project::init();
    assert_eq!(project.tenure(&["check"]).code, 0);
    assert_eq!(project.tenure(&["plan", "--exit-code"]).code, 6);

    let applied = project.tenure(&["apply", "--yes"]);
    assert_eq!((applied.code, applied.stderr.as_str()), (0, ""));
    assert!(applied.stdout.contains("Result 199 steps done\n"), "{}", applied.stdout);

    let again = project.tenure(&["plan", "--exit-code"]);
    assert_eq!(again.code, 0, "{}", again.stdout);
    assert!(again.stdout.starts_with("✓ everything is as it should be, nothing to do\n"), "{}", again.stdout);
}

/// What only a look at the accounts themselves can tell: that the store lost them.
#[test]
fn a_close_look_takes_nobodys_word_for_it() {
    let project = Project::init();
    assert_eq!(project.tenure(&["apply", "--yes"]).code, 0);
    assert_eq!(project.tenure(&["plan", "--exit-code"]).code, 0);
    let store = rusqlite::Connection::open(project.path("state/tenure.db")).unwrap();
    assert!(store.execute("DELETE FROM account WHERE doc LIKE '%Okonkwo%'", []).unwrap() > 0);
    drop(store);
    assert_eq!(project.tenure(&["plan", "--exit-code"]).code, 0, "who is settled is not read again");
    let closely = project.tenure(&["plan", "--exit-code", "--closely"]);
    assert_eq!(closely.code, 6, "{}{}", closely.stdout, closely.stderr);
}

#[test]
fn a_written_plan_is_applied_as_it_is_and_refused_when_it_is_stale() {
    let project = Project::init();
    assert_eq!(project.tenure(&["plan", "--out", "plan.json"]).code, 0);
    assert_eq!(project.tenure(&["apply", "--yes", "plan.json"]).code, 0);

    project.edit("workers.csv", "Grace,Okonkwo,,,Support", "Grace,Okonkwo,,,Sales");
    let later = "2026-03-03T08:00:00Z";
    assert_eq!(project.tenure_at(later, &["plan", "--out", "plan.json"]).code, 0);
    project.edit("workers.csv", "Grace,Okonkwo,,,Sales", "Grace,Okonkwo,,,Marketing");
    assert_eq!(project.tenure_at(later, &["plan"]).code, 0, "observes the newer export");
    let stale = project.tenure_at(later, &["apply", "--yes", "plan.json"]);
    assert_eq!(stale.code, 3, "{}{}", stale.stdout, stale.stderr);
    assert!(stale.stderr.starts_with("refused: the plan is stale: "), "{}", stale.stderr);
}

#[test]
fn an_empty_export_changes_nothing() {
    let project = Project::init();
    assert_eq!(project.tenure(&["apply", "--yes"]).code, 0);
    let header =
        fs::read_to_string(project.path("workers.csv")).unwrap().lines().next().unwrap().to_owned() + "\n";
    fs::write(project.path("workers.csv"), header).unwrap();
    let before = fs::read_to_string(project.path("erp/accounts.csv")).unwrap();
    let ended = project.tenure_at("2026-03-03T08:00:00Z", &["apply", "--yes"]);
    assert_eq!(ended.code, 2, "{}", ended.stdout);
    assert!(ended.stderr.contains("nobody is taken for a leaver from this export"), "{}", ended.stderr);
    assert_eq!(fs::read_to_string(project.path("erp/accounts.csv")).unwrap(), before);
}

#[test]
fn half_an_export_is_refused() {
    let project = Project::init();
    assert_eq!(project.tenure(&["apply", "--yes"]).code, 0);
    let text = fs::read_to_string(project.path("workers.csv")).unwrap();
    let half: String = text.split_inclusive('\n').take(20).collect();
    fs::write(project.path("workers.csv"), half).unwrap();
    let ended = project.tenure_at("2026-03-03T08:00:00Z", &["apply", "--yes"]);
    assert_eq!(ended.code, 3, "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stderr.starts_with("refused: hr: "), "{}", ended.stderr);
}

#[test]
fn explain_says_why_and_why_not() {
    let project = Project::init();
    assert_eq!(project.tenure(&["apply", "--yes"]).code, 0);
    let why = project.tenure(&["explain", "Anna Keller", "zendesk/role:agent"]).stdout;
    assert!(why.starts_with("✓ Anna Keller has zendesk/role:agent\n    because  rule `support`"), "{why}");
    let why_not = project.tenure(&["explain", "W1050", "zendesk/role:agent"]).stdout;
    assert!(
        why_not.contains("but not: department eq \"Support\" (found department = \"Sales\")"),
        "{why_not}"
    );
    let several = project.tenure(&["explain", "Silva"]);
    assert_eq!(several.code, 2);
    assert!(several.stderr.starts_with("error: `Silva` fits several\nhelp: one of: "), "{}", several.stderr);
}

#[test]
fn a_version_of_the_policy_holds_from_its_day() {
    let project = Project::init();
    let text = fs::read_to_string(project.path("policy.yaml")).unwrap();
    let next = text.replacen("version: 1\n", "version: 1\neffective: 2026-04-01\n", 1);
    let next = next.replacen("department eq \"Sales\"", "department eq \"Sales\" and title pr", 1);
    fs::write(project.path("next.yaml"), next).unwrap();
    project.edit(
        "tenure.toml",
        "policy = \"policy.yaml\"",
        "policy = \"policy.yaml\"\nversions = [\"next.yaml\"]",
    );

    let line = |text: &str| text.lines().find(|line| line.contains(" holds")).unwrap().to_owned();
    let now = project.tenure(&["check"]).stdout;
    assert!(now.contains(", from 2026-04-01  "), "{now}");
    let (first, second) =
        line(&now).split_once(" holds, ").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let (first, second) =
        (first.trim_start_matches("  policy   "), second.trim_end_matches(" does from 1 Apr 2026"));
    assert_ne!(first, second);
    assert!(
        project
            .tenure(&["plan"])
            .stdout
            .contains(&format!("  policy   {first} holds, {second} does from 1 Apr 2026\n"))
    );
    assert_eq!(project.tenure(&["plan", "--out", "plan.json"]).code, 0);
    let later = "2026-04-01T06:00:00Z";
    assert!(project.tenure_at(later, &["plan"]).stdout.ends_with(&format!("  policy   {second} holds\n")));
    let stale = project.tenure_at(later, &["apply", "--yes", "plan.json"]);
    assert_eq!(stale.code, 3, "{}{}", stale.stdout, stale.stderr);
}

#[test]
fn seats_cost_what_the_price_says() {
    let project = Project::init();
    assert_eq!(project.tenure(&["apply", "--yes"]).code, 0);
    let seats = project.tenure(&["seats"]).stdout;
    assert!(seats.contains("professional     20    16     0  22,080.00 USD"), "{seats}");
}

#[test]
fn the_audit_trail_verifies_and_its_export_does_too() {
    let project = Project::init();
    assert_eq!(project.tenure(&["apply", "--yes"]).code, 0);
    let verified = project.tenure(&["audit", "verify"]);
    assert_eq!(verified.code, 0, "{}", verified.stderr);
    assert!(verified.stdout.contains("in one unbroken chain"), "{}", verified.stdout);
    let head = verified.stdout.trim().rsplit_once("head ").unwrap().1.to_owned();
    let export = project.tenure(&["audit", "export"]).stdout;
    // What was exported is checked without the project and its store.
    let elsewhere = tempfile::tempdir().unwrap();
    let verify = |text: &str, more: &[&str]| {
        fs::write(elsewhere.path().join("trail.ndjson"), text).unwrap();
        support::tenure(elsewhere.path(), &[&["audit", "verify", "trail.ndjson"], more].concat())
    };
    for more in [&[][..], &["--head", &head]] {
        let whole = verify(&export, more);
        assert_eq!((whole.code, whole.stdout.trim()), (0, verified.stdout.trim()), "{}", whole.stderr);
    }
    let lines: Vec<&str> = export.lines().collect();
    let without = |number: usize| {
        let kept = lines.iter().enumerate().filter(|(index, _)| *index != number);
        kept.map(|(_, line)| format!("{line}\n")).collect::<String>()
    };
    let mut swapped = lines.clone();
    swapped.swap(1, 2);
    let broken = [
        (export.replacen("W1013", "W1014", 1), "was edited"),
        (without(1), "removed or reordered"),
        (swapped.join("\n"), "removed or reordered"),
        (without(lines.len() - 1), "the end was cut off"),
        (without(lines.len() - 2), "were cut off"),
        (export.replacen('{', "<", 1), "expected an audit record"),
    ];
    for (text, why) in broken {
        let ended = verify(&text, &[]);
        assert_eq!(ended.code, 5, "{why}: {}", ended.stdout);
        assert!(ended.stderr.contains("does not verify") && ended.stderr.contains(why), "{}", ended.stderr);
    }
    // A shorter trail with an end of its own is whole by itself; a head that was noted before tells.
    let short: Vec<&str> = lines.iter().take(3).copied().collect();
    let last: serde_json::Value = serde_json::from_str(short[2]).unwrap();
    let end = serde_json::json!({"head": {"seq": last["seq"], "hash": last["hash"]}});
    let short = format!("{}\n{end}\n", short.join("\n"));
    assert_eq!(verify(&short, &[]).code, 0);
    let ended = verify(&short, &["--head", &head]);
    assert!(ended.code == 5 && ended.stderr.contains("expected a trail of"), "{}", ended.stderr);
    let stranger = format!("1:{}", "0".repeat(64));
    let ended = project.tenure(&["audit", "verify", "--head", &stranger]);
    assert!(
        ended.code == 5 && ended.stderr.contains("does not contain the anchored record 1"),
        "{}",
        ended.stderr
    );
    assert_eq!(project.tenure(&["audit", "verify", "--head", &head]).code, 0);
    assert_eq!(project.tenure(&["audit", "verify", "--head", "7"]).code, 2);
    assert_ne!(
        verify(&export, &["--head", &head]).code,
        project.tenure(&["audit", "verify", "nowhere"]).code
    );
}

#[test]
fn apply_without_a_terminal_asks_for_yes() {
    let project = Project::init();
    let ended = project.tenure_at(NOW, &["apply"]);
    assert_eq!(ended.code, 3);
    assert!(ended.stderr.ends_with("help: add `--yes`\n"), "{}", ended.stderr);
}

#[test]
fn reports_are_one_file_each() {
    let project = Project::init();
    assert_eq!(project.tenure(&["plan", "--report", "plan.html"]).code, 0);
    assert_eq!(project.tenure(&["apply", "--yes"]).code, 0);
    assert_eq!(project.tenure(&["seats", "--report", "seats.html"]).code, 0);
    assert_eq!(project.tenure(&["seats", "--report", "seats.json"]).code, 0);
    let renewal = project.tenure(&["seats", "--renewal", "--report", "renewal.csv"]);
    assert_eq!(renewal.code, 0, "{}", renewal.stderr);
    assert!(
        renewal.stdout.contains("used and needed") && renewal.stdout.contains("Anna Keller"),
        "{}",
        renewal.stdout
    );
    let rows = fs::read_to_string(project.path("renewal-seats.csv")).unwrap();
    assert!(rows.starts_with("whose,system,tier,last used,verdict,"), "{rows}");
    let forecast = project.tenure(&["seats", "--forecast", "180", "--report", "forecast.csv"]);
    assert_eq!(forecast.code, 0, "{}", forecast.stderr);
    assert!(forecast.stdout.contains("zendesk professional: held now: 16"), "{}", forecast.stdout);
    let moves = fs::read_to_string(project.path("forecast-who-takes-and-gives-back-a-seat.csv")).unwrap();
    let of = |name: &str| moves.lines().find(|line| line.contains(name)).unwrap_or_default();
    assert!(of("Noah Bergmann").contains(",taken,"), "he begins in a fortnight: {moves}");
    assert!(of("Sofia Marchetti").contains(",given back,"), "her contract ends: {moves}");
    let months = fs::read_to_string(project.path("forecast-seats-by-month.csv")).unwrap();
    assert!(months.starts_with("system,tier,month,taken,given back,held at its end,bought,free,cost a year\nzendesk,professional,Mar 2026,"), "{months}");
    let access = project.tenure(&["access", "payment", "--report", "access.csv"]);
    assert_eq!(access.code, 0, "{}", access.stderr);
    let held = fs::read_to_string(project.path("access.csv")).unwrap();
    assert!(
        held.starts_with("who,system,entitlement,account,since,because\n")
            && held.contains("erp/permission:pay"),
        "{held}"
    );
    let before = project.tenure(&["access", "payment", "--on", "2026-03-01"]);
    assert!(
        before.stdout.contains("people and services: 0"),
        "nobody, before the first run: {}",
        before.stdout
    );
    let unknown = project.tenure(&["access", "health"]);
    assert!(unknown.code == 1 && unknown.stderr.contains("data class"), "{}", unknown.stderr);
    assert_eq!(project.tenure(&["explain", "Anna Keller", "--report", "anna.html"]).code, 0);
    assert_eq!(project.tenure(&["explain", "Anna Keller", "--report", "anna.csv"]).code, 0);
    let file = |name: &str| fs::read_to_string(project.path(name)).unwrap();
    assert!(file("plan.html").contains("grant role:agent to Anna Keller in zendesk"));
    assert!(file("seats.html").contains("115.00 USD") || file("seats.html").contains("1,380.00 USD"));
    assert!(file("anna.html").contains("rule <code>support</code>"));
    assert!(
        file("anna.csv").starts_with("system,entitlement,account,since,because\n"),
        "{}",
        file("anna.csv")
    );
    let seats: serde_json::Value = serde_json::from_str(&file("seats.json")).unwrap();
    assert_eq!(seats["title"], "Paid seats");

    let wrong = project.tenure(&["seats", "--report", "seats.pdf"]);
    assert_eq!(wrong.code, 2, "{}", wrong.stderr);
    assert!(wrong.stderr.contains("end the name in `.html`, `.json` or `.csv`"), "{}", wrong.stderr);
}
