//! Separation of duties, refusals, exclusive groups, sandbox, requests.
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

use common::*;
use serde_json::json;
use tenure_policy::*;

fn policy() -> Policy {
    json_policy(json!({
        "version": 1,
        "temporary": { "kinds": ["Contractor"], "sandbox": { "crm": "crm-test" } },
        "entitlements": {
            "erp/role:pay": { "grace": "14d", "max_term": "60d" },
            "erp/role:root": { "risk": "privileged", "grace": "14d", "requestable": false } },
        "targets": {
            "erp": {}, "crm": { "exclusive": [ { "kind": "licence", "order": ["full", "basic", "free"], "fallback": "free" } ] }, "crm-test": {} },
        "roles": { "approver": { "entitlements": ["erp/role:approve"] }, "payer": { "entitlements": ["erp/role:pay"] } },
        "rules": [
            { "id": "clerks", "when": "title eq \"Clerk\"", "roles": ["payer"] },
            { "id": "sales", "when": "title eq \"Seller\"", "entitlements": ["crm/licence:basic", "crm/role:sell"] },
            { "id": "leads", "when": "title co \"Sell\"", "entitlements": ["crm/licence:full"] },
            { "id": "bots", "when": "title eq \"Visitor\"", "entitlements": [{ "target": "crm" }] },
            { "id": "no-crm", "when": "department eq \"Banned\"", "deny": ["crm/account:default"] } ],
        "constraints": [
            { "id": "pay-approve", "at_most": 1, "of": ["role:approver", "erp/role:pay"],
              "mitigations": [ { "identity": "p-ok", "until": "2026-03-31", "reason": "four eyes by the auditor", "by": "cfo" } ] },
            { "id": "two-of-three", "at_most": 2, "of": ["erp/role:a", "erp/role:b", "erp/role:c"] } ],
    }))
}

fn grant(id: &str, whose: &str, what: impl Into<Granted>, from: &str, until: &str) -> Grant {
    Grant::new(
        id.parse().unwrap(),
        whose.parse().unwrap(),
        what,
        GrantSource::Request(format!("r-{id}").parse().unwrap()),
    )
    .from(at(from))
    .until(at(until))
}

fn clerk(id: &str) -> Identity {
    identity(&employee(id, user("C", "L", "Finance", "Clerk"), "2026-01-01"))
}

#[test]
fn duties_are_separated_over_effective_entitlements_and_time() {
    let policy = policy();
    let approver = || RoleId::parse("approver").unwrap();
    let overlapping = [grant("g", "p", approver(), "2026-02-01", "2026-03-01")];
    let now = policy.evaluate(&clerk("p"), &Facts::new(at("2026-02-10")).with_grants(&overlapping));
    assert_eq!(
        serde_json::to_value(&now.violations).unwrap(),
        json!([{
            "kind": { "constraint": { "constraint": "pay-approve", "at_most": 1 } },
            "members": [
                { "member": "erp/role:pay", "by": ["erp/role:pay"] },
                { "member": "role:approver", "by": ["erp/role:approve"] } ],
            "from": null, "until": "2026-03-01T12:00:00Z" }])
    );
    assert!(
        policy
            .evaluate(&clerk("p"), &Facts::new(at("2026-03-02")).with_grants(&overlapping))
            .violations
            .is_empty()
    );
}

#[test]
fn a_conflict_that_begins_later_is_told_now_and_intervals_that_do_not_meet_are_none() {
    let policy = policy();
    let later = [
        grant("a", "p", key("erp/role:a"), "2026-02-01", "2026-04-01"),
        grant("b", "p", key("erp/role:b"), "2026-03-01", "2026-05-01"),
        grant("c", "p", key("erp/role:c"), "2026-03-15", "2026-06-01"),
    ];
    let found = policy.evaluate(&clerk("p"), &Facts::new(at("2026-02-10")).with_grants(&later)).violations;
    assert_eq!(
        (found.len(), found[0].from, found[0].until),
        (1, Some(at("2026-03-15")), Some(at("2026-04-01")))
    );
    let role = [grant("g", "p", RoleId::parse("approver").unwrap(), "2026-03-01", "2026-05-01")];
    let found = policy.evaluate(&clerk("p"), &Facts::new(at("2026-02-10")).with_grants(&role)).violations;
    assert_eq!((found.len(), found[0].from), (1, Some(at("2026-03-01"))), "by way of a role, too");
    let mut apart = later;
    apart[2] = grant("c", "p", key("erp/role:c"), "2026-04-01", "2026-06-01");
    assert!(
        policy.evaluate(&clerk("p"), &Facts::new(at("2026-02-10")).with_grants(&apart)).violations.is_empty()
    );
}

