#![expect(clippy::needless_pass_by_value, reason = "`json!` makes values")]

use serde_json::{Value, json};

use super::{Canonical, Unknown, ValidateOptions};
use crate::error::ScimError;
use crate::resource::Resource;
use crate::schema::{ResourceSchema, ResourceType, Schema, SchemaRegistry};
use crate::uri;

const BADGE: &str = "urn:example:schemas:2.0:Badge";
const ACCESS: &str = "urn:example:schemas:2.0:Access";

fn badges() -> SchemaRegistry {
    let mut registry = SchemaRegistry::builtin();
    registry.add_schema(
        Schema::from_json(json!({ "id": BADGE, "attributes": [
            { "name": "number", "type": "integer", "required": true },
            { "name": "weight", "type": "decimal" },
            { "name": "active", "type": "boolean" },
            { "name": "issued", "type": "dateTime", "mutability": "immutable" },
            { "name": "image", "type": "binary" },
            { "name": "pin", "type": "string", "mutability": "writeOnly", "returned": "never" },
            { "name": "state", "type": "string", "mutability": "readOnly" },
            { "name": "owner", "type": "complex", "subAttributes": [
                { "name": "value", "type": "string", "mutability": "immutable" },
                { "name": "display", "type": "string", "mutability": "readOnly" },
                { "name": "since", "type": "dateTime" }] },
            { "name": "doors", "type": "complex", "multiValued": true, "subAttributes": [
                { "name": "value", "type": "string", "required": true, "caseExact": true },
                { "name": "type", "type": "string", "canonicalValues": ["inner", "outer"] },
                { "name": "label", "type": "string", "mutability": "readOnly" },
                { "name": "primary", "type": "boolean" }] },
            { "name": "tags", "type": "string", "multiValued": true },
        ]}))
        .unwrap(),
    );
    registry.add_schema(
        Schema::from_json(json!({ "id": ACCESS, "attributes": [
            { "name": "level", "type": "integer", "required": true },
            { "name": "granted", "type": "dateTime", "mutability": "readOnly" },
        ]}))
        .unwrap(),
    );
    let badge = ResourceType::new("Badge", "/Badges", BADGE.parse().unwrap());
    registry.add_resource_type(badge.with_extension(ACCESS.parse().unwrap(), false)).unwrap();
    registry
}

fn resource(value: Value) -> Resource {
    Resource::from_json(value).unwrap()
}

fn badge(more: Value) -> Resource {
    let mut value = json!({ "schemas": [BADGE], "number": 1 });
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    resource(value)
}

fn create(schema: &ResourceSchema, body: &Resource) -> Result<Value, String> {
    schema.validate_create(body).map(|r| r.to_json()).map_err(message)
}

fn message(error: ScimError) -> String {
    let kind = error.scim_type().map_or(String::new(), |t| format!("{t}: "));
    format!("{kind}{}", error.detail())
}

#[test]
fn values_have_the_type_of_their_attribute() {
    let registry = badges();
    let schema = registry.resource("Badge").unwrap();
    for (more, expected) in [
        (
            json!({ "number": 1.0 }),
            "expected a whole number without fraction and exponent for `number`, found `1.0`",
        ),
        (
            json!({ "number": "1" }),
            "expected a whole number without fraction and exponent for `number`, found `1`",
        ),
        (json!({ "weight": "1" }), "expected a number for `weight`, found `1`"),
        (json!({ "active": "true" }), "expected a boolean for `active`, found `true`"),
        (
            json!({ "issued": "2011-05-13" }),
            "expected a dateTime such as `2011-05-13T04:42:34Z` for `issued`, found `2011-05-13`",
        ),
        (json!({ "image": "x y" }), "expected base64 for `image`, found `x y`"),
        (json!({ "tags": "one" }), "expected an array for `tags`, found string"),
        (json!({ "tags": [1] }), "expected a string for `tags[0]`, found `1`"),
        (json!({ "tags": [null] }), "expected a string for `tags[0]`, found null"),
        (json!({ "pin": ["1"] }), "expected a string for `pin`, found array"),
        (json!({ "owner": "anna" }), "expected an object for `owner`, found `anna`"),
        (
            json!({ "owner": { "since": 1 } }),
            "expected a dateTime such as `2011-05-13T04:42:34Z` for `owner.since`, found `1`",
        ),
        (json!({ "doors": [{ "value": "a" }, "b"] }), "expected an object for `doors[1]`, found `b`"),
        (
            json!({ "doors": [{ "type": "inner" }] }),
            "expected a value for the required attribute `doors[0].value`, found none",
        ),
        (json!({ "number": null }), "expected a value for the required attribute `number`, found none"),
        (
            json!({ ACCESS: { "level": "x" } }),
            "expected a whole number without fraction and exponent for `urn:example:schemas:2.0:Access:level`, found `x`",
        ),
        (
            json!({ ACCESS: { "granted": "x" } }),
            "expected a value for the required attribute `urn:example:schemas:2.0:Access:level`, found none",
        ),
        (
            json!({ ACCESS: [1] }),
            "expected an object for extension `urn:example:schemas:2.0:Access`, found array",
        ),
    ] {
        assert_eq!(create(schema, &badge(more)).unwrap_err(), format!("invalidValue: {expected}"));
    }
    let right = json!({ "weight": 1, "active": false, "issued": "2011-05-13T04:42:34", "image": "Zg", "tags": ["a"] });
    assert!(create(schema, &badge(right)).is_ok());
}

