//! The feed of a database with many writers: a token is a snapshot, and what it could not see yet is new.
//!
//! Numbers would not do: a transaction that commits late has an early number, and a reader who is past that number would
//! never see it. A walk of several pages tells what the snapshot of its first page saw; what is written meanwhile belongs to
//! the next walk.

use tenure_connector::{DeltaToken, ObjectClass};

use super::{Feed, PAGE, PAGE_ROWS, foreign};
use crate::directory::db::{Session, one};
use crate::directory::error::Result;

pub(super) async fn feed(
    session: &dyn Session,
    class: &ObjectClass,
    since: Option<&DeltaToken>,
) -> Result<Feed> {
    let newest = one(session, "SELECT pg_current_snapshot()::text", &[]).await?;
    let newest = newest.ok_or_else(foreign)?.text(0)?;
    let Some(since) = since else {
        return Ok(Feed { entries: Vec::new(), token: DeltaToken::new(newest), more: false });
    };
    let place = Place::read(since.as_str(), &newest)?;
    let sql = format!(
        "SELECT id, gone, n::text FROM (({}) UNION ALL ({})) told ORDER BY told.n, id LIMIT ?6",
        some("deleted IS NOT NULL AS gone", "resource"),
        some("gone", "change"),
    );
    let params = [
        class.as_str().into(),
        place.since.as_str().into(),
        place.until.as_str().into(),
        place.number.as_str().into(),
        place.id.as_str().into(),
        PAGE_ROWS.into(),
    ];
    let mut rows = session.query(&sql, &params).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let mut entries = Vec::with_capacity(rows.len());
    let (mut number, mut id) = (place.number, place.id);
    for mut row in rows {
        id = row.text(0)?;
        entries.push((id.clone(), row.int(1)? != 0));
        number = row.text(2)?;
    }
    let token = match more {
        true => format!("{}/{}/{number}/{id}", place.since, place.until),
        false => place.until,
    };
    Ok(Feed { entries, token: DeltaToken::new(token), more })
}

/// The first of the changes that `table` knows, with whether each object is gone.
fn some(gone: &str, table: &str) -> String {
    format!(
        "SELECT id, {gone}, n FROM {table} WHERE class = ?1 AND n >= pg_snapshot_xmin(?2::text::pg_snapshot) \
         AND NOT pg_visible_in_snapshot(n, ?2::text::pg_snapshot) \
         AND pg_visible_in_snapshot(n, ?3::text::pg_snapshot) \
         AND (n, id) > (?4::text::xid8, ?5) ORDER BY n, id LIMIT ?6"
    )
}

/// Where a walk is: between two snapshots, behind one change.
struct Place {
    since: String,
    until: String,
    number: String,
    id: String,
}

impl Place {
    fn read(token: &str, newest: &str) -> Result<Self> {
        let mut parts = token.splitn(4, '/');
        let since = parts.next().filter(|text| is_snapshot(text)).ok_or_else(foreign)?.to_owned();
        let place = match (parts.next(), parts.next(), parts.next()) {
            (None, _, _) => {
                Self { since, until: newest.to_owned(), number: "0".to_owned(), id: String::new() }
            }
            (Some(until), Some(number), Some(id)) if is_snapshot(until) && number.parse::<u64>().is_ok() => {
                Self { since, until: until.to_owned(), number: number.to_owned(), id: id.to_owned() }
            }
            _ => return Err(foreign()),
        };
        // A snapshot from the future is one of another server, for instance before a restore.
        match end(&place.since) > end(newest) || end(&place.until) > end(newest) {
            true => Err(foreign()),
            false => Ok(place),
        }
    }
}

/// Whether a text has the form `10:20:` or `10:20:14,15`.
fn is_snapshot(text: &str) -> bool {
    let mut parts = text.split(':');
    let (Some(start), Some(end), Some(open), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let (Ok(first), Ok(last)) = (start.parse::<u64>(), end.parse::<u64>()) else { return false };
    let listed: Option<Vec<u64>> = match open {
        "" => Some(Vec::new()),
        open => open.split(',').map(|part| part.parse().ok()).collect(),
    };
    let ordered = |all: &[u64]| all.is_sorted() && all.iter().all(|n| (first..last).contains(n));
    first > 0 && first <= last && listed.is_some_and(|all| ordered(&all))
}

fn end(snapshot: &str) -> u64 {
    snapshot.split(':').nth(1).and_then(|part| part.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_snapshots_reach_the_database() {
        for good in ["10:20:", "10:10:", "10:20:14,15"] {
            assert!(is_snapshot(good), "{good}");
        }
        for bad in ["", "x", "10", "10:20", "20:10:", "0:1:", "10:20:30", "10:20:15,14", "10:20::", "10:20:x"]
        {
            assert!(!is_snapshot(bad), "{bad}");
        }
    }

    #[test]
    fn a_token_of_another_server_has_expired() {
        assert!(Place::read("10:20:", "15:19:").is_err());
        assert!(Place::read("10:20:/10:21:/12/a", "15:20:").is_err());
        assert!(Place::read("10:20:/10:21:/12/a", "15:21:").is_ok());
        assert!(Place::read("10:20:/10:21:", "15:21:").is_err());
    }
}
