//! What an evaluator lends, compared with the evaluation that stands by itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "tests"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::*;
use serde_json::json;
use tenure_policy::*;
use tenure_scim::Resource;

fn policy() -> Policy {
    json_policy(json!({
        "version": 1,
        "lifecycle": { "zone": "UTC" },
        "entitlements": { "erp/role:pay": { "parameters": { "level": "1" } } },
        "targets": {
            "erp": {
                "grace": { "default": "14d" },
                "attributes": [
                    { "id": "job", "to": "title", "from": { "path": "title" }, "apply": "on_change" },
                    { "id": "boss", "to": "manager.value", "from": { "reference": "manager" } },
                    { "id": "nick", "to": "nickName", "from": { "path": "nickName" } } ] },
            "crm": { "exclusive": [{ "kind": "licence", "order": ["full", "basic", "free"], "fallback": "free" }] } },
        "rules": [
            { "id": "clerks", "when": "title eq \"Clerk\"",
              "entitlements": [{ "target": "erp", "role": "pay", "parameters": { "region": "emea" } }, "erp/role:root"] },
            { "id": "summer", "when": "title eq \"Clerk\"", "from": "2026-01-15", "until": "2026-06-30", "entitlements": ["erp/role:ice"] },
            { "id": "sellers", "when": "title eq \"Seller\"", "entitlements": ["crm/licence:full", "crm/licence:basic"] },
            { "id": "visitors", "when": "title eq \"Visitor\"", "entitlements": [{ "target": "crm" }] },
            { "id": "no-root", "when": "department eq \"Banned\"", "deny": ["erp/role:root"] } ],
        "constraints": [{ "id": "apart", "of": ["erp/role:pay", "erp/role:approve"] }],
    }))
}

fn worker(title: &str, department: &str) -> Person {
    let attributes = user("A", "B", department, title);
    let engagement =
        Engagement::new("e".parse().unwrap(), "Employee", day("2026-01-01"), "UTC".parse().unwrap());
    Person::new("p".parse().unwrap(), attributes).with_engagement(engagement)
}

fn request(what: &str, from: &str) -> Grant {
    let source = GrantSource::Request("r".parse().unwrap());
    let id = what.replace([':', '/'], "-").parse().unwrap();
    Grant::new(id, "p".parse().unwrap(), key(what), source).from(at(from))
}

/// Everything that can be asked of what is lent, against the whole. Whether its accounts were all there is to tell.
fn compare(policy: &Policy, identity: &Identity, facts: &Facts<'_>) -> bool {
    let whole = policy.evaluate(identity, facts);
    let mut evaluator = policy.evaluator();
    let lent = evaluator.evaluate(identity, facts);
    assert_eq!(lent.to_evaluation(), whole);
    assert_eq!(
        (lent.identity(), lent.phase(), lent.state()),
        (identity, whole.state.phase, whole.state.clone())
    );
    assert_eq!((lent.len(), lent.is_empty()), (whole.entitlements.len(), whole.entitlements.is_empty()));
    let engagement = identity.as_person().and_then(|person| person.engagements.first());
    assert_eq!(lent.engagement(), engagement);
    let wanted = whole.accounts.values().filter(|account| account.ladder.is_empty());
    let wanted: BTreeMap<_, _> = wanted.map(|a| (&a.target, a.status == AccountStatus::Active)).collect();
    assert_eq!(lent.accounts().collect::<BTreeMap<_, _>>(), wanted);
    assert_eq!(
        lent.entitlements().map(|found| found.key()).collect::<BTreeSet<_>>(),
        whole.entitlements.keys().collect::<BTreeSet<_>>()
    );
    for (key, expected) in &whole.entitlements {
        let found = lent.get(key).unwrap();
        assert_eq!(found.key(), key);
        assert_eq!(found.parameters(), expected.parameters, "{key}");
        assert_eq!((found.since(), found.until()), (expected.since, expected.until), "{key}");
        assert_eq!(found.in_grace(), expected.grace.is_some(), "{key}");
        for way in found.ways() {
            let origin = way.to_origin().unwrap();
            assert!(expected.origins.contains(&origin), "{key}");
            assert_eq!(way.roles().collect::<Vec<_>>(), origin.roles(), "{key}");
            let texts = (serde_json::to_string(&way).unwrap(), serde_json::to_string(&origin).unwrap());
            assert_eq!(texts.0, texts.1, "{key}");
            let rule = match origin.source() {
                Origin::Rule { rule, engagement } => Some((rule, engagement)),
                _ => None,
            };
            assert_eq!((way.rule(), way.grant().map(|grant| &grant.id)), (rule, origin.grant()), "{key}");
        }
    }
    let mut denied = BTreeMap::<_, BTreeSet<_>>::new();
    lent.denied().for_each(|(key, rule)| _ = denied.entry(key.clone()).or_default().insert(rule.clone()));
    assert_eq!(denied, whole.denied);
    assert!(denied.keys().all(|key| lent.get(key).is_none()));
    let gave_way: BTreeMap<_, _> =
        lent.superseded().map(|(weak, strong)| (weak.clone(), strong.clone())).collect();
    assert_eq!(gave_way, whole.superseded);
    assert_eq!(
        (lent.violations(), lent.next_change_at()),
        (whole.violations.as_slice(), whole.next_change_at)
    );
    mapped_as_in(&whole, &lent)
}

