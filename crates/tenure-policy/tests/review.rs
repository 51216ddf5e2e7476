//! Drift, unused grants, exceptions on record, coverage, triggers of playbooks, security settings, access profiles.
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

fn policy() -> Policy {
    json_policy(json!({
        "version": 1,
        "lifecycle": { "prehire": "7d" },
        "security": { "mfa": true, "password_length": 14, "network": "office" },
        "targets": {
            "erp": { "mode": "managed", "security": { "mfa": "secondFactor", "password_length": "minLength" },
                "leaver": ["revoke_sessions", "disable", "remove_entitlements"] },
            "files": { "mode": { "default": "managed", "group": "add_only" },
                "leaver": ["disable", "remove_entitlements"] },
            "old": {} },
        "roles": {
            "clerk": { "entitlements": ["erp/role:read", "files/group:Clerks"] },
            "new-seller": { "title": "What a new seller needs", "birthright": false, "max_term": "30d",
                "entitlements": ["erp/role:quote", "files/group:Sales"] } },
        "rules": [
            { "id": "clerks", "when": "title eq \"Clerk\"", "roles": ["clerk"] } ],
        "delegations": [ { "id": "leads", "who": "title eq \"Lead\"", "may": ["grant"], "roles": ["new-seller"] } ],
        "triggers": [
            { "id": "ready", "playbook": "prepare-desk", "in": ["pre_hire"], "when": "userType eq \"Employee\"" },
            { "id": "files", "playbook": "files-course", "in": ["active"], "holds": "files/group:Clerks", "after": "14d" },
            { "id": "clerks", "playbook": "clerks-handbook", "holds": "role:clerk" },
            { "id": "goodbye", "playbook": "collect-laptop", "in": ["terminated"], "when": "title eq \"Clerk\"" } ],
    }))
}

fn clerk() -> Person {
    employee("p", user("C", "L", "Finance", "Clerk"), "2026-01-01")
}

#[test]
fn what_is_held_and_not_wanted_has_an_age() {
    let (policy, now) = (policy(), at("2026-06-01"));
    let was = Origin::Rule { rule: "sellers".parse().unwrap(), engagement: "e-p".parse().unwrap() };
    let mut kept = HeldGrant::new(key("erp/role:quote"), at("2026-01-05"));
    kept.origins.insert(was.clone());
    kept.lost = Some(at("2026-05-02"));
    let held = [
        kept,
        HeldGrant::new(key("erp/role:root"), at("2026-02-01")),
        HeldGrant::new(key("erp/role:read"), at("2026-01-05")),
    ];
    let drift = policy.evaluate(&identity(&clerk()), &Facts::new(now).with_held(&held)).drift(&held, now);
    let shown: Vec<_> = drift.iter().map(|d| (d.entitlement.to_string(), d.days, d.was.len())).collect();
    assert_eq!(shown, [("erp/role:root".to_owned(), 120, 0), ("erp/role:quote".to_owned(), 30, 1)]);
    assert!(drift[1].was.contains(&was));
}

#[test]
fn an_unused_grant_is_found_with_what_would_have_to_go() {
    let (policy, now) = (policy(), at("2026-06-01"));
    let grants = [Grant::new(
        "g".parse().unwrap(),
        "p".parse().unwrap(),
        key("erp/role:export"),
        GrantSource::Exception,
    )
    .from(at("2026-05-01"))
    .approved("mara", "month end")];
    let evaluation = policy.evaluate(&identity(&clerk()), &Facts::new(now).with_grants(&grants));
    let evaluations = BTreeMap::from([("p".parse().unwrap(), evaluation)]);
    let holding = |what, usage| Holding::new("p".parse().unwrap(), key(what)).with_usage(usage);
    let holdings = [
        holding("erp/role:read", Usage::Last(at("2026-04-01"))),
        holding("erp/role:export", Usage::Never),
        holding("files/group:Clerks", Usage::Last(at("2026-05-30"))),
        holding("erp/role:root", Usage::Never),
    ];
    let unused = unused_grants(&holdings, &evaluations, Span::days(30), now);
    let shown: Vec<_> = unused.iter().map(|u| (u.entitlement.to_string(), u.is_by_grant_alone())).collect();
    assert_eq!(shown, [("erp/role:export".to_owned(), true), ("erp/role:read".to_owned(), false)]);
    assert_eq!(unused[0].grants.iter().map(GrantId::as_str).collect::<Vec<_>>(), ["g"]);

    // Taken back, it can be brought back in one step.
    let taken = Grant { until: Some(at("2026-05-31")), ..grants[0].clone() };
    let back = policy
        .reinstate(&taken, "g2".parse().unwrap(), &identity(&clerk()), &Facts::new(now), Some("mara"))
        .unwrap();
    assert_eq!((back.what, back.reinstates), (grants[0].what.clone(), Some("g".parse().unwrap())));
}

