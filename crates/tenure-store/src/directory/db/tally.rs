//! What the only writer of SQLite counts in memory while it gathers writes, and writes down once before they are committed.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Session, one};
use crate::directory::error::Result;

/// The numbers of one transaction.
#[derive(Debug, Default)]
pub(in crate::directory) struct Tally(Mutex<Numbers>);

#[derive(Debug, Default)]
struct Numbers {
    /// The numbers of the newest change, as it is written down and now, once somebody asked for one.
    change: Option<(i64, i64)>,
    /// What is to be added to counters.
    more: BTreeMap<String, i64>,
}

impl Tally {
    /// The number of the next change: they are numbered in the order of the commits, some numbers are left out.
    pub(in crate::directory) async fn next_change(&self, session: &dyn Session) -> Result<i64> {
        let known = self.numbers().change;
        let (written, newest) = match known {
            Some(numbers) => numbers,
            None => {
                let newest = one(session, "SELECT value FROM counter WHERE name = 'change'", &[]).await?;
                let newest = newest.map(|mut row| row.int(0)).transpose()?.unwrap_or_default();
                (newest, newest)
            }
        };
        self.numbers().change = Some((written, newest + 1));
        Ok(newest + 1)
    }

    /// Takes the last number back: nothing has it.
    pub(in crate::directory) fn give_back(&self) {
        if let Some((_, newest)) = &mut self.numbers().change {
            *newest -= 1;
        }
    }

    /// Adds to a counter.
    pub(in crate::directory) fn add(&self, counter: String, by: i64) {
        *self.numbers().more.entry(counter).or_default() += by;
    }

    /// Writes down what was counted, for whoever reads next. Another program may count then.
    #[cfg(feature = "sqlite")]
    pub(in crate::directory) async fn settle(&self, session: &dyn Session) -> Result<()> {
        let numbers = std::mem::take(&mut *self.numbers());
        if let Some((written, newest)) = numbers.change
            && newest != written
        {
            let sql = "INSERT INTO counter (name, shard, value) VALUES ('change', 0, ?1) \
                       ON CONFLICT (name, shard) DO UPDATE SET value = excluded.value";
            session.execute(sql, &[newest.into()]).await?;
        }
        for (counter, by) in numbers.more {
            let sql = "INSERT INTO counter (name, shard, value) VALUES (?1, 0, ?2) \
                       ON CONFLICT (name, shard) DO UPDATE SET value = value + excluded.value";
            session.execute(sql, &[counter.into(), by.into()]).await?;
        }
        Ok(())
    }

    /// Forgets what was counted for writes that are undone.
    #[cfg(feature = "sqlite")]
    pub(in crate::directory) fn forget(&self) {
        *self.numbers() = Numbers::default();
    }

    fn numbers(&self) -> MutexGuard<'_, Numbers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
