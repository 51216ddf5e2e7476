//! Which rows a filter can match at all, answered from the indexes.
//!
//! The answer is never too small. The caller still evaluates the filter on each candidate, so an index only ever saves
//! work; it cannot make an answer wrong.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};
use tenure_scim::filter::{CompareOp, Comparison, ElementFilter, Filter, Literal};
use tenure_scim::{AttrName, AttrPath};

use super::error::Result;
use super::shape::Shape;

/// Row numbers in ascending order.
pub(super) type Rows = BTreeSet<i64>;

/// The rows that can match, or `None` when no index helps.
pub(super) fn candidates(connection: &Connection, shape: &Shape, filter: &Filter) -> Result<Option<Rows>> {
    Search { connection, shape }.filter(filter)
}

struct Search<'a> {
    connection: &'a Connection,
    shape: &'a Shape,
}

impl Search<'_> {
    fn filter(&self, filter: &Filter) -> Result<Option<Rows>> {
        match filter {
            Filter::Compare(comparison) => self.comparison(comparison),
            Filter::Element(element) => self.element(element),
            Filter::And(parts) => self.all_of(parts),
            Filter::Or(parts) => self.any_of(parts),
            Filter::Not(_) | Filter::Present(_) => Ok(None),
        }
    }

    fn all_of(&self, parts: &[Filter]) -> Result<Option<Rows>> {
        let mut rows: Option<Rows> = None;
        for part in parts {
            if let Some(found) = self.filter(part)? {
                rows = Some(match rows {
                    None => found,
                    Some(before) => before.intersection(&found).copied().collect(),
                });
            }
            if rows.as_ref().is_some_and(|rows| rows.len() <= FEW) {
                break;
            }
        }
        Ok(rows)
    }

    fn any_of(&self, parts: &[Filter]) -> Result<Option<Rows>> {
        let mut rows = Rows::new();
        for part in parts {
            match self.filter(part)? {
                Some(found) => rows.extend(found),
                None => return Ok(None),
            }
        }
        Ok(Some(rows))
    }

    /// Inside `path[...]` a condition on a sub-attribute is a condition on `path.sub`.
    fn element(&self, element: &ElementFilter) -> Result<Option<Rows>> {
        self.filter(&qualify(&element.path, &element.filter))
    }

    fn comparison(&self, comparison: &Comparison) -> Result<Option<Rows>> {
        let Literal::String(text) = &comparison.value else { return Ok(None) };
        match comparison.op {
            CompareOp::Eq => self.equal(&comparison.path, text),
            CompareOp::Sw => self.starting_with(&comparison.path, text),
            _ => Ok(None),
        }
    }

    fn equal(&self, path: &AttrPath, text: &str) -> Result<Option<Rows>> {
        let is_value = path.sub().is_none_or(|sub| sub == "value");
        if path.name() == "id" && path.sub().is_none() {
            return self
                .rows(
                    "select seq from resource where id = ?1 and class = ?2",
                    params![text, self.shape.class.as_str()],
                )
                .map(Some);
        }
        if path.name() == "members" && is_value && self.shape.has_members {
            return self.rows("select owner from member where value = ?1", params![text]).map(Some);
        }
        if path.name() == "groups" && is_value && self.shape.has_groups {
            let sql = "select r.seq from resource g join member m on m.owner = g.seq join resource r on r.id = m.value \
                       where g.id = ?1";
            return self.rows(sql, params![text]).map(Some);
        }
        let Some(index) = self.index(path) else { return Ok(None) };
        let sql = "select seq from lookup where class = ?1 and path = ?2 and key = ?3";
        self.rows(sql, params![self.shape.class.as_str(), index.name, index.key(text)]).map(Some)
    }

    fn starting_with(&self, path: &AttrPath, text: &str) -> Result<Option<Rows>> {
        let Some(index) = self.index(path) else { return Ok(None) };
        let key = index.key(text);
        // The largest code point closes the range, so no wildcard character has a meaning here.
        let end = format!("{key}\u{10ffff}");
        let sql = "select seq from lookup where class = ?1 and path = ?2 and key >= ?3 and key < ?4";
        self.rows(sql, params![self.shape.class.as_str(), index.name, key, end]).map(Some)
    }

    /// `emails eq "x"` means `emails.value`, as RFC 7644's own examples have it.
    fn index(&self, path: &AttrPath) -> Option<&super::shape::Index> {
        self.shape.index(path).or_else(|| match path.sub() {
            Some(_) => None,
            None => self.shape.index(&path.with_sub(AttrName::parse("value").ok()?)),
        })
    }

    fn rows(&self, sql: &str, values: &[&dyn rusqlite::ToSql]) -> Result<Rows> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(values, |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<Rows>>()?)
    }
}

fn qualify(path: &AttrPath, filter: &Filter) -> Filter {
    match filter {
        Filter::And(parts) => Filter::And(parts.iter().map(|part| qualify(path, part)).collect()),
        Filter::Or(parts) => Filter::Or(parts.iter().map(|part| qualify(path, part)).collect()),
        Filter::Not(inner) => Filter::Not(Box::new(qualify(path, inner))),
        Filter::Present(inner) => Filter::Present(path.with_sub(inner.name().clone())),
        Filter::Compare(comparison) => Filter::Compare(Comparison {
            path: path.with_sub(comparison.path.name().clone()),
            op: comparison.op,
            value: comparison.value.clone(),
        }),
        Filter::Element(element) => Filter::Element(element.clone()),
    }
}

/// So few rows are read faster than another index is asked.
const FEW: usize = 32;
