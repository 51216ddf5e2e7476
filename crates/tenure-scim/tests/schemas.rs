//! The built-in schemas against the text of the RFC.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value, json};
use tenure_scim::validate::{Unknown, ValidateOptions};
use tenure_scim::{Resource, ResourceType, Schema, SchemaRegistry, SchemaUri, uri};

const RFC: &str = include_str!("data/rfc7643/schemas.json");

fn rfc_schemas() -> Vec<Value> {
    serde_json::from_str(RFC).unwrap()
}

/// The attribute at a dotted path in a schema as JSON.
fn attribute<'a>(schema: &'a mut Value, path: &str) -> &'a mut Value {
    let mut at = schema;
    for (depth, name) in path.split('.').enumerate() {
        let list = if depth == 0 { "attributes" } else { "subAttributes" };
        at = at[list].as_array_mut().unwrap().iter_mut().find(|a| a["name"] == name).unwrap();
    }
    at
}

fn drop_uniqueness_of_complex(attributes: &mut Value) {
    for attribute in attributes.as_array_mut().unwrap() {
        if attribute["type"] == "complex" {
            attribute.as_object_mut().unwrap().remove("uniqueness");
        }
        if attribute.get("subAttributes").is_some() {
            drop_uniqueness_of_complex(&mut attribute["subAttributes"]);
        }
    }
}

/// The verified errata that change a schema; see also the list of what section 5 and later RFCs add.
fn correct(schema: &mut Value) {
    let id = schema["id"].as_str().unwrap().to_owned();
    drop_uniqueness_of_complex(&mut schema["attributes"]); // 6004
    match id.as_str() {
        uri::GROUP => attribute(schema, "displayName")["required"] = json!(true), // 5368
        uri::USER => attribute(schema, "groups.$ref")["referenceTypes"] = json!(["Group"]), // 8471
        uri::ENTERPRISE_USER => attribute(schema, "manager.value")["caseExact"] = json!(true), // 8472
        uri::RESOURCE_TYPE => {
            attribute(schema, "schemaExtensions")["multiValued"] = json!(true); // 7522
            attribute(schema, "name")["uniqueness"] = json!("server"); // 8475
            attribute(schema, "endpoint")["uniqueness"] = json!("server"); // 8475
        }
        uri::SCHEMA => {
            let types =
                ["string", "complex", "boolean", "decimal", "integer", "dateTime", "reference", "binary"];
            attribute(schema, "attributes.type")["canonicalValues"] = json!(types); // 5606, 8435
            let simple: Vec<_> = types.into_iter().filter(|t| *t != "complex").collect();
            attribute(schema, "attributes.subAttributes.type")["canonicalValues"] = json!(simple); // 8415
            attribute(schema, "attributes.subAttributes.referenceTypes")["multiValued"] = json!(true); // 5607
        }
        _ => {}
    }
}

#[test]
fn rfc7643_8_7_schemas_mean_what_the_rfc_says_with_verified_errata() {
    let registry = SchemaRegistry::builtin();
    for mut expected in rfc_schemas() {
        correct(&mut expected);
        let id: SchemaUri = expected["id"].as_str().unwrap().parse().unwrap();
        let mut own = registry.schema(&id).unwrap().clone();
        if id == uri::SERVICE_PROVIDER_CONFIG {
            own.attributes.retain(|a| !["etag", "pagination", "securityEvents"].contains(&a.name.as_str()));
            let schemes = own.attributes.iter_mut().find(|a| a.name == "authenticationSchemes").unwrap();
            schemes.sub_attributes.retain(|a| a.name != "type");
        }
        assert_eq!(own, Schema::from_json(expected).unwrap(), "{id}");
    }
}

#[test]
fn schemas_and_resource_types_survive_json() {
    let registry = SchemaRegistry::builtin().with_devices();
    for schema in registry.schemas() {
        assert_eq!(Schema::from_json(schema.to_json()).unwrap(), *schema);
    }
    for resource in registry.resources() {
        let resource_type = resource.resource_type();
        assert_eq!(ResourceType::from_json(resource_type.to_json()).unwrap(), *resource_type);
    }
}

#[test]
fn the_discovery_resources_fit_their_own_schemas() {
    let registry = SchemaRegistry::builtin().with_devices();
    let schemas = registry.resource("Schema").unwrap();
    for schema in registry.schemas() {
        let resource = Resource::from_json(schema.to_json()).unwrap();
        assert!(resource.has_schema(uri::SCHEMA) && resource.id() == Some(schema.id.as_str()));
        for (name, _) in resource.attributes() {
            assert!(schemas.attribute(&name.parse().unwrap()).is_some(), "{name}");
        }
    }
}

