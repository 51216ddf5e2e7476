use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;

fn token(uri: &str, payload: &Value) -> Value {
    let mut events = Map::new();
    events.insert(uri.to_owned(), payload.clone());
    json!({
        "jti": "6164f3bbf6ff41a88dc94f18cb0620e8",
        "sub_id": {"format": "scim", "uri": "/Users/2b2f880af6674ac284bae9381673d462", "externalId": "jdoe", "userName": "j"},
        "events": events,
        "iat": 1_458_505_044,
        "iss": "https://scim.example.com",
        "aud": ["https://scim.example.com/Feeds/98d52461fa5bbc879593b7754"],
        "txn": "734f0614e3274f288f93ac74119dcf78"
    })
}

/// RFC 9967 sections 2.3 to 2.5, figures 2 to 15; statement 70.
#[test]
fn all_twelve_events_round_trip() {
    let data = json!({"schemas": [crate::uri::USER], "userName": "jdoe"});
    let full = json!({"version": "a330bc54f0671c9", "data": data});
    let notice = json!({"attributes": ["id", "name.familyName"]});
    let done = json!({"method": "PUT", "version": "W/\"huJj29dMNgu3WXPD\"", "status": "200"});
    let failed = json!({"method": "PUT", "status": "400", "response": {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "scimType": "invalidSyntax",
        "detail": "Request is unparsable", "status": "400"}});
    let mut seen = BTreeSet::new();
    for (uri, payload) in [
        (FEED_ADD, json!({})),
        (FEED_REMOVE, json!({})),
        (CREATE_FULL, full.clone()),
        (CREATE_NOTICE, notice.clone()),
        (PATCH_FULL, full.clone()),
        (PATCH_NOTICE, notice.clone()),
        (PUT_FULL, full),
        (PUT_NOTICE, notice),
        (DELETE, json!({})),
        (ACTIVATE, json!({})),
        (DEACTIVATE, json!({})),
        (ASYNC_RESPONSE, done),
        (ASYNC_RESPONSE, failed),
        ("urn:example:event", json!({"a": 1})),
    ] {
        let claims = token(uri, &payload);
        let read: EventToken =
            serde_json::from_value(claims.clone()).unwrap_or_else(|e| panic!("{uri}: {e}"));
        assert_eq!(read.events[0].uri(), uri);
        assert_eq!(serde_json::to_value(&read).unwrap(), claims);
        seen.insert(uri);
    }
    assert!(ALL.iter().all(|uri| seen.contains(uri)));
}

/// RFC 9967 sections 2.1 and 2.4; statement 69.
#[test]
fn what_the_rfc_forbids_is_refused() {
    let check = |change: &dyn Fn(&mut Value), expected: &str| {
        let mut claims = token(DELETE, &json!({}));
        change(&mut claims);
        let error = serde_json::from_value::<EventToken>(claims).unwrap_err();
        assert_eq!(error.to_string(), expected);
    };
    check(&|c| c["sub"] = json!("1"), "expected the subject in `sub_id`, found `sub`");
    check(&|c| c["sub_id"]["format"] = json!("opaque"), "expected `scim` in `sub_id.format`");
    check(&|c| c["sub_id"]["uri"] = json!(null), "expected text in `sub_id.uri`");
    check(&|c| c["events"] = json!({}), "expected at least one event");
    check(
        &|c| c["events"] = json!({CREATE_FULL: {"attributes": ["a"]}}),
        "expected `data` and no `attributes` in `urn:ietf:params:scim:event:prov:create:full`",
    );
    check(
        &|c| c["events"] = json!({PUT_NOTICE: {"attributes": ["a"], "data": {}}}),
        "expected `attributes` and no `data` in `urn:ietf:params:scim:event:prov:put:notice`",
    );
}

/// RFC 9967 section 2.5.1.2; statement 71.
#[test]
fn each_bulk_operation_has_its_own_transaction() {
    assert_eq!(bulk_txn("2d80e537a3f64622b0347b641ebc8f44", 1), "2d80e537a3f64622b0347b641ebc8f44:1");
}
