//! What must hold for every policy, every person and every instant.
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
mod naive;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use common::*;
use naive::{Naive, Wanted};
use proptest::prelude::*;
use tenure_policy::*;
use tenure_scim::Resource;

const DEPARTMENTS: [&str; 5] = ["Support", "Sales", "Finance", "VERTRIEB", "Zürich"];
const TITLES: [&str; 4] = ["Agent", "Lead", "Clerk", "Head of Sales"];
const KINDS: [&str; 3] = ["Employee", "Contractor", "Intern"];
const VALUES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn department() -> impl Strategy<Value = String> {
    // Any spelling: text is compared without regard to case.
    (prop::sample::select(&DEPARTMENTS[..]), 0..3).prop_map(|(text, form)| match form {
        0 => text.to_owned(),
        1 => text.to_lowercase(),
        _ => text.to_uppercase(),
    })
}

fn atom() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => department().prop_map(|d| format!("department eq \"{d}\"")),
        3 => prop::sample::select(&TITLES[..]).prop_map(|t| format!("title eq \"{t}\"")),
        2 => prop::sample::select(&KINDS[..]).prop_map(|k| format!("userType eq \"{k}\"")),
        1 => prop::sample::select(&TITLES[..]).prop_map(|t| format!("title co \"{}\"", &t[..2])),
        1 => Just("title pr".to_owned()),
        1 => department().prop_map(|d| format!("department ne \"{d}\"")),
        1 => Just("emails[type eq \"work\" and value ew \"example.com\"]".to_owned()),
        1 => Just("emails.type eq \"work\"".to_owned()),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    atom().prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) and ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) or ({b})")),
            inner.prop_map(|a| format!("not ({a})")),
        ]
    })
}

fn value() -> impl Strategy<Value = EntitlementKey> {
    (prop::sample::select(&["t1", "t2"][..]), prop::sample::select(&VALUES[..]))
        .prop_map(|(t, v)| EntitlementKey::new(t, "role", v).unwrap())
}

fn gives() -> impl Strategy<Value = Gives> {
    (value(), prop::option::weighted(0.3, condition()))
        .prop_map(|(key, when)| Gives { when: when.map(|w| Condition::new(&w)), ..Gives::from(key) })
}

/// Roles `r0..r4`; each includes only later ones, so that there is no circle.
fn roles() -> impl Strategy<Value = BTreeMap<RoleId, RoleSpec>> {
    let role = (
        prop::collection::vec(gives(), 0..3),
        prop::collection::vec((1..4_usize, prop::option::weighted(0.3, condition())), 0..3),
        prop::option::weighted(0.2, condition()),
        prop::collection::vec(value(), 0..2),
    );
    prop::collection::vec(role, 5).prop_map(|all| {
        let id = |n: usize| RoleId::parse(&format!("r{n}")).unwrap();
        all.into_iter()
            .enumerate()
            .map(|(n, (entitlements, includes, when, excludes))| {
                let includes = includes
                    .into_iter()
                    .filter(|(step, _)| n + step < 5)
                    .map(|(step, when)| Inclusion {
                        role: id(n + step),
                        when: when.map(|w| Condition::new(&w)),
                    })
                    .collect();
                let when = when.map(|w| Condition::new(&w));
                (id(n), RoleSpec { entitlements, includes, when, excludes, ..RoleSpec::default() })
            })
            .collect()
    })
}

fn rules() -> impl Strategy<Value = Vec<RuleSpec>> {
    let rule = (
        prop::option::weighted(0.9, condition()),
        prop::collection::vec(0..5_usize, 0..3),
        prop::collection::vec(gives(), 1..3),
        prop::option::weighted(
            0.2,
            prop_oneof![
                value().prop_map(MemberRef::Entitlement),
                (0..5_usize).prop_map(|n| MemberRef::Role(RoleId::parse(&format!("r{n}")).unwrap()))
            ],
        ),
    );
    prop::collection::vec(rule, 0..12).prop_map(|all| {
        all.into_iter()
            .enumerate()
            .map(|(n, (when, roles, entitlements, deny))| RuleSpec {
                when: when.map(|w| Condition::new(&w)),
                roles: roles.into_iter().map(|n| RoleId::parse(&format!("r{n}")).unwrap()).collect(),
                entitlements,
                deny: deny.into_iter().collect(),
                ..RuleSpec::new(RuleId::parse(&format!("rule{n}")).unwrap(), "")
            })
            .collect()
    })
}

