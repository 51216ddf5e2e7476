//! The `schemas` attribute of a request body.

use super::{Unknown, ValidateOptions};
use crate::error::ScimError;
use crate::resource::Resource;
use crate::schema::ResourceSchema;
use crate::value::ValueRef;

/// The schema URIs the resource will have, in the spelling of the resource type, base first.
pub(super) fn check(
    schema: &ResourceSchema,
    body: &Resource,
    options: &ValidateOptions,
    ignored: &mut Vec<String>,
) -> Result<Vec<String>, ScimError> {
    let base = schema.base().id.as_str();
    let missing = || {
        let message = format!("expected `{base}` in `schemas`, found none");
        ScimError::invalid_syntax(message)
    };
    let listed = body.member("schemas").filter(|v| v.is_assigned()).ok_or_else(missing)?;
    let ValueRef::Array(listed) = listed else {
        let message = format!("expected an array of URIs for `schemas`, found {}", listed.type_name());
        return Err(ScimError::invalid_syntax(message));
    };
    let mut found = vec![false; 1 + schema.extensions().count()];
    let mut unknown = Vec::new();
    for value in listed.iter() {
        let ValueRef::String(uri) = value else {
            let message = format!("expected a URI in `schemas`, found {}", value.type_name());
            return Err(ScimError::invalid_syntax(message));
        };
        match uris(schema).position(|own| own.eq_ignore_ascii_case(uri)) {
            Some(at) => match found.get_mut(at) {
                Some(seen) if !*seen => *seen = true,
                _ => {
                    let message = format!("expected every URI once in `schemas`, found `{uri}` twice");
                    return Err(ScimError::invalid_syntax(message));
                }
            },
            None if options.unknown == Unknown::Refuse => {
                let message = format!("resource type `{}` does not have schema `{uri}`", schema.name());
                return Err(ScimError::invalid_syntax(message));
            }
            None => unknown.push(uri.to_owned()),
        }
    }
    if found.first() != Some(&true) {
        return Err(missing());
    }
    let used = |uri: &&str| body.member(uri).is_some_and(ValueRef::is_assigned);
    let mut result: Vec<String> = uris(schema)
        .zip(&found)
        .enumerate()
        .filter(|(at, (uri, listed))| *at == 0 || **listed || used(uri))
        .map(|(_, (uri, _))| uri.to_owned())
        .collect();
    match options.unknown {
        Unknown::Keep => result.extend(unknown),
        _ => ignored.extend(unknown.into_iter().map(|uri| format!("schemas[value eq \"{uri}\"]"))),
    }
    Ok(result)
}

fn uris(schema: &ResourceSchema) -> impl Iterator<Item = &str> {
    std::iter::once(schema.base().id.as_str()).chain(schema.extensions().map(|(e, _)| e.id.as_str()))
}