#[test]
fn what_is_granted_for_later_counts_beside_what_is_there_now() {
    let policy = json_policy(json!({
        "version": 1, "targets": { "erp": {} },
        "rules": [{ "id": "all", "entitlements": ["erp/role:pay"] }],
        "constraints": [{ "id": "apart", "of": ["erp/role:pay", "erp/role:approve"] }],
    }));
    let later = [grant("g", "p", key("erp/role:approve"), "2026-03-01", "2026-05-01")];
    let facts = Facts::new(at("2026-02-10")).with_grants(&later);
    let found = policy.evaluate(&clerk("p"), &facts);
    assert_eq!(keys(&found), ["erp/role:pay"]);
    let told: Vec<_> =
        found.violations.iter().map(|told| (told.from, told.until, told.members.len())).collect();
    assert_eq!(told, [(Some(at("2026-03-01")), Some(at("2026-05-01")), 2)]);
    // From its first instant it is there, and until its last it was.
    let told =
        |now| policy.evaluate(&clerk("p"), &facts.at(at(now))).violations.first().map(|told| told.from);
    assert_eq!(["2026-03-01", "2026-04-30", "2026-05-01"].map(told), [Some(None), Some(None), None]);
}

#[test]
fn an_exception_is_given_where_somebody_put_it_on_record() {
    let policy = policy();
    let exception = || {
        Grant::new("g".parse().unwrap(), "p".parse().unwrap(), key("erp/role:root"), GrantSource::Exception)
            .from(at("2026-01-10"))
            .until(at("2026-03-01"))
    };
    let found =
        |grant: Grant| policy.evaluate(&clerk("p"), &Facts::new(at("2026-02-01")).with_grants(&[grant]));
    let given = found(exception().approved("boss", "audit"));
    assert_eq!(
        (keys(&given), given.violations.len()),
        (vec!["erp/role:pay".to_owned(), "erp/role:root".to_owned()], 0)
    );
    for bare in [exception(), exception().approved("boss", " "), exception().approved("", "audit")] {
        let refused = found(bare);
        assert_eq!(keys(&refused), ["erp/role:pay"]);
        let [told] = refused.violations.as_slice() else { panic!("{:?}", refused.violations) };
        assert_eq!((&told.kind, told.until), (&ViolationKind::Unrecorded, Some(at("2026-03-01"))));
        assert_eq!(told.members[0].member, "erp/role:root");
    }
}

#[test]
fn a_mitigation_covers_until_it_ends() {
    let policy = policy();
    let grants = [grant("g", "p-ok", RoleId::parse("approver").unwrap(), "2026-02-01", "2026-12-01")];
    let facts = |now: &str| Facts::new(at(now)).with_grants(&grants);
    let covered = policy.evaluate(&clerk("p-ok"), &facts("2026-03-01"));
    assert_eq!(
        covered.violations[0].mitigated.as_deref(),
        Some("four eyes by the auditor (accepted by cfo until 2026-03-31)")
    );
    assert_eq!(covered.next_change_at, Some(at("2026-04-01T00:00:00Z")));
    let covers = |now| policy.evaluate(&clerk("p-ok"), &facts(now)).violations[0].mitigated.is_some();
    assert_eq!(
        ["2026-03-31T23:59:59Z", "2026-04-01T00:00:00Z", "2026-04-01"].map(covers),
        [true, false, false]
    );
}

#[test]
fn what_is_in_grace_counts_for_constraints_and_privilege_has_no_grace() {
    let policy = policy();
    let moved = identity(&employee("p", user("C", "L", "Finance", "Boss"), "2026-01-01"));
    let held = [
        HeldGrant::new(key("erp/role:pay"), at("2026-01-01")),
        HeldGrant::new(key("erp/role:root"), at("2026-01-01")),
    ];
    let grants = [grant("g", "p", RoleId::parse("approver").unwrap(), "2026-02-01", "2026-12-01")];
    let wanted = policy.evaluate(&moved, &Facts::new(at("2026-02-10")).with_grants(&grants).with_held(&held));
    assert_eq!(keys(&wanted), ["erp/role:approve", "erp/role:pay"]);
    assert_eq!(wanted.violations[0].until, Some(at("2026-02-24")));
    let mut gone = employee("p", user("C", "L", "Finance", "Boss"), "2026-01-01");
    gone.engagements[0].end = Some(day("2026-02-09"));
    let wanted = policy.evaluate(&identity(&gone), &Facts::new(at("2026-02-10")).with_held(&held));
    assert!(wanted.entitlements.is_empty(), "leaving ends every grace");
}

