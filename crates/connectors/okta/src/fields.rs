//! Okta's fields, what its states mean, and what its errors mean.

use std::sync::Arc;

use serde_json::{Value, json};
use tenure_connector::{ErrorKind, ObjectClass, ObjectRef, Result};
use tenure_connector_rest::system::text;
use tenure_connector_rest::{ErrorRules, Field, Mapping};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

const USERS: [Field; 19] = [
    Field::text("userName", "/profile/login").required(),
    Field::text("urn:tenure:params:scim:schemas:okta:1.0:User:email", "/profile/email"),
    Field::text("name.givenName", "/profile/firstName"),
    Field::text("name.familyName", "/profile/lastName"),
    Field::text("displayName", "/profile/displayName"),
    Field::text("nickName", "/profile/nickName"),
    Field::text("title", "/profile/title"),
    Field::text("userType", "/profile/userType"),
    Field::text("locale", "/profile/locale"),
    Field::text("timezone", "/profile/timezone"),
    Field::flag("active", "/flat/active").by_status(),
    Field::text(
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
        "/profile/employeeNumber",
    ),
    Field::text(
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        "/profile/department",
    ),
    Field::text(
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter",
        "/profile/costCenter",
    ),
    Field::text("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:division", "/profile/division"),
    Field::text("urn:tenure:params:scim:schemas:okta:1.0:User:managerId", "/profile/managerId"),
    Field::text("urn:tenure:params:scim:schemas:okta:1.0:User:status", "/status").read_only(),
    Field::text("urn:tenure:params:scim:schemas:1.0:Account:status", "/flat/status").read_only(),
    Field::moment("urn:tenure:params:scim:schemas:1.0:Account:lastLogin", "/lastLogin").read_only(),
];

const GROUPS: [Field; 3] = [
    Field::text("displayName", "/profile/name").required(),
    Field::text("urn:tenure:params:scim:schemas:okta:1.0:Group:description", "/profile/description"),
    Field::text("urn:tenure:params:scim:schemas:okta:1.0:Group:type", "/type").read_only(),
];

/// The roles that every organisation has and that are given for the whole of it.
pub(crate) const ROLES: [&str; 8] = [
    "API_ACCESS_MANAGEMENT_ADMIN",
    "APP_ADMIN",
    "GROUP_MEMBERSHIP_ADMIN",
    "HELP_DESK_ADMIN",
    "ORG_ADMIN",
    "READ_ONLY_ADMIN",
    "REPORT_ADMIN",
    "SUPER_ADMIN",
];

/// The event of a user who is gone.
pub(crate) const DELETED: &str = "user.lifecycle.delete.initiated";

/// The events that count as a change of a user.
pub(crate) const FOLLOWED: [&str; 12] = [
    DELETED,
    "user.account.lock",
    "user.account.unlock",
    "user.account.update_primary_email",
    "user.account.update_profile",
    "user.account.update_user_type",
    "user.lifecycle.activate",
    "user.lifecycle.create",
    "user.lifecycle.deactivate",
    "user.lifecycle.reactivate",
    "user.lifecycle.suspend",
    "user.lifecycle.unsuspend",
];

pub(crate) fn users() -> Result<Arc<Mapping>> {
    Ok(Arc::new(
        Mapping::new(ObjectClass::USER, USER, &USERS)?.found_by(&[ObjectRef::USER_NAME]).prepared_by(flat),
    ))
}

pub(crate) fn groups() -> Result<Arc<Mapping>> {
    Ok(Arc::new(Mapping::new(ObjectClass::GROUP, GROUP, &GROUPS)?))
}

/// Adds what a state means. A user who has not chosen a password yet, or is locked out, has an account that works.
fn flat(mut user: Value) -> Value {
    let status = match text(&user, "/status") {
        Some("SUSPENDED") => "suspended",
        Some("STAGED" | "DEPROVISIONED") => "disabled",
        _ => "active",
    };
    if let Some(user) = user.as_object_mut() {
        user.insert("flat".to_owned(), json!({ "status": status, "active": status == "active" }));
    }
    user
}

pub(crate) fn rules() -> ErrorRules {
    ErrorRules::new()
        .code_at("/errorCode")
        .message_at("/errorCauses/0/errorSummary")
        .message_at("/errorSummary")
        .meaning("E0000047", ErrorKind::RateLimited)
        .meaning("E0000038", ErrorKind::Policy)
        .meaning("E0000016", ErrorKind::AlreadyExists)
        .meaning("E0000090", ErrorKind::AlreadyExists)
        .sentence("already exists", ErrorKind::AlreadyExists)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tenure_connector_rest::testing::assert_failures;

    use super::*;

    #[test]
    fn every_documented_failure_has_its_kind() {
        use ErrorKind::{
            AlreadyExists, Auth, InvalidInput, NotFound, Permission, Policy, RateLimited, Unavailable,
            Unsupported,
        };

        let failures = [
            (400, json!({ "errorCode": "E0000001", "errorSummary": "…", "errorCauses": [] }), InvalidInput),
            (401, json!({ "errorCode": "E0000004", "errorSummary": "…", "errorCauses": [] }), Auth),
            (401, json!({ "errorCode": "E0000011", "errorSummary": "…", "errorCauses": [] }), Auth),
            (403, json!({ "errorCode": "E0000006", "errorSummary": "…", "errorCauses": [] }), Permission),
            (404, json!({ "errorCode": "E0000007", "errorSummary": "…", "errorCauses": [] }), NotFound),
            (403, json!({ "errorCode": "E0000016", "errorSummary": "…", "errorCauses": [] }), AlreadyExists),
            (405, json!({ "errorCode": "E0000022", "errorSummary": "…", "errorCauses": [] }), Unsupported),
            (403, json!({ "errorCode": "E0000038", "errorSummary": "…", "errorCauses": [] }), Policy),
            (429, json!({ "errorCode": "E0000047", "errorSummary": "…", "errorCauses": [] }), RateLimited),
            (400, json!({ "errorCode": "E0000090", "errorSummary": "…", "errorCauses": [] }), AlreadyExists),
            (500, json!({ "errorCode": "E0000009", "errorSummary": "…", "errorCauses": [] }), Unavailable),
            (
                400,
                json!({ "errorCode": "E0000001", "errorCauses": [{ "errorSummary": "login: An object with this field already exists" }] }),
                AlreadyExists,
            ),
        ];
        assert_failures(rules(), &failures);
    }
}
