//! Evaluation: what should be true of one identity at one instant.

mod accounts;
mod check;
mod collect;
mod draft;
mod duties;
mod evaluator;
mod finish;
mod group;
mod ladder;
mod mapped;
mod names;
mod one;
mod outcome;
mod owner;
mod refine;
mod terms;
mod upkeep;
mod view;

pub use self::check::GrantCheck;
use self::collect::Finder;
pub use self::evaluator::Evaluator;
use self::evaluator::Work;
pub use self::mapped::{MappedAccount, MappedAttribute, MappedReference};
pub(crate) use self::one::Found;
pub use self::outcome::{Desired, Outcome, Way};
pub use self::terms::{ReinstateError, Restorable};
pub(crate) use self::view::of_engagement;
use crate::compile::{Parts, Policy};
use crate::desired::Evaluation;
use crate::facts::Facts;
use crate::identity::Identity;
use crate::lifecycle::{LifecycleState, Standing};

impl Policy {
    /// What should be true of an identity, with every reason. Pure: the same input gives the same answer.
    ///
    /// Names are chosen against the registry in `facts`; commit the reservations before evaluating the next identity, so that two
    /// people do not get one name. For many identities an [`Evaluator`] is faster.
    #[must_use]
    pub fn evaluate(&self, identity: &Identity, facts: &Facts<'_>) -> Evaluation {
        let mut candidates = Vec::new();
        Work::default().evaluate(self.parts(), identity, facts, Finder::Once(&mut candidates)).to_evaluation()
    }

    /// Where an identity stands at an instant.
    #[must_use]
    pub fn state(&self, identity: &Identity, now: chrono::DateTime<chrono::Utc>) -> LifecycleState {
        self.parts().standing(identity, now).state(identity)
    }
}

impl Parts {
    pub(crate) fn standing(&self, identity: &Identity, now: chrono::DateTime<chrono::Utc>) -> Standing {
        let mut standing = Standing::default();
        self.stand(identity, now, &mut standing);
        standing
    }

    /// Fills in where an identity stands.
    fn stand(&self, identity: &Identity, now: chrono::DateTime<chrono::Utc>, standing: &mut Standing) {
        let document = &self.document;
        match identity {
            Identity::Person(person) => {
                standing.person(person, &document.lifecycle, &document.temporary, now);
            }
            Identity::Workload(workload) => standing.workload(workload, &document.lifecycle, now),
        }
    }
}
