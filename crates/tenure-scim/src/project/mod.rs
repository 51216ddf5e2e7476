//! Which attributes of a resource an answer has (RFC 7644 section 3.9, RFC 7643 section 7, `returned`).

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::arena::Slot;
use crate::error::ScimError;
use crate::path::AttrPath;
use crate::resource::Resource;
use crate::schema::{Attribute, ResourceSchema, Returned};
use crate::uri::SchemaUri;
use crate::value::ValueRef;

/// The `attributes` or `excludedAttributes` of a request.
///
/// # Examples
///
/// ```
/// use tenure_scim::{Projection, Resource, SchemaRegistry};
///
/// let registry = SchemaRegistry::builtin();
/// let users = registry.resource("User").ok_or("no such resource type")?;
/// let user: Resource = r#"{"id": "1", "userName": "a", "password": "secret", "name": {"givenName": "A", "familyName": "B"}}"#.parse()?;
///
/// let all = Projection::default().apply(&user, users, &Default::default());
/// assert_eq!(all.attr("password"), None);
/// let some = Projection::new(vec!["name.familyName".parse()?], vec![])?.apply(&user, users, &Default::default());
/// assert_eq!(some.to_json(), serde_json::json!({"id": "1", "name": {"familyName": "B"}}));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Projection {
    attributes: Vec<AttrPath>,
    excluded: Vec<AttrPath>,
}

impl Projection {
    /// A projection onto `attributes`, or onto everything but `excluded`.
    ///
    /// # Errors
    ///
    /// `invalidValue` when both are given (RFC 7644 section 3.4.2.5).
    pub fn new(attributes: Vec<AttrPath>, excluded: Vec<AttrPath>) -> Result<Self, ScimError> {
        if attributes.is_empty() || excluded.is_empty() {
            Ok(Self { attributes, excluded })
        } else {
            Err(ScimError::invalid_value("expected `attributes` or `excludedAttributes`, found both"))
        }
    }

    /// The attributes that were asked for; empty for the default set.
    pub fn attributes(&self) -> &[AttrPath] {
        &self.attributes
    }

    /// The attributes that were excluded.
    pub fn excluded(&self) -> &[AttrPath] {
        &self.excluded
    }

    /// Whether nothing was asked for or excluded.
    pub fn is_default(&self) -> bool {
        self.attributes.is_empty() && self.excluded.is_empty()
    }

    /// Whether an answer has a value of this attribute, so that a store need not read it otherwise.
    pub fn wants(&self, path: &AttrPath, schema: &ResourceSchema) -> bool {
        let Some(found) = schema.resolve(&path.parent()) else { return true };
        let owner = match found.extension {
            Some(extension) => Owner { uri: &extension.id, is_base: false },
            None => Owner { uri: &schema.base().id, is_base: true },
        };
        self.keeps(owner, found.attribute, &BTreeSet::new()) != Keep::No
    }

    /// The part of `resource` that an answer has; `written` names what the request wrote, for `returned: request`.
    pub fn apply(
        &self,
        resource: &Resource,
        schema: &ResourceSchema,
        written: &BTreeSet<AttrPath>,
    ) -> Resource {
        let mut out = Resource::default();
        let base = Owner { uri: &schema.base().id, is_base: true };
        for (name, value) in resource.attributes() {
            let extension = schema.extensions().map(|(e, _)| e).find(|e| e.id == *name);
            if let (Some(extension), Some(members)) = (extension, value.as_object()) {
                let owner = Owner { uri: &extension.id, is_base: false };
                for (inner, value) in members.iter() {
                    let known = extension.attributes.iter().find(|a| a.name == *inner);
                    let keep = self.keep(owner, known, inner, written);
                    copy(&mut out, Some(&extension.id), inner, value, known, &keep);
                }
                continue;
            }
            let known = schema.attributes().iter().find(|a| a.name == *name);
            let keep = self.keep(base, known, name, written);
            copy(&mut out, None, name, value, known, &keep);
        }
        out
    }

    fn keep(
        &self,
        owner: Owner<'_>,
        known: Option<&Attribute>,
        name: &str,
        written: &BTreeSet<AttrPath>,
    ) -> Keep {
        match known {
            Some(attribute) => self.keeps(owner, attribute, written),
            // What the schema does not know is returned as by default.
            None => match AttrPath::parse(name) {
                Ok(path) if !self.attributes.is_empty() => {
                    if self.attributes.iter().any(|a| *a.name() == *path.name()) {
                        Keep::All
                    } else {
                        Keep::No
                    }
                }
                Ok(path) if self.excluded.contains(&path) => Keep::No,
                Ok(_) => Keep::All,
                // A container of an extension that the resource type does not have.
                Err(_) if self.attributes.is_empty() => Keep::All,
                Err(_) => Keep::No,
            },
        }
    }

