//! The profiles that are stricter than RFC 7644: each wire shape is taken by the strict profile and refused by theirs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "tests"
)]

use serde_json::{Value, json};
use tenure_scim::filter::FilterLimits;
use tenure_scim::message::ServiceProviderConfig;
use tenure_scim::{
    Filter, Fired, Patch, Profile, Resource, Restriction, SchemaRegistry, ScimError, Tolerance, profile, uri,
};

fn interop() -> Profile {
    Profile::named("interop").unwrap()
}

fn user() -> Resource {
    Resource::from_json(json!({
        "schemas": [uri::USER],
        "userName": "anna",
        "name": {"givenName": "Anna", "familyName": "Berg"},
        "emails": [{"value": "a@x.org", "type": "work"}, {"value": "b@x.org", "type": "work"}, {"value": "c@x.org", "type": "home"}]
    }))
    .unwrap()
}

fn patched(operations: Value, profile: &Profile) -> Result<Resource, ScimError> {
    let registry = SchemaRegistry::builtin();
    let body = json!({"schemas": [uri::PATCH_OP], "Operations": operations});
    let mut user = user();
    let patch = Patch::from_json(body, profile, &mut Fired::default())?;
    patch.apply_with(&mut user, registry.resource("User").unwrap(), profile).map(|_| user)
}

/// Strict takes the operations, the profile refuses them, and without the restriction it takes them too.
#[track_caller]
fn check_patch(profile: &Profile, restriction: Restriction, operations: Value, error: &str) {
    patched(operations.clone(), &Profile::strict()).unwrap();
    patched(operations.clone(), &profile.clone().unrestricted(restriction)).unwrap();
    assert_eq!(patched(operations, profile).unwrap_err().to_string(), error, "{restriction}");
}

fn created(body: &Value, profile: &Profile) -> Result<(), ScimError> {
    let registry = SchemaRegistry::builtin();
    let mut body = Resource::from_json(body.clone()).unwrap();
    profile::normalise(&mut body, registry.resource("User").unwrap(), profile, &mut Fired::default())
}

#[track_caller]
fn check_body(profile: &Profile, restriction: Restriction, body: Value, error: &str) {
    created(&body, &Profile::strict()).unwrap();
    created(&body, &profile.clone().unrestricted(restriction)).unwrap();
    assert_eq!(created(&body, profile).unwrap_err().to_string(), error, "{restriction}");
}

fn parsed(text: &str, profile: &Profile) -> Result<Filter, ScimError> {
    Ok(Filter::parse_with(text, &FilterLimits::default(), profile, &mut Fired::default())?)
}

#[track_caller]
fn check_filter(profile: &Profile, restriction: Restriction, text: &str) {
    parsed(text, &Profile::strict()).unwrap();
    parsed(text, &profile.clone().unrestricted(restriction)).unwrap();
    let error = parsed(text, profile).unwrap_err();
    assert_eq!(error.scim_type().map(|t| t.as_str()), Some("invalidFilter"), "{text}");
}

#[test]
fn s73_interop_every_operation_has_a_path() {
    check_patch(
        &interop(),
        Restriction::PatchPathRequired,
        json!([{"op": "replace", "value": {"active": false}}]),
        "400 invalidSyntax: operation 1: expected a `path`",
    );
    let error = patched(json!([{"op": "replace", "value": {"active": false}}]), &interop()).unwrap_err();
    assert_eq!((error.status(), error.scim_type().map(|t| t.as_str())), (400, Some("invalidSyntax")));
}

#[test]
fn s73_interop_one_operation_for_an_attribute() {
    check_patch(
        &interop(),
        Restriction::PatchOncePerTarget,
        json!([{"op": "add", "path": "title", "value": "A"}, {"op": "replace", "path": "TITLE", "value": "B"}]),
        "400 invalidSyntax: operation 2: expected one operation for `TITLE`, found another",
    );
    let different = json!([{"op": "replace", "path": "name.givenName", "value": "A"}, {"op": "replace", "path": "name.familyName", "value": "B"}]);
    patched(different, &interop()).unwrap();
}

