//! Which attributes an object may have, and which of them a reader sees.

use tenure_scim::schema::{Mutability, Returned};
use tenure_scim::{AttrPath, Resource, ResourceSchema, ValueRef};

use crate::{ConnectorError, Fields, Result};

const COMMON: [&str; 4] = ["schemas", "id", "externalId", "meta"];

/// Refuses attributes that the schema does not have, and a create without what it requires.
pub(super) fn check(resource: &Resource, schema: &ResourceSchema) -> Result<()> {
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

/// Leaves the attributes that a reader asked for, without those that are never returned.
pub(super) fn project(resource: &Resource, schema: &ResourceSchema, fields: &Fields) -> Resource {
    let mut shown = resource.clone();
    let hidden = schema.attributes().iter().filter(|attribute| attribute.returned == Returned::Never);
    for attribute in hidden {
        shown.remove(&AttrPath::new(None, attribute.name.clone(), None));
    }
    match fields {
        Fields::All => shown,
        Fields::Except(paths) => {
            for path in paths.iter().filter(|path| !is_always(path)) {
                shown.remove(path);
            }
            shown
        }
        Fields::Only(paths) => {
            let mut only = Resource::default();
            shown.schemas().for_each(|schema| only.add_schema(schema));
            if let Some(id) = shown.id() {
                only.set_id(id);
            }
            for path in paths {
                let whole = path.parent();
                if let Some(value) = shown.get(&whole) {
                    only.set(&whole, value.to_json());
                }
            }
            only
        }
    }
}

fn is_always(path: &AttrPath) -> bool {
    path.schema().is_none()
        && ["id", "schemas"].iter().any(|name| path.name().as_str().eq_ignore_ascii_case(name))
}
