use serde::{Deserialize, Serialize};
use tenure_connector::{Certainty, ConnectorError, Cursor, ErrorKind};

use super::order::Order;
use super::selection::{Condition, Selection};
use crate::directory::db::{Cell, Session, one};
use crate::directory::error::{Fault, Result, refused};
use crate::directory::row::{COLUMN_COUNT, COLUMNS, Stored};

/// A way through the rows that the database selects, in an order, from any place on.
///
/// A place is a key and a row, never a number of rows: rows that are created or deleted meanwhile neither repeat nor hide
/// another one, and the millionth page costs what the first one does.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    pub(super) selection: &'a Selection,
    pub(super) order: Option<Order>,
}

/// Where a walk goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Behind this row; absent at the start of a stretch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    row: Option<i64>,
    /// Its sort key, in a stretch of rows that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<Cell>,
    stretch: Stretch,
    /// How many resources the filter matched when the walk began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) total: Option<u64>,
}

/// SPEC: RFC 7644 section 3.4.2.3: rows without a value come last when ascending, first when descending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stretch {
    /// Every row, as it was created.
    Created,
    Keyed,
    Unkeyed,
}

impl Walk<'_> {
    pub(super) fn start(&self) -> Place {
        let stretch = match &self.order {
            None => Stretch::Created,
            Some(order) if order.descending && order.optional => Stretch::Unkeyed,
            Some(_) => Stretch::Keyed,
        };
        Place { row: None, key: None, stretch, total: None }
    }

    /// Up to `count` rows behind the first `skip` from a place on, each with the place behind it.
    pub(super) async fn rows(
        &self,
        session: &dyn Session,
        from: &Place,
        mut skip: u64,
        count: usize,
    ) -> Result<Vec<(Stored, Place)>> {
        let mut found = Vec::new();
        let mut from = from.clone();
        loop {
            let missing = count.saturating_sub(found.len());
            let some = self.stretch(session, &from, skip, missing).await?;
            let short = some.len() < missing;
            let none = some.is_empty();
            found.extend(some);
            match self.after(from.stretch) {
                Some(next) if short => {
                    if skip > 0 {
                        skip = if none { skip.saturating_sub(self.size(session, &from).await?) } else { 0 };
                    }
                    from = Place { row: None, key: None, stretch: next, total: None };
                }
                _ => return Ok(found),
            }
        }
    }

    /// How many rows a stretch has from a place on.
    async fn size(&self, session: &dyn Session, from: &Place) -> Result<u64> {
        let (condition, _) = self.part(from);
        let sql = format!("SELECT count(*) FROM resource r WHERE {}", condition.sql);
        let count = one(session, &sql, &condition.params).await?.map(|mut row| row.int(0)).transpose()?;
        Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default())
    }

    fn after(&self, stretch: Stretch) -> Option<Stretch> {
        let order = self.order.as_ref().filter(|order| order.optional)?;
        match stretch {
            Stretch::Keyed if !order.descending => Some(Stretch::Unkeyed),
            Stretch::Unkeyed if order.descending => Some(Stretch::Keyed),
            _ => None,
        }
    }

    /// What is behind a place in its stretch, and in which order.
    fn part(&self, from: &Place) -> (Condition, String) {
        let mut condition = self.selection.condition.clone();
        let order = match (&self.order, from.stretch) {
            (Some(order), Stretch::Keyed) => {
                keyed(order, from, &mut condition);
                format!("{}{}, r.seq{}", order.key, order.direction(), order.direction())
            }
            (order, stretch) => {
                if let (Some(order), Stretch::Unkeyed) = (order, stretch) {
                    condition.and(&format!("{} IS NULL", order.key));
                }
                if let Some(row) = from.row {
                    let row = condition.bind(row);
                    condition.and(&format!("r.seq > {row}"));
                }
                self.selection.row_order.to_owned()
            }
        };
        (condition, order)
    }

    /// The first row behind `skip` rows of a stretch, found in the index alone where there is no filter.
    async fn first(&self, session: &dyn Session, from: &Place, skip: u64) -> Result<Option<i64>> {
        let (mut condition, order) = self.part(from);
        let offset = condition.bind(i64::try_from(skip).unwrap_or(i64::MAX));
        let sql = format!(
            "SELECT r.seq FROM resource r WHERE {} ORDER BY {order} LIMIT 1 OFFSET {offset}",
            condition.sql
        );
        one(session, &sql, &condition.params).await?.map(|mut row| row.int(0)).transpose()
    }

    async fn stretch(
        &self,
        session: &dyn Session,
        from: &Place,
        skip: u64,
        count: usize,
    ) -> Result<Vec<(Stored, Place)>> {
        let mut from = from.clone();
        let mut offset = String::new();
        if skip > 0 && from.stretch != Stretch::Keyed {
            match self.first(session, &from, skip).await? {
                Some(row) => from.row = Some(row.saturating_sub(1)),
                None => return Ok(Vec::new()),
            }
        }
        let (mut condition, order) = self.part(&from);
        if skip > 0 && from.stretch == Stretch::Keyed {
            offset = format!(" OFFSET {}", condition.bind(i64::try_from(skip).unwrap_or(i64::MAX)));
        }
        let shown = match &self.order {
            Some(order) if from.stretch == Stretch::Keyed => format!(", {}", order.shown),
            _ => String::new(),
        };
        let limit = condition.bind(i64::try_from(count).unwrap_or(i64::MAX));
        let sql = format!(
            "SELECT {COLUMNS}{shown} FROM resource r WHERE {} ORDER BY {order} LIMIT {limit}{offset}",
            condition.sql
        );
        let rows = session.query(&sql, &condition.params).await?;
        let places = rows.into_iter().map(|mut row| {
            let key = match row.take(COLUMN_COUNT) {
                Cell::Null => None,
                key => Some(key),
            };
            let stored = Stored::read(&mut row)?;
            let place = Place { row: Some(stored.seq), key, stretch: from.stretch, total: None };
            Ok((stored, place))
        });
        places.collect()
    }
}

fn keyed(order: &Order, from: &Place, condition: &mut Condition) {
    if order.optional {
        condition.and(&format!("{} IS NOT NULL", order.key));
    }
    if let (Some(key), Some(row)) = (&from.key, from.row) {
        let (key, row) = (condition.bind(key), condition.bind(row));
        // The first part leads to the index, the second is exact.
        let beyond = order.beyond();
        condition.and(&format!("{0} {beyond}= {key} AND ({0}, r.seq) {beyond} ({key}, {row})", order.key));
    }
}

impl Place {
    pub(super) fn with_total(mut self, total: Option<u64>) -> Self {
        self.total = total;
        self
    }

    pub(super) fn read(cursor: &Cursor) -> Result<Self> {
        serde_json::from_str(cursor.as_str()).map_err(|_| {
            Fault::Connector(
                ConnectorError::new(ErrorKind::TokenExpired, Certainty::Refused)
                    .with_detail("the cursor is not one of this directory"),
            )
        })
    }

    pub(super) fn write(&self) -> Result<Cursor> {
        match serde_json::to_string(self) {
            Ok(text) => Ok(Cursor::new(text)),
            Err(error) => Err(refused(ErrorKind::Unexpected, error.to_string())),
        }
    }
}
