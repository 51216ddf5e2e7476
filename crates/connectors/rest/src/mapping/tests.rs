use serde_json::json;
use tenure_connector::{ErrorKind, ObjectClass};
use tenure_scim::{AttrPath, Patch, Resource};

use super::{Field, Mapping};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const EXTENSION: &str = "urn:example:desk:1.0:User";
const FIELDS: [Field; 7] = [
    Field::text("userName", "/login").required().once(),
    Field::text("name.givenName", "/name/first"),
    Field::text("name.familyName", "/name/last"),
    Field::inverse("active", "/suspended"),
    Field::texts("urn:example:desk:1.0:User:tags", "/tags"),
    Field::id("urn:example:desk:1.0:User:team", "/team_id"),
    Field::moment("urn:example:desk:1.0:User:seen", "/seen").read_only(),
];

fn users() -> Mapping {
    Mapping::new(ObjectClass::USER, USER, &FIELDS).unwrap()
}

fn anna() -> serde_json::Value {
    json!({
        "login": "anna", "name": { "first": "Anna", "last": null }, "suspended": false, "tags": ["a"],
        "team_id": 7, "seen": "2026-01-01T00:00:00Z", "noise": 1
    })
}

#[test]
fn an_object_there_and_back_is_what_can_be_written() {
    let object = users().object("1", &anna()).unwrap();
    assert_eq!(object.object.secondary("userName"), Some("anna"));
    assert_eq!(object.resource.text("urn:example:desk:1.0:User:team"), Some("7"));
    assert!(object.resource.has_schema(EXTENSION));
    let body = users().body(&object.resource).unwrap();
    let expected = json!({
        "login": "anna", "name": { "first": "Anna" }, "suspended": false, "tags": ["a"], "team_id": 7
    });
    assert_eq!(serde_json::Value::Object(body), expected);
}

#[test]
fn a_change_has_only_what_differs_and_null_for_what_goes() {
    let before = users().object("1", &anna()).unwrap().resource;
    let path = |text: &str| AttrPath::parse(text).unwrap();
    let patch = Patch::default()
        .replace(path("name.familyName"), "Berg")
        .replace(path("active"), false)
        .remove(path("urn:example:desk:1.0:User:tags"));
    let changes = users().changes(&before, &patch).unwrap();
    assert_eq!(
        serde_json::Value::Object(changes),
        json!({ "name": { "last": "Berg" }, "suspended": true, "tags": null })
    );
    let same = Patch::default().replace(path("name.givenName"), "Anna");
    assert!(users().changes(&before, &same).unwrap().is_empty());
}

#[test]
fn what_the_vendor_does_not_keep_is_refused_by_name() {
    let resource = Resource::new(USER).with("userName", "anna").unwrap();
    for (path, named) in
        [("title", "title"), ("urn:example:desk:1.0:User:pin", "urn:example:desk:1.0:User:pin")]
    {
        let error = users().body(&resource.clone().with(path, "x").unwrap()).unwrap_err();
        assert_eq!((error.kind(), error.attributes().next()), (ErrorKind::InvalidInput, Some(named)));
    }
    let lacking = users().body(&Resource::new(USER)).unwrap_err();
    assert_eq!(lacking.kind(), ErrorKind::InvalidInput);
    let before = users().object("1", &anna()).unwrap().resource;
    let rename = Patch::default().replace(AttrPath::parse("userName").unwrap(), "berta");
    let error = users().changes(&before, &rename).unwrap_err();
    assert_eq!(error.detail(), "operation 1: `userName` is immutable and has a value");
}
