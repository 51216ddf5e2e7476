//! The struct a macro stands on.

use std::collections::BTreeMap;

use syn::{Data, DeriveInput, Error, Fields, Ident};

use crate::field::{Field, Meaning};
use crate::names::documentation;
use crate::options::StructOptions;

/// What a struct becomes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Resource,
    Extension,
    Complex,
}

/// A struct with everything the macros need to know about it.
pub(crate) struct Input<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) options: StructOptions,
    pub(crate) description: Option<String>,
    pub(crate) fields: Vec<Field<'a>>,
}

impl Role {
    fn derive(self) -> &'static str {
        match self {
            Self::Resource => "Resource",
            Self::Extension => "Extension",
            Self::Complex => "Complex",
        }
    }
}

impl<'a> Input<'a> {
    pub(crate) fn read(input: &'a DeriveInput, role: Role) -> Result<Self, Error> {
        let derive = role.derive();
        let Data::Struct(data) = &input.data else {
            let message = format!("`{derive}` can be derived for a struct only");
            return Err(Error::new_spanned(&input.ident, message));
        };
        let Fields::Named(named) = &data.fields else {
            let message = format!("`{derive}` needs fields with names: every field is one attribute");
            return Err(Error::new_spanned(&input.ident, message));
        };
        if !input.generics.params.is_empty() {
            let message =
                format!("`{derive}` cannot be derived for a generic struct: a schema has no parameters");
            return Err(Error::new_spanned(&input.generics, message));
        }
        let options = StructOptions::read(&input.attrs)?;
        check_options(&options, input, role)?;
        let fields = named.named.iter().map(|f| Field::read(f, role)).collect::<Result<Vec<_>, _>>()?;
        check_fields(&fields, input, role)?;
        Ok(Self { ident: &input.ident, options, description: documentation(&input.attrs), fields })
    }

    pub(crate) fn of(&self, meaning: Meaning) -> impl Iterator<Item = &Field<'a>> {
        self.fields.iter().filter(move |f| f.meaning == meaning)
    }
}

fn check_options(options: &StructOptions, input: &DeriveInput, role: Role) -> Result<(), Error> {
    match role {
        Role::Complex => {
            let given = options.schema.as_ref().or(options.name.as_ref()).or(options.endpoint.as_ref());
            if let Some(given) = given {
                let message = "a complex value has no schema, name or endpoint of its own; derive `Resource` or \
                               `Extension` for what has";
                return Err(Error::new(given.span(), message));
            }
        }
        Role::Resource | Role::Extension if options.schema.is_none() => {
            let message = format!(
                "which schema is this? Name it above the struct: `#[scim(schema = \"urn:example:schemas:2.0:{}\")]`",
                input.ident
            );
            return Err(Error::new_spanned(&input.ident, message));
        }
        Role::Extension => {
            if let Some(endpoint) = &options.endpoint {
                return Err(Error::new(endpoint.span(), "an extension has no endpoint; the resource has it"));
            }
        }
        Role::Resource => {}
    }
    Ok(())
}

fn check_fields(fields: &[Field<'_>], input: &DeriveInput, role: Role) -> Result<(), Error> {
    let mut rests = fields.iter().filter(|f| f.meaning == Meaning::Rest);
    if rests.next().is_none() {
        let message = format!(
            "attributes without a field would be lost: add a field `#[scim(rest)] pub rest: Rest` to `{}`",
            input.ident
        );
        return Err(Error::new_spanned(&input.ident, message));
    }
    if let Some(second) = rests.next() {
        return Err(Error::new_spanned(second.ident, "expected one field with `#[scim(rest)]`, found two"));
    }
    let mut names = BTreeMap::new();
    for field in fields.iter().filter(|f| matches!(f.meaning, Meaning::Attribute | Meaning::Common)) {
        if let Some(first) = names.insert(field.name.to_ascii_lowercase(), field.ident) {
            let message = format!(
                "fields `{first}` and `{}` are the same attribute `{}`: names are the same in any case",
                field.ident, field.name
            );
            return Err(Error::new_spanned(field.ident, message));
        }
    }
    if role == Role::Complex && fields.len() == 1 {
        let message = "a complex value has at least one sub-attribute, beside `rest`";
        return Err(Error::new_spanned(&input.ident, message));
    }
    Ok(())
}
