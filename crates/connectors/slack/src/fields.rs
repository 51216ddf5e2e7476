//! Slack's fields, and what its answers mean.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use tenure_connector::{ErrorKind, ObjectClass, ObjectRef, Result};
use tenure_connector_rest::{ErrorRules, Field, Mapping};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

const USERS: [Field; 12] = [
    // The handle; Slack's own clients never send it again.
    Field::text("userName", "/userName").required().once(),
    Field::text("email", "/emails/0/value").required(),
    Field::text("displayName", "/displayName"),
    Field::text("name.givenName", "/name/givenName"),
    Field::text("name.familyName", "/name/familyName"),
    Field::text("title", "/title"),
    Field::text("externalId", "/externalId"),
    Field::text("timezone", "/timezone"),
    Field::flag("active", "/active"),
    Field::text(
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/department",
    ),
    Field::text(
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter",
        "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/costCenter",
    ),
    Field::text(
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
        "/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User/employeeNumber",
    ),
];

const GROUPS: [Field; 1] = [Field::text("displayName", "/displayName").required()];

pub(crate) fn users() -> Result<Arc<Mapping>> {
    let found_by = [ObjectRef::USER_NAME, ObjectRef::EMAIL];
    Ok(Arc::new(Mapping::new(ObjectClass::USER, USER, &USERS)?.found_by(&found_by)))
}

pub(crate) fn groups() -> Result<Arc<Mapping>> {
    let groups = Mapping::new(ObjectClass::GROUP, GROUP, &GROUPS)?;
    Ok(Arc::new(groups.found_by(&[ObjectRef::DISPLAY_NAME])))
}

pub(crate) fn new_user(body: &mut Map<String, Value>) {
    body.insert("schemas".to_owned(), json!([USER]));
    if let Some(Value::Object(email)) = body.get_mut("emails").and_then(|emails| emails.get_mut(0)) {
        email.insert("primary".to_owned(), true.into());
    }
}

pub(crate) fn new_group(body: &mut Map<String, Value>) {
    body.insert("schemas".to_owned(), json!([GROUP]));
}

/// SCIM's errors are those of RFC 7644, with a code as the detail.
pub(crate) fn scim_rules() -> ErrorRules {
    ErrorRules::new()
        .code_at("/detail")
        .code_at("/Errors/description")
        .meaning("username_taken", ErrorKind::AlreadyExists)
        .meaning("email_taken", ErrorKind::AlreadyExists)
        .meaning("cannot_deactivate_primary_owner", ErrorKind::Policy)
}

/// The Web API fails with the status 200 and a word.
pub(crate) fn web_rules() -> ErrorRules {
    use ErrorKind::{AlreadyExists, Auth, NotFound, Permission, Policy, RateLimited, Unavailable};
    const MEANINGS: [(&str, ErrorKind); 27] = [
        ("not_authed", Auth),
        ("invalid_auth", Auth),
        ("token_revoked", Auth),
        ("token_expired", Auth),
        ("account_inactive", Auth),
        ("missing_scope", Permission),
        ("not_allowed_token_type", Permission),
        ("restricted_action", Permission),
        ("not_an_admin", Permission),
        ("not_allowed", Permission),
        ("no_permission", Permission),
        ("feature_not_enabled", Permission),
        ("paid_only", Permission),
        ("user_not_found", NotFound),
        ("users_not_found", NotFound),
        ("channel_not_found", NotFound),
        ("no_such_subteam", NotFound),
        ("not_in_channel", NotFound),
        ("already_in_channel", AlreadyExists),
        ("cannot_demote_primary_owner", Policy),
        ("cant_kick_from_general", Policy),
        ("cant_kick_self", Policy),
        ("user_is_deactivated", Policy),
        ("ratelimited", RateLimited),
        ("internal_error", Unavailable),
        ("fatal_error", Unavailable),
        ("service_unavailable", Unavailable),
    ];
    ErrorRules::new().failed_when("/ok", false).code_at("/error").meanings(&MEANINGS)
}

#[cfg(test)]
mod tests {
    use tenure_connector_rest::testing::assert_failures;

    use super::*;

    #[test]
    fn a_word_of_the_web_api_has_its_kind_although_the_status_is_200() {
        use ErrorKind::{AlreadyExists, Auth, NotFound, Permission, Policy, RateLimited, Unavailable};

        let failures = [
            ("invalid_auth", Auth),
            ("token_revoked", Auth),
            ("missing_scope", Permission),
            ("not_an_admin", Permission),
            ("paid_only", Permission),
            ("users_not_found", NotFound),
            ("not_in_channel", NotFound),
            ("already_in_channel", AlreadyExists),
            ("cant_kick_from_general", Policy),
            ("cant_kick_self", Policy),
            ("user_is_deactivated", Policy),
            ("ratelimited", RateLimited),
            ("internal_error", Unavailable),
        ];
        let failures = failures.map(|(word, kind)| (200, json!({ "ok": false, "error": word }), kind));
        assert_failures(web_rules(), &failures);
    }

    #[test]
    fn every_documented_failure_of_scim_has_its_kind() {
        use ErrorKind::{AlreadyExists, Auth, NotFound, Permission, Policy, RateLimited, Unavailable};

        let failures = [
            (409, json!({ "status": "409", "detail": "username_taken" }), AlreadyExists),
            (409, json!({ "Errors": { "description": "email_taken", "code": 409 } }), AlreadyExists),
            (403, json!({ "status": "403", "detail": "cannot_deactivate_primary_owner" }), Policy),
            (403, json!({ "status": "403", "detail": "…" }), Permission),
            (401, json!({ "status": "401", "detail": "invalid_auth" }), Auth),
            (404, json!({ "status": "404", "detail": "user_not_found" }), NotFound),
            (429, json!({ "status": "429", "detail": "ratelimited" }), RateLimited),
            (500, json!({}), Unavailable),
        ];
        assert_failures(scim_rules(), &failures);
    }
}
