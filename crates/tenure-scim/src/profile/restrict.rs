//! Refusing what a stricter profile refuses.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Profile, Restriction};
use crate::error::ScimError;
use crate::filter::{CompareOp, Filter, FilterError};
use crate::patch::{Patch, PatchOp, PatchOperation};
use crate::path::AttrPath;
use crate::resource::Resource;
use crate::schema::{Attribute, ResourceSchema};
use crate::value::{ObjectRef, ValueRef};

/// Checks what a filter uses.
pub(crate) fn filter(filter: &Filter, profile: &Profile) -> Result<(), FilterError> {
    let refused = |found: String| {
        let error = FilterError::new("`eq`, `and` or a value path", found);
        Err(error.with_help(format!("profile `{}` takes nothing else", profile.id())))
    };
    let plain = profile.restricts(Restriction::FilterEqAndOnly);
    let path = match filter {
        Filter::Or(_) if plain => return refused("`or`".to_owned()),
        Filter::Not(_) if plain => return refused("`not`".to_owned()),
        Filter::Present(path) if plain => return refused(format!("`{path} pr`")),
        Filter::Compare(c) if plain && c.op != CompareOp::Eq => {
            return refused(format!("`{} {}`", c.path, c.op.as_str()));
        }
        Filter::And(parts) | Filter::Or(parts) => {
            return parts.iter().try_for_each(|part| self::filter(part, profile));
        }
        Filter::Not(part) => return self::filter(part, profile),
        Filter::Present(path) => path,
        Filter::Compare(c) => &c.path,
        Filter::Element(e) => {
            self::filter(&e.filter, profile)?;
            &e.path
        }
    };
    if profile.restricts(Restriction::PasswordRefused) && is_password(path) {
        return Err(FilterError::new("another attribute than `password`", format!("`{path}`")));
    }
    Ok(())
}

/// Checks the operations of a request by themselves, before anything is applied.
pub(crate) fn patch(patch: &Patch, profile: &Profile) -> Result<(), ScimError> {
    if profile.restrictions().next().is_none() {
        return Ok(());
    }
    let mut seen = BTreeSet::new();
    for (n, operation) in patch.operations.iter().enumerate() {
        let checked = self::operation(operation, profile).and_then(|()| match &operation.path {
            Some(path)
                if profile.restricts(Restriction::PatchOncePerTarget)
                    && !seen.insert(path.to_string().to_ascii_lowercase()) =>
            {
                Err(ScimError::invalid_syntax(format!("expected one operation for `{path}`, found another")))
            }
            _ => Ok(()),
        });
        checked.map_err(|e| e.within(format!("operation {}", n + 1)))?;
    }
    Ok(())
}

fn operation(operation: &PatchOperation, profile: &Profile) -> Result<(), ScimError> {
    let no_password = profile.restricts(Restriction::PasswordRefused);
    let Some(path) = &operation.path else {
        if profile.restricts(Restriction::PatchPathRequired) {
            return Err(ScimError::invalid_syntax("expected a `path`"));
        }
        return match &operation.value {
            Some(Value::Object(members))
                if no_password && members.keys().any(|k| k.eq_ignore_ascii_case("password")) =>
            {
                Err(password())
            }
            _ => Ok(()),
        };
    };
    if no_password && is_password(path.attribute()) {
        return Err(password());
    }
    let Some(filter) = path.filter() else { return Ok(()) };
    if path.sub().is_none()
        && operation.op != PatchOp::Remove
        && profile.restricts(Restriction::PatchFilterNeedsSub)
    {
        return Err(ScimError::invalid_path(format!("expected a sub-attribute behind the `]` of `{path}`")));
    }
    Ok(self::filter(filter, profile)?)
}

/// Checks that one match was found where only one may be.
pub(crate) fn matches(profile: &Profile, found: usize, filter: &Filter) -> Result<(), ScimError> {
    if found > 1 && profile.restricts(Restriction::PatchFilterOneMatch) {
        return Err(ScimError::invalid_filter(format!(
            "expected one value that matches `{filter}`, found {found}"
        )));
    }
    Ok(())
}

/// Checks that the value of an operation holds nothing that its attribute does not have.
pub(crate) fn value(profile: &Profile, attribute: &Attribute, value: &Value) -> Result<(), ScimError> {
    if !profile.restricts(Restriction::BodyUnknownRefused) || attribute.sub_attributes.is_empty() {
        return Ok(());
    }
    let elements = match value {
        Value::Array(elements) => elements.as_slice(),
        single => std::slice::from_ref(single),
    };
    let mut names = elements.iter().filter_map(Value::as_object).flat_map(|members| members.keys());
    match names.find(|name| !attribute.sub_attributes.iter().any(|s| s.name == *name.as_str())) {
        Some(name) => Err(unknown(&format!("{}.{name}", attribute.name))),
        None => Ok(()),
    }
}

/// Checks that the body of a create or replace request holds nothing that the resource type does not have.
pub(super) fn body(resource: &Resource, schema: &ResourceSchema, profile: &Profile) -> Result<(), ScimError> {
    if profile.restricts(Restriction::PasswordRefused) && resource.member("password").is_some() {
        return Err(password());
    }
    if !profile.restricts(Restriction::BodyUnknownRefused) {
        return Ok(());
    }
    for (name, value) in resource.attributes() {
        match (schema.extensions().find(|(e, _)| e.id == *name), value) {
            (Some((extension, _)), ValueRef::Object(members)) => {
                for (name, value) in members.iter() {
                    known(&extension.attributes, name, value, &format!("{}:", extension.id))?;
                }
            }
            (Some(_), _) => {}
            (None, value) => known(schema.attributes(), name, value, "")?,
        }
    }
    Ok(())
}

fn known(attributes: &[Attribute], name: &str, value: ValueRef<'_>, within: &str) -> Result<(), ScimError> {
    let Some(attribute) = attributes.iter().find(|a| a.name == *name) else {
        return Err(unknown(&format!("{within}{name}")));
    };
    let members = |object: ObjectRef<'_>| {
        let has = |name: &str| attribute.sub_attributes.iter().any(|s| s.name == *name);
        match object.iter().find(|(name, _)| !has(name)) {
            Some((sub, _)) => Err(unknown(&format!("{within}{name}.{sub}"))),
            None => Ok(()),
        }
    };
    match value {
        ValueRef::Object(object) => members(object),
        ValueRef::Array(elements) => elements.iter().filter_map(ValueRef::as_object).try_for_each(members),
        _ => Ok(()),
    }
}

fn unknown(path: &str) -> ScimError {
    ScimError::invalid_syntax(format!("`{path}` is no attribute of the resource type"))
}

fn password() -> ScimError {
    ScimError::invalid_syntax("passwords are not taken")
}

fn is_password(path: &AttrPath) -> bool {
    *path.name() == "password"
}
