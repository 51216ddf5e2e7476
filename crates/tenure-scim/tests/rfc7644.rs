//! Statements of RFC 7644 and RFC 9865 that concern the model, one test each, and the examples of RFC 7644.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "tests"
)]

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tenure_scim::bulk::{BulkLimits, BulkRequest, BulkResponse, BulkStep};
use tenure_scim::message::{ListResponse, SearchRequest, ServiceProviderConfig, SortOrder};
use tenure_scim::page::{IndexPage, PageLimits};
use tenure_scim::{
    AttrPath, Filter, FilterLimits, Fired, Patch, PatchPath, Profile, Projection, Resource, SchemaRegistry,
    ScimError, Sort, uri,
};

fn registry() -> SchemaRegistry {
    SchemaRegistry::builtin()
}

fn matches(filter: &str, user: Value) -> bool {
    let filter = Filter::parse(filter).unwrap();
    filter.compile(registry().resource("User").unwrap()).unwrap().matches(&Resource::from_json(user).unwrap())
}

fn refused(filter: &str) -> ScimError {
    match Filter::parse(filter) {
        Ok(parsed) => parsed.check(registry().resource("User").unwrap()).unwrap_err().into(),
        Err(error) => error.into(),
    }
}

fn patch(before: &Value, operations: Value) -> Result<(Value, bool), ScimError> {
    let registry = registry();
    let kind = if before["displayName"].is_string() { "Group" } else { "User" };
    let mut resource = Resource::from_json(before.clone()).unwrap();
    let body = json!({"schemas": [uri::PATCH_OP], "Operations": operations});
    let patch = Patch::from_json(body, &Profile::strict(), &mut Fired::default())?;
    let report = patch.apply(&mut resource, registry.resource(kind).unwrap())?;
    Ok((resource.to_json(), report.changed))
}

fn keyword(error: &ScimError) -> &str {
    error.scim_type().unwrap().as_str()
}

#[test]
fn s26_3_1_messages_are_no_schemas_of_resources() {
    let registry = registry();
    assert!(registry.schemas().all(|s| !s.id.is_message()));
    assert!(uri::PATCH_OP.parse::<tenure_scim::SchemaUri>().unwrap().is_message());
    let query = SearchRequest::from_pairs([("unknown", "x"), ("count", "1")]).unwrap();
    assert_eq!(query.to_pairs(), [("count", "1".to_owned())]);
}

#[test]
fn s28_3_3_a_conflict_at_creation_is_409_uniqueness() {
    let error = ScimError::uniqueness("taken");
    assert_eq!((error.status(), keyword(&error)), (409, "uniqueness"));
}

#[test]
fn s29_3_4_2_no_match_is_an_empty_list() {
    let list: ListResponse =
        serde_json::from_value(json!({"schemas": [uri::LIST_RESPONSE], "totalResults": 0})).unwrap();
    assert_eq!((list.total_results, list.resources.len()), (Some(0), 0));
}

#[test]
fn s30_3_4_2_1_an_attribute_unknown_to_a_type_has_no_value() {
    let registry = registry();
    let groups = registry.resource("Group").unwrap();
    let group = Resource::new(uri::GROUP);
    let root = |text: &str| Filter::parse(text).unwrap().compile_lenient(groups).unwrap().matches(&group);
    assert!(!root("userName pr") && root("not (userName pr)") && root("userName eq null"));
}

