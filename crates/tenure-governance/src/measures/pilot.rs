use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tenure_policy::{IdentityId, Span, TargetId};

use super::model::{MeasureScope, Measures};
use crate::keep::{self, Change, Kept, Record, SYSTEM};
use crate::{Baseline, Governance, GovernanceError, Message, MessageKind, PilotSpec, Result};

/// A pilot held against the time before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PilotResult {
    /// The pilot, as it is written.
    pub pilot: PilotSpec,
    /// As of when; the end of the pilot, once it is over.
    pub at: DateTime<Utc>,
    /// How many people and services take part.
    pub people: usize,
    /// As many days before it as it has had so far.
    pub before: Measures,
    /// The pilot so far.
    pub after: Measures,
    /// The two held against each other, and against what was known of the old way.
    pub compared: Vec<Compared>,
}

/// One measure before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Compared {
    /// What is measured.
    pub what: String,
    /// Of what the figures are.
    pub unit: Unit,
    /// Before; none, where nothing happened or nothing was known.
    pub before: Option<i64>,
    /// Whether `before` was not measured but told in the baseline.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told: bool,
    /// After.
    pub after: Option<i64>,
    /// Whether more is better.
    pub more_is_better: bool,
}

/// Of what a figure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Of a hundred.
    Percent,
    /// Pieces.
    Count,
}

impl Compared {
    /// Whether it became better; none, when it did not change or cannot be said.
    #[must_use]
    pub fn is_better(&self) -> Option<bool> {
        let (before, after) = self.before.zip(self.after)?;
        (before != after).then_some((after > before) == self.more_is_better)
    }
}

const PREFIX: &str = "governance/pilot/";

