//! `diff(a, b)` is the smallest patch, and applying it to `a` gives `b`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "tests"
)]

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tenure_scim::precis::text_key;
use tenure_scim::{Attribute, Resource, ResourceSchema, ResourceType, Schema, SchemaRegistry, diff, uri};

const ENTERPRISE: &str = uri::ENTERPRISE_USER;

#[track_caller]
fn check(kind: &str, a: Value, b: Value, operations: Value) {
    let registry = SchemaRegistry::builtin();
    let schema = registry.resource(kind).unwrap();
    let (mut a, b) = (Resource::from_json(a).unwrap(), Resource::from_json(b).unwrap());
    let patch = diff(&a, &b, schema);
    assert_eq!(serde_json::to_value(&patch.operations).unwrap(), operations);
    let report = patch.apply(&mut a, schema).unwrap();
    assert_eq!(report.changed, !patch.is_empty());
    assert_eq!(a, b);
    assert!(diff(&a, &b, schema).is_empty());
}

#[test]
fn nothing_changed_is_no_operation() {
    let user = json!({"userName": "a", "emails": [{"value": "x", "type": "work"}, {"value": "y"}], "name": {"givenName": "A"}});
    check("User", user.clone(), user.clone(), json!([]));
    let same = json!({"USERNAME": "a", "title": null, "photos": [], "emails": [{"value": "y", "display": null}, {"type": "work", "value": "x"}],
        "name": {"givenName": "A", "familyName": null}});
    check("User", user, same, json!([]));
}

#[test]
fn singular_attributes_change_one_by_one() {
    check(
        "User",
        json!({"userName": "a", "title": "T", "name": {"givenName": "A", "familyName": "B", "middleName": "C"}}),
        json!({"userName": "b", "nickName": "N", "name": {"givenName": "A", "familyName": "D"}}),
        json!([
            {"op": "replace", "path": "userName", "value": "b"},
            {"op": "remove", "path": "name.middleName"},
            {"op": "replace", "path": "name.familyName", "value": "D"},
            {"op": "add", "path": "nickName", "value": "N"},
            {"op": "remove", "path": "title"}
        ]),
    );
    check(
        "User",
        json!({"name": {"givenName": "A", "familyName": "B"}}),
        json!({"name": {"givenName": "C", "familyName": "D"}}),
        json!([{"op": "replace", "path": "name", "value": {"givenName": "C", "familyName": "D"}}]),
    );
}

#[test]
fn values_are_paired_by_what_identifies_them() {
    let two = json!({"emails": [{"value": "w@x", "type": "work", "primary": true}, {"value": "h@x", "type": "home"}]});
    check(
        "User",
        two.clone(),
        json!({"emails": [{"value": "new@x", "type": "work", "primary": true}, {"value": "h@x", "type": "home"}]}),
        json!([{"op": "replace", "path": "emails[value eq \"w@x\"].value", "value": "new@x"}]),
    );
    check(
        "User",
        two.clone(),
        json!({"emails": [{"value": "w@x", "type": "work"}, {"value": "h@x", "type": "home", "primary": true}]}),
        json!([
            {"op": "remove", "path": "emails[value eq \"w@x\"].primary"},
            {"op": "replace", "path": "emails[value eq \"h@x\"].primary", "value": true}
        ]),
    );
    check(
        "User",
        two.clone(),
        json!({"emails": [{"value": "h@x", "type": "home", "display": "H", "primary": true}]}),
        json!([
            {"op": "remove", "path": "emails[value eq \"w@x\"]"},
            {"op": "replace", "path": "emails[value eq \"h@x\"]", "value": {"display": "H", "primary": true, "type": "home", "value": "h@x"}}
        ]),
    );
    check(
        "User",
        two.clone(),
        json!({"emails": [{"value": "p@y"}, {"value": "q@y"}]}),
        json!([{"op": "replace", "path": "emails", "value": [{"value": "p@y"}, {"value": "q@y"}]}]),
    );
    check("User", two.clone(), json!({}), json!([{"op": "remove", "path": "emails"}]));
    check("User", json!({}), two.clone(), json!([{"op": "add", "path": "emails", "value": two["emails"]}]));
    check(
        "User",
        json!({"addresses": [{"type": "work", "country": "US"}, {"type": "home", "country": "FR"}]}),
        json!({"addresses": [{"type": "work", "country": "DE"}, {"type": "home", "country": "FR"}]}),
        json!([{"op": "replace", "path": "addresses[type eq \"work\"].country", "value": "DE"}]),
    );
    check(
        "User",
        json!({"emails": [{"value": "x", "type": "work"}, {"value": "x", "type": "home"}, {"value": "k"}]}),
        json!({"emails": [{"value": "x", "type": "home"}, {"value": "k"}]}),
        json!([{"op": "remove", "path": "emails[value eq \"x\" and type eq \"work\"]"}]),
    );
}

