//! PATCH as RFC 7644 section 3.5.2 says it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "tests"
)]

use serde_json::{Value, json};
use tenure_scim::{Fired, Patch, PatchReport, Profile, Resource, SchemaRegistry, ScimError, Tolerance, uri};

const ENTERPRISE: &str = uri::ENTERPRISE_USER;

fn user() -> Value {
    json!({
        "schemas": [uri::USER],
        "id": "1",
        "userName": "babs",
        "active": true,
        "name": {"familyName": "Jensen", "givenName": "Barbara"},
        "emails": [
            {"value": "babs@example.com", "type": "work", "primary": true},
            {"value": "babs@jensen.org", "type": "home"}
        ],
        "meta": {"resourceType": "User", "lastModified": "2011-05-13T04:42:34Z"}
    })
}

fn group() -> Value {
    json!({"schemas": [uri::GROUP], "id": "g", "displayName": "Staff", "members": [{"value": "a"}, {"value": "b"}]})
}

fn run(before: &Value, operations: Value, profile: &Profile) -> (Resource, Result<PatchReport, ScimError>) {
    let registry = SchemaRegistry::builtin();
    let kind = if before["schemas"][0] == uri::GROUP { "Group" } else { "User" };
    let mut resource = Resource::from_json(before.clone()).unwrap();
    let body = json!({"schemas": [uri::PATCH_OP], "Operations": operations});
    let report = Patch::from_json(body, profile, &mut Fired::default())
        .and_then(|patch| patch.apply_with(&mut resource, registry.resource(kind).unwrap(), profile));
    (resource, report)
}

/// Applies operations and compares the attributes that `expected` names; null means absent.
#[track_caller]
fn check(before: &Value, operations: Value, expected: Value) {
    let (resource, report) = run(before, operations.clone(), &Profile::strict());
    let report = report.unwrap_or_else(|e| panic!("{operations}: {e}"));
    let after = resource.to_json();
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(after.get(name).unwrap_or(&Value::Null), value, "{name} after {operations}");
    }
    let unchanged = resource == Resource::from_json(before.clone()).unwrap();
    assert_eq!(report.changed, !unchanged, "changed after {operations}");
    assert!(report.fired.is_empty());
}

/// Applies operations that do nothing.
#[track_caller]
fn check_no_change(before: &Value, operations: Value) {
    check(before, operations, before.clone());
}

/// Applies operations that fail; nothing may be left of them.
#[track_caller]
fn check_error(before: &Value, operations: Value, keyword: &str, detail: &str) {
    let (resource, report) = run(before, operations.clone(), &Profile::strict());
    let error = report.expect_err(&operations.to_string());
    assert_eq!(error.scim_type().map(ToString::to_string).as_deref(), Some(keyword), "{error}");
    assert_eq!((error.status(), error.detail()), (400, detail));
    assert_eq!(resource.to_json(), *before, "after {operations}");
}

/// RFC 7644 section 3.5.2.1.
#[test]
fn add_sets_appends_and_merges() {
    check(&user(), json!([{"op": "add", "path": "title", "value": "Guide"}]), json!({"title": "Guide"}));
    check(&user(), json!([{"op": "add", "path": "userName", "value": "b"}]), json!({"userName": "b"}));
    check(
        &user(),
        json!([{"op": "add", "path": "name", "value": {"middleName": "Jane"}}]),
        json!({"name": {"familyName": "Jensen", "givenName": "Barbara", "middleName": "Jane"}}),
    );
    check(
        &user(),
        json!([{"op": "add", "path": "NAME.honorificprefix", "value": "Ms."}]),
        json!({"name": {"familyName": "Jensen", "givenName": "Barbara", "honorificPrefix": "Ms."}}),
    );
    check(
        &group(),
        json!([{"op": "add", "path": "members", "value": [{"value": "c", "$ref": null}]}]),
        json!({"members": [{"value": "a"}, {"value": "b"}, {"value": "c"}]}),
    );
    check(
        &group(),
        json!([{"op": "add", "path": "members", "value": {"value": "c"}}]),
        json!({"members": [{"value": "a"}, {"value": "b"}, {"value": "c"}]}),
    );
    check(
        &user(),
        json!([{"op": "add", "value": {"emails": [{"value": "x@y.org", "type": "other"}], "nickname": "Babs"}}]),
        json!({
            "emails": [
                {"value": "babs@example.com", "type": "work", "primary": true},
                {"value": "babs@jensen.org", "type": "home"},
                {"value": "x@y.org", "type": "other"}
            ],
            "nickName": "Babs"
        }),
    );
    check(
        &user(),
        json!([{"op": "add", "path": "emails", "value": [{"value": "BABS@jensen.org", "type": "home", "display": "B"}]}]),
        json!({"emails": [
            {"value": "babs@example.com", "type": "work", "primary": true},
            {"value": "BABS@jensen.org", "type": "home", "display": "B"}
        ]}),
    );
}

