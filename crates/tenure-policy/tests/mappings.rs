//! Attribute mappings, user names, correlation.
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
use serde_json::{Value, json};
use tenure_policy::*;
use tenure_scim::Resource;

fn policy(target: Value) -> Policy {
    json_policy(
        json!({ "version": 1, "targets": { "t": target }, "rules": [ { "id": "all", "entitlements": [{ "target": "t" }] } ] }),
    )
}

fn account(
    policy: &Policy,
    attributes: Resource,
    names: &dyn NameRegistry,
) -> (DesiredAccount, Vec<Reservation>, Vec<OpenTask>) {
    let wanted = policy.evaluate(
        &identity(&employee("p-1", attributes, "2026-01-01")),
        &Facts::new(at("2026-02-01")).with_names(names),
    );
    (wanted.accounts[&TargetId::parse("t").unwrap()].clone(), wanted.reservations, wanted.tasks)
}

/// What one expression gives for a fixed person: `None` absent, `Some(null)` empty.
fn value(from: Value) -> Option<Value> {
    let policy = policy(json!({ "attributes": [ { "id": "m", "to": "title", "from": from } ] }));
    let attributes = Resource::from_json(json!({
        "name": { "givenName": "Zoë", "familyName": "Ångström-Groß" }, "nickName": "", "title": null, "active": true,
        "emails": [ { "value": "home@x.org", "type": "home" }, { "value": "work@x.org", "type": "work", "primary": true } ],
        ENTERPRISE: { "department": "Support" },
    }))
    .unwrap();
    account(&policy, attributes, &MemoryNames::default()).0.mappings[0].value.clone()
}

#[test]
fn every_expression_gives_absent_null_or_a_value() {
    for (from, expected) in [
        (json!("name.givenName"), Some(json!("Zoë"))),
        (json!({ "path": "department" }), Some(json!("Support"))),
        (json!("emails.value"), Some(json!("work@x.org"))),
        (json!("active"), Some(json!(true))),
        (json!("displayName"), None),
        (json!("title"), Some(Value::Null)),
        (json!({ "value": null }), Some(Value::Null)),
        (json!({ "value": 7 }), Some(json!(7))),
        (
            json!({ "join": ["name.givenName", "displayName", "name.familyName"], "with": " " }),
            Some(json!("Zoë Ångström-Groß")),
        ),
        (json!({ "join": ["displayName"] }), None),
        (json!({ "first": ["nickName", "displayName", "name.givenName"] }), Some(json!("Zoë"))),
        (json!({ "first": ["displayName", "title"] }), Some(Value::Null)),
        (
            json!({ "map": { "of": "department", "table": { "SUPPORT": "S1" }, "default": "S0" } }),
            Some(json!("S1")),
        ),
        (
            json!({ "map": { "of": "displayName", "table": { "x": "S1" }, "default": "S0" } }),
            Some(json!("S0")),
        ),
        (json!({ "map": { "of": "displayName", "table": { "x": "S1" } } }), None),
        (json!({ "transliterate": "name.familyName" }), Some(json!("Aangstroem-Gross"))),
        (json!({ "slug": "name.familyName" }), Some(json!("aangstroem-gross"))),
        (json!({ "upper": { "prefix": "name.givenName", "chars": 3 } }), Some(json!("ZOË"))),
        (json!({ "lower": "displayName" }), None),
    ] {
        assert_eq!(value(from.clone()), expected, "{from}");
    }
}

#[test]
fn a_mapping_keeps_its_rules_and_its_condition() {
    let policy = policy(json!({ "attributes": [
        { "id": "a", "to": "title", "from": "title", "apply": "on_create", "remove": "never" },
        { "id": "b", "to": "nickName", "from": { "value": "x" }, "when": "userType eq \"Contractor\"" } ] }));
    let (account, ..) =
        account(&policy, Resource::default().with("title", "T").unwrap(), &MemoryNames::default());
    assert_eq!((account.mappings[0].apply, account.mappings[0].remove), (Apply::OnCreate, Remove::Never));
    assert_eq!(
        account.mappings[1].value, None,
        "the condition does not hold: what the mapping wrote is taken away by its own rule"
    );
    assert_eq!((account.mappings[1].apply, account.mappings[1].remove), (Apply::Always, Remove::OwnValues));
    let text = serde_json::to_string(&account).unwrap();
    assert_eq!(serde_json::from_str::<DesiredAccount>(&text).unwrap(), account);
}

fn names_policy() -> Policy {
    policy(json!({ "username": { "max_length": 8, "from": [
        { "join": [{ "slug": "name.givenName" }, { "slug": "name.familyName" }], "with": "." },
        { "slug": "name.givenName" } ] } }))
}