#[test]
fn what_cannot_be_addressed_is_replaced_as_a_whole() {
    check(
        "User",
        json!({"emails": [{"value": "x"}, {"value": "X"}]}),
        json!({"emails": [{"value": "x"}]}),
        json!([{"op": "replace", "path": "emails", "value": [{"value": "x"}]}]),
    );
}

#[test]
fn members_are_added_and_removed_one_by_one() {
    check(
        "Group",
        json!({"displayName": "G", "members": [{"value": "1", "$ref": "a"}, {"value": "2"}]}),
        json!({"displayName": "G", "members": [{"value": "1", "$ref": "b"}, {"value": "2"}, {"value": "3"}]}),
        json!([
            {"op": "remove", "path": "members[value eq \"1\"]"},
            {"op": "add", "path": "members", "value": [{"value": "3"}, {"$ref": "b", "value": "1"}]}
        ]),
    );
}

#[test]
fn extensions_and_schemas_follow() {
    let plain = json!({"schemas": [uri::USER], "userName": "a"});
    let extended = json!({"schemas": [uri::USER, ENTERPRISE], "userName": "a",
        ENTERPRISE: {"department": "D", "manager": {"value": "m"}}});
    check(
        "User",
        plain.clone(),
        extended.clone(),
        json!([
            {"op": "add", "path": format!("{ENTERPRISE}:department"), "value": "D"},
            {"op": "add", "path": format!("{ENTERPRISE}:manager"), "value": {"value": "m"}}
        ]),
    );
    check(
        "User",
        extended.clone(),
        plain.clone(),
        json!([
            {"op": "remove", "path": format!("{ENTERPRISE}:department")},
            {"op": "remove", "path": format!("{ENTERPRISE}:manager")}
        ]),
    );
    let declared = json!({"schemas": [uri::USER, ENTERPRISE], "userName": "a"});
    check(
        "User",
        plain.clone(),
        declared.clone(),
        json!([{"op": "add", "path": "schemas", "value": [ENTERPRISE]}]),
    );
    check(
        "User",
        declared.clone(),
        plain,
        json!([{"op": "remove", "path": format!("schemas[value eq \"{ENTERPRISE}\"]")}]),
    );
    check(
        "User",
        extended,
        declared,
        json!([
            {"op": "remove", "path": format!("{ENTERPRISE}:department")},
            {"op": "remove", "path": format!("{ENTERPRISE}:manager")},
            {"op": "add", "path": "schemas", "value": [ENTERPRISE]}
        ]),
    );
}

#[test]
fn what_the_provider_writes_is_not_compared() {
    let registry = SchemaRegistry::builtin();
    let users = registry.resource("User").unwrap();
    let a = Resource::from_json(json!({"id": "1", "meta": {"version": "1"}, ENTERPRISE: {"manager": {"value": "m", "displayName": "A"}}})).unwrap();
    let b = Resource::from_json(json!({"id": "2", "groups": [{"value": "g"}], ENTERPRISE: {"manager": {"value": "m", "displayName": "B"}}})).unwrap();
    assert!(diff(&a, &b, users).is_empty());
    // Nor is it written with a value that comes.
    let c = Resource::from_json(json!({ENTERPRISE: {"department": "D"}})).unwrap();
    let d = Resource::from_json(
        json!({ENTERPRISE: {"department": "D", "manager": {"value": "m", "displayName": "A"}}}),
    )
    .unwrap();
    let path = format!("{ENTERPRISE}:manager");
    assert_eq!(
        serde_json::to_value(diff(&c, &d, users).operations).unwrap(),
        json!([{"op": "add", "path": path, "value": {"value": "m"}}])
    );
}