/// RFC 7644 section 3.5.2.1: a value that is there already changes nothing; statement 45.
#[test]
fn what_is_so_already_is_no_change() {
    check_no_change(
        &group(),
        json!([{"op": "add", "path": "members", "value": [{"value": "a"}, {"value": "B"}]}]),
    );
    check_no_change(
        &group(),
        json!([{"op": "add", "path": "members", "value": [{"value": "a", "display": "Anna"}]}]),
    );
    check_no_change(&user(), json!([{"op": "replace", "path": "active", "value": true}]));
    check_no_change(
        &user(),
        json!([{"op": "replace", "value": {"name": {"familyName": "Jensen"}, "title": null}}]),
    );
    check_no_change(
        &user(),
        json!([{"op": "replace", "path": "emails", "value": [
            {"value": "babs@jensen.org", "type": "home"},
            {"value": "babs@example.com", "type": "work", "primary": true, "display": null}
        ]}]),
    );
    check_no_change(&user(), json!([{"op": "remove", "path": "title"}]));
    check_no_change(&group(), json!([{"op": "remove", "path": "members[value eq \"z\"]"}]));
    check_no_change(&user(), json!([{"op": "remove", "path": format!("{ENTERPRISE}:department")}]));
    check_no_change(&user(), json!([{"op": "add", "path": "phoneNumbers", "value": []}]));
    check_no_change(
        &user(),
        json!([{"op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": {}}]),
    );
    check_no_change(
        &user(),
        json!([{"op": "replace", "value": {"id": "1", "meta": user()["meta"], "groups": []}}]),
    );
}

/// RFC 7644 section 3.5.2.2.
#[test]
fn remove_takes_out_attributes_and_values() {
    check(
        &user(),
        json!([{"op": "remove", "path": "name.givenName"}]),
        json!({"name": {"familyName": "Jensen"}}),
    );
    check(&user(), json!([{"op": "remove", "path": "name"}]), json!({"name": null}));
    check(
        &user(),
        json!([{"op": "remove", "path": "name.givenName"}, {"op": "remove", "path": "name.familyName"}]),
        json!({"name": null}),
    );
    check(&group(), json!([{"op": "remove", "path": "members"}]), json!({"members": null}));
    check(
        &group(),
        json!([{"op": "remove", "path": "members[value eq\"A\"]"}]),
        json!({"members": [{"value": "b"}]}),
    );
    check(
        &group(),
        json!([{"op": "remove", "path": "members[value eq \"a\" or value eq \"b\"]"}]),
        json!({"members": null}),
    );
    check(
        &user(),
        json!([{"op": "remove", "path": "emails[type eq \"work\" and value ew \"example.com\"]"}]),
        json!({"emails": [{"value": "babs@jensen.org", "type": "home"}]}),
    );
    check(
        &user(),
        json!([{"op": "remove", "path": "emails[type eq \"work\"].primary"}]),
        json!({"emails": [{"value": "babs@example.com", "type": "work"}, {"value": "babs@jensen.org", "type": "home"}]}),
    );
    check(
        &user(),
        json!([{"op": "remove", "path": "emails.type"}]),
        json!({"emails": [{"value": "babs@example.com", "primary": true}, {"value": "babs@jensen.org"}]}),
    );
}

