//! The worked policy of `tests/data`: read, compiled, and run through joiner, mover, leaver and expiry.
#![cfg(feature = "yaml")]
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
use tenure_policy::*;

fn anna() -> Person {
    employee("p-1", user("Anna", "Größ", "Support", "Support Agent"), "2026-01-05")
}

#[test]
fn a_joiner_gets_what_the_rules_give_and_nothing_else() {
    let policy = worked_policy();
    let wanted = policy.evaluate(&identity(&anna()), &Facts::new(at("2026-02-01")));
    assert_eq!(
        keys(&wanted),
        [
            "fileshare/group:Everyone",
            "helpdesk/group:Support",
            "helpdesk/licence:professional",
            "helpdesk/role:agent"
        ]
    );
    assert!(wanted.entitlements.values().all(|e| e.origins.iter().all(|o| o.rule().is_some())));
    let everyone = &wanted.entitlements[&key("fileshare/group:Everyone")];
    let paths: Vec<String> = everyone.origins.iter().map(ToString::to_string).collect();
    assert_eq!(
        paths,
        [
            "rule `all-employees` (engagement `e-p-1`) > role `employee`",
            "rule `support` (engagement `e-p-1`) > role `support-agent` > role `employee`",
        ]
    );
    assert_eq!(wanted.entitlements[&key("helpdesk/role:agent")].parameters["region"], "emea");
    let account = &wanted.accounts[&TargetId::parse("helpdesk").unwrap()];
    assert_eq!(account.status, AccountStatus::Active);
    assert_eq!(account.attributes.text("userName"), Some("anna.groess"));
    assert_eq!(account.attributes.text("preferredLanguage"), Some("en"));
    assert_eq!(account.references[0].identity, None);
    assert_eq!(wanted.reservations.len(), 1, "two targets share one namespace: {:?}", wanted.reservations);
    assert_eq!(wanted.next_change_at, None);
}

#[test]
fn a_prehire_has_disabled_accounts_and_is_enabled_on_the_first_instant_of_the_first_day() {
    let policy = worked_policy();
    let anna = identity(&anna());
    let planned = policy.evaluate(&anna, &Facts::new(at("2025-12-20")));
    assert_eq!((planned.state.phase, planned.accounts.len()), (Phase::Planned, 0));
    assert_eq!(planned.next_change_at, Some(at("2025-12-28T23:00:00Z")));
    let ready = policy.evaluate(&anna, &Facts::new(planned.next_change_at.unwrap()));
    assert_eq!((ready.state.phase, ready.entitlements.len()), (Phase::PreHire, 0));
    assert!(ready.accounts.values().all(|a| a.status == AccountStatus::Disabled));
    assert_eq!(ready.accounts.len(), 2);
    assert_eq!(ready.next_change_at, Some(at("2026-01-04T23:00:00Z")));
    let first = policy.evaluate(&anna, &Facts::new(ready.next_change_at.unwrap()));
    assert!(first.accounts.values().all(|a| a.status == AccountStatus::Active));
    assert_eq!(first.entitlements.len(), 4);
}

#[test]
fn a_mover_loses_the_old_and_gets_the_new_after_the_grace() {
    let policy = worked_policy();
    let before = policy.evaluate(&identity(&anna()), &Facts::new(at("2026-02-01")));
    let mut held: Vec<HeldGrant> = before
        .entitlements
        .values()
        .map(|e| HeldGrant {
            key: e.key.clone(),
            origins: e.origins.clone(),
            since: at("2026-01-05"),
            lost: None,
        })
        .collect();
    let moved = identity(&employee("p-1", user("Anna", "Größ", "Sales", "Account Executive"), "2026-01-05"));
    let now = at("2026-06-01");
    let accounts =
        [HeldAccount::new("helpdesk".parse().unwrap()), HeldAccount::new("fileshare".parse().unwrap())];
    let grace = policy.evaluate(&moved, &Facts::new(now).with_held(&held).with_accounts(&accounts));
    assert_eq!(
        keys(&grace),
        [
            "fileshare/group:Everyone",
            "helpdesk/group:Support",
            "helpdesk/licence:light",
            "helpdesk/role:light-agent"
        ],
        "the group is kept in grace, the role and the licence go at once"
    );
    let group = &grace.entitlements[&key("helpdesk/group:Support")];
    assert_eq!(group.grace.as_ref().unwrap().until, at("2026-06-08"));
    assert_eq!(grace.next_change_at, Some(at("2026-06-08")));
    assert_eq!(grace.tasks[0].kind, TaskKind::HandOver);
    for grant in &mut held {
        grant.lost = Some(now);
    }
    let after =
        policy.evaluate(&moved, &Facts::new(at("2026-06-08")).with_held(&held).with_accounts(&accounts));
    let fresh = policy.evaluate(&moved, &Facts::new(at("2026-06-08")));
    assert_eq!(after.entitlements.keys().collect::<Vec<_>>(), fresh.entitlements.keys().collect::<Vec<_>>());
}

