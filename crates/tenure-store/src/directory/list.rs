//! Lists: filter, order, page.
//!
//! Without an order the rows come as they were created, and a cursor is the last row seen, so rows that are created or
//! deleted meanwhile neither repeat nor hide another one. With an order a cursor is the sort key and row last seen.

use std::cmp::Ordering;

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use tenure_connector::{Certainty, ConnectorError, Cursor, ErrorKind, Fields, ListQuery, Object, Page, Sort};
use tenure_scim::filter::{CompiledFilter, Filter};
use tenure_scim::{AttrPath, Resource};

use super::candidates::{Rows, candidates};
use super::error::{Fault, Result, refused};
use super::row::{COLUMNS, Stored};
use super::shape::{Shape, each_value};

/// Where a walk goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Place {
    /// The last row of the page before.
    row: i64,
    /// Its sort key, when the walk is sorted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<SortKey>,
    /// How many resources the filter matched when the walk began.
    total: u64,
}

/// What a resource is sorted by. Nothing comes last when ascending (RFC 7644 section 3.4.2.3).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum SortKey {
    Flag(bool),
    Number(f64),
    Text(String),
    Nothing,
}

/// Answers one page.
pub(super) fn list(connection: &Connection, shape: &Shape, query: &ListQuery) -> Result<Page> {
    let place = query.cursor.as_ref().map(read_cursor).transpose()?;
    let size =
        usize::try_from(query.page_size.unwrap_or(DEFAULT_PAGE).min(LARGEST_PAGE)).unwrap_or(usize::MAX);
    let scan = Scan::new(connection, shape, query)?;
    match &query.sort {
        None => scan.by_row(place, size),
        Some(sort) => scan.sorted(sort, place, size),
    }
}

struct Scan<'a> {
    connection: &'a Connection,
    shape: &'a Shape,
    fields: &'a Fields,
    filter: Option<CompiledFilter>,
    /// Whether the filter looks at members or groups, which are not in the row.
    deep: bool,
    rows: Option<Rows>,
}

impl<'a> Scan<'a> {
    fn new(connection: &'a Connection, shape: &'a Shape, query: &'a ListQuery) -> Result<Self> {
        let compiled = |filter: &Filter| {
            filter.compile(&shape.schema).map_err(|error| refused(ErrorKind::InvalidInput, error.to_string()))
        };
        let (filter, rows, deep) = match &query.filter {
            None => (None, None, false),
            Some(filter) => {
                (Some(compiled(filter)?), candidates(connection, shape, filter)?, looks_at_rows(filter))
            }
        };
        Ok(Self { connection, shape, fields: &query.fields, filter, deep, rows })
    }

    fn by_row(&self, place: Option<Place>, size: usize) -> Result<Page> {
        let after = place.as_ref().map_or(0, |place| place.row);
        // One pass finds the page and counts the rest, unless the number is known already.
        let known = match place {
            Some(place) => Some(place.total),
            None if self.filter.is_none() => Some(self.count_all()?),
            None => None,
        };
        let mut items = Vec::new();
        let mut last = after;
        let mut matched = 0_u64;
        self.each_match(after, &mut |stored| {
            matched += 1;
            if items.len() < size {
                last = stored.seq;
                items.push(stored.object(self.connection, self.shape, self.fields)?);
                return Ok(true);
            }
            Ok(known.is_none())
        })?;
        let total = known.unwrap_or(matched);
        let more = matched > u64::try_from(items.len()).unwrap_or(u64::MAX);
        let next = more.then(|| write_cursor(&Place { row: last, key: None, total })).transpose()?;
        Ok(Page { next, total: Some(total), ..Page::last(items) })
    }

    fn sorted(&self, sort: &Sort, place: Option<Place>, size: usize) -> Result<Page> {
        let mut keys: Vec<(SortKey, i64)> = Vec::new();
        self.each_match(0, &mut |stored| {
            let resource = self.readable(stored)?;
            keys.push((sort_key(&resource, &sort.by, self.shape), stored.seq));
            Ok(true)
        })?;
        let total = u64::try_from(keys.len()).unwrap_or(u64::MAX);
        let order = |a: &(SortKey, i64), b: &(SortKey, i64)| {
            let by_key = a.0.compare(&b.0);
            (if sort.descending { by_key.reverse() } else { by_key }).then(a.1.cmp(&b.1))
        };
        if let Some(place) = place {
            let seen = (place.key.unwrap_or(SortKey::Nothing), place.row);
            keys.retain(|entry| order(entry, &seen) == Ordering::Greater);
        }
        keys.sort_by(order);
        let more = keys.len() > size;
        keys.truncate(size);
        let next = match keys.last() {
            Some((key, row)) if more => {
                Some(write_cursor(&Place { row: *row, key: Some(key.clone()), total })?)
            }
            _ => None,
        };
        let mut items = Vec::with_capacity(keys.len());
        for (_, row) in keys {
            items.extend(self.read(row)?);
        }
        Ok(Page { next, total: Some(total), ..Page::last(items) })
    }

    fn read(&self, row: i64) -> Result<Option<Object>> {
        super::row::by_seq(self.connection, &self.shape.class, row)?
            .map(|stored| stored.object(self.connection, self.shape, self.fields))
            .transpose()
    }

