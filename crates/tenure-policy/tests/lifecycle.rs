//! Where a person stands: dates, zones, leaves, holds, overrides, rehires. Everything is a level: no event has to be caught.
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
        "temporary": { "kinds": ["Contractor"] },
        "targets": { "t": { "leaver": ["disable", "remove_entitlements", "delete"] } },
        "roles": { "base": { "entitlements": ["t/role:base"] } },
        "rules": [ { "id": "all", "roles": ["base"], "entitlements": ["t/licence:seat", "t/role:work"] } ],
    }))
}

fn one(start: &str, end: Option<&str>, zone: &str) -> Person {
    let mut engagement = Engagement::new("e".parse().unwrap(), "Employee", day(start), zone.parse().unwrap());
    engagement.end = end.map(day);
    Person::new("p".parse().unwrap(), Resource::default()).with_engagement(engagement)
}

fn phase(policy: &Policy, person: &Person, now: &str) -> (Phase, String) {
    let state = policy.state(&identity(person), at(now));
    (state.phase, state.reason)
}

#[test]
fn every_phase_by_date() {
    let policy =
        policy(json!({ "prehire": "7d", "leaver": { "delete_after": "30d", "erase_after": "365d" } }));
    let person = one("2026-03-10", Some("2026-06-30"), "UTC");
    for (now, expected) in [
        ("2026-03-02T23:59:59Z", Phase::Planned),
        ("2026-03-03T00:00:00Z", Phase::PreHire),
        ("2026-03-09T23:59:59Z", Phase::PreHire),
        ("2026-03-10T00:00:00Z", Phase::Active),
        ("2026-06-30T23:59:59Z", Phase::Active),
        ("2026-07-01T00:00:00Z", Phase::Terminated),
        ("2026-07-31T00:00:00Z", Phase::Retained),
        ("2027-07-01T00:00:00Z", Phase::Erased),
    ] {
        assert_eq!(phase(&policy, &person, now).0, expected, "{now}");
    }
}

#[test]
fn next_change_at_leads_through_every_phase() {
    let policy = policy(json!({ "prehire": "7d", "leaver": { "erase_after": "365d" } }));
    let person = identity(&one("2026-03-10", Some("2026-06-30"), "UTC"));
    let mut now = at("2026-01-01");
    let mut seen = Vec::new();
    while let Some(next) = policy.evaluate(&person, &Facts::new(now)).next_change_at {
        now = next;
        seen.push((next.format("%Y-%m-%d").to_string(), policy.state(&person, now).phase));
    }
    assert_eq!(
        seen,
        [
            ("2026-03-03".to_owned(), Phase::PreHire),
            ("2026-03-10".to_owned(), Phase::Active),
            ("2026-07-01".to_owned(), Phase::Terminated),
            ("2026-07-31".to_owned(), Phase::Retained),
            ("2027-07-01".to_owned(), Phase::Erased),
        ]
    );
}

#[test]
fn the_last_day_ends_in_the_workers_own_zone_by_the_policys_moment() {
    let cases = [
        ("end_of_last_day", "Europe/Berlin", "2026-03-29", "2026-03-29T22:00:00Z"),
        ("end_of_last_day", "Europe/Berlin", "2026-10-25", "2026-10-25T23:00:00Z"),
        ("end_of_last_day", "Pacific/Kiritimati", "2026-06-30", "2026-06-30T10:00:00Z"),
        ("end_of_last_day", "Etc/GMT+12", "2026-06-30", "2026-07-01T12:00:00Z"),
        ("start_of_last_day", "Australia/Melbourne", "2026-06-30", "2026-06-29T14:00:00Z"),
        ("18:00", "America/New_York", "2026-11-01", "2026-11-01T23:00:00Z"),
        // 02:30 does not exist on that day: access ends when the gap does.
        ("02:30", "Europe/Berlin", "2026-03-29", "2026-03-29T01:00:00Z"),
    ];
    for (moment, zone, last, ends) in cases {
        let policy = policy(json!({ "leaver": { "disable": moment } }));
        let person = one("2026-01-01", Some(last), zone);
        let before = at(ends) - chrono::TimeDelta::seconds(1);
        assert_eq!(policy.state(&identity(&person), before).phase, Phase::Active, "{moment} {zone}");
        assert_eq!(policy.state(&identity(&person), at(ends)).phase, Phase::Terminated, "{moment} {zone}");
    }
}

