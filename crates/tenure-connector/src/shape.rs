use tenure_scim::schema::Mutability;
use tenure_scim::{AttrPath, Resource, ResourceSchema, ValueRef};

use crate::{ConnectorError, Result};

const COMMON: [&str; 4] = ["schemas", "id", "externalId", "meta"];

/// Refuses attributes that the schema does not have, and a create without what it requires; for a connector whose
/// system would drop what it does not know.
///
/// # Examples
///
/// ```
/// use tenure_connector::{ClassSchema, ConnectorSchema, ErrorKind, ObjectClass, check_shape};
/// use tenure_scim::Resource;
///
/// let registry = ConnectorSchema::new().with(ObjectClass::GROUP, ClassSchema::group()).registry()?;
/// let groups = registry.resource("Group").ok_or("no groups")?;
/// let staff = Resource::new("urn:ietf:params:scim:schemas:core:2.0:Group").with("displayName", "Staff")?;
/// check_shape(&staff, groups)?;
/// let error = check_shape(&staff.with("colour", "red")?, groups).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::InvalidInput);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// `InvalidInput` with the attribute's path, when it is not in the schema, is set by an operation of its own, does not
/// fit its type, or is required and missing.
pub fn check_shape(resource: &Resource, schema: &ResourceSchema) -> Result<()> {
    for (name, value) in resource.attributes() {
        if COMMON.iter().any(|common| common.eq_ignore_ascii_case(name)) {
            continue;
        }
        match (name.contains(':'), value.as_object()) {
            (true, Some(members)) => {
                for (member, _) in members.iter() {
                    known(&format!("{name}:{member}"), schema)?;
                }
            }
            _ => known(name, schema)?,
        }
        check_members(name, value, schema)?;
    }
    for attribute in schema.attributes() {
        let missing = || !resource.attr(attribute.name.as_str()).is_some_and(ValueRef::is_assigned);
        if attribute.required && attribute.mutability != Mutability::ReadOnly && missing() {
            let name = attribute.name.as_str();
            let detail = format!("expected a value for `{name}`, found nothing");
            return Err(ConnectorError::invalid_input(name, detail));
        }
    }
    schema.validate_create(resource).map(drop).map_err(ConnectorError::from)
}

fn check_members(name: &str, value: ValueRef<'_>, schema: &ResourceSchema) -> Result<()> {
    let objects: Vec<_> = match value {
        ValueRef::Object(object) if !name.contains(':') => vec![object],
        ValueRef::Array(items) => items.iter().filter_map(ValueRef::as_object).collect(),
        _ => Vec::new(),
    };
    for (member, _) in objects.iter().flat_map(|object| object.iter()) {
        known(&format!("{name}.{member}"), schema)?;
    }
    Ok(())
}

fn known(path: &str, schema: &ResourceSchema) -> Result<()> {
    let attribute = AttrPath::parse(path).ok().and_then(|path| schema.attribute(&path).cloned());
    match attribute {
        None => Err(ConnectorError::invalid_input(path, format!("no attribute `{path}` in the schema"))),
        Some(attribute) if attribute.mutability == Mutability::WriteOnly => {
            Err(ConnectorError::invalid_input(path, format!("`{path}` is set by its own operation")))
        }
        Some(_) => Ok(()),
    }
}
