use async_trait::async_trait;
use tenure_connector::{ConnectorError, Cursor, ErrorKind, Fields, ListQuery, Page};
use tenure_scim::filter::CompiledFilter;

use super::order::Order;
use super::selection::Selection;
#[cfg(feature = "sqlite")]
use super::selection::finds_one;
use super::walk::{Place, Walk};
use crate::directory::db::{Session, Work, one};
use crate::directory::error::{Result, refused};
#[cfg(feature = "sqlite")]
use crate::directory::fields::wants;
use crate::directory::row::{Rows, Stored, live_counter};
use crate::directory::shape::{Shape, Shapes};

/// A page as it is read.
#[derive(Debug)]
pub(in crate::directory) struct Found {
    rows: Rows,
    next: Option<Cursor>,
    total: Option<u64>,
}

impl Found {
    /// Everything that was asked for.
    #[cfg(feature = "postgres")]
    pub(in crate::directory) fn all(rows: Rows) -> Self {
        let total = u64::try_from(rows.len()).ok();
        Self { rows, next: None, total }
    }

    /// The page as it is answered.
    pub(in crate::directory) fn page(self, shape: &Shape, fields: &Fields) -> Result<Page> {
        let items = self.rows.objects(shape, fields)?;
        Ok(Page { next: self.next, total: self.total, ..Page::last(items) })
    }
}

/// Reads one page.
#[derive(Debug)]
pub(in crate::directory) struct List {
    pub(in crate::directory) shapes: Shapes,
    pub(in crate::directory) query: ListQuery,
    /// How many rows a filter that the database cannot decide may look at.
    pub(in crate::directory) scan: usize,
}

#[async_trait]
impl Work for List {
    type Answer = Found;

    async fn run(&self, session: &dyn Session) -> Result<Found> {
        let class = &self.query.class;
        let shape = self.shapes.get(class).ok_or_else(|| ConnectorError::unknown_class(class))?;
        let dialect = session.dialect();
        let selection = Selection::new(shape, dialect, self.query.filter.as_ref())?;
        let order = self.query.sort.as_ref().map(|sort| Order::new(shape, dialect, sort)).transpose()?;
        let walk = Walk { selection: &selection, order };
        let start = match &self.query.cursor {
            None => walk.start(),
            Some(cursor) => Place::read(cursor)?,
        };
        let skip = if self.query.cursor.is_none() { self.query.skip } else { 0 };
        let size = self.query.page_size.unwrap_or(DEFAULT_PAGE).clamp(1, LARGEST_PAGE);
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let mut found = match &selection.rest {
            None => walk.rows(session, &start, skip, size.saturating_add(1)).await?,
            Some(rest) => {
                let skip = usize::try_from(skip).unwrap_or(usize::MAX);
                let count = size.saturating_add(1).saturating_add(skip);
                let mut found = self.scan(session, shape, &walk, &start, rest, count).await?;
                found.drain(..skip.min(found.len()));
                found
            }
        };
        let more = found.len() > size;
        found.truncate(size);
        let total = match (start.total, self.query.cursor.is_none()) {
            (Some(total), _) => Some(total),
            (None, true) if !more && skip == 0 => u64::try_from(found.len()).ok(),
            (None, true) => total(session, shape, &selection).await?,
            (None, false) => None,
        };
        let next = match found.last() {
            Some((_, place)) if more => Some(place.clone().with_total(total).write()?),
            _ => None,
        };
        let rows = found.into_iter().map(|(stored, _)| stored).collect();
        let rows = Rows::read(session, shape, &self.query.fields, rows).await?;
        Ok(Found { rows, next, total })
    }

    #[cfg(feature = "sqlite")]
    fn is_short(&self) -> bool {
        let Some(shape) = self.shapes.get(&self.query.class) else { return false };
        let one = self.query.filter.as_ref().is_some_and(|filter| finds_one(filter, shape));
        one && self.query.sort.is_none() && !(shape.has_members && wants(&self.query.fields, "members"))
    }
}

impl List {
    /// Looks through what the database selects for what it cannot decide, a bounded number of rows.
    async fn scan(
        &self,
        session: &dyn Session,
        shape: &Shape,
        walk: &Walk<'_>,
        start: &Place,
        rest: &CompiledFilter,
        count: usize,
    ) -> Result<Vec<(Stored, Place)>> {
        let mut found = Vec::new();
        let at_once = self.scan.min(SCANNED_AT_ONCE);
        let (mut seen, mut from) = (0, start.clone());
        loop {
            let some = walk.rows(session, &from, 0, at_once).await?;
            let last = some.len() < at_once;
            seen += some.len();
            for (stored, place) in some {
                from = place.clone();
                if rest.matches(&stored.resource(shape)?) {
                    found.push((stored, place));
                }
                if found.len() == count {
                    return Ok(found);
                }
            }
            if last {
                return Ok(found);
            }
            if seen >= self.scan {
                let detail = format!(
                    "no index answers the filter, and none of the {seen} resources that it was tried on \
                     completes the page: ask for an indexed attribute too"
                );
                return Err(refused(ErrorKind::InvalidInput, detail));
            }
        }
    }
}

/// How many resources match; `None` where only reading all of them would tell.
async fn total(session: &dyn Session, shape: &Shape, selection: &Selection) -> Result<Option<u64>> {
    if selection.rest.is_some() {
        return Ok(None);
    }
    let row = if selection.filtered {
        let sql = format!("SELECT count(*) FROM resource r WHERE {}", selection.condition.sql);
        one(session, &sql, &selection.condition.params).await?
    } else {
        let sql = "SELECT CAST(coalesce(sum(value), 0) AS BIGINT) FROM counter WHERE name = ?1";
        one(session, sql, &[live_counter(shape.class.as_str()).into()]).await?
    };
    let count = row.map(|mut row| row.int(0)).transpose()?.unwrap_or_default();
    Ok(u64::try_from(count).ok())
}

const DEFAULT_PAGE: u32 = 100;
/// The largest page a directory answers.
pub(in crate::directory) const LARGEST_PAGE: u32 = 1000;
const SCANNED_AT_ONCE: usize = 500;
