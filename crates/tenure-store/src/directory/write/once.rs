//! The answers that were given, by idempotency key.

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use tenure_connector::{IdempotencyKey, Outcome, OutcomeStatus};

use crate::directory::error::Result;
use crate::directory::row::stamp;

/// The answer to an earlier write with this key; what that one changed is not changed again.
pub(super) fn recall(connection: &Connection, key: &IdempotencyKey) -> Result<Option<Outcome>> {
    let mut statement = connection.prepare_cached("select outcome from applied where key = ?1")?;
    let text: Option<String> = statement.query_row([key.as_str()], |row| row.get(0)).optional()?;
    Ok(text.and_then(|text| serde_json::from_str::<Outcome>(&text).ok()).map(|mut outcome| {
        if let OutcomeStatus::Done { .. } = outcome.status {
            outcome.status = OutcomeStatus::AlreadySo { observed_missing: false };
        }
        outcome
    }))
}

/// Keeps an answer, and forgets those that are older than a client could still repeat.
pub(super) fn remember(
    connection: &Connection,
    key: &IdempotencyKey,
    outcome: &Outcome,
    now: DateTime<Utc>,
) -> Result<()> {
    let Ok(text) = serde_json::to_string(outcome) else { return Ok(()) };
    connection
        .prepare_cached("insert or replace into applied (key, outcome, at) values (?1, ?2, ?3)")?
        .execute(params![key.as_str(), text, stamp(now)])?;
    connection
        .prepare_cached(
            "delete from applied where key in (select key from applied where at < ?1 order by at limit 4)",
        )?
        .execute([stamp(now - TimeDelta::days(REMEMBERED_DAYS))])?;
    Ok(())
}

const REMEMBERED_DAYS: i64 = 7;
