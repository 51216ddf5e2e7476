use serde_json::{Value, json};

use super::*;
use crate::schema::{ResourceType, Schema, SchemaRegistry};

fn user() -> Value {
    json!({
        "schemas": [crate::uri::USER, crate::uri::ENTERPRISE_USER],
        "id": "1",
        "userName": "a",
        "password": "secret",
        "name": {"givenName": "A", "familyName": "B"},
        "emails": [{"value": "x", "type": "work"}, {"type": "home"}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "D", "manager": {"value": "m", "displayName": "M"}},
        "urn:x:unknown": {"a": 1},
        "odd": true
    })
}

fn paths(list: &[&str]) -> Vec<AttrPath> {
    list.iter().map(|p| p.parse().unwrap()).collect()
}

#[track_caller]
fn check(attributes: &[&str], excluded: &[&str], expected: &[&str]) {
    let registry = SchemaRegistry::builtin();
    let projection = Projection::new(paths(attributes), paths(excluded)).unwrap();
    let out = projection.apply(
        &Resource::from_json(user()).unwrap(),
        registry.resource("User").unwrap(),
        &BTreeSet::new(),
    );
    let mut leaves = Vec::new();
    flatten("", &out.to_json(), &mut leaves);
    assert_eq!(leaves, expected, "{attributes:?} {excluded:?}");
}

fn flatten(at: &str, value: &Value, leaves: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let name = if name.starts_with("urn:ietf") { "ext" } else { name };
                flatten(&format!("{at}/{name}"), value, leaves);
            }
        }
        Value::Array(values) if values.iter().any(Value::is_object) => {
            for (n, value) in values.iter().enumerate() {
                flatten(&format!("{at}/{n}"), value, leaves);
            }
        }
        _ => leaves.push(at.to_owned()),
    }
}

/// RFC 7644 section 3.9 and RFC 7643 section 7; statements 18 and 39.
#[test]
fn attributes_and_excluded_attributes_choose() {
    let ext = crate::uri::ENTERPRISE_USER;
    check(
        &[],
        &[],
        &[
            "/emails/0/type",
            "/emails/0/value",
            "/emails/1/type",
            "/id",
            "/name/familyName",
            "/name/givenName",
            "/odd",
            "/schemas",
            "/ext/department",
            "/ext/manager/displayName",
            "/ext/manager/value",
            "/urn:x:unknown/a",
            "/userName",
        ],
    );
    check(&["userName"], &[], &["/id", "/schemas", "/userName"]);
    check(&["NAME.FAMILYNAME", "password"], &[], &["/id", "/name/familyName", "/schemas"]);
    check(&["name", "name.givenName"], &[], &["/id", "/name/familyName", "/name/givenName", "/schemas"]);
    check(&["emails.value"], &[], &["/emails/0/value", "/id", "/schemas"]);
    check(&["urn:ietf:params:scim:schemas:core:2.0:User:userName"], &[], &["/id", "/schemas", "/userName"]);
    check(&[&format!("{ext}:department")], &[], &["/id", "/schemas", "/ext/department"]);
    check(&[&format!("{ext}:manager.value")], &[], &["/id", "/schemas", "/ext/manager/value"]);
    check(
        &[ext],
        &[],
        &["/id", "/schemas", "/ext/department", "/ext/manager/displayName", "/ext/manager/value"],
    );
    check(&["department"], &[], &["/id", "/schemas"]);
    check(&["nothing"], &[], &["/id", "/schemas"]);
    check(&["odd"], &[], &["/id", "/odd", "/schemas"]);
    check(
        &[],
        &["id", "schemas", "emails", "name.givenName", "odd", ext],
        &["/id", "/name/familyName", "/schemas", "/urn:x:unknown/a", "/userName"],
    );
    check(
        &[],
        &["emails.type", "name", "odd", "userName", &format!("{ext}:manager")],
        &["/emails/0/value", "/id", "/schemas", "/ext/department", "/urn:x:unknown/a"],
    );
}

#[test]
fn both_at_once_are_refused() {
    let error = Projection::new(paths(&["a"]), paths(&["b"])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "400 invalidValue: expected `attributes` or `excludedAttributes`, found both"
    );
}

/// RFC 7643 section 7; statement 24.
#[test]
fn returned_on_request_needs_a_request() {
    let mut registry = SchemaRegistry::new();
    let schema = json!({"id": "urn:x:T", "attributes": [
        {"name": "plain"},
        {"name": "asked", "returned": "request"},
        {"name": "inner", "type": "complex", "subAttributes": [
            {"name": "key", "returned": "always"}, {"name": "rare", "returned": "request"}, {"name": "usual"}]}
    ]});
    registry.add_schema(Schema::from_json(schema).unwrap());
    registry.add_resource_type(ResourceType::new("T", "/Ts", "urn:x:T".parse().unwrap())).unwrap();
    let types = registry.resource("T").unwrap();
    let all = json!({"plain": 1, "asked": 2, "inner": {"key": 3, "rare": 4, "usual": 5}});
    let resource = Resource::from_json(all.clone()).unwrap();
    let run = |attributes: &[&str], excluded: &[&str], written: &[&str]| {
        let projection = Projection::new(paths(attributes), paths(excluded)).unwrap();
        projection.apply(&resource, types, &paths(written).into_iter().collect()).to_json()
    };
    assert_eq!(run(&[], &[], &[]), json!({"plain": 1, "inner": {"key": 3, "usual": 5}}));
    assert_eq!(run(&[], &[], &["asked"]), json!({"plain": 1, "asked": 2, "inner": {"key": 3, "usual": 5}}));
    assert_eq!(run(&["asked"], &[], &[]), json!({"asked": 2}));
    assert_eq!(run(&["inner.rare"], &[], &[]), json!({"inner": {"key": 3, "rare": 4}}));
    assert_eq!(run(&[], &["inner.usual", "inner.key"], &[]), json!({"plain": 1, "inner": {"key": 3}}));

    let projection = Projection::new(paths(&["plain"]), vec![]).unwrap();
    assert!(projection.wants(&"plain".parse().unwrap(), types));
    assert!(!projection.wants(&"asked".parse().unwrap(), types));
}
