//! One field of a struct.

use syn::{Error, Field as SynField, Ident, Type};

use crate::input::Role;
use crate::names::{camel_case, documentation, is_attribute_name};
use crate::options::FieldOptions;

/// One field of a struct, with its meaning.
pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) meaning: Meaning,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) options: FieldOptions,
}

/// What a field stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// An attribute of the schema.
    Attribute,
    /// An attribute that every resource has; no part of the schema.
    Common,
    /// An extension.
    Extension,
    /// Everything the other fields do not hold.
    Rest,
}

const COMMON: [&str; 3] = ["id", "externalId", "meta"];

impl<'a> Field<'a> {
    pub(crate) fn read(field: &'a SynField, role: Role) -> Result<Self, Error> {
        let Some(ident) = &field.ident else {
            return Err(Error::new_spanned(field, "expected a field with a name"));
        };
        let options = FieldOptions::read(&field.attrs)?;
        let name = match &options.rename {
            Some(name) => name.value(),
            None => camel_case(&ident.to_string()),
        };
        let meaning = match (options.rest, options.extension) {
            (Some(span), Some(_)) => {
                return Err(Error::new(span, "a field is `rest` or `extension`, not both"));
            }
            (Some(_), None) => Meaning::Rest,
            (None, Some(span)) if role != Role::Resource => {
                return Err(Error::new(span, "only a resource has extensions"));
            }
            (None, Some(_)) => Meaning::Extension,
            (None, None) if role == Role::Resource && COMMON.contains(&name.as_str()) => Meaning::Common,
            (None, None) => Meaning::Attribute,
        };
        if meaning == Meaning::Attribute {
            check_name(&name, role, field)?;
        }
        Ok(Self { ident, ty: &field.ty, meaning, name, description: documentation(&field.attrs), options })
    }
}

fn check_name(name: &str, role: Role, field: &SynField) -> Result<(), Error> {
    if !is_attribute_name(name) {
        let message = format!(
            "`{name}` is no attribute name: expected a letter, then letters, digits, `-`, `_` or `$`; \
             choose one with `#[scim(rename = \"...\")]`"
        );
        return Err(Error::new_spanned(field, message));
    }
    if role == Role::Resource && name.eq_ignore_ascii_case("schemas") {
        let message =
            "`schemas` is kept for you: it follows from the resource type and the extensions in use";
        return Err(Error::new_spanned(field, message));
    }
    Ok(())
}
