//! The matcher against the conditions themselves, over identities of every shape.

use proptest::prelude::*;
use serde_json::{Value, json};
use tenure_scim::Resource;

use crate::evaluate::of_engagement;
use crate::{Engagement, Identity, Person, Policy, PolicyDocument};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const CONDITIONS: &[&str] = &[
    "active eq true",
    "active ne true",
    "title eq \"Agent\"",
    "title eq \"agent\" or title eq \"SELLER\"",
    "title ne \"agent\"",
    "title ne \"agent\" and title ne \"seller\"",
    "title pr",
    "not (title pr)",
    "title eq null",
    "title sw \"s\" and department eq \"Support\"",
    "title eq \"\"",
    "department eq \"Support\" and active eq true",
    "(department eq \"Support\" or department eq \"Sales\") and userType ne \"External\"",
    "department co \"o\"",
    "department ge \"Sales\"",
    "not (department eq \"Support\")",
    "title eq \"Agent\" or department eq \"Sales\"",
    "manager.value eq \"p-2\"",
    "manager.value pr and title pr",
    "manager pr",
    "emails eq \"a@example.com\"",
    "emails[type eq \"work\" and value pr]",
    "emails.type eq \"work\"",
    "name.familyName eq \"Stra\u{df}e\"",
    "level eq 3",
    "level eq \"3\"",
    "level pr and title eq \"Agent\"",
    "squad.name eq \"blue\" and active eq true",
    "urn:ietf:params:scim:schemas:core:2.0:User:title eq \"agent\"",
    "userName eq \"ＡＮＮＡ\"",
    "externalId eq \"A\"",
];

fn policy() -> Policy {
    let mut rules: Vec<Value> = CONDITIONS
        .iter()
        .enumerate()
        .map(|(i, when)| json!({"id": format!("r{i}"), "when": when, "entitlements": ["app/role:x"]}))
        .collect();
    rules.push(json!({"id": "all", "entitlements": ["app/role:x"]}));
    rules.push(
        json!({"id": "later", "when": "title pr", "from": "2027-01-01", "entitlements": ["app/role:x"]}),
    );
    let document = json!({
        "version": 1, "targets": {"app": {}}, "rules": rules, "identity_attributes": ["level", "squad"],
    });
    let document = PolicyDocument::from_json("policy.json", &document.to_string()).unwrap();
    Policy::compile(document).unwrap()
}

fn text() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!("")),
        Just(json!("Agent")),
        Just(json!("AGENT")),
        Just(json!("Seller")),
        Just(json!("Support")),
        Just(json!("sales")),
        Just(json!("External")),
        Just(json!("A")),
        Just(json!("anna")),
        Just(json!("3")),
        Just(json!(3)),
        Just(json!(true)),
        Just(json!(["Agent", "Support"])),
        Just(json!({"value": "Agent"})),
    ]
}

fn attributes() -> impl Strategy<Value = Value> {
    let maybe = || proptest::option::of(text());
    let core = (maybe(), maybe(), maybe(), maybe(), maybe(), maybe());
    let nested = prop_oneof![
        Just(None),
        Just(Some(json!([{"type": "work", "value": "a@example.com"}, {"type": "home"}]))),
        Just(Some(json!("a@example.com"))),
    ];
    let manager = prop_oneof![
        Just(None),
        Just(Some(json!({"value": "p-2"}))),
        Just(Some(json!("p-2"))),
        Just(Some(json!([{"value": "P-2"}]))),
    ];
    let squad =
        prop_oneof![Just(None), Just(Some(json!({"name": "Blue"}))), Just(Some(json!([{"name": "blue"}])))];
    (core, nested, manager, squad, any::<bool>()).prop_map(|(core, emails, manager, squad, extended)| {
        let mut out = serde_json::Map::new();
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                out.insert(name.to_owned(), value);
            }
        };
        put("title", core.0);
        put("active", core.1);
        put("userType", core.2);
        put("level", core.3);
        put("userName", core.4.clone());
        put("externalId", core.4);
        put("emails", emails);
        put("squad", squad);
        put("name", Some(json!({"familyName": "STRASSE"})));
        if extended {
            let mut inner = serde_json::Map::new();
            inner.extend(core.5.map(|value| ("department".to_owned(), value)));
            inner.extend(manager.map(|value| ("manager".to_owned(), value)));
            put(ENTERPRISE, Some(Value::Object(inner)));
        }
        Value::Object(out)
    })
}

fn check(policy: &Policy, people: &[(Value, Value)]) {
    let now = "2026-06-01T12:00:00Z".parse().unwrap();
    let mut matcher = policy.matcher();
    // Twice, so that the second round is answered from what is known.
    for (own, engaged) in people.iter().chain(people) {
        let start = chrono::NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
        let engagement = Engagement::new("e-1".parse().unwrap(), "Employee", start, crate::Zone::UTC)
            .with_attributes(Resource::from_json(engaged.clone()).unwrap());
        let person = Person::new("p-1".parse().unwrap(), Resource::from_json(own.clone()).unwrap())
            .with_engagement(engagement);
        let view = of_engagement(&person, &person.engagements[0]).into_owned();
        let parts = policy.parts();
        let expected: Vec<String> = parts
            .rules
            .iter()
            .filter(|rule| rule.in_force(now))
            .filter(|rule| rule.when.is_none_or(|when| parts.conditions[when as usize].holds(&view)))
            .map(|rule| rule.id.to_string())
            .collect();
        let person = Identity::from(person);
        let found: Vec<String> = matcher.matches(&person, now).map(|m| m.rule.to_string()).collect();
        assert_eq!(found, expected, "{own} {engaged}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_matcher_finds_exactly_the_rules_whose_conditions_hold(
        people in proptest::collection::vec((attributes(), prop_oneof![3 => Just(json!({})), 1 => attributes()]), 1..12)
    ) {
        check(&policy(), &people);
    }
}