/// RFC 7644 section 3.5.2.3; statement 48.
#[test]
fn replace_swaps_values_and_merges_complex_ones() {
    check(
        &user(),
        json!([{"op": "replace", "path": "name", "value": {"familyName": "Berg"}}]),
        json!({"name": {"familyName": "Berg", "givenName": "Barbara"}}),
    );
    check(
        &user(),
        json!([{"op": "replace", "path": "name", "value": {"familyName": null}}]),
        json!({"name": {"givenName": "Barbara"}}),
    );
    check(&user(), json!([{"op": "replace", "path": "title", "value": "Guide"}]), json!({"title": "Guide"}));
    check(
        &group(),
        json!([{"op": "replace", "path": "members", "value": [{"value": "c"}]}]),
        json!({"members": [{"value": "c"}]}),
    );
    check(&group(), json!([{"op": "replace", "path": "members", "value": []}]), json!({"members": null}));
    check(
        &user(),
        json!([{"op": "replace", "path": "emails[type eq \"home\"]", "value": {"type": "home", "value": "b@x.org"}}]),
        json!({"emails": [{"value": "babs@example.com", "type": "work", "primary": true}, {"value": "b@x.org", "type": "home"}]}),
    );
    check(
        &user(),
        json!([{"op": "replace", "path": "emails[type eq \"home\"].value", "value": "b@x.org"}]),
        json!({"emails": [{"value": "babs@example.com", "type": "work", "primary": true}, {"value": "b@x.org", "type": "home"}]}),
    );
    check(
        &user(),
        json!([{"op": "replace", "path": "emails.display", "value": "B"}]),
        json!({"emails": [
            {"value": "babs@example.com", "type": "work", "primary": true, "display": "B"},
            {"value": "babs@jensen.org", "type": "home", "display": "B"}
        ]}),
    );
    check(
        &user(),
        json!([{"op": "replace", "path": "phoneNumbers.value", "value": "1"}]),
        json!({"phoneNumbers": [{"value": "1"}]}),
    );
}

/// RFC 7644 section 3.5.2: setting `primary` resets the others; statement 43.
#[test]
fn one_primary_remains() {
    let expected = json!({"emails": [
        {"value": "babs@example.com", "type": "work", "primary": false},
        {"value": "babs@jensen.org", "type": "home", "primary": true}
    ]});
    for operations in [
        json!([{"op": "replace", "path": "emails[type eq \"home\"].primary", "value": true}]),
        json!([{"op": "add", "path": "emails[type eq \"home\"]", "value": {"primary": true}}]),
        json!([{"op": "add", "path": "emails", "value": [{"value": "babs@jensen.org", "type": "home", "primary": true}]}]),
        json!([{"op": "replace", "path": "emails[type eq \"home\"]", "value":
            {"value": "babs@jensen.org", "type": "home", "primary": true}}]),
    ] {
        check(&user(), operations, expected.clone());
    }
    check(
        &user(),
        json!([{"op": "add", "path": "emails", "value": {"value": "n@x.org", "primary": true}}]),
        json!({"emails": [
            {"value": "babs@example.com", "type": "work", "primary": false},
            {"value": "babs@jensen.org", "type": "home"},
            {"value": "n@x.org", "primary": true}
        ]}),
    );
    check_error(
        &user(),
        json!([{"op": "replace", "path": "emails[value pr].primary", "value": true}]),
        "invalidValue",
        "operation 1: expected at most one primary value in `emails`, found 2 that the path selects",
    );
    check_error(
        &user(),
        json!([{"op": "replace", "path": "emails", "value": [{"value": "1", "primary": true}, {"value": "2", "primary": true}]}]),
        "invalidValue",
        "operation 1: expected at most one primary value in `emails`, found several",
    );
}

