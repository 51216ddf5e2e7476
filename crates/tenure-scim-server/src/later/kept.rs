//! The backlog of a program that has none of its own: in memory.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::backlog::{Backlog, BacklogError, Remembered};

/// The newest transactions. When there are too many, the oldest ones are forgotten.
#[derive(Debug, Default)]
pub(super) struct Kept {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    entries: BTreeMap<String, Remembered>,
    order: VecDeque<String>,
}

impl Kept {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, txn: &str, text: &str, ended: Option<DateTime<Utc>>) {
        let mut known = self.known();
        let entry = Remembered { text: text.to_owned(), ended };
        if known.entries.insert(txn.to_owned(), entry).is_none() {
            known.order.push_back(txn.to_owned());
        }
        while known.order.len() > MOST {
            if let Some(oldest) = known.order.pop_front() {
                known.entries.remove(&oldest);
            }
        }
    }
}

#[async_trait]
impl Backlog for Kept {
    async fn keep(&self, txn: &str, text: &str, _: DateTime<Utc>) -> Result<(), BacklogError> {
        self.put(txn, text, None);
        Ok(())
    }

    async fn end(&self, txn: &str, text: &str, now: DateTime<Utc>) -> Result<(), BacklogError> {
        self.put(txn, text, Some(now));
        Ok(())
    }

    async fn find(&self, txn: &str) -> Result<Option<Remembered>, BacklogError> {
        Ok(self.known().entries.get(txn).cloned())
    }

    /// What is in memory is worked on by the process whose memory it is.
    async fn take(&self, _: DateTime<Utc>, _: DateTime<Utc>) -> Result<Vec<(String, String)>, BacklogError> {
        Ok(Vec::new())
    }

    async fn forget_ended(&self, before: DateTime<Utc>) -> Result<(), BacklogError> {
        let mut known = self.known();
        let Known { entries, order } = &mut *known;
        entries.retain(|_, entry| entry.ended.is_none_or(|ended| ended >= before));
        order.retain(|txn| entries.contains_key(txn));
        Ok(())
    }
}

const MOST: usize = 10_000;

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn now<T>(work: impl Future<Output = Result<T, BacklogError>>) -> T {
        match pin!(work).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => answer.unwrap(),
            Poll::Pending => panic!("memory does not wait"),
        }
    }

    #[test]
    fn what_ended_is_forgotten_and_nothing_else() {
        let (kept, start) = (Kept::default(), DateTime::UNIX_EPOCH);
        now(kept.keep("running", "r", start));
        now(kept.keep("done", "d", start));
        now(kept.end("done", "how", start));
        now(kept.forget_ended(start));
        assert_eq!(now(kept.find("done")), Some(Remembered { text: "how".to_owned(), ended: Some(start) }));
        now(kept.forget_ended(start + chrono::TimeDelta::seconds(1)));
        assert_eq!(now(kept.find("done")), None);
        assert_eq!(now(kept.find("running")).unwrap().text, "r");
    }

    #[test]
    fn the_oldest_are_forgotten_when_there_are_too_many() {
        let kept = Kept::default();
        for n in 0..=MOST {
            now(kept.keep(&n.to_string(), "", DateTime::UNIX_EPOCH));
        }
        assert!(now(kept.find("0")).is_none() && now(kept.find("1")).is_some());
    }
}
