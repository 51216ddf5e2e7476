use serde_json::json;

use super::kind::ALL;
use super::*;

/// RFC 7644 section 3.12, with erratum 6893 for `sensitive`.
#[test]
fn status_and_keyword_follow_table_9() {
    let seen: Vec<(u16, Option<String>)> = ALL
        .into_iter()
        .map(|kind| ScimError::new(kind, "x"))
        .map(|e| (e.status(), e.scim_type().map(ToString::to_string)))
        .filter(|(_, t)| t.is_some())
        .collect();
    let expected = [
        (400, "invalidFilter"),
        (400, "tooMany"),
        (409, "uniqueness"),
        (400, "mutability"),
        (400, "invalidSyntax"),
        (400, "invalidPath"),
        (400, "noTarget"),
        (400, "invalidValue"),
        (400, "invalidVers"),
        (403, "sensitive"),
        (400, "invalidCursor"),
        (400, "expiredCursor"),
        (400, "invalidCount"),
    ];
    assert_eq!(seen, expected.map(|(s, t)| (s, Some(t.to_owned()))));
}

#[test]
fn kind_survives_the_wire() {
    for kind in ALL {
        let text = serde_json::to_string(&ScimError::new(kind, "why")).unwrap();
        let back: ScimError = serde_json::from_str(&text).unwrap();
        assert_eq!(back.kind(), kind);
        assert_eq!(back.detail(), "why");
    }
}

/// RFC 7644 section 3.12, figure of a non-existent resource.
#[test]
fn body_has_a_string_status() {
    let error = ScimError::not_found("Resource 2819c223-7f76-453a-919d-413861904646 not found");
    assert_eq!(
        serde_json::to_value(error).unwrap(),
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": "404",
            "detail": "Resource 2819c223-7f76-453a-919d-413861904646 not found"
        })
    );
}

/// Okta's examples and Ping's issue 236: a numeric status and keys of the peer's own.
#[test]
fn peers_bodies_are_read() {
    let error: ScimError = serde_json::from_value(json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "code": "uniqueness", "status": 409
    }))
    .unwrap();
    assert_eq!((error.status(), error.scim_type(), error.detail()), (409, None, ""));
    assert_eq!(error.kind(), ErrorKind::Conflict);

    let error: ScimError =
        serde_json::from_value(json!({"schema": ["x"], "status": "400", "scimType": "INVALID_FILTER"}))
            .unwrap();
    assert_eq!(error.kind(), ErrorKind::BadRequest);
    assert_eq!(error.to_string(), "400 INVALID_FILTER: ");
}

#[test]
fn a_body_without_a_status_is_not_an_error_body() {
    for body in [json!({}), json!({"status": "ok"}), json!({"status": 99999}), json!([])] {
        assert!(serde_json::from_value::<ScimError>(body).is_err());
    }
}

#[test]
fn context_goes_before_the_detail() {
    let error = ScimError::invalid_value("expected a string").within("operation 2");
    assert_eq!(error.to_string(), "400 invalidValue: operation 2: expected a string");
}