#[test]
fn of_an_exclusive_group_the_strongest_stays_and_nobody_is_without() {
    let policy = policy();
    let run = |title: &str| {
        policy.evaluate(
            &identity(&employee("p", user("S", "E", "X", title), "2026-01-01")),
            &Facts::new(at("2026-02-01")),
        )
    };
    let seller = run("Seller");
    assert_eq!(keys(&seller), ["crm/licence:full", "crm/role:sell"]);
    assert_eq!(seller.superseded[&key("crm/licence:basic")], key("crm/licence:full"));
    assert_eq!(keys(&run("Visitor")), ["crm/licence:free"]);
    assert!(run("Nobody").accounts.is_empty());
    let why = policy.explain(
        &identity(&employee("p", user("S", "E", "X", "Seller"), "2026-01-01")),
        &Facts::new(at("2026-02-01")),
        &key("crm/licence:basic"),
    );
    assert_eq!(why.why_not, [WhyNot::GaveWayTo(key("crm/licence:full"))]);
}

#[test]
fn a_refusal_beats_every_origin() {
    let policy = policy();
    let banned = identity(&employee("p", user("S", "E", "Banned", "Seller"), "2026-01-01"));
    let grants = [grant("g", "p", key("crm/role:extra"), "2026-01-02", "2026-12-01")];
    let wanted = policy.evaluate(&banned, &Facts::new(at("2026-02-01")).with_grants(&grants));
    assert!(wanted.entitlements.is_empty() && wanted.accounts.is_empty());
    assert_eq!(wanted.denied.len(), 5, "{:?}", wanted.denied);
    let why =
        policy.explain(&banned, &Facts::new(at("2026-02-01")).with_grants(&grants), &key("crm/role:extra"));
    assert_eq!(why.why_not, [WhyNot::Denied(["no-crm".parse().unwrap()].into())]);
}

#[test]
fn a_refused_role_gives_nothing_and_takes_nothing_from_other_ways() {
    let policy = json_policy(json!({
        "version": 1, "targets": { "erp": {}, "crm": {}, "wiki": {} },
        "roles": {
            "payer": { "entitlements": ["erp/role:pay", "erp/role:read", { "target": "wiki" }] },
            "senior": { "includes": ["payer"], "entitlements": ["crm/role:lead"] } },
        "rules": [
            { "id": "all", "roles": ["senior"], "entitlements": ["erp/role:read"] },
            { "id": "no-pay", "when": "department eq \"Banned\"", "deny": ["role:payer"] } ],
    }));
    let found = |department| {
        let person = identity(&employee("p", user("S", "L", department, "Clerk"), "2026-01-01"));
        policy.evaluate(&person, &Facts::new(at("2026-02-01")))
    };
    assert_eq!(keys(&found("Sales")), ["crm/role:lead", "erp/role:pay", "erp/role:read"]);
    assert_eq!(found("Sales").accounts.len(), 3);
    let banned = found("Banned");
    assert_eq!(keys(&banned), ["crm/role:lead", "erp/role:read"]);
    assert_eq!(banned.accounts.keys().map(ToString::to_string).collect::<Vec<_>>(), ["crm", "erp"]);
    assert_eq!(banned.entitlements[&key("erp/role:read")].origins.len(), 1, "by the rule alone");
    assert_eq!(banned.denied, [(key("erp/role:pay"), ["no-pay".parse().unwrap()].into())].into());
}

#[test]
fn a_linked_account_goes_where_it_is_refused_and_stays_where_it_is_wanted() {
    let policy = policy();
    let crm = TargetId::parse("crm").unwrap();
    let linked = [HeldAccount::new(crm.clone())];
    let status = |department| {
        let seller = identity(&employee("p", user("S", "E", department, "Seller"), "2026-01-01"));
        let found = policy.evaluate(&seller, &Facts::new(at("2026-02-01")).with_accounts(&linked));
        (found.accounts[&crm].status, found.accounts[&crm].ladder.is_empty())
    };
    assert_eq!(status("Sales"), (AccountStatus::Active, true));
    assert_eq!(status("Banned"), (AccountStatus::Disabled, false));
}