#[test]
fn s73_interop_a_filtered_path_ends_at_a_sub_attribute() {
    check_patch(
        &interop(),
        Restriction::PatchFilterNeedsSub,
        json!([{"op": "replace", "path": "emails[type eq \"home\"]", "value": {"value": "d@x.org"}}]),
        "400 invalidPath: operation 1: expected a sub-attribute behind the `]` of `emails[type eq \"home\"]`",
    );
    let sub = json!([{"op": "replace", "path": "emails[type eq \"home\"].value", "value": "d@x.org"}]);
    assert_eq!(patched(sub, &interop()).unwrap().as_value().to_json()["emails"][2]["value"], "d@x.org");
    let gone = patched(json!([{"op": "remove", "path": "emails[type eq \"home\"]"}]), &interop()).unwrap();
    assert_eq!(gone.as_value().to_json()["emails"].as_array().unwrap().len(), 2);
}

#[test]
fn s73_interop_a_value_filter_has_one_match() {
    let message =
        "400 invalidFilter: operation 1: expected one value that matches `type eq \"work\"`, found 2";
    for operation in [
        json!({"op": "replace", "path": "emails[type eq \"work\"].display", "value": "d"}),
        json!({"op": "remove", "path": "emails[type eq \"work\"]"}),
    ] {
        check_patch(&interop(), Restriction::PatchFilterOneMatch, json!([operation]), message);
    }
}

#[test]
fn s48_s73_interop_replace_of_a_complex_attribute_replaces_all_of_it() {
    let replace = json!([{"op": "replace", "path": "name", "value": {"givenName": "Eva"}}]);
    let name = |profile| patched(replace.clone(), &profile).unwrap().as_value().to_json()["name"].clone();
    assert_eq!(name(Profile::strict()), json!({"givenName": "Eva", "familyName": "Berg"}));
    assert_eq!(name(interop()), json!({"givenName": "Eva"}));
    assert_eq!(name(interop().unrestricted(Restriction::PatchReplaceWhole))["familyName"], "Berg");
    let add = json!([{"op": "add", "path": "name", "value": {"givenName": "Eva"}}]);
    let merged = patched(add, &interop()).unwrap().as_value().to_json();
    assert_eq!(merged["name"], json!({"givenName": "Eva", "familyName": "Berg"}));
}

/// What only the service provider writes stays where all of a complex attribute is replaced.
#[test]
fn s73_interop_replace_of_a_manager_keeps_the_name_that_the_provider_gave() {
    let stored = json!({"value": "m", "$ref": "/Users/m", "displayName": "M"});
    let mut user = Resource::from_json(json!({
        "schemas": [uri::USER, uri::ENTERPRISE_USER], "userName": "a", uri::ENTERPRISE_USER: {"manager": stored},
    }))
    .unwrap();
    let path = format!("{}:manager", uri::ENTERPRISE_USER);
    let body = json!({
        "schemas": [uri::PATCH_OP], "Operations": [{"op": "replace", "path": path, "value": {"value": "n"}}],
    });
    let patch = Patch::from_json(body, &interop(), &mut Fired::default()).unwrap();
    let registry = SchemaRegistry::builtin();
    patch.apply_with(&mut user, registry.resource("User").unwrap(), &interop()).unwrap();
    assert_eq!(user.to_json()[uri::ENTERPRISE_USER]["manager"], json!({"value": "n", "displayName": "M"}));
}

#[test]
fn s73_interop_filters_have_eq_and_and_only() {
    for text in [
        r#"userName sw "a""#,
        r#"userName ne "a""#,
        "title pr",
        r#"not (userName eq "a")"#,
        r#"userName eq "a" or userName eq "b""#,
        r#"emails[type eq "work" and value co "x"]"#,
    ] {
        check_filter(&interop(), Restriction::FilterEqAndOnly, text);
    }
    for text in [r#"userName eq "a" and active eq true"#, r#"emails[type eq "work" and value eq "x"]"#] {
        parsed(text, &interop()).unwrap();
    }
    let patch = json!([{"op": "replace", "path": "emails[value sw \"c\"].display", "value": "d"}]);
    let error = "400 invalidFilter: operation 1: expected `eq`, `and` or a value path, found `value sw`; profile `interop` takes nothing else";
    check_patch(&interop(), Restriction::FilterEqAndOnly, patch, error);
}