#[test]
fn the_last_day_worked_counts_where_the_policy_says_so_and_an_ordered_instant_always() {
    let mut person = one("2026-01-01", Some("2026-06-30"), "UTC");
    person.engagements[0].last_day_worked = Some(day("2026-06-15"));
    assert_eq!(phase(&policy(json!({})), &person, "2026-06-20").0, Phase::Active);
    let worked = policy(json!({ "leaver": { "last_day": "last_day_worked" } }));
    assert_eq!(phase(&worked, &person, "2026-06-20").0, Phase::Terminated);
    person.engagements[0].access_ends = Some(at("2026-06-10T09:00:00Z"));
    assert_eq!(phase(&worked, &person, "2026-06-10T08:59:59Z").0, Phase::Active);
    assert_eq!(phase(&worked, &person, "2026-06-10T09:00:00Z").0, Phase::Terminated);
}

#[test]
fn a_hire_told_of_late_runs_at_once_and_is_marked() {
    let mut person = one("2026-01-05", None, "UTC");
    person.engagements[0].recorded = Some(at("2026-01-20"));
    let state = policy(json!({ "prehire": "7d" })).state(&identity(&person), at("2026-01-20"));
    assert_eq!((state.phase, state.late), (Phase::Active, true));
}

#[test]
fn a_rescinded_hire_leaves_no_ghost() {
    let policy = policy(json!({ "prehire": "7d" }));
    let mut person = one("2026-03-10", None, "UTC");
    person.engagements[0].rescinded = true;
    let held = [HeldAccount { target: "t".parse().unwrap(), unwanted_since: Some(at("2026-03-05")) }];
    let wanted = policy.evaluate(&identity(&person), &Facts::new(at("2026-03-06")).with_accounts(&held));
    assert_eq!(wanted.state.reason, "the hire was called off");
    assert_eq!(wanted.accounts[&TargetId::parse("t").unwrap()].status, AccountStatus::Disabled);
    assert_eq!(
        wanted.next_change_at,
        Some(at("2026-04-04")),
        "deleted thirty days after it was found unwanted"
    );
}

#[test]
fn leave_by_kind_keeps_restricts_or_suspends() {
    let policy = policy(json!({ "leave": {
        "Sick": { "access": "keep" },
        "Parental": { "access": "restrict", "keep_roles": ["base"], "release_seats_after": "10d" },
        "Sabbatical": { "access": "suspend", "release_seats_after": "10d" } } }));
    let run = |kind: &str, now: &str| {
        let mut person = one("2026-01-01", None, "UTC");
        person.engagements[0].leaves.push(Leave::new(kind, day("2026-02-01"), Some(day("2026-02-28"))));
        let wanted = policy.evaluate(&identity(&person), &Facts::new(at(now)));
        (wanted.state.phase, wanted.accounts[&TargetId::parse("t").unwrap()].status, keys(&wanted))
    };
    let all = ["t/licence:seat", "t/role:base", "t/role:work"].map(str::to_owned).to_vec();
    let without_seat = all[1..].to_vec();
    let base = vec!["t/role:base".to_owned()];
    for (kind, now, phase, status, entitlements) in [
        ("Sick", "2026-01-31", Phase::Active, AccountStatus::Active, &all),
        ("Sick", "2026-02-20", Phase::OnLeave, AccountStatus::Active, &all),
        ("Parental", "2026-02-02", Phase::OnLeave, AccountStatus::Active, &base),
        ("Sabbatical", "2026-02-02", Phase::OnLeave, AccountStatus::Disabled, &all),
        ("Sabbatical", "2026-02-12", Phase::OnLeave, AccountStatus::Disabled, &without_seat),
        ("Unheard-of", "2026-02-02", Phase::OnLeave, AccountStatus::Disabled, &all),
        ("Sabbatical", "2026-03-01", Phase::Active, AccountStatus::Active, &all),
    ] {
        assert_eq!(run(kind, now), (phase, status, entitlements.clone()), "{kind} {now}");
    }
}

/// A licence that the policy does not name is a seat, too.
#[test]
fn a_granted_licence_is_given_back_in_a_leave_like_those_of_rules() {
    let policy = policy(json!({ "leave": { "Away": { "access": "keep", "release_seats_after": "10d" } } }));
    let mut person = one("2026-01-01", None, "UTC");
    person.engagements[0].leaves.push(Leave::new("Away", day("2026-02-01"), Some(day("2026-02-28"))));
    let extra: EntitlementKey = "t/licence:extra".parse().unwrap();
    let source = GrantSource::Request("r-1".parse().unwrap());
    let grant = |id: &str, what| {
        let grant = Grant::new(id.parse().unwrap(), "p".parse().unwrap(), what, source.clone());
        grant.from(at("2026-01-01")).until(at("2026-12-31"))
    };
    let grants = [grant("g-1", extra), grant("g-2", "t/role:extra".parse().unwrap())];
    for (now, held) in [("2026-02-02", true), ("2026-02-12", false), ("2026-03-01", true)] {
        let wanted = policy.evaluate(&identity(&person), &Facts::new(at(now)).with_grants(&grants));
        assert_eq!(keys(&wanted).contains(&"t/licence:extra".to_owned()), held, "{now}");
        assert!(keys(&wanted).contains(&"t/role:extra".to_owned()), "what is no seat stays, {now}");
    }
}

