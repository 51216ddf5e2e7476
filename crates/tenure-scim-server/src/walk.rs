//! Where walks by `startIndex` stand, so that the next page need not walk over the pages before it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use tenure_connector::Cursor;

/// The connector's cursors behind pages that were answered. It may forget any of them; a walk then takes longer.
#[derive(Debug, Default)]
pub(crate) struct Walks {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    cursors: BTreeMap<(String, u64), Cursor>,
    order: VecDeque<(String, u64)>,
}

impl Walks {
    /// The cursor that goes on behind `skipped` resources of the query.
    pub(crate) fn find(&self, query: &str, skipped: u64) -> Option<Cursor> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.cursors.get(&(query.to_owned(), skipped)).cloned()
    }

    /// Keeps a cursor, forgetting the oldest one when there are many.
    pub(crate) fn keep(&self, query: &str, skipped: u64, cursor: Cursor) {
        let key = (query.to_owned(), skipped);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.cursors.insert(key.clone(), cursor).is_none() {
            known.order.push_back(key);
        }
        while known.order.len() > MOST {
            if let Some(oldest) = known.order.pop_front() {
                known.cursors.remove(&oldest);
            }
        }
    }
}

const MOST: usize = 1024;
