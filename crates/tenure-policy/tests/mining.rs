//! Rules and roles that what people hold suggests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod common;

use common::*;
use serde_json::json;
use tenure_policy::*;

const NOW: &str = "2026-06-01";

fn policy() -> Policy {
    json_policy(json!({"version": 1, "targets": {"erp": {}, "wiki": {}}}))
}

/// Ten in Support (six agents, four leads), ten in Finance; `p-20` has left.
fn people() -> Vec<Identity> {
    let mut people = Vec::new();
    for number in 0..20 {
        let department = if number < 10 { "Support" } else { "Finance" };
        let title = if number < 6 { "Agent" } else { "Lead" };
        people.push(identity(&employee(
            &format!("p-{number:02}"),
            user("A", "B", department, title),
            "2025-01-01",
        )));
    }
    let mut left = employee("p-20", user("A", "B", "Support", "Agent"), "2024-01-01");
    left.engagements[0].end = Some(day("2025-12-31"));
    people.push(identity(&left));
    people
}

fn holding(number: usize, what: &str) -> Holding {
    Holding::new(format!("p-{number:02}").parse().unwrap(), key(what))
}

fn options() -> MiningOptions {
    MiningOptions::new(["department".parse().unwrap(), "title".parse().unwrap()]).with_least_people(4)
}

fn shown(rule: &MinedRule) -> String {
    let all: Vec<String> = rule
        .entitlements
        .iter()
        .map(|e| {
            format!("{} {}/{} {}% +{}", e.entitlement, e.support, rule.people, e.confidence, e.gains.len())
        })
        .collect();
    format!("{} => {}", rule.condition.as_str(), all.join(", "))
}

fn department(name: &str) -> String {
    format!("department eq \"{name}\"")
}

#[test]
fn a_rule_is_proposed_with_support_confidence_and_what_it_changes() {
    // Nine of ten in Support; the leads of Support alone; one stray holder in Finance.
    let mut holdings: Vec<Holding> = (0..9).map(|n| holding(n, "wiki/role:read")).collect();
    holdings.extend((6..10).map(|n| holding(n, "erp/role:lead")));
    holdings.push(holding(15, "erp/role:stray"));
    holdings.push(holding(20, "wiki/role:read"));
    let found = policy().mine(&people(), &holdings, &options(), at(NOW));
    let rules: Vec<String> = found.rules.iter().map(shown).collect();
    assert_eq!(
        rules,
        [
            format!("{} => wiki/role:read 9/10 90% +1", department("Support")),
            "title eq \"Agent\" => wiki/role:read 6/6 100% +0".to_owned(),
            format!("{} and title eq \"Lead\" => erp/role:lead 4/4 100% +0", department("Support")),
        ]
    );
    let gains: Vec<&str> = found.rules[0].entitlements[0].gains.iter().map(IdentityId::as_str).collect();
    assert_eq!(gains, ["p-09"]);
}

#[test]
fn a_proposed_rule_compiles_and_gives_what_it_says() {
    let holdings: Vec<Holding> = (6..10).map(|n| holding(n, "erp/role:lead")).collect();
    let found = policy().mine(&people(), &holdings, &options(), at(NOW));
    let mut document = policy().document().clone();
    document.rules = vec![found.rules[0].to_rule("mined".parse().unwrap())];
    let proposed = Policy::compile(document).unwrap();
    let impact = policy().impact(&proposed, &people(), |_| Facts::new(at(NOW))).unwrap();
    let who: Vec<&str> = impact.rows.iter().map(|row| row.identity.as_str()).collect();
    assert_eq!(who, ["p-06", "p-07", "p-08", "p-09"]);
}

#[test]
fn what_is_not_used_supports_nothing_and_is_listed() {
    let used = |at_: &str| Usage::Last(at(at_));
    let mut holdings: Vec<Holding> =
        (0..10).map(|n| holding(n, "wiki/role:read").with_usage(used("2026-05-30"))).collect();
    holdings.extend((10..20).map(|n| holding(n, "erp/role:pay").with_usage(Usage::Never)));
    holdings[3].usage = used("2026-01-01");
    let found = policy().mine(&people(), &holdings, &options(), at(NOW));
    let rules: Vec<String> = found.rules.iter().map(shown).collect();
    // `p-03` holds it, so that the rule gives nothing new to anybody.
    assert_eq!(rules, [format!("{} => wiki/role:read 9/10 90% +0", department("Support"))]);
    let unused: Vec<String> =
        found.unused.iter().map(|h| format!("{} {}", h.identity, h.entitlement)).collect();
    let mut expected = vec!["p-03 wiki/role:read".to_owned()];
    expected.extend((10..20).map(|n| format!("p-{n} erp/role:pay")));
    assert_eq!(unused, expected);
}

#[test]
fn what_the_same_people_hold_is_a_role() {
    let mut holdings = Vec::new();
    for number in 10..16 {
        holdings.push(holding(number, "erp/role:pay"));
        holdings.push(holding(number, "erp/role:book"));
        holdings.push(holding(number, "wiki/role:read"));
    }
    holdings.push(holding(1, "wiki/role:read"));
    let found = policy().mine(&people(), &holdings, &options(), at(NOW));
    let roles: Vec<String> = found
        .roles
        .iter()
        .map(|role| {
            let keys: Vec<String> = role.entitlements.iter().map(ToString::to_string).collect();
            format!("{} for {}", keys.join("+"), role.people.len())
        })
        .collect();
    assert_eq!(roles, ["erp/role:book+erp/role:pay for 6"]);
}

#[test]
fn the_order_of_the_input_does_not_matter() {
    let mut holdings: Vec<Holding> =
        (0..20).map(|n| holding(n, ["wiki/role:read", "erp/role:pay"][n / 10])).collect();
    let mut people = people();
    let first = policy().mine(&people, &holdings, &options(), at(NOW));
    holdings.reverse();
    people.reverse();
    assert_eq!(policy().mine(&people, &holdings, &options(), at(NOW)), first);
    assert_eq!(first.rules.len(), 3);
}