#[test]
fn s73_interop_an_unknown_attribute_in_a_filter_is_an_invalid_filter() {
    let registry = SchemaRegistry::builtin();
    let filter = parsed(r#"shoeSize eq "44""#, &interop()).unwrap();
    let error = ScimError::from(filter.check(registry.resource("User").unwrap()).unwrap_err());
    assert_eq!(error.scim_type().map(|t| t.as_str()), Some("invalidFilter"));
}

#[test]
fn s73_interop_unknown_attributes_and_schemas_are_refused() {
    let check = |body, error| check_body(&interop(), Restriction::BodyUnknownRefused, body, error);
    check(
        json!({"schemas": [uri::USER], "userName": "a", "shoeSize": 44}),
        "400 invalidSyntax: `shoeSize` is no attribute of the resource type",
    );
    check(
        json!({"schemas": [uri::USER], "userName": "a", "name": {"nick": "A"}}),
        "400 invalidSyntax: `name.nick` is no attribute of the resource type",
    );
    check(
        json!({"schemas": [uri::USER], "userName": "a", "emails": [{"value": "a", "score": 1}]}),
        "400 invalidSyntax: `emails.score` is no attribute of the resource type",
    );
    check(
        json!({"schemas": [uri::USER, uri::ENTERPRISE_USER], "userName": "a", uri::ENTERPRISE_USER: {"desk": "1"}}),
        "400 invalidSyntax: `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:desk` is no attribute of the resource type",
    );
    let urn = json!({"schemas": [uri::USER, "urn:x:y"], "userName": "a"});
    let error = created(&urn, &interop()).unwrap_err();
    assert_eq!(error.scim_type().map(|t| t.as_str()), Some("invalidSyntax"));
    check_patch(
        &interop(),
        Restriction::BodyUnknownRefused,
        json!([{"op": "add", "path": "emails", "value": [{"value": "e@x.org", "score": 1}]}]),
        "400 invalidSyntax: operation 1: `emails.score` is no attribute of the resource type",
    );
}

#[test]
fn s73_interop_user_names_have_one_rule_and_types_their_values() {
    let registry = SchemaRegistry::builtin();
    let users = registry.resource("User").unwrap();
    let filter = parsed(r#"userName eq "ANNA""#, &interop()).unwrap().compile(users).unwrap();
    assert!(filter.matches(&user()));
    assert_eq!(tenure_scim::precis::username_key("ANNA"), tenure_scim::precis::username_key("anna"));
    for name in ["emails", "phoneNumbers", "ims", "photos", "addresses"] {
        let attribute = users.attributes().iter().find(|a| a.name == *name).unwrap();
        let kind = attribute.sub_attributes.iter().find(|s| s.name == "type").unwrap();
        assert!(!kind.canonical_values.is_empty(), "{name}");
    }
}

#[test]
fn s73_interop_is_announced_in_the_configuration() {
    let mut config = ServiceProviderConfig::default();
    assert_eq!(config.to_json().get("interopProfileConformant"), None);
    config.interop_profile_conformant = Some(true);
    let written = config.to_json();
    assert_eq!(written["interopProfileConformant"], true);
    let read = ServiceProviderConfig::from_json(written, &Profile::strict(), &mut Fired::default()).unwrap();
    assert_eq!(read, config);
}

#[test]
fn s73_interop_clients_send_patches_with_paths_and_neither_put_nor_entity_tags() {
    let profile = interop();
    let outgoing = profile.outgoing();
    outgoing.check_request("PATCH", ["User-Agent"]).unwrap();
    let error = outgoing.check_request("PUT", ["User-Agent"]).unwrap_err();
    assert_eq!(error.to_string(), "expected `PATCH`, found `PUT`");
    let error = outgoing.check_request("PATCH", ["If-Match"]).unwrap_err();
    assert_eq!(error.to_string(), "expected no entity tag, found `If-Match`");
    let whole: Patch = serde_json::from_value(json!({"schemas": [uri::PATCH_OP], "Operations": [
        {"op": "replace", "value": {"title": "T", "active": false}}
    ]}))
    .unwrap();
    assert_eq!(outgoing.check_patch(&whole).unwrap_err().to_string(), "expected a `path`, found none");
    let cut = outgoing.cut(whole);
    assert_eq!(cut.len(), 1);
    assert_eq!(cut[0].operations.len(), 2);
    outgoing.check_patch(&cut[0]).unwrap();
}

/// The profile refuses what Entra and Okta send, so that it can only be the choice of one peer.
#[test]
fn s74_strictness_is_chosen_for_each_peer() {
    let okta = json!([{"op": "replace", "value": {"active": false}}]);
    patched(okta.clone(), &Profile::named("okta-catalogue").unwrap()).unwrap();
    patched(okta, &interop()).unwrap_err();
    let entra = json!([{"op": "Replace", "path": "active", "value": "False"}]);
    patched(entra.clone(), &Profile::named("entra").unwrap()).unwrap();
    patched(entra.clone(), &interop()).unwrap_err();
    let both = interop().with(Tolerance::PatchOpCase).with(Tolerance::ValueBooleanText);
    patched(entra, &both).unwrap();
    let written = serde_json::to_value(&both).unwrap();
    assert_eq!(written, json!({"base": "interop", "allow": ["patch-op-case", "value-boolean-text"]}));
    assert_eq!(serde_json::from_value::<Profile>(written).unwrap(), both);
    let own = json!({"base": "strict", "restrict": ["patch-path-required"]});
    let profile: Profile = serde_json::from_value(own.clone()).unwrap();
    assert_eq!(profile.restrictions().collect::<Vec<_>>(), [Restriction::PatchPathRequired]);
    assert_eq!(serde_json::to_value(&profile).unwrap(), own);
}

#[test]
fn s75_ipsie_takes_no_password() {
    let ipsie = Profile::named("ipsie").unwrap();
    let body = json!({"schemas": [uri::USER], "userName": "a", "password": "secret"});
    check_body(&ipsie, Restriction::PasswordRefused, body, "400 invalidSyntax: passwords are not taken");
    check_patch(
        &ipsie,
        Restriction::PasswordRefused,
        json!([{"op": "replace", "path": "password", "value": "secret"}]),
        "400 invalidSyntax: operation 1: passwords are not taken",
    );
    check_filter(&ipsie, Restriction::PasswordRefused, r#"password eq "secret""#);
    assert!(
        interop().restrictions().all(|r| ipsie.restricts(r)),
        "IPSIE builds on the interoperability profile"
    );
    assert!(!interop().restricts(Restriction::PasswordRefused));
}

#[test]
fn s75_ipsie_has_its_four_filters() {
    let registry = SchemaRegistry::builtin();
    let ipsie = Profile::named("ipsie").unwrap();
    for (kind, text) in [
        ("User", r#"userName eq "anna""#),
        ("User", r#"externalId eq "1""#),
        ("User", r#"emails[type eq "work" and value eq "a@x.org"]"#),
        ("Group", r#"members[value eq "1"]"#),
    ] {
        parsed(text, &ipsie).unwrap().check(registry.resource(kind).unwrap()).unwrap();
    }
}

#[test]
fn s75_ipsie_patches_have_at_most_fifty_members() {
    let ipsie = Profile::named("ipsie").unwrap();
    let members: Vec<_> = (0..120).map(|n| json!({"value": n.to_string()})).collect();
    let patch = Patch::default().add("members".parse::<tenure_scim::PatchPath>().unwrap(), members);
    let parts = ipsie.outgoing().cut(patch);
    let sizes: Vec<_> =
        parts.iter().map(|p| p.operations[0].value.as_ref().unwrap().as_array().unwrap().len()).collect();
    assert_eq!(sizes, [50, 50, 20]);
    assert_eq!(ipsie.outgoing().page_size(5000), 1000);
}