/// RFC 7644 section 3.5.2: a qualified name declares its extension; statements 17 and 42.
#[test]
fn extensions_come_and_go_with_their_values() {
    let with = |values: Value| {
        let mut with = user();
        with[ENTERPRISE] = values;
        with["schemas"] = json!([uri::USER, ENTERPRISE]);
        with
    };
    for operations in [
        json!([{"op": "add", "path": format!("{ENTERPRISE}:employeeNumber"), "value": "7"}]),
        json!([{"op": "replace", "path": format!("{}:EMPLOYEENUMBER", ENTERPRISE.to_uppercase()), "value": "7"}]),
        json!([{"op": "add", "path": ENTERPRISE, "value": {"employeeNumber": "7"}}]),
        json!([{"op": "add", "value": {ENTERPRISE: {"employeeNumber": "7"}}}]),
        json!([{"op": "replace", "value": {ENTERPRISE: {"employeeNumber": "7"}, "schemas": [uri::USER, ENTERPRISE]}}]),
    ] {
        check(
            &user(),
            operations,
            json!({"schemas": [uri::USER, ENTERPRISE], ENTERPRISE: {"employeeNumber": "7"}}),
        );
    }
    let before = with(json!({"employeeNumber": "7", "manager": {"value": "m", "displayName": "M"}}));
    check(
        &before,
        json!([{"op": "replace", "path": format!("{ENTERPRISE}:manager.value"), "value": "n"}]),
        json!({ENTERPRISE: {"employeeNumber": "7", "manager": {"value": "n", "displayName": "M"}}}),
    );
    check(
        &before,
        json!([{"op": "replace", "path": format!("{ENTERPRISE}:manager"), "value": {"value": "n", "displayName": "N"}}]),
        json!({ENTERPRISE: {"employeeNumber": "7", "manager": {"value": "n", "displayName": "M"}}}),
    );
    for operations in [
        json!([{"op": "remove", "path": ENTERPRISE}]),
        json!([{"op": "remove", "path": format!("schemas[value eq \"{ENTERPRISE}\"]")}]),
        json!([{"op": "replace", "path": "schemas", "value": [uri::USER]}]),
        json!([
            {"op": "remove", "path": format!("{ENTERPRISE}:manager")},
            {"op": "remove", "path": format!("{ENTERPRISE}:employeeNumber")}
        ]),
    ] {
        check(&before, operations, json!({"schemas": [uri::USER], ENTERPRISE: null}));
    }
}

/// RFC 7644 section 3.5.2: sequential and atomic; statement 41.
#[test]
fn operations_see_what_came_before_and_stand_or_fall_together() {
    check(
        &user(),
        json!([
            {"op": "add", "path": "title", "value": "A"},
            {"op": "replace", "path": "title", "value": "B"},
            {"op": "add", "path": "emails", "value": [{"value": "n@x.org", "type": "other"}]},
            {"op": "replace", "path": "emails[type eq \"other\"].value", "value": "m@x.org"},
            {"op": "remove", "path": "emails[type ne \"other\"]"}
        ]),
        json!({"title": "B", "emails": [{"value": "m@x.org", "type": "other"}]}),
    );
    check_error(
        &user(),
        json!([
            {"op": "add", "path": "title", "value": "A"},
            {"op": "remove", "path": "emails"},
            {"op": "add", "path": format!("{ENTERPRISE}:department"), "value": "D"},
            {"op": "replace", "path": "name.familyName", "value": 1}
        ]),
        "invalidValue",
        "operation 4: expected a string for `name.familyName`, found a number",
    );
}

