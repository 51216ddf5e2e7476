//! The feed of a database with one writer: changes have numbers in the order of their commits.

use tenure_connector::{DeltaToken, ObjectClass};

use super::{Feed, PAGE, PAGE_ROWS, foreign};
use crate::directory::db::{Session, one};
use crate::directory::error::Result;

pub(super) async fn feed(
    session: &dyn Session,
    class: &ObjectClass,
    since: Option<&DeltaToken>,
) -> Result<Feed> {
    let Some(since) = since else {
        let newest = one(session, "SELECT value FROM counter WHERE name = 'change'", &[]).await?;
        let newest = newest.map(|mut row| row.int(0)).transpose()?.unwrap_or_default();
        return Ok(Feed { entries: Vec::new(), token: token(newest), more: false });
    };
    let mut last: i64 = since.as_str().parse().map_err(|_| foreign())?;
    let sql = "SELECT n, id, deleted IS NOT NULL FROM resource WHERE class = ?1 AND n > ?2 \
               UNION ALL SELECT n, id, gone FROM change WHERE class = ?1 AND n > ?2 ORDER BY n LIMIT ?3";
    let mut rows = session.query(sql, &[class.as_str().into(), last.into(), PAGE_ROWS.into()]).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let mut entries = Vec::with_capacity(rows.len());
    for mut row in rows {
        last = row.int(0)?;
        entries.push((row.text(1)?, row.int(2)? != 0));
    }
    Ok(Feed { entries, token: token(last), more })
}

fn token(number: i64) -> DeltaToken {
    DeltaToken::new(number.to_string())
}
