use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use tenure_policy::{Condition, IdentityId, RuleId, Span, TargetId, start_of_day};

use crate::{Calendar, Term};

/// Objectives: the `measures` part of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MeasuresSpec {
    /// Within how long of its event access should be there.
    pub access_within: Term,
    /// Within how long of its event access should be gone.
    pub removal_within: Term,
}

impl Default for MeasuresSpec {
    fn default() -> Self {
        Self { access_within: Term::BusinessDays(1), removal_within: Term::Time(Span::hours(4)) }
    }
}

/// A pilot: some people and systems for 30 to 60 days, compared with as many days before.
///
/// `{ id: support, from: 2026-03-02, until: 2026-04-12, who: 'department eq "Support"', targets: [desk] }`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PilotSpec {
    /// The pilot's key.
    pub id: RuleId,
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day.
    pub until: NaiveDate,
    /// The people of whom this holds take part; everybody, when neither this nor `people` is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<Condition>,
    /// These people take part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<IdentityId>,
    /// The systems that take part; all, when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<TargetId>,
    /// What was known of the old way, where the trail does not reach back.
    #[serde(default, skip_serializing_if = "Baseline::is_empty")]
    pub baseline: Baseline,
}

/// What was known of the old way before anything was measured: `{ access: 5d, removal: 12d, automatic_percent: 10 }`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Baseline {
    /// How long it took until access was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<Span>,
    /// How long it took until access was gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removal: Option<Span>,
    /// How many of a hundred steps nobody had to do by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automatic_percent: Option<u8>,
    /// How many of a hundred requests administrators made for others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_administrators_percent: Option<u8>,
}

impl Baseline {
    /// Whether nothing was known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl PilotSpec {
    /// How many days it has.
    #[must_use]
    pub fn days(&self) -> i64 {
        (self.until - self.from).num_days() + 1
    }

    /// Its first instant, and the one after its last.
    #[must_use]
    pub fn window(&self, calendar: &Calendar) -> (DateTime<Utc>, DateTime<Utc>) {
        let end = self.until.succ_opt().unwrap_or(self.until);
        (start_of_day(self.from, calendar.zone), start_of_day(end, calendar.zone))
    }
}
