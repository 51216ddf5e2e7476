use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use tenure_scim::{Resource, ResourceSchema, ValueRef};

use crate::{ConnectorError, Cursor, Object, Result, Sort};

/// Where a walk stands: the last object it showed. Objects that come or go do not shift the rest.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Position {
    key: Option<String>,
    id: String,
}

/// Puts objects into the order of the query; equal ones in the order of their ids.
pub(super) fn sort(objects: &mut [Object], sort: Option<&Sort>, schema: &ResourceSchema) {
    objects.sort_by(|a, b| compare(&position(a, sort, schema), &position(b, sort, schema), sort));
}

/// Cuts one page out of the ordered objects and says where the next one starts.
pub(super) fn cut(
    objects: Vec<Object>,
    cursor: Option<&Cursor>,
    size: usize,
    sort: Option<&Sort>,
    schema: &ResourceSchema,
) -> Result<(Vec<Object>, Option<Cursor>)> {
    let after: Option<Position> = cursor.map(read).transpose()?;
    let mut rest = objects.into_iter().filter(|object| {
        let here = position(object, sort, schema);
        after.as_ref().is_none_or(|after| compare(&here, after, sort) == Ordering::Greater)
    });
    let page: Vec<_> = rest.by_ref().take(size).collect();
    let next = match (rest.next(), page.last()) {
        (Some(_), Some(last)) => Some(write(&position(last, sort, schema))),
        _ => None,
    };
    Ok((page, next))
}

fn read(cursor: &Cursor) -> Result<Position> {
    serde_json::from_str(cursor.as_str()).map_err(|source| {
        ConnectorError::invalid_input("cursor", "expected a cursor of this system, found something else")
            .with_source(source)
    })
}

fn write(position: &Position) -> Cursor {
    Cursor::new(serde_json::to_string(position).unwrap_or_default())
}

fn position(object: &Object, sort: Option<&Sort>, schema: &ResourceSchema) -> Position {
    Position { key: sort.and_then(|sort| key(&object.resource, sort, schema)), id: object.object.id.clone() }
}

fn key(resource: &Resource, sort: &Sort, schema: &ResourceSchema) -> Option<String> {
    let value = resource.get(&sort.by).filter(|value| value.is_assigned())?;
    let exact = schema.attribute(&sort.by).is_some_and(tenure_scim::Attribute::is_case_exact);
    match value {
        ValueRef::String(text) if exact => Some(text.to_owned()),
        ValueRef::String(text) => Some(text.to_lowercase()),
        other => Some(other.to_json().to_string()),
    }
}

/// Objects without the attribute come last, whichever way the order goes.
fn compare(a: &Position, b: &Position, sort: Option<&Sort>) -> Ordering {
    let by_key = match (&a.key, &b.key) {
        (Some(a), Some(b)) if sort.is_some_and(|sort| sort.descending) => b.cmp(a),
        (Some(a), Some(b)) => a.cmp(b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    by_key.then_with(|| a.id.cmp(&b.id))
}