#[test]
fn a_refused_account_ends_the_grace_of_what_it_held_and_of_nothing_else() {
    let grace = json!({ "grace": { "default": "14d" } });
    let policy = json_policy(json!({
        "version": 1, "targets": { "erp": grace, "crm": grace },
        "rules": [{ "id": "no-crm", "when": "department eq \"Banned\"", "deny": ["crm/account:default"] }],
    }));
    let held = ["crm/role:sell", "erp/role:pay"].map(|text| HeldGrant::new(key(text), at("2026-01-02")));
    let found = |department| {
        let person = identity(&employee("p", user("S", "L", department, "Seller"), "2026-01-01"));
        policy.evaluate(&person, &Facts::new(at("2026-02-01")).with_held(&held))
    };
    assert_eq!(keys(&found("Sales")), ["crm/role:sell", "erp/role:pay"]);
    let banned = found("Banned");
    assert_eq!(keys(&banned), ["erp/role:pay"]);
    assert_eq!(banned.denied, [(key("crm/role:sell"), ["no-crm".parse().unwrap()].into())].into());
}

#[test]
fn what_is_adopted_has_no_longest_term() {
    let policy = policy();
    let end = |source: GrantSource| {
        let held = Grant::new("g".parse().unwrap(), "p".parse().unwrap(), key("erp/role:pay"), source);
        policy.grant_end(&held.from(at("2026-02-01")), &clerk("p"), at("2026-02-10"))
    };
    assert_eq!(end(GrantSource::Adopted), None);
    assert_eq!(end(GrantSource::Request("r".parse().unwrap())), Some(at("2026-04-02")));
}

#[test]
fn what_is_given_in_place_of_another_is_explained_by_what_the_other_came_by() {
    let policy = policy();
    let order = Override::withhold(key("erp/role:pay"), "too much", "boss").giving(key("erp/role:read"));
    let person = employee("p", user("C", "L", "Finance", "Clerk"), "2026-01-01").with_override(order);
    let (person, facts) = (identity(&person), Facts::new(at("2026-02-01")));
    assert_eq!(keys(&policy.evaluate(&person, &facts)), ["erp/role:read"]);
    assert!(policy.explain(&person, &facts, &key("erp/role:read")).desired);
    assert!(!policy.explain(&person, &facts, &key("erp/role:pay")).desired);
}

#[test]
fn a_role_granted_for_later_counts_by_what_it_gives_and_by_nothing_else() {
    let policy = json_policy(json!({
        "version": 1, "targets": { "erp": {}, "crm": {} },
        "roles": {
            "payer": { "entitlements": ["erp/role:pay"] }, "approver": { "entitlements": ["erp/role:approve"] },
            "visitor": { "entitlements": [{ "target": "crm" }] } },
        "rules": [{ "id": "all", "roles": ["payer"] }],
        "constraints": [
            { "id": "apart", "of": ["role:payer", "role:approver"] }, { "id": "inside", "of": ["role:payer", "role:visitor"] } ],
    }));
    let later = [
        grant("g-1", "p", RoleId::parse("approver").unwrap(), "2026-03-01", "2026-05-01"),
        grant("g-2", "p", RoleId::parse("visitor").unwrap(), "2026-03-01", "2026-05-01"),
        grant("g-3", "p", key("erp/role:read"), "2026-03-01", "2026-05-01"),
    ];
    let found = policy.evaluate(&clerk("p"), &Facts::new(at("2026-02-10")).with_grants(&later)).violations;
    assert_eq!(
        serde_json::to_value(found.iter().map(|told| &told.members).collect::<Vec<_>>()).unwrap(),
        json!([[
            { "member": "role:approver", "by": ["erp/role:approve"] },
            { "member": "role:payer", "by": ["erp/role:pay"] } ]]),
        "an account alone is nothing that could be kept apart"
    );
}

#[test]
fn what_is_refused_has_no_grace_and_is_no_fallback() {
    let policy = json_policy(json!({
        "version": 1,
        "targets": { "erp": { "grace": { "default": "14d" } },
            "crm": { "exclusive": [ { "kind": "licence", "order": ["full", "free"], "fallback": "free" } ] } },
        "roles": { "payer": { "entitlements": ["erp/role:pay"] } },
        "rules": [
            { "id": "sellers", "when": "title eq \"Seller\"", "entitlements": [{ "target": "crm" }] },
            { "id": "no-pay", "when": "department eq \"Banned\"", "deny": ["role:payer", "crm/licence:free"] },
            { "id": "no-audit", "when": "department eq \"Banned\"", "deny": ["erp/role:audit"] } ],
    }));
    let payer = Origin::Role {
        role: "payer".parse().unwrap(),
        via: Box::new(Origin::Rule { rule: "clerks".parse().unwrap(), engagement: "e-p".parse().unwrap() }),
    };
    let mut pay = HeldGrant::new(key("erp/role:pay"), at("2026-01-02"));
    pay.origins.insert(payer);
    let held = [
        pay,
        HeldGrant::new(key("erp/role:audit"), at("2026-01-02")),
        HeldGrant::new(key("erp/role:read"), at("2026-01-02")),
    ];
    let facts = Facts::new(at("2026-02-01")).with_held(&held);
    let of = |department| identity(&employee("p", user("S", "L", department, "Seller"), "2026-01-01"));
    assert_eq!(
        keys(&policy.evaluate(&of("Sales"), &facts)),
        ["crm/licence:free", "erp/role:audit", "erp/role:pay", "erp/role:read"]
    );
    let banned = policy.evaluate(&of("Banned"), &facts);
    assert_eq!(keys(&banned), ["erp/role:read"]);
    let why = |text: &str| banned.denied[&key(text)].iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        (why("erp/role:pay"), why("erp/role:audit")),
        (vec!["no-pay".to_owned()], vec!["no-audit".to_owned()])
    );
}