/// Accounts are handed over one by one as the whole has them, and only where that is all.
fn mapped_as_in(whole: &Evaluation, lent: &Outcome<'_>) -> bool {
    let mut accounts = BTreeSet::new();
    let all = lent.mapped(|account| {
        let same = |one: &MappedAttribute<'_>, other: &DesiredAttribute| {
            (one.mapping, one.to, one.value.as_ref(), one.apply, one.remove)
                == (&other.mapping, &other.to, other.value.as_ref(), other.apply, other.remove)
        };
        let expected = &whole.accounts[account.target];
        assert_eq!(account.enabled, expected.status == AccountStatus::Active);
        assert_eq!(account.attributes.len(), expected.mappings.len());
        assert!(account.attributes.iter().zip(&expected.mappings).all(|(one, other)| same(one, other)));
        let references = account.references.iter().map(|one| (one.mapping, one.to, one.identity));
        let expected = expected.references.iter().map(|one| (&one.mapping, &one.to, one.identity.as_ref()));
        assert!(references.eq(expected));
        assert!(accounts.insert(account.target.clone()));
    });
    let more = !whole.tasks.is_empty()
        || !whole.reservations.is_empty()
        || whole.accounts.values().any(|account| !account.ladder.is_empty() || account.origins.is_empty());
    assert_eq!(all, !more && lent.identity().as_person().is_some());
    if all {
        assert!(accounts.iter().eq(whole.accounts.keys()));
    }
    all && !accounts.is_empty()
}

#[test]
fn what_is_lent_says_what_the_whole_evaluation_says() {
    let policy = policy();
    let grants = [request("erp/role:approve", "2026-01-20"), request("wiki/role:read", "2026-01-21")];
    let held = [HeldGrant::new(key("erp/role:old"), at("2025-11-01"))];
    let accounts = ["desk", "erp", "crm"].map(|target| HeldAccount::new(target.parse().unwrap()));
    let facts = Facts::new(at("2026-02-01")).with_grants(&grants).with_held(&held).with_accounts(&accounts);
    let suspended = Override::new(OverrideKind::Suspend, "case", "ciso");
    let people = [
        worker("Clerk", "Finance"),
        worker("Clerk", "Finance").with_engagement(
            Engagement::new("e-2".parse().unwrap(), "Employee", day("2026-01-01"), "UTC".parse().unwrap())
                .with_manager("m".parse().unwrap()),
        ),
        worker("Clerk", "Banned"),
        worker("Seller", "Sales"),
        worker("Visitor", "None"),
        worker("Clerk", "Finance").with_override(suspended.clone()),
        worker("Clerk", "Finance").with_override(suspended.only_in("erp".parse().unwrap())),
        Person::new("p".parse().unwrap(), Resource::default()),
    ];
    let mut all = Vec::new();
    for person in people {
        all.push(compare(&policy, &person.clone().into(), &facts));
        all.push(compare(&policy, &person.into(), &Facts::new(at("2026-02-01"))));
    }
    assert!(all.contains(&true) && all.contains(&false), "{all:?}");
}