/// RFC 7644 sections 3.5.2 and 3.12, table 9.
#[test]
fn each_failure_has_its_keyword() {
    let cases = [
        (json!([{"op": "remove"}]), "noTarget", "operation 1: expected a `path` for `remove`"),
        (
            json!([{"op": "add", "path": "title"}]),
            "invalidValue",
            "operation 1: expected a `value` for `add`",
        ),
        (
            json!([{"op": "replace", "path": "shoeSize", "value": 1}]),
            "invalidPath",
            "operation 1: `shoeSize` names no attribute of `User`",
        ),
        (
            json!([{"op": "replace", "value": {"shoeSize": 1}}]),
            "invalidPath",
            "operation 1: `shoeSize`: `shoeSize` names no attribute of `User`",
        ),
        (
            json!([{"op": "replace", "path": "name.age", "value": 1}]),
            "invalidPath",
            "operation 1: `name.age` names no attribute of `User`",
        ),
        (
            json!([{"op": "replace", "path": "urn:x:y:title", "value": 1}]),
            "invalidPath",
            "operation 1: `urn:x:y:title` names no attribute of `User`",
        ),
        (
            json!([{"op": "replace", "path": "emails[type gt true].value", "value": "x"}]),
            "invalidFilter",
            "operation 1: expected a string for `type`, found `true`; text stands in double quotes",
        ),
        (
            json!([{"op": "replace", "path": "emails[colour pr].value", "value": "x"}]),
            "invalidFilter",
            "operation 1: expected an attribute of `emails`, found `colour`",
        ),
        (
            json!([{"op": "replace", "path": "emails[type eq \"fax\"].value", "value": "x"}]),
            "noTarget",
            "operation 1: `emails[type eq \"fax\"]` matches no value",
        ),
        (
            json!([{"op": "add", "path": "emails[type eq \"fax\"].value", "value": "x"}]),
            "noTarget",
            "operation 1: `emails[type eq \"fax\"]` matches no value",
        ),
        (
            json!([{"op": "replace", "path": "name[familyName eq \"Jensen\"].givenName", "value": "x"}]),
            "invalidPath",
            "operation 1: `name[familyName eq \"Jensen\"].givenName` has a value filter, but `name` has a single value",
        ),
        (
            json!([{"op": "replace", "path": "id", "value": "2"}]),
            "mutability",
            "operation 1: `id` is read-only",
        ),
        (
            json!([{"op": "replace", "value": {"id": "2"}}]),
            "mutability",
            "operation 1: `id`: `id` is read-only",
        ),
        (
            json!([{"op": "add", "path": "groups", "value": [{"value": "g"}]}]),
            "mutability",
            "operation 1: `groups` is read-only",
        ),
        (
            json!([{"op": "remove", "path": "meta.created"}]),
            "mutability",
            "operation 1: `meta.created` is read-only",
        ),
        (json!([{"op": "remove", "path": "userName"}]), "mutability", "operation 1: `userName` is required"),
        (
            json!([{"op": "replace", "path": "userName", "value": null}]),
            "mutability",
            "operation 1: `userName` is required",
        ),
        (
            json!([{"op": "replace", "path": "userName", "value": ""}]),
            "invalidValue",
            "operation 1: expected a value for `userName`, found empty text",
        ),
        (json!([{"op": "remove", "path": "schemas"}]), "mutability", "operation 1: `schemas` is required"),
        (
            json!([{"op": "add", "path": "schemas", "value": ["urn:x:y"]}]),
            "invalidValue",
            "operation 1: `urn:x:y` is no schema of `User`",
        ),
        (
            json!([{"op": "replace", "path": "active", "value": "yes"}]),
            "invalidValue",
            "operation 1: expected a boolean for `active`, found text",
        ),
        (
            json!([{"op": "replace", "path": "name", "value": "Jensen"}]),
            "invalidValue",
            "operation 1: expected an object for `name`, found text",
        ),
        (
            json!([{"op": "replace", "path": "title", "value": {"a": 1}}]),
            "invalidValue",
            "operation 1: expected a string for `title`, found an object",
        ),
        (
            json!([{"op": "replace", "path": "title", "value": ["a", "b"]}]),
            "invalidValue",
            "operation 1: expected a string for `title`, found an array",
        ),
        (
            json!([{"op": "replace", "value": "x"}]),
            "invalidValue",
            "operation 1: expected an object in `value` when there is no `path`",
        ),
        (
            json!([{"op": "add", "path": "emails", "value": [{"value": 1}]}]),
            "invalidValue",
            "operation 1: expected a string for `emails.value`, found a number",
        ),
        (
            json!([{"op": "add", "path": "x509Certificates", "value": [{"value": "a b"}]}]),
            "invalidValue",
            "operation 1: expected base64 text for `x509Certificates.value`, found other text",
        ),
        (
            json!([{"op": "replace", "path": "emails[", "value": 1}]),
            "invalidFilter",
            "operation 1: expected an attribute, `not` or `(`, found the end at byte 7",
        ),
        (
            json!([{"op": "replace", "path": "", "value": 1}]),
            "invalidPath",
            "operation 1: expected an attribute, found the end at byte 0",
        ),
        (
            json!([{"op": "move", "path": "title"}]),
            "invalidSyntax",
            "operation 1: expected `add`, `remove` or `replace` in `op`, found `move`",
        ),
        (
            json!([{"path": "title"}]),
            "invalidSyntax",
            "operation 1: expected `add`, `remove` or `replace` in `op`",
        ),
        (json!([]), "invalidSyntax", "expected at least one operation in `Operations`"),
    ];
    for (operations, keyword, detail) in cases {
        check_error(&user(), operations, keyword, detail);
    }
    check_error(
        &group(),
        json!([{"op": "replace", "path": "members[value eq \"a\"].value", "value": "z"}]),
        "mutability",
        "operation 1: `members.value` is immutable and has a value",
    );
    check_error(
        &group(),
        json!([{"op": "remove", "path": "displayName"}]),
        "mutability",
        "operation 1: `displayName` is required",
    );
}

