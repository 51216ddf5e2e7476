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
