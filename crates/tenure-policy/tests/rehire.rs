//! Who is back: grants start from nothing, workloads do not get lost, what may come back is listed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::needless_pass_by_value,
    reason = "tests"
)]

mod common;

use std::collections::BTreeMap;

use common::*;
use serde_json::json;
use tenure_policy::*;
use tenure_scim::Resource;

fn policy(lifecycle: serde_json::Value) -> Policy {
    json_policy(json!({
        "version": 1,
        "lifecycle": lifecycle,
        "targets": { "erp": { "leaver": ["disable", "delete"] } },
        "entitlements": { "erp/role:closed": { "requestable": false } },
        "rules": [ { "id": "all", "entitlements": ["erp/role:read"] } ],
        "constraints": [ { "id": "four-eyes", "of": ["erp/role:pay", "erp/role:approve"] } ],
    }))
}

fn grant(id: &str, what: &str, from: &str) -> Grant {
    Grant::new(
        id.parse().unwrap(),
        "p".parse().unwrap(),
        key(what),
        GrantSource::Request("r".parse().unwrap()),
    )
    .from(at(from))
    .approved("mara", "needs it")
}

/// Left at the end of March, back in June.
fn returned() -> Person {
    let first = Engagement::new("e1".parse().unwrap(), "Employee", day("2025-01-01"), Zone::UTC)
        .until(day("2026-03-31"));
    let again = Engagement::new("e2".parse().unwrap(), "Employee", day("2026-06-01"), Zone::UTC);
    Person::new("p".parse().unwrap(), Resource::default()).with_engagement(first).with_engagement(again)
}

#[test]
fn a_rehire_starts_without_the_grants_of_then() {
    let policy = policy(json!({ "prehire": "7d" }));
    let person = identity(&returned());
    let grants = [
        grant("old", "erp/role:pay", "2026-01-10"),
        grant("for-the-return", "erp/role:export", "2026-04-01T00:00:00Z"),
        grant("new", "erp/role:audit", "2026-06-02"),
    ];
    let facts = |now: &str| Facts::new(at(now)).with_grants(&grants);
    assert_eq!(keys(&policy.evaluate(&person, &facts("2026-03-01"))), ["erp/role:pay", "erp/role:read"]);
    assert!(policy.evaluate(&person, &facts("2026-04-15")).entitlements.is_empty());
    assert_eq!(
        keys(&policy.evaluate(&person, &facts("2026-06-10"))),
        ["erp/role:audit", "erp/role:export", "erp/role:read"]
    );
    let left = at("2026-04-01T00:00:00Z");
    assert_eq!(policy.grant_end(&grants[0], &person, at("2026-06-10")), Some(left));
    assert_eq!(
        policy.grant_end(&grants[1], &person, at("2026-06-10")),
        None,
        "it began when the leaving was over"
    );
    let why = policy.explain(&person, &facts("2026-06-10"), &key("erp/role:pay"));
    assert_eq!(why.why_not[0], WhyNot::GrantEnded { grant: "old".parse().unwrap(), ended: left });
}

#[test]
fn a_gap_that_is_bridged_and_a_leaving_that_is_called_off_end_no_grant() {
    let grants = [grant("g", "erp/role:pay", "2026-01-10")];
    let mut person = returned();
    person.engagements[1].start = day("2026-04-03");
    let now = at("2026-04-10");
    let run = |lifecycle, person: &Person| {
        keys(&policy(lifecycle).evaluate(&identity(person), &Facts::new(now).with_grants(&grants)))
    };
    assert_eq!(run(json!({}), &person), ["erp/role:read"]);
    assert_eq!(run(json!({ "bridge": "3d" }), &person), ["erp/role:pay", "erp/role:read"]);
    assert_eq!(run(json!({ "prehire": "7d" }), &person), ["erp/role:pay", "erp/role:read"], "never away");
    let mut called_off = returned();
    called_off.engagements.truncate(1);
    called_off.engagements[0].end = None;
    assert_eq!(run(json!({}), &called_off), ["erp/role:pay", "erp/role:read"]);
}

