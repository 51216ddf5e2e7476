//! Guards: what a limit allows, how it is written, and which group somebody counts with.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::needless_pass_by_value, reason = "tests")]

mod common;

use common::{at, day, json_policy, user};
use serde_json::{Value, json};
use tenure_policy::{Engagement, GuardLimit, Identity, Person, Policy, PolicyDocument, Workload};
use tenure_scim::Resource;

fn with_guard(guard: Value) -> Value {
    json!({ "version": 1, "targets": { "desk": { "guard": guard } } })
}

fn said(document: &Value) -> String {
    match PolicyDocument::from_json("policy.json", &document.to_string()) {
        Err(errors) => errors.to_string(),
        Ok(document) => Policy::compile(document).unwrap_err().to_string(),
    }
}

#[test]
fn a_share_says_how_many_there_have_to_be() {
    let share = |percent, always| GuardLimit { max: None, percent: Some(percent), always };
    let cases = [
        (share(50, None), 1, Some(2)),
        (share(50, Some(1)), 1, None),
        (share(50, Some(1)), 2, Some(4)),
        (share(30, None), 1, Some(4)),
        (share(100, None), 7, Some(7)),
        (share(0, None), 1, Some(usize::MAX)),
        (share(0, None), 0, None),
        (GuardLimit { max: Some(1), percent: None, always: None }, 5, None),
    ];
    for (limit, count, wanted) in cases {
        assert_eq!(limit.share_wants(count), wanted, "{limit:?} {count}");
        let Some(wanted) = wanted else { continue };
        assert!(!limit.allows(count, wanted.saturating_sub(1)), "{limit:?} {count}");
        assert!(limit.allows(count, wanted), "{limit:?} {count}");
    }
    // The greatest number holds whatever the share.
    assert!(!GuardLimit { max: Some(1), percent: Some(50), always: Some(5) }.allows(2, 100));
}

#[test]
fn what_is_written_is_read_and_written_again() {
    let guard = json!({
        "disable": { "max": 20, "percent": 5 }, "window": "12h",
        "each": { "by": "department", "delete": { "percent": 50, "always": 2 } }
    });
    let document = PolicyDocument::from_json("policy.json", &with_guard(guard.clone()).to_string()).unwrap();
    let target = &document.targets["desk"];
    assert_eq!(target.guard.limit_each("delete").unwrap().always, Some(2));
    assert_eq!(target.guard.limit_each("disable"), None);
    assert_eq!(serde_json::to_value(&target.guard).unwrap(), guard);
}

#[test]
fn mistakes_are_explained() {
    let cases = [
        (json!({ "each": { "disable": { "max": 1 } } }), "expected the key `by`"),
        (json!({ "each": { "by": "department", "window": "24h" } }), "unknown key `window`"),
        (json!({ "each": { "by": "departmnet" } }), "unknown attribute `departmnet`"),
        (json!({ "each": { "by": { "reference": "manager" } } }), "found a reference"),
        (json!({ "each": ["department"] }), "expected an attribute and limits"),
    ];
    for (guard, expected) in cases {
        let found = said(&with_guard(guard.clone()));
        assert!(found.contains(expected), "{guard}: {found}");
    }
}

#[test]
fn somebody_counts_where_they_are_or_were_last() {
    let desk = "desk".parse().unwrap();
    let policy = json_policy(with_guard(json!({ "each": { "by": "department", "disable": { "max": 1 } } })));
    let engaged = |id: &str, from: &str, until: Option<&str>, department: &str| {
        let mut work =
            Engagement::new(id.parse().unwrap(), "Employee", day(from), "Europe/Berlin".parse().unwrap())
                .with_attributes(user("Anna", "Berg", department, "Agent"));
        work.end = until.map(day);
        work
    };
    let anna = |engagements: Vec<Engagement>| {
        let anna = Person::new("p-1".parse().unwrap(), Resource::default());
        Identity::from(engagements.into_iter().fold(anna, Person::with_engagement))
    };
    let group = |identity: &Identity| policy.guard_group(&desk, identity, at("2026-03-01"));

    let past = || engaged("e-1", "2024-01-01", Some("2025-06-30"), "Sales");
    let last = || engaged("e-2", "2025-07-01", Some("2026-02-15"), "Support");
    let now = || engaged("e-3", "2026-02-01", None, "Legal");
    assert_eq!(group(&anna(vec![past(), last(), now()])).as_deref(), Some("Legal"));
    assert_eq!(group(&anna(vec![last(), past()])).as_deref(), Some("Support"));
    let mut called_off = now();
    called_off.rescinded = true;
    assert_eq!(group(&anna(vec![past(), called_off])).as_deref(), Some("Sales"));
    // Somebody who has not begun counts where they will be.
    assert_eq!(
        group(&anna(vec![past(), engaged("e-4", "2026-09-01", None, "Legal")])).as_deref(),
        Some("Legal")
    );
    assert_eq!(group(&anna(Vec::new())).as_deref(), Some(""));

    let mut bot = Workload::new("bot".parse().unwrap(), "p-1".parse().unwrap(), "builds");
    bot.attributes = user("Build", "Bot", "IT", "");
    assert_eq!(group(&Identity::from(bot)).as_deref(), Some("IT"));
    let whole = json_policy(with_guard(json!({ "disable": { "max": 1 } })));
    assert_eq!(whole.guard_group(&desk, &anna(vec![now()]), at("2026-03-01")), None);
}
