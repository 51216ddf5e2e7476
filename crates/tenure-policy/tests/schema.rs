//! The published JSON Schema says what the reader accepts: the same keys, the same words.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::needless_pass_by_value,
    reason = "tests"
)]

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tenure_policy::PolicyDocument;

fn schema() -> Value {
    serde_json::from_str(PolicyDocument::JSON_SCHEMA).unwrap()
}

/// The names that the reader offers in place of one it does not know.
fn offered(document: Value) -> BTreeSet<String> {
    let errors = PolicyDocument::from_json("p", &document.to_string()).unwrap_err();
    let message = errors
        .iter()
        .map(|e| e.message().to_owned())
        .find(|m| m.contains("`zzz`"))
        .unwrap_or_else(|| panic!("{errors}"));
    let list = message.split_once("expected one of ").unwrap_or_else(|| panic!("{message}")).1;
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn in_target(part: &str, value: Value) -> Value {
    json!({ "version": 1, "targets": { "t": { part: value } } })
}

#[test]
fn the_schema_has_the_keys_that_the_reader_has() {
    let x = json!({ "zzz": 1 });
    let schema = schema();
    let keys = |path: &str| -> BTreeSet<String> {
        schema
            .pointer(path)
            .unwrap_or_else(|| panic!("{path}"))
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect()
    };
    let cases = [
        ("/properties", json!({ "version": 1, "zzz": 1 })),
        ("/$defs/lifecycle/properties", json!({ "version": 1, "lifecycle": x })),
        ("/$defs/leaver/properties", json!({ "version": 1, "lifecycle": { "leaver": x } })),
        ("/$defs/leave/properties", json!({ "version": 1, "lifecycle": { "leave": { "a": x } } })),
        ("/$defs/temporary/properties", json!({ "version": 1, "temporary": x })),
        ("/$defs/entitlement/properties", json!({ "version": 1, "entitlements": { "t/role:a": x } })),
        ("/$defs/role/properties", json!({ "version": 1, "roles": { "a": x } })),
        (
            "/$defs/inclusion/anyOf/1/properties",
            json!({ "version": 1, "roles": { "a": { "includes": [x] } } }),
        ),
        ("/$defs/rule/properties", json!({ "version": 1, "rules": [x] })),
        ("/$defs/table/properties", json!({ "version": 1, "tables": [x] })),
        (
            "/$defs/row/properties",
            json!({ "version": 1, "tables": [{ "id": "t", "keys": [], "rows": [x] }] }),
        ),
        ("/$defs/constraint/properties", json!({ "version": 1, "constraints": [x] })),
        (
            "/$defs/mitigation/properties",
            json!({ "version": 1, "constraints": [{ "id": "c", "of": [], "mitigations": [x] }] }),
        ),
        ("/$defs/delegation/properties", json!({ "version": 1, "delegations": [x] })),
        ("/$defs/trigger/properties", json!({ "version": 1, "triggers": [x] })),
        ("/$defs/target/properties", json!({ "version": 1, "targets": { "t": x } })),
        ("/$defs/match/properties", in_target("match", json!([x]))),
        ("/$defs/mapping/properties", in_target("attributes", json!([x]))),
        ("/$defs/username/properties", in_target("username", x.clone())),
        ("/$defs/credential/properties", in_target("credential", x.clone())),
        ("/$defs/rung/anyOf/1/properties", in_target("leaver", json!([x]))),
        ("/$defs/seat/properties", in_target("seat", x.clone())),
        ("/$defs/group/properties", in_target("exclusive", json!([x]))),
        ("/$defs/guard/properties", in_target("guard", x.clone())),
        ("/$defs/guard_each/properties", in_target("guard", json!({ "each": x }))),
        ("/$defs/limit/properties", in_target("guard", json!({ "delete": x }))),
        ("/$defs/expression/anyOf/1/properties", in_target("username", json!({ "from": [x] }))),
        ("/$defs/lookup/properties", in_target("username", json!({ "from": [{ "map": x }] }))),
    ];
    for (path, document) in cases {
        assert_eq!(keys(path), offered(document), "{path}");
    }
}

#[test]
fn the_schema_has_the_words_that_the_reader_has() {
    let schema = schema();
    let words = |path: &str| -> BTreeSet<String> {
        let list = schema.pointer(path).unwrap_or_else(|| panic!("{path}")).as_array().unwrap();
        list.iter().map(|word| word.as_str().unwrap().to_owned()).collect()
    };
    let mapping = |key: &str| {
        in_target("attributes", json!([{ "id": "m", "to": "title", "from": "title", key: "zzz" }]))
    };
    for (path, document) in [
        (
            "/$defs/leaver/properties/last_day/enum",
            json!({ "version": 1, "lifecycle": { "leaver": { "last_day": "zzz" } } }),
        ),
        (
            "/$defs/leave/properties/access/enum",
            json!({ "version": 1, "lifecycle": { "leave": { "a": { "access": "zzz" } } } }),
        ),
        (
            "/$defs/temporary/properties/reinstate/enum",
            json!({ "version": 1, "temporary": { "reinstate": "zzz" } }),
        ),
        (
            "/$defs/entitlement/properties/risk/enum",
            json!({ "version": 1, "entitlements": { "t/a": { "risk": "zzz" } } }),
        ),
        (
            "/$defs/delegation/properties/may/items/enum",
            json!({ "version": 1, "delegations": [{ "id": "d", "who": "title pr", "may": ["zzz"] }] }),
        ),
        (
            "/$defs/trigger/properties/in/items/enum",
            json!({ "version": 1, "triggers": [{ "id": "t", "playbook": "p", "in": ["zzz"] }] }),
        ),
        ("/$defs/mode/enum", in_target("mode", json!("zzz"))),
        ("/$defs/mapping/properties/apply/enum", mapping("apply")),
        ("/$defs/mapping/properties/remove/enum", mapping("remove")),
        ("/$defs/credential/properties/login/enum", in_target("credential", json!({ "login": "zzz" }))),
    ] {
        assert_eq!(words(path), offered(document), "{path}");
    }
}

#[test]
fn every_reference_of_the_schema_leads_somewhere() {
    fn walk(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                found.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
                map.values().for_each(|inner| walk(inner, found));
            }
            Value::Array(all) => all.iter().for_each(|inner| walk(inner, found)),
            _ => {}
        }
    }
    let schema = schema();
    let mut found = BTreeSet::new();
    walk(&schema, &mut found);
    for reference in &found {
        assert!(schema.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
    for name in schema["$defs"].as_object().unwrap().keys() {
        assert!(found.contains(&format!("#/$defs/{name}")), "{name} is not used");
    }
}