#[test]
fn holds_and_overrides_only_reduce() {
    let policy = policy(json!({}));
    let t = TargetId::parse("t").unwrap();
    let held = [HeldAccount::new(t.clone())];
    let secure = one("2026-01-01", None, "UTC")
        .with_hold(Hold { until: Some(at("2026-03-01")), ..Hold::new(HoldKind::Security, "stolen laptop") });
    let wanted = policy.evaluate(&identity(&secure), &Facts::new(at("2026-02-01")));
    assert_eq!(
        (wanted.state.phase, wanted.state.reason.as_str()),
        (Phase::Suspended, "security hold: stolen laptop")
    );
    assert_eq!((wanted.accounts[&t].status, wanted.entitlements.len()), (AccountStatus::Disabled, 3));
    assert_eq!(wanted.next_change_at, Some(at("2026-03-01")));
    assert_eq!(phase(&policy, &secure, "2026-03-01").0, Phase::Active);

    let legal = one("2026-01-01", Some("2026-01-31"), "UTC").with_hold(Hold::new(HoldKind::Legal, "case 7"));
    let wanted = policy.evaluate(&identity(&legal), &Facts::new(at("2027-01-01")).with_accounts(&held));
    let delete = wanted.accounts[&t].ladder.last().unwrap();
    assert_eq!((delete.due, delete.held_by.as_deref()), (None, Some("a legal hold")));
    assert_eq!(wanted.accounts[&t].status, AccountStatus::Disabled);

    let urgent = one("2026-01-01", None, "UTC").with_override(Override {
        from: Some(at("2026-02-01")),
        ..Override::new(OverrideKind::Terminate, "misconduct", "ciso")
    });
    assert_eq!(phase(&policy, &urgent, "2026-01-31").0, Phase::Active);
    let wanted = policy.evaluate(&identity(&urgent), &Facts::new(at("2026-02-01")).with_accounts(&held));
    assert_eq!((wanted.state.phase, wanted.entitlements.len()), (Phase::Terminated, 0));
    assert!(wanted.accounts[&t].ladder[0].is_due(at("2026-02-01")));

    let forgotten = one("2026-01-01", None, "UTC").with_override(Override::new(
        OverrideKind::Erase,
        "asked for it",
        "dpo",
    ));
    assert_eq!(phase(&policy, &forgotten, "2026-02-01").0, Phase::Erased);
    let kept = forgotten.with_hold(Hold::new(HoldKind::Legal, "case 7"));
    assert_eq!(phase(&policy, &kept, "2026-02-01").0, Phase::Terminated);
}

#[test]
fn a_rehire_is_a_new_engagement_of_the_same_person() {
    let policy = policy(json!({ "prehire": "7d", "bridge": "3d" }));
    let t = TargetId::parse("t").unwrap();
    let mut person = one("2026-01-01", Some("2026-01-31"), "UTC");
    person.engagements.push(Engagement::new("e2".parse().unwrap(), "Employee", day("2026-06-01"), Zone::UTC));
    let held = [HeldAccount::new(t.clone())];
    let away = policy.evaluate(&identity(&person), &Facts::new(at("2026-04-01")).with_accounts(&held));
    assert_eq!(away.state.phase, Phase::Retained);
    let delete = away.accounts[&t].ladder.last().unwrap();
    assert_eq!(
        delete.held_by.as_deref(),
        Some("an engagement that begins later"),
        "no account is deleted that is needed again"
    );
    assert_eq!(phase(&policy, &person, "2026-05-26").0, Phase::PreHire);
    let back = policy.evaluate(&identity(&person), &Facts::new(at("2026-06-01")));
    assert!(
        back.entitlements
            .values()
            .all(|e| e.origins.iter().all(|o| o.to_string().contains("engagement `e2`")))
    );
}

#[test]
fn a_conversion_over_a_weekend_is_no_leaving() {
    let policy = policy(json!({ "bridge": "3d" }));
    let mut person = one("2026-01-01", Some("2026-01-30"), "UTC");
    person.engagements.push(Engagement::new("e2".parse().unwrap(), "Employee", day("2026-02-02"), Zone::UTC));
    for now in ["2026-01-30", "2026-01-31", "2026-02-01", "2026-02-02"] {
        assert_eq!(phase(&policy, &person, now).0, Phase::Active, "{now}");
    }
    person.engagements[1].start = day("2026-02-04");
    assert_eq!(phase(&policy, &person, "2026-02-01").0, Phase::Terminated);
}