#[test]
fn temporary_people_get_the_sandbox_and_bounded_grants() {
    let policy = policy();
    let cara = identity(&person("p", user("C", "A", "X", "Seller"), "Contractor", "2026-01-01"));
    let open = [Grant::new(
        "g".parse().unwrap(),
        "p".parse().unwrap(),
        key("erp/role:a"),
        GrantSource::Request("r".parse().unwrap()),
    )
    .from(at("2026-02-01"))];
    let wanted = policy.evaluate(&cara, &Facts::new(at("2026-02-10")).with_grants(&open));
    assert_eq!(
        keys(&wanted),
        ["crm-test/licence:basic", "crm-test/licence:full", "crm-test/role:sell", "erp/role:a"]
    );
    assert_eq!(policy.grant_end(&open[0], &cara, at("2026-02-10")), Some(at("2026-05-02")));
    let employee = clerk("p");
    assert_eq!(policy.grant_end(&open[0], &employee, at("2026-02-10")), None);
    let bounded = grant("g", "p", key("erp/role:pay"), "2026-02-01", "2026-12-01");
    assert_eq!(
        policy.grant_end(&bounded, &employee, at("2026-02-10")),
        Some(at("2026-04-02")),
        "the longest term wins over the wish"
    );
}

#[test]
fn what_nobody_may_request_is_not_given_by_request() {
    let policy = policy();
    let grants = [grant("g", "p", key("erp/role:root"), "2026-01-02", "2026-12-01")];
    let wanted = policy.evaluate(&clerk("p"), &Facts::new(at("2026-02-01")).with_grants(&grants));
    assert!(!wanted.entitlements.contains_key(&key("erp/role:root")));
    assert_eq!(wanted.violations[0].kind, ViolationKind::NotRequestable);
}

#[test]
fn the_policy_says_whether_a_grant_comes_back_and_whether_somebody_approves() {
    let old = grant("g", "p", key("wiki/role:writer"), "2026-01-02", "2026-01-10");
    let facts = Facts::new(at("2026-02-01"));
    for (how, without, with) in [
        ("approval", Err(ReinstateError::ApprovalMissing), Ok(())),
        ("automatic", Ok(()), Ok(())),
        ("never", Err(ReinstateError::Forbidden), Err(ReinstateError::Forbidden)),
    ] {
        let policy = json_policy(
            json!({ "version": 1, "targets": { "wiki": {} }, "temporary": { "reinstate": how } }),
        );
        let back = |by| policy.reinstate(&old, "g2".parse().unwrap(), &clerk("p"), &facts, by).map(|_| ());
        assert_eq!((back(None), back(Some("boss"))), (without, with), "{how}");
    }
}

#[test]
fn a_grant_comes_back_from_its_last_instant_on_and_says_who_approved() {
    let policy = policy();
    let old =
        grant("g", "p", key("wiki/role:writer"), "2026-01-02", "2026-01-10").approved("earlier", "then");
    let back = |now| {
        let back =
            policy.reinstate(&old, "g2".parse().unwrap(), &clerk("p"), &Facts::new(at(now)), Some("boss"));
        back.map(|back| (back.approved_by, back.from, back.reinstates.map(|id| id.to_string())))
    };
    assert_eq!(back("2026-01-10T11:59:59Z"), Err(ReinstateError::NotEnded));
    let now = "2026-01-10T12:00:00Z";
    assert_eq!(back(now), Ok((Some("boss".to_owned()), Some(at(now)), Some("g".to_owned()))));
}

#[test]
fn a_grant_that_comes_back_is_another_one_and_names_the_first() {
    let old =
        grant("g", "p", key("wiki/role:writer"), "2026-01-02", "2026-01-10").approved("earlier", "then");
    let facts = Facts::new(at("2026-02-01"));
    let back = policy().reinstate(&old, "g2".parse().unwrap(), &clerk("p"), &facts, Some("boss")).unwrap();
    assert_eq!((back.id.as_str(), back.reinstates.as_ref().map(|id| id.as_str())), ("g2", Some("g")));
}