#[test]
fn a_leaver_climbs_down_the_ladder() {
    let policy = worked_policy();
    let boss = employee("p-9", user("Bo", "Ss", "Support", "Head of Support"), "2020-01-01");
    let mut anna = anna();
    anna.engagements[0].end = Some(day("2026-10-25"));
    anna.engagements[0].manager = Some("p-9".parse().unwrap());
    let directory = BTreeMap::from([("p-9".parse().unwrap(), identity(&boss))]);
    let anna = identity(&anna);
    let accounts =
        [HeldAccount::new("helpdesk".parse().unwrap()), HeldAccount::new("legacy".parse().unwrap())];
    let facts = |now: &str| Facts::new(at(now)).with_accounts(&accounts).with_directory(&directory);

    let last_day = policy.evaluate(&anna, &facts("2026-10-25T22:59:59Z"));
    assert_eq!(last_day.state.phase, Phase::Active, "the clocks went back that night: the day has 25 hours");
    assert_eq!(last_day.next_change_at, Some(at("2026-10-25T23:00:00Z")));

    let gone = policy.evaluate(&anna, &facts("2026-10-25T23:00:00Z"));
    assert_eq!(gone.state.phase, Phase::Terminated);
    assert!(gone.entitlements.is_empty());
    let account = &gone.accounts[&TargetId::parse("helpdesk").unwrap()];
    assert_eq!(account.status, AccountStatus::Disabled);
    let words: Vec<&str> = account.ladder.iter().map(|step| step.action.word()).collect();
    assert_eq!(
        words,
        ["revoke_sessions", "disable", "remove_entitlements", "transfer_ownership", "release_seat", "delete"]
    );
    assert_eq!(account.ladder[3].recipient, Some("p-9".parse().unwrap()));
    assert!(account.ladder[..5].iter().all(|step| step.is_due(at("2026-10-25T23:00:00Z"))));
    assert_eq!(account.ladder[5].due, Some(at("2026-11-24T23:00:00Z")));
    assert_eq!(gone.next_change_at, Some(at("2026-11-24T23:00:00Z")));
    let legacy = &gone.accounts[&TargetId::parse("legacy").unwrap()];
    assert_eq!(
        legacy.status,
        AccountStatus::Disabled,
        "an account outside the policy is disabled, not deleted"
    );
    assert!(legacy.ladder.iter().all(|step| step.action != LeaverAction::Delete));

    let deleted = policy.evaluate(&anna, &facts("2026-11-24T23:00:00Z"));
    assert_eq!(deleted.accounts[&TargetId::parse("helpdesk").unwrap()].status, AccountStatus::Absent);
    assert_eq!(deleted.state.phase, Phase::Retained);
}

#[test]
fn a_contractor_without_an_end_has_ninety_days_and_can_come_back() {
    let policy = worked_policy();
    let cara = identity(&person(
        "p-2",
        user("Cara", "Lind", "Support", "Support Agent"),
        "Contractor",
        "2026-01-01",
    ));
    let inside = policy.evaluate(&cara, &Facts::new(at("2026-03-01")));
    assert!(inside.entitlements.contains_key(&key("helpdesk/role:agent")));
    assert!(!inside.entitlements.contains_key(&key("fileshare/group:Everyone")), "not an employee");
    assert_eq!(inside.entitlements[&key("helpdesk/role:agent")].until, Some(at("2026-03-31T23:00:00Z")));
    let after = policy.evaluate(&cara, &Facts::new(at("2026-04-01")));
    assert_eq!(after.state.phase, Phase::Terminated);
}