/// RFC 7644 section 3.5.2.1: an immutable attribute can be given its first value; statement 46.
#[test]
fn immutable_attributes_are_written_once() {
    let mut registry = SchemaRegistry::new();
    let schema = json!({"id": "urn:x:Badge", "attributes": [
        {"name": "number", "type": "integer", "mutability": "immutable"},
        {"name": "tags", "multiValued": true},
        {"name": "holder", "type": "complex", "subAttributes": [
            {"name": "who", "required": true}, {"name": "since", "type": "dateTime"}]}
    ]});
    registry.add_schema(tenure_scim::Schema::from_json(schema).unwrap());
    registry
        .add_resource_type(tenure_scim::ResourceType::new("Badge", "/Badges", "urn:x:Badge".parse().unwrap()))
        .unwrap();
    let badges = registry.resource("Badge").unwrap();
    let mut badge = Resource::new("urn:x:Badge");
    let apply = |badge: &mut Resource, operations: Value| {
        let patch: Patch =
            serde_json::from_value(json!({"schemas": [uri::PATCH_OP], "Operations": operations})).unwrap();
        patch.apply(badge, badges).map(|r| r.changed).map_err(|e| e.to_string())
    };
    assert_eq!(apply(&mut badge, json!([{"op": "add", "path": "number", "value": 7}])), Ok(true));
    assert_eq!(apply(&mut badge, json!([{"op": "replace", "path": "number", "value": 7}])), Ok(false));
    for operation in
        [json!({"op": "replace", "path": "number", "value": 8}), json!({"op": "remove", "path": "number"})]
    {
        let error = apply(&mut badge, json!([operation])).unwrap_err();
        assert_eq!(error, "400 mutability: operation 1: `number` is immutable and has a value");
    }
    assert_eq!(
        apply(&mut badge, json!([{"op": "add", "path": "number", "value": 1.5}])).unwrap_err(),
        "400 invalidValue: operation 1: expected an integer for `number`, found a number with a fraction or exponent"
    );
    assert_eq!(apply(&mut badge, json!([{"op": "add", "path": "tags", "value": ["a", "b", "A"]}])), Ok(true));
    assert_eq!(apply(&mut badge, json!([{"op": "remove", "path": "tags[value eq \"b\"]"}])), Ok(true));
    assert_eq!(
        apply(&mut badge, json!([{"op": "replace", "path": "tags[value sw \"a\"]", "value": "c"}])),
        Ok(true)
    );
    assert_eq!(badge.to_json()["tags"], json!(["c"]));
    for (path, value, error) in [
        (
            "holder",
            json!({"since": "2026-01-01T00:00:00"}),
            "invalidValue: operation 1: expected a value for `holder.who`, which is required",
        ),
        (
            "holder",
            json!({"who": "w", "since": "today"}),
            "invalidValue: operation 1: expected a date and time like `2026-01-31T00:00:00Z` for `holder.since`, found other text",
        ),
    ] {
        let found = apply(&mut badge, json!([{"op": "add", "path": path, "value": value}])).unwrap_err();
        assert_eq!(found, format!("400 {error}"));
    }
    assert_eq!(apply(&mut badge, json!([{"op": "add", "path": "holder", "value": {"who": "w"}}])), Ok(true));
    assert_eq!(
        apply(&mut badge, json!([{"op": "remove", "path": "holder.who"}])).unwrap_err(),
        "400 mutability: operation 1: `holder.who` is required"
    );
}

/// RFC 7643 section 2.3.1 allows to restrict values to `canonicalValues`; off by default.
#[test]
fn canonical_values_are_enforced_on_request() {
    let operations = json!([{"op": "add", "path": "emails", "value": [{"value": "x", "type": "Fax"}]}]);
    check(
        &json!({"schemas": [uri::USER]}),
        operations.clone(),
        json!({"emails": [{"value": "x", "type": "Fax"}]}),
    );
    let (_, report) = run(&user(), operations, &Profile::strict().with_canonical_values());
    assert_eq!(
        report.unwrap_err().to_string(),
        "400 invalidValue: operation 1: expected one of `work`, `home`, `other` for `emails.type`, found `Fax`"
    );
    let operations = json!([{"op": "add", "path": "emails", "value": [{"value": "x", "type": "WORK"}]}]);
    assert!(run(&user(), operations, &Profile::strict().with_canonical_values()).1.is_ok());
}

