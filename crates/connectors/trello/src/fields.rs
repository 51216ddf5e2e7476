//! Trello's fields, and what its errors mean.

use std::sync::Arc;

use serde_json::{Value, json};
use tenure_connector::{ErrorKind, ObjectClass, ObjectRef, Result};
use tenure_connector_rest::system::text;
use tenure_connector_rest::{ErrorRules, Field, Mapping};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// A person is invited by address and full name; the rest is the person's own.
const USERS: [Field; 6] = [
    Field::text("userName", "/flat/name").required().once(),
    Field::text("displayName", "/member/fullName").required().once(),
    Field::inverse("active", "/deactivated").by_status(),
    Field::text("urn:tenure:params:scim:schemas:trello:1.0:User:username", "/member/username").read_only(),
    Field::text("urn:tenure:params:scim:schemas:trello:1.0:User:memberType", "/memberType").read_only(),
    Field::flag("urn:tenure:params:scim:schemas:trello:1.0:User:unconfirmed", "/unconfirmed").read_only(),
];

pub(crate) fn users() -> Result<Arc<Mapping>> {
    let users = Mapping::new(ObjectClass::USER, USER, &USERS)?.identified_by("/idMember");
    Ok(Arc::new(users.found_by(&[ObjectRef::USER_NAME]).prepared_by(flat)))
}

/// The name is the address where Trello shows it, which it does for accounts that the company manages.
fn flat(mut membership: Value) -> Value {
    let name = text(&membership, "/member/email").or_else(|| text(&membership, "/member/username"));
    let flat = json!({ "name": name });
    if let Some(membership) = membership.as_object_mut() {
        membership.insert("flat".to_owned(), flat);
    }
    membership
}

/// Many errors are a sentence and no JSON.
pub(crate) fn rules() -> ErrorRules {
    use ErrorKind::{Auth, NoCapacity, NotFound, Permission, Policy};
    ErrorRules::new()
        .code_at("/error")
        .message_at("/message")
        .message_at("")
        .sentence("invalid token", Auth)
        .sentence("invalid key", Auth)
        .sentence("unauthorized member permission requested", Permission)
        .sentence("member not found", NotFound)
        .sentence("at least one admin", Policy)
        .sentence("no licenses available", NoCapacity)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tenure_connector_rest::testing::assert_failures;

    use super::*;

    #[test]
    fn every_documented_failure_has_its_kind() {
        use ErrorKind::{Auth, InvalidInput, NotFound, Permission, Policy, RateLimited, Unavailable};

        let failures = [
            (401, json!("invalid token"), Auth),
            (401, json!("invalid key"), Auth),
            (401, json!("unauthorized member permission requested"), Permission),
            (404, json!("member not found"), NotFound),
            (400, json!("invalid id"), InvalidInput),
            (400, json!("the board needs at least one admin"), Policy),
            (
                429,
                json!({ "error": "API_TOKEN_LIMIT_EXCEEDED", "message": "Rate limit exceeded" }),
                RateLimited,
            ),
            (
                429,
                json!({ "error": "API_KEY_LIMIT_EXCEEDED", "message": "Rate limit exceeded" }),
                RateLimited,
            ),
            (503, json!("…"), Unavailable),
        ];
        assert_failures(rules(), &failures);
    }
}