    fn keeps(&self, owner: Owner<'_>, attribute: &Attribute, written: &BTreeSet<AttrPath>) -> Keep {
        let names = |path: &AttrPath| names(path, owner, attribute);
        match attribute.returned {
            Returned::Always => return Keep::All,
            Returned::Never => return Keep::No,
            Returned::Request
                if !written.iter().any(|p| names(p) != Named::No)
                    && !self.attributes.iter().any(|p| names(p) != Named::No) =>
            {
                return Keep::No;
            }
            _ => {}
        }
        let subs = |paths: &[AttrPath]| -> Vec<String> {
            paths
                .iter()
                .filter(|p| names(p) == Named::Sub)
                .filter_map(|p| Some(p.sub()?.to_string()))
                .collect()
        };
        if !self.attributes.is_empty() {
            if self.attributes.iter().any(|p| names(p) == Named::Whole) {
                return Keep::All;
            }
            return match subs(&self.attributes) {
                subs if subs.is_empty() => {
                    match attribute.sub_attributes.iter().any(|s| s.returned == Returned::Always) {
                        true if self.attributes.iter().any(|p| names(p) != Named::No) => Keep::Only(subs),
                        _ => Keep::No,
                    }
                }
                subs => Keep::Only(subs),
            };
        }
        if self.excluded.iter().any(|p| names(p) == Named::Whole) {
            return Keep::No;
        }
        match subs(&self.excluded) {
            subs if subs.is_empty() => Keep::All,
            subs => Keep::Without(subs),
        }
    }
}

/// The schema that an attribute belongs to.
#[derive(Clone, Copy)]
struct Owner<'a> {
    uri: &'a SchemaUri,
    /// Whether bare names mean this schema (RFC 7644 section 3.10).
    is_base: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Keep {
    No,
    All,
    Only(Vec<String>),
    Without(Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Named {
    No,
    Sub,
    Whole,
}

/// What `path` says about an attribute: nothing, something about a part of it, or that it is meant.
fn names(path: &AttrPath, owner: Owner<'_>, attribute: &Attribute) -> Named {
    // `urn:...:2.0:User` names a schema, though it reads as an attribute `User` of another one.
    if let Some(schema) = path.schema()
        && path.sub().is_none()
        && owner.uri.as_str().len() == schema.as_str().len() + 1 + path.name().as_str().len()
        && *owner.uri == *path.to_string().as_str()
    {
        return Named::Whole;
    }
    let same_schema = match path.schema() {
        Some(schema) => schema == owner.uri,
        None => owner.is_base,
    };
    if !same_schema || *path.name() != attribute.name {
        return Named::No;
    }
    if path.sub().is_some() { Named::Sub } else { Named::Whole }
}

fn copy(
    out: &mut Resource,
    extension: Option<&SchemaUri>,
    name: &str,
    value: ValueRef<'_>,
    known: Option<&Attribute>,
    keep: &Keep,
) {
    if *keep == Keep::No {
        return;
    }
    let doc = out.arena_mut();
    let base = match extension {
        Some(extension) => doc.member_or_insert(Slot::ROOT, extension.as_str()),
        None => Slot::ROOT,
    };
    let slot = doc.member_or_insert(base, name);
    doc.write_value(slot, value);
    let Some(attribute) = known.filter(|a| !a.sub_attributes.is_empty()) else { return };
    let hidden: Vec<&str> = attribute
        .sub_attributes
        .iter()
        .filter(|sub| !keeps_sub(sub, keep))
        .map(|sub| sub.name.as_str())
        .collect();
    if hidden.is_empty() && !matches!(keep, Keep::Only(_)) {
        return;
    }
    let many = doc.at(slot).as_array().is_some();
    let mut elements: Vec<Slot> = if many { doc.elements(slot).collect() } else { vec![slot] };
    for element in &elements {
        for name in &hidden {
            doc.remove_member(*element, name);
        }
    }
    elements.retain(|e| doc.at(*e).as_object().is_some_and(|o| o.is_empty()));
    if many {
        doc.remove_elements(slot, &elements);
    }
    if !doc.at(slot).is_assigned() {
        doc.remove_member(base, name);
    }
}

fn keeps_sub(sub: &Attribute, keep: &Keep) -> bool {
    let listed = |names: &[String]| names.iter().any(|n| sub.name == *n.as_str());
    match (sub.returned, keep) {
        (Returned::Always, _) => true,
        (Returned::Never, _) | (_, Keep::No) => false,
        (_, Keep::Only(names)) => listed(names),
        (Returned::Request, _) => false,
        (_, Keep::Without(names)) => !listed(names),
        (_, Keep::All) => true,
    }
}
