//! Where a tolerance, a schema or an extension ends: what PATCH refuses or leaves alone just beyond.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value, json};
use tenure_scim::{
    Fired, Patch, PatchOp, PatchOperation, PatchPath, Profile, Resource, ResourceType, Schema,
    SchemaRegistry, ScimError, Tolerance, uri,
};

const FIRST: &str = "urn:x:First";
const SECOND: &str = "urn:x:Second";

/// A resource type with an extension that may go and one that may not; users as everywhere.
fn registry() -> SchemaRegistry {
    let mut registry = SchemaRegistry::builtin();
    let level = json!({"name": "level", "caseExact": true, "canonicalValues": ["Low", "High"]});
    let seen = json!({"name": "seen", "type": "integer", "mutability": "readOnly"});
    let notes = json!({"name": "notes", "type": "complex", "multiValued": true, "subAttributes": [{"name": "value"}, seen]});
    let marks = json!({"name": "marks", "type": "complex", "subAttributes": [{"name": "words", "multiValued": true}]});
    for (id, attributes) in [
        ("urn:x:Thing", json!([level, marks, notes])),
        (FIRST, json!([{"name": "first"}])),
        (SECOND, json!([{"name": "second"}])),
    ] {
        registry.add_schema(Schema::from_json(json!({"id": id, "attributes": attributes})).unwrap());
    }
    let kind = ResourceType::new("Thing", "/Things", "urn:x:Thing".parse().unwrap())
        .with_extension(FIRST.parse().unwrap(), false)
        .with_extension(SECOND.parse().unwrap(), true);
    registry.add_resource_type(kind).unwrap();
    registry
}

fn apply(kind: &str, before: Value, operations: &Value, profile: &Profile) -> Result<Value, ScimError> {
    Ok(apply_and_tell(kind, before, operations, profile)?.0)
}

/// The resource after, and whether something changed.
fn apply_and_tell(
    kind: &str,
    before: Value,
    operations: &Value,
    profile: &Profile,
) -> Result<(Value, bool), ScimError> {
    let mut resource = Resource::from_json(before).unwrap();
    let body = json!({"schemas": [uri::PATCH_OP], "Operations": operations});
    let patch = Patch::from_json(body, profile, &mut Fired::default())?;
    let report = patch.apply_with(&mut resource, registry().resource(kind).unwrap(), profile)?;
    Ok((resource.to_json(), report.changed))
}

fn thing() -> Value {
    json!({
        "schemas": ["urn:x:Thing", FIRST, SECOND],
        FIRST: {"first": "1"},
        SECOND: {"second": "2"}
    })
}

#[test]
fn an_extension_that_goes_takes_nothing_of_another_along() {
    for operation in [
        json!({"op": "replace", "path": "schemas", "value": ["urn:x:Thing", SECOND]}),
        json!({"op": "remove", "path": format!("schemas[value eq \"{FIRST}\"]")}),
    ] {
        let after = apply("Thing", thing(), &json!([operation]), &Profile::strict()).unwrap();
        assert_eq!(after, json!({"schemas": ["urn:x:Thing", SECOND], SECOND: {"second": "2"}}));
    }
}

#[test]
fn a_schema_that_the_type_does_not_know_goes_with_its_values_and_is_a_change() {
    let mut before = thing();
    before["schemas"].as_array_mut().unwrap().push(json!("urn:x:Foreign"));
    before["urn:x:Foreign"] = json!({"colour": "red"});
    for operation in [
        json!({"op": "replace", "path": "schemas", "value": ["urn:x:Thing", FIRST, SECOND]}),
        json!({"op": "remove", "path": "schemas[value eq \"urn:x:Foreign\"]"}),
    ] {
        let after = apply_and_tell("Thing", before.clone(), &json!([operation]), &Profile::strict()).unwrap();
        assert_eq!(after, (thing(), true));
    }
}

#[test]
fn an_extension_is_removed_without_a_value() {
    let operations = json!([{"op": "remove", "path": FIRST, "value": {"first": "1"}}]);
    let error = apply("Thing", thing(), &operations, &Profile::strict()).unwrap_err();
    assert_eq!(error.detail(), "operation 1: expected no `value` for `remove`");
}

