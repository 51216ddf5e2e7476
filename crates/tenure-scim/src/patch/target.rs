//! What the path of an operation means in a resource type.

use std::borrow::Cow;

use super::element::is_stored;
use crate::arena::{Arena, Slot};
use crate::error::ScimError;
use crate::filter::{ElementMatcher, Filter};
use crate::path::PatchPath;
use crate::profile::{Fired, Profile, Tolerance};
use crate::schema::{Attribute, AttributeType, Mutability, Resolved, ResourceSchema, Schema};

pub(super) enum Target<'a> {
    /// An extension as a whole.
    Extension(&'a Schema, bool),
    Attribute(AttributeTarget<'a>),
}

pub(super) struct AttributeTarget<'a> {
    pub(super) extension: Option<&'a Schema>,
    pub(super) attribute: &'a Attribute,
    pub(super) sub: Option<&'a Attribute>,
    pub(super) selector: Option<Selector<'a>>,
}

/// The `[ ]` of a path.
pub(super) struct Selector<'a> {
    pub(super) filter: Cow<'a, Filter>,
    pub(super) matcher: ElementMatcher,
}

impl<'a> AttributeTarget<'a> {
    pub(super) fn of(resolved: Resolved<'a>) -> Self {
        Self {
            extension: resolved.extension,
            attribute: resolved.attribute,
            sub: resolved.sub,
            selector: None,
        }
    }

    /// What the path ends at.
    pub(super) fn leaf(&self) -> &'a Attribute {
        self.sub.unwrap_or(self.attribute)
    }

    /// The target as it stands in messages.
    pub(super) fn name(&self) -> String {
        match self.sub {
            Some(sub) => format!("{}.{}", self.attribute.name, sub.name),
            None => self.attribute.name.to_string(),
        }
    }

    /// The object that holds the attribute, if it is there.
    pub(super) fn base(&self, doc: &Arena) -> Option<Slot> {
        match self.extension {
            Some(extension) => doc.member(Slot::ROOT, extension.id.as_str()),
            None => Some(Slot::ROOT),
        }
    }

    /// The attribute's value, if it is there.
    pub(super) fn slot(&self, doc: &Arena) -> Option<Slot> {
        doc.member(self.base(doc)?, self.attribute.name.as_str())
    }

    /// The place for the attribute's value; an extension that was not there is declared in `schemas`.
    pub(super) fn slot_or_insert(&self, doc: &mut Arena) -> Slot {
        let base = match self.extension {
            Some(extension) => {
                declare(doc, extension.id.as_str());
                doc.member_or_insert(Slot::ROOT, extension.id.as_str())
            }
            None => Slot::ROOT,
        };
        doc.member_or_insert(base, self.attribute.name.as_str())
    }

    /// Takes the attribute out, and its extension when nothing is left of it.
    pub(super) fn unassign(&self, doc: &mut Arena) {
        let Some(base) = self.base(doc) else { return };
        doc.remove_member(base, self.attribute.name.as_str());
        if let Some(extension) = self.extension
            && !is_stored(doc.at(base))
        {
            drop_extension(doc, extension.id.as_str());
        }
    }

    /// Refuses a write to what only the service provider writes.
    pub(super) fn refuse_read_only(&self) -> Result<(), ScimError> {
        let read_only = |a: &Attribute| a.mutability == Mutability::ReadOnly;
        if read_only(self.attribute) || self.sub.is_some_and(read_only) {
            return Err(ScimError::mutability(format!("`{}` is read-only", self.name())));
        }
        Ok(())
    }
}

/// Adds a URI to `schemas`, once.
pub(super) fn declare(doc: &mut Arena, uri: &str) {
    let schemas = doc.member_or_insert(Slot::ROOT, "schemas");
    let known =
        doc.elements(schemas).any(|e| doc.at(e).as_str().is_some_and(|s| s.eq_ignore_ascii_case(uri)));
    if !known {
        doc.push_json(schemas, &uri.into());
    }
}

/// Takes an extension out of the resource and out of `schemas`.
pub(super) fn drop_extension(doc: &mut Arena, uri: &str) -> bool {
    let removed = doc.remove_member(Slot::ROOT, uri);
    let Some(schemas) = doc.member(Slot::ROOT, "schemas") else { return removed };
    let declared =
        doc.elements(schemas).find(|e| doc.at(*e).as_str().is_some_and(|s| s.eq_ignore_ascii_case(uri)));
    declared.is_some_and(|element| doc.remove_element(schemas, element)) || removed
}

/// Finds what a path means.
pub(super) fn resolve<'a>(
    path: &'a PatchPath,
    schema: &'a ResourceSchema,
    profile: &Profile,
    fired: &mut Fired,
) -> Result<Target<'a>, ScimError> {
    if path.attribute().schema().is_some() && path.filter().is_none() {
        let text = path.to_string();
        if let Some((extension, required)) = schema.extensions().find(|(e, _)| e.id == *text.as_str()) {
            return Ok(Target::Extension(extension, required));
        }
    }
    let unknown = || ScimError::invalid_path(format!("`{path}` names no attribute of `{}`", schema.name()));
    let found = schema.resolve(path.attribute()).ok_or_else(unknown)?;
    let mut target = AttributeTarget::of(found);
    let Some(filter) = path.filter() else { return Ok(Target::Attribute(target)) };
    let attribute = target.attribute;
    if let Some(sub) = path.sub() {
        target.sub = Some(attribute.sub(sub).ok_or_else(unknown)?);
    }
    if !attribute.multi_valued {
        if attribute.kind != AttributeType::Complex || !profile.allows(Tolerance::PatchFilterOnSingular) {
            return Err(ScimError::invalid_path(format!(
                "`{path}` has a value filter, but `{}` has a single value",
                attribute.name
            )));
        }
        fired.record(Tolerance::PatchFilterOnSingular);
    }
    let mut filter = Cow::Borrowed(filter);
    if profile.allows(Tolerance::FilterBooleanText) {
        filter.to_mut().normalise_inside(attribute, profile, fired);
    }
    let matcher = ElementMatcher::new(&filter, found)?;
    target.selector = Some(Selector { filter, matcher });
    Ok(Target::Attribute(target))
}

/// Whether a URI may stand in `schemas` of this type.
pub(super) fn may_declare(schema: &ResourceSchema, uri: &str) -> bool {
    schema.base().id == *uri || schema.extensions().any(|(e, _)| e.id == *uri)
}