/// The operations between two lists of an attribute that only these sub-attributes are known of.
fn marks(subs: Value, from: Value, to: Value) -> Value {
    let registry = schema(
        &[json!({"name": "marks", "type": "complex", "multiValued": true, "subAttributes": subs})],
        &[],
    );
    let resource = |marks| Resource::from_json(json!({"schemas": ["urn:x:Base"], "marks": marks})).unwrap();
    let patch = diff(&resource(from), &resource(to), registry.resource("Thing").unwrap());
    serde_json::to_value(patch.operations).unwrap()
}

#[test]
fn what_the_provider_writes_within_a_listed_value_is_not_compared() {
    let subs = json!([{"name": "value"}, {"name": "seen", "type": "integer", "mutability": "readOnly"}]);
    let operations = marks(subs, json!([{"value": "a", "seen": 1}]), json!([{"value": "a", "seen": 2}]));
    assert_eq!(operations, json!([]));
}

#[test]
fn a_filter_names_only_sub_attributes_that_the_schema_knows() {
    let both = json!([{"value": "a", "type": "x"}, {"value": "a", "type": "y"}]);
    let one = json!([{"value": "a", "type": "x"}]);
    let known = marks(json!([{"name": "value"}, {"name": "type"}]), both.clone(), one.clone());
    assert_eq!(known, json!([{"op": "remove", "path": "marks[value eq \"a\" and type eq \"y\"]"}]));
    let unknown = marks(json!([{"name": "value"}, {"name": "colour"}]), both, one.clone());
    assert_eq!(unknown, json!([{"op": "replace", "path": "marks", "value": one}]));
}

#[test]
fn an_object_where_a_list_belongs_is_replaced_as_it_is() {
    let to = json!({"value": "b", "type": "x"});
    let operations =
        marks(json!([{"name": "value"}, {"name": "type"}]), json!({"value": "a", "type": "x"}), to.clone());
    assert_eq!(operations, json!([{"op": "replace", "path": "marks", "value": to}]));
}

#[test]
fn a_list_where_a_single_value_belongs_is_replaced_as_it_is() {
    let registry = schema(&[json!({"name": "mark"})], &[]);
    let resource = |mark| Resource::from_json(json!({"schemas": ["urn:x:Base"], "mark": mark})).unwrap();
    let patch =
        diff(&resource(json!(["a", "b"])), &resource(json!(["a", "c"])), registry.resource("Thing").unwrap());
    assert_eq!(
        serde_json::to_value(patch.operations).unwrap(),
        json!([{"op": "replace", "path": "mark", "value": ["a", "c"]}])
    );
}

/// A type says which value is meant where there is no `value`, and only where no other has it.
#[test]
fn a_value_that_only_a_type_names_is_replaced_with_all_where_others_have_the_type() {
    let subs = json!([{"name": "value"}, {"name": "type"}, {"name": "note"}]);
    let note = |note: &str| json!({"type": "x", "note": note});
    let other = json!({"value": "a", "type": "x"});
    for (from, to) in [
        (json!([note("1"), other]), json!([other])),
        (json!([note("1"), other]), json!([note("2"), other])),
        (json!([note("1")]), json!([note("1"), note("2")])),
    ] {
        let operations = marks(subs.clone(), from, to.clone());
        assert_eq!(operations, json!([{"op": "replace", "path": "marks", "value": to}]));
    }
    assert_eq!(marks(subs, json!([note("1")]), json!([])), json!([{"op": "remove", "path": "marks"}]));
}

/// With two of a type before or after, nothing says which one another became.
#[test]
fn values_are_not_paired_by_a_type_that_several_have() {
    let home = json!({"value": "h", "type": "home"});
    let work = |value: &str| json!({"value": value, "type": "work"});
    let subs = json!([{"name": "value"}, {"name": "type"}]);
    assert_eq!(
        marks(subs.clone(), json!([home, work("a")]), json!([home, work("b"), work("c")])),
        json!([
            {"op": "remove", "path": "marks[value eq \"a\"]"},
            {"op": "add", "path": "marks", "value": [work("b"), work("c")]}
        ])
    );
    assert_eq!(
        marks(subs, json!([home, work("a"), work("b")]), json!([home, work("c")])),
        json!([
            {"op": "remove", "path": "marks[value eq \"a\"]"},
            {"op": "remove", "path": "marks[value eq \"b\"]"},
            {"op": "add", "path": "marks", "value": [work("c")]}
        ])
    );
}

