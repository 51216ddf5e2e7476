//! What real peers send and take, peer by peer: the exact shapes, read under the peer's profile and under strict.
//!
//! `tests/profiles.rs` has a case for each tolerance; here is what else was seen of the same peers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "tests"
)]

mod wire;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tenure_scim::message::{ListResponse, SearchRequest};
use tenure_scim::{
    Filter, Fired, Patch, PatchPath, Profile, Resource, ResourceType, Schema, SchemaRegistry, ScimError, uri,
};
use wire::{Shape, before, read};

const GROUP: &str = uri::GROUP;

fn named(id: &str) -> Profile {
    Profile::named(id).unwrap()
}

/// Operations on a resource of a type; the result, and the tolerances that were needed.
fn patched(
    kind: &str,
    stored: Value,
    operations: Value,
    profile: &Profile,
) -> Result<(Value, Vec<&'static str>), ScimError> {
    let registry = registry();
    let (mut resource, mut fired) = (Resource::from_json(stored).unwrap(), Fired::default());
    let body = json!({"schemas": [uri::PATCH_OP], "Operations": operations});
    let report = Patch::from_json(body, profile, &mut fired)?.apply_with(
        &mut resource,
        registry.resource(kind).unwrap(),
        profile,
    )?;
    fired.merge(&report.fired);
    Ok((resource.to_json(), fired.iter().map(|(tolerance, _)| tolerance.id()).collect()))
}

/// Users as everywhere, and users with an extension of one list of texts.
fn registry() -> SchemaRegistry {
    let mut registry = SchemaRegistry::builtin();
    let extension = Schema::from_json(json!({
        "id": "urn:x:2.0:User",
        "attributes": [{"name": "department_ids", "type": "string", "multiValued": true}]
    }));
    registry.add_schema(extension.unwrap());
    let staff = ResourceType::new("Staff", "/Staff", uri::USER.parse().unwrap());
    registry.add_resource_type(staff.with_extension("urn:x:2.0:User".parse().unwrap(), false)).unwrap();
    registry
}

fn group(members: Value) -> Value {
    json!({"schemas": [GROUP], "id": "g", "displayName": "G", "members": members})
}

#[test]
fn entra_writes_ops_in_capitals_and_null_references() {
    let add = json!([{"op": "Add", "path": "members", "value": [{"$ref": null, "value": "u1"}]}]);
    let (after, fired) = patched("Group", group(json!([])), add.clone(), &named("entra")).unwrap();
    assert_eq!(after["members"][0]["value"], "u1");
    assert_eq!(fired, ["patch-op-case"]);
    assert!(patched("Group", group(json!([])), add, &Profile::strict()).is_err());
    let plain = json!([{"op": "add", "path": "members", "value": [{"$ref": null, "value": "u1"}]}]);
    let (after, fired) = patched("Group", group(json!([])), plain, &Profile::strict()).unwrap();
    assert_eq!((after["members"][0]["value"].as_str(), fired), (Some("u1"), Vec::new()), "null is no value");
}

#[test]
fn entra_removes_members_by_list_and_with_its_flag_by_filter() {
    let members = json!([{"value": "u1"}, {"value": "u2"}]);
    let by_list = json!([{"op": "Remove", "path": "members", "value": [{"value": "u1"}]}]);
    let (after, fired) = patched("Group", group(members.clone()), by_list.clone(), &named("entra")).unwrap();
    assert_eq!(after["members"], json!([{"value": "u2"}]));
    assert_eq!(fired, ["patch-op-case", "patch-remove-values"]);
    let strict = json!([{"op": "remove", "path": "members", "value": [{"value": "u1"}]}]);
    assert!(patched("Group", group(members.clone()), strict, &Profile::strict()).is_err());
    let by_filter = json!([{"op": "remove", "path": "members[value eq \"u1\"]"}]);
    for profile in [Profile::strict(), named("entra-scim062020")] {
        let (after, fired) = patched("Group", group(members.clone()), by_filter.clone(), &profile).unwrap();
        assert_eq!((&after["members"], fired.len()), (&json!([{"value": "u2"}]), 0));
    }
}

#[test]
fn entra_writes_booleans_as_text_inside_of_lists_too() {
    let primary = json!([{"op": "replace", "path": "emails[type eq \"work\"].primary", "value": "True"}]);
    let (after, fired) = patched("User", before(), primary.clone(), &named("entra")).unwrap();
    assert_eq!(after["emails"][0]["primary"], true);
    assert_eq!(fired, ["value-boolean-text"]);
    assert_eq!(
        patched("User", before(), primary, &Profile::strict()).unwrap_err().scim_type().unwrap().as_str(),
        "invalidValue"
    );
}

