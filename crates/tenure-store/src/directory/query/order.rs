use tenure_connector::{ConnectorError, Sort};
use tenure_scim::filter::sql::Dialect;
use tenure_scim::schema::AttributeType;
use tenure_scim::{AttrName, AttrPath};

use super::columns::{sorted, sorted_rows};
use crate::directory::db::dialect::Stored;
use crate::directory::error::Result;
use crate::directory::shape::Shape;

/// What the rows are sorted by.
#[derive(Debug)]
pub(super) struct Order {
    /// The key, an expression over rows `r`.
    pub(super) key: String,
    /// The key as it is read, so that a cursor can hold it.
    pub(super) shown: String,
    pub(super) descending: bool,
    /// Whether a row can lack the key.
    pub(super) optional: bool,
}

impl Order {
    pub(super) fn new(shape: &Shape, dialect: Dialect, sort: &Sort) -> Result<Self> {
        let refuse = |why: &str| {
            let detail = format!("cannot sort by `{}`: {why}", sort.by);
            ConnectorError::invalid_input(&sort.by.to_string(), detail)
        };
        let path = with_value(&shape.bare(&sort.by), shape);
        if shape.schema.attribute(&path).is_none() {
            return Err(refuse("there is no such attribute").into());
        }
        let column = |sql: &str| Self {
            key: sql.to_owned(),
            shown: sql.to_owned(),
            descending: sort.descending,
            optional: false,
        };
        let text = path.to_string().to_ascii_lowercase();
        match text.as_str() {
            "id" => return Ok(column("r.id")),
            "meta.created" => return Ok(column("r.created")),
            "meta.lastmodified" => return Ok(column("r.modified")),
            "meta.version" => return Ok(column("r.version")),
            _ => {}
        }
        if path.schema().is_none()
            && let Some(key) = sorted_rows(shape, dialect, &path)
        {
            return Ok(Self { optional: true, ..column(&key) });
        }
        let attribute = shape.attr(&path).ok_or_else(|| refuse("its values are not kept in an order"))?;
        let leaf = attribute.leaf(&path).ok_or_else(|| refuse("it is complex, name a sub-attribute"))?;
        let key = sorted(shape, dialect, attribute, leaf);
        let shown = match (dialect, leaf.compared.stored()) {
            (Dialect::Postgres, Stored::Number) => format!("{key}::text"),
            _ => key.clone(),
        };
        Ok(Self { key, shown, descending: sort.descending, optional: true })
    }

    pub(super) fn direction(&self) -> &'static str {
        if self.descending { " DESC" } else { "" }
    }

    /// The comparison that leads on.
    pub(super) fn beyond(&self) -> &'static str {
        if self.descending { "<" } else { ">" }
    }
}

/// A complex attribute stands for its `value`.
fn with_value(path: &AttrPath, shape: &Shape) -> AttrPath {
    let is_whole = path.sub().is_none()
        && shape.schema.attribute(path).is_some_and(|attribute| attribute.kind == AttributeType::Complex);
    let value = AttrName::parse("value").ok().map(|value| path.with_sub(value));
    match value {
        Some(value) if is_whole && shape.schema.attribute(&value).is_some() => value,
        _ => path.clone(),
    }
}
