use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::cases::Case;
use super::model::{Cause, MeasureScope, Measures, StepCount, Timing};
use super::trail::{Direction, Trail};
use crate::{Governance, Result};

impl Governance {
    /// Measures what has happened between two moments, from the audit trail and the requests: how long access took to come and
    /// to go against the objectives of the rules, what nobody had to do by hand, what administrators had to ask for, and the days
    /// of paid seats that nobody used.
    ///
    /// The trail is read once: what it says is kept by month in the store, and a measure reads what has been added to it since, and the
    /// months that it is about.
    ///
    /// An event counts from when it was both known and in force. What somebody had taken away in a system and was given again is
    /// no case, and the deletion of an account, which waits by policy, is none either.
    ///
    /// # Errors
    ///
    /// `Store`, `Corrupt` or `Engine`, when the store fails.
    pub async fn measures(&self, scope: &MeasureScope, now: DateTime<Utc>) -> Result<Measures> {
        self.advance_seats(now).await?;
        let trail = self.trail_since(scope.from).await?;
        self.measures_of(scope, &trail, now).await
    }

    pub(super) async fn measures_of(
        &self,
        scope: &MeasureScope,
        trail: &Trail,
        now: DateTime<Utc>,
    ) -> Result<Measures> {
        let cases = self.cases(scope, &trail.moved, now).await?;
        let timing = |direction, cause: Option<Cause>| {
            let of = cases.iter().filter(|case| case.direction == direction);
            self.timing(direction, of.filter(|case| cause.is_none_or(|cause| case.cause == cause)))
        };
        let causes: BTreeSet<Cause> = cases.iter().map(|case| case.cause).collect();
        let by_cause = causes.into_iter().map(|cause| {
            let both = (timing(Direction::Access, Some(cause)), timing(Direction::Removal, Some(cause)));
            (cause, both)
        });
        let by_cause: BTreeMap<Cause, (Timing, Timing)> = by_cause.collect();
        let feedback = self.feedback().await?;
        let feedback: Vec<bool> =
            feedback.iter().filter(|said| scope.has(said.at)).map(|said| said.praise).collect();
        let praise = feedback.iter().filter(|praise| **praise).count();
        Ok(Measures {
            access: timing(Direction::Access, None),
            removal: timing(Direction::Removal, None),
            by_cause,
            steps: steps(scope, trail),
            requests: self.count_requests(scope).await?,
            seats: self.wasted_seats(scope, trail, now).await?,
            praise,
            complaints: feedback.len() - praise,
            scope: scope.clone(),
        })
    }

    fn timing<'a>(&self, direction: Direction, cases: impl Iterator<Item = &'a Case>) -> Timing {
        let document = self.rules.document();
        let objective = match direction {
            Direction::Access => document.measures.access_within,
            Direction::Removal => document.measures.removal_within,
        };
        let judged = cases.map(|case| {
            let due = objective.after(case.event, &document.calendar);
            ((case.done - case.event).num_seconds(), case.done <= due)
        });
        Timing::of(objective, judged)
    }
}

fn steps(scope: &MeasureScope, trail: &Trail) -> StepCount {
    let mut count = StepCount::default();
    let meant = |done: &&super::trail::Done| {
        scope.has(done.at) && scope.concerns(&done.identity) && scope.covers(&done.target)
    };
    for done in trail.steps.iter().filter(meant) {
        match done.by_hand {
            true => count.by_hand += 1,
            false => count.automatic += 1,
        }
        count.repairs += usize::from(done.repair);
    }
    count
}
