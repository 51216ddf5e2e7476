//! Zendesk's fields, how its lists go on, and what its errors mean.

use std::sync::Arc;

use tenure_connector::{ErrorKind, ObjectClass, ObjectRef, Result};
use tenure_connector_rest::{ErrorRules, Field, Mapping, Paging};

/// The class of the lines of the audit log.
pub(crate) const AUDIT_LOG: ObjectClass = ObjectClass::known("AuditLog");

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const AUDIT: &str = "urn:tenure:params:scim:schemas:zendesk:1.0:AuditLog";

/// The largest page that every list takes.
pub(crate) const PAGE: u32 = 100;

const USER_FIELDS: [Field; 19] = [
    Field::text("userName", "/email").required(),
    // The same address by the name that other systems have for it.
    Field::text("urn:tenure:params:scim:schemas:zendesk:1.0:User:email", "/email").read_only(),
    Field::text("displayName", "/name").required(),
    Field::text("externalId", "/external_id"),
    Field::inverse("active", "/suspended"),
    Field::text("locale", "/locale"),
    Field::moment("urn:tenure:params:scim:schemas:1.0:Account:lastLogin", "/last_login_at").read_only(),
    Field::text("urn:tenure:params:scim:schemas:zendesk:1.0:User:alias", "/alias"),
    Field::text("urn:tenure:params:scim:schemas:zendesk:1.0:User:notes", "/notes"),
    Field::text("urn:tenure:params:scim:schemas:zendesk:1.0:User:details", "/details"),
    Field::text("urn:tenure:params:scim:schemas:zendesk:1.0:User:signature", "/signature"),
    Field::texts("urn:tenure:params:scim:schemas:zendesk:1.0:User:tags", "/tags"),
    Field::text("urn:tenure:params:scim:schemas:zendesk:1.0:User:ticketRestriction", "/ticket_restriction"),
    Field::flag(
        "urn:tenure:params:scim:schemas:zendesk:1.0:User:onlyPrivateComments",
        "/only_private_comments",
    ),
    Field::text("urn:tenure:params:scim:schemas:zendesk:1.0:User:role", "/role").read_only(),
    Field::id("urn:tenure:params:scim:schemas:zendesk:1.0:User:customRole", "/custom_role_id").read_only(),
    Field::id("urn:tenure:params:scim:schemas:zendesk:1.0:User:organization", "/organization_id").read_only(),
    Field::flag("urn:tenure:params:scim:schemas:zendesk:1.0:User:shared", "/shared").read_only(),
    Field::flag("urn:tenure:params:scim:schemas:zendesk:1.0:User:twoFactor", "/two_factor_auth_enabled")
        .read_only(),
];

const GROUP_FIELDS: [Field; 2] = [
    Field::text("displayName", "/name").required(),
    Field::text("urn:tenure:params:scim:schemas:zendesk:1.0:Group:description", "/description"),
];

const AUDIT_FIELDS: [Field; 8] = [
    Field::text("action", "/action").read_only(),
    Field::id("actor", "/actor_id").read_only(),
    Field::text("actorName", "/actor_name").read_only(),
    Field::id("source", "/source_id").read_only(),
    Field::text("sourceType", "/source_type").read_only(),
    Field::text("sourceLabel", "/source_label").read_only(),
    Field::text("change", "/change_description").read_only(),
    Field::moment("at", "/created_at").read_only(),
];

pub(crate) fn users() -> Result<Arc<Mapping>> {
    let found_by = [ObjectRef::EXTERNAL_ID, ObjectRef::USER_NAME, ObjectRef::EMAIL];
    Ok(Arc::new(Mapping::new(ObjectClass::USER, USER, &USER_FIELDS)?.found_by(&found_by)))
}

pub(crate) fn groups() -> Result<Arc<Mapping>> {
    Ok(Arc::new(Mapping::new(ObjectClass::GROUP, GROUP, &GROUP_FIELDS)?))
}

pub(crate) fn audit_logs() -> Result<Arc<Mapping>> {
    Ok(Arc::new(Mapping::new(AUDIT_LOG, AUDIT, &AUDIT_FIELDS)?))
}

/// Cursor pages; the last one, too, names a place behind it.
pub(crate) fn paging() -> Paging {
    Paging::CursorWhile {
        at: "/meta/after_cursor".to_owned(),
        parameter: "page[after]".to_owned(),
        more: "/meta/has_more".to_owned(),
    }
}

/// The texts for the owner, for shared users and for used-up seats are not in Zendesk's document.
pub(crate) fn rules() -> ErrorRules {
    const FIELDS: [&str; 6] = ["email", "external_id", "name", "user_id", "value", "base"];
    let places = FIELDS
        .iter()
        .fold(ErrorRules::new(), |rules, field| rules.code_at(&format!("/details/{field}/0/error")));
    places
        .code_at("/error/title")
        .code_at("/error")
        .message_at("/error/message")
        .message_at("/details/base/0/description")
        .message_at("/description")
        .meaning("DuplicateValue", ErrorKind::AlreadyExists)
        .meaning("AgentLimitReached", ErrorKind::NoCapacity)
        .meaning("TooManyJobs", ErrorKind::RateLimited)
        .sentence("maximum number of agents", ErrorKind::NoCapacity)
        .sentence("account owner", ErrorKind::Policy)
        .sentence("shared from another account", ErrorKind::Policy)
        .sentence("requester of", ErrorKind::Policy)
        .blaming(
            "/details",
            &[
                ("email", "userName"),
                ("value", "userName"),
                ("external_id", "externalId"),
                ("name", "displayName"),
            ],
        )
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tenure_connector::record::ACCOUNT_SCHEMA;
    use tenure_connector_rest::testing::assert_failures;

    use super::*;

    #[test]
    fn the_last_login_stands_where_seats_are_judged_by_it() {
        let schema = users().unwrap().described();
        assert!(schema.schemas.iter().any(|schema| schema.id.as_str() == ACCOUNT_SCHEMA));
        assert!(groups().is_ok() && audit_logs().is_ok());
    }

    #[test]
    fn every_documented_failure_has_its_kind() {
        use ErrorKind::{AlreadyExists, Auth, InvalidInput, NotFound, Permission, RateLimited, Unavailable};

        let failures = [
            (401, json!({ "error": "Couldn't authenticate you" }), Auth),
            (
                403,
                json!({ "error": { "title": "Forbidden", "message": "You do not have access to this page" } }),
                Permission,
            ),
            (404, json!({ "error": "RecordNotFound", "description": "Not found" }), NotFound),
            (
                422,
                json!({ "error": "RecordInvalid", "details": { "email": [{ "error": "DuplicateValue" }] } }),
                AlreadyExists,
            ),
            (
                422,
                json!({ "error": "RecordInvalid", "details": { "external_id": [{ "error": "DuplicateValue" }] } }),
                AlreadyExists,
            ),
            (
                422,
                json!({ "error": "RecordInvalid", "details": { "name": [{ "error": "BlankValue" }] } }),
                InvalidInput,
            ),
            (429, json!({ "error": "TooManyJobs" }), RateLimited),
            (429, json!({ "error": "APIRateLimitExceeded" }), RateLimited),
            (503, json!({ "error": "Unavailable" }), Unavailable),
        ];
        assert_failures(rules(), &failures);
    }
}
