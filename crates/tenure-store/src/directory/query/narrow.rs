//! Conditions that indexes answer.
//!
//! They are never too narrow: the filter itself stands beside them. They exist because neither database finds its way from
//! `EXISTS` over the elements of a row, or from `LIKE` with an escape, to an index.

use tenure_scim::filter::sql::Dialect;
use tenure_scim::filter::{CompareOp, Comparison, Filter, Literal};
use tenure_scim::{AttrName, AttrPath, ScimDateTime};

use super::selection::Condition;
use crate::directory::db::dialect::{self, Stored};
use crate::directory::db::nanos;
use crate::directory::shape::{Index, Shape};

/// A necessary condition of `filter` over rows `r`, or `None` when no index helps.
pub(super) fn narrow(
    filter: &Filter,
    shape: &Shape,
    dialect: Dialect,
    into: &mut Condition,
) -> Option<String> {
    match filter {
        Filter::And(parts) => {
            let all: Vec<String> =
                parts.iter().filter_map(|part| narrow(part, shape, dialect, into)).collect();
            (!all.is_empty()).then(|| all.join(" AND "))
        }
        Filter::Or(parts) => {
            // A part that fails leaves parameters behind that nothing names, which PostgreSQL refuses.
            let bound = into.params.len();
            let any: Option<Vec<String>> =
                parts.iter().map(|part| narrow(part, shape, dialect, into)).collect();
            if any.is_none() {
                into.params.truncate(bound);
            }
            any.map(|any| either(&any, shape, dialect))
        }
        Filter::Element(element) => narrow(&qualify(&element.path, &element.filter), shape, dialect, into),
        Filter::Compare(comparison) => compare(comparison, shape, dialect, into),
        Filter::Not(_) | Filter::Present(_) => None,
    }
}

/// SQLite takes no index of a part of the rows for one side of an `OR`, so each side is a query of its own.
fn either(parts: &[String], shape: &Shape, dialect: Dialect) -> String {
    if dialect == Dialect::Postgres {
        return format!("({})", parts.join(" OR "));
    }
    let live = Condition::live(shape).sql;
    let queries: Vec<String> =
        parts.iter().map(|part| format!("SELECT r.seq FROM resource r WHERE {live} AND {part}")).collect();
    format!("r.seq IN ({})", queries.join(" UNION ALL "))
}

fn compare(c: &Comparison, shape: &Shape, dialect: Dialect, into: &mut Condition) -> Option<String> {
    match (&c.value, c.op) {
        (Literal::String(text), CompareOp::Eq) => equal(&c.path, text, shape, dialect, into),
        (Literal::String(text), CompareOp::Sw) if !text.is_empty() => {
            starts(index(shape, &c.path)?, text, shape, dialect, into)
        }
        (Literal::String(text), CompareOp::Gt | CompareOp::Ge) if dialect == Dialect::Sqlite => {
            modified_since(&c.path, text, into)
        }
        (Literal::Bool(value), CompareOp::Eq) => {
            let index = shape.index(&c.path).filter(|index| !index.multi)?;
            let key = shape.key(dialect, "r.", &index.name, Stored::Flag);
            let value =
                if dialect == Dialect::Postgres { value.to_string() } else { i32::from(*value).to_string() };
            Some(format!("{key} = {value}"))
        }
        _ => None,
    }
}

/// Whoever asks what changed since a time expects little; SQLite expects a quarter of all rows.
fn modified_since(path: &AttrPath, text: &str, into: &mut Condition) -> Option<String> {
    let is_modified = path.name() == "meta" && path.sub().is_some_and(|sub| sub == "lastModified");
    let time = ScimDateTime::parse(text).ok().filter(|_| is_modified)?.to_utc()?;
    let since = into.bind(nanos(time));
    Some(format!("likelihood(r.modified >= {since}, 0.001)"))
}

fn equal(
    path: &AttrPath,
    text: &str,
    shape: &Shape,
    dialect: Dialect,
    into: &mut Condition,
) -> Option<String> {
    let is_value = path.sub().is_none_or(|sub| sub == "value");
    if path.schema().is_none() {
        if path.name() == "id" && path.sub().is_none() {
            return Some(format!("r.id = {}", into.bind(text.to_owned())));
        }
        if path.name() == "members" && is_value && shape.has_members {
            let key = into.bind(tenure_scim::precis::text_key(text).into_owned());
            return Some(format!("r.seq IN (SELECT owner FROM member WHERE key = {key})"));
        }
        if path.name() == "groups" && is_value && shape.has_groups {
            let id = into.bind(tenure_scim::precis::text_key(text).into_owned());
            return Some(format!(
                "r.id IN (SELECT m.value FROM resource g JOIN member m ON m.owner = g.seq WHERE g.id = {id})"
            ));
        }
    }
    let index = index(shape, path)?;
    if !index.compared.is_text() {
        return None;
    }
    let key = into.bind(index.compared.text(text).into_owned());
    Some(if index.multi {
        let name = dialect::literal(&index.rows(shape));
        format!("r.seq IN (SELECT seq FROM lookup WHERE name = {name} AND key = {key})")
    } else {
        format!("{} = {key}", shape.key(dialect, "r.", &index.name, Stored::Text))
    })
}

fn starts(
    index: &Index,
    text: &str,
    shape: &Shape,
    dialect: Dialect,
    into: &mut Condition,
) -> Option<String> {
    if !index.compared.is_text() {
        return None;
    }
    let key = index.compared.text(text).into_owned();
    // The largest code point closes the range.
    let end = into.bind(format!("{key}\u{10ffff}"));
    let start = into.bind(key);
    Some(if index.multi {
        let name = dialect::literal(&index.rows(shape));
        format!("r.seq IN (SELECT seq FROM lookup WHERE name = {name} AND key >= {start} AND key < {end})")
    } else {
        let of = shape.key(dialect, "r.", &index.name, Stored::Text);
        format!("({of} >= {start} AND {of} < {end})")
    })
}

/// `emails eq "x"` means `emails.value`, as RFC 7644's own examples have it.
fn index<'a>(shape: &'a Shape, path: &AttrPath) -> Option<&'a Index> {
    shape.index(path).or_else(|| match path.sub() {
        Some(_) => None,
        None => shape.index(&path.with_sub(AttrName::parse("value").ok()?)),
    })
}

/// Inside `path[...]` a condition on a sub-attribute is a condition on `path.sub`.
fn qualify(path: &AttrPath, filter: &Filter) -> Filter {
    let within = |inner: &AttrPath| path.with_sub(inner.name().clone());
    match filter {
        Filter::And(parts) => Filter::And(parts.iter().map(|part| qualify(path, part)).collect()),
        Filter::Or(parts) => Filter::Or(parts.iter().map(|part| qualify(path, part)).collect()),
        Filter::Not(inner) => Filter::Not(Box::new(qualify(path, inner))),
        Filter::Present(inner) => Filter::Present(within(inner)),
        Filter::Compare(c) => Filter::compare(within(&c.path), c.op, c.value.clone()),
        Filter::Element(element) => Filter::Element(element.clone()),
    }
}