#[test]
fn create_gives_the_resource_in_the_form_of_the_schema() {
    let registry = badges();
    let schema = registry.resource("Badge").unwrap();
    let body = badge(json!({
        "TAGS": ["a"], "id": "x", "meta": {}, "state": "lost", "weight": null, "doors": [],
        "owner": { "VALUE": "7", "display": "Anna", "since": null },
        "colour": "red", "urn:other": { "a": 1 },
        "urn:EXAMPLE:schemas:2.0:access": { "level": 3, "granted": "never", "extra": true },
    }));
    let validated = schema.validate_create_with(&body, &ValidateOptions::default()).unwrap();
    let expected = json!({
        "schemas": [BADGE, ACCESS], "number": 1, "owner": { "value": "7" }, "tags": ["a"],
        ACCESS: { "level": 3 },
    });
    assert_eq!(validated.resource.to_json(), expected);
    let mut ignored = validated.ignored;
    ignored.sort();
    let expected = [
        "colour",
        "id",
        "meta",
        "owner.display",
        "state",
        "urn:example:schemas:2.0:Access:extra",
        "urn:example:schemas:2.0:Access:granted",
        "urn:other",
    ];
    assert_eq!(ignored, expected);
}

#[test]
fn unknown_attributes_are_kept_or_refused_on_request() {
    let registry = badges();
    let schema = registry.resource("Badge").unwrap();
    let body = badge(json!({ "colour": "red", "owner": { "shoe": 43 } }));
    let keep = ValidateOptions::default().with_unknown(Unknown::Keep);
    assert_eq!(schema.validate_create_with(&body, &keep).unwrap().resource, body);
    let refuse = ValidateOptions::default().with_unknown(Unknown::Refuse);
    let error = schema.validate_create_with(&body, &refuse).unwrap_err();
    assert_eq!(message(error), "invalidSyntax: resource type `Badge` does not have attribute `owner.shoe`");
}

#[test]
fn canonical_values_are_suggestions_unless_enforced() {
    let registry = badges();
    let schema = registry.resource("Badge").unwrap();
    let enforce = ValidateOptions::default().with_canonical(Canonical::Enforce);
    let door = |kind: &str| badge(json!({ "doors": [{ "value": "a", "type": kind }] }));
    assert!(schema.validate_create(&door("side")).is_ok());
    assert!(schema.validate_create_with(&door("INNER"), &enforce).is_ok());
    let error = schema.validate_create_with(&door("side"), &enforce).unwrap_err();
    assert_eq!(message(error), "invalidValue: expected `inner`, `outer` for `doors[0].type`, found `side`");
}

fn stored() -> Resource {
    badge(json!({
        "id": "7", "meta": { "version": "1" }, "state": "good", "pin": "hash", "issued": "2011-05-13T04:42:34Z",
        "tags": ["a"], "owner": { "value": "9", "display": "Anna", "since": "2020-01-01T00:00:00Z" },
        "doors": [{ "value": "a", "label": "Door A" }, { "value": "b", "label": "Door B", "type": "inner" }],
        ACCESS: { "level": 3, "granted": "2020-01-01T00:00:00Z" },
    }))
}

fn replace(more: Value) -> Result<Value, String> {
    let registry = badges();
    let schema = registry.resource("Badge").unwrap();
    schema.validate_replace(&stored(), &badge(more)).map(|r| r.to_json()).map_err(message)
}