    fn count_all(&self) -> Result<u64> {
        let mut statement = self.connection.prepare_cached("select value from counter where name = ?1")?;
        let name = live_counter(self.shape.class.as_str());
        let count: i64 = match statement.query_row([name], |row| row.get(0)) {
            Ok(count) => count,
            Err(rusqlite::Error::QueryReturnedNoRows) => 0,
            Err(error) => return Err(Fault::Sql(error)),
        };
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// Calls `see` with each matching row behind `after`, until it answers `false`.
    fn each_match(&self, after: i64, see: &mut dyn FnMut(&Stored) -> Result<bool>) -> Result<()> {
        let mut visit =
            |stored: &Stored| -> Result<bool> { if self.matches(stored)? { see(stored) } else { Ok(true) } };
        match &self.rows {
            Some(rows) => {
                for row in rows.range(after.saturating_add(1)..) {
                    let stored = super::row::by_seq(self.connection, &self.shape.class, *row)?;
                    if let Some(stored) = stored
                        && !visit(&stored)?
                    {
                        return Ok(());
                    }
                }
                Ok(())
            }
            None => {
                let sql = format!(
                    "select {COLUMNS} from resource where class = ?1 and seq > ?2 and deleted is null order by seq"
                );
                let mut statement = self.connection.prepare_cached(&sql)?;
                let mut rows = statement.query(params![self.shape.class.as_str(), after])?;
                while let Some(row) = rows.next()? {
                    if !visit(&Stored::from_row(row)?)? {
                        break;
                    }
                }
                Ok(())
            }
        }
    }

    fn matches(&self, stored: &Stored) -> Result<bool> {
        match &self.filter {
            None => Ok(true),
            Some(filter) => Ok(filter.matches(&self.readable(stored)?)),
        }
    }

    /// The resource as the filter needs it.
    fn readable(&self, stored: &Stored) -> Result<Resource> {
        if self.deep {
            Ok(stored.object(self.connection, self.shape, &Fields::All)?.resource)
        } else {
            stored.resource(self.shape)
        }
    }
}

/// The name of the counter that holds how many resources of a class there are.
pub(super) fn live_counter(class: &str) -> String {
    format!("live {class}")
}

fn looks_at_rows(filter: &Filter) -> bool {
    let is = |path: &AttrPath| path.name() == "members" || path.name() == "groups";
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().any(looks_at_rows),
        Filter::Not(inner) => looks_at_rows(inner),
        Filter::Compare(comparison) => is(&comparison.path),
        Filter::Present(path) => is(path),
        Filter::Element(element) => is(&element.path),
    }
}

fn sort_key(resource: &Resource, by: &AttrPath, shape: &Shape) -> SortKey {
    let mut first = None;
    let mut primary = None;
    let parent = by.parent();
    if let Some(elements) = resource.get(&parent).and_then(|value| value.as_array()) {
        let sub = by.sub().map_or("value", |sub| sub.as_str());
        primary = elements
            .iter()
            .filter_map(|element| element.as_object())
            .find(|object| object.get("primary").and_then(|flag| flag.as_bool()) == Some(true))
            .and_then(|object| object.get(sub))
            .map(|value| SortKey::of(value, by, shape));
    }
    each_value(resource, by, &mut |value| {
        if first.is_none() && value.is_assigned() {
            first = Some(SortKey::of(value, by, shape));
        }
    });
    primary.or(first).unwrap_or(SortKey::Nothing)
}

impl SortKey {
    fn of(value: tenure_scim::ValueRef<'_>, by: &AttrPath, shape: &Shape) -> Self {
        if let Some(flag) = value.as_bool() {
            return Self::Flag(flag);
        }
        if let Some(number) = value.as_f64() {
            return Self::Number(number);
        }
        let Some(text) = value.as_str() else { return Self::Nothing };
        let exact = shape.schema.attribute(by).is_some_and(|attribute| attribute.is_case_exact());
        Self::Text(match (exact, by.name() == "userName") {
            (true, _) => text.to_owned(),
            (false, true) => tenure_scim::precis::username_key(text).into_owned(),
            (false, false) => tenure_scim::precis::text_key(text).into_owned(),
        })
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Flag(a), Self::Flag(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Flag(_) => 0,
            Self::Number(_) => 1,
            Self::Text(_) => 2,
            Self::Nothing => 3,
        }
    }
}

fn write_cursor(place: &Place) -> Result<Cursor> {
    let text =
        serde_json::to_string(place).map_err(|error| refused(ErrorKind::Unexpected, error.to_string()))?;
    Ok(Cursor::new(text))
}

fn read_cursor(cursor: &Cursor) -> Result<Place> {
    serde_json::from_str(cursor.as_str()).map_err(|_| {
        Fault::Connector(
            ConnectorError::new(ErrorKind::TokenExpired, Certainty::Refused)
                .with_detail("the cursor is not one of this directory"),
        )
    })
}

const DEFAULT_PAGE: u32 = 100;
/// The largest page a directory answers.
pub(super) const LARGEST_PAGE: u32 = 1000;