#[test]
fn a_grant_does_not_come_back_into_a_conflict() {
    let policy = policy();
    let old = grant("g", "p", RoleId::parse("approver").unwrap(), "2026-01-02", "2026-01-10");
    let facts = Facts::new(at("2026-02-01"));
    let refused =
        policy.reinstate(&old, "g2".parse().unwrap(), &clerk("p"), &facts, Some("boss")).unwrap_err();
    assert!(matches!(refused, ReinstateError::Violation(_)));
    let boss = identity(&employee("p", user("B", "O", "X", "Boss"), "2026-01-01"));
    let back = policy.reinstate(&old, "g2".parse().unwrap(), &boss, &facts, Some("boss")).unwrap();
    assert_eq!(
        (back.from, back.until, back.reinstates),
        (Some(at("2026-02-01")), Some(at("2026-05-02")), Some("g".parse().unwrap()))
    );
    assert_eq!(
        policy.reinstate(&old, "g2".parse().unwrap(), &boss, &Facts::new(at("2026-01-05")), Some("boss")),
        Err(ReinstateError::NotEnded)
    );
}

#[test]
fn what_if_a_role_goes_names_what_nothing_else_gives() {
    let policy = policy();
    let grants = [
        grant("g", "p", key("erp/role:pay"), "2026-01-02", "2026-02-20"),
        grant("h", "p", RoleId::parse("approver").unwrap(), "2026-01-02", "2026-02-20"),
    ];
    let wanted = policy.evaluate(&clerk("p"), &Facts::new(at("2026-02-01")).with_grants(&grants));
    assert!(policy.without_role(&wanted, &"payer".parse().unwrap()).is_empty(), "the request gives it too");
    assert_eq!(policy.without_role(&wanted, &"approver".parse().unwrap()), [key("erp/role:approve")].into());
}

#[test]
fn membership_in_a_group_of_the_source_can_be_a_condition() {
    let policy = json_policy(json!({
        "version": 1, "targets": { "t": {} },
        "rules": [ { "id": "by-group", "when": "groups[display eq \"VPN users\"]", "entitlements": ["t/role:vpn"] } ],
    }));
    let with = |group: &str| {
        let attributes =
            user("A", "B", "X", "Y").with("groups", json!([{ "value": "g1", "display": group }])).unwrap();
        keys(
            &policy
                .evaluate(&identity(&employee("p", attributes, "2026-01-01")), &Facts::new(at("2026-02-01"))),
        )
    };
    assert_eq!(with("vpn users"), ["t/role:vpn"]);
    assert!(with("others").is_empty());
}

#[test]
fn a_parameter_belongs_to_the_nearest_giver_and_its_change_is_no_new_entitlement() {
    let document = |region: &str| {
        json!({
            "version": 1, "targets": { "t": {} },
            "entitlements": { "t/role:a": { "parameters": { "region": "none", "level": "1" } } },
            "roles": { "r": { "parameters": { "region": "role" }, "entitlements": [{ "target": "t", "role": "a", "parameters": { "region": region } }, "t/role:b"] } },
            "rules": [ { "id": "all", "roles": ["r"] } ],
        })
    };
    let person = clerk("p");
    let (old, new) = (json_policy(document("emea")), json_policy(document("apac")));
    let facts = Facts::new(at("2026-02-01"));
    let wanted = old.evaluate(&person, &facts);
    assert_eq!(
        serde_json::to_value(&wanted.entitlements[&key("t/role:a")].parameters).unwrap(),
        json!({ "region": "emea", "level": "1" })
    );
    assert_eq!(
        serde_json::to_value(&wanted.entitlements[&key("t/role:b")].parameters).unwrap(),
        json!({ "region": "role" })
    );
    let row = ImpactRow::between(&wanted, &new.evaluate(&person, &facts)).unwrap();
    assert_eq!((row.changes, row.gains.len(), row.losses.len()), ([key("t/role:a")].into(), 0, 0));
}