#[test]
fn a_required_extension_and_the_base_schema_stay() {
    for (kept, said) in [
        (json!(["urn:x:Thing", FIRST]), "operation 1: `urn:x:Second` is required"),
        (json!([FIRST, SECOND]), "operation 1: `urn:x:Thing` is the base schema and cannot be removed"),
    ] {
        let operations = json!([{"op": "replace", "path": "schemas", "value": kept}]);
        let error = apply("Thing", thing(), &operations, &Profile::strict()).unwrap_err();
        assert_eq!(error.detail(), said);
    }
}

#[test]
fn listed_values_of_an_exact_attribute_are_compared_exactly() {
    let profile = Profile::strict().with_canonical_values();
    let write = |level: &str| {
        apply("Thing", thing(), &json!([{"op": "add", "path": "level", "value": level}]), &profile)
            .map(|after| after["level"].clone())
            .map_err(|e| e.detail().to_owned())
    };
    assert_eq!(write("Low"), Ok(json!("Low")));
    let refused = "operation 1: expected one of `Low`, `High` for `level`, found `low`";
    assert_eq!(write("low"), Err(refused.to_owned()));
}

/// Peers that send texts for complex values do so for single values with a `value`, and for nothing else.
#[test]
fn a_text_stands_for_a_complex_value_only_where_it_has_a_value_and_is_single() {
    let profile = Profile::strict().with(Tolerance::ValueComplexText);
    let manager = format!("{}:manager", uri::ENTERPRISE_USER);
    let before = json!({"schemas": [uri::USER], "userName": "a"});
    let write = |path: &str| {
        apply("User", before.clone(), &json!([{"op": "add", "path": path, "value": "x"}]), &profile)
    };
    assert_eq!(write(&manager).unwrap()[uri::ENTERPRISE_USER]["manager"], json!({"value": "x"}));
    for path in ["emails", "name"] {
        let error = write(path).unwrap_err();
        assert_eq!(error.scim_type().unwrap().to_string(), "invalidValue", "{path}");
    }
}

#[test]
fn an_object_stands_for_a_simple_value_only_in_a_list() {
    let profile = Profile::strict().with(Tolerance::ValueSimpleObject);
    let before = json!({"schemas": [uri::USER], "userName": "a"});
    for path in ["title", "name.givenName"] {
        let operations = json!([{"op": "add", "path": path, "value": {"value": "x"}}]);
        let error = apply("User", before.clone(), &operations, &profile).unwrap_err();
        assert_eq!(error.scim_type().unwrap().to_string(), "invalidValue", "{path}");
    }
}

#[test]
fn an_empty_list_for_a_single_value_is_no_value() {
    let before = json!({"schemas": [uri::USER], "userName": "a", "title": "Guide"});
    let operations = json!([{"op": "replace", "path": "title", "value": []}]);
    let after = apply("User", before, &operations, &Profile::strict()).unwrap();
    assert_eq!(after, json!({"schemas": [uri::USER], "userName": "a"}));
}

/// Without the tolerance, text that looks like an object is text.
#[test]
fn text_is_not_read_as_an_object_by_those_who_did_not_ask_for_it() {
    let path = format!("{}:manager", uri::ENTERPRISE_USER);
    let text = r#"{"value": "m"}"#;
    let operations = json!([{"op": "add", "path": path, "value": {"value": text}}]);
    let before = json!({"schemas": [uri::USER], "userName": "a"});
    for (profile, value) in
        [(Profile::strict(), text), (Profile::strict().with(Tolerance::ValueJsonText), "m")]
    {
        let after = apply("User", before.clone(), &operations, &profile).unwrap();
        assert_eq!(after[uri::ENTERPRISE_USER]["manager"]["value"], json!(value));
    }
}

#[test]
fn several_values_below_a_single_one_stay_one_list() {
    let write = |value: Value| {
        let operations = json!([{"op": "add", "path": "marks.words", "value": value}]);
        apply("Thing", thing(), &operations, &Profile::strict()).unwrap()["marks"]["words"].clone()
    };
    assert_eq!(write(json!(["old", "lent"])), json!(["old", "lent"]));
    assert_eq!(write(json!("old")), json!(["old"]));
    let mut before = thing();
    before["marks"] = json!({"words": ["old"]});
    let operations = json!([{"op": "add", "path": "marks.words", "value": ["lent", "old"]}]);
    let after = apply("Thing", before, &operations, &Profile::strict()).unwrap();
    assert_eq!(after["marks"]["words"], json!(["old", "lent"]));
}