#[test]
fn broken_schemas_are_refused() {
    for (schema, message) in [
        (json!({}), "missing field `id`"),
        (json!({ "id": "User" }), "`User` is no schema URI"),
        (json!({ "id": "urn:x", "attributes": [{ "name": "a b" }] }), "`a b` is no attribute name"),
        (json!({ "id": "urn:x", "attributes": [{ "name": "a", "type": "text" }] }), "unknown variant `text`"),
        (
            json!({ "id": "urn:x", "attributes": [{ "name": "a", "mutability": "RW" }] }),
            "unknown variant `RW`",
        ),
        (
            json!({ "id": "urn:x", "attributes": [{ "name": "a" }, { "name": "A" }] }),
            "attribute `A` occurs twice in schema `urn:x`",
        ),
        (
            json!({ "id": "urn:x", "attributes": [{ "name": "a", "type": "complex", "subAttributes": [
                { "name": "b", "type": "complex" }] }] }),
            "attribute `a.b` is complex inside a complex attribute",
        ),
        (
            json!({ "id": "urn:x", "attributes": [{ "name": "a", "subAttributes": [{ "name": "b" }] }] }),
            "attribute `a` has sub-attributes and is not complex",
        ),
    ] {
        let error = Schema::from_json(schema).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    let missing = ResourceType::new("X", "/X", "urn:x:y".parse().unwrap());
    let error = SchemaRegistry::builtin().add_resource_type(missing).unwrap_err();
    assert_eq!(error.to_string(), "resource type `X` names schema `urn:x:y`, which is not in the registry");
}

/// The tables of RFC 9944: attribute, type, multi-valued, required, case-exact, mutability, returned, uniqueness. An
/// attribute of a complex one is named behind a point.
const RFC9944: [(&str, &[&str]); 12] = [
    (
        "core:2.0:Device",
        &[
            "displayName string F F F readWrite default none",
            "active boolean F T F readWrite default none",
            "mudUrl reference F F T readWrite default none",
            "groups complex T F F readOnly default none",
        ],
    ),
    (
        "core:2.0:EndpointApp",
        &[
            // Read-only until the last change before the document was published: a client has to choose it.
            "applicationType string F T F immutable default none",
            "applicationName string F T F readWrite default none",
            "certificateInfo complex F F F readWrite default none",
            "certificateInfo.rootCA string F F T readWrite default none",
            "certificateInfo.subjectName string F T T readWrite default none",
            "clientToken string F F T readOnly default none",
            "groups complex T F F readOnly default none",
        ],
    ),
    (
        "extension:ble:2.0:Device",
        &[
            "versionSupport string T T F readWrite default none",
            "deviceMacAddress string F T F readWrite default manufacturer",
            "isRandom boolean F F F readWrite default none",
            "separateBroadcastAddress string T F F readWrite default none",
            "irk string F F F writeOnly never manufacturer",
            "mobility boolean F F F readWrite default none",
            "pairingMethods string T T T readWrite default none",
        ],
    ),
    ("extension:pairingNull:2.0:Device", &[]),
    // The table has a required key, which is always `null`.
    ("extension:pairingJustWorks:2.0:Device", &["key integer F F F immutable default none"]),
    ("extension:pairingPassKey:2.0:Device", &["key integer F T F readWrite default none"]),
    (
        "extension:pairingOOB:2.0:Device",
        &[
            "key string F T T readWrite default none",
            "randomNumber integer F T F readWrite default none",
            "confirmationNumber integer F F F readWrite default none",
        ],
    ),
    (
        "extension:dpp:2.0:Device",
        &[
            "dppVersion integer F T F readWrite default none",
            "bootstrappingMethod string T F F readWrite default none",
            "bootstrapKey string F T T writeOnly never none",
            "deviceMacAddress string F F F readWrite default manufacturer",
            "classChannel string T F F readWrite default none",
            "serialNumber string F F F readWrite default none",
        ],
    ),
    ("extension:ethernet-mab:2.0:Device", &["deviceMacAddress string F T F readWrite default none"]),
    ("extension:fido-device-onboard:2.0:Device", &["fdoVoucher string F T F writeOnly never none"]),
    (
        "extension:zigbee:2.0:Device",
        &[
            "versionSupport string T T F readWrite default none",
            "deviceEui64Address string F T F readWrite default none",
        ],
    ),
    (
        "extension:endpointAppsExt:2.0:Device",
        &[
            "applications complex T T F readWrite default none",
            "applications.value string F T F readWrite default none",
            "applications.$ref reference F F T readOnly default none",
            "deviceControlEnterpriseEndpoint reference F T T readOnly default enterprise",
            "telemetryEnterpriseEndpoint reference F F T readOnly default enterprise",
        ],
    ),
];

#[test]
fn rfc9944_attributes_have_the_characteristics_of_the_tables() {
    let registry = SchemaRegistry::builtin().with_devices();
    for (name, expected) in RFC9944 {
        let uri = format!("urn:ietf:params:scim:schemas:{name}");
        let schema = registry.schema(&uri.parse().unwrap()).expect(&uri);
        let schema = serde_json::to_value(schema).unwrap();
        let mut found = Vec::new();
        for attribute in schema["attributes"].as_array().into_iter().flatten() {
            found.push(row("", attribute));
            // The groups are those of RFC 7643.
            if attribute["name"] != "groups" {
                let within = format!("{}.", attribute["name"].as_str().unwrap());
                let subs = attribute["subAttributes"].as_array().into_iter().flatten();
                found.extend(subs.map(|sub| row(&within, sub)));
            }
        }
        let mut expected: Vec<_> = expected.iter().map(|row| (*row).to_owned()).collect();
        expected.sort();
        found.sort();
        assert_eq!(found, expected, "{uri}");
    }
}

/// An attribute as a row of [`RFC9944`]: uniqueness among the devices of a manufacturer is written `global`, within an
/// enterprise `server`.
fn row(within: &str, attribute: &Value) -> String {
    let text = |name: &str, default: &str| attribute[name].as_str().unwrap_or(default).to_owned();
    let flag = |name: &str| if attribute[name] == true { "T" } else { "F" };
    let uniqueness = match text("uniqueness", "none").as_str() {
        "global" => "manufacturer".to_owned(),
        "server" => "enterprise".to_owned(),
        other => other.to_owned(),
    };
    [
        format!("{within}{}", text("name", "")),
        text("type", "string"),
        flag("multiValued").to_owned(),
        flag("required").to_owned(),
        flag("caseExact").to_owned(),
        text("mutability", "readWrite"),
        text("returned", "default"),
        uniqueness,
    ]
    .join(" ")
}

#[test]
fn rfc9944_devices_validate_with_nested_pairing_methods() {
    let registry = SchemaRegistry::builtin().with_devices();
    let devices = registry.by_endpoint("/Devices").unwrap();
    let body: Resource = include_str!("data/rfc9944/device.json").parse().unwrap();
    assert_eq!(devices.validate_create(&body).unwrap(), body);

    let text = body.to_text().replace("123456", "\"123456\"");
    let error = devices.validate_create(&text.parse().unwrap()).unwrap_err();
    assert!(error.detail().contains("pairingPassKey:2.0:Device:key`, found `123456`"), "{}", error.detail());
}

#[test]
fn examples_of_rfc9944_parse_validate_and_round_trip() {
    let registry = SchemaRegistry::builtin().with_devices();
    let strict = ValidateOptions::default().with_unknown(Unknown::Refuse);
    let examples: Vec<Value> = serde_json::from_str(include_str!("data/rfc9944/examples.json")).unwrap();
    for mut example in examples {
        let resource: Resource = example.to_string().parse().unwrap();
        assert_eq!(resource.to_json(), example);
        let schema = registry.resource(example["meta"]["resourceType"].as_str().unwrap()).unwrap();
        let valid = schema.validate_create_with(&resource, &strict).unwrap().resource;

        // What the service provider writes is not taken from a client.
        let example = example.as_object_mut().unwrap();
        example.retain(|name, _| name != "id" && name != "meta");
        if let Some(apps) =
            example.get_mut("urn:ietf:params:scim:schemas:extension:endpointAppsExt:2.0:Device")
        {
            let apps = apps.as_object_mut().unwrap();
            apps.retain(|name, _| !name.ends_with("EnterpriseEndpoint"));
            for app in apps["applications"].as_array_mut().unwrap() {
                app.as_object_mut().unwrap().remove("$ref");
            }
        }
        assert_eq!(valid, Resource::from_json(Value::Object(example.clone())).unwrap());
    }
}