#[test]
fn who_may_do_what_for_whom() {
    let policy = json_policy(json!({
        "version": 1, "targets": { "t": {} },
        "roles": { "agent": {}, "root": { "requestable": false } },
        "delegations": [
            { "id": "leads", "who": "title co \"Lead\"", "over": "department eq \"Support\"", "may": ["grant", "revoke"], "roles": ["agent"] },
            { "id": "managers", "who": "userType eq \"Employee\"", "may": ["grant", "suspend"] } ],
    }));
    let now = at("2026-02-01");
    let lead = identity(&employee("lead", user("L", "E", "Support", "Team Lead"), "2026-01-01"));
    let mut agent = employee("agent", user("A", "G", "Support", "Agent"), "2026-01-01");
    agent.engagements[0].manager = Some("boss".parse().unwrap());
    let agent = identity(&agent);
    let seller = identity(&employee("seller", user("S", "E", "Sales", "Seller"), "2026-01-01"));
    let boss = employee("boss", user("B", "O", "Sales", "Head"), "2026-01-01");
    let role = |text: &str| RoleId::parse(text).unwrap();
    let may = |actor: &Identity, action, role: Option<&RoleId>, subject: &Identity| {
        policy.may(actor, action, role, subject, now).map(ToString::to_string)
    };
    use DelegatedAction::{Grant, Revoke, Suspend, Terminate};
    assert_eq!(may(&lead, Grant, Some(&role("agent")), &agent).as_deref(), Some("leads"));
    assert_eq!(may(&lead, Grant, Some(&role("root")), &agent), None, "not a role of the scope");
    assert_eq!(may(&lead, Revoke, Some(&role("agent")), &seller), None, "not a person of the scope");
    assert_eq!(may(&lead, Terminate, None, &agent), None, "not an action of the scope");
    assert_eq!(may(&lead, Grant, Some(&role("agent")), &lead), None, "nobody for themselves");
    let boss_now = identity(&boss);
    assert_eq!(may(&boss_now, Suspend, None, &agent).as_deref(), Some("managers"));
    assert_eq!(may(&boss_now, Suspend, None, &seller), None, "not their manager");
    assert_eq!(may(&boss_now, Grant, Some(&role("root")), &agent), None, "not requestable");
    let mut gone = boss;
    gone.engagements[0].end = Some(day("2026-01-15"));
    assert_eq!(may(&identity(&gone), Suspend, None, &agent), None, "who has left may nothing");
}

#[test]
fn a_request_is_checked_before_it_becomes_a_grant() {
    let policy = policy();
    let facts = Facts::new(at("2026-02-10"));
    let asked = |what: Granted, from: &str| grant("asked", "p", what, from, "2026-12-01");
    let approver = || Granted::Role("approver".parse().unwrap());

    let now = policy.check_grant(&asked(approver(), "2026-02-10"), &clerk("p"), &facts);
    assert_eq!((now.gains, now.held.len()), ([key("erp/role:approve")].into(), 0));
    assert_eq!((now.violations.len(), now.violations[0].from), (1, None));
    let later = policy.check_grant(&asked(approver(), "2026-03-01"), &clerk("p"), &facts);
    assert_eq!(
        (later.gains, later.violations[0].from),
        ([key("erp/role:approve")].into(), Some(at("2026-03-01")))
    );

    // A mitigation covers it as long as it lasts; what is there already is told.
    let covered = policy.check_grant(&asked(approver(), "2026-02-10"), &clerk("p-ok"), &facts);
    assert!(covered.is_clear() && covered.violations.is_empty(), "a grant of somebody else's");
    let own = Grant { identity: "p-ok".parse().unwrap(), ..asked(approver(), "2026-02-10") };
    let covered = policy.check_grant(&own, &clerk("p-ok"), &facts);
    assert!(covered.is_clear() && covered.violations[0].mitigated.is_some());
    assert!(!policy.check_grant(&own, &clerk("p-ok"), &facts.at(at("2026-04-01"))).is_clear());
    let held = policy.check_grant(&asked(key("erp/role:pay").into(), "2026-02-10"), &clerk("p"), &facts);
    assert_eq!((held.gains.len(), held.held), (0, [key("erp/role:pay")].into()));
    assert_eq!(held.until, Some(at("2026-04-11")), "bounded by the longest term");
    let closed = policy.check_grant(&asked(key("erp/role:root").into(), "2026-02-10"), &clerk("p"), &facts);
    assert_eq!(closed.violations[0].kind, ViolationKind::NotRequestable);
}

#[test]
fn the_standing_query_names_everybody_who_breaks_a_constraint() {
    let policy = policy();
    let people = [clerk("p"), clerk("p-ok"), clerk("a-clean")];
    let grants = ["p", "p-ok"].map(|id| {
        grant(&format!("g-{id}"), id, RoleId::parse("approver").unwrap(), "2026-02-01", "2026-12-01")
    });
    let found = |now: &str| -> Vec<(String, bool)> {
        let all = policy.violations(&people, |_| Facts::new(at(now)).with_grants(&grants));
        all.into_iter().map(|(id, violation)| (id.to_string(), violation.mitigated.is_some())).collect()
    };
    let row = |id: &str, covered| (id.to_owned(), covered);
    assert_eq!(found("2026-03-01"), [row("p", false), row("p-ok", true)]);
    assert_eq!(found("2026-05-01"), [row("p", false), row("p-ok", false)], "what covered it has ended");
    assert_eq!(found("2026-12-02"), []);
}