/// SCIM-SDK issue 680: three additions make one address; issues 668 and 673: the others stay.
#[test]
fn entra_builds_one_element_by_several_operations() {
    for op in ["add", "replace"] {
        let set = |sub: &str, value: &str| json!({"op": op, "path": format!("addresses[type eq \"work\"].{sub}"), "value": value});
        let operations = json!([set("formatted", "1 Way"), set("locality", "Bonn"), set("region", "NW")]);
        let mut stored = before();
        stored["addresses"] = json!([{"type": "home", "locality": "Ulm"}]);
        let (after, _) = patched("User", stored.clone(), operations.clone(), &named("entra")).unwrap();
        let work = json!({"type": "work", "formatted": "1 Way", "locality": "Bonn", "region": "NW"});
        assert_eq!(after["addresses"], json!([{"type": "home", "locality": "Ulm"}, work]));
        let error = patched("User", stored, operations, &Profile::strict()).unwrap_err();
        assert_eq!(error.scim_type().unwrap().as_str(), "noTarget");
    }
}

#[test]
fn entra_sends_simple_values_of_extensions_as_objects() {
    let stored = json!({"schemas": [uri::USER], "userName": "a"});
    let add = json!([{"op": "Add", "path": "urn:x:2.0:User:department_ids", "value": [{"value": "1"}]}]);
    let (after, fired) = patched("Staff", stored.clone(), add, &named("entra")).unwrap();
    assert_eq!(after["urn:x:2.0:User"], json!({"department_ids": ["1"]}));
    assert_eq!(after["schemas"], json!([uri::USER, "urn:x:2.0:User"]));
    assert_eq!(fired, ["patch-op-case", "value-simple-object"]);
    let strict = json!([{"op": "add", "path": "urn:x:2.0:User:department_ids", "value": [{"value": "1"}]}]);
    assert!(patched("Staff", stored, strict, &Profile::strict()).is_err());
}

#[test]
fn entra_asks_for_groups_without_members_and_for_membership() {
    let registry = registry();
    let groups = registry.resource("Group").unwrap();
    let stored = Resource::from_json(group(json!([{"value": "u1"}]))).unwrap();
    for (text, holds) in
        [("id eq \"g\" and members eq \"u1\"", true), ("id eq \"g\" and members eq \"u2\"", false)]
    {
        let filter = Filter::parse(text).unwrap().compile(groups).unwrap();
        assert_eq!(filter.matches(&stored), holds, "{text}");
    }
    let query =
        SearchRequest::from_pairs([("excludedAttributes", "members"), ("filter", "displayName eq \"g\"")])
            .unwrap();
    let shown = query.projection.apply(&stored, groups, &BTreeSet::new());
    assert!(shown.to_json().get("members").is_none());
    assert_eq!(shown.text("displayName"), Some("G"));
    assert!(query.filter.unwrap().compile(groups).unwrap().matches(&stored), "in any case");
}

#[test]
fn entra_wants_values_stored_as_they_were_sent() {
    let sent = json!({
        "schemas": [uri::USER], "userName": "Anna.Lee@Example.COM", "locale": "EN-us",
        "phoneNumbers": [{"type": "WORK", "value": "+1 (201) 555-0123"}],
        "emails": [{"type": "work", "value": "Anna@Example.COM"}]
    });
    let read = read(&Shape::Body(sent.clone()), &named("entra"), &mut Fired::default()).unwrap();
    assert_eq!(read, sent);
}

#[test]
fn entra_reads_schemas_from_a_list_without_nulls() {
    let schemas: Vec<Value> = SchemaRegistry::builtin().schemas().map(Schema::to_json).collect();
    let list = serde_json::to_value(ListResponse::complete(schemas)).unwrap();
    assert_eq!(list["schemas"], json!([uri::LIST_RESPONSE]));
    assert!(list["Resources"].as_array().is_some_and(|all| all.len() >= 6));
    let text = list.to_string();
    assert!(!text.contains(":null"), "a null hides attributes from the client");
    for word in ["\"multiValued\":", "\"caseExact\":", "\"readWrite\"", "\"dateTime\""] {
        assert!(text.contains(word), "{word}");
    }
}

#[test]
fn okta_activates_without_a_path_and_sends_back_what_it_read() {
    let activate = Shape::Operations(json!([{"op": "replace", "value": {"active": false}}]));
    let after = read(&activate, &Profile::strict(), &mut Fired::default()).unwrap();
    assert_eq!(after["active"], false);

    let registry = registry();
    let users = registry.resource("User").unwrap();
    let stored = json!({
        "schemas": [uri::USER], "id": "1", "userName": "a", "active": true,
        "groups": [{"value": "g"}], "meta": {"resourceType": "User", "version": "W/\"1\""}
    });
    let mut sent = stored.clone();
    sent["groups"] = json!([]);
    sent["meta"] = json!({"resourceType": "User"});
    sent["title"] = json!("Lead");
    let replaced = users
        .validate_replace(&Resource::from_json(stored.clone()).unwrap(), &Resource::from_json(sent).unwrap())
        .unwrap()
        .to_json();
    assert_eq!(
        (&replaced["id"], &replaced["groups"], &replaced["meta"]),
        (&stored["id"], &stored["groups"], &stored["meta"])
    );
    assert_eq!((&replaced["title"], &replaced["active"]), (&json!("Lead"), &json!(true)));
}

