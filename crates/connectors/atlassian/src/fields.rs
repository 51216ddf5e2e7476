//! Atlassian's fields, and what its errors mean.

use std::sync::Arc;

use serde_json::{Value, json};
use tenure_connector::{ErrorKind, ObjectClass, ObjectRef, Result};
use tenure_connector_rest::system::text;
use tenure_connector_rest::{ErrorRules, Field, Mapping};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// A person is invited by address; the rest is the person's own.
const USERS: [Field; 5] = [
    Field::text("userName", "/flat/name").required().once(),
    Field::text("displayName", "/displayName").once(),
    Field::text("timezone", "/timeZone").read_only(),
    Field::text("urn:tenure:params:scim:schemas:atlassian:1.0:User:accountType", "/accountType").read_only(),
    Field::flag("active", "/active").by_status(),
];

const GROUPS: [Field; 1] = [Field::text("displayName", "/name").required().once()];

pub(crate) fn users() -> Result<Arc<Mapping>> {
    let users = Mapping::new(ObjectClass::USER, USER, &USERS)?.identified_by("/accountId");
    Ok(Arc::new(users.found_by(&[ObjectRef::USER_NAME]).prepared_by(flat)))
}

pub(crate) fn groups() -> Result<Arc<Mapping>> {
    let groups = Mapping::new(ObjectClass::GROUP, GROUP, &GROUPS)?.identified_by("/groupId");
    Ok(Arc::new(groups.found_by(&[ObjectRef::DISPLAY_NAME])))
}

/// The name is the address, which people may hide; then it is the id.
fn flat(mut user: Value) -> Value {
    let name = text(&user, "/emailAddress").or_else(|| text(&user, "/accountId"));
    let flat = json!({ "name": name });
    if let Some(user) = user.as_object_mut() {
        user.insert("flat".to_owned(), flat);
    }
    user
}

/// Applications have accounts, too.
pub(crate) fn is_person(user: &Value) -> bool {
    text(user, "/accountType").is_none_or(|kind| kind == "atlassian")
}

pub(crate) fn rules() -> ErrorRules {
    use ErrorKind::{AlreadyExists, NoCapacity, NotFound, Permission};
    ErrorRules::new()
        .code_at("/code")
        .message_at("/errorMessages/0")
        .message_at("/message")
        .sentence("already a member of", AlreadyExists)
        .sentence("already exists", AlreadyExists)
        .sentence("is not a member of", NotFound)
        .sentence("exceed the user limit", NoCapacity)
        .sentence("created with scopes", Permission)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tenure_connector_rest::testing::assert_failures;

    use super::*;

    #[test]
    fn every_documented_failure_has_its_kind() {
        use ErrorKind::{
            AlreadyExists, Auth, InvalidInput, NoCapacity, NotFound, Permission, RateLimited, Unavailable,
        };

        let failures = [
            (
                400,
                json!({ "errorMessages": ["Cannot add user, user is already a member of the group."], "errors": {} }),
                AlreadyExists,
            ),
            (
                400,
                json!({ "errorMessages": ["The user is not a member of the group."], "errors": {} }),
                NotFound,
            ),
            (
                400,
                json!({ "errorMessages": ["Inviting the user would exceed the user limit of your license."], "errors": {} }),
                NoCapacity,
            ),
            (
                400,
                json!({ "errorMessages": ["The email address is not valid."], "errors": {} }),
                InvalidInput,
            ),
            (
                403,
                json!({ "errorMessages": ["You are not authorized to perform this action."], "errors": {} }),
                Permission,
            ),
            (404, json!({ "errorMessages": ["Specified user does not exist"], "errors": {} }), NotFound),
            (401, json!({ "code": 401, "message": "Unauthorized" }), Auth),
            (400, json!({ "message": "the key was created with scopes" }), Permission),
            (429, json!({ "errorMessages": ["Rate limit exceeded"], "errors": {} }), RateLimited),
            (503, json!({}), Unavailable),
        ];
        assert_failures(rules(), &failures);
    }
}
