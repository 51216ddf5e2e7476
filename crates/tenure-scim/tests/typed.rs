//! Structs and open resources, there and back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tenure_scim::typed::{EnterpriseUser, Extension, Group, Rest, TypedResource, User};
use tenure_scim::{Attribute, Complex, Resource, SchemaRegistry, uri};

fn without_descriptions(attributes: &[Attribute]) -> Vec<Attribute> {
    let mut plain: Vec<Attribute> = attributes.to_vec();
    for attribute in &mut plain {
        attribute.description = None;
        attribute.sub_attributes = without_descriptions(&attribute.sub_attributes);
    }
    plain.sort_by(|a, b| a.name.cmp(&b.name));
    plain
}

fn check_schema<T: TypedResource>(name: &str) {
    let builtin = SchemaRegistry::builtin();
    let mut derived = SchemaRegistry::new();
    T::register(&mut derived).unwrap();
    let (own, rfc) = (derived.resource(name).unwrap(), builtin.resource(name).unwrap());
    assert_eq!(own.resource_type().endpoint, rfc.resource_type().endpoint);
    assert_eq!(own.resource_type().schema_extensions, rfc.resource_type().schema_extensions);
    assert_eq!(without_descriptions(own.attributes()), without_descriptions(rfc.attributes()));
    for (extension, _) in rfc.extensions() {
        let attributes = own.extension_attributes(&extension.id).unwrap();
        let expected = rfc.extension_attributes(&extension.id).unwrap();
        assert_eq!(without_descriptions(attributes), without_descriptions(expected));
    }
}

#[test]
fn the_derived_schemas_are_those_of_the_rfc() {
    check_schema::<User>("User");
    check_schema::<Group>("Group");
    assert_eq!(EnterpriseUser::schema().id, uri::ENTERPRISE_USER);
}

/// The same JSON, where names are in lower case.
fn folded(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| (name.to_lowercase(), folded(value)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        Value::Array(elements) => elements.iter().map(folded).collect(),
        other => other.clone(),
    }
}

fn check_user(open: &Value) {
    let resource = Resource::from_json(open.clone()).unwrap();
    let user = User::try_from(&resource).unwrap();
    let back = Resource::from(&user);
    assert_eq!(folded(&back.to_json()), folded(open));
    assert_eq!(User::try_from(back).unwrap(), user);
}

#[test]
fn what_a_struct_does_not_know_survives() {
    check_user(&json!({
        "schemas": ["urn:x:other", uri::USER, uri::ENTERPRISE_USER],
        "USERNAME": "anna", "title": null, "emails": [], "roles": [{}], "name": {}, "shoeSize": 43.50,
        "phoneNumbers": [{ "value": "1", "extension": "77", "display": null }],
        "urn:x:other": { "a": [null, { "b": 1 }] },
        uri::ENTERPRISE_USER: { "badge": [7], "manager": { "value": "9", "since": "2020" }, "division": null },
        "meta": { "location": "https://example.com/v2/Users/1", "shard": 3 }
    }));
}

#[test]
fn numbers_in_unknown_attributes_keep_every_digit() {
    let open: Resource = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"a",
        "emails":[{"weight":0.1000000000000000000000001}]}"#
        .parse()
        .unwrap();
    let back = Resource::from(User::try_from(&open).unwrap());
    assert!(back.to_text().contains("0.1000000000000000000000001"), "{back}");
}

#[test]
fn a_value_that_was_null_can_be_set_and_cleared() {
    let open =
        Resource::from_json(json!({ "schemas": [uri::USER], "userName": "a", "title": null })).unwrap();
    let mut user = User::try_from(&open).unwrap();
    user.title = Some("Engineer".to_owned());
    user.enterprise = Some(EnterpriseUser { department: Some("IT".to_owned()), ..EnterpriseUser::default() });
    let set = Resource::from(&user);
    assert_eq!(set.text("title"), Some("Engineer"));
    assert!(set.has_schema(uri::ENTERPRISE_USER));
    user.title = None;
    assert_eq!(Resource::from(user).attr("title").map(|v| v.type_name()), Some("null"));
}