#[test]
fn okta_sends_a_password_that_never_comes_back() {
    let registry = registry();
    let users = registry.resource("User").unwrap();
    let body = json!({"schemas": [uri::USER], "userName": "a", "password": "Xy12-secret", "groups": []});
    let user = users.validate_create(&Resource::from_json(body).unwrap()).unwrap();
    assert_eq!(user.text("password"), Some("Xy12-secret"), "the store is to have it");
    for query in [vec![], vec![("attributes", "password,userName")]] {
        let query = SearchRequest::from_pairs(query).unwrap();
        assert!(query.projection.apply(&user, users, &BTreeSet::new()).to_json().get("password").is_none());
    }
    assert!(!format!("{user:?}").contains("Xy12-secret"));
}

#[test]
fn okta_probes_with_whole_numbers_and_accepts_numbers_in_errors() {
    let probe = SearchRequest::from_pairs([("startIndex", "1"), ("count", "2")]).unwrap();
    assert_eq!((probe.start_index, probe.count), (Some(1), Some(2)));
    let list = serde_json::to_value(ListResponse::page(vec![json!({"id": "1"})], 7, 1)).unwrap();
    for name in ["totalResults", "startIndex", "itemsPerPage"] {
        assert!(list[name].is_u64(), "{name}");
    }
    let error = Shape::Error(json!({"schemas": [uri::ERROR], "status": 409, "detail": "User exists"}));
    let mut fired = Fired::default();
    assert_eq!(read(&error, &named("okta-catalogue"), &mut fired).unwrap()["detail"], "User exists");
    assert!(!fired.is_empty());
}

#[test]
fn jumpcloud_removes_by_list_and_by_filter_with_a_value() {
    let members = json!([{"value": "u1"}, {"value": "u2"}]);
    for (path, tolerance) in
        [("members", "patch-remove-values"), ("members[value eq \"u1\"]", "patch-remove-filter-and-value")]
    {
        let remove = json!([{"op": "remove", "path": path, "value": [{"value": "u1"}]}]);
        let (after, fired) =
            patched("Group", group(members.clone()), remove.clone(), &named("jumpcloud")).unwrap();
        assert_eq!((&after["members"], fired), (&json!([{"value": "u2"}]), vec![tolerance]));
        assert!(patched("Group", group(members.clone()), remove, &Profile::strict()).is_err());
    }
}

#[test]
fn authentik_replaces_whole_resources_without_a_path() {
    let whole = json!([{"op": "replace", "value": {
        "schemas": [uri::USER], "id": "1", "userName": "b", "active": true, "displayName": "B",
        "meta": {"resourceType": "User"}, "emails": [{"value": "b@x.org", "type": "other", "primary": true}]
    }}]);
    let stored = json!({
        "schemas": [uri::USER], "id": "1", "userName": "a", "active": false, "meta": {"resourceType": "User"},
        "emails": [{"value": "a@x.org"}]
    });
    let (after, fired) = patched("User", stored, whole, &named("authentik")).unwrap();
    assert_eq!(
        (&after["userName"], &after["active"], &after["displayName"]),
        (&json!("b"), &json!(true), &json!("B"))
    );
    assert_eq!(after["emails"], json!([{"value": "b@x.org", "type": "other", "primary": true}]));
    assert!(fired.is_empty());
    // Its User schema has properties of its own (scim2-models issue 85).
    let schema = Schema::from_json(json!({
        "id": uri::USER,
        "attributes": [{"name": "userName", "type": "string", "pattern": "^[a-z]+$"}]
    }));
    assert_eq!(schema.unwrap().attributes.len(), 1);
}

/// RFC 7643 section 8.7 prints its schemas like that; errata 5999 and 8417 add `schemas`.
#[test]
fn atlassian_serves_schemas_without_schemas() {
    let served = json!({"id": "urn:x:A", "name": "A", "attributes": [{"name": "a", "type": "string"}]});
    let schema = Schema::from_json(served).unwrap();
    assert_eq!(schema.to_json()["schemas"], json!([uri::SCHEMA]), "what we serve has it");
}

