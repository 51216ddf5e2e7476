//! Which attributes of a stored resource a reader gets.

use serde_json::Value;
use tenure_connector::Fields;
use tenure_scim::Resource;

use super::shape::named;

/// Sets a top-level attribute.
pub(super) fn put(resource: &mut Resource, name: &str, value: Value) {
    if let Some(path) = named(name) {
        resource.set(&path, value);
    }
}

/// Removes a top-level attribute.
pub(super) fn drop_attribute(resource: &mut Resource, name: &str) {
    if let Some(path) = named(name) {
        resource.remove(&path);
    }
}

/// Whether `fields` can ask for any part of a top-level attribute.
pub(super) fn wants(fields: &Fields, name: &str) -> bool {
    match fields {
        Fields::All => true,
        Fields::Only(paths) => paths.iter().any(|path| path.name() == name),
        Fields::Except(paths) => !paths.iter().any(|path| path.name() == name && path.sub().is_none()),
    }
}

/// Leaves the whole attributes that were not asked for out. Sub-attributes and `returned` are the reader's matter.
pub(super) fn narrow(resource: &mut Resource, fields: &Fields) {
    match fields {
        Fields::All => {}
        Fields::Except(paths) => {
            for path in paths.iter().filter(|path| !KEPT.iter().any(|kept| path.name() == kept)) {
                resource.remove(path);
            }
        }
        Fields::Only(paths) => {
            let unwanted: Vec<String> = resource
                .attributes()
                .map(|(name, _)| name)
                .filter(|name| !KEPT.iter().any(|kept| name.eq_ignore_ascii_case(kept)))
                .filter(|name| !paths.iter().any(|path| is_or_is_in(path, name)))
                .map(str::to_owned)
                .collect();
            for name in unwanted {
                drop_key(resource, &name);
            }
        }
    }
}

/// Whether a path names a top-level key of the JSON object or something inside it.
fn is_or_is_in(path: &tenure_scim::AttrPath, key: &str) -> bool {
    match path.schema() {
        Some(schema) if schema.as_str().eq_ignore_ascii_case(key) => true,
        _ => path.name() == key,
    }
}

/// Removes an attribute or a whole extension.
fn drop_key(resource: &mut Resource, key: &str) {
    if key.contains(':') {
        let mut json = resource.to_json();
        if let Some(object) = json.as_object_mut() {
            object.retain(|name, _| !name.eq_ignore_ascii_case(key));
        }
        if let Ok(without) = Resource::from_json(json) {
            *resource = without;
        }
    } else {
        drop_attribute(resource, key);
    }
}

const KEPT: [&str; 3] = ["id", "schemas", "meta"];