#[test]
fn an_exception_needs_a_reason_and_an_approver_and_is_listed() {
    let (policy, now) = (policy(), at("2026-06-01"));
    let exception = |id: &str| {
        Grant::new(id.parse().unwrap(), "p".parse().unwrap(), key("erp/role:pay"), GrantSource::Exception)
            .from(at("2026-05-01"))
    };
    let grants = [
        exception("bare"),
        exception("nobody").approved(" ", "month end"),
        exception("good").approved("mara", "month end").until(at("2026-06-10")),
        exception("ended").approved("mara", "month end").until(at("2026-05-10")),
    ];
    let found = |grants: &[Grant]| policy.evaluate(&identity(&clerk()), &Facts::new(now).with_grants(grants));
    assert!(!keys(&found(&grants[..2])).contains(&"erp/role:pay".to_owned()));
    let kinds: Vec<_> =
        found(&grants[..2]).violations.into_iter().map(|v| (v.kind, v.members[0].member.clone())).collect();
    assert_eq!(kinds, vec![(ViolationKind::Unrecorded, "erp/role:pay".to_owned()); 2]);
    assert!(keys(&found(&grants)).contains(&"erp/role:pay".to_owned()));
    let listed: Vec<_> = policy
        .exceptions(&grants, now)
        .into_iter()
        .map(|e| (e.grant.to_string(), e.valid, e.until.date_naive().to_string()))
        .collect();
    let row = |id: &str, valid, until: &str| (id.to_owned(), valid, until.to_owned());
    assert_eq!(
        listed,
        [
            row("good", true, "2026-06-10"),
            row("bare", false, "2026-07-30"),
            row("nobody", false, "2026-07-30")
        ]
    );
}

#[test]
fn coverage_tells_each_target_and_phase() {
    let shown: Vec<String> = policy().coverage().iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "erp: joiner yes, mover yes, leaver yes, review no, groups no (nobody may review it)",
            "files: joiner yes, mover no, leaver yes, review no, groups yes (the mode lets no `group` be taken away; nobody may review it)",
            "old: joiner no, mover no, leaver no, review no, groups no (no rule gives an account; the mode lets no account be made; leavers of `old`: the target has no `leaver` ladder, so accounts are only disabled; nobody may review it)",
        ]
    );
    let files = policy().coverage().remove(1).reviewed();
    let shown = "files: joiner yes, mover no, leaver yes, review yes, groups yes (the mode lets no `group` be taken away)";
    assert_eq!(files.to_string(), shown);
    assert_eq!(files.clone().reviewed(), files);
}

#[test]
fn a_trigger_holds_as_long_as_its_level_does() {
    let policy = policy();
    let mut person = clerk();
    let due = |person: &Person, now: &str| -> Vec<(String, String, bool)> {
        let (identity, now) = (identity(person), at(now));
        let evaluation = policy.evaluate(&identity, &Facts::new(now));
        let all = policy.playbooks(&identity, &evaluation, now);
        all.into_iter().map(|p| (p.playbook, p.due.date_naive().to_string(), p.due <= now)).collect()
    };
    let row = |playbook: &str, due: &str, now| (playbook.to_owned(), due.to_owned(), now);
    assert_eq!(
        due(&person, "2025-12-28"),
        [row("prepare-desk", "2025-12-24", true), row("clerks-handbook", "2025-12-24", true)]
    );
    let active = [row("files-course", "2026-01-14", false), row("clerks-handbook", "2025-12-31", true)];
    assert_eq!(due(&person, "2026-01-05"), active);
    assert!(due(&person, "2026-03-01")[0].2, "due since a while, and not forgotten");
    person.engagements[0].end = Some(day("2026-03-31"));
    assert_eq!(due(&person, "2026-04-02"), [row("collect-laptop", "2026-03-31", true)]);
}

#[test]
fn security_settings_are_projected_and_what_a_target_lacks_is_told() {
    let policy = policy();
    let erp = policy.security(&"erp".parse().unwrap()).unwrap();
    let expected = BTreeMap::from([
        ("secondFactor".to_owned(), Setting::Bool(true)),
        ("minLength".to_owned(), Setting::Number(14)),
    ]);
    assert_eq!((erp.settings, erp.unsupported), (expected, vec!["network".to_owned()]));
    assert_eq!(policy.security(&"old".parse().unwrap()).unwrap().unsupported.len(), 3);
    assert_eq!(policy.security(&"none".parse().unwrap()), None);
    let wrong = json!({ "version": 1, "security": { "mfa": true }, "targets": { "a": { "security": { "mfo": "x" } } } });
    let errors = Policy::compile(PolicyDocument::from_json("p", &wrong.to_string()).unwrap()).unwrap_err();
    let error = errors.iter().next().unwrap();
    assert_eq!(error.message(), "unknown security setting `mfo`: expected one of `mfa`");
    assert_eq!(error.help(), Some("did you mean `mfa`?"));
}

#[test]
fn an_access_profile_is_a_role_that_a_manager_may_grant_and_that_ends() {
    let (policy, now) = (policy(), at("2026-06-01"));
    let lead = identity(&employee("lead", user("L", "D", "Sales", "Lead"), "2025-01-01"));
    let mut seller = employee("p", user("S", "L", "Sales", "Seller"), "2026-05-01");
    seller.engagements[0].manager = Some("lead".parse().unwrap());
    let seller = identity(&seller);
    let role = RoleId::parse("new-seller").unwrap();
    assert!(policy.may(&lead, DelegatedAction::Grant, Some(&role), &seller, now).is_some());
    let grants = [Grant::new(
        "g".parse().unwrap(),
        "p".parse().unwrap(),
        role,
        GrantSource::Request("r".parse().unwrap()),
    )
    .from(now)
    .approved("lead", "first month")];
    let found = policy.evaluate(&seller, &Facts::new(now).with_grants(&grants));
    assert_eq!(keys(&found), ["erp/role:quote", "files/group:Sales"]);
    assert!(found.entitlements.values().all(|e| e.until == Some(at("2026-07-01"))), "its longest term binds");
    let why: Vec<String> =
        found.entitlements[&key("erp/role:quote")].origins.iter().map(ToString::to_string).collect();
    assert_eq!(why, ["request `r` (grant `g`) > role `new-seller`"]);
}
