//! What changed since a token, one entry for each object however often it changed.

use rusqlite::{Connection, OptionalExtension, params};
use tenure_connector::{
    Certainty, Change, ChangePage, ConnectorError, DeltaToken, ErrorKind, Fields, ObjectRef,
};

use super::error::{Fault, Result};
use super::row;
use super::shape::Shape;

/// Reads the next changes of a class. Without a token there are none, and the answer holds the newest token.
pub(super) fn changes(
    connection: &Connection,
    shape: &Shape,
    since: Option<&DeltaToken>,
) -> Result<ChangePage> {
    let Some(since) = since else {
        let newest: Option<i64> = connection
            .query_row("select value from counter where name = 'change'", [], |row| row.get(0))
            .optional()?;
        return Ok(page(Vec::new(), newest.unwrap_or_default(), false));
    };
    let since = number(since)?;
    let mut statement = connection
        .prepare_cached("select n, id, gone from change where class = ?1 and n > ?2 order by n limit ?3")?;
    let rows = statement.query_map(params![shape.class.as_str(), since, PAGE_ROWS], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, bool>(2)?))
    })?;
    let mut rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let mut last = since;
    let mut found = Vec::with_capacity(rows.len());
    for (n, id, gone) in rows {
        last = n;
        let stored = if gone { None } else { row::by_id(connection, &shape.class, &id)? };
        found.push(match stored {
            Some(stored) => Change::Upserted(stored.object(connection, shape, &Fields::All)?),
            None => Change::Deleted(ObjectRef::new(shape.class.clone(), id)),
        });
    }
    Ok(page(found, last, more))
}

fn page(changes: Vec<Change>, last: i64, more: bool) -> ChangePage {
    ChangePage { changes, token: DeltaToken::new(last.to_string()), more, rate: None }
}

fn number(token: &DeltaToken) -> Result<i64> {
    token.as_str().parse().map_err(|_| {
        Fault::Connector(
            ConnectorError::new(ErrorKind::TokenExpired, Certainty::Refused)
                .with_detail("the delta token is not one of this directory"),
        )
    })
}

const PAGE: usize = 500;
/// One row more, which tells whether there is another page.
const PAGE_ROWS: i64 = 501;