#[test]
fn text_that_is_an_object_takes_the_place_of_the_value_alone() {
    let path = format!("{}:manager", uri::ENTERPRISE_USER);
    let profile = Profile::strict().with(Tolerance::ValueJsonText);
    let value = json!({"$ref": "../m", "value": r#"{"value": "m"}"#});
    let operations = json!([{"op": "add", "path": path, "value": value}]);
    let before = json!({"schemas": [uri::USER], "userName": "a"});
    let after = apply("User", before, &operations, &profile).unwrap();
    assert_eq!(after[uri::ENTERPRISE_USER]["manager"], json!({"$ref": "../m", "value": "m"}));
}

#[test]
fn binary_text_is_padded_fully_or_not_at_all() {
    for (text, accepted) in
        [("YQ", true), ("YQ==", true), ("YWI=", true), ("YQ=", false), ("YQ======", false), ("Y", false)]
    {
        let operations = json!([{"op": "add", "path": "x509Certificates", "value": [{"value": text}]}]);
        let before = json!({"schemas": [uri::USER], "userName": "a"});
        assert_eq!(apply("User", before, &operations, &Profile::strict()).is_ok(), accepted, "{text}");
    }
}

#[test]
fn a_filter_of_several_equalities_describes_the_value_that_it_makes() {
    let profile = Profile::strict().with(Tolerance::PatchAddCreatesElement);
    let before = json!({"schemas": [uri::USER], "userName": "a"});
    let path = "emails[type eq \"work\" and display eq \"W\"]";
    for (path, value) in [
        (path.to_owned(), json!({"value": "w@x"})),
        (path.to_owned(), json!([{"value": "w@x"}])),
        (format!("{path}.value"), json!("w@x")),
    ] {
        let operations = json!([{"op": "add", "path": path, "value": value}]);
        let after = apply("User", before.clone(), &operations, &profile).unwrap();
        assert_eq!(after["emails"], json!([{"type": "work", "display": "W", "value": "w@x"}]));
    }
}

#[test]
fn of_two_values_that_become_one_the_primary_wins() {
    let path = "emails[value eq \"a@x\"].value";
    for (first, second) in [(true, false), (false, true)] {
        let emails = json!([
            {"value": "a@x", "type": "work", "primary": first},
            {"value": "b@x", "type": "work", "primary": second},
        ]);
        let before = json!({"schemas": [uri::USER], "userName": "a", "emails": emails});
        let operations = json!([{"op": "replace", "path": path, "value": "b@x"}]);
        let after = apply("User", before, &operations, &Profile::strict()).unwrap();
        assert_eq!(after["emails"], json!([{"value": "b@x", "type": "work", "primary": true}]));
    }
}

/// Each becomes equal to the first of those that were changed, and to one that was not.
#[test]
fn several_values_that_become_one_are_one_afterwards() {
    let emails = json!([
        {"value": "a@x", "type": "work", "display": "A"},
        {"value": "b@x", "type": "work", "primary": true},
        {"value": "c@x", "type": "work"},
        {"value": "c@x", "type": "home"},
    ]);
    let before = json!({"schemas": [uri::USER], "userName": "a", "emails": emails});
    let path = r#"emails[value eq "a@x" or value eq "b@x"].value"#;
    let operations = json!([{"op": "replace", "path": path, "value": "c@x"}]);
    let after = apply("User", before, &operations, &Profile::strict()).unwrap();
    assert_eq!(
        after["emails"],
        json!([
            {"value": "c@x", "type": "work", "display": "A", "primary": true},
            {"value": "c@x", "type": "home"},
        ])
    );
}

#[test]
fn a_value_without_a_type_is_another_one_than_that_with_a_type() {
    for (stored, new) in [
        (json!({"value": "a@x", "type": "work"}), json!({"value": "a@x"})),
        (json!({"value": "a@x"}), json!({"value": "a@x", "type": "work"})),
    ] {
        let before = json!({"schemas": [uri::USER], "userName": "a", "emails": [stored]});
        let operations = json!([{"op": "add", "path": "emails", "value": [new]}]);
        let after = apply("User", before, &operations, &Profile::strict()).unwrap();
        assert_eq!(after["emails"], json!([stored, new]));
    }
}

#[test]
fn a_message_of_another_schema_is_no_patch() {
    let operations = json!([{"op": "remove", "path": "title"}]);
    for (schemas, accepted) in [
        (json!([uri::PATCH_OP]), true),
        (json!([uri::USER, uri::PATCH_OP]), true),
        (json!([uri::USER]), false),
        (json!([]), false),
    ] {
        let body = json!({"schemas": schemas, "Operations": operations});
        let read = Patch::from_json(body, &Profile::strict(), &mut Fired::default());
        assert_eq!(read.is_ok(), accepted, "{schemas}");
    }
}

#[test]
fn what_the_provider_wrote_stays_where_a_listed_value_is_replaced() {
    let mut before = thing();
    before["notes"] = json!([{"value": "a", "seen": 1}, {"value": "c", "seen": 2}]);
    let value = json!({"value": "b", "seen": 7});
    let operations = json!([{"op": "replace", "path": "notes[value eq \"a\"]", "value": value}]);
    let after = apply("Thing", before, &operations, &Profile::strict()).unwrap();
    assert_eq!(after["notes"], json!([{"value": "b", "seen": 1}, {"value": "c", "seen": 2}]));
}

#[test]
fn a_list_is_no_value_of_a_single_part() {
    for (path, value) in
        [("name", json!({"givenName": ["A", "B"]})), ("emails", json!([{"value": ["a@x", "b@x"]}]))]
    {
        let operations = json!([{"op": "add", "path": path, "value": value}]);
        let before = json!({"schemas": [uri::USER], "userName": "a"});
        let error = apply("User", before, &operations, &Profile::strict()).unwrap_err();
        assert_eq!(error.scim_type().unwrap().to_string(), "invalidValue", "{path}");
    }
}

#[test]
fn a_single_value_is_removed_without_saying_which() {
    let before = json!({"schemas": [uri::USER], "userName": "a", "title": "Guide"});
    let operations = json!([{"op": "remove", "path": "title", "value": "Guide"}]);
    let error = apply("User", before.clone(), &operations, &Profile::strict()).unwrap_err();
    assert_eq!(error.detail(), "operation 1: expected no `value` for `remove`");
    let after =
        apply("User", before, &operations, &Profile::strict().with(Tolerance::PatchRemoveValues)).unwrap();
    assert_eq!(after, json!({"schemas": [uri::USER], "userName": "a"}));
}

/// A long list has an index of values; only a filter that asks for a value may use it.
#[test]
fn a_long_list_is_searched_by_other_filters_too() {
    let numbered = |n: usize| json!({"value": format!("{n}@x"), "display": format!("D{n}")});
    let emails: Vec<Value> = (0..500).map(numbered).collect();
    let before = json!({"schemas": [uri::USER], "userName": "a", "emails": emails});
    for filter in
        ["display eq \"D7\"", "value sw \"7@\"", "value eq \"7@x\"", "value le \"7@x\" and display eq \"D7\""]
    {
        let operations = json!([{"op": "remove", "path": format!("emails[{filter}]")}]);
        let after = apply("User", before.clone(), &operations, &Profile::strict()).unwrap();
        let expected: Vec<Value> = (0..500).filter(|n| *n != 7).map(numbered).collect();
        assert_eq!(after["emails"], Value::Array(expected), "{filter}");
    }
}

#[test]
fn boolean_text_is_refused_by_those_who_did_not_ask_for_it() {
    let before = json!({"schemas": [uri::USER], "userName": "a"});
    for (text, value) in [("true", true), ("True", true), ("false", false), ("FALSE", false)] {
        let operations = json!([{"op": "replace", "path": "active", "value": text}]);
        let error = apply("User", before.clone(), &operations, &Profile::strict()).unwrap_err();
        assert_eq!(error.scim_type().unwrap().to_string(), "invalidValue", "{text}");
        let profile = Profile::strict().with(Tolerance::ValueBooleanText);
        let after = apply("User", before.clone(), &operations, &profile).unwrap();
        assert_eq!(after["active"], json!(value), "{text}");
    }
}

/// RFC 7643 section 2.5: null, and an empty list, are no value; what is selected goes, and that is a change.
#[test]
fn selected_values_that_are_replaced_by_none_go_and_that_is_a_change() {
    let home = json!({"value": "h@x", "type": "home"});
    let emails = json!([{"value": "w@x", "type": "work"}, home]);
    let before = json!({"schemas": [uri::USER], "userName": "a", "emails": emails});
    for value in [json!(null), json!([])] {
        let operations = json!([{"op": "replace", "path": "emails[type eq \"work\"]", "value": value}]);
        let (after, changed) =
            apply_and_tell("User", before.clone(), &operations, &Profile::strict()).unwrap();
        assert_eq!((&after["emails"], changed), (&json!([home]), true), "{value}");
    }
}

/// RFC 7643 section 2.4: a value and its type say which one it is; what is written beside them joins nothing.
#[test]
fn only_a_new_value_or_type_makes_two_values_one() {
    let emails = json!([
        {"value": "a@x", "type": "work", "display": "1"},
        {"value": "a@x", "type": "work", "display": "2"},
    ]);
    let before = json!({"schemas": [uri::USER], "userName": "a", "emails": emails});
    for (operation, expected) in [
        (json!({"op": "replace", "path": "emails[display eq \"1\"].display", "value": "3"}), Some("3")),
        (json!({"op": "remove", "path": "emails[display eq \"1\"].display"}), None),
    ] {
        let after = apply("User", before.clone(), &json!([operation]), &Profile::strict()).unwrap();
        let mut first = json!({"value": "a@x", "type": "work"});
        if let Some(display) = expected {
            first["display"] = json!(display);
        }
        assert_eq!(after["emails"], json!([first, {"value": "a@x", "type": "work", "display": "2"}]));
    }
}

#[test]
fn a_filter_that_compares_otherwise_describes_no_value() {
    let profile = Profile::strict().with(Tolerance::PatchAddCreatesElement);
    let before = json!({"schemas": [uri::USER], "userName": "a"});
    for filter in ["type sw \"work\"", "type ne \"work\"", "type eq \"work\" and display co \"W\""] {
        let operations = json!([{"op": "add", "path": format!("emails[{filter}].value"), "value": "w@x"}]);
        let error = apply("User", before.clone(), &operations, &profile).unwrap_err();
        assert_eq!(error.scim_type().unwrap().to_string(), "noTarget", "{filter}");
    }
}

#[test]
fn a_patch_that_is_put_together_is_the_one_of_the_wire() {
    let built = Patch::default()
        .add("nickName".parse::<PatchPath>().unwrap(), "n")
        .replace("title".parse::<PatchPath>().unwrap(), "t")
        .remove("locale".parse::<PatchPath>().unwrap());
    let operations = json!([
        {"op": "add", "path": "nickName", "value": "n"},
        {"op": "replace", "path": "title", "value": "t"},
        {"op": "remove", "path": "locale"},
    ]);
    let body = json!({"schemas": [uri::PATCH_OP], "Operations": operations});
    assert_eq!(built, Patch::from_json(body, &Profile::strict(), &mut Fired::default()).unwrap());
}

#[test]
fn a_message_is_read_from_text_and_written_with_what_it_has() {
    for operation in [
        json!({"op": "add", "value": {"title": "Head"}}),
        json!({"op": "add", "path": "title", "value": "Head"}),
        json!({"op": "remove", "path": "title"}),
    ] {
        let body = json!({"schemas": [uri::PATCH_OP], "Operations": [operation]});
        let patch = Patch::from_text(&body.to_string(), &Profile::strict(), &mut Fired::default()).unwrap();
        assert_eq!(patch, Patch::from_json(body.clone(), &Profile::strict(), &mut Fired::default()).unwrap());
        let text = serde_json::to_string(&patch).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), body, "{text}");
    }
    let bare = PatchOperation { op: PatchOp::Remove, path: None, value: None };
    assert_eq!(serde_json::to_string(&bare).unwrap(), r#"{"op":"remove"}"#);
    let cut = Patch::from_text("{", &Profile::strict(), &mut Fired::default()).unwrap_err();
    assert_eq!(cut.scim_type().unwrap().as_str(), "invalidSyntax");
}

#[test]
fn a_value_that_is_said_not_to_be_primary_leaves_the_primary_one() {
    let emails = json!([{"value": "a@x", "primary": true}, {"value": "b@x"}]);
    let before = json!({"schemas": [uri::USER], "userName": "a", "emails": emails});
    let path = r#"emails[value eq "b@x"].primary"#;
    let operations = json!([{"op": "add", "path": path, "value": false}]);
    let after = apply("User", before, &operations, &Profile::strict()).unwrap();
    assert_eq!(
        after["emails"],
        json!([{"value": "a@x", "primary": true}, {"value": "b@x", "primary": false}])
    );
}
