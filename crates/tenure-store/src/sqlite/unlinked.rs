//! Accounts that are linked to nobody: the keys of accounts and links are walked side by side, in indexes that hold them in their
//! order, so that nothing is looked for account by account.

use std::cmp::Ordering;

use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator;
use rusqlite::{Connection, Rows, params};

use super::error::SqlResult;
use crate::row::decode;
use crate::{AccountRecord, PageRequest};

pub(super) fn page(db: &Connection, target: &str, page: &PageRequest) -> SqlResult<Vec<AccountRecord>> {
    let mut statement = db.prepare_cached("SELECT doc FROM account WHERE target = ?1 AND id = ?2")?;
    let mut found = Vec::new();
    if page.limit == 0 {
        return Ok(found);
    }
    let after = page.after.as_deref().unwrap_or_default();
    each(db, target, after, |id| {
        let mut rows = statement.query([target, id])?;
        if let Some(row) = rows.next()? {
            found.push(decode(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?, "account")?);
        }
        Ok(found.len() < page.limit)
    })?;
    Ok(found)
}

pub(super) fn count(db: &Connection, target: &str) -> SqlResult<u64> {
    let mut count = 0;
    each(db, target, "", |_| {
        count += 1;
        Ok(true)
    })?;
    Ok(count)
}

/// Tells one account after the other, in the order of their ids, as long as more are wanted.
fn each(
    db: &Connection,
    target: &str,
    after: &str,
    mut found: impl FnMut(&str) -> SqlResult<bool>,
) -> SqlResult<()> {
    let mut accounts =
        db.prepare_cached("SELECT id FROM account WHERE target = ?1 AND id > ?2 ORDER BY id")?;
    let mut links =
        db.prepare_cached("SELECT account FROM link WHERE target = ?1 AND account > ?2 ORDER BY account")?;
    let mut ended = db.prepare_cached(
        "SELECT account FROM link WHERE target = ?1 AND live = 0 AND account > ?2 ORDER BY account",
    )?;
    let mut accounts = accounts.query(params![target, after])?;
    let mut links = Walk::begin(links.query(params![target, after])?)?;
    let mut ended = Walk::begin(ended.query(params![target, after])?)?;
    while let Some(row) = accounts.next()? {
        let id = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        let linked = links.meets(id)? && !ended.meets(id)?;
        if !linked && !found(id)? {
            break;
        }
    }
    Ok(())
}

/// Texts in their order.
struct Walk<'s>(Rows<'s>);

impl<'s> Walk<'s> {
    fn begin(mut rows: Rows<'s>) -> SqlResult<Self> {
        rows.advance()?;
        Ok(Self(rows))
    }

    /// Whether a text is among them. What is asked for has to come in order, too.
    fn meets(&mut self, text: &str) -> SqlResult<bool> {
        while let Some(row) = self.0.get() {
            match row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?.cmp(text) {
                Ordering::Less => self.0.advance()?,
                Ordering::Equal => return Ok(true),
                Ordering::Greater => return Ok(false),
            }
        }
        Ok(false)
    }
}