#[test]
fn names_are_unique_never_reused_and_come_back_to_their_owner() {
    let policy = names_policy();
    let max = user("Max", "Ott", "X", "Y");
    let mut names = MemoryNames::default();
    let (free, reservations, _) = account(&policy, max.clone(), &names);
    assert_eq!(free.attributes.text("userName"), Some("max.ott"));
    assert_eq!((reservations[0].name.as_str(), reservations[0].never_reuse), ("max.ott", true));
    names.reserve("default", "MAX.OTT", &"p-2".parse().unwrap());
    assert_eq!(
        account(&policy, max.clone(), &names).0.attributes.text("userName"),
        Some("max"),
        "taken in any case"
    );
    names.reserve("default", "max", &"p-3".parse().unwrap());
    names.retire("default", "max");
    assert_eq!(
        account(&policy, max.clone(), &names).0.attributes.text("userName"),
        Some("max2"),
        "retired, and still not free"
    );
    names.reserve("default", "max7", &"p-1".parse().unwrap());
    names.retire("default", "max7");
    let (rehired, reservations, _) = account(&policy, max.clone(), &names);
    assert_eq!(rehired.attributes.text("userName"), Some("max7"), "a rehire gets the old name back");
    assert_eq!(reservations.len(), 1, "and it is taken into use again");
    names.reserve("default", "max7", &"p-1".parse().unwrap());
    assert!(account(&policy, max, &names).1.is_empty(), "what is reserved already is not asked for again");
}