fn document() -> impl Strategy<Value = PolicyDocument> {
    (roles(), rules()).prop_map(|(roles, rules)| {
        let mut document = PolicyDocument::default();
        (document.roles, document.rules) = (roles, rules);
        document.temporary.kinds = vec!["Contractor".to_owned()];
        for target in ["t1", "t2"] {
            document.targets.insert(target.parse().unwrap(), TargetPolicy::default());
        }
        document
    })
}

fn start_day() -> NaiveDate {
    day("2026-01-01")
}

fn attributes() -> impl Strategy<Value = Resource> {
    (prop::option::of(department()), prop::option::of(prop::sample::select(&TITLES[..])), any::<bool>()).prop_map(|(department, title, mail)| {
        let mut all = Resource::default();
        if let Some(department) = department {
            all = all.with(&format!("{ENTERPRISE}:department"), department).unwrap();
        }
        if let Some(title) = title {
            all = all.with("title", title).unwrap();
        }
        if mail {
            all = all.with("emails", serde_json::json!([{ "type": "home", "value": "a@b.org" }, { "type": "work", "value": "a@example.com" }])).unwrap();
        }
        all
    })
}

fn person_strategy() -> impl Strategy<Value = Person> {
    let engagement = (
        0..200_u64,
        prop::option::of(0..150_u64),
        prop::sample::select(&KINDS[..]),
        any::<bool>(),
        prop::bool::weighted(0.1),
        attributes(),
    );
    (attributes(), prop::collection::vec(engagement, 0..4)).prop_map(|(own, engagements)| {
        let mut person = Person::new("p".parse().unwrap(), own);
        for (n, (start, length, kind, primary, rescinded, attributes)) in engagements.into_iter().enumerate()
        {
            let start = start_day() + Days::new(start);
            let mut engagement = Engagement::new(format!("e{n}").parse().unwrap(), kind, start, Zone::UTC);
            engagement.end = length.map(|length| start + Days::new(length));
            (engagement.primary, engagement.rescinded, engagement.attributes) =
                (primary, rescinded, attributes);
            person.engagements.push(engagement);
        }
        person
    })
}

fn grants() -> impl Strategy<Value = Vec<Grant>> {
    let what = prop_oneof![
        value().prop_map(Granted::Entitlement),
        (0..5_usize).prop_map(|n| Granted::Role(RoleId::parse(&format!("r{n}")).unwrap()))
    ];
    let grant = (what, 0..300_i64, prop::option::of(1..200_i64), 0..3);
    prop::collection::vec(grant, 0..4).prop_map(|all| {
        all.into_iter()
            .enumerate()
            .map(|(n, (what, from, length, source))| {
                let source = match source {
                    0 => GrantSource::Request(format!("q{n}").parse().unwrap()),
                    1 => GrantSource::Exception,
                    _ => GrantSource::Adopted,
                };
                let from = at("2026-01-01T00:00:00Z") + TimeDelta::days(from);
                let mut grant =
                    Grant::new(format!("g{n}").parse().unwrap(), "p".parse().unwrap(), what, source)
                        .from(from)
                        .approved("mara", "needs it");
                grant.until = length.map(|length| from + TimeDelta::days(length));
                grant
            })
            .collect()
    })
}

fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (0..400_i64, 0..24_i64).prop_map(|(days, hours)| {
        at("2026-01-01T00:00:00Z") + TimeDelta::days(days) + TimeDelta::hours(hours)
    })
}

fn shown(evaluation: &Evaluation) -> Wanted {
    Wanted {
        gone: evaluation.state.phase.is_gone(),
        entitlements: evaluation
            .entitlements
            .iter()
            .map(|(key, e)| (key.to_string(), e.origins.iter().map(ToString::to_string).collect()))
            .collect(),
        denied: evaluation.denied.keys().filter(|key| !key.is_account()).map(ToString::to_string).collect(),
        accounts: BTreeSet::new(),
    }
}

