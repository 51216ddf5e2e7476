//! Each tolerance: the wire shape that it is about, accepted under a peer's profile and refused under strict.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod wire;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tenure_scim::{Filter, Fired, Patch, Profile, ScimError, Tolerance, uri};
use wire::{ENTERPRISE, Shape, read};

struct Case {
    tolerance: Tolerance,
    profile: &'static str,
    shape: Shape,
    /// The `scimType` under strict.
    refused: &'static str,
    /// Where to look in the result, and what to find.
    at: &'static str,
    expected: Value,
}

fn operations(operations: Value) -> Shape {
    Shape::Operations(operations)
}

fn cases() -> Vec<Case> {
    let case = |tolerance, profile, shape, refused, at, expected| Case {
        tolerance,
        profile,
        shape,
        refused,
        at,
        expected,
    };
    let manager = |value: Value| {
        operations(json!([{"op": "add", "path": format!("{ENTERPRISE}:manager"), "value": value}]))
    };
    let new_manager = "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/manager";
    vec![
        case(
            Tolerance::FilterSubAfterValuePath,
            "entra",
            Shape::Filter(r#"emails[type eq "work"].value eq "a""#),
            "invalidFilter",
            "",
            json!(r#"emails[type eq "work" and value eq "a"]"#),
        ),
        case(
            Tolerance::FilterOperatorAfterValuePath,
            "entra",
            Shape::Filter(r#"emails[type eq "work"] eq "user@contoso.com""#),
            "invalidFilter",
            "",
            json!(r#"emails[type eq "work" and value eq "user@contoso.com"]"#),
        ),
        case(
            Tolerance::FilterBooleanText,
            "entra",
            Shape::Filter(r#"roles[primary EQ "True"] and not (active eq "false")"#),
            "invalidFilter",
            "",
            json!("roles[primary eq true] and not (active eq false)"),
        ),
        case(
            Tolerance::FilterBooleanText,
            "entra-scim062020",
            operations(json!([
                {"op": "add", "path": "roles[primary eq \"True\"].value", "value": "admin"},
                {"op": "replace", "path": "roles[primary eq \"True\"].value", "value": "owner"}])),
            "invalidFilter",
            "/roles",
            json!([{"primary": true, "value": "owner"}]),
        ),
        case(
            Tolerance::ErrorStatusNumber,
            "ping-one",
            Shape::Error(json!({"schemas": [uri::ERROR], "code": "uniqueness", "status": 409})),
            "invalidSyntax",
            "/status",
            json!("409"),
        ),
        case(
            Tolerance::PatchOpCase,
            "entra",
            operations(json!([{"op": "Replace", "path": "active", "value": false}])),
            "invalidSyntax",
            "/active",
            json!(false),
        ),
        case(
            Tolerance::PatchMissingSchemas,
            "okta-catalogue",
            Shape::Patch(json!({"Operations": [{"op": "replace", "value": {"active": false}}]})),
            "invalidSyntax",
            "/active",
            json!(false),
        ),
        case(
            Tolerance::PatchRemoveValues,
            "entra",
            operations(json!([{"op": "remove", "path": "emails", "value": [{"value": "h@x.org"}]}])),
            "invalidValue",
            "/emails",
            json!([{"value": "w@x.org", "type": "work"}]),
        ),
        case(
            Tolerance::PatchRemoveFilterAndValue,
            "jumpcloud",
            operations(
                json!([{"op": "remove", "path": "emails[value eq \"h@x.org\"]", "value": [{"value": "h@x.org"}]}]),
            ),
            "invalidValue",
            "/emails",
            json!([{"value": "w@x.org", "type": "work"}]),
        ),
        case(
            Tolerance::PatchAddCreatesElement,
            "entra",
            operations(json!([
                {"op": "add", "path": "addresses[type eq \"work\"].locality", "value": "Bonn"},
                {"op": "add", "path": "addresses[type eq \"work\"].country", "value": "DE"}])),
            "noTarget",
            "/addresses",
            json!([{"type": "work", "locality": "Bonn", "country": "DE"}]),
        ),
        case(
            Tolerance::PatchReplaceCreatesElement,
            "entra-scim062020",
            operations(
                json!([{"op": "replace", "path": "emails[type eq \"other\"].value", "value": "o@x.org"}]),
            ),
            "noTarget",
            "/emails",
            json!([{"value": "w@x.org", "type": "work"}, {"value": "h@x.org", "type": "home"}, {"value": "o@x.org", "type": "other"}]),
        ),
        case(
            Tolerance::PatchDottedKeys,
            "entra-scim062020",
            operations(
                json!([{"op": "replace", "value": {"displayName": "A", "name.givenName": "B", format!("{ENTERPRISE}:employeeNumber"): "7"}}]),
            ),
            "invalidPath",
            "/name",
            json!({"givenName": "B"}),
        ),
        case(
            Tolerance::PatchFilterOnSingular,
            "entra",
            operations(json!([{"op": "remove", "path": format!("{ENTERPRISE}:manager[value eq \"m1\"]")}])),
            "invalidPath",
            "/schemas",
            json!([uri::USER]),
        ),
        case(
            Tolerance::ValueBooleanText,
            "entra",
            operations(json!([{"op": "replace", "path": "active", "value": "False"}])),
            "invalidValue",
            "/active",
            json!(false),
        ),
        case(
            Tolerance::ValueComplexText,
            "entra",
            manager(json!("m2")),
            "invalidValue",
            new_manager,
            json!({"value": "m2"}),
        ),
        case(
            Tolerance::ValueComplexText,
            "entra",
            manager(json!("")),
            "invalidValue",
            new_manager,
            Value::Null,
        ),
        case(
            Tolerance::ValueSingularArray,
            "entra",
            manager(json!([{"value": "m2", "$ref": "../Users/m2"}])),
            "invalidValue",
            new_manager,
            json!({"value": "m2", "$ref": "../Users/m2"}),
        ),
        case(
            Tolerance::ValueJsonText,
            "entra",
            operations(
                json!([{"op": "add", "path": "roles", "value": [{"value": "{\"id\":\"1\",\"value\":\"Admin\",\"displayName\":\"Admin\"}"}]}]),
            ),
            "",
            "/roles",
            json!([{"id": "1", "value": "Admin", "displayName": "Admin"}]),
        ),
        case(
            Tolerance::ValueSimpleObject,
            "entra",
            operations(json!([{"op": "add", "path": "schemas", "value": [{"value": ENTERPRISE}]}])),
            "invalidValue",
            "/schemas",
            json!([uri::USER, ENTERPRISE]),
        ),
        case(
            Tolerance::ValueManyPrimaries,
            "ping-one",
            Shape::Body(
                json!({"schemas": [uri::USER], "userName": "a", "emails": [{"value": "a", "primary": true}, {"value": "a", "primary": true}]}),
            ),
            "invalidValue",
            "/emails",
            json!([{"value": "a", "primary": true}]),
        ),
        case(
            Tolerance::BodyForeignSchema,
            "entra",
            Shape::Body(
                json!({"schemas": [uri::GROUP, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"], "displayName": "G"}),
            ),
            "invalidSyntax",
            "/schemas",
            json!([uri::GROUP]),
        ),
        case(
            Tolerance::BodyLegacySchema,
            "onelogin",
            Shape::Body(
                json!({"schemas": ["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"], "userName": "a"}),
            ),
            "invalidSyntax",
            "/schemas",
            json!([uri::USER, ENTERPRISE]),
        ),
        case(
            Tolerance::BodyUndeclaredExtension,
            "entra",
            Shape::Body(json!({"schemas": [uri::USER], "userName": "a", ENTERPRISE: {"department": "D"}})),
            "invalidSyntax",
            "/schemas",
            json!([uri::USER, ENTERPRISE]),
        ),
        case(
            Tolerance::ConfigIncomplete,
            "google",
            Shape::Config(json!({
                "patch": {"supported": true}, "bulk": {"supported": false}, "filter": {"supported": true, "maxResults": 100},
                "changePassword": {"supported": false}, "sort": {"supported": false}, "etag": {"supported": false}, "authenticationSchemes": []})),
            "invalidSyntax",
            "/bulk",
            json!({"supported": false, "maxOperations": 0, "maxPayloadSize": 0}),
        ),
    ]
}

#[test]
fn every_tolerance_is_accepted_under_its_profile_and_refused_under_strict() {
    for case in cases() {
        let id = case.tolerance.id();
        let profile = Profile::named(case.profile).unwrap();
        let mut fired = Fired::default();
        let result = read(&case.shape, &profile, &mut fired).unwrap_or_else(|e| panic!("{id}: {e}"));
        assert_eq!(result.pointer(case.at).unwrap_or(&Value::Null), &case.expected, "{id}");
        assert!(fired.contains(case.tolerance), "{id}: {fired:?}");

        let mut fired = Fired::default();
        match read(&case.shape, &Profile::strict(), &mut fired) {
            Err(error) => assert_eq!(error.scim_type().unwrap().as_str(), case.refused, "{id}: {error}"),
            // Text that happens to be JSON is a legal value; strict keeps it as it is.
            Ok(kept) => {
                assert!(case.refused.is_empty() && kept.pointer(case.at) != Some(&case.expected), "{id}")
            }
        }
        assert!(fired.is_empty(), "{id}");
        let without = read(&case.shape, &profile.without(case.tolerance), &mut fired);
        assert!(without.is_err() || case.refused.is_empty(), "{id} is not what makes the shape acceptable");
    }
}

#[test]
fn every_tolerance_has_a_case_a_text_and_a_source() {
    let covered: BTreeSet<_> = cases().iter().map(|c| c.tolerance).collect();
    assert_eq!(covered, Tolerance::ALL.iter().copied().collect());
    let ids: BTreeSet<_> = Tolerance::ALL.iter().map(|t| t.id()).collect();
    assert_eq!(ids.len(), Tolerance::ALL.len());
    for tolerance in Tolerance::ALL {
        assert_eq!(Tolerance::from_id(tolerance.id()), Some(*tolerance));
        assert!(tolerance.doc().ends_with('.') && !tolerance.source().is_empty());
        assert!(Profile::all().any(|p| p.allows(*tolerance)), "{tolerance} belongs to no peer");
    }
    assert_eq!(Profile::strict().tolerances().count(), 0);
}

/// Quirks that RFC 7643 and 7644 allow: no tolerance is needed.
#[test]
fn shapes_that_look_odd_and_conform() {
    let bodies = [
        // Entra: `meta` and empty arrays in POST, `$ref: null`, null sub-attributes.
        json!({"schemas": [uri::USER], "userName": "a", "meta": {"resourceType": "User"}, "roles": []}),
        json!({"schemas": [uri::USER], "userName": "a", "addresses": [{"type": "work", "formatted": null, "country": null}]}),
        json!({"schemas": [uri::GROUP], "displayName": "G", "members": [{"$ref": null, "value": "u1"}]}),
        // Okta: a password, read-only attributes sent back.
        json!({"schemas": [uri::USER], "userName": "a", "password": "Xy12", "id": "1", "groups": [{"value": "g"}]}),
        json!({"schemas": [uri::GROUP], "displayName": "G", "members": null}),
        // GitHub: roles without `primary`; Entra: `username`.
        json!({"schemas": [uri::USER], "username": "a", "roles": [{"value": "enterprise_owner"}]}),
    ];
    for body in bodies {
        let mut fired = Fired::default();
        read(&Shape::Body(body.clone()), &Profile::strict(), &mut fired)
            .unwrap_or_else(|e| panic!("{body}: {e}"));
        assert!(fired.is_empty());
    }
    // SailPoint: a replace of a complex attribute that is meant as an addition.
    let shape = operations(json!([{"op": "replace", "path": "name", "value": {"givenName": "B"}}]));
    assert_eq!(
        read(&shape, &Profile::strict(), &mut Fired::default()).unwrap()["name"],
        json!({"givenName": "B"})
    );
    // Okta and Ping: error bodies with a number as status and keys of the peer's own.
    let error: ScimError = serde_json::from_value(json!({"status": 409, "code": "uniqueness"})).unwrap();
    assert_eq!(error.status(), 409);
}

#[test]
fn profiles_are_written_as_what_differs() {
    for profile in Profile::all() {
        assert_eq!(serde_json::to_value(&profile).unwrap(), json!(profile.id()));
        assert_eq!(serde_json::from_value::<Profile>(json!(profile.id())).unwrap(), profile);
    }
    let own =
        Profile::named("entra").unwrap().without(Tolerance::PatchOpCase).with(Tolerance::PatchDottedKeys);
    let written = json!({"base": "entra", "allow": ["patch-dotted-keys"], "refuse": ["patch-op-case"]});
    assert_eq!(serde_json::to_value(&own).unwrap(), written);
    assert_eq!(serde_json::from_value::<Profile>(written).unwrap(), own);
    let error = serde_json::from_value::<Profile>(json!({"base": "strict", "allow": ["x"]})).unwrap_err();
    assert_eq!(error.to_string(), "expected the id of a tolerance, found `x`");
    assert!(
        serde_json::from_value::<Profile>(json!("entar"))
            .unwrap_err()
            .to_string()
            .starts_with("expected one of `strict`, `entra`")
    );
}

#[test]
fn patches_are_cut_to_what_the_peer_takes() {
    let aws = Profile::named("aws").unwrap();
    let members: Vec<Value> = (0..150).map(|n| json!({"value": n.to_string()})).collect();
    let patch: Patch = serde_json::from_value(json!({"schemas": [uri::PATCH_OP], "Operations": [
        {"op": "replace", "value": {"displayName": "a", "externalId": "b", "urn:x:y": {"z": 1}}},
        {"op": "add", "path": "members", "value": members}
    ]}))
    .unwrap();
    let cut = aws.outgoing().cut(patch.clone());
    let shape: Vec<Vec<String>> = cut
        .iter()
        .map(|p| {
            p.operations
                .iter()
                .map(|o| {
                    format!(
                        "{} {} {}",
                        o.op,
                        o.path.as_ref().unwrap(),
                        o.value.as_ref().unwrap().as_array().map_or(1, Vec::len)
                    )
                })
                .collect()
        })
        .collect();
    assert_eq!(
        shape,
        [
            vec!["replace displayName 1", "replace externalId 1", "replace urn:x:y:z 1"],
            vec!["add members 100"],
            vec!["add members 50"],
        ]
    );
    assert_eq!(Profile::strict().outgoing().cut(patch.clone()), [patch]);
}

#[test]
fn what_a_peer_does_not_take_is_told_before_it_is_sent() {
    let aws = Profile::named("aws").unwrap();
    let refused = |operations: Value| {
        let patch: Patch =
            serde_json::from_value(json!({"schemas": [uri::PATCH_OP], "Operations": operations})).unwrap();
        aws.outgoing().check_patch(&patch).unwrap_err().to_string()
    };
    for op in
        [json!({"op": "remove", "path": "members"}), json!({"op": "replace", "path": "members", "value": []})]
    {
        let found = format!("`{}` of `members`", op["op"].as_str().unwrap());
        assert_eq!(
            refused(json!([op])),
            format!("expected members added or removed one by one, found {found}")
        );
    }
    let two = json!([{"op": "add", "path": "emails", "value": [{"value": "a"}, {"value": "b"}]}]);
    assert_eq!(refused(two), "expected one value for `emails`, found 2");
    let many: Vec<Value> = (0..101).map(|n| json!({"value": n.to_string()})).collect();
    assert_eq!(
        refused(json!([{"op": "add", "path": "members", "value": many}])),
        "expected at most 100 values added or removed, found 101"
    );

    let databricks = Profile::named("databricks").unwrap();
    let filter = |n: usize| Filter::parse(&vec!["title pr"; n].join(" or ")).unwrap();
    databricks.outgoing().check_filter(&filter(200)).unwrap();
    let error = databricks.outgoing().check_filter(&filter(201)).unwrap_err();
    assert_eq!(error.to_string(), "expected a filter of at most 200 comparisons, found 201");

    let path = |id| Profile::named(id).unwrap().outgoing().config_path();
    assert_eq!((path("salesforce"), path("strict")), ("/ServiceProviderConfigs", "/ServiceProviderConfig"));
}

#[test]
fn patches_are_cut_to_the_length_of_a_body() {
    let miro = Profile::named("miro").unwrap();
    let members: Vec<Value> = (0..7000).map(|n| json!({"value": format!("{n:0>200}")})).collect();
    let patch = Patch::default().add("members".parse::<tenure_scim::PatchPath>().unwrap(), members.clone());
    let parts = miro.outgoing().cut(patch);
    assert_eq!(parts.len(), 2);
    for part in &parts {
        miro.outgoing().check_patch(part).unwrap();
        miro.outgoing().check_body(serde_json::to_string(part).unwrap().len()).unwrap();
    }
    let all: Vec<Value> = parts
        .iter()
        .flat_map(|p| p.operations.iter().flat_map(|o| o.value.as_ref().unwrap().as_array().unwrap().clone()))
        .collect();
    assert_eq!(all, members);
}
