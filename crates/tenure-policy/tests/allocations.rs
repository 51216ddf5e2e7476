//! What evaluates without allocating, once it has seen the values of a population.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod common;

use allocation_counter::measure;
use common::*;
use serde_json::json;
use tenure_policy::*;

fn policy() -> Policy {
    let rules: Vec<_> = (0..200)
        .map(|n| {
            let when = match n % 4 {
                0 => format!("department eq \"D{}\" and active eq true", n % 20),
                1 => format!("title sw \"T{}\"", n % 7),
                2 => format!("department eq \"D{}\" and not (title eq \"T{}\")", n % 20, n % 9),
                _ => format!("userType eq \"Employee\" and (title eq \"T{}\" or department eq \"D{}\")", n % 9, n % 20),
            };
            json!({"id": format!("r{n}"), "when": when, "roles": [format!("role{}", n % 10)], "entitlements": [format!("app/role:e{}", n % 60)]})
        })
        .collect();
    let roles: serde_json::Map<_, _> = (0..10)
        .map(|n| {
            (
                format!("role{n}"),
                json!({"entitlements": [format!("app/role:x{n}"), format!("desk/licence:l{}", n % 3)]}),
            )
        })
        .collect();
    json_policy(json!({
        "version": 1,
        "targets": {"app": {}, "desk": {"exclusive": [{"kind": "licence", "order": ["l0", "l1", "l2"], "fallback": "l2"}]}},
        "roles": roles, "rules": rules
    }))
}

fn people() -> Vec<Identity> {
    (0..300)
        .map(|n| {
            let attributes = user("A", "B", &format!("D{}", n % 23), &format!("T{}", n % 11));
            let attributes =
                attributes.with("userType", "Employee").and_then(|r| r.with("active", n % 3 != 0)).unwrap();
            identity(&employee(&format!("p{n}"), attributes, "2026-01-05"))
        })
        .collect()
}

#[test]
fn which_rules_hold_is_found_without_allocating() {
    let (policy, people, now) = (policy(), people(), at("2026-03-01"));
    let mut matcher = policy.matcher();
    let mut all = || people.iter().map(|person| matcher.matches(person, now).len()).sum::<usize>();
    let first = all();
    let mut again = 0;
    let info = measure(|| again = all());
    assert_eq!((info.count_total, again), (0, first));
    assert!(first > 300, "rules hold for people");
}

#[test]
fn a_whole_evaluation_with_every_way_to_it_is_made_without_allocating() {
    let (policy, people) = (policy(), people());
    let facts = Facts::new(at("2026-03-01"));
    let mut evaluator = policy.evaluator();
    let mut all = || {
        let mut ways = 0;
        for person in &people {
            let found = evaluator.evaluate(person, &facts);
            for entitlement in found.entitlements() {
                ways += entitlement.ways().count() + usize::from(entitlement.until().is_some());
            }
        }
        ways
    };
    let first = all();
    let mut again = 0;
    let info = measure(|| again = all());
    assert_eq!((info.count_total, again), (0, first));
    assert!(first > 1000);
}
