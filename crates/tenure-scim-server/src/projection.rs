//! What the connector has to read for an answer.

use std::collections::BTreeSet;

use tenure_connector::Fields;
use tenure_scim::schema::Returned;
use tenure_scim::{AttrPath, Projection, Resource, ResourceSchema, Schema, SchemaUri};

/// The whole attributes that an answer has a part of.
pub(crate) fn fields(projection: &Projection, schema: &ResourceSchema) -> Fields {
    if !projection.attributes().is_empty() {
        return Fields::Only(named(projection.attributes(), schema));
    }
    let except: BTreeSet<AttrPath> = projection
        .excluded()
        .iter()
        .filter(|path| path.sub().is_none() && whole_extension(path, schema).is_none())
        .map(|path| unqualified(path, schema))
        .filter(|path| schema.attribute(path).is_some_and(|a| a.returned != Returned::Always))
        .collect();
    if except.is_empty() { Fields::All } else { Fields::Except(except) }
}

/// The attributes that a body wrote, for those that are returned to their writer only.
pub(crate) fn written(resource: &Resource) -> BTreeSet<AttrPath> {
    let mut paths = BTreeSet::new();
    for (name, value) in resource.attributes() {
        match (SchemaUri::parse(name), value.as_object()) {
            (Ok(schema), Some(members)) if name.contains(':') => paths.extend(
                members
                    .iter()
                    .filter_map(|(name, _)| AttrPath::parse(name).ok())
                    .map(|path| path.with_schema(schema.clone())),
            ),
            _ => paths.extend(AttrPath::parse(name)),
        }
    }
    paths
}

/// The attributes that were named, and those that always come.
fn named(paths: &[AttrPath], schema: &ResourceSchema) -> BTreeSet<AttrPath> {
    let always = schema.attributes().iter().filter(|attribute| attribute.returned == Returned::Always);
    let mut wanted: BTreeSet<AttrPath> = always.map(|a| AttrPath::from(a.name.clone())).collect();
    for path in paths {
        match whole_extension(path, schema) {
            Some(extension) => wanted.extend(
                extension
                    .attributes
                    .iter()
                    .map(|a| AttrPath::from(a.name.clone()).with_schema(extension.id.clone())),
            ),
            None => {
                wanted.insert(unqualified(&path.parent(), schema));
            }
        }
    }
    wanted
}

/// A URN alone names a whole extension, although it reads like a schema and an attribute.
fn whole_extension<'a>(path: &AttrPath, schema: &'a ResourceSchema) -> Option<&'a Schema> {
    let text = path.to_string();
    schema.extensions().map(|(extension, _)| extension).find(|e| e.id.as_str().eq_ignore_ascii_case(&text))
}

fn unqualified(path: &AttrPath, schema: &ResourceSchema) -> AttrPath {
    if path.schema().is_some_and(|uri| *uri == schema.base().id) {
        path.without_schema()
    } else {
        path.clone()
    }
}