#[test]
fn s31_3_4_2_2_names_and_operators_have_no_case_and_and_binds_before_or() {
    let user = json!({"userName": "a", "title": "t"});
    assert!(matches(r#"USERNAME Eq "A""#, user.clone()));
    assert!(matches(r#"userName eq "a" or title eq "x" and title eq "y""#, user.clone()));
    assert!(!matches(r#"(userName eq "a" or title eq "x") and title eq "y""#, user.clone()));
    assert!(matches(r#"not(title eq "x")"#, user.clone()) && matches(r#"not (title eq "x")"#, user));
}

#[test]
fn s32_3_4_2_2_what_has_no_order_and_what_is_no_operator_is_an_invalid_filter() {
    for filter in ["active gt true", r#"x509Certificates.value lt "YQ==""#, r#"userName is "a""#] {
        let error = refused(filter);
        assert_eq!((error.status(), keyword(&error)), (400, "invalidFilter"));
    }
    let user = json!({"title": "b", "meta": {"created": "2026-01-01T01:00:00+02:00"}});
    assert!(matches(r#"title gt "a" and title lt "ba""#, user.clone()));
    assert!(matches(r#"meta.created lt "2026-01-01T00:00:00Z""#, user));
}

#[test]
fn s33_3_4_2_2_any_value_may_match_and_brackets_are_about_one() {
    let user = json!({"emails": [{"type": "work", "value": "a"}, {"type": "home", "value": "b"}]});
    assert!(matches(r#"emails.type eq "work" and emails.value eq "b""#, user.clone()));
    assert!(!matches(r#"emails[type eq "work" and value eq "b"]"#, user));
}

#[test]
fn s34_3_4_2_2_a_complex_attribute_stands_for_its_value() {
    assert!(matches(r#"emails co "example""#, json!({"emails": [{"value": "a@example.com"}]})));
    assert_eq!(keyword(&refused(r#"name co "x""#)), "invalidFilter");
}

#[test]
fn s35_3_4_2_2_present_means_not_empty() {
    for (user, expected) in [
        (json!({"title": "t"}), true),
        (json!({"title": ""}), false),
        (json!({"title": null}), false),
        (json!({}), false),
    ] {
        assert_eq!(matches("title pr", user), expected);
    }
    for (user, expected) in [
        (json!({"emails": [{"type": "work"}]}), true),
        (json!({"emails": [{}]}), false),
        (json!({"emails": []}), false),
    ] {
        assert_eq!(matches("emails pr", user), expected);
    }
}

#[test]
fn s33_3_4_2_2_no_value_is_no_element() {
    for none in [
        json!({"userName": "a"}),
        json!({"userName": "a", "emails": null}),
        json!({"userName": "a", "emails": []}),
    ] {
        assert!(!matches(r#"emails[not (type eq "work")]"#, none));
    }
    assert!(matches(r#"emails[not (type eq "work")]"#, json!({"userName": "a", "emails": [{"value": "b"}]})));
}

#[test]
fn s36_3_4_2_2_the_attribute_decides_about_case() {
    let user = json!({"id": "A", "userName": "A", "externalId": "A"});
    assert!(matches(r#"userName eq "a""#, user.clone()));
    assert!(!matches(r#"id eq "a""#, user.clone()) && !matches(r#"externalId eq "a""#, user));
}

#[test]
fn s36_3_4_2_2_a_default_counts_once_it_is_returned() {
    // A server that takes an absent `active` for true says so in what it returns; what it did not return is not compared.
    let filter = r#"active eq true"#;
    assert!(!matches(filter, json!({"userName": "a"})));
    assert!(matches(r#"not (active eq true)"#, json!({"userName": "a"})));
    assert!(matches(filter, json!({"userName": "a", "active": true})));
    assert!(!matches(filter, json!({"userName": "a", "active": null})));
}

#[test]
fn s37_3_4_2_3_missing_values_come_last_and_descending_first() {
    let registry = registry();
    let users = registry.resource("User").unwrap();
    for (order, expected) in
        [(SortOrder::Ascending, ["a", "B", "-"]), (SortOrder::Descending, ["-", "B", "a"])]
    {
        let mut all: Vec<Resource> = ["B", "-", "a"]
            .map(|t| if t == "-" { json!({}) } else { json!({"title": t}) })
            .map(|u| Resource::from_json(u).unwrap())
            .into();
        Sort::new(&"title".parse().unwrap(), order, users).unwrap().sort(&mut all);
        let titles: Vec<_> = all.iter().map(|u| u.text("title").unwrap_or("-")).collect();
        assert_eq!(titles, expected);
    }
}

#[test]
fn s38_3_4_2_4_positions_begin_at_one_and_count_is_not_negative() {
    let page = |pairs: [(&str, &str); 2]| {
        IndexPage::of(&SearchRequest::from_pairs(pairs).unwrap(), PageLimits::default())
    };
    let first = page([("startIndex", "-3"), ("count", "-1")]);
    assert_eq!((first.start_index(), first.size()), (1, 0));
    assert_eq!(first.cut(vec![1, 2]).total_results, Some(2));
    assert_eq!(page([("startIndex", "2"), ("count", "1")]).cut(vec![1, 2, 3]).resources, [2]);
}

#[test]
fn s39_3_4_2_5_attributes_and_excluded_attributes_exclude_each_other() {
    let error = SearchRequest::from_pairs([("attributes", "a"), ("excludedAttributes", "b")]).unwrap_err();
    assert_eq!(error.status(), 400);
    let registry = registry();
    let user = Resource::from_json(json!({"id": "1", "userName": "a", "password": "p"})).unwrap();
    let excluded = Projection::new(vec![], vec!["id".parse().unwrap()]).unwrap();
    let answer = excluded.apply(&user, registry.resource("User").unwrap(), &BTreeSet::new());
    assert_eq!(answer.to_json(), json!({"id": "1", "userName": "a"}));
}

#[test]
fn s41_3_5_2_operations_are_one_or_more_and_all_or_none() {
    let user = json!({"userName": "a"});
    assert_eq!(keyword(&patch(&user, json!([])).unwrap_err()), "invalidSyntax");
    let (after, _) = patch(
        &user,
        json!([{"op": "add", "path": "title", "value": "t"}, {"op": "remove", "path": "title"}]),
    )
    .unwrap();
    assert_eq!(after, user);
    assert!(
        patch(&user, json!([{"op": "add", "path": "title", "value": "t"}, {"op": "remove", "path": "x"}]))
            .is_err()
    );
}

#[test]
fn s42_3_5_2_a_qualified_name_declares_its_extension() {
    let path = format!("{}:employeeNumber", uri::ENTERPRISE_USER);
    let user = json!({"schemas": [uri::USER], "userName": "a"});
    let (after, _) = patch(&user, json!([{"op": "add", "path": path, "value": "7"}])).unwrap();
    assert_eq!(after["schemas"], json!([uri::USER, uri::ENTERPRISE_USER]));
}

#[test]
fn s43_3_5_2_a_new_primary_resets_the_old_one() {
    let user = json!({"userName": "a", "emails": [{"value": "1", "primary": true}, {"value": "2"}]});
    let (after, _) =
        patch(&user, json!([{"op": "add", "path": "emails[value eq \"2\"].primary", "value": true}]))
            .unwrap();
    assert_eq!(after["emails"], json!([{"value": "1", "primary": false}, {"value": "2", "primary": true}]));
}

#[test]
fn s45_3_5_2_1_adding_what_is_there_changes_nothing() {
    let group = json!({"displayName": "g", "members": [{"value": "1"}]});
    let (after, changed) =
        patch(&group, json!([{"op": "add", "path": "members", "value": [{"value": "1"}]}])).unwrap();
    assert_eq!((after, changed), (group.clone(), false));
    assert_eq!(
        keyword(&patch(&group, json!([{"op": "add", "path": "members"}])).unwrap_err()),
        "invalidValue"
    );
}

#[test]
fn s47_3_5_2_2_remove_needs_a_path_and_forgives_what_is_gone() {
    let group = json!({"displayName": "g", "members": [{"value": "1"}]});
    assert_eq!(keyword(&patch(&group, json!([{"op": "remove"}])).unwrap_err()), "noTarget");
    assert_eq!(
        keyword(&patch(&group, json!([{"op": "remove", "path": "displayName"}])).unwrap_err()),
        "mutability"
    );
    assert_eq!(keyword(&patch(&group, json!([{"op": "remove", "path": "id"}])).unwrap_err()), "mutability");
    assert!(!patch(&group, json!([{"op": "remove", "path": "members[value eq \"2\"]"}])).unwrap().1);
    let (after, _) = patch(&group, json!([{"op": "remove", "path": "members[value eq \"1\"]"}])).unwrap();
    assert_eq!(after, json!({"displayName": "g"}));
}

#[test]
fn s48_3_5_2_3_replace_adds_merges_replaces_and_wants_a_match() {
    let user =
        json!({"userName": "a", "name": {"givenName": "A", "familyName": "B"}, "emails": [{"value": "1"}]});
    let (after, _) = patch(
        &user,
        json!([
            {"op": "replace", "path": "title", "value": "t"},
            {"op": "replace", "path": "name", "value": {"givenName": "C"}},
            {"op": "replace", "path": "emails", "value": [{"value": "2"}]}
        ]),
    )
    .unwrap();
    assert_eq!(
        after,
        json!({"userName": "a", "title": "t", "name": {"givenName": "C", "familyName": "B"}, "emails": [{"value": "2"}]})
    );
    let missing = json!([{"op": "replace", "path": "emails[value eq \"3\"].display", "value": "x"}]);
    assert_eq!(keyword(&patch(&user, missing).unwrap_err()), "noTarget");
}

#[test]
fn s49_3_5_2_a_path_is_an_attribute_or_some_of_its_values() {
    for path in [
        "members",
        "name.familyName",
        "addresses[type eq \"work\"]",
        "members[value eq \"1\"].display",
        "schemas[value eq \"u\"]",
    ] {
        assert_eq!(PatchPath::parse(path).unwrap().to_string(), path);
    }
    assert_eq!(keyword(&PatchPath::parse("tags[eq \"x\"]").unwrap_err().into()), "invalidFilter");
}

#[test]
fn s51_3_7_references_may_be_forward_and_circular() {
    let group = |id: &str, other: &str| {
        json!({"method": "POST", "path": "/Groups", "bulkId": id,
        "data": {"displayName": id, "members": [{"value": format!("bulkId:{other}")}]}})
    };
    let body = json!({"schemas": [uri::BULK_REQUEST], "Operations": [group("a", "b"), group("b", "a")]});
    let plan = BulkRequest::from_json(body, BulkLimits::default()).unwrap().plan();
    assert!(plan.steps.iter().all(|s| !matches!(s, BulkStep::Fail { .. })));
    assert_eq!(plan.steps.iter().map(BulkStep::operation).collect::<Vec<_>>(), [1, 0, 1]);
    let without = json!({"schemas": [uri::BULK_REQUEST], "Operations": [{"method": "POST", "path": "/Users", "data": {}}]});
    assert_eq!(
        keyword(&BulkRequest::from_json(without, BulkLimits::default()).unwrap_err()),
        "invalidSyntax"
    );
}

#[test]
fn s52_3_7_the_status_of_an_operation_is_a_string() {
    let read: BulkResponse =
        serde_json::from_value(json!({"Operations": [{"method": "PUT", "status": {"code": "200"}}]}))
            .unwrap();
    assert_eq!(serde_json::to_value(read).unwrap()["Operations"][0]["status"], "200");
}

#[test]
fn s53_3_7_4_over_a_limit_is_413_and_names_the_limit() {
    let body = json!({"schemas": [uri::BULK_REQUEST], "Operations": [{}, {}]});
    let error =
        BulkRequest::from_json(body, BulkLimits { max_operations: 1, max_payload_size: 1 }).unwrap_err();
    assert_eq!(
        (error.status(), error.detail()),
        (413, "expected at most 1 operations (`maxOperations`), found 2")
    );
}

#[test]
fn s55_3_10_the_last_colon_ends_the_schema() {
    let path: AttrPath = "URN:ietf:params:scim:schemas:core:2.0:USER:Name.GivenName".parse().unwrap();
    assert_eq!(path, format!("{}:name.givenName", uri::USER).parse().unwrap());
    assert_eq!(path.sub().unwrap(), "givenname");
    assert!(matches(
        r#"urn:ietf:params:scim:schemas:core:2.0:User:name.givenName eq "a""#,
        json!({"name": {"givenName": "A"}})
    ));
}

#[test]
fn s57_3_12_the_status_of_an_error_is_a_string_and_sensitive_is_403() {
    let error = ScimError::sensitive("personal data in a URL");
    assert_eq!(error.status(), 403);
    assert_eq!(serde_json::to_value(error).unwrap()["status"], "403");
}

#[test]
fn s60_7_8_user_names_are_compared_by_precis() {
    assert!(matches("userName eq \"ＪＯＳÉ\"", json!({"userName": "jose\u{301}"})));
    assert!(!matches("userName eq \"jose\"", json!({"userName": "jos\u{e9}"})));
}

/// RFC 9865 section 2.
#[test]
fn s62_2_an_empty_cursor_is_the_first_page() {
    for (pairs, cursor) in [(vec![("cursor", "")], Some("")), (vec![("count", "1")], None)] {
        assert_eq!(SearchRequest::from_pairs(pairs).unwrap().cursor.as_deref(), cursor);
    }
}

/// A type with an attribute that is written once.
fn badges() -> SchemaRegistry {
    let schema = json!({"id": "urn:example:Badge", "name": "Badge", "attributes": [
        {"name": "number", "type": "string", "mutability": "immutable"},
        {"name": "label", "type": "string", "required": true},
        {"name": "colour", "type": "string"}
    ]});
    let mut registry = SchemaRegistry::builtin();
    registry.add_schema(serde_json::from_value(schema).unwrap());
    let kind = tenure_scim::ResourceType::new("Badge", "/Badges", "urn:example:Badge".parse().unwrap());
    registry.add_resource_type(kind).unwrap();
    registry
}

fn badge(more: Value) -> Resource {
    let mut value = json!({"schemas": ["urn:example:Badge"]});
    value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Resource::from_json(value).unwrap()
}

#[test]
fn s40_3_5_1_put_keeps_immutable_values_and_clears_what_is_left_out() {
    let registry = badges();
    let replace = |old: Value, new: Value| {
        registry.resource("Badge").unwrap().validate_replace(&badge(old), &badge(new))
    };
    let stored = json!({"number": "1", "label": "A", "colour": "red"});
    let error = replace(stored.clone(), json!({"number": "2", "label": "A"})).unwrap_err();
    assert_eq!((error.status(), keyword(&error)), (400, "mutability"));
    let set = replace(json!({"label": "A"}), json!({"label": "A", "number": "2"})).unwrap();
    assert_eq!(set.text("number"), Some("2"));
    for colour in [json!({}), json!({"colour": null}), json!({"colour": []})] {
        let mut body = json!({"label": "B"});
        body.as_object_mut().unwrap().extend(colour.as_object().unwrap().clone());
        let replaced = replace(stored.clone(), body).unwrap();
        assert_eq!(replaced, badge(json!({"number": "1", "label": "B"})));
    }
    assert_eq!(keyword(&replace(stored, json!({"colour": "red"})).unwrap_err()), "invalidValue");
}

#[test]
fn s46_3_5_2_an_immutable_attribute_without_a_value_takes_one() {
    let registry = badges();
    let schema = registry.resource("Badge").unwrap();
    let set = |badge: &mut Resource, number: &str| {
        let patch = Patch::default().add("number".parse::<PatchPath>().unwrap(), number);
        patch.apply(badge, schema).map(|report| report.changed)
    };
    let mut stored = badge(json!({"label": "A"}));
    assert!(set(&mut stored, "1").unwrap());
    assert!(!set(&mut stored, "1").unwrap(), "the same value again is no change");
    assert_eq!(keyword(&set(&mut stored, "2").unwrap_err()), "mutability");
}

#[test]
fn s65_rfc9865_2_the_total_may_be_left_out_and_a_count_of_zero_asks_for_it_alone() {
    let page = serde_json::to_value(ListResponse::cursor_page(vec![1], None, Some("c".to_owned()))).unwrap();
    assert!(page.get("totalResults").is_none() && page["nextCursor"] == "c");
    let query = SearchRequest::from_pairs([("cursor", ""), ("count", "0")]).unwrap();
    let total = serde_json::to_value(ListResponse::cursor_page(Vec::<u8>::new(), Some(7), None)).unwrap();
    assert_eq!(
        (query.count, total["totalResults"].as_u64(), total.get("nextCursor")),
        (Some(0), Some(7), None)
    );
}

fn configuration(with: Value) -> Result<ServiceProviderConfig, ScimError> {
    let mut document = ServiceProviderConfig::default().to_json();
    document.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
    ServiceProviderConfig::from_json(document, &Profile::strict(), &mut Fired::default())
}

#[test]
fn s67_rfc9865_4_the_configuration_says_both_ways_of_paging_and_may_say_the_rest() {
    let pagination =
        configuration(json!({"pagination": {"cursor": true, "index": false}})).unwrap().pagination;
    let pagination = pagination.unwrap();
    assert!(pagination.cursor && !pagination.index && pagination.max_page_size.is_none());
    for missing in [json!({"cursor": true}), json!({"index": true})] {
        assert_eq!(keyword(&configuration(json!({"pagination": missing})).unwrap_err()), "invalidSyntax");
    }
    assert!(configuration(json!({})).unwrap().pagination.is_none(), "absence means nothing");
}

#[test]
fn s72_rfc9967_the_configuration_says_which_events_are_sent() {
    let events = json!({"asyncRequest": "long", "eventUris": [tenure_scim::event::DELETE]});
    let read = configuration(json!({"securityEvents": events.clone()})).unwrap();
    assert_eq!(read.to_json()["securityEvents"], events);
}

/// RFC 9865 section 2.
#[test]
fn s63_2_the_end_is_where_no_cursor_follows() {
    let last = serde_json::to_value(ListResponse::cursor_page(vec![1], Some(1), None)).unwrap();
    assert!(
        last.get("nextCursor").is_none()
            && last.get("previousCursor").is_none()
            && last.get("startIndex").is_none()
    );
}

#[test]
fn examples_parse_validate_and_round_trip() {
    let examples: Vec<Value> = serde_json::from_str(include_str!("data/rfc7644.json")).unwrap();
    assert_eq!(examples.len(), 40);
    let registry = registry();
    for example in &examples {
        let (section, body) = (example["section"].as_str().unwrap(), &example["example"]);
        let again = match body["schemas"][0].as_str().unwrap() {
            uri::PATCH_OP => {
                serde_json::to_value(serde_json::from_value::<Patch>(body.clone()).unwrap()).unwrap()
            }
            uri::LIST_RESPONSE => {
                serde_json::to_value(serde_json::from_value::<ListResponse>(body.clone()).unwrap()).unwrap()
            }
            uri::ERROR => {
                serde_json::to_value(serde_json::from_value::<ScimError>(body.clone()).unwrap()).unwrap()
            }
            uri::SEARCH_REQUEST => {
                let strict = Profile::strict();
                let query = SearchRequest::from_json(
                    body.clone(),
                    &FilterLimits::default(),
                    &strict,
                    &mut Fired::default(),
                );
                serde_json::to_value(query.unwrap()).unwrap()
            }
            uri::BULK_REQUEST => {
                serde_json::to_value(BulkRequest::from_json(body.clone(), BulkLimits::default()).unwrap())
                    .unwrap()
            }
            uri::BULK_RESPONSE => {
                let response = serde_json::from_value::<BulkResponse>(body.clone()).unwrap();
                let again = serde_json::to_value(&response).unwrap();
                assert_eq!(serde_json::from_value::<BulkResponse>(again).unwrap(), response);
                // Erratum 7916: an older figure has an object as status.
                body.clone()
            }
            kind => {
                let resource = Resource::from_json(body.clone()).unwrap();
                let schema = registry.by_schema(&kind.parse().unwrap()).unwrap();
                if body.get("userName").is_some() || kind == uri::GROUP {
                    schema.validate_create(&resource).unwrap_or_else(|e| panic!("{section}: {e}"));
                }
                resource.to_json()
            }
        };
        // Letters of a filter's operators and absent list parts aside, what was read is what is written.
        assert_eq!(without_filter_spacing(&again), without_filter_spacing(body), "{section}");
    }
}

/// The RFC writes `value eq"1"`, we write `value eq "1"`; both are one filter.
fn without_filter_spacing(value: &Value) -> String {
    value.to_string().replace("eq\\\"", "eq \\\"")
}

/// RFC 7644 sections 3.5.2.1 to 3.5.2.3: the examples apply to the resources that they are about.
#[test]
fn patch_examples_apply() {
    let examples: Vec<Value> = serde_json::from_str(include_str!("data/rfc7644.json")).unwrap();
    let user = json!({"schemas": [uri::USER], "userName": "babs", "emails": [{"type": "work", "value": "b@example.com"}],
        "addresses": [{"type": "work", "streetAddress": "1 Main St", "primary": true}, {"type": "home", "primary": true}]});
    let group = json!({"schemas": [uri::GROUP], "displayName": "G",
        "members": [{"value": "2819c223-7f76-...413861904646"}, {"value": "2819c223...919d-413861904646"}]});
    let mut applied = 0;
    for example in examples.iter().filter(|e| e["example"]["schemas"][0] == uri::PATCH_OP) {
        let operations = &example["example"]["Operations"];
        let before = if operations.to_string().contains("members") { &group } else { &user };
        let (_, changed) = patch(before, operations.clone()).unwrap_or_else(|e| panic!("{operations}: {e}"));
        assert!(changed, "{operations}");
        applied += 1;
    }
    assert_eq!(applied, 12);
}