#[test]
fn an_admin_right_comes_by_approval_only_and_ends() {
    let policy = worked_policy();
    let anna = identity(&anna());
    let admin = key("helpdesk/role:admin");
    let facts = Facts::new(at("2026-02-01"));
    let explanation = policy.explain(&anna, &facts, &admin);
    assert!(!explanation.desired);
    assert_eq!(explanation.why_not, [WhyNot::OnlyByRequest]);
    let grant = Grant::new(
        "g-1".parse().unwrap(),
        "p-1".parse().unwrap(),
        RoleId::parse("helpdesk-admin").unwrap(),
        GrantSource::Request("r-1".parse().unwrap()),
    )
    .from(at("2026-02-01"))
    .approved("p-9", "holiday cover");
    let grants = [grant.clone()];
    let with = policy.evaluate(&anna, &facts.with_grants(&grants));
    assert_eq!(with.entitlements[&admin].until, Some(at("2026-03-03")), "the longest term is 30 days");
    assert_eq!(
        with.entitlements[&admin].origins.first().unwrap().to_string(),
        "request `r-1` (grant `g-1`) > role `helpdesk-admin`"
    );
    assert_eq!(with.next_change_at, Some(at("2026-03-03")));
    let later = Facts::new(at("2026-03-04")).with_grants(&grants);
    assert!(!policy.evaluate(&anna, &later).entitlements.contains_key(&admin));
    assert_eq!(
        policy.explain(&anna, &later, &admin).why_not,
        [WhyNot::GrantEnded { grant: "g-1".parse().unwrap(), ended: at("2026-03-03") }]
    );
    assert_eq!(
        policy.reinstate(&grant, "g-2".parse().unwrap(), &anna, &later, None),
        Err(ReinstateError::ApprovalMissing)
    );
    let back = policy.reinstate(&grant, "g-2".parse().unwrap(), &anna, &later, Some("p-9")).unwrap();
    assert_eq!((back.reinstates.clone(), back.what.clone()), (Some("g-1".parse().unwrap()), grant.what));
    let grants = [grants[0].clone(), back];
    assert!(policy.evaluate(&anna, &later.with_grants(&grants)).entitlements.contains_key(&admin));
}

#[test]
fn why_not_names_the_first_failing_condition_of_the_nearest_rule() {
    let policy = worked_policy();
    let controller = identity(&employee("p-3", user("Cy", "Ro", "Finance", "Controller"), "2026-01-05"));
    let explanation =
        policy.explain(&controller, &Facts::new(at("2026-02-01")), &key("fileshare/group:Payments"));
    assert_eq!(
        explanation.to_string(),
        "`p-3` should not have `fileshare/group:Payments` (active: engagement `e-p-3` (Employee))\n  rule `accountants` would give it, but not: title eq \"Accountant\" (found title = \"Controller\"); 1 of 2 parts hold"
    );
}

#[test]
fn seats_cost_what_the_contract_says() {
    let policy = worked_policy();
    let price = policy.target(&"helpdesk".parse().unwrap()).unwrap().seats[0].price();
    assert_eq!(price.per_year(1).unwrap().to_string(), "1380.00 USD");
    assert_eq!(price.per_year(5).unwrap().to_string(), "6900.00 USD");
    assert_eq!(price.renews, Some(day("2027-03-01")));
}

#[test]
fn protected_names_are_known_in_any_case() {
    let policy = worked_policy();
    assert!(policy.is_protected(&"helpdesk".parse().unwrap(), "BreakGlass"));
    assert!(!policy.is_protected(&"fileshare".parse().unwrap(), "breakglass"));
    assert!(policy.is_protected(&"fileshare".parse().unwrap(), "svc-provisioning"));
}
