use tenure_connector::entitlement::{entitlement_class, grant_class};
use tenure_connector::record::account_schema;
use tenure_connector::{
    Certainty, ClassSchema, ConnectorError, ConnectorSchema, ErrorKind, ObjectClass, ObjectRef, Result,
};
use tenure_scim::{Schema, SchemaRegistry, SchemaUri, uri};

/// What a role has besides SCIM's own attributes.
pub(crate) const ROLE_SCHEMA: &str = "urn:tenure:params:scim:schemas:postgres:1.0:Role";

/// The attributes that roles can hold.
pub(crate) fn schema() -> Result<ConnectorSchema> {
    let user = narrowed(uri::USER, &["userName", "displayName", "active"])?;
    let group = narrowed(uri::GROUP, &["displayName"])?;
    let role = serde_json::json!({
        "id": ROLE_SCHEMA,
        "name": "Role",
        "description": "What PostgreSQL knows of a role that may log in",
        "attributes": [
            { "name": "connectionLimit", "type": "integer", "description": "How many sessions at once" },
            { "name": "validUntil", "type": "dateTime", "description": "When the password stops working" }
        ]
    });
    let role = Schema::from_json(role).map_err(|error| broken(&error.to_string()))?;
    let mut account = account_schema();
    account.attributes.retain(|one| one.name.as_str() == "status");
    let users = ClassSchema::new("User", "/Users", user, vec![role, account]);
    let groups = ClassSchema::new("Group", "/Groups", group, Vec::new());
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
