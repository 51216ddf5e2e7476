//! Writes what a look finds as it goes on, so that memory does not grow with it.

use tenure_store::{Batch, Condition, Write};

use crate::{Engine, Result};

/// After how many changes of a target it is committed.
const CHUNK: usize = 2_000;
/// After how many changes of a source it is.
const PART: usize = 5_000;
/// How many changes go into one commit at most. What is written of an account and what is noted of it belong together, and
/// those of a page are.
const MOST: usize = 10_000;

/// Changes on their way to the store.
#[derive(Debug)]
pub(super) struct Recorder<'e> {
    engine: &'e Engine,
    chunk: usize,
    /// What must hold at each commit.
    conditions: Vec<Condition>,
    writes: Vec<Write>,
    /// How many changes of accounts and of what they hold were recorded.
    pub(super) changed: usize,
}

impl<'e> Recorder<'e> {
    pub(super) fn new(engine: &'e Engine) -> Self {
        Self { engine, chunk: CHUNK, conditions: Vec::new(), writes: Vec::new(), changed: 0 }
    }

    /// Records what a source told, as long as something holds. Each person's change stands by itself.
    pub(super) fn of_source(engine: &'e Engine, conditions: Vec<Condition>) -> Self {
        Self { conditions, chunk: PART, ..Self::new(engine) }
    }

    pub(super) fn push(&mut self, write: Write) {
        self.changed += usize::from(is_change(&write));
        self.writes.push(write);
    }

    /// Whether everything is committed.
    pub(super) fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Commits when enough has come together.
    pub(super) async fn pause(&mut self) -> Result<()> {
        if self.writes.len() >= self.chunk { self.commit().await } else { Ok(()) }
    }

    pub(super) async fn commit(&mut self) -> Result<()> {
        let mut writes = std::mem::take(&mut self.writes).into_iter().peekable();
        while writes.peek().is_some() {
            let writes = writes.by_ref().take(MOST).collect();
            self.engine.store.commit(Batch { conditions: self.conditions.clone(), writes }).await?;
        }
        Ok(())
    }
}

fn is_change(write: &Write) -> bool {
    matches!(write, Write::Account(_) | Write::ForgetAccount { .. } | Write::Held { .. } | Write::Lost { .. })
}
