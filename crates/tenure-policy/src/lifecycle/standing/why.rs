//! Why an identity stands where it does: kept as places in the identity, put into words only when they are read.

use super::{Standing, current_leave};
use crate::identity::{Identity, Person};
use crate::lifecycle::LifecycleState;

/// What decides the phase, by its place in the identity.
#[derive(Clone, Copy, Debug)]
pub(super) enum Why {
    NotBegun,
    Engagement(usize),
    Leave(usize),
    Begins(usize),
    Hold(usize),
    Order(usize),
    Ended(Option<usize>),
    NoEngagement,
    CalledOff,
    Purpose,
    Expired,
}

impl Standing {
    /// The state in words.
    pub(crate) fn state(&self, identity: &Identity) -> LifecycleState {
        let reason = match identity {
            Identity::Person(person) => self.reason(person),
            Identity::Workload(workload) => match self.why {
                Why::Expired => format!("expired; it was for: {}", workload.purpose),
                _ => workload.purpose.clone(),
            },
        };
        LifecycleState { phase: self.phase, reason, since: self.since, until: self.until, late: self.late }
    }

    fn reason(&self, person: &Person) -> String {
        let engagement = |index: usize| person.engagements.get(index);
        let text = match self.why {
            Why::NotBegun => Some("the engagement has not begun".to_owned()),
            Why::NoEngagement => Some("no engagement".to_owned()),
            Why::CalledOff => Some("the hire was called off".to_owned()),
            Why::Engagement(at) => engagement(at).map(|e| format!("engagement `{}` ({})", e.id, e.kind)),
            Why::Begins(at) => engagement(at).map(|e| format!("engagement `{}` begins on {}", e.id, e.start)),
            Why::Ended(at) => at.and_then(engagement).map(|e| format!("engagement `{}` ended", e.id)),
            Why::Leave(at) => engagement(at).and_then(|e| {
                let leave = e.leaves.get(current_leave(e, self.next.now())?)?;
                let until = leave.end.map(|last| format!(" to {last}")).unwrap_or_default();
                Some(format!("{} leave from {}{until}, engagement `{}`", leave.kind, leave.start, e.id))
            }),
            Why::Hold(at) => person.holds.get(at).map(|hold| format!("security hold: {}", hold.reason)),
            Why::Order(at) => {
                person.overrides.get(at).map(|order| format!("ordered by {}: {}", order.by, order.reason))
            }
            Why::Purpose | Why::Expired => None,
        };
        text.unwrap_or_default()
    }
}
