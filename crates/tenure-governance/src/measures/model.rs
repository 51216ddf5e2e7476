use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenure_policy::{IdentityId, Money, TargetId};

use crate::Term;

/// What is measured: between which moments, about whom, where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MeasureScope {
    /// From when on.
    pub from: DateTime<Utc>,
    /// Until when; this moment is not in it.
    pub until: DateTime<Utc>,
    /// About these people and services; about all, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<BTreeSet<IdentityId>>,
    /// In these targets; in all, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<BTreeSet<TargetId>>,
}

impl MeasureScope {
    /// Everything between two moments.
    #[must_use]
    pub fn between(from: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        Self { from, until, people: None, targets: None }
    }

    /// Only what concerns these people and services.
    #[must_use]
    pub fn for_people(mut self, people: impl IntoIterator<Item = IdentityId>) -> Self {
        self.people = Some(people.into_iter().collect());
        self
    }

    /// Only what happens in these targets.
    #[must_use]
    pub fn in_targets(mut self, targets: impl IntoIterator<Item = TargetId>) -> Self {
        self.targets = Some(targets.into_iter().collect());
        self
    }

    pub(crate) fn concerns(&self, who: &str) -> bool {
        self.people.as_ref().is_none_or(|people| people.contains(who))
    }

    pub(crate) fn covers(&self, target: &str) -> bool {
        self.targets.as_ref().is_none_or(|targets| targets.contains(target))
    }

    pub(crate) fn has(&self, at: DateTime<Utc>) -> bool {
        self.from <= at && at < self.until
    }
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Measures {
    /// Of what.
    pub scope: MeasureScope,
    /// From an event to the last thing it gives.
    pub access: Timing,
    /// From an event to the last thing it takes.
    pub removal: Timing,
    /// The same by cause: what it gives, and what it takes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_cause: BTreeMap<Cause, (Timing, Timing)>,
    /// Who had to do what.
    pub steps: StepCount,
    /// Requests.
    pub requests: RequestCount,
    /// Paid seats that nobody used, by target and tier.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seats: Vec<SeatWaste>,
    /// How often people praised.
    pub praise: usize,
    /// How often people complained.
    pub complaints: usize,
}

/// What an event was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cause {
    /// Somebody joined, or came back to work.
    Joiner,
    /// What is known of somebody changed.
    Mover,
    /// Somebody left.
    Leaver,
    /// A request; counted from the wish, so the time of the approvers is part of it.
    Request,
    /// A grant that was given, ended or taken back without a request: a playbook, an exception.
    Grant,
    /// Another policy.
    Policy,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Joiner => "joiner",
            Self::Mover => "mover",
            Self::Leaver => "leaver",
            Self::Request => "request",
            Self::Grant => "grant",
            Self::Policy => "policy",
        })
    }
}

/// How long something took, case by case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Timing {
    /// Within how long it should be done.
    pub objective: Term,
    /// How many cases there were.
    pub cases: usize,
    /// How many were done in time.
    pub in_time: usize,
    /// The middle one, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median: Option<i64>,
    /// The one that nine in ten do not exceed, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ninetieth: Option<i64>,
    /// The longest, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest: Option<i64>,
}

impl Timing {
    /// Of times in seconds, each with whether it was in time.
    pub(crate) fn of(objective: Term, cases: impl IntoIterator<Item = (i64, bool)>) -> Self {
        let (mut times, mut in_time) = (Vec::new(), 0);
        for (seconds, good) in cases {
            times.push(seconds);
            in_time += usize::from(good);
        }
        times.sort_unstable();
        let cases = times.len();
        // The nearest rank: an observed time, never one in between.
        let rank = |percent: usize| times.get((cases * percent).div_ceil(100).saturating_sub(1)).copied();
        Self { objective, cases, in_time, median: rank(50), ninetieth: rank(90), longest: rank(100) }
    }

    /// How many of a hundred were in time; none without cases.
    #[must_use]
    pub fn percent_in_time(&self) -> Option<u32> {
        percent(self.in_time, self.cases)
    }
}

/// Steps that were done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StepCount {
    /// By the program.
    pub automatic: usize,
    /// By people, because a system cannot do them.
    pub by_hand: usize,
    /// How many of them gave again what somebody had taken away in a system.
    pub repairs: usize,
}

impl StepCount {
    /// How many of a hundred nobody had to do by hand; none without steps.
    #[must_use]
    pub fn percent_automatic(&self) -> Option<u32> {
        percent(self.automatic, self.automatic + self.by_hand)
    }
}

/// Requests that were made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RequestCount {
    /// How many.
    pub submitted: usize,
    /// How many a rule approved without anybody.
    pub automatic: usize,
    /// How many administrators made for others.
    pub by_administrators: usize,
    /// How many were denied.
    pub denied: usize,
    /// How many lapsed, because nobody decided.
    pub lapsed: usize,
    /// How many wait still: for a decision, or for what they give.
    pub waiting: usize,
}

impl RequestCount {
    /// How many of a hundred administrators made for others; none without requests.
    #[must_use]
    pub fn percent_by_administrators(&self) -> Option<u32> {
        percent(self.by_administrators, self.submitted)
    }
}

/// Days of paid seats that nobody used: of people who had left, and of people who had not used them for longer than the
/// policy's `idle_after`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SeatWaste {
    /// Where.
    pub target: TargetId,
    /// The tier.
    pub tier: String,
    /// Whole days, seat by seat.
    pub days: i64,
    /// How many of them of people who had left.
    pub of_leavers: i64,
    /// Since when the use of the seats is looked at. Of the time before, only the gap after the last use that was known is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_since: Option<DateTime<Utc>>,
    /// What they cost, a day being a 365th of the year's price.
    pub cost: Money,
}

fn percent(part: usize, whole: usize) -> Option<u32> {
    let rounded = (part * 100 + whole / 2).checked_div(whole)?;
    u32::try_from(rounded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_observed_times_and_shares_are_rounded() {
        let objective = Term::BusinessDays(1);
        let timing = Timing::of(objective, (1..=10).map(|n| (n * 10, n <= 7)));
        assert_eq!((timing.median, timing.ninetieth, timing.longest), (Some(50), Some(90), Some(100)));
        assert_eq!((timing.cases, timing.in_time, timing.percent_in_time()), (10, 7, Some(70)));
        let one = Timing::of(objective, [(5, true)]);
        assert_eq!((one.median, one.ninetieth, one.longest), (Some(5), Some(5), Some(5)));
        let none = Timing::of(objective, []);
        assert_eq!((none.median, none.longest, none.percent_in_time()), (None, None, None));
        assert_eq!((percent(1, 3), percent(2, 3), percent(1, 200)), (Some(33), Some(67), Some(1)));
    }
}