#[test]
fn an_account_is_enabled_unless_somebody_or_the_account_is_stopped() {
    let policy = policy();
    let facts = Facts::new(at("2026-02-01"));
    let enabled = |person: Person| {
        let (person, mut evaluator) = (person.into(), policy.evaluator());
        let found = evaluator.evaluate(&person, &facts);
        found.accounts().map(|(target, enabled)| (target.to_string(), enabled)).collect::<Vec<_>>()
    };
    let erp = |enabled| vec![("erp".to_owned(), enabled)];
    let suspended = Override::new(OverrideKind::Suspend, "case", "ciso");
    assert_eq!(enabled(worker("Clerk", "X")), erp(true));
    assert_eq!(enabled(worker("Clerk", "X").with_override(suspended.clone())), erp(false));
    let only_in = |target: &str| suspended.clone().only_in(target.parse().unwrap());
    assert_eq!(enabled(worker("Clerk", "X").with_override(only_in("erp"))), erp(false));
    assert_eq!(enabled(worker("Clerk", "X").with_override(only_in("crm"))), erp(true));
    assert_eq!(enabled(worker("Nobody", "X")), []);
}

#[test]
fn each_entitlement_says_since_when_and_whether_it_is_in_grace() {
    let policy = policy();
    let grants = [request("erp/role:approve", "2026-01-20")];
    let held = [HeldGrant::new(key("erp/role:old"), at("2025-11-01"))];
    let facts = Facts::new(at("2026-02-01")).with_grants(&grants).with_held(&held);
    let clerk = worker("Clerk", "Finance").into();
    let mut evaluator = policy.evaluator();
    let found = evaluator.evaluate(&clerk, &facts);
    let terms: BTreeMap<_, _> =
        found.entitlements().map(|e| (e.key().to_string(), (e.since(), e.until(), e.in_grace()))).collect();
    let midnight = |text: &str| at(&format!("{text}T00:00:00Z"));
    let row = |text: &str, since, until, grace| (text.to_owned(), (Some(since), until, grace));
    let expected = [
        row("erp/role:approve", at("2026-01-20"), None, false),
        row("erp/role:ice", midnight("2026-01-15"), Some(midnight("2026-07-01")), false),
        row("erp/role:old", at("2025-11-01"), Some(at("2026-02-15")), true),
        row("erp/role:pay", midnight("2026-01-01"), None, false),
        row("erp/role:root", midnight("2026-01-01"), None, false),
    ];
    assert_eq!(terms, expected.into());
    let pay = found.get(&key("erp/role:pay")).unwrap();
    assert_eq!(
        pay.parameters(),
        [("level", "1"), ("region", "emea")].map(|(a, b)| (a.to_owned(), b.to_owned())).into()
    );
    assert!(found.get(&key("erp/role:none")).is_none());
}

