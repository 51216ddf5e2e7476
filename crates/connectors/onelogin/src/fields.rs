//! OneLogin's fields, what its numbers mean, and what its errors mean.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use tenure_connector::{ErrorKind, ObjectClass, ObjectRef, Result};
use tenure_connector_rest::system::number;
use tenure_connector_rest::{ErrorRules, Field, Mapping};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

const USERS: [Field; 14] = [
    Field::text("userName", "/username").required(),
    Field::text("email", "/email"),
    Field::text("name.givenName", "/firstname"),
    Field::text("name.familyName", "/lastname"),
    Field::text("externalId", "/external_id"),
    Field::text("title", "/title"),
    Field::flag("active", "/flat/active"),
    Field::text("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "/department"),
    Field::text("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:organization", "/company"),
    Field::text("urn:tenure:params:scim:schemas:onelogin:1.0:User:managerId", "/manager_user_id"),
    Field::id("urn:tenure:params:scim:schemas:onelogin:1.0:User:groupId", "/group_id"),
    Field::id("urn:tenure:params:scim:schemas:onelogin:1.0:User:directoryId", "/directory_id").read_only(),
    Field::text("urn:tenure:params:scim:schemas:1.0:Account:status", "/flat/status").read_only(),
    Field::moment("urn:tenure:params:scim:schemas:1.0:Account:lastLogin", "/last_login").read_only(),
];

/// What a user is listed with: the plain list leaves out most of it.
pub(crate) const LISTED: &str = "id,username,email,firstname,lastname,external_id,title,status,state,department,company,\
    manager_user_id,group_id,directory_id,role_ids,last_login";

/// Suspended: cannot sign in.
pub(crate) const SUSPENDED: u64 = 2;
pub(crate) const ACTIVE: u64 = 1;
const UNACTIVATED: u64 = 0;
/// Approved: has a licence.
pub(crate) const LICENSED: u64 = 1;
pub(crate) const UNLICENSED: u64 = 3;

pub(crate) fn users() -> Result<Arc<Mapping>> {
    let found_by = [ObjectRef::USER_NAME, ObjectRef::EMAIL, ObjectRef::EXTERNAL_ID];
    Ok(Arc::new(Mapping::new(ObjectClass::USER, USER, &USERS)?.found_by(&found_by).prepared_by(flat)))
}

/// Who has to choose a password or to wait for the end of a lock can sign in after that.
fn flat(mut user: Value) -> Value {
    let status = match number(&user, "/status") {
        Some(UNACTIVATED) | None => "disabled",
        Some(SUSPENDED) => "suspended",
        _ => "active",
    };
    let flat = json!({ "active": status == "active", "status": status });
    if let Some(user) = user.as_object_mut() {
        user.insert("flat".to_owned(), flat);
    }
    user
}

/// Puts what was flattened back. What goes is emptied: null is no text.
pub(crate) fn unflat(mut body: Map<String, Value>) -> Map<String, Value> {
    let flat = body.remove("flat").unwrap_or_default();
    if let Some(active) = flat.get("active").and_then(Value::as_bool) {
        body.insert("status".to_owned(), if active { ACTIVE } else { SUSPENDED }.into());
    }
    body.values_mut().filter(|value| value.is_null()).for_each(|value| *value = "".into());
    body
}

/// The two generations of the API answer failures in two ways.
pub(crate) fn rules() -> ErrorRules {
    use ErrorKind::AlreadyExists;
    ErrorRules::new()
        .code_at("/name")
        .code_at("/status/type")
        .message_at("/message")
        .message_at("/status/message")
        .sentence("already in this state", AlreadyExists)
        .sentence("must be unique", AlreadyExists)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tenure_connector_rest::testing::assert_failures;

    use super::*;

    #[test]
    fn every_documented_failure_has_its_kind() {
        use ErrorKind::{AlreadyExists, Auth, InvalidInput, NotFound, Permission, RateLimited, Unavailable};

        let failures = [
            (
                400,
                json!({ "status": { "error": true, "code": 400, "type": "bad request", "message": "user is already in this state" } }),
                AlreadyExists,
            ),
            (
                400,
                json!({ "status": { "error": true, "code": 400, "type": "bad request", "message": "…" } }),
                InvalidInput,
            ),
            (
                401,
                json!({ "statusCode": 401, "name": "UnauthorizedError", "message": "Authentication Failure" }),
                Auth,
            ),
            (403, json!({ "statusCode": 403, "name": "ForbiddenError", "message": "…" }), Permission),
            (
                404,
                json!({ "statusCode": 404, "name": "NotFoundError", "message": "Object not found" }),
                NotFound,
            ),
            (
                422,
                json!({ "statusCode": 422, "name": "UnprocessableEntityError", "message": "email must be unique within a" }),
                AlreadyExists,
            ),
            (
                422,
                json!({ "statusCode": 422, "name": "UnprocessableEntityError", "message": "…" }),
                InvalidInput,
            ),
            (
                429,
                json!({ "status": { "error": true, "code": 429, "type": "rate limit", "message": "…" } }),
                RateLimited,
            ),
            (502, json!({}), Unavailable),
        ];
        assert_failures(rules(), &failures);
    }
}