impl Governance {
    /// Who and what a pilot concerns, by its rules and as people are now: what its plans are limited to.
    ///
    /// # Errors
    ///
    /// `NotFound`, when there is no such pilot; `Engine`, when the store fails.
    pub async fn pilot_scope(
        &self,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<(Option<BTreeSet<IdentityId>>, Option<BTreeSet<TargetId>>)> {
        let spec = self.pilot_spec(id)?;
        let people = match (&spec.who, spec.people.is_empty()) {
            (None, true) => None,
            _ => {
                let mut people: BTreeSet<IdentityId> = spec.people.iter().cloned().collect();
                if let Some(who) = &spec.who {
                    people.extend(self.of_whom(&[who], now).await?);
                }
                Some(people)
            }
        };
        let targets = (!spec.targets.is_empty()).then(|| spec.targets.iter().cloned().collect());
        Ok((people, targets))
    }

    /// A pilot held against as many days before it; once it is over, as it was at its end.
    ///
    /// # Errors
    ///
    /// `NotFound`, when there is no such pilot; `Refused`, when it has not begun; `Store`, `Corrupt` or `Engine`, when the store fails.
    pub async fn pilot(&self, id: &str, now: DateTime<Utc>) -> Result<PilotResult> {
        let kept: Option<Kept<PilotResult>> =
            keep::read(self.store(), &format!("{PREFIX}{id}"), "pilot").await?;
        if let Some(kept) = kept {
            return Ok(kept.value);
        }
        let spec = self.pilot_spec(id)?.clone();
        let (from, end) = spec.window(&self.rules.document().calendar);
        let until = end.min(now);
        if until <= from {
            let detail =
                format!("expected a pilot that has begun, found `{id}`, which begins on {}", spec.from);
            return Err(GovernanceError::refused(detail));
        }
        let (people, targets) = self.pilot_scope(id, now).await?;
        let count = match &people {
            Some(people) => people.len(),
            None => {
                let mut all = 0;
                self.each_identity(|_| all += 1).await?;
                all
            }
        };
        self.advance_seats(now).await?;
        let trail = self.trail_since(from - (until - from)).await?;
        let scope =
            |from, until| MeasureScope { from, until, people: people.clone(), targets: targets.clone() };
        let before = self.measures_of(&scope(from - (until - from), from), &trail, now).await?;
        let after = self.measures_of(&scope(from, until), &trail, now).await?;
        let compared = compare(&before, &after, &spec.baseline);
        Ok(PilotResult { pilot: spec, at: until, people: count, before, after, compared })
    }

    /// Keeps the results of pilots that are over, once each, and tells the administrators. Returns which.
    ///
    /// # Errors
    ///
    /// `Store`, `Corrupt` or `Engine`, when the store fails.
    pub async fn advance_pilots(&self, now: DateTime<Utc>) -> Result<Vec<String>> {
        let mut ended = Vec::new();
        for spec in &self.rules.document().pilots {
            let (id, key) = (spec.id.as_str(), format!("{PREFIX}{}", spec.id));
            let (_, end) = spec.window(&self.rules.document().calendar);
            let known = self.store().value(&key).await.map_err(GovernanceError::Store)?;
            if now < end || known.is_some() {
                continue;
            }
            let result = self.pilot(id, now).await?;
            let mut change = Change::new(id, now);
            change.create(&key, &result)?;
            let why = json!({"from": spec.from, "until": spec.until, "compared": result.compared});
            change.audit(Record { actor: SYSTEM, action: "pilot.end", object: id, why, ..Record::default() });
            for administrator in &self.rules.document().administrators {
                let text = format!("the pilot {id} is over; its report is ready");
                change.tell(&Message::new(administrator, MessageKind::Notice, id, text, now))?;
            }
            match change.commit(self.store()).await {
                Ok(()) => ended.push(id.to_owned()),
                Err(GovernanceError::Raced { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(ended)
    }

    fn pilot_spec(&self, id: &str) -> Result<&PilotSpec> {
        let found = self.rules.document().pilots.iter().find(|pilot| pilot.id.as_str() == id);
        found.ok_or_else(|| GovernanceError::NotFound { what: "pilot", id: id.to_owned() })
    }
}

fn compare(before: &Measures, after: &Measures, baseline: &Baseline) -> Vec<Compared> {
    let row =
        |what: &str, unit, (before, told): (Option<i64>, Option<i64>), after, more_is_better| Compared {
            what: what.to_owned(),
            unit,
            before: before.or(told),
            told: before.is_none() && told.is_some(),
            after,
            more_is_better,
        };
    let seconds =
        |span: Option<Span>| span.map(|span| (span.after(after.scope.from) - after.scope.from).num_seconds());
    let count = |number: usize| Some(i64::try_from(number).unwrap_or(i64::MAX));
    let percent = |share: Option<u32>| share.map(i64::from);
    let wasted = |measures: &Measures| Some(measures.seats.iter().map(|seat| seat.days).sum());
    let told = |share: Option<u8>| share.map(i64::from);
    vec![
        row(
            "time to access",
            Unit::Seconds,
            (before.access.median, seconds(baseline.access)),
            after.access.median,
            false,
        ),
        row(
            "access in time",
            Unit::Percent,
            (percent(before.access.percent_in_time()), None),
            percent(after.access.percent_in_time()),
            true,
        ),
        row(
            "time to removal",
            Unit::Seconds,
            (before.removal.median, seconds(baseline.removal)),
            after.removal.median,
            false,
        ),
        row(
            "removal in time",
            Unit::Percent,
            (percent(before.removal.percent_in_time()), None),
            percent(after.removal.percent_in_time()),
            true,
        ),
        row(
            "done without anybody",
            Unit::Percent,
            (percent(before.steps.percent_automatic()), told(baseline.automatic_percent)),
            percent(after.steps.percent_automatic()),
            true,
        ),
        row(
            "requests made by administrators",
            Unit::Percent,
            (percent(before.requests.percent_by_administrators()), told(baseline.by_administrators_percent)),
            percent(after.requests.percent_by_administrators()),
            false,
        ),
        row("seat-days nobody used", Unit::Count, (wasted(before), None), wasted(after), false),
        row("complaints", Unit::Count, (count(before.complaints), None), count(after.complaints), false),
        row("praise", Unit::Count, (count(before.praise), None), count(after.praise), true),
    ]
}