#[test]
fn mistakes_are_named_with_their_place() {
    for (open, message) in [
        (json!({}), "expected a value for `userName`, found none"),
        (json!({ "userName": 1 }), "expected a string for `userName`, found `1`"),
        (json!({ "userName": "a", "emails": "a" }), "expected an array for `emails`, found string"),
        (json!({ "userName": "a", "emails": ["a"] }), "expected an object for `emails[0]`, found string"),
        (
            json!({ "userName": "a", "emails": [{}, { "primary": "yes" }] }),
            "expected a boolean for `emails[1].primary`, found string",
        ),
        (
            json!({ "userName": "a", "meta": { "created": "yesterday" } }),
            "expected a dateTime such as `2011-05-13T04:42:34Z` for `meta.created`, found string",
        ),
        (
            json!({ "userName": "a", uri::ENTERPRISE_USER: { "manager": { "value": 1 } } }),
            "expected a string for `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value`, found `1`",
        ),
    ] {
        let error = User::try_from(Resource::from_json(open).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn a_password_does_not_print() {
    let user = User { password: Some("t1meMa$heen".into()), ..User::default() };
    assert!(!format!("{user:?}").contains("t1me"));
    assert_eq!(Resource::from(user).text("password"), Some("t1meMa$heen"));
}

#[test]
fn serde_carries_structs() {
    let text = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Staff","x":1}"#;
    let group: Group = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&group).unwrap(), text);
    assert!(serde_json::from_str::<Group>("{}").unwrap_err().to_string().contains("`displayName`"));
}

mod custom {
    use super::*;
    use tenure_scim::ScimDateTime;
    use tenure_scim::schema::{AttributeType, Mutability, Returned, Uniqueness};

    /// A car
    /// of the company.
    #[derive(Debug, Clone, PartialEq, Default, Resource)]
    #[scim(schema = "urn:example:schemas:2.0:Car", name = "Vehicle", endpoint = "/Fleet")]
    struct Car {
        id: Option<String>,
        #[scim(required, case_exact, uniqueness = "global", mutability = "immutable", returned = "always")]
        plate: Option<String>,
        seats: u16,
        price: Option<f64>,
        bought: Option<chrono::DateTime<chrono::Utc>>,
        services: Vec<ScimDateTime>,
        #[scim(rename = "type", canonical("van", "truck"))]
        kind: Option<String>,
        drivers: Vec<Driver>,
        #[scim(extension)]
        lease: Lease,
        #[scim(rest)]
        rest: Rest,
    }

    #[derive(Debug, Clone, PartialEq, Default, Complex)]
    struct Driver {
        value: String,
        nick_names: Vec<String>,
        #[scim(rest)]
        rest: Rest,
    }

    #[derive(Debug, Clone, PartialEq, Default, tenure_scim::Extension)]
    #[scim(schema = "urn:example:schemas:extension:2.0:Lease")]
    struct Lease {
        months: i64,
        #[scim(rest)]
        rest: Rest,
    }

    #[test]
    fn a_derived_type_has_what_its_fields_say() {
        let mut registry = SchemaRegistry::builtin();
        Car::register(&mut registry).unwrap();
        let cars = registry.by_endpoint("/Fleet").unwrap();
        assert_eq!(cars.name(), "Vehicle");
        assert_eq!(cars.base().description.as_deref(), Some("A car of the company."));
        assert_eq!(
            cars.extensions().map(|(e, required)| (e.id.as_str(), required)).collect::<Vec<_>>(),
            [("urn:example:schemas:extension:2.0:Lease", true)]
        );
        let attribute = |path: &str| cars.attribute(&path.parse().unwrap()).unwrap().clone();
        let plate = attribute("plate");
        assert_eq!(
            (
                plate.kind,
                plate.required,
                plate.case_exact,
                plate.uniqueness,
                plate.mutability,
                plate.returned
            ),
            (AttributeType::String, true, true, Uniqueness::Global, Mutability::Immutable, Returned::Always)
        );
        let kinds = ["seats", "price", "bought", "services", "drivers", "drivers.nickNames"];
        let kinds =
            kinds.map(|path| (attribute(path).kind, attribute(path).multi_valued, attribute(path).required));
        assert_eq!(
            kinds,
            [
                (AttributeType::Integer, false, true),
                (AttributeType::Decimal, false, false),
                (AttributeType::DateTime, false, false),
                (AttributeType::DateTime, true, false),
                (AttributeType::Complex, true, false),
                (AttributeType::String, true, false),
            ]
        );
        assert_eq!(attribute("type").canonical_values, ["van", "truck"]);
        assert_eq!(cars.base().attributes.len(), 7, "`id` is no part of the schema");
    }

    #[test]
    fn a_derived_type_converts() {
        let open = json!({
            "schemas": ["urn:example:schemas:2.0:Car", "urn:example:schemas:extension:2.0:Lease"],
            "id": "1", "plate": "B-X 1", "seats": 9, "price": 1.5e4, "bought": "2020-01-01T00:00:00Z",
            "services": ["2021-01-01T00:00:00"], "drivers": [{ "value": "7", "nickNames": ["A", "B"] }],
            "urn:example:schemas:extension:2.0:Lease": { "months": 24 }, "colour": "red"
        });
        let open = Resource::from_json(open).unwrap();
        let car = Car::try_from(&open).unwrap();
        assert_eq!((car.seats, car.lease.months, car.drivers[0].nick_names.len()), (9, 24, 2));
        assert_eq!(Resource::from(car), open);
        for (change, message) in [
            (
                json!({ "seats": 70000 }),
                "expected a whole number that fits into u16 for `seats`, found `70000`",
            ),
            (json!({ "seats": 1.0 }), "expected a whole number that fits into u16 for `seats`, found `1.0`"),
            (
                json!({ "bought": "2020-01-01T00:00:00" }),
                "expected a dateTime with a zone for `bought`, found string",
            ),
            (
                json!({ "urn:example:schemas:extension:2.0:Lease": null }),
                "expected a value for `urn:example:schemas:extension:2.0:Lease`, found none",
            ),
        ] {
            let mut changed = open.to_json();
            changed.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            let error = Car::try_from(Resource::from_json(changed).unwrap()).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
        let exact: Resource = open.to_text().replace("15000.0", "0.10000000000000000000001").parse().unwrap();
        let error = Car::try_from(exact).unwrap_err().to_string();
        assert!(error.starts_with("expected a number that fits into a double for `price`"), "{error}");
    }
}

fn any_value(depth: u32) -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[a-zA-Zäß\"\\\\\n]{0,6}".prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
    ];
    leaf.prop_recursive(depth, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,5}", inner, 0..4)
                .prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
    .boxed()
}

fn text() -> impl Strategy<Value = Value> {
    prop_oneof![4 => "[a-zA-Z@ü]{1,8}".prop_map(Value::from), 1 => Just(Value::Null)]
}

fn email() -> impl Strategy<Value = Value> {
    (text(), prop::option::of(text()), prop::option::of(any::<bool>()), prop::option::of(any_value(2)))
        .prop_map(|(value, kind, primary, odd)| {
            let mut email = Map::new();
            email.insert("value".to_owned(), value);
            email.extend(kind.map(|k| ("TYPE".to_owned(), k)));
            email.extend(primary.map(|p| ("primary".to_owned(), p.into())));
            email.extend(odd.map(|o| ("odd".to_owned(), o)));
            Value::Object(email)
        })
}

fn user() -> impl Strategy<Value = Value> {
    (
        "[a-z]{1,8}",
        prop::option::of(text()),
        prop::option::of(prop_oneof![
            Just(Value::Null),
            prop::collection::vec(email(), 0..4).prop_map(Value::from)
        ]),
        prop::option::of(text().prop_map(|family| json!({ "familyName": family }))),
        prop::option::of(text().prop_map(|department| json!({ "department": department }))),
        prop::collection::btree_map("x[a-zA-Z]{1,6}", any_value(3), 0..5),
    )
        .prop_map(|(name, title, emails, full_name, enterprise, odd)| {
            let mut user = Map::new();
            let mut schemas = vec![uri::USER];
            user.insert("userName".to_owned(), name.into());
            user.extend(title.map(|t| ("Title".to_owned(), t)));
            user.extend(emails.map(|e| ("emails".to_owned(), e)));
            user.extend(full_name.map(|n| ("name".to_owned(), n)));
            if let Some(enterprise) = enterprise {
                schemas.push(uri::ENTERPRISE_USER);
                user.insert(uri::ENTERPRISE_USER.to_owned(), enterprise);
            }
            let mut seen = std::collections::BTreeSet::new();
            user.extend(odd.into_iter().filter(|(name, _)| seen.insert(name.to_lowercase())));
            user.insert("schemas".to_owned(), schemas.into());
            Value::Object(user)
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn conversion_there_and_back_loses_nothing(open in user()) {
        check_user(&open);
    }

    #[test]
    fn json_there_and_back_loses_nothing(members in prop::collection::btree_map("[a-zü$ ]{0,6}", any_value(4), 0..6)) {
        let value = Value::Object(members.into_iter().collect());
        let resource = Resource::from_json(value.clone()).unwrap();
        prop_assert_eq!(&resource.to_json(), &value);
        let text = resource.to_text();
        prop_assert_eq!(&text, &serde_json::to_string(&resource).unwrap());
        let read: Resource = text.parse().unwrap();
        prop_assert_eq!(&read.to_json(), &value);
        prop_assert_eq!(&read, &resource);
        prop_assert_eq!(read.to_text(), text);
    }

    #[test]
    fn reading_never_panics_and_agrees_with_serde_json(text in "[{}\\[\\]:,\"ae1.\\-\\\\u0 ]{0,40}") {
        let other = serde_json::from_str::<Value>(&text).ok().filter(Value::is_object);
        match text.parse::<Resource>() {
            Ok(resource) => prop_assert_eq!(Some(resource.to_json()), other),
            Err(error) => prop_assert!(other.is_none() || error.to_string().contains("occurs twice"), "{error}"),
        }
    }
}