#[test]
fn what_a_workload_declares_has_no_beginning_and_what_it_is_granted_has() {
    let policy = policy();
    let grants = [request("erp/role:approve", "2026-01-20")];
    let scope = [key("erp/role:pay"), key("erp/role:approve")];
    let bot = Workload::new("p".parse().unwrap(), "owner".parse().unwrap(), "export").with_scope(scope);
    let facts = Facts::new(at("2026-02-01"));
    let since = |facts: &Facts<'_>| {
        let found = policy.evaluate(&bot.clone().into(), facts).entitlements;
        found.into_iter().map(|(key, found)| (key.to_string(), found.since)).collect::<Vec<_>>()
    };
    let [pay, approve] = ["erp/role:pay", "erp/role:approve"].map(str::to_owned);
    assert_eq!(since(&facts), [(approve.clone(), None), (pay.clone(), None)]);
    assert_eq!(
        since(&facts.with_grants(&grants)),
        [(approve, None), (pay, None)],
        "it was declared all along"
    );
    compare(&policy, &bot.clone().into(), &facts.with_grants(&grants));
}

#[test]
fn each_way_to_an_entitlement_is_told_once_with_its_roles_the_outermost_first() {
    let policy = json_policy(json!({
        "version": 1,
        "targets": { "erp": {} },
        "roles": {
            "clerk": { "entitlements": ["erp/role:pay"] },
            "boss": { "includes": ["clerk"], "entitlements": ["erp/role:approve"] } },
        "rules": [
            { "id": "all", "when": "title pr", "entitlements": ["erp/role:pay"] },
            { "id": "bosses", "when": "title eq \"Boss\"", "roles": ["boss"] } ],
    }));
    let grants = [request("erp/role:pay", "2026-01-20")];
    let facts = Facts::new(at("2026-02-01")).with_grants(&grants);
    let (boss, mut evaluator) = (worker("Boss", "X").into(), policy.evaluator());
    let found = evaluator.evaluate(&boss, &facts);
    let ways = |what: &str| {
        let told = found.get(&key(what)).unwrap();
        let ways = told.ways().map(|way| {
            let rule = way.rule().map(|(rule, engagement)| format!("{rule} {engagement}"));
            let roles: Vec<_> = way.roles().map(ToString::to_string).collect();
            (rule, way.grant().map(|grant| grant.id.to_string()), roles)
        });
        ways.collect::<BTreeSet<_>>()
    };
    let row = |rule: Option<&str>, grant: Option<&str>, roles: &[&str]| {
        (rule.map(str::to_owned), grant.map(str::to_owned), roles.iter().map(ToString::to_string).collect())
    };
    assert_eq!(
        ways("erp/role:pay"),
        [
            row(Some("all e"), None, &[]),
            row(Some("bosses e"), None, &["boss", "clerk"]),
            row(None, Some("erp-role-pay"), &[]),
        ]
        .into()
    );
    assert_eq!(ways("erp/role:approve"), [row(Some("bosses e"), None, &["boss"])].into());
    assert_eq!(found.get(&key("erp/role:pay")).unwrap().ways().count(), 3);
    compare(&policy, &boss, &facts);
}

#[test]
fn each_target_that_the_policy_does_not_name_has_its_own_account() {
    let policy = policy();
    let grants = ["wiki/role:read", "wiki/role:write", "chat/role:talk", "desk/role:sit"]
        .map(|what| request(what, "2026-01-20"));
    let found =
        policy.evaluate(&worker("Nobody", "X").into(), &Facts::new(at("2026-02-01")).with_grants(&grants));
    assert_eq!(found.accounts.keys().map(ToString::to_string).collect::<Vec<_>>(), ["chat", "desk", "wiki"]);
    for (target, account) in &found.accounts {
        let grants = account.origins.iter().filter_map(|origin| origin.grant());
        let of = grants.map(|grant| grant.to_string()).collect::<Vec<_>>();
        let own: Vec<_> = ["chat-role-talk", "desk-role-sit", "wiki-role-read", "wiki-role-write"]
            .into_iter()
            .filter(|grant| grant.starts_with(target.as_str()))
            .collect();
        assert_eq!(of, own, "{target}");
    }
    assert_eq!(found.entitlements.len(), 4);
}

