//! GitHub's fields, and what its errors mean.

use std::sync::Arc;

use tenure_connector::{ErrorKind, ObjectClass, ObjectRef, Result};
use tenure_connector_rest::{ErrorRules, Field, Mapping};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// Of a person the organisation knows the login and little more: the account is the person's own.
const USERS: [Field; 7] = [
    Field::text("userName", "/login").required().once(),
    Field::text("urn:tenure:params:scim:schemas:github:1.0:User:databaseId", "/databaseId").read_only(),
    Field::text("urn:tenure:params:scim:schemas:github:1.0:User:kind", "/kind").read_only(),
    Field::text("urn:tenure:params:scim:schemas:github:1.0:User:state", "/state").read_only(),
    Field::flag("urn:tenure:params:scim:schemas:github:1.0:User:twoFactor", "/twoFactor").read_only(),
    Field::flag("urn:tenure:params:scim:schemas:github:1.0:User:throughEnterprise", "/throughEnterprise")
        .read_only(),
    Field::flag("active", "/active").read_only(),
];

const GROUPS: [Field; 3] = [
    Field::text("displayName", "/name").required(),
    Field::text("urn:tenure:params:scim:schemas:github:1.0:Group:description", "/description"),
    Field::text("urn:tenure:params:scim:schemas:github:1.0:Group:privacy", "/privacy"),
];

pub(crate) fn users() -> Result<Arc<Mapping>> {
    let users = Mapping::new(ObjectClass::USER, USER, &USERS)?.identified_by("/login");
    Ok(Arc::new(users.found_by(&[ObjectRef::USER_NAME])))
}

pub(crate) fn groups() -> Result<Arc<Mapping>> {
    Ok(Arc::new(Mapping::new(ObjectClass::GROUP, GROUP, &GROUPS)?.identified_by("/slug")))
}

/// A limit is 403 like a missing right, and what is missing for a right is 404.
pub(crate) fn rules() -> ErrorRules {
    use ErrorKind::{AlreadyExists, NoCapacity, Policy, RateLimited};
    ErrorRules::new()
        .code_at("/errors/0/code")
        .message_at("/errors/0/message")
        .message_at("/message")
        .meaning("already_exists", AlreadyExists)
        .sentence("secondary rate limit", RateLimited)
        .sentence("api rate limit exceeded", RateLimited)
        .sentence("invitation rate limit", RateLimited)
        .sentence("already a part of this organization", AlreadyExists)
        .sentence("name must be unique", AlreadyExists)
        .sentence("purchase at least one more seat", NoCapacity)
        .sentence("last owner", Policy)
        .sentence("team synchronization", Policy)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tenure_connector_rest::testing::assert_failures;

    use super::*;

    #[test]
    fn every_documented_failure_has_its_kind() {
        use ErrorKind::{
            AlreadyExists, Auth, InvalidInput, NoCapacity, NotFound, Permission, Policy, RateLimited,
            Unavailable,
        };

        let failures = [
            (401, json!({ "message": "Bad credentials" }), Auth),
            (403, json!({ "message": "Must have admin rights to Repository." }), Permission),
            (404, json!({ "message": "Not Found" }), NotFound),
            (403, json!({ "message": "API rate limit exceeded for user ID 1." }), RateLimited),
            (429, json!({ "message": "…" }), RateLimited),
            (403, json!({ "message": "You have exceeded a secondary rate limit" }), RateLimited),
            (403, json!({ "message": "Cannot remove the last owner of the organization" }), Policy),
            (403, json!({ "message": "This team is managed by team synchronization" }), Policy),
            (
                422,
                json!({ "message": "Validation Failed", "errors": [{ "code": "already_exists", "field": "name" }] }),
                AlreadyExists,
            ),
            (
                422,
                json!({ "message": "Validation Failed", "errors": [{ "message": "Over invitation rate limit" }] }),
                RateLimited,
            ),
            (
                422,
                json!({ "message": "Validation Failed", "errors": [{ "message": "You must purchase at least one more seat" }] }),
                NoCapacity,
            ),
            (
                422,
                json!({ "message": "Validation Failed", "errors": [{ "code": "invalid", "field": "role" }] }),
                InvalidInput,
            ),
            (500, json!({}), Unavailable),
        ];
        assert_failures(rules(), &failures);
    }
}
