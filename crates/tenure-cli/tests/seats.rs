//! Paid seats on the command line: several tiers, and seats that are taken back as a plan.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod support;

use std::fs;

use serde_json::Value;
use support::Project;

const RULES: &str = "version: 1\nadministrators: [W1001]\n";
const MAY: &str = "2026-05-04T08:00:00Z";

/// A light seat costs something too, and there are as many professional ones as are needed.
fn project() -> Project {
    let project = Project::governed(RULES);
    let one = "    seat:\n      tier: professional\n      price: 115.00 USD\n      per: month\n      billed: annually\n      idle_after: 30d\n      renews: 2027-03-01\n      owned: 20\n";
    let two = "    seat:\n      - { tier: professional, price: 115.00 USD, per: month, billed: annually, idle_after: 30d, renews: 2027-03-01, owned: 20 }\n      - { tier: light-agent, held_by: role, price: 9.00 USD, per: month, billed: month, owned: 40 }\n    exclusive:\n      - { kind: role, order: [lead, agent, light-agent] }\n";
    project.edit("policy.yaml", one, two);
    let first = project.tenure(&["apply", "--yes"]);
    assert_eq!(first.code, 0, "{}{}", first.stdout, first.stderr);
    project
}

/// What the next plan would do.
fn planned(project: &Project) -> String {
    project.tenure_at(MAY, &["plan", "--all"]).stdout
}

#[test]
fn each_tier_has_its_lines_in_every_report() {
    let project = project();
    let shown = project.tenure(&["seats"]).stdout;
    for tier in ["professional", "light-agent"] {
        assert!(shown.lines().any(|line| line.contains("zendesk") && line.contains(tier)), "{shown}");
    }
    let csv = ["seats", "--renewal", "--report", "renewal.csv"];
    assert_eq!(project.tenure_at(MAY, &csv).code, 0);
    let tiers = fs::read_to_string(project.path("renewal-tiers.csv")).unwrap();
    assert!(
        tiers.starts_with(
            "system,tier,bought,held,needed,free,one seat a year,cost a year,may be saved,renews\n"
        ),
        "{tiers}"
    );
    assert!(tiers.contains("zendesk,light-agent,40,"), "{tiers}");
    let json = ["seats", "--renewal", "--report", "renewal.json"];
    assert_eq!(project.tenure_at(MAY, &json).code, 0);
    let report: Value =
        serde_json::from_str(&fs::read_to_string(project.path("renewal.json")).unwrap()).unwrap();
    assert_eq!(report["tables"][0]["title"], "Tiers");
    let forecast = project.tenure_at(MAY, &["seats", "--forecast", "90"]).stdout;
    assert!(forecast.contains("zendesk light-agent: held now"), "{forecast}");
}

#[test]
fn idle_seats_are_taken_back_by_a_plan_that_an_administrator_makes() {
    let project = project();
    let ask = |by: &str, more: &[&str]| {
        let words = [
            "seats",
            "reclaim",
            "--target",
            "zendesk",
            "--verdict",
            "idle",
            "--for",
            "Anna Keller",
            "--by",
            by,
        ];
        project.tenure_at(MAY, &[&words[..], more].concat())
    };
    let refused = ask("Anna Keller", &[]);
    assert_eq!(refused.code, 3, "{}", refused.stdout);
    assert!(refused.stderr.contains("expected an administrator"), "{}", refused.stderr);

    let made = ask("W1001", &["--because", "renewal", "--out", "seats.json", "--report", "seats.html"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    for text in [
        "Anna Keller",
        "idle",
        "downgrade to light-agent",
        "1,272.00 USD",
        "-1,272.00 USD a year",
        "withheld by W1001: renewal",
    ] {
        assert!(made.stdout.contains(text), "{text}: {}", made.stdout);
    }
    assert!(fs::read_to_string(project.path("seats.html")).unwrap().contains("withheld by W1001"));
    assert!(!planned(&project).contains("Anna Keller"), "nothing is decided by making it");
    let applied = project.tenure_at(MAY, &["apply", "seats.json", "--yes"]);
    assert_eq!(applied.code, 0, "{}{}", applied.stdout, applied.stderr);
    let why = project.tenure_at(MAY, &["explain", "Anna Keller", "zendesk/licence:professional"]).stdout;
    assert!(why.contains("withheld by W1001: renewal: the seat is idle"), "{why}");
    let all = project.tenure_at(MAY, &["explain", "Anna Keller"]).stdout;
    assert!(all.contains("role:light-agent") && !all.contains("role:agent"), "{all}");
    assert!(!planned(&project).contains("Anna Keller"), "and the rule does not give it again");
    assert!(ask("W1001", &[]).stdout.contains("no seat has these verdicts"));
    let unknown = ["seats", "reclaim", "--target", "erp", "--verdict", "idle", "--by", "W1001"];
    assert!(project.tenure_at(MAY, &unknown).stderr.contains("`erp` has no paid seats"));
}