#[test]
fn a_name_of_ones_own_is_free_even_where_the_registry_does_not_say_which_one_it_was() {
    /// Knows who had a name, and not which name somebody had.
    struct Owners(&'static str);
    impl NameRegistry for Owners {
        fn owner(&self, _: &str, key: &str) -> Option<NameOwner> {
            (key == registry_key("max.ott"))
                .then(|| NameOwner { identity: self.0.parse().unwrap(), retired: true })
        }
        fn name_of(&self, _: &str, _: &IdentityId) -> Option<String> {
            None
        }
    }
    let name = |owner| {
        account(&names_policy(), user("Max", "Ott", "X", "Y"), &Owners(owner))
            .0
            .attributes
            .text("userName")
            .map(str::to_owned)
    };
    assert_eq!(name("p-1").as_deref(), Some("max.ott"));
    assert_eq!(name("p-2").as_deref(), Some("max"));
}

#[test]
fn one_name_is_reserved_for_all_targets_of_a_namespace() {
    let reserved = |second: &str| {
        let target =
            |namespace: &str| json!({ "username": { "namespace": namespace, "from": ["displayName"] } });
        let policy = json_policy(json!({
            "version": 1, "targets": { "t": target("staff"), "u": target(second) },
            "rules": [{ "id": "all", "entitlements": ["t/role:a", "u/role:a"] }],
        }));
        let person = identity(&employee(
            "p-1",
            Resource::default().with("displayName", "mara").unwrap(),
            "2026-01-01",
        ));
        let found = policy.evaluate(&person, &Facts::new(at("2026-02-01"))).reservations;
        found.into_iter().map(|one| (one.namespace, one.name)).collect::<Vec<_>>()
    };
    let row = |namespace: &str| (namespace.to_owned(), "mara".to_owned());
    assert_eq!(reserved("staff"), [row("staff")]);
    assert_eq!(reserved("guests"), [row("staff"), row("guests")]);
}

#[test]
fn nobody_gets_a_name_that_looks_like_the_name_of_another() {
    let policy = policy(json!({ "username": { "from": [{ "lower": "displayName" }] } }));
    let mut names = MemoryNames::default();
    names.reserve("default", "paula", &"p-2".parse().unwrap());
    let name = |shown: &str, names: &MemoryNames| {
        let attributes = Resource::default().with("displayName", shown).unwrap();
        account(&policy, attributes, names).0.attributes.text("userName").unwrap().to_owned()
    };
    // Cyrillic, Greek and full-width letters among or instead of Latin ones.
    for alike in ["р\u{430}ul\u{430}", "PAUL\u{410}", "p\u{251}ula", "\u{3c1}aula", "\u{ff50}aula"] {
        assert!(name(alike, &names).ends_with('2'), "{alike}");
        assert_eq!(registry_key(alike), "paula");
    }
    // What reads differently is another name: other marks, other letters, a whole other script.
    for other in ["pa\u{fa}la", "paulo", "павла"] {
        assert_eq!(name(other, &names), other);
    }
    // In ASCII nothing is alike but case.
    assert_ne!(registry_key("pau1a"), registry_key("paula"));
    assert_ne!(registry_key("rnara"), registry_key("mara"));
    // An account is found by the name it has, not by one that looks like it.
    assert_ne!(name_key("p\u{430}ula"), name_key("paula"));
}

#[test]
fn a_long_name_is_cut_and_numbered_inside_the_limit() {
    let policy = names_policy();
    let mut names = MemoryNames::default();
    let long = user("Maximilian", "Ott", "X", "Y");
    assert_eq!(account(&policy, long.clone(), &names).0.attributes.text("userName"), Some("maximili"));
    names.reserve("default", "maximili", &"p-2".parse().unwrap());
    assert_eq!(account(&policy, long, &names).0.attributes.text("userName"), Some("maximil2"));
    let (nameless, _, tasks) = account(&policy, Resource::default(), &names);
    assert_eq!(nameless.attributes.text("userName"), None);
    assert_eq!(
        (tasks[0].kind, tasks[0].text.as_str()),
        (TaskKind::ChooseName, "choose a user name in `t`: no candidate could be made")
    );
}

#[test]
fn the_number_of_an_address_stands_before_its_domain_inside_the_limit() {
    let limited = |max: usize| {
        policy(json!({ "username": { "max_length": max, "from": [{ "lower": "displayName" }] } }))
    };
    let shown = Resource::default().with("displayName", "paula@x.org").unwrap();
    let mut names = MemoryNames::default();
    names.reserve("default", "paula@x.org", &"p-2".parse().unwrap());
    for (max, name) in [(11, "paul2@x.org"), (12, "paula2@x.org"), (64, "paula2@x.org")] {
        let (account, ..) = account(&limited(max), shown.clone(), &names);
        assert_eq!(account.attributes.text("userName"), Some(name), "{max}");
    }
}

#[test]
fn correlation_never_links_below_the_bar_nor_one_account_to_two() {
    let policy = policy(json!({ "link_at": 0.9, "match": [
        { "id": "id", "account": "externalId", "identity": "externalId" },
        { "id": "mail", "account": "emails.value", "identity": "emails.value", "confidence": 0.6 },
        { "id": "name", "account": "displayName", "identity": "displayName", "confidence": 0.4 } ] }));
    let person = |id: &str, mail: &str, name: &str| {
        let attributes = json!({ "externalId": id, "displayName": name, "emails": [ { "value": mail } ] });
        identity(&employee(id, Resource::from_json(attributes).unwrap(), "2026-01-01"))
    };
    let people = [
        person("w1", "a@x.org", "Ann"),
        person("w2", "b@x.org", "Ann"),
        person("w3", "b@x.org", "Bob"),
        person("w4", "d@x.org", "Dee"),
    ];
    let correlator = policy.correlator(&"t".parse().unwrap(), people.iter()).unwrap();
    let run =
        |account: Value| correlator.correlate(&Resource::from_json(account).unwrap(), &|id| *id == "w4");
    let id = |text: &str| IdentityId::parse(text).unwrap();
    let evidence =
        |rule: &str, value: &str| Evidence { rule: rule.parse().unwrap(), value: value.to_owned() };
    assert_eq!(
        run(json!({ "externalId": "W1" })),
        Correlation::One(id("w1"), Confidence::CERTAIN, vec![evidence("id", "w1")])
    );
    assert_eq!(
        run(json!({ "displayName": "ann", "emails": [{ "value": "A@x.org" }] })),
        Correlation::One(
            id("w1"),
            Confidence::CERTAIN,
            vec![evidence("mail", "a@x.org"), evidence("name", "ann")]
        ),
        "two weak matches make a strong one; the second Ann stays below the bar"
    );
    assert_eq!(
        run(json!({ "displayName": "Ann" })),
        Correlation::Many(vec![
            (id("w1"), Confidence::thousandths(400), vec![evidence("name", "ann")]),
            (id("w2"), Confidence::thousandths(400), vec![evidence("name", "ann")])
        ])
    );
    assert_eq!(
        run(json!({ "externalId": "w4" })),
        Correlation::AlreadyLinked(id("w4"), vec![evidence("id", "w4")])
    );
    assert_eq!(run(json!({ "externalId": "w9", "displayName": "Nobody" })), Correlation::None);
    assert!(
        matches!(run(json!({ "externalId": "w1", "emails": [{ "value": "b@x.org" }], "displayName": "Bob" })), Correlation::Many(all) if all.len() == 3)
    );
}

#[cfg(feature = "cel")]
#[test]
fn an_expression_of_the_common_language_gives_a_value_or_a_task() {
    assert_eq!(
        value(json!({ "cel": "translit(identity.name.familyName).lowerAscii()" })),
        Some(json!("aangstroem-gross"))
    );
    assert_eq!(value(json!({ "cel": "identity.displayName" })), None, "what is not there is absent");
    assert_eq!(
        value(json!({ "cel": "identity.emails.filter(e, e.type == 'work').map(e, e.value)" })),
        Some(json!(["work@x.org"]))
    );
    let broken =
        policy(json!({ "attributes": [ { "id": "m", "to": "title", "from": { "cel": "1 / 0" } } ] }));
    let (account, _, tasks) = account(&broken, Resource::default(), &MemoryNames::default());
    assert!(account.mappings.is_empty());
    assert_eq!((tasks[0].kind, tasks[0].subject.as_str()), (TaskKind::RepairMapping, "t/m"));
    let document = json!({ "version": 1, "targets": { "t": { "attributes": [ { "id": "m", "to": "title", "from": { "cel": "1 +" } } ] } } });
    let document = PolicyDocument::from_json("p.json", &document.to_string()).unwrap();
    let errors = Policy::compile(document).unwrap_err();
    assert!(errors.to_string().contains("not an expression: "), "{errors}");
}