#[test]
fn a_role_that_only_an_account_shows_counts_for_constraints() {
    let policy = json_policy(json!({
        "version": 1,
        "targets": { "erp": {}, "crm": { "exclusive": [{ "kind": "licence", "order": ["full", "free"], "fallback": "free" }] } },
        "roles": { "visitor": { "entitlements": [{ "target": "crm" }] } },
        "rules": [{ "id": "clerks", "roles": ["visitor"], "entitlements": ["erp/role:pay"] }],
        "constraints": [{ "id": "apart", "of": ["role:visitor", "erp/role:pay"] }],
    }));
    let found = policy.evaluate(&clerk("p"), &Facts::new(at("2026-02-01"))).violations;
    assert_eq!(
        serde_json::to_value(&found[0].members).unwrap(),
        json!([
            { "member": "erp/role:pay", "by": ["erp/role:pay"] },
            { "member": "role:visitor", "by": ["crm/licence:free"] } ]),
        "the fallback comes by the role that asks for the account"
    );
}

#[test]
fn what_is_in_grace_counts_for_the_roles_it_came_by_alone() {
    let policy = json_policy(json!({
        "version": 1, "targets": { "erp": { "grace": { "default": "14d" } } },
        "roles": { "payer": {}, "reader": {}, "approver": { "entitlements": ["erp/role:approve"] } },
        "rules": [{ "id": "all", "roles": ["approver"] }],
        "constraints": [{ "id": "apart", "of": ["role:payer", "role:approver"] }],
    }));
    let lost = |what: &str, role: &str| {
        let via = Origin::Rule { rule: "all".parse().unwrap(), engagement: "e-p".parse().unwrap() };
        let mut held = HeldGrant::new(key(what), at("2026-01-02"));
        held.origins.insert(Origin::Role { role: role.parse().unwrap(), via: Box::new(via) });
        held
    };
    let held = [lost("erp/role:pay", "payer"), lost("erp/role:read", "reader")];
    let found = |held: &[HeldGrant]| {
        let found = policy.evaluate(&clerk("p"), &Facts::new(at("2026-02-01")).with_held(held));
        assert_eq!(found.entitlements.len(), 1 + held.len());
        serde_json::to_value(found.violations.iter().map(|found| &found.members).collect::<Vec<_>>()).unwrap()
    };
    assert_eq!(
        found(&held),
        json!([[
            { "member": "role:approver", "by": ["erp/role:approve"] },
            { "member": "role:payer", "by": ["erp/role:pay"] } ]])
    );
    assert_eq!(found(&held[1..]), json!([]));
}

#[test]
fn one_entitlement_of_an_exclusive_group_is_explained_as_all_of_them_are() {
    let policy = policy();
    let facts = Facts::new(at("2026-02-01"));
    for title in ["Seller", "Visitor", "Clerk"] {
        let person = identity(&employee("p", user("S", "E", "X", title), "2026-01-01"));
        let whole = policy.evaluate(&person, &facts);
        for text in
            ["crm/licence:full", "crm/licence:basic", "crm/licence:free", "crm/role:sell", "erp/role:pay"]
        {
            let asked = key(text);
            let why = policy.explain(&person, &facts, &asked);
            assert_eq!(why, policy.explain_evaluation(&person, &facts, &asked, &whole), "{title} {text}");
            assert_eq!(why.desired, whole.entitlements.contains_key(&asked), "{title} {text}");
        }
    }
    let visitor = identity(&employee("p", user("S", "E", "X", "Visitor"), "2026-01-01"));
    assert!(policy.explain(&visitor, &facts, &key("crm/licence:free")).desired);
}

#[test]
fn the_kind_of_the_engagement_that_counts_says_who_is_temporary() {
    let policy = policy();
    let of = |kind| identity(&person("p", user("C", "A", "X", "Seller"), kind, "2026-01-01"));
    let now = at("2026-02-01");
    assert_eq!(["Contractor", "Employee"].map(|kind| policy.is_temporary(&of(kind), now)), [true, false]);
    assert!(!policy.is_temporary(&of("Contractor"), at("2025-02-01")), "not before the first day");
}
