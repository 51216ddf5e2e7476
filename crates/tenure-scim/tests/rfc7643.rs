//! Statements of RFC 7643 that concern schemas and resources, one test each, and its examples.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "tests"
)]

use serde_json::{Value, json};
use tenure_scim::resource::check_id;
use tenure_scim::schema::{AttributeType, Mutability, Returned, Uniqueness};
use tenure_scim::typed::{Group, Reference, User};
use tenure_scim::validate::{Unknown, ValidateOptions};
use tenure_scim::{
    AttrName, AttrPath, Attribute, Patch, Resource, ResourceSchema, ResourceType, Schema, SchemaRegistry,
    ScimDateTime, ScimError, ScimType, uri,
};

fn registry() -> SchemaRegistry {
    SchemaRegistry::builtin()
}

fn attribute(resource: &str, path: &str) -> Attribute {
    registry().resource(resource).unwrap().attribute(&path.parse().unwrap()).unwrap().clone()
}

fn resource(value: Value) -> Resource {
    Resource::from_json(value).unwrap()
}

fn user(more: Value) -> Resource {
    let mut value = json!({ "schemas": [uri::USER], "userName": "anna" });
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    resource(value)
}

fn create(kind: &str, body: &Resource) -> Result<Resource, ScimError> {
    registry().resource(kind).unwrap().validate_create(body)
}

