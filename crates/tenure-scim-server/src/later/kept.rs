//! What became of asynchronous requests, for the clients that sent them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

/// How far a request is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum State {
    Running,
    /// The claims of its event, or of all its events.
    Done(Value),
}

/// The requests of the last hour or so. When there are too many, the oldest ones are forgotten.
#[derive(Debug)]
pub(super) struct Kept {
    keep: Duration,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    entries: BTreeMap<String, Entry>,
    order: VecDeque<String>,
}

#[derive(Debug)]
struct Entry {
    principal: String,
    at: DateTime<Utc>,
    state: State,
}

impl Kept {
    pub(super) fn new(keep: Duration) -> Self {
        Self { keep, known: Mutex::default() }
    }

    pub(super) fn begin(&self, txn: &str, principal: &str, now: DateTime<Utc>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entries.insert(
            txn.to_owned(),
            Entry { principal: principal.to_owned(), at: now, state: State::Running },
        );
        known.order.push_back(txn.to_owned());
        while known.order.len() > MOST {
            if let Some(oldest) = known.order.pop_front() {
                known.entries.remove(&oldest);
            }
        }
    }

    pub(super) fn end(&self, txn: &str, claims: Value, now: DateTime<Utc>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = known.entries.get_mut(txn) {
            (entry.at, entry.state) = (now, State::Done(claims));
        }
    }

    /// A request that was answered at once is nobody's to ask for.
    pub(super) fn forget(&self, txn: &str) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entries.remove(txn);
        known.order.retain(|other| other != txn);
    }

    /// The state of a request, for the client that sent it.
    pub(super) fn find(&self, txn: &str, principal: &str, now: DateTime<Utc>) -> Option<State> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = known.entries.get(txn).filter(|entry| entry.principal == principal)?;
        let age = (now - entry.at).to_std().unwrap_or_default();
        if entry.state != State::Running && age > self.keep {
            known.entries.remove(txn);
            known.order.retain(|other| other != txn);
            return None;
        }
        Some(entry.state.clone())
    }
}

const MOST: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_sender_sees_the_end_and_only_for_a_while() {
        let kept = Kept::new(Duration::from_secs(60));
        let start = DateTime::UNIX_EPOCH;
        kept.begin("t", "okta", start);
        assert_eq!(kept.find("t", "okta", start + Duration::from_secs(600)), Some(State::Running));
        kept.end("t", "claims".into(), start + Duration::from_secs(600));
        assert_eq!(kept.find("t", "entra", start), None);
        assert_eq!(
            kept.find("t", "okta", start + Duration::from_secs(660)),
            Some(State::Done("claims".into()))
        );
        assert_eq!(kept.find("t", "okta", start + Duration::from_secs(661)), None);
    }

    #[test]
    fn the_oldest_are_forgotten_when_there_are_too_many() {
        let kept = Kept::new(Duration::from_secs(60));
        let now = DateTime::UNIX_EPOCH;
        for n in 0..=MOST {
            kept.begin(&n.to_string(), "okta", now);
        }
        assert_eq!((kept.find("0", "okta", now), kept.find("1", "okta", now)), (None, Some(State::Running)));
    }
}
