use tenure_connector::{ObjectClass, ObjectRef, Result};
use tenure_connector_rest::{Field, Mapping};

/// The class of the lines of the audit log.
pub(crate) const AUDIT_LOG: ObjectClass = ObjectClass::known("AuditLog");

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const AUDIT: &str = "urn:tenure:params:scim:schemas:zendesk:1.0:AuditLog";

const USER_FIELDS: [Field; 18] = [
    Field::text("userName", "/email").required(),
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

pub(crate) fn users() -> Result<Mapping> {
    let found_by = [ObjectRef::USER_NAME, ObjectRef::EMAIL, ObjectRef::EXTERNAL_ID];
    Ok(Mapping::new(ObjectClass::USER, USER, &USER_FIELDS)?.found_by(&found_by))
}

pub(crate) fn groups() -> Result<Mapping> {
    Mapping::new(ObjectClass::GROUP, GROUP, &GROUP_FIELDS)
}

pub(crate) fn audit_logs() -> Result<Mapping> {
    Mapping::new(AUDIT_LOG, AUDIT, &AUDIT_FIELDS)
}

#[cfg(test)]
mod tests {
    use tenure_connector::record::ACCOUNT_SCHEMA;

    use super::*;

    #[test]
    fn the_last_login_stands_where_seats_are_judged_by_it() {
        let schema = users().unwrap().described();
        assert!(schema.schemas.iter().any(|schema| schema.id.as_str() == ACCOUNT_SCHEMA));
        assert!(groups().is_ok() && audit_logs().is_ok());
    }
}