/// Found by fuzzing: a sub-attribute that the schema does not know took the place of the whole value.
/// What has neither a `value` nor a `type` is told apart by all that it says.
#[test]
fn values_without_a_value_or_a_type_are_added_beside_each_other() {
    check(
        "User",
        json!({"addresses": [{"country": "NO"}]}),
        json!({"addresses": [{"country": "NO"}, {"country": "SE"}]}),
        json!([{"op": "add", "path": "addresses", "value": [{"country": "SE"}]}]),
    );
}

/// Nothing is primary twice on the way, which would reset what is to stay.
#[test]
fn a_value_stops_being_primary_before_another_becomes_it() {
    let emails = |first: bool| {
        json!({"emails": [
            {"value": "a@x", "type": "work", "primary": first},
            {"value": "b@x", "type": "home", "primary": !first},
        ]})
    };
    let [a, b] = ["a@x", "b@x"].map(|value| format!("emails[value eq \"{value}\"].primary"));
    check(
        "User",
        emails(false),
        emails(true),
        json!([{"op": "replace", "path": b, "value": false}, {"op": "replace", "path": a, "value": true}]),
    );
}

#[test]
fn many_values_without_a_value_or_a_type_are_told_apart_by_all_they_say() {
    let address = |number: usize| json!({"streetAddress": format!("Street {number}")});
    let before: Vec<_> = (0..300).map(address).collect();
    let after: Vec<_> = (0..301).map(address).collect();
    check(
        "User",
        json!({"addresses": before}),
        json!({"addresses": after}),
        json!([{"op": "add", "path": "addresses", "value": [address(300)]}]),
    );
}

#[test]
fn sub_attributes_that_no_path_can_name_travel_with_their_value() {
    check(
        "User",
        json!({"emails": [{"value": "k"}, {"type": "home"}], "name": {"familyName": "B", "odd": 1}}),
        json!({"emails": [{"value": "k"}, {"type": "home", "odd": "x"}], "name": {"familyName": "B"}}),
        json!([
            {"op": "replace", "path": "name", "value": {"odd": null}},
            {"op": "replace", "path": "emails[type eq \"home\"]", "value": {"odd": "x", "type": "home"}}
        ]),
    );
}

/// Found by fuzzing: a group whose only difference was an element without any value.
#[test]
fn an_element_without_a_value_is_no_member() {
    let registry = SchemaRegistry::builtin();
    let groups = registry.resource("Group").unwrap();
    let valid = |members: Value| {
        let body = json!({"schemas": [uri::GROUP], "displayName": "G", "members": members});
        groups.validate_create(&Resource::from_json(body).unwrap()).unwrap()
    };
    assert_eq!(
        valid(json!([{"value": "2"}, {"v#lue": "3"}, {"display": null}])),
        valid(json!([{"value": "2"}]))
    );
    assert_eq!(valid(json!([{}])).attr("members"), None);
}

/// Found by fuzzing: an address that took the value of another was changed a second time with it.
#[test]
fn a_value_that_moves_from_one_type_to_another_is_changed_once() {
    check(
        "User",
        json!({"emails": [{"value": "w", "type": "work", "primary": true}, {"value": "n", "type": "home"}]}),
        json!({"emails": [{"value": "n", "type": "work"}, {"value": "h", "type": "home"}]}),
        json!([
            {"op": "replace", "path": "emails[value eq \"w\"]", "value": {"value": "n", "type": "work"}},
            {"op": "replace", "path": "emails[type eq \"home\"].value", "value": "h"}
        ]),
    );
    // Both values change places.
    check(
        "User",
        json!({"emails": [{"value": "w", "type": "work"}, {"value": "h", "type": "home"}]}),
        json!({"emails": [{"value": "h", "type": "work"}, {"value": "w", "type": "home"}]}),
        json!([
            {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "h"},
            {"op": "replace", "path": "emails[type eq \"home\"].value", "value": "w"}
        ]),
    );
    // The value of one comes to be that of another, which changes as well.
    check(
        "User",
        json!({"emails": [{"value": "w", "type": "work"}, {"value": "h", "type": "home"}]}),
        json!({"emails": [{"value": "h", "type": "work"}, {"value": "h", "type": "home", "display": "H"}]}),
        json!([
            {"op": "replace", "path": "emails[value eq \"h\" and type eq \"home\"].display", "value": "H"},
            {"op": "replace", "path": "emails[value eq \"w\"].value", "value": "h"}
        ]),
    );
}