#[test]
fn a_workload_is_granted_what_its_scope_has_and_nothing_beyond() {
    let policy = json_policy(json!({
        "version": 1, "targets": { "erp": {} },
        "roles": { "payer": { "entitlements": ["erp/role:pay"] }, "reader": { "entitlements": ["erp/role:read"] } },
    }));
    let bot = Workload::new("p".parse().unwrap(), "owner".parse().unwrap(), "export")
        .with_scope([key("erp/role:pay")]);
    let found = |what: Granted| {
        let source = GrantSource::Request("r".parse().unwrap());
        let grants =
            [Grant::new("g".parse().unwrap(), "p".parse().unwrap(), what, source).from(at("2026-01-20"))];
        let found = policy.evaluate(&bot.clone().into(), &Facts::new(at("2026-02-01")).with_grants(&grants));
        let refused = found.violations.into_iter().map(|told| {
            assert_eq!(told.kind, ViolationKind::OutOfScope);
            (told.members[0].member.clone(), told.members[0].by.clone())
        });
        let given = found.entitlements.into_iter().map(|(key, found)| (key.to_string(), found.origins.len()));
        (given.collect::<Vec<_>>(), refused.collect::<Vec<_>>())
    };
    let pay = |ways: usize| vec![("erp/role:pay".to_owned(), ways)];
    let role = |text: &str| Granted::Role(text.parse().unwrap());
    assert_eq!(found(key("erp/role:pay").into()), (pay(2), vec![]));
    assert_eq!(found(role("payer")), (pay(2), vec![]));
    let read = key("erp/role:read");
    assert_eq!(found(read.clone().into()), (pay(1), vec![("erp/role:read".to_owned(), vec![read.clone()])]));
    assert_eq!(found(role("reader")), (pay(1), vec![("role:reader".to_owned(), vec![read])]));
}

#[test]
fn a_rule_may_have_a_first_day_or_a_last_day_alone() {
    let policy = json_policy(json!({
        "version": 1, "lifecycle": { "zone": "UTC" }, "targets": { "t": {} },
        "rules": [
            { "id": "later", "from": "2026-03-01", "entitlements": ["t/role:later"] },
            { "id": "once", "until": "2026-03-31", "entitlements": ["t/role:once"] } ],
    }));
    let person = worker("Clerk", "X").into();
    let found = |now: &str| {
        let found = policy.evaluate(&person, &Facts::new(at(now)));
        (keys(&found), found.next_change_at)
    };
    let [later, once] = ["t/role:later", "t/role:once"].map(str::to_owned);
    assert_eq!(found("2026-02-01"), (vec![once.clone()], Some(at("2026-03-01T00:00:00Z"))));
    assert_eq!(found("2026-03-01T00:00:00Z"), (vec![later.clone(), once], Some(at("2026-04-01T00:00:00Z"))));
    assert_eq!(found("2026-04-01T00:00:00Z"), (vec![later], None));
}

#[test]
fn an_engagement_without_a_kind_makes_no_user_type() {
    let policy = json_policy(json!({
        "version": 1, "targets": { "t": {} },
        "rules": [{ "id": "none", "when": "userType eq \"\"", "entitlements": ["t/role:empty"] },
                  { "id": "some", "when": "userType eq \"Employee\"", "entitlements": ["t/role:employee"] }],
    }));
    let of = |kind: &str, known: Option<&str>| {
        let mut person = worker("Clerk", "X");
        person.engagements[0].kind = kind.to_owned();
        if let Some(known) = known {
            person.attributes = person.attributes.with("userType", known).unwrap();
        }
        keys(&policy.evaluate(&person.into(), &Facts::new(at("2026-02-01"))))
    };
    assert_eq!(of("", None), [""; 0]);
    assert_eq!(of("Employee", None), ["t/role:employee"]);
    assert_eq!(of("Employee", Some("Guest")), [""; 0], "what is said of the person stands");
    assert_eq!(of("Guest", Some("Employee")), ["t/role:employee"]);
}