#[test]
fn replace_keeps_what_a_client_cannot_write_and_clears_the_rest() {
    let expected = json!({
        "schemas": [BADGE, ACCESS], "id": "7", "meta": { "version": "1" }, "number": 1, "state": "good", "pin": "hash",
        "issued": "2011-05-13T04:42:34Z", ACCESS: { "granted": "2020-01-01T00:00:00Z" },
    });
    assert_eq!(replace(json!({})).unwrap(), expected);

    let changed = replace(json!({ "pin": "new", "id": "8", "state": "bad", "number": 2 })).unwrap();
    assert_eq!(
        (&changed["pin"], &changed["id"], &changed["state"], &changed["number"]),
        (&json!("new"), &json!("7"), &json!("good"), &json!(2))
    );
    assert_eq!(replace(json!({ "pin": null })).unwrap().get("pin"), None);
}

#[test]
fn replace_refuses_another_value_for_an_immutable_attribute() {
    let same = replace(json!({ "issued": "2011-05-13T06:42:34+02:00" })).unwrap();
    assert_eq!(same["issued"], "2011-05-13T04:42:34Z");
    for (more, path) in [
        (json!({ "issued": "2012-05-13T04:42:34Z" }), "issued"),
        (json!({ "issued": null }), "issued"),
        (json!({ "owner": { "value": "10" } }), "owner.value"),
    ] {
        assert_eq!(
            replace(more).unwrap_err(),
            format!("mutability: `{path}` is immutable and has another value")
        );
    }
}

#[test]
fn replace_keeps_read_only_parts_only_beside_an_unchanged_value() {
    let all = replace(json!({
        "owner": { "value": "9", "since": "2021-01-01T00:00:00Z" },
        "doors": [{ "value": "b", "type": "INNER" }, { "value": "a", "type": "outer" }, { "value": "c", "label": "x" }],
    }))
    .unwrap();
    assert_eq!(all["owner"], json!({ "value": "9", "since": "2021-01-01T00:00:00Z" }));
    let doors = json!([{ "value": "b", "type": "INNER", "label": "Door B" }, { "value": "a", "type": "outer" }, { "value": "c" }]);
    assert_eq!(all["doors"], doors);
    let owner = replace(json!({ "owner": { "value": "9", "since": "2020-01-01T01:00:00+01:00" } })).unwrap();
    assert_eq!(owner["owner"]["display"], "Anna");
}

#[test]
fn schemas_have_to_fit_the_resource_type() {
    let registry = SchemaRegistry::builtin();
    let schema = registry.resource("User").unwrap();
    let user = |schemas: Value| resource(json!({ "schemas": schemas, "userName": "anna" }));
    let base = "expected `urn:ietf:params:scim:schemas:core:2.0:User` in `schemas`, found none";
    for (schemas, expected) in [
        (json!(null), base),
        (json!([]), base),
        (json!([uri::ENTERPRISE_USER]), base),
        (json!(uri::USER), "expected an array of URIs for `schemas`, found string"),
        (json!([1]), "expected a URI in `schemas`, found number"),
        (
            json!([uri::USER, "urn:ietf:params:scim:schemas:core:2.0:USER"]),
            "expected every URI once in `schemas`, found `urn:ietf:params:scim:schemas:core:2.0:USER` twice",
        ),
    ] {
        assert_eq!(create(schema, &user(schemas)).unwrap_err(), format!("invalidSyntax: {expected}"));
    }
    let refuse = ValidateOptions::default().with_unknown(Unknown::Refuse);
    let error = schema.validate_create_with(&user(json!([uri::USER, "urn:x:y"])), &refuse).unwrap_err();
    assert_eq!(message(error), "invalidSyntax: resource type `User` does not have schema `urn:x:y`");
}

#[test]
fn display_and_primary_are_implied_for_members_and_addresses() {
    let registry = SchemaRegistry::builtin();
    let group = resource(json!({ "schemas": [uri::GROUP], "displayName": "Staff",
        "members": [{ "value": "1", "display": "Anna" }] }));
    let groups = registry.resource("Group").unwrap();
    assert_eq!(groups.validate_create(&group).unwrap(), group);
    let user = resource(json!({ "schemas": [uri::USER], "userName": "anna",
        "addresses": [{ "country": "DE", "primary": true }, { "country": "FR", "primary": true }] }));
    let error = create(registry.resource("User").unwrap(), &user).unwrap_err();
    assert_eq!(error, "invalidValue: expected at most one primary value in `addresses`, found 2");
}
