//! Where a tolerance, a schema or an extension ends: what PATCH refuses or leaves alone just beyond.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value, json};
use tenure_scim::{
    Fired, Patch, Profile, Resource, ResourceType, Schema, SchemaRegistry, ScimError, Tolerance, uri,
};

const FIRST: &str = "urn:x:First";
const SECOND: &str = "urn:x:Second";

/// A resource type with an extension that may go and one that may not; users as everywhere.
fn registry() -> SchemaRegistry {
    let mut registry = SchemaRegistry::builtin();
    let level = json!({"name": "level", "caseExact": true, "canonicalValues": ["Low", "High"]});
    for (id, attribute) in
        [("urn:x:Thing", level), (FIRST, json!({"name": "first"})), (SECOND, json!({"name": "second"}))]
    {
        registry.add_schema(Schema::from_json(json!({"id": id, "attributes": [attribute]})).unwrap());
    }
    let kind = ResourceType::new("Thing", "/Things", "urn:x:Thing".parse().unwrap())
        .with_extension(FIRST.parse().unwrap(), false)
        .with_extension(SECOND.parse().unwrap(), true);
    registry.add_resource_type(kind).unwrap();
    registry
}

fn apply(kind: &str, before: Value, operations: &Value, profile: &Profile) -> Result<Value, ScimError> {
    let mut resource = Resource::from_json(before).unwrap();
    let body = json!({"schemas": [uri::PATCH_OP], "Operations": operations});
    Patch::from_json(body, profile, &mut Fired::default())?.apply_with(
        &mut resource,
        registry().resource(kind).unwrap(),
        profile,
    )?;
    Ok(resource.to_json())
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
