//! Work that the system behind the service took and has not finished.

use std::time::Duration;

use tenure_connector::{JobRef, OperationKind, Outcome, OutcomeStatus};

/// A job, and when to ask for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unfinished {
    pub(crate) job: JobRef,
    pub(crate) poll_after: Duration,
}

/// What is left to do of a write that ended well; `None` when it is done.
pub(crate) fn unfinished(outcome: &Outcome, kind: OperationKind) -> Option<Unfinished> {
    match &outcome.status {
        OutcomeStatus::Accepted { job, poll_after } => {
            Some(Unfinished { job: job.clone(), poll_after: *poll_after })
        }
        OutcomeStatus::Manual { instructions } => {
            Some(Unfinished { job: JobRef::new(instructions.id.clone(), kind), poll_after: BY_HAND })
        }
        _ => None,
    }
}

/// People are slower than programs.
const BY_HAND: Duration = Duration::from_secs(60);
