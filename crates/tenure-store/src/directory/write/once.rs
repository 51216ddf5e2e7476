//! The answers that were given, by idempotency key.

use chrono::TimeDelta;
use tenure_connector::{IdempotencyKey, Outcome, OutcomeStatus};
use tenure_scim::filter::sql::Dialect;

use super::Write;
use crate::directory::db::{Session, one};
use crate::directory::error::Result;
use crate::directory::row::stamp;

/// The answer to an earlier write with this key; what that one changed is not changed again.
pub(super) async fn recall(session: &dyn Session, key: &IdempotencyKey) -> Result<Option<Outcome>> {
    let row = one(session, "SELECT outcome FROM applied WHERE key = ?1", &[key.as_str().into()]).await?;
    let Some(mut row) = row else { return Ok(None) };
    Ok(serde_json::from_str::<Outcome>(&row.text(0)?).ok().map(|mut outcome| {
        if let OutcomeStatus::Done { .. } = outcome.status {
            outcome.status = OutcomeStatus::AlreadySo { observed_missing: false };
        }
        outcome
    }))
}

impl Write<'_> {
    /// Keeps an answer, and forgets those that are older than a client could still repeat.
    pub(super) fn remember(&self, key: &IdempotencyKey, outcome: &Outcome) {
        let Ok(text) = serde_json::to_string(outcome) else { return };
        // Two writers with one key: the second collides here, starts again and recalls the first one's answer.
        let sql = "INSERT INTO applied (key, outcome, at) VALUES (?1, ?2, ?3)";
        self.later(sql, [key.as_str().to_owned().into(), text.into(), stamp(self.now).into()]);
        let forget = match self.session.dialect() {
            Dialect::Postgres => {
                "DELETE FROM applied WHERE key IN \
                 (SELECT key FROM applied WHERE at < ?1 ORDER BY at LIMIT 4 FOR UPDATE SKIP LOCKED)"
            }
            _ => {
                "DELETE FROM applied WHERE key IN (SELECT key FROM applied WHERE at < ?1 ORDER BY at LIMIT 4)"
            }
        };
        self.later(forget, [stamp(self.now - TimeDelta::days(REMEMBERED_DAYS)).into()]);
    }
}

const REMEMBERED_DAYS: i64 = 7;