#[test]
fn a_large_group_costs_what_changed() {
    let members =
        |from: u32, to: u32| -> Value { (from..to).map(|n| json!({"value": format!("{n}")})).collect() };
    let registry = SchemaRegistry::builtin();
    let groups = registry.resource("Group").unwrap();
    let mut a = Resource::from_json(json!({"displayName": "G", "members": members(0, 10_000)})).unwrap();
    let b = Resource::from_json(json!({"displayName": "G", "members": members(100, 10_100)})).unwrap();
    let patch = diff(&a, &b, groups);
    assert_eq!(patch.operations.len(), 101);
    patch.apply(&mut a, groups).unwrap();
    assert!(a == b);
}

/// A text that is likely to be the same, or the same but for case, as another.
fn text() -> impl Strategy<Value = Value> {
    prop::sample::select(vec!["a", "A", "b", "ä", "Ä", "c d", "\"]", "", "0"]).prop_map(Value::from)
}

fn simple(kind: &str) -> BoxedStrategy<Value> {
    match kind {
        "boolean" => any::<bool>().prop_map(Value::from).boxed(),
        "integer" => (-3_i64..3).prop_map(Value::from).boxed(),
        "decimal" => prop::sample::select(vec![json!(0), json!(0.5), json!(1.0), json!(1)]).boxed(),
        "dateTime" => {
            prop::sample::select(vec![json!("2026-01-01T00:00:00Z"), json!("2026-01-01T00:00:00")]).boxed()
        }
        "binary" => prop::sample::select(vec![json!("YQ=="), json!("yq==")]).boxed(),
        _ => text().boxed(),
    }
}

/// A value for an attribute, null and empty included.
fn value(attribute: &Value) -> BoxedStrategy<Value> {
    let one = match attribute["type"].as_str().unwrap() {
        "complex" => {
            let members: Vec<BoxedStrategy<Option<(String, Value)>>> = attribute["subAttributes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|sub| {
                    let name = sub["name"].as_str().unwrap().to_owned();
                    prop::option::weighted(0.7, value(sub).prop_map(move |v| (name.clone(), v))).boxed()
                })
                .collect();
            members.prop_map(|m| Value::Object(m.into_iter().flatten().collect())).boxed()
        }
        kind => simple(kind),
    };
    if attribute["multiValued"] == true {
        prop::collection::vec(one, 0..4)
            .prop_map(|mut values| {
                let mut seen = false;
                for value in &mut values {
                    if value["primary"] == true && std::mem::replace(&mut seen, true) {
                        value["primary"] = json!(false);
                    }
                }
                values.retain(|v| {
                    !v.is_object() || v.as_object().unwrap().values().any(|v| !v.is_null() && *v != json!([]))
                });
                Value::Array(values)
            })
            .boxed()
    } else {
        prop_oneof![8 => one, 1 => Just(Value::Null)].boxed()
    }
}

fn attributes() -> impl Strategy<Value = Vec<Value>> {
    let kind = || {
        prop::sample::select(vec![
            "string",
            "boolean",
            "integer",
            "decimal",
            "dateTime",
            "binary",
            "reference",
        ])
    };
    let sub = (
        prop::sample::select(vec!["value", "type", "primary", "display", "x"]),
        kind(),
        any::<bool>(),
        0..6_u8,
    );
    let attribute = (prop::collection::vec(sub, 1..5), kind(), any::<bool>(), any::<bool>(), any::<bool>());
    prop::collection::vec(attribute, 1..5).prop_map(|all| {
        all.into_iter().enumerate().map(|(n, (subs, kind, complex, many, exact))| {
            let mut seen = Map::new();
            for (name, kind, exact, many) in subs {
                let kind = match name { "primary" => "boolean", "type" => "string", _ => kind };
                let many = many == 0 && name == "x";
                seen.insert(name.to_owned(), json!({"name": name, "type": kind, "caseExact": exact, "multiValued": many}));
            }
            let kind = if complex { "complex" } else { kind };
            let subs: Vec<Value> = if complex { seen.into_iter().map(|(_, v)| v).collect() } else { Vec::new() };
            json!({"name": format!("a{n}"), "type": kind, "multiValued": many, "caseExact": exact, "subAttributes": subs})
        }).collect()
    })
}

