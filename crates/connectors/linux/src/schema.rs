use tenure_connector::entitlement::{entitlement_class, grant_class};
use tenure_connector::record::account_schema;
use tenure_connector::{
    Certainty, ClassSchema, ConnectorError, ConnectorSchema, ErrorKind, ObjectClass, ObjectRef, Result,
};
use tenure_scim::{Schema, SchemaRegistry, SchemaUri, uri};

/// What an account of a host has besides SCIM's own attributes.
pub(crate) const LINUX_SCHEMA: &str = "urn:tenure:params:scim:schemas:linux:1.0:Account";

pub(crate) fn schema() -> Result<ConnectorSchema> {
    let linux = serde_json::json!({
        "id": LINUX_SCHEMA,
        "name": "Account",
        "description": "What a Linux host knows of an account",
        "attributes": [
            { "name": "homeDirectory", "type": "string", "caseExact": true, "description": "Its home" },
            { "name": "loginShell", "type": "string", "caseExact": true, "description": "Its shell" },
            { "name": "validUntil", "type": "dateTime", "description": "The day from which it does not work" }
        ]
    });
    let linux = Schema::from_json(linux).map_err(|error| broken(&error.to_string()))?;
    let mut account = account_schema();
    account.attributes.retain(|one| one.name.as_str() == "status");
    let user = narrowed(uri::USER, &["userName", "displayName", "active"])?;
    let users = ClassSchema::new("User", "/Users", user, vec![linux, account]);
    let groups = ClassSchema::new("Group", "/Groups", narrowed(uri::GROUP, &["displayName"])?, Vec::new());
    Ok(ConnectorSchema::new()
        .with(ObjectClass::USER, users.found_by(&[ObjectRef::USER_NAME]))
        .with(ObjectClass::GROUP, groups.found_by(&[ObjectRef::DISPLAY_NAME]))
        .with(ObjectClass::ENTITLEMENT, entitlement_class())
        .with(ObjectClass::GRANT, grant_class()))
}

fn narrowed(id: &str, names: &[&str]) -> Result<Schema> {
    let id = SchemaUri::parse(id).map_err(|error| broken(&error.to_string()))?;
    let model = SchemaRegistry::builtin();
    let mut schema = model.schema(&id).cloned().ok_or_else(|| broken("a schema of the model is missing"))?;
    schema.attributes.retain(|one| names.contains(&one.name.as_str()));
    for attribute in &mut schema.attributes {
        // A group is its name.
        attribute.required |= names == ["displayName"];
    }
    Ok(schema)
}

fn broken(detail: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted).with_detail(detail)
}
