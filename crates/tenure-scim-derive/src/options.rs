//! What stands in `#[scim(...)]`.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Error, LitStr, Path, Token, parenthesized};

/// Options of a struct.
#[derive(Default)]
pub(crate) struct StructOptions {
    pub(crate) schema: Option<LitStr>,
    pub(crate) name: Option<LitStr>,
    pub(crate) endpoint: Option<LitStr>,
    pub(crate) krate: Option<Path>,
}

/// Options of a field.
#[derive(Default)]
pub(crate) struct FieldOptions {
    pub(crate) rename: Option<LitStr>,
    pub(crate) rest: Option<Span>,
    pub(crate) extension: Option<Span>,
    pub(crate) case_exact: bool,
    pub(crate) required: bool,
    pub(crate) mutability: Option<&'static str>,
    pub(crate) returned: Option<&'static str>,
    pub(crate) uniqueness: Option<&'static str>,
    pub(crate) canonical: Vec<LitStr>,
    pub(crate) reference: Vec<LitStr>,
}

impl StructOptions {
    pub(crate) fn read(attributes: &[Attribute]) -> Result<Self, Error> {
        let mut options = Self::default();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("scim")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("schema") {
                    let uri: LitStr = meta.value()?.parse()?;
                    if !uri.value().contains(':') {
                        let message = "expected a URI for `schema`, such as `urn:example:schemas:2.0:Device`";
                        return Err(Error::new(uri.span(), message));
                    }
                    options.schema = Some(uri);
                } else if meta.path.is_ident("name") {
                    options.name = Some(meta.value()?.parse()?);
                } else if meta.path.is_ident("endpoint") {
                    let endpoint: LitStr = meta.value()?.parse()?;
                    if !endpoint.value().starts_with('/') {
                        let message = "expected a path for `endpoint`, such as `/Devices`";
                        return Err(Error::new(endpoint.span(), message));
                    }
                    options.endpoint = Some(endpoint);
                } else if meta.path.is_ident("crate") {
                    let path: LitStr = meta.value()?.parse()?;
                    options.krate = Some(path.parse()?);
                } else {
                    let message = "unknown option; a struct has `schema`, `name`, `endpoint` and `crate`";
                    return Err(meta.error(message));
                }
                Ok(())
            })?;
        }
        Ok(options)
    }
}

impl FieldOptions {
    pub(crate) fn read(attributes: &[Attribute]) -> Result<Self, Error> {
        let mut options = Self::default();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("scim")) {
            attribute.parse_nested_meta(|meta| options.one(&meta))?;
        }
        Ok(options)
    }

    fn one(&mut self, meta: &ParseNestedMeta<'_>) -> Result<(), Error> {
        let span = || meta.path.get_ident().map_or_else(Span::call_site, proc_macro2::Ident::span);
        if meta.path.is_ident("rename") {
            self.rename = Some(meta.value()?.parse()?);
        } else if meta.path.is_ident("rest") {
            self.rest = Some(span());
        } else if meta.path.is_ident("extension") {
            self.extension = Some(span());
        } else if meta.path.is_ident("case_exact") {
            self.case_exact = true;
        } else if meta.path.is_ident("required") {
            self.required = true;
        } else if meta.path.is_ident("mutability") {
            self.mutability = Some(word(meta, &MUTABILITY)?);
        } else if meta.path.is_ident("returned") {
            self.returned = Some(word(meta, &RETURNED)?);
        } else if meta.path.is_ident("uniqueness") {
            self.uniqueness = Some(word(meta, &UNIQUENESS)?);
        } else if meta.path.is_ident("canonical") {
            self.canonical = list(meta)?;
        } else if meta.path.is_ident("reference") {
            self.reference = list(meta)?;
        } else {
            return Err(meta.error(
                "unknown option; a field has `rename`, `required`, `case_exact`, `mutability`, `returned`, \
                 `uniqueness`, `canonical`, `reference`, `extension` and `rest`",
            ));
        }
        Ok(())
    }
}

/// A word of RFC 7643 section 7, and the variant that stands for it.
type Word = (&'static str, &'static str);

const MUTABILITY: [Word; 4] = [
    ("readOnly", "ReadOnly"),
    ("readWrite", "ReadWrite"),
    ("immutable", "Immutable"),
    ("writeOnly", "WriteOnly"),
];
const RETURNED: [Word; 4] =
    [("always", "Always"), ("never", "Never"), ("default", "Default"), ("request", "Request")];
const UNIQUENESS: [Word; 3] = [("none", "None"), ("server", "Server"), ("global", "Global")];

fn word(meta: &ParseNestedMeta<'_>, words: &[Word]) -> Result<&'static str, Error> {
    let text: LitStr = meta.value()?.parse()?;
    let found = words.iter().find(|(word, _)| *word == text.value());
    found.map(|(_, variant)| *variant).ok_or_else(|| {
        let words: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        Error::new(text.span(), format!("expected {}, found `{}`", words.join(", "), text.value()))
    })
}

fn list(meta: &ParseNestedMeta<'_>) -> Result<Vec<LitStr>, Error> {
    let content;
    parenthesized!(content in meta.input);
    let list = content.parse_terminated(<LitStr as syn::parse::Parse>::parse, Token![,])?;
    Ok(list.into_iter().collect())
}