fn resource(base: &[Value], extension: &[Value]) -> BoxedStrategy<Value> {
    let object = |attributes: &[Value]| -> BoxedStrategy<Map<String, Value>> {
        let members: Vec<_> = attributes
            .iter()
            .map(|a| {
                let name = a["name"].as_str().unwrap().to_owned();
                prop::option::weighted(0.8, value(a).prop_map(move |v| (name.clone(), v)))
            })
            .collect();
        members.prop_map(|m| m.into_iter().flatten().collect()).boxed()
    };
    (object(base), prop::option::of(object(extension)))
        .prop_map(|(mut base, extension)| {
            let mut schemas = vec!["urn:x:Base"];
            if let Some(extension) = extension {
                base.insert("urn:x:Ext".to_owned(), Value::Object(extension));
                schemas.push("urn:x:Ext");
            }
            base.insert("schemas".to_owned(), json!(schemas));
            Value::Object(base)
        })
        .boxed()
}

fn schema(base: &[Value], extension: &[Value]) -> SchemaRegistry {
    let mut registry = SchemaRegistry::new();
    registry.add_schema(Schema::from_json(json!({"id": "urn:x:Base", "attributes": base})).unwrap());
    registry.add_schema(Schema::from_json(json!({"id": "urn:x:Ext", "attributes": extension})).unwrap());
    let kind = ResourceType::new("Thing", "/Things", "urn:x:Base".parse().unwrap());
    registry.add_resource_type(kind.with_extension("urn:x:Ext".parse().unwrap(), false)).unwrap();
    registry
}

fn inverse(schema: &ResourceSchema, a: &Value, b: &Value) -> Result<(), TestCaseError> {
    let (mut from, to) = (Resource::from_json(a.clone()).unwrap(), Resource::from_json(b.clone()).unwrap());
    let patch = diff(&from, &to, schema);
    let text = serde_json::to_string(&patch).unwrap();
    if !patch.is_empty() {
        let read: tenure_scim::Patch =
            serde_json::from_str(&text).map_err(|e| TestCaseError::fail(format!("{text}: {e}")))?;
        prop_assert_eq!(&read, &patch);
    }
    patch.apply(&mut from, schema).map_err(|e| TestCaseError::fail(format!("{text}: {e}")))?;
    let to_once = once(b, schema);
    prop_assert!(once(&from.to_json(), schema) == to_once, "{a}\n{b}\n{text}\n{}", from.to_json());
    prop_assert!(diff(&from, &to, schema).is_empty());
    let before = Resource::from_json(a.clone()).unwrap();
    prop_assert_eq!(patch.is_empty(), before == to || before == to_once);
    Ok(())
}

/// The resource without values that have the `value` and `type` of one before.
fn once(resource: &Value, schema: &ResourceSchema) -> Resource {
    let mut resource = resource.clone();
    let (extension, _) = schema.extensions().next().unwrap();
    drop_repeats(resource.as_object_mut().unwrap(), schema.attributes());
    if let Some(members) = resource.get_mut("urn:x:Ext").and_then(Value::as_object_mut) {
        drop_repeats(members, &extension.attributes);
    }
    Resource::from_json(resource).unwrap()
}

fn drop_repeats(members: &mut Map<String, Value>, attributes: &[Attribute]) {
    for attribute in attributes {
        let Some(Value::Array(values)) = members.get_mut(attribute.name.as_str()) else { continue };
        let leaf = attribute.sub_attributes.iter().find(|s| s.name == "value").unwrap_or(attribute);
        let mut seen = Vec::new();
        values.retain(|value| {
            let Some(text) = value.as_str().or_else(|| value["value"].as_str()) else { return true };
            let text = if leaf.is_case_exact() { text.to_owned() } else { text_key(text).into_owned() };
            let pair = (text, text_key(value["type"].as_str().unwrap_or_default()).into_owned());
            let new = !seen.contains(&pair);
            seen.push(pair);
            new
        });
    }
}

fn case() -> impl Strategy<Value = (Vec<Value>, Vec<Value>, Value, Value)> {
    (attributes(), attributes()).prop_flat_map(|(base, extension)| {
        let (a, b) = (resource(&base, &extension), resource(&base, &extension));
        (Just(base), Just(extension), a, b)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn applying_the_difference_gives_the_other((base, extension, a, b) in case()) {
        let registry = schema(&base, &extension);
        let things = registry.resource("Thing").unwrap();
        inverse(things, &a, &b)?;
        inverse(things, &b, &a)?;
        inverse(things, &a, &a)?;
    }
}
