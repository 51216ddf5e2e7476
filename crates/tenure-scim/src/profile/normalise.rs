//! Bringing the body of a create or replace request into the form that RFC 7643 gives it.

use super::{Fired, Profile, Tolerance, restrict};
use crate::arena::Slot;
use crate::error::ScimError;
use crate::patch::Conform;
use crate::resource::Resource;
use crate::schema::{Attribute, ResourceSchema};
use crate::uri;
use crate::value::ValueRef;

/// Rewrites what a peer writes in its own way, where its profile allows it; the rest stays as it is.
///
/// Run it before [`ResourceSchema::validate_create`] or [`validate_replace`](ResourceSchema::validate_replace).
///
/// # Examples
///
/// ```
/// use tenure_scim::{Fired, Profile, Resource, SchemaRegistry, profile};
///
/// let registry = SchemaRegistry::builtin();
/// let users = registry.resource("User").ok_or("no such resource type")?;
/// let entra = Profile::named("entra").ok_or("no such profile")?;
/// let mut user: Resource =
///     r#"{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "a", "active": "True"}"#.parse()?;
///
/// let mut fired = Fired::default();
/// profile::normalise(&mut user, users, &entra, &mut fired)?;
/// assert_eq!(user.attr("active").and_then(|v| v.as_bool()), Some(true));
/// assert_eq!(fired.iter().map(|(t, _)| t.id()).collect::<Vec<_>>(), ["value-boolean-text"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// `invalidSyntax` when `schemas` and the body do not agree, `invalidValue` when a value has a form that neither the
/// RFC nor the profile knows.
pub fn normalise(
    resource: &mut Resource,
    schema: &ResourceSchema,
    profile: &Profile,
    fired: &mut Fired,
) -> Result<(), ScimError> {
    schemas(resource, schema, profile, fired)?;
    restrict::body(resource, schema, profile)?;
    if profile.tolerances().next().is_none() {
        return Ok(());
    }
    for attribute in schema.attributes().iter().filter(|a| a.name != "schemas") {
        value(resource, None, attribute, profile, fired)?;
    }
    for (extension, _) in schema.extensions() {
        for attribute in &extension.attributes {
            value(resource, Some(extension.id.as_str()), attribute, profile, fired)?;
        }
    }
    Ok(())
}

fn value(
    resource: &mut Resource,
    extension: Option<&str>,
    attribute: &Attribute,
    profile: &Profile,
    fired: &mut Fired,
) -> Result<(), ScimError> {
    let name = attribute.name.as_str();
    let stored = match extension {
        Some(extension) => resource.member(extension).and_then(|e| e.as_object()?.get(name)),
        None => resource.member(name),
    };
    let Some(before) = stored.filter(|v| v.is_assigned()).map(ValueRef::to_json) else { return Ok(()) };
    let mut conform = Conform { profile, fired };
    let after = if attribute.multi_valued {
        let values = conform.many(&before, attribute)?;
        values.into_iter().map(std::borrow::Cow::into_owned).collect::<Vec<_>>().into()
    } else {
        conform.single(&before, attribute, "")?.into_owned()
    };
    if after != before {
        let doc = resource.arena_mut();
        let base = match extension {
            Some(extension) => doc.member_or_insert(Slot::ROOT, extension),
            None => Slot::ROOT,
        };
        let slot = doc.member_or_insert(base, name);
        doc.write_json(slot, &after);
    }
    Ok(())
}

/// Brings `schemas` into line with the resource type and with the extensions in the body.
fn schemas(
    resource: &mut Resource,
    schema: &ResourceSchema,
    profile: &Profile,
    fired: &mut Fired,
) -> Result<(), ScimError> {
    let known = |uri: &str| schema.base().id == *uri || schema.extensions().any(|(e, _)| e.id == *uri);
    let sent: Vec<String> = resource.schemas().map(str::to_owned).collect();
    let mut wanted: Vec<String> = Vec::new();
    for uri in &sent {
        let legacy = LEGACY.iter().find(|(old, _)| old.eq_ignore_ascii_case(uri)).map(|(_, new)| *new);
        let new = match legacy {
            _ if known(uri) => Some(uri.as_str()),
            Some(new) if known(new) && profile.allows(Tolerance::BodyLegacySchema) => {
                fired.record(Tolerance::BodyLegacySchema);
                Some(new)
            }
            // The draft's one core URI stood for every resource type.
            Some(_) if profile.allows(Tolerance::BodyLegacySchema) => {
                fired.record(Tolerance::BodyLegacySchema);
                Some(schema.base().id.as_str())
            }
            _ if profile.allows(Tolerance::BodyForeignSchema) => {
                fired.record(Tolerance::BodyForeignSchema);
                None
            }
            _ => {
                let name = schema.name();
                return Err(ScimError::invalid_syntax(format!("`{uri}` is no schema of `{name}`")));
            }
        };
        wanted
            .extend(new.map(str::to_owned).filter(|new| !wanted.iter().any(|w| w.eq_ignore_ascii_case(new))));
    }
    for (extension, _) in schema.extensions() {
        let uri = extension.id.as_str();
        let used = resource.member(uri).is_some_and(ValueRef::is_assigned);
        if used && !wanted.iter().any(|w| w.eq_ignore_ascii_case(uri)) {
            if !profile.allows(Tolerance::BodyUndeclaredExtension) {
                return Err(ScimError::invalid_syntax(format!(
                    "expected `{uri}` in `schemas`, since it has values"
                )));
            }
            fired.record(Tolerance::BodyUndeclaredExtension);
            wanted.push(uri.to_owned());
        }
    }
    if wanted != sent {
        let doc = resource.arena_mut();
        let slot = doc.member_or_insert(Slot::ROOT, "schemas");
        doc.write_json(slot, &wanted.into());
    }
    Ok(())
}

/// URIs of the drafts before RFC 7643.
const LEGACY: &[(&str, &str)] = &[
    ("urn:scim:schemas:core:2.0", uri::USER),
    ("urn:scim:schemas:core:2.0:User", uri::USER),
    ("urn:scim:schemas:core:2.0:Group", uri::GROUP),
    ("urn:scim:schemas:extension:enterprise:2.0", uri::ENTERPRISE_USER),
    ("urn:scim:schemas:extension:enterprise:2.0:User", uri::ENTERPRISE_USER),
];
