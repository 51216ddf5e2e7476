use std::error::Error;

use super::*;

#[test]
fn retry_follows_from_the_kind() {
    let cases = [
        (ErrorKind::Timeout, Retry::Temporary),
        (ErrorKind::RateLimited, Retry::Temporary),
        (ErrorKind::NotReady, Retry::Temporary),
        (ErrorKind::Unavailable, Retry::Temporary),
        (ErrorKind::Auth, Retry::Permanent),
        (ErrorKind::TokenExpired, Retry::Permanent),
        (ErrorKind::Unexpected, Retry::Permanent),
    ];
    for (kind, expected) in cases {
        assert_eq!(ConnectorError::new(kind, Certainty::Refused).retry(), expected, "{kind}");
    }
}

#[test]
fn the_message_says_when_the_outcome_is_unknown() {
    let check = |certainty, expected: &str| {
        let error = ConnectorError::new(ErrorKind::Unavailable, certainty).with_detail("connection reset");
        assert_eq!(error.to_string(), expected);
    };
    check(Certainty::Unknown, "unavailable, outcome unknown: connection reset");
    check(Certainty::Refused, "unavailable: connection reset");
    check(Certainty::NotAttempted, "unavailable: connection reset");
}

#[test]
fn a_journal_keeps_everything_but_the_source() {
    let error = ConnectorError::invalid_input("emails.value", "expected an address, found `x`")
        .with_http_status(400)
        .with_vendor_code("E0000001")
        .with_request_id("r1")
        .with_retry_after(Duration::from_millis(1500))
        .with_conflicting(ObjectRef::new(ObjectClass::USER, "7"))
        .with_source(std::io::Error::other("below"));
    assert!(error.source().is_some());
    let json = serde_json::to_value(&error).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "kind": "invalid_input", "retry": "permanent", "certainty": "refused",
            "detail": "expected an address, found `x`", "attributes": ["emails.value"],
            "conflicting": {"class": "User", "id": "7"}, "http_status": 400, "vendor_code": "E0000001",
            "request_id": "r1", "retry_after": 1500
        })
    );
    let back: ConnectorError = serde_json::from_value(json.clone()).unwrap();
    assert_eq!(serde_json::to_value(&back).unwrap(), json);
    assert!(back.source().is_none());
}

#[test]
fn a_scim_error_becomes_the_kind_that_a_caller_acts_on() {
    let cases = [
        (tenure_scim::ScimError::uniqueness("taken"), ErrorKind::AlreadyExists),
        (tenure_scim::ScimError::precondition_failed("old"), ErrorKind::Conflict),
        (tenure_scim::ScimError::not_found("gone"), ErrorKind::NotFound),
        (tenure_scim::ScimError::mutability("fixed"), ErrorKind::InvalidInput),
        (tenure_scim::ScimError::expired_cursor("old"), ErrorKind::TokenExpired),
        (tenure_scim::ScimError::too_many_requests("slow"), ErrorKind::RateLimited),
        (tenure_scim::ScimError::not_implemented("no"), ErrorKind::Unsupported),
        (tenure_scim::ScimError::internal("broken"), ErrorKind::Unavailable),
        (tenure_scim::ScimError::unauthorized("who"), ErrorKind::Auth),
        (tenure_scim::ScimError::forbidden("no"), ErrorKind::Permission),
    ];
    for (error, kind) in cases {
        let status = error.status();
        let translated = ConnectorError::from(error);
        assert_eq!((translated.kind(), translated.http_status()), (kind, Some(status)));
        assert_eq!(translated.certainty(), Certainty::Refused);
    }
}