#[test]
fn two_engagements_at_once_unite_and_the_end_of_one_removes_only_its_origins() {
    let policy = json_policy(json!({
        "version": 1,
        "lifecycle": { "precedence": ["Employee", "Trainer"] },
        "targets": { "t": { "attributes": [ { "id": "title", "to": "title", "from": "title" } ] } },
        "rules": [
            { "id": "teach", "when": "title eq \"Trainer\"", "entitlements": ["t/role:teach", "t/role:both"] },
            { "id": "sell", "when": "title eq \"Seller\"", "entitlements": ["t/role:sell", "t/role:both"] } ],
    }));
    let mut person = Person::new("p".parse().unwrap(), Resource::default());
    for (id, kind, title, end) in
        [("e1", "Trainer", "Trainer", "2026-06-30"), ("e2", "Employee", "Seller", "2026-12-31")]
    {
        let mut engagement =
            Engagement::new(id.parse().unwrap(), kind, day("2026-01-01"), Zone::UTC).until(day(end));
        engagement.attributes = Resource::default().with("title", title).unwrap();
        person.engagements.push(engagement);
    }
    let t = TargetId::parse("t").unwrap();
    let both = policy.evaluate(&identity(&person), &Facts::new(at("2026-03-01")));
    assert_eq!(keys(&both), ["t/role:both", "t/role:sell", "t/role:teach"]);
    assert_eq!(both.entitlements[&key("t/role:both")].origins.len(), 2);
    assert_eq!(both.entitlements[&key("t/role:both")].until, Some(at("2027-01-01T00:00:00Z")));
    assert_eq!(both.accounts[&t].attributes.text("title"), Some("Seller"), "the declared precedence decides");
    let one = policy.evaluate(&identity(&person), &Facts::new(at("2026-07-01")));
    assert_eq!(keys(&one), ["t/role:both", "t/role:sell"]);
    assert_eq!(one.entitlements[&key("t/role:both")].origins.len(), 1);
    let mut primary = person;
    primary.engagements[0].primary = true;
    let main = policy.evaluate(&identity(&primary), &Facts::new(at("2026-03-01")));
    assert_eq!(
        main.accounts[&t].attributes.text("title"),
        Some("Trainer"),
        "the main engagement goes before precedence"
    );
}

#[test]
fn a_workload_has_its_scope_an_owner_and_an_end() {
    let policy = policy(json!({}));
    let owner = one("2026-01-01", Some("2026-06-30"), "UTC");
    let directory = BTreeMap::from([("p".parse().unwrap(), identity(&owner))]);
    let bot: Identity = Workload::new("bot".parse().unwrap(), "p".parse().unwrap(), "nightly export")
        .with_scope([key("t/role:export")])
        .expiring(day("2026-09-30"))
        .into();
    let grants = [Grant::new(
        "g".parse().unwrap(),
        "bot".parse().unwrap(),
        key("t/role:admin"),
        GrantSource::Exception,
    )
    .from(at("2026-01-02"))
    .approved("mara", "reads all")];
    let held = [HeldGrant::new(key("t/role:read-all"), at("2026-01-02"))];
    let facts =
        |now: &str| Facts::new(at(now)).with_directory(&directory).with_grants(&grants).with_held(&held);
    let wanted = policy.evaluate(&bot, &facts("2026-02-01"));
    assert_eq!(keys(&wanted), ["t/role:export"], "rules for people do not give to workloads");
    assert_eq!(wanted.entitlements[&key("t/role:export")].origins.first(), Some(&Origin::Scope));
    let excess: Vec<&str> = wanted.violations.iter().map(|v| v.members[0].member.as_str()).collect();
    assert_eq!(excess, ["t/role:admin", "t/role:read-all"]);
    assert!(wanted.violations.iter().all(|v| v.kind == ViolationKind::OutOfScope));
    assert!(wanted.tasks.is_empty());
    assert_eq!(wanted.next_change_at, Some(at("2026-07-01T00:00:00Z")), "the owner leaves");
    let orphan = policy.evaluate(&bot, &facts("2026-07-02"));
    assert_eq!(orphan.tasks[0].text, "name an owner for `bot`: its owner `p` has left");
    let over = policy.evaluate(&bot, &facts("2026-10-01"));
    assert_eq!((over.state.phase, over.entitlements.len()), (Phase::Terminated, 0));
}
