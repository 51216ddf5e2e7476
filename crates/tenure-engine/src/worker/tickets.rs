use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use tenure_store::{Batch, Condition, JournalPhase, Ticket, Write};

use crate::StepOutcome;
use crate::apply::ended_as;
use crate::plan::{Step, StepId};

/// The proofs that steps are ours. What is written for a step is bound to its ticket: whoever lost the step to another
/// worker writes nothing, and the last line of the journal takes the step out of its queue in the same commit.
#[derive(Debug)]
pub(crate) struct Tickets {
    tickets: BTreeMap<StepId, Ticket>,
    /// How the steps ended that ours come after.
    earlier: BTreeMap<StepId, StepOutcome>,
    settled: Mutex<BTreeSet<StepId>>,
    patience: TimeDelta,
}

impl Tickets {
    pub(super) fn new(
        tickets: BTreeMap<StepId, Ticket>,
        earlier: BTreeMap<StepId, StepOutcome>,
        patience: TimeDelta,
    ) -> Self {
        Self { tickets, earlier, settled: Mutex::default(), patience }
    }

    /// How a step ended that is not among ours.
    pub(crate) fn earlier(&self, step: &StepId) -> Option<StepOutcome> {
        self.earlier.get(step).copied()
    }

    /// Binds what is written for a step to its ticket.
    pub(crate) fn bind(&self, step: &Step, phase: JournalPhase, batch: &mut Batch, now: DateTime<Utc>) {
        let Some(ticket) = self.tickets.get(&step.id).cloned() else { return };
        let next = batch.writes.iter().find_map(|write| match write {
            Write::Journal(entry) => entry.next,
            _ => None,
        });
        let again = next.filter(|next| {
            matches!(phase, JournalPhase::Retry | JournalPhase::Unknown) && *next - now <= self.patience
        });
        match (phase, again) {
            (JournalPhase::Started, _) => return batch.conditions.push(Condition::Taken(ticket)),
            (_, Some(until)) => batch.push(Write::Later { ticket, now, until }),
            (phase, None) => batch.push(Write::Ended { ticket, outcome: ended_as(phase).name().to_owned() }),
        }
        self.settled().insert(step.id.clone());
    }

    /// Gives a step back that was not begun, to be taken from a moment on.
    pub(super) fn give_back(&self, step: &Step, now: DateTime<Utc>, until: DateTime<Utc>) -> Option<Write> {
        let ticket = self.tickets.get(&step.id).cloned()?;
        Some(Write::Later { ticket, now, until })
    }

    pub(super) fn is_settled(&self, step: &StepId) -> bool {
        self.settled().contains(step)
    }

    /// The tickets of the steps that are still in our hands.
    pub(super) fn open(&self) -> Vec<Ticket> {
        let settled = self.settled();
        let open = self.tickets.iter().filter(|(step, _)| !settled.contains(*step));
        open.map(|(_, ticket)| ticket.clone()).collect()
    }

    fn settled(&self) -> std::sync::MutexGuard<'_, BTreeSet<StepId>> {
        // Nothing between lock and unlock can panic half-way through a change.
        self.settled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
