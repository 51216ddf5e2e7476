//! Filters on addresses. The server makes them of types and ids, so it asks the connector for those.

use tenure_scim::filter::{CompareOp, Comparison, ElementFilter, Filter, Literal};
use tenure_scim::{AttrPath, ResourceSchema, ScimError};

use crate::call::LINKS;
use crate::route::Route;
use crate::server::Inner;

/// The filter with `members.$ref`, `groups.$ref` and `meta.location` said in what they are made of.
pub(crate) fn without_addresses(
    server: &Inner,
    schema: &ResourceSchema,
    filter: Filter,
) -> Result<Filter, ScimError> {
    let each = |parts: Vec<Filter>| {
        parts.into_iter().map(|part| without_addresses(server, schema, part)).collect::<Result<Vec<_>, _>>()
    };
    Ok(match filter {
        Filter::And(parts) => Filter::And(each(parts)?),
        Filter::Or(parts) => Filter::Or(each(parts)?),
        Filter::Not(part) => Filter::not(without_addresses(server, schema, *part)?),
        Filter::Present(path) => match subject(&path, schema) {
            Some(Subject::Resource) => Filter::Present(named("id")?),
            Some(Subject::Elements { list, .. }) => Filter::Present(list),
            None => Filter::Present(path),
        },
        Filter::Compare(comparison) => match subject(&comparison.path, schema) {
            Some(Subject::Resource) => own(server, schema, &comparison)?,
            Some(Subject::Elements { list, fallback }) => {
                let Referred { refers, is_equal } = refers(server, &comparison, fallback)?;
                if is_equal {
                    Filter::element(list, refers)
                } else {
                    let other = Filter::element(list.clone(), Filter::not(refers));
                    Filter::Or(vec![other, Filter::not(Filter::Present(list))])
                }
            }
            None => Filter::Compare(comparison),
        },
        Filter::Element(element) => match fallback_of(&element.path, schema) {
            Some(fallback) => inside(server, &element, fallback)?,
            None => Filter::Element(element),
        },
    })
}

/// What an address in a filter is an address of.
enum Subject {
    /// The resource itself.
    Resource,
    /// The elements of a list, and the type of one that names none.
    Elements { list: AttrPath, fallback: &'static str },
}

fn subject(path: &AttrPath, schema: &ResourceSchema) -> Option<Subject> {
    let sub = path.sub()?;
    if path.name() == "meta" && *sub == "location" && is_base(path, schema) {
        return Some(Subject::Resource);
    }
    let fallback = fallback_of(&path.parent(), schema)?;
    (*sub == "$ref").then(|| Subject::Elements { list: path.parent(), fallback })
}

fn fallback_of(list: &AttrPath, schema: &ResourceSchema) -> Option<&'static str> {
    let known = LINKS.iter().find(|(name, _)| list.name() == name);
    known.filter(|_| is_base(list, schema) && list.sub().is_none()).map(|(_, fallback)| *fallback)
}

fn is_base(path: &AttrPath, schema: &ResourceSchema) -> bool {
    path.schema().is_none_or(|uri| *uri == schema.base().id)
}

/// `members[$ref eq ".."]`.
fn inside(server: &Inner, element: &ElementFilter, fallback: &'static str) -> Result<Filter, ScimError> {
    fn within(server: &Inner, filter: &Filter, fallback: &'static str) -> Result<Filter, ScimError> {
        let each = |parts: &[Filter]| {
            parts.iter().map(|part| within(server, part, fallback)).collect::<Result<Vec<_>, _>>()
        };
        let is_ref = |path: &AttrPath| path.name() == "$ref" && path.sub().is_none();
        Ok(match filter {
            Filter::And(parts) => Filter::And(each(parts)?),
            Filter::Or(parts) => Filter::Or(each(parts)?),
            Filter::Not(part) => Filter::not(within(server, part, fallback)?),
            Filter::Present(path) if is_ref(path) => Filter::Present(named("value")?),
            Filter::Compare(comparison) if is_ref(&comparison.path) => {
                let Referred { refers, is_equal } = refers(server, comparison, fallback)?;
                if is_equal { refers } else { Filter::not(refers) }
            }
            other => other.clone(),
        })
    }
    Ok(Filter::element(element.path.clone(), within(server, &element.filter, fallback)?))
}

struct Referred {
    /// Holds of an element with the address.
    refers: Filter,
    is_equal: bool,
}

fn refers(server: &Inner, comparison: &Comparison, fallback: &'static str) -> Result<Referred, ScimError> {
    let (address, is_equal) = compared(comparison)?;
    let refers = match server.at(address) {
        Some((schema, id)) => {
            let value = equal("value", &id)?;
            let kind = equal("type", schema.name())?;
            let unnamed = || Ok::<_, ScimError>(Filter::not(Filter::Present(named("type")?)));
            // The elements of `groups` are groups, whatever their `type` says of how the resource is in them.
            let kind = match schema.name().eq_ignore_ascii_case(fallback) {
                true if fallback == "Group" => return Ok(Referred { refers: value, is_equal }),
                true => Filter::Or(vec![kind, unnamed()?]),
                false if fallback == "Group" => nothing("value")?,
                false => kind,
            };
            Filter::And(vec![value, kind])
        }
        None => nothing("value")?,
    };
    Ok(Referred { refers, is_equal })
}

/// `meta.location` of the resource itself.
fn own(server: &Inner, schema: &ResourceSchema, comparison: &Comparison) -> Result<Filter, ScimError> {
    let (address, is_equal) = compared(comparison)?;
    let is_it = match server.at(address) {
        Some((found, id)) if found.name() == schema.name() => equal("id", &id)?,
        _ => nothing("id")?,
    };
    Ok(if is_equal { is_it } else { Filter::not(is_it) })
}

fn compared(comparison: &Comparison) -> Result<(&str, bool), ScimError> {
    match (&comparison.value, comparison.op) {
        (Literal::String(address), CompareOp::Eq) => Ok((address, true)),
        (Literal::String(address), CompareOp::Ne) => Ok((address, false)),
        _ => Err(ScimError::invalid_filter(format!(
            "`{}` is an address that the service makes: expected `eq`, `ne` or `pr`, found `{comparison}`",
            comparison.path
        ))),
    }
}

fn equal(path: &str, text: &str) -> Result<Filter, ScimError> {
    Ok(Filter::compare(named(path)?, CompareOp::Eq, Literal::String(text.to_owned())))
}

/// Holds of nothing: every resource has an id, and every reference a value.
fn nothing(path: &str) -> Result<Filter, ScimError> {
    let path = named(path)?;
    Ok(Filter::And(vec![Filter::Present(path.clone()), Filter::not(Filter::Present(path))]))
}

fn named(name: &str) -> Result<AttrPath, ScimError> {
    AttrPath::parse(name).map_err(|error| ScimError::internal(error.to_string()))
}

impl Inner {
    /// What an address of this service names: the address as the server writes it, or its path alone.
    fn at(&self, address: &str) -> Option<(&ResourceSchema, String)> {
        let below = address
            .strip_prefix(&self.address(""))
            .or_else(|| address.strip_prefix(self.base_path.as_str()))
            .filter(|below| below.starts_with('/'))?;
        match Route::parse(below) {
            Route::Item(endpoint, id) => Some((self.by_endpoint(&endpoint)?, id)),
            _ => None,
        }
    }
}