#[test]
fn a_large_group_is_changed_without_a_scan_per_value() {
    let members: Vec<Value> = (0..100_000).map(|n| json!({"value": format!("{n:06}")})).collect();
    let before = json!({"schemas": [uri::GROUP], "displayName": "All", "members": members});
    let add: Vec<Value> = (50_000..150_000).map(|n| json!({"value": format!("{n:06}")})).collect();
    let remove: Vec<Value> =
        (0..1000).map(|n| json!({"op": "remove", "path": format!("members[value eq \"{n:06}\"]")})).collect();
    let mut operations = vec![json!({"op": "add", "path": "members", "value": add})];
    operations.extend(remove);
    let (resource, report) = run(&before, Value::Array(operations), &Profile::strict());
    assert!(report.unwrap().changed);
    assert_eq!(resource.attr("members").unwrap().as_array().unwrap().len(), 149_000);
}

/// The tolerances of a peer are off unless asked for.
#[test]
fn the_report_names_touched_attributes_and_tolerances() {
    let operations = json!([
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "replace", "path": format!("{ENTERPRISE}:manager.value"), "value": "m"}
    ]);
    let profile = Profile::strict().with(Tolerance::PatchOpCase).with(Tolerance::ValueBooleanText);
    let (resource, report) = run(&user(), operations, &profile);
    let report = report.unwrap();
    assert_eq!(resource.attr("active").unwrap().as_bool(), Some(false));
    let touched: Vec<String> = report.touched.iter().map(ToString::to_string).collect();
    assert_eq!(touched, ["active".to_owned(), format!("{ENTERPRISE}:manager.value")]);
    assert_eq!(report.fired.iter().collect::<Vec<_>>(), [(Tolerance::ValueBooleanText, 1)]);
}

/// A group of RFC 7643 section 4.2 after one operation, or the keyword of its refusal.
fn member_after(members: Value, operation: Value) -> Result<(bool, Value), String> {
    let registry = SchemaRegistry::builtin();
    let groups = registry.resource("Group").unwrap();
    let mut group = Resource::from_json(json!({"displayName": "Staff", "members": members})).unwrap();
    let patch: Patch =
        serde_json::from_value(json!({"schemas": [uri::PATCH_OP], "Operations": [operation]})).unwrap();
    match patch.apply(&mut group, groups) {
        Ok(report) => Ok((report.changed, group.to_json()["members"].clone())),
        Err(error) => Err(error.scim_type().map_or_else(String::new, |t| t.as_str().to_owned())),
    }
}

#[test]
fn an_immutable_part_of_a_member_is_set_once() {
    let set = |kind: &str| json!({"op": "add", "path": "members[value eq \"1\"].type", "value": kind});
    let typed = json!([{"value": "1", "type": "User"}]);
    assert_eq!(member_after(json!([{"value": "1"}]), set("User")), Ok((true, typed.clone())));
    assert_eq!(member_after(typed, set("Group")), Err("mutability".to_owned()));
}

#[test]
fn a_member_is_not_exchanged_in_its_place() {
    let exchange = |value: &str| json!({"op": "replace", "path": "members[value eq \"1\"]", "value": {"value": value, "type": "User"}});
    let members = json!([{"value": "1", "type": "User"}]);
    assert_eq!(member_after(members.clone(), exchange("2")), Err("mutability".to_owned()));
    assert_eq!(member_after(members.clone(), exchange("1")), Ok((false, members)));
}

#[test]
fn a_member_is_who_its_value_says_whatever_its_type() {
    let members = json!([{"value": "1"}]);
    let add = json!({"op": "add", "path": "members", "value": [{"value": "1", "type": "User"}]});
    assert_eq!(member_after(members.clone(), add), Ok((false, members)));
}

#[test]
fn a_value_without_anything_left_is_none() {
    let registry = SchemaRegistry::builtin();
    let users = registry.resource("User").unwrap();
    let mut user = Resource::from_json(json!({"userName": "a", "emails": [{"value": "x"}]})).unwrap();
    let patch = Patch::default().remove("emails.value".parse::<tenure_scim::PatchPath>().unwrap());
    assert!(patch.apply(&mut user, users).unwrap().changed);
    assert_eq!(user.to_json(), json!({"userName": "a"}));
}