/// A resource type with one attribute.
fn thing(
    attribute: Value,
) -> (SchemaRegistry, impl Fn(&SchemaRegistry, Value) -> Result<Resource, ScimError>) {
    let mut registry = SchemaRegistry::new();
    let schema = Schema::from_json(json!({ "id": "urn:x:Thing", "attributes": [attribute] })).unwrap();
    registry.add_schema(schema);
    registry
        .add_resource_type(ResourceType::new("Thing", "/Things", "urn:x:Thing".parse().unwrap()))
        .unwrap();
    let create = |registry: &SchemaRegistry, value: Value| {
        let text = format!(r#"{{"schemas":["urn:x:Thing"],"a":{value}}}"#);
        registry.resource("Thing").unwrap().validate_create(&text.parse().unwrap())
    };
    (registry, create)
}

#[test]
fn s01_2_1_attribute_names_are_case_insensitive() {
    let anna =
        resource(json!({ "schemas": [uri::USER], "USERNAME": "anna", "EMAILS": [{ "Value": "a@x" }] }));
    assert_eq!(anna.text("userName"), Some("anna"));
    let created = create("User", &anna).unwrap();
    assert_eq!(created.to_json()["emails"][0]["value"], "a@x");
    assert!(r#"{"userName":"a","username":"b"}"#.parse::<Resource>().is_err());
}

#[test]
fn s02_2_1_names_have_letters_digits_and_three_signs() {
    for name in ["a", "a1", "a-b", "a_b", "a$", "$ref", "A9-_$"] {
        assert!(AttrName::parse(name).is_ok(), "{name}");
    }
    for name in ["", "1a", "-a", "_a", "$", "$$a", "$1", "a.b", "a b", "ä", "a\n"] {
        assert!(AttrName::parse(name).is_err(), "{name}");
    }
    assert!(AttrPath::parse("members.$ref").is_ok());
    assert!(
        ["", ".a", "a.", "a.b.c", "urn:x:", ":a", "a:b c", "urn:x y:a"]
            .iter()
            .all(|p| AttrPath::parse(p).is_err())
    );
}

#[test]
fn s03_2_2_missing_characteristics_have_defaults() {
    let schema = Schema::from_json(json!({ "id": "urn:x:y", "attributes": [{ "name": "a" }] })).unwrap();
    let a = &schema.attributes[0];
    assert_eq!(
        (a.kind, a.multi_valued, a.required, a.case_exact, a.mutability, a.returned, a.uniqueness),
        (
            AttributeType::String,
            false,
            false,
            false,
            Mutability::ReadWrite,
            Returned::Default,
            Uniqueness::None
        )
    );
}

#[test]
fn s04_2_3_4_an_integer_has_no_fraction_and_no_exponent() {
    let (registry, create) = thing(json!({ "name": "a", "type": "integer" }));
    for (text, right) in
        [("1", true), ("-0", true), ("123456789012345678901234567890", true), ("1.0", false), ("1e3", false)]
    {
        let body = format!(r#"{{"schemas":["urn:x:Thing"],"a":{text}}}"#);
        let found = registry.resource("Thing").unwrap().validate_create(&body.parse().unwrap());
        assert_eq!(found.is_ok(), right, "{text}");
    }
    assert!(create(&registry, json!("1")).is_err());
}

#[test]
fn s04_2_3_3_a_decimal_has_digits_on_both_sides() {
    let (registry, create) = thing(json!({ "name": "a", "type": "decimal" }));
    assert!(create(&registry, json!(1.5)).is_ok() && create(&registry, json!(2)).is_ok());
    assert!(r#"{"a":1.}"#.parse::<Resource>().is_err() && r#"{"a":.5}"#.parse::<Resource>().is_err());
}

#[test]
fn s05_2_3_5_the_zone_of_a_date_time_is_optional() {
    let (registry, create) = thing(json!({ "name": "a", "type": "dateTime" }));
    for text in [
        "2008-01-23T04:56:22Z",
        "2008-01-23T04:56:22",
        "2008-01-23T04:56:22.5+02:00",
        "-0044-03-15T12:00:00Z",
    ] {
        assert!(create(&registry, json!(text)).is_ok(), "{text}");
    }
    for text in ["2008-01-23", "04:56:22Z", "2008-01-23 04:56:22Z", "2008-01-23T04:56Z", ""] {
        assert!(create(&registry, json!(text)).is_err(), "{text}");
    }
    let time = |text: &str| text.parse::<ScimDateTime>().unwrap();
    assert!(time("2008-01-23T04:56:22") < time("2008-01-23T20:56:22Z"));
    assert_eq!(time("2008-01-23T04:56:22").partial_cmp(&time("2008-01-23T04:56:22Z")), None);
}

#[test]
fn s06_2_3_6_binary_is_base64_with_optional_padding_and_case_exact() {
    let (registry, create) = thing(json!({ "name": "a", "type": "binary" }));
    assert!(create(&registry, json!("Zm8=")).is_ok() && create(&registry, json!("Zm8")).is_ok());
    assert!(create(&registry, json!("no base64!")).is_err());
    assert!(attribute("User", "x509Certificates.value").is_case_exact());
}

#[test]
fn s07_2_3_7_references_are_case_exact_and_may_be_relative() {
    let reference = attribute("User", "groups.$ref");
    assert!(!reference.case_exact && reference.is_case_exact(), "the JSON of section 8.7.1 says false");
    assert!(create("User", &user(json!({ "profileUrl": "Users/1" }))).is_ok());
}

#[test]
fn s08_2_3_8_complex_holds_no_complex_and_may_hold_many_simple_values() {
    let schema = |kind: &str| {
        Schema::from_json(json!({ "id": "urn:x:y", "attributes": [{ "name": "a", "type": "complex",
            "subAttributes": [{ "name": "b", "type": kind, "multiValued": true }] }] }))
    };
    assert!(schema("complex").is_err() && schema("string").is_ok());
    let (registry, create) = thing(json!({ "name": "a", "type": "complex", "subAttributes": [
        { "name": "b", "type": "string", "multiValued": true }] }));
    assert!(create(&registry, json!({ "b": ["x", "y"] })).is_ok());
    assert!(create(&registry, json!({ "b": [["x"]] })).is_err());
}

#[test]
fn s09_2_4_at_most_one_value_is_primary() {
    let emails = |first: bool, second: bool| {
        user(json!({ "emails": [{ "value": "a", "primary": first }, { "value": "b", "primary": second }] }))
    };
    assert!(create("User", &emails(true, false)).is_ok() && create("User", &emails(false, false)).is_ok());
    assert_eq!(create("User", &emails(true, true)).unwrap_err().scim_type(), Some(&ScimType::InvalidValue));
}

#[test]
fn s10_2_4_a_patch_that_replaces_keeps_the_same_type_and_value_once() {
    let registry = registry();
    let users = registry.resource("User").unwrap();
    for n in [2, 40] {
        let mut emails: Vec<_> =
            (0..n).map(|i| json!({ "value": format!("e{i}@x.org"), "type": "work" })).collect();
        let once = user(json!({ "emails": emails }));
        emails.push(json!({ "value": "E0@X.ORG", "type": "WORK" }));
        let replace =
            Patch::default().replace("emails".parse::<tenure_scim::PatchPath>().unwrap(), json!(emails));
        let mut stored = user(json!({ "emails": [{ "value": "old@x.org" }] }));
        assert!(replace.apply(&mut stored, users).unwrap().changed);
        assert_eq!(stored, once);
        assert!(!replace.apply(&mut stored, users).unwrap().changed);
    }
    // Without a `value` nothing says that two are the same.
    let two = json!([{ "type": "work", "locality": "Bonn" }, { "type": "work", "locality": "Ulm" }]);
    let replace =
        Patch::default().replace("addresses".parse::<tenure_scim::PatchPath>().unwrap(), two.clone());
    let mut stored = user(json!({}));
    replace.apply(&mut stored, users).unwrap();
    assert_eq!(stored, user(json!({ "addresses": two })));
}

#[test]
fn s10_2_4_values_that_a_patch_makes_equal_become_one() {
    let registry = registry();
    let users = registry.resource("User").unwrap();
    let check = |emails: Value, operation: Value, expected: Value| {
        let patch: Patch =
            serde_json::from_value(json!({ "schemas": [uri::PATCH_OP], "Operations": [operation] })).unwrap();
        let mut stored = user(json!({ "emails": emails }));
        assert!(patch.apply(&mut stored, users).unwrap().changed);
        assert_eq!(stored, user(json!({ "emails": expected })), "{patch:?}");
    };
    let a = json!({ "value": "a@x.org", "type": "work", "display": "A" });
    let b = json!({ "value": "b@x.org", "type": "work", "primary": true });
    let both = json!([a, b]);
    let one = json!([{ "value": "A@x.org", "type": "work", "display": "A", "primary": true }]);

    // The changed one stays, with what the other had and it has not.
    check(
        both.clone(),
        json!({ "op": "replace", "path": "emails[primary eq true].value", "value": "A@x.org" }),
        one,
    );
    // What both say is taken from the changed one; without a filter all are changed, and the first stays.
    check(
        both.clone(),
        json!({ "op": "replace", "path": "emails[value eq \"b@x.org\"]", "value": {
            "value": "a@x.org", "type": "Work", "display": "B" } }),
        json!([{ "value": "a@x.org", "type": "Work", "display": "B" }]),
    );
    check(
        both.clone(),
        json!({ "op": "replace", "path": "emails.value", "value": "c@x.org" }),
        json!([{ "value": "c@x.org", "type": "work", "display": "A", "primary": true }]),
    );
    // So do types that become equal or go.
    let home = json!([a, { "value": "a@x.org", "type": "home" }, { "value": "a@x.org" }]);
    check(
        home.clone(),
        json!({ "op": "add", "path": "emails[type eq \"home\"].type", "value": "work" }),
        json!([a, { "value": "a@x.org" }]),
    );
    check(
        home,
        json!({ "op": "remove", "path": "emails.type" }),
        json!([{ "value": "a@x.org", "display": "A" }]),
    );
    // Values of many, and one of many.
    let many: Vec<_> = (0..40).map(|i| json!({ "value": format!("e{i}@x.org"), "type": "work" })).collect();
    check(
        json!(many),
        json!({ "op": "replace", "path": "emails.value", "value": "e@x.org" }),
        json!([{ "value": "e@x.org", "type": "work" }]),
    );
    check(
        json!(many),
        json!({ "op": "replace", "path": "emails[value eq \"e7@x.org\"].value", "value": "E39@X.ORG" }),
        json!([&many[..7], &many[8..39], &[json!({ "value": "E39@X.ORG", "type": "work" })]].concat()),
    );
}

#[test]
fn s10_2_4_one_value_may_have_two_types() {
    let body =
        user(json!({ "emails": [{ "value": "a", "type": "work" }, { "value": "a", "type": "home" }] }));
    assert_eq!(create("User", &body).unwrap(), body);
}

#[test]
fn s10_2_4_the_same_type_and_value_are_kept_once() {
    let twice = |n: usize| {
        let emails: Vec<_> =
            (0..n).map(|i| json!({ "value": format!("e{i}@x.org"), "type": "work" })).collect();
        let mut all = emails.clone();
        all.insert(n - 1, json!({ "value": "E0@X.ORG", "type": "WORK", "display": "again" }));
        (user(json!({ "emails": all })), user(json!({ "emails": emails })))
    };
    let registry = registry();
    let users = registry.resource("User").unwrap();
    for n in [2, 40] {
        let (body, once) = twice(n);
        let validated = users.validate_create_with(&body, &ValidateOptions::default()).unwrap();
        assert_eq!(validated.resource, once);
        assert_eq!(validated.ignored, [format!("emails[{}]", n - 1)]);
    }
    // The add of PATCH finds the value that is there.
    let (_, mut stored) = twice(2);
    let same: Patch = serde_json::from_value(json!({"schemas": [uri::PATCH_OP], "Operations": [
        {"op": "add", "path": "emails", "value": [{"type": "work", "value": "e1@x.org"}]}
    ]}))
    .unwrap();
    assert!(!same.apply(&mut stored, users).unwrap().changed);
}

#[test]
fn s11_2_4_references_with_and_without_version_are_equivalent() {
    let same = |a: &str, b: &str| Reference::from(a).points_where(&Reference::from(b));
    assert!(same("https://example.com/Users/12345", "https://example.com/v2/Users/12345"));
    assert!(same("https://example.com/scim/v2/Users/1", "https://example.com/scim/v3/Users/1"));
    assert!(same("/Users/1", "/v2/Users/1") && same("Users/1", "Users/1"));
    assert!(!same("https://example.com/Users/1", "https://example.org/Users/1"));
    assert!(!same("/Users/v2", "/Users/v3") && !same("/Users/A", "/Users/a"));
}

#[test]
fn s12_2_5_absent_null_and_empty_are_one_state_and_three_instructions() {
    let (absent, null) = (user(json!({})), user(json!({ "title": null, "emails": [] })));
    assert_eq!(absent, null);
    assert_ne!(absent.to_text(), null.to_text());
    let stored = user(json!({ "password": "old" }));
    let users = registry();
    let replace = |body: &Resource| users.resource("User").unwrap().validate_replace(&stored, body).unwrap();
    assert_eq!(replace(&absent).text("password"), Some("old"), "a write-only value that is absent stays");
    assert!(replace(&user(json!({ "password": null }))).attr("password").is_none());
}

#[test]
fn s13_3_schemas_is_required_and_fits_the_resource_type() {
    for schemas in [json!(null), json!([]), json!([uri::GROUP]), json!([uri::USER, uri::USER])] {
        let error = create("User", &user(json!({ "schemas": schemas }))).unwrap_err();
        assert_eq!(error.scim_type(), Some(&ScimType::InvalidSyntax));
    }
    let both = user(json!({ "schemas": [uri::ENTERPRISE_USER, uri::USER] }));
    assert!(create("User", &both).is_ok(), "the order does not count");
    let refuse = ValidateOptions::default().with_unknown(Unknown::Refuse);
    let other = user(json!({ "schemas": [uri::USER, "urn:x:y"] }));
    assert!(registry().resource("User").unwrap().validate_create_with(&other, &refuse).is_err());
}

#[test]
fn s14_3_1_id_is_always_returned_case_exact_and_of_the_service_provider() {
    let id = attribute("User", "id");
    assert_eq!(
        (id.case_exact, id.mutability, id.returned, id.uniqueness),
        (true, Mutability::ReadOnly, Returned::Always, Uniqueness::Server)
    );
    assert_eq!(create("User", &user(json!({ "id": "mine" }))).unwrap().id(), None);
}

#[test]
fn s14_3_1_no_id_has_the_reserved_word() {
    check_id("2819c223").unwrap();
    for id in ["bulkId", "bulkId:1", "x-bulkId-y", ""] {
        assert_eq!(check_id(id).unwrap_err().status(), 400, "{id}");
    }
}

#[test]
fn s15_3_1_external_id_is_case_exact_and_of_the_client() {
    let external = attribute("Group", "externalId");
    assert_eq!(
        (external.case_exact, external.mutability, external.uniqueness),
        (true, Mutability::ReadWrite, Uniqueness::None)
    );
    assert_eq!(create("User", &user(json!({ "externalId": "A1" }))).unwrap().external_id(), Some("A1"));
}

#[test]
fn s16_3_1_meta_of_a_client_is_ignored() {
    let body = user(json!({ "meta": { "created": "2001-01-01T00:00:00Z", "version": "W/\"1\"" } }));
    assert!(create("User", &body).unwrap().meta().is_none());
    assert!(attribute("User", "meta.version").case_exact, "weak tags carry an upper-case `W/`");
}

#[test]
fn s17_3_3_extension_attributes_lie_under_their_urn() {
    let body = user(
        json!({ "schemas": [uri::USER, uri::ENTERPRISE_USER], uri::ENTERPRISE_USER: { "department": "IT" } }),
    );
    let department: AttrPath = format!("{}:department", uri::ENTERPRISE_USER).parse().unwrap();
    assert_eq!(create("User", &body).unwrap().get(&department).and_then(|v| v.as_str()), Some("IT"));
    assert!(body.text("department").is_none());
    let base: AttrPath = format!("{}:userName", uri::USER).parse().unwrap();
    assert_eq!(body.get(&base).and_then(|v| v.as_str()), Some("anna"));
}

#[test]
fn s18_4_1_1_a_password_is_written_and_never_returned() {
    let password = attribute("User", "password");
    assert_eq!((password.mutability, password.returned), (Mutability::WriteOnly, Returned::Never));
}

#[test]
fn s19_4_1_1_user_name_is_required_and_not_empty() {
    let name = attribute("User", "userName");
    assert!(name.required && !name.is_case_exact() && name.uniqueness == Uniqueness::Server);
    for name in [json!(null), json!("")] {
        let error = create("User", &user(json!({ "userName": name }))).unwrap_err();
        assert_eq!(error.scim_type(), Some(&ScimType::InvalidValue));
    }
}

#[test]
fn s20_4_1_2_groups_of_a_user_are_read_only() {
    let body = user(json!({ "groups": [{ "value": "1" }] }));
    assert!(create("User", &body).unwrap().attr("groups").is_none());
    let stored = user(json!({ "groups": [{ "value": "1" }] }));
    let users = registry();
    let replaced =
        users.resource("User").unwrap().validate_replace(&stored, &user(json!({ "groups": [] }))).unwrap();
    assert_eq!(replaced, stored);
}

#[test]
fn s21_4_2_the_name_of_a_group_is_required_and_its_members_are_immutable() {
    let group =
        resource(json!({ "schemas": [uri::GROUP], "members": [{ "value": "1", "display": "Anna" }] }));
    assert!(create("Group", &group).is_err());
    let named = group.with("displayName", "Staff").unwrap();
    assert_eq!(create("Group", &named).unwrap(), named);
    assert_eq!(attribute("Group", "members").mutability, Mutability::ReadWrite);
    for sub in ["value", "$ref", "type", "display"] {
        assert_eq!(attribute("Group", &format!("members.{sub}")).mutability, Mutability::Immutable);
    }
}

#[test]
fn s22_5_the_limits_of_a_service_provider_are_required() {
    for path in [
        "patch.supported",
        "bulk.supported",
        "bulk.maxOperations",
        "bulk.maxPayloadSize",
        "filter.supported",
        "filter.maxResults",
        "changePassword.supported",
        "sort.supported",
        "etag.supported",
        "authenticationSchemes",
    ] {
        assert!(attribute("ServiceProviderConfig", path).required, "{path}");
    }
}

#[test]
fn s23_6_a_required_extension_is_required_with_what_it_requires() {
    let mut registry = registry();
    let ext = json!({ "id": "urn:x:E", "attributes": [{ "name": "a", "required": true }, { "name": "b" }] });
    registry.add_schema(Schema::from_json(ext).unwrap());
    let kind = ResourceType::new("User", "/Users", uri::USER.parse().unwrap());
    registry.add_resource_type(kind.with_extension("urn:x:E".parse().unwrap(), true)).unwrap();
    let users = registry.resource("User").unwrap();
    assert!(users.validate_create(&user(json!({}))).is_err());
    assert!(users.validate_create(&user(json!({ "urn:x:E": { "b": "1" } }))).is_err());
    let right = users.validate_create(&user(json!({ "urn:x:E": { "a": "1" } }))).unwrap();
    assert!(right.has_schema("urn:x:E"), "an extension in use is listed");
}

#[test]
fn s24_7_binary_is_a_type() {
    assert!(attribute("Schema", "attributes.type").canonical_values.contains(&"binary".to_owned()));
    assert_eq!(attribute("User", "x509Certificates.value").kind, AttributeType::Binary);
}

#[test]
fn s25_7_a_conflict_is_409_with_uniqueness() {
    let error = ScimError::uniqueness("`userName` is in use");
    assert_eq!((error.status(), error.scim_type()), (409, Some(&ScimType::Uniqueness)));
}

fn examples() -> [(&'static str, &'static str); 5] {
    [
        ("User", include_str!("data/rfc7643/minimal_user.json")),
        ("User", include_str!("data/rfc7643/full_user.json")),
        ("User", include_str!("data/rfc7643/enterprise_user.json")),
        ("Group", include_str!("data/rfc7643/group.json")),
        ("ServiceProviderConfig", include_str!("data/rfc7643/service_provider_config.json")),
    ]
}

fn undefined(schema: &ResourceSchema, resource: &Resource) -> Vec<String> {
    let options = ValidateOptions::default().with_unknown(Unknown::Refuse);
    match schema.validate_create_with(resource, &options) {
        Ok(validated) => validated.ignored,
        Err(error) => vec![error.to_string()],
    }
}

#[test]
fn examples_of_section_8_parse_validate_and_round_trip() {
    let registry = registry();
    for (kind, text) in examples() {
        let example: Resource = text.parse().unwrap();
        let schema = registry.resource(kind).unwrap();
        let json: Value = serde_json::from_str(text).unwrap();
        assert_eq!(example.to_json(), json);
        assert_eq!(example.to_text().parse::<Resource>().unwrap().to_text(), example.to_text());
        for path in undefined(schema, &example) {
            let attribute = schema.attribute(&path.parse().unwrap());
            assert_eq!(attribute.map(|a| a.mutability), Some(Mutability::ReadOnly), "{path}");
        }
        // What the service provider stores is what the example shows: read-only values come from there.
        if kind != "ServiceProviderConfig" {
            assert_eq!(schema.validate_replace(&example, &example).unwrap(), example);
        }
    }
}

#[test]
fn examples_of_section_8_are_users_and_groups() {
    for (kind, text) in examples() {
        let example: Resource = text.parse().unwrap();
        let back = match kind {
            "User" => Resource::from(User::try_from(&example).unwrap()),
            "Group" => Resource::from(Group::try_from(&example).unwrap()),
            _ => continue,
        };
        assert_eq!(back, example);
    }
    let full = User::try_from(&examples()[2].1.parse::<Resource>().unwrap()).unwrap();
    assert_eq!(full.enterprise.unwrap().manager.unwrap().display_name.as_deref(), Some("John Smith"));
}

#[test]
fn resource_types_of_section_8_6_are_read() {
    let types: Vec<Value> = serde_json::from_str(include_str!("data/rfc7643/resource_types.json")).unwrap();
    let mut registry = registry();
    for value in types {
        let read = ResourceType::from_json(value.clone()).unwrap();
        let mut written = read.to_json();
        written["meta"] = value["meta"].clone();
        assert_eq!(written, value);
        registry.add_resource_type(read).unwrap();
    }
    assert_eq!(registry.resource("User").unwrap().extensions().map(|(_, r)| r).collect::<Vec<_>>(), [true]);
}
