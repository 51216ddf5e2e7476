use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError};

use tenure_connector::{Certainty, ConnectorError, Cursor, ErrorKind, Result};

use super::walk::Walk;

/// How many walks may be under way at once; beyond that the one that rested longest is given up.
const MOST: usize = 64;

/// The walks that are under way. A directory keeps the state of a paged search with its connection, so a cursor names a
/// walk of this connector and is worth nothing to another.
#[derive(Debug)]
pub(crate) struct Walks {
    /// Tells this connector's cursors from those of one before a restart.
    stamp: u64,
    under_way: Mutex<UnderWay>,
}

#[derive(Debug, Default)]
struct UnderWay {
    next: u64,
    steps: u64,
    walks: BTreeMap<u64, (u64, Arc<tokio::sync::Mutex<Walk>>)>,
}

impl Walks {
    pub(crate) fn new() -> Self {
        Self { stamp: RandomState::new().build_hasher().finish(), under_way: Mutex::default() }
    }

    /// Keeps a walk and gives its number.
    pub(crate) fn keep(&self, walk: Walk) -> u64 {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.next += 1;
        under_way.steps += 1;
        let (number, step) = (under_way.next, under_way.steps);
        under_way.walks.insert(number, (step, Arc::new(tokio::sync::Mutex::new(walk))));
        if under_way.walks.len() > MOST
            && let Some(oldest) =
                under_way.walks.iter().min_by_key(|(_, (step, _))| *step).map(|(number, _)| *number)
        {
            under_way.walks.remove(&oldest);
        }
        number
    }

    /// The walk and the page that a cursor names.
    pub(crate) fn find(&self, cursor: &Cursor) -> Result<(u64, u64, Arc<tokio::sync::Mutex<Walk>>)> {
        let foreign = || {
            let detail = format!("expected a cursor of this connector, found `{cursor}`");
            ConnectorError::invalid_input("cursor", detail).with_certainty(Certainty::NotAttempted)
        };
        let numbers: Option<Vec<u64>> =
            cursor.as_str().split('-').map(|part| u64::from_str_radix(part, 16).ok()).collect();
        let Some([stamp, number, page]) = numbers.as_deref().and_then(|numbers| numbers.first_chunk()) else {
            return Err(foreign());
        };
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        under_way.steps += 1;
        let step = under_way.steps;
        match under_way.walks.get_mut(number).filter(|_| *stamp == self.stamp) {
            Some((last, walk)) => {
                *last = step;
                Ok((*number, *page, walk.clone()))
            }
            None => Err(ConnectorError::new(ErrorKind::TokenExpired, Certainty::NotAttempted)
                .with_detail("the walk of this cursor is over: directories keep it with a connection")
                .with_help("start again without a cursor")),
        }
    }

    pub(crate) fn cursor(&self, walk: u64, page: u64) -> Cursor {
        Cursor::new(format!("{:x}-{walk:x}-{page:x}", self.stamp))
    }
}