/// `PROPTEST_CASES` raises the number; half the usual one keeps the default tier short.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases / 2, failure_persistence: None, ..usual }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_evaluator_agrees_with_the_naive_interpreter(document in document(), person in person_strategy(), grants in grants(), now in instant()) {
        let policy = Policy::compile(document.clone()).unwrap();
        let fast = shown(&policy.evaluate(&identity(&person), &Facts::new(now).with_grants(&grants)));
        let slow = Naive::new(&document).evaluate(&person, &grants, now);
        prop_assert_eq!(fast, slow);
    }

    #[test]
    fn evaluation_is_deterministic_and_ignores_the_order_of_input(document in document(), person in person_strategy(), grants in grants(), now in instant()) {
        let policy = Policy::compile(document.clone()).unwrap();
        let facts = Facts::new(now).with_grants(&grants);
        let first = serde_json::to_string(&policy.evaluate(&identity(&person), &facts)).unwrap();
        let again = Policy::compile(document).unwrap();
        prop_assert_eq!(&first, &serde_json::to_string(&again.evaluate(&identity(&person), &facts)).unwrap());
        let mut shuffled = person;
        shuffled.engagements.reverse();
        prop_assert_eq!(first, serde_json::to_string(&policy.evaluate(&identity(&shuffled), &facts)).unwrap());
    }

    #[test]
    fn an_evaluator_finds_what_each_evaluation_finds(document in document(), people in prop::collection::vec(person_strategy(), 1..5), grants in grants(), lost in prop::collection::vec(value(), 0..4), now in instant()) {
        let mut document = document;
        for target in document.targets.values_mut() {
            target.grace.insert("default".to_owned(), Span::days(7));
            target.exclusive = vec![ExclusiveGroup { kind: EntitlementKind::parse("role").unwrap(), order: vec!["a".to_owned(), "b".to_owned()], fallback: Some("b".to_owned()) }];
        }
        let all = ["t1/role:a", "t1/role:c", "t2/role:b", "t2/role:d"].map(|text| MemberRef::Entitlement(key(text)));
        let of = all.into_iter().chain([MemberRef::Role("r1".parse().unwrap()), MemberRef::Role("r2".parse().unwrap())]).collect();
        let spec = serde_json::from_value(serde_json::json!({ "id": "apart", "at_most": 1, "of": [] })).unwrap();
        document.constraints.push(ConstraintSpec { of, ..spec });
        let policy = Policy::compile(document).unwrap();
        let held: Vec<HeldGrant> = lost.into_iter().chain([key("t9/role:x")]).map(|key| HeldGrant::new(key, now)).collect();
        let accounts = [HeldAccount::new("t1".parse().unwrap()), HeldAccount::new("t9".parse().unwrap())];
        let facts = Facts::new(now).with_grants(&grants).with_held(&held).with_accounts(&accounts);
        let mut evaluator = policy.evaluator();
        for person in people.iter().chain(&people) {
            let person = identity(person);
            let whole = policy.evaluate(&person, &facts);
            let found = evaluator.evaluate(&person, &facts);
            prop_assert_eq!(&found.to_evaluation(), &whole);
            prop_assert_eq!(found.len(), whole.entitlements.len());
            for entitlement in found.entitlements().filter(|e| !e.in_grace()) {
                let ways: Vec<Origin> = entitlement.ways().filter_map(|way| way.to_origin()).collect();
                let origins = &whole.entitlements[entitlement.key()].origins;
                if !ways.is_empty() {
                    prop_assert_eq!(ways.len(), origins.len(), "each way once");
                    prop_assert_eq!(&ways.into_iter().collect::<BTreeSet<_>>(), origins);
                }
            }
        }
    }

    #[test]
    fn a_leaver_has_no_desired_entitlement(document in document(), person in person_strategy(), grants in grants(), now in instant()) {
        let policy = Policy::compile(document).unwrap();
        let held: Vec<HeldGrant> = VALUES.iter().map(|v| HeldGrant::new(EntitlementKey::new("t1", "role", v).unwrap(), now)).collect();
        let accounts = [HeldAccount::new("t1".parse().unwrap()), HeldAccount::new("t9".parse().unwrap())];
        let mut gone = person;
        gone.overrides.push(Override::new(OverrideKind::Terminate, "left", "hr"));
        let wanted = policy.evaluate(&identity(&gone), &Facts::new(now).with_grants(&grants).with_held(&held).with_accounts(&accounts));
        prop_assert!(wanted.entitlements.is_empty());
        prop_assert!(wanted.accounts.values().all(|a| a.status != AccountStatus::Active && !a.ladder.is_empty()));
        prop_assert_eq!(wanted.accounts.len(), 2, "every linked account is reached");
    }

    #[test]
    fn holds_and_orders_only_ever_take_away(document in document(), person in person_strategy(), grants in grants(), now in instant(), kind in 0..5_usize) {
        let policy = Policy::compile(document).unwrap();
        let linked = [HeldAccount::new("t1".parse().unwrap()), HeldAccount::new("t9".parse().unwrap())];
        let facts = Facts::new(now).with_grants(&grants).with_accounts(&linked);
        let free = policy.evaluate(&identity(&person), &facts);
        let held = match kind {
            0 => person.with_hold(Hold::new(HoldKind::Security, "case")),
            1 => person.with_hold(Hold::new(HoldKind::Legal, "case")),
            2 => person.with_override(Override::new(OverrideKind::Suspend, "case", "ciso")),
            3 => person.with_override(Override::new(OverrideKind::Terminate, "case", "ciso")),
            _ => person.with_override(Override::new(OverrideKind::Erase, "case", "dpo")),
        };
        let bound = policy.evaluate(&identity(&held), &facts);
        for (key, with) in &bound.entitlements {
            let without = free.entitlements.get(key);
            prop_assert!(without.is_some_and(|without| with.origins.is_subset(&without.origins)), "{}", key);
        }
        for (target, with) in &bound.accounts {
            let without = free.accounts.get(target).map_or(AccountStatus::Absent, |account| account.status);
            // A legal hold keeps a disabled account that would be deleted; nothing is ever enabled.
            prop_assert!(with.status != AccountStatus::Active || without == AccountStatus::Active, "{}", target);
        }
        if kind == 1 {
            prop_assert_eq!(&bound.entitlements, &free.entitlements, "a legal hold takes nothing away either");
            prop_assert!(bound.accounts.values().flat_map(|account| &account.ladder).all(|step| step.action != LeaverAction::Delete || step.due.is_none()));
        }
    }

    #[test]
    fn an_entitlement_goes_only_when_its_last_origin_goes(document in document(), person in person_strategy(), grants in grants(), now in instant()) {
        let policy = Policy::compile(document).unwrap();
        let all = policy.evaluate(&identity(&person), &Facts::new(now).with_grants(&grants));
        for (number, removed) in grants.iter().enumerate() {
            let mut rest = grants.clone();
            rest.remove(number);
            let without = policy.evaluate(&identity(&person), &Facts::new(now).with_grants(&rest));
            for (key, before) in &all.entitlements {
                let left: BTreeSet<&Origin> = before.origins.iter().filter(|o| o.grant() != Some(&removed.id)).collect();
                let after = without.entitlements.get(key);
                prop_assert_eq!(after.is_some(), !left.is_empty(), "{} without {}", key, removed.id);
                if let Some(after) = after {
                    prop_assert_eq!(left, after.origins.iter().collect());
                }
            }
        }
    }

    #[test]
    fn nothing_changes_before_next_change_at(document in document(), person in person_strategy(), grants in grants(), now in instant()) {
        let policy = Policy::compile(document).unwrap();
        let facts = Facts::new(now).with_grants(&grants);
        let before = policy.evaluate(&identity(&person), &facts);
        let until = before.next_change_at.unwrap_or(now + TimeDelta::days(900));
        prop_assert!(until > now);
        for share in [1, 50, 99] {
            let later = now + (until - now) * share / 100;
            let after = policy.evaluate(&identity(&person), &facts.at(later));
            prop_assert_eq!(shown(&before), shown(&after));
            prop_assert_eq!(&before.state, &after.state);
            prop_assert_eq!(before.next_change_at, after.next_change_at);
        }
    }

    #[test]
    fn nothing_is_desired_without_a_reason_and_explain_agrees(document in document(), person in person_strategy(), grants in grants(), now in instant(), asked in value()) {
        let policy = Policy::compile(document).unwrap();
        let facts = Facts::new(now).with_grants(&grants);
        let wanted = policy.evaluate(&identity(&person), &facts);
        prop_assert!(wanted.entitlements.values().all(|e| !e.origins.is_empty()));
        let why = policy.explain(&identity(&person), &facts, &asked);
        prop_assert_eq!(why.desired, wanted.entitlements.contains_key(&asked));
        prop_assert_eq!(why.why.is_empty(), !why.desired);
        prop_assert_eq!(why.why_not.is_empty(), why.desired, "{}", why);
    }

    #[test]
    fn one_entitlement_is_explained_as_the_whole_evaluation_explains_it(document in document(), person in person_strategy(), grants in grants(), lost in prop::collection::vec(value(), 0..4), now in instant(), banned in prop::option::weighted(0.2, 0..12_usize), groups in 0..4_usize) {
        let mut document = document;
        let group = |order: &[&str], fallback: Option<&str>| ExclusiveGroup { kind: EntitlementKind::parse("role").unwrap(), order: order.iter().map(|v| (*v).to_owned()).collect(), fallback: fallback.map(str::to_owned) };
        let all = [group(&["a", "b"], Some("b")), group(&["b", "c"], None), group(&["d", "e"], Some("e"))];
        for target in document.targets.values_mut() {
            target.grace.insert("default".to_owned(), Span::days(7));
            target.exclusive = all[..groups].to_vec();
        }
        document.temporary.sandbox.insert("t1".parse().unwrap(), "t2".parse().unwrap());
        if let Some(rule) = banned.and_then(|n| document.rules.get_mut(n)) {
            rule.deny.push(MemberRef::Entitlement(EntitlementKey::account("t2".parse().unwrap())));
        }
        let policy = Policy::compile(document).unwrap();
        let held: Vec<HeldGrant> = lost.into_iter().chain([key("t9/role:x")]).map(|key| HeldGrant::new(key, now)).collect();
        let facts = Facts::new(now).with_grants(&grants).with_held(&held);
        let person = identity(&person);
        let whole = policy.evaluate(&person, &facts);
        let accounts = ["t1", "t2", "t9"].map(|target| EntitlementKey::account(target.parse().unwrap()));
        let values = ["t1", "t2"].into_iter().flat_map(|target| VALUES.map(|value| EntitlementKey::new(target, "role", value).unwrap()));
        for asked in values.chain(accounts).chain([key("t9/role:x"), key("t9/role:y")]) {
            prop_assert_eq!(policy.explain(&person, &facts, &asked), policy.explain_evaluation(&person, &facts, &asked, &whole));
        }
    }

    #[test]
    fn a_population_tells_everybody_whom_a_change_concerns(old in document(), other in document(), keep in prop::collection::vec(any::<bool>(), 12), roles in any::<bool>(), people in prop::collection::vec(person_strategy(), 1..6), moved in attributes(), now in instant()) {
        // The new policy has some of the rules of the old one, some of another, and sometimes other roles.
        let mut new = old.clone();
        new.rules = old.rules.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(rule, _)| rule.clone()).collect();
        new.rules.extend(other.rules.iter().zip(&keep).filter(|(_, keep)| !**keep).map(|(rule, _)| RuleSpec { id: format!("new-{}", rule.id).parse().unwrap(), ..rule.clone() }));
        if roles {
            new.roles = other.roles;
        }
        let (old, new) = (Policy::compile(old).unwrap(), Policy::compile(new).unwrap());
        let mut people: Vec<Identity> = people.into_iter().enumerate().map(|(n, person)| Identity::Person(Person { id: format!("p{n}").parse().unwrap(), ..person })).collect();
        let facts = Facts::new(now);
        let mut population = Population::new(old.clone());
        population.update(&people, now);

        // One attribute of one person.
        let before = old.evaluate(&people[0], &facts);
        let Identity::Person(first) = &mut people[0] else { panic!("a person") };
        let title: tenure_scim::AttrPath = "title".parse().unwrap();
        match moved.text("title") {
            Some(text) => first.attributes = first.attributes.clone().with("title", text).unwrap(),
            None => {
                first.attributes.remove(&title);
            }
        }
        let change = population.attribute_changed(&title, &people[0], now);
        if !change.is_relevant() {
            prop_assert_eq!(&before, &old.evaluate(&people[0], &facts));
        }
        let mut fresh = Population::new(old.clone());
        fresh.update(&people, now);
        for rule in &old.document().rules {
            prop_assert_eq!(fresh.holders(&rule.id), population.holders(&rule.id));
        }

        // Rules and roles of everybody.
        let impact = old.impact(&new, &people, |_| facts).unwrap();
        let rows: Vec<ImpactRow> = people.iter().filter_map(|p| ImpactRow::between(&old.evaluate(p, &facts), &new.evaluate(p, &facts))).collect();
        prop_assert_eq!(impact.rows, rows);
        let concerned = population.policy_changed(&new, &people, now);
        for person in &people {
            if !concerned.contains(person.id()) {
                prop_assert_eq!(old.evaluate(person, &facts), new.evaluate(person, &facts));
            }
        }
        let mut fresh = Population::new(new.clone());
        fresh.update(&people, now);
        for rule in &new.document().rules {
            prop_assert_eq!(fresh.holders(&rule.id), population.holders(&rule.id));
        }
    }
}