#[test]
fn what_may_come_back_is_listed_and_what_not_with_the_reason() {
    let policy = policy(json!({}));
    let person = identity(&returned());
    let now = at("2026-06-10");
    let approve = grant("new", "erp/role:approve", "2026-06-02");
    let mut back = grant("back", "erp/role:export", "2026-06-03");
    back.reinstates = Some("came-back".parse().unwrap());
    let grants = [
        grant("fine", "erp/role:audit", "2026-01-10"),
        grant("conflict", "erp/role:pay", "2026-01-10"),
        grant("closed", "erp/role:closed", "2026-01-10"),
        grant("came-back", "erp/role:export", "2026-01-10"),
        approve,
        back,
    ];
    let facts = Facts::new(now).with_grants(&grants);
    let list = policy.restorable(&person, &facts);
    let shown: Vec<(&str, Option<String>)> =
        list.iter().map(|r| (r.grant.id.as_str(), r.refused.as_ref().map(ToString::to_string))).collect();
    assert_eq!(
        shown,
        [
            ("fine", None),
            ("conflict", Some("it would break a constraint".to_owned())),
            ("closed", Some("what the grant gave is not requestable any more".to_owned())),
        ]
    );
    let restored =
        policy.reinstate(list[0].grant, "g2".parse().unwrap(), &person, &facts, Some("mara")).unwrap();
    let grants = [restored];
    assert_eq!(
        keys(&policy.evaluate(&person, &Facts::new(now).with_grants(&grants))),
        ["erp/role:audit", "erp/role:read"]
    );
}

#[test]
fn a_leaver_who_owns_workloads_keeps_the_account_until_somebody_else_does() {
    let owned = ["bot".parse().unwrap()];
    let accounts = [HeldAccount::new("erp".parse().unwrap())];
    let mut gone = returned();
    gone.engagements.truncate(1);
    gone.engagements[0].manager = Some("boss".parse().unwrap());
    let boss = identity(&employee("boss", Resource::default(), "2024-01-01"));
    let gone = identity(&gone);
    let directory = BTreeMap::from([("boss".parse().unwrap(), boss), ("p".parse().unwrap(), gone.clone())]);
    let facts = |now: &str| {
        Facts::new(at(now)).with_accounts(&accounts).with_owned(&owned).with_directory(&directory)
    };
    let erp = TargetId::parse("erp").unwrap();

    let policy_of = policy;
    let policy = policy_of(json!({}));
    let found = policy.evaluate(&gone, &facts("2026-09-01"));
    let delete = found.accounts[&erp].ladder.last().unwrap();
    assert_eq!((delete.due, delete.held_by.as_deref()), (None, Some("workloads without another owner")));
    assert_eq!(found.accounts[&erp].status, AccountStatus::Disabled);
    assert_eq!(
        (found.tasks[0].kind, found.tasks[0].text.as_str()),
        (TaskKind::NameOwner, "name an owner for `bot`: its owner `p` has left")
    );
    let without = facts("2026-09-01").with_owned(&[]);
    assert_eq!(policy.evaluate(&gone, &without).accounts[&erp].status, AccountStatus::Absent);

    // With a time set, the manager takes over, and nothing is held up any more.
    let policy = policy_of(json!({ "workloads_to_manager_after": "60d" }));
    let before = policy.evaluate(&gone, &facts("2026-05-15"));
    assert_eq!(before.accounts[&erp].status, AccountStatus::Disabled);
    let over = at("2026-05-31T00:00:00Z");
    assert_eq!((before.tasks[0].due, before.next_change_at), (Some(over), Some(over)));
    let after = policy.evaluate(&gone, &facts("2026-05-31"));
    assert_eq!((after.accounts[&erp].status, after.tasks.len()), (AccountStatus::Absent, 0));

    // Nobody takes over from who had no manager: what is due is told until it is.
    let mut alone = returned();
    alone.engagements.truncate(1);
    let alone = identity(&alone);
    let nobody = BTreeMap::from([("p".parse().unwrap(), alone.clone())]);
    let bot = Workload::new("bot".parse().unwrap(), "p".parse().unwrap(), "nightly export");
    for (now, due) in [("2026-05-30T23:59:59Z", Some(over)), ("2026-05-31T00:00:00Z", None)] {
        let facts = facts(now).with_directory(&nobody);
        assert_eq!(policy.evaluate(&alone, &facts).tasks[0].due, due, "{now}");
        let tasks = policy.evaluate(&bot.clone().into(), &facts).tasks;
        let due_of = tasks.iter().find(|task| task.kind == TaskKind::NameOwner).map(|task| task.due);
        assert_eq!(due_of, Some(due), "{now}");
    }

    assert_eq!(policy.owner_of(&bot, &facts("2026-03-01")), Some("p".parse().unwrap()));
    assert_eq!(policy.owner_of(&bot, &facts("2026-05-15")), None);
    assert_eq!(policy.owner_of(&bot, &facts("2026-05-31")), Some("boss".parse().unwrap()));
    let asked = policy.evaluate(&bot.clone().into(), &facts("2026-05-15"));
    assert_eq!((asked.tasks[0].due, asked.next_change_at), (Some(over), Some(over)));
    let asked = policy.evaluate(&bot.into(), &facts("2026-05-31"));
    assert_eq!(
        asked.tasks[0].text,
        "name an owner for `bot`: its owner `p` has left, and `boss` answers for it until then"
    );
}
