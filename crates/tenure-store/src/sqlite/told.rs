use rusqlite::{Connection, OptionalExtension, params};

use super::error::SqlResult;
use crate::Told;
use crate::told::Retold;

const READ: &str = "SELECT object, held, marks FROM told WHERE target = ?1 AND account = ?2";

pub(super) fn read(db: &Connection, target: &str, accounts: &[String]) -> SqlResult<Vec<Told>> {
    let mut statement = db.prepare_cached(READ)?;
    let mut told = Vec::with_capacity(accounts.len());
    for account in accounts {
        let mut rows = statement.query([target, account])?;
        told.push(match rows.next()? {
            Some(row) => {
                let object = row.get_ref(0)?.as_blob_or_null().map_err(rusqlite::Error::from)?;
                let held = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
                Told::of_row(object, held, row.get(2)?)
            }
            None => Told::default(),
        });
    }
    Ok(told)
}

pub(super) fn write(db: &Connection, retold: Retold<'_>, audit: u64) -> SqlResult<()> {
    let mut read = db.prepare_cached(READ)?;
    for ((target, account), apply) in retold.into_changes(audit) {
        let known: Option<(Option<Vec<u8>>, Vec<u8>, i64)> = read
            .query_row([target, account], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let stored = known.is_some();
        let known = known.map(|(object, held, marks)| Told::of_row(object.as_deref(), &held, marks));
        let told = apply(known.unwrap_or_default());
        if !told.is_empty() {
            let (object, held, marks) = told.row();
            db.prepare_cached(
                "INSERT OR REPLACE INTO told (target, account, object, held, marks) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![target, account, object, held, marks])?;
        } else if stored {
            db.prepare_cached("DELETE FROM told WHERE target = ?1 AND account = ?2")?
                .execute([target, account])?;
        }
    }
    Ok(())
}