#[test]
fn aws_says_errors_twice_and_takes_little() {
    let body = json!({
        "schema": [uri::ERROR], "schemas": [uri::ERROR], "detail": "Request is unparsable", "status": "400",
        "exceptionRequestId": "r-1", "timeStamp": "2026-01-01 00:00:00"
    });
    let error = ScimError::from_json(body, &Profile::strict(), &mut Fired::default()).unwrap();
    assert_eq!((error.status(), error.detail()), (400, "Request is unparsable"));

    let aws = named("aws");
    let refused =
        |text: &str| aws.outgoing().check_filter(&Filter::parse(text).unwrap()).unwrap_err().to_string();
    aws.outgoing().check_filter(&Filter::parse(r#"userName eq "a" and id eq "1""#).unwrap()).unwrap();
    assert_eq!(
        refused(r#"userName sw "a""#),
        r#"expected a filter of `eq` and `and`, found `userName sw "a"`"#
    );
    assert_eq!(
        refused(r#"id eq "1" or id eq "2""#),
        r#"expected a filter of `eq` and `and`, found `id eq "1" or id eq "2"`"#
    );
    let patch = |operations: Value| {
        let body = json!({"schemas": [uri::PATCH_OP], "Operations": operations});
        let patch: Patch = serde_json::from_value(body).unwrap();
        aws.outgoing().check_patch(&patch).map_err(|e| e.to_string())
    };
    assert_eq!(
        patch(json!([{"op": "remove", "path": "userName"}])).unwrap_err(),
        "expected `userName` kept or replaced, found `remove`"
    );
    let active = |value: bool| json!({"op": "replace", "path": "active", "value": value});
    assert_eq!(
        patch(json!([active(false), active(true)])).unwrap_err(),
        "expected one operation on `active`, found several"
    );
    assert_eq!(
        patch(json!([{"op": "add", "path": "emails[type eq \"work\"].display", "value": "W"}])).unwrap_err(),
        "expected an attribute that the peer has, found `emails.display`"
    );
    patch(json!([active(false), {"op": "replace", "path": "title", "value": "Lead"}])).unwrap();

    let registry = registry();
    let body = json!({
        "userName": "a", "password": "x", "photos": [{"value": "p"}],
        "emails": [{"value": "a@x.org", "display": "A"}]
    });
    let mut user = Resource::from_json(body).unwrap();
    let gone = aws.outgoing().fit(&mut user, registry.resource("User").unwrap());
    assert_eq!(gone, ["password", "photos", "emails.display"]);
    assert_eq!(user.to_json(), json!({"userName": "a", "emails": [{"value": "a@x.org"}]}));
}

#[test]
fn hcp_terraform_filters_by_two_names() {
    let peer = named("hcp-terraform");
    let check =
        |text: &str| peer.outgoing().check_filter(&Filter::parse(text).unwrap()).map_err(|e| e.to_string());
    check(r#"userName eq "a""#).unwrap();
    check(r#"externalId eq "a""#).unwrap();
    assert_eq!(
        check(r#"displayName eq "a""#).unwrap_err(),
        "expected a filter on `userName` or `externalId`, found `displayName`"
    );
    assert_eq!(peer.outgoing().page_size(1000), 200);
}

#[test]
fn limits_of_the_others_are_known() {
    let page = |id: &str| named(id).outgoing().page_size(5000);
    assert_eq!((page("slack"), page("salesforce"), page("aws"), page("strict")), (1000, 200, 50, 5000));
    assert!(!named("qualified").outgoing().config, "it has no configuration to read");
    assert!(named("salesforce").outgoing().config);
    let inactive = Resource::from_json(json!({"userName": "a", "active": false})).unwrap();
    let title = Patch::default().replace("title".parse::<PatchPath>().unwrap(), "Lead");
    assert_eq!(
        named("launchdarkly").outgoing().check_patch_of(&title, &inactive).unwrap_err().to_string(),
        "expected a user that is active or becomes so, found an inactive one"
    );
    let back = Patch::default().replace("active".parse::<PatchPath>().unwrap(), true);
    named("launchdarkly").outgoing().check_patch_of(&back, &inactive).unwrap();
    named("peakon").outgoing().check_patch_of(&title, &inactive).unwrap();
}

/// Every peer of whom something was seen has a profile.
#[test]
fn every_peer_has_a_profile() {
    let peers = "entra entra-scim062020 okta-custom okta-catalogue onelogin jumpcloud google aws slack salesforce github \
                 atlassian ping-one databricks miro hcp-terraform peakon launchdarkly sailpoint authentik vcenter qualified \
                 interop ipsie strict";
    for peer in peers.split_whitespace() {
        assert!(Profile::named(peer).is_some(), "{peer}");
    }
    assert_eq!(Profile::all().count(), peers.split_whitespace().count());
}
