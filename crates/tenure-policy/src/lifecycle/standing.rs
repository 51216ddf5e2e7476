//! Computes where an identity stands from dates, holds and overrides. Pure: the same input gives the same answer.

use chrono::{DateTime, Utc};

use super::{
    AccessEnd, LastDay, LeaveAccess, LeaveRule, LifecycleConfig, LifecycleState, Phase, TemporaryConfig,
};
use crate::identity::{Engagement, HoldKind, Leave, OverrideKind, Person, Workload, in_force};
use crate::time::{end_of_day, instant, start_of_day};

/// Where an identity stands, and everything about time that evaluation needs.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) state: LifecycleState,
    /// The engagements that give something now, the most important first.
    pub(crate) engagements: Vec<EngagementStanding>,
    /// When the last engagement ended, for leavers.
    pub(crate) left: Option<DateTime<Utc>>,
    /// When a future engagement begins, if one is known.
    pub(crate) returns: Option<DateTime<Utc>>,
    /// True while a legal hold forbids deletion.
    pub(crate) legal_hold: bool,
    /// The next instant at which any of this changes.
    pub(crate) next: NextChange,
}

/// One engagement that gives something now.
#[derive(Debug)]
pub(crate) struct EngagementStanding {
    /// Index into the person's engagements.
    pub(crate) index: usize,
    pub(crate) phase: EngagementPhase,
    /// Since when it gives (pre-hire window or first day).
    pub(crate) since: DateTime<Utc>,
    /// When access ends, if an end is known.
    pub(crate) until: Option<DateTime<Utc>>,
    pub(crate) temporary: bool,
}

#[derive(Debug)]
pub(crate) enum EngagementPhase {
    PreHire,
    Active,
    OnLeave { rule: LeaveRule, seats_released: bool },
}

/// Collects the earliest future instant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NextChange {
    now: DateTime<Utc>,
    at: Option<DateTime<Utc>>,
}

impl NextChange {
    pub(crate) fn new(now: DateTime<Utc>) -> Self {
        Self { now, at: None }
    }

    pub(crate) fn note(&mut self, at: DateTime<Utc>) {
        if at > self.now && at < DateTime::<Utc>::MAX_UTC && self.at.is_none_or(|known| at < known) {
            self.at = Some(at);
        }
    }

    pub(crate) fn note_opt(&mut self, at: Option<DateTime<Utc>>) {
        if let Some(at) = at {
            self.note(at);
        }
    }

    pub(crate) fn at(&self) -> Option<DateTime<Utc>> {
        self.at
    }
}

/// The instants of one engagement.
struct Bounds {
    index: usize,
    opens: DateTime<Utc>,
    begins: DateTime<Utc>,
    ends: Option<DateTime<Utc>>,
    temporary: bool,
}

impl Standing {
    pub(crate) fn of_person(
        person: &Person,
        config: &LifecycleConfig,
        temporary: &TemporaryConfig,
        now: DateTime<Utc>,
    ) -> Self {
        let mut next = NextChange::new(now);
        for (from, until) in person
            .holds
            .iter()
            .map(|h| (h.from, h.until))
            .chain(person.overrides.iter().map(|o| (o.from, o.until)))
        {
            next.note_opt(from);
            next.note_opt(until);
        }
        let legal_hold =
            person.holds.iter().any(|h| h.kind == HoldKind::Legal && in_force(h.from, h.until, now));
        let bounds = bounds(person, config, temporary);
        let mut engagements = Vec::new();
        for b in &bounds {
            next.note(b.opens);
            next.note(b.begins);
            next.note_opt(b.ends);
            let engagement = &person.engagements;
            let Some(engagement) = engagement.get(b.index) else { continue };
            if let Some(standing) = engagement_standing(engagement, b, config, now, &mut next) {
                engagements.push(standing);
            }
        }
        let rank = |s: &EngagementStanding| {
            let engagement = person.engagements.get(s.index);
            (
                !matches!(s.phase, EngagementPhase::Active),
                engagement.is_none_or(|e| !e.primary),
                engagement.map_or(usize::MAX, |e| precedence(config, &e.kind)),
                s.since,
                engagement.map(|e| e.id.clone()),
            )
        };
        engagements.sort_by_cached_key(rank);
        let returns = bounds.iter().map(|b| b.begins).filter(|begins| *begins > now).min();
        let left = bounds.iter().filter_map(|b| b.ends).filter(|ends| *ends <= now).max();

        let mut standing =
            Self { state: planned(returns), engagements, left: None, returns, legal_hold, next };
        standing.decide(person, config, &bounds, left, now);
        standing
    }

    fn decide(
        &mut self,
        person: &Person,
        config: &LifecycleConfig,
        bounds: &[Bounds],
        left: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) {
        let decision =
            |kind| person.overrides.iter().find(|o| o.kind == kind && in_force(o.from, o.until, now));
        if let Some(order) = decision(OverrideKind::Terminate).or_else(|| decision(OverrideKind::Erase)) {
            let erase = decision(OverrideKind::Erase).is_some() && !self.legal_hold;
            let phase = if erase { Phase::Erased } else { Phase::Terminated };
            self.gone(phase, format!("ordered by {}: {}", order.by, order.reason), order.from, order.until);
            return;
        }
        let Some(best) = self.engagements.first() else {
            self.without_engagement(person, config, bounds, left, now);
            return;
        };
        let Some(engagement) = person.engagements.get(best.index) else { return };
        let (phase, reason) = match &best.phase {
            EngagementPhase::Active => {
                (Phase::Active, format!("engagement `{}` ({})", engagement.id, engagement.kind))
            }
            EngagementPhase::OnLeave { .. } => (Phase::OnLeave, leave_reason(engagement, now)),
            EngagementPhase::PreHire => {
                (Phase::PreHire, format!("engagement `{}` begins on {}", engagement.id, engagement.start))
            }
        };
        let begins = start_of_day(engagement.start, engagement.zone);
        let late = engagement.recorded.is_some_and(|recorded| recorded > begins);
        let (since, until) = match best.phase {
            EngagementPhase::PreHire => (Some(best.since), Some(begins)),
            _ => (Some(best.since), self.end_of_all()),
        };
        self.state = LifecycleState { phase, reason, since, until, late };

        let hold =
            person.holds.iter().find(|h| h.kind == HoldKind::Security && in_force(h.from, h.until, now));
        if let Some(hold) = hold {
            self.state = stopped(format!("security hold: {}", hold.reason), hold.from, hold.until, late);
        } else if let Some(order) = decision(OverrideKind::Suspend) {
            self.state =
                stopped(format!("ordered by {}: {}", order.by, order.reason), order.from, order.until, late);
        }
    }

    /// The latest end of the engagements that count; `None` when one of them is open.
    fn end_of_all(&self) -> Option<DateTime<Utc>> {
        self.engagements
            .iter()
            .map(|e| e.until)
            .try_fold(DateTime::<Utc>::MIN_UTC, |latest, until| Some(latest.max(until?)))
    }

    fn without_engagement(
        &mut self,
        person: &Person,
        config: &LifecycleConfig,
        bounds: &[Bounds],
        left: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) {
        if let Some(left) = left {
            let retained = config.leaver.delete_after.after(left);
            let erased = config.leaver.erase_after.map(|after| after.after(left));
            self.next.note(retained);
            self.next.note_opt(erased);
            let last =
                bounds.iter().find(|b| b.ends == Some(left)).and_then(|b| person.engagements.get(b.index));
            let reason = last.map_or_else(String::new, |e| format!("engagement `{}` ended", e.id));
            if erased.is_some_and(|at| at <= now) && !self.legal_hold {
                self.gone(Phase::Erased, reason, erased, None);
            } else if retained <= now {
                self.gone(Phase::Retained, reason, Some(retained), erased);
            } else {
                self.gone(Phase::Terminated, reason, Some(left), Some(retained));
            }
            self.left = Some(left);
        } else if bounds.is_empty() {
            let reason =
                if person.engagements.is_empty() { "no engagement" } else { "the hire was called off" };
            self.gone(Phase::Terminated, reason.to_owned(), None, None);
        }
    }

    fn gone(
        &mut self,
        phase: Phase,
        reason: String,
        since: Option<DateTime<Utc>>,
        until: Option<DateTime<Utc>>,
    ) {
        self.engagements.clear();
        self.left = since;
        self.state = LifecycleState { phase, reason, since, until, late: false };
    }

    pub(crate) fn of_workload(workload: &Workload, config: &LifecycleConfig, now: DateTime<Utc>) -> Self {
        let mut next = NextChange::new(now);
        let ends = workload.expires.map(|last| end_of_day(last, workload.zone));
        next.note_opt(ends);
        let gone = ends.filter(|ends| *ends <= now);
        let state = match gone {
            Some(ended) => {
                let retained = config.leaver.delete_after.after(ended);
                next.note(retained);
                let phase = if retained <= now { Phase::Retained } else { Phase::Terminated };
                let reason = format!("expired; it was for: {}", workload.purpose);
                LifecycleState { phase, reason, since: Some(ended), until: None, late: false }
            }
            None => LifecycleState {
                phase: Phase::Active,
                reason: workload.purpose.clone(),
                since: None,
                until: ends,
                late: false,
            },
        };
        Self { state, engagements: Vec::new(), left: gone, returns: None, legal_hold: false, next }
    }
}

fn planned(returns: Option<DateTime<Utc>>) -> LifecycleState {
    LifecycleState {
        phase: Phase::Planned,
        reason: "the engagement has not begun".to_owned(),
        since: None,
        until: returns,
        late: false,
    }
}

fn stopped(
    reason: String,
    since: Option<DateTime<Utc>>,
    until: Option<DateTime<Utc>>,
    late: bool,
) -> LifecycleState {
    LifecycleState { phase: Phase::Suspended, reason, since, until, late }
}

fn bounds(person: &Person, config: &LifecycleConfig, temporary: &TemporaryConfig) -> Vec<Bounds> {
    let mut all: Vec<Bounds> = person
        .engagements
        .iter()
        .enumerate()
        .filter(|(_, engagement)| !engagement.rescinded)
        .map(|(index, engagement)| {
            let begins = start_of_day(engagement.start, engagement.zone);
            let is_temporary = temporary.is_temporary(&engagement.kind);
            let open_end = is_temporary.then(|| temporary.default.after(begins));
            let ends = access_end(engagement, config).or(open_end);
            Bounds { index, opens: config.prehire.before(begins), begins, ends, temporary: is_temporary }
        })
        .collect();
    // The order of the input must not matter.
    all.sort_by_key(|b| person.engagements.get(b.index).map(|engagement| &engagement.id));
    if !config.bridge.is_zero() {
        let begins: Vec<_> = all.iter().map(|b| b.begins).collect();
        for b in &mut all {
            let Some(ends) = b.ends else { continue };
            let follows =
                begins.iter().filter(|next| **next > ends && **next <= config.bridge.after(ends)).min();
            b.ends = Some(follows.copied().unwrap_or(ends));
        }
    }
    all
}

/// When access of an engagement ends: the ordered instant, else the policy's moment of the last day.
pub(super) fn access_end(engagement: &Engagement, config: &LifecycleConfig) -> Option<DateTime<Utc>> {
    if let Some(ordered) = engagement.access_ends {
        return Some(ordered);
    }
    let last = match config.leaver.last_day {
        LastDay::ContractEnd => engagement.end,
        LastDay::LastDayWorked => engagement.last_day_worked.or(engagement.end),
    }?;
    Some(match config.leaver.disable {
        AccessEnd::EndOfLastDay => end_of_day(last, engagement.zone),
        AccessEnd::StartOfLastDay => start_of_day(last, engagement.zone),
        AccessEnd::At(time) => instant(last.and_time(time), engagement.zone),
    })
}

fn engagement_standing(
    engagement: &Engagement,
    bounds: &Bounds,
    config: &LifecycleConfig,
    now: DateTime<Utc>,
    next: &mut NextChange,
) -> Option<EngagementStanding> {
    if now < bounds.opens || bounds.ends.is_some_and(|ends| ends <= now) {
        return None;
    }
    let mut standing = EngagementStanding {
        index: bounds.index,
        phase: EngagementPhase::PreHire,
        since: bounds.opens,
        until: bounds.ends,
        temporary: bounds.temporary,
    };
    if now < bounds.begins {
        return Some(standing);
    }
    standing.since = bounds.begins;
    standing.phase = EngagementPhase::Active;
    for leave in &engagement.leaves {
        next.note(start_of_day(leave.start, engagement.zone));
        next.note_opt(leave.end.map(|last| end_of_day(last, engagement.zone)));
    }
    if let Some(leave) = current_leave(engagement, now) {
        let rule = config.leave_rule(&leave.kind);
        let began = start_of_day(leave.start, engagement.zone);
        let release = rule.release_seats_after.map(|after| after.after(began));
        next.note_opt(release);
        standing.phase =
            EngagementPhase::OnLeave { rule, seats_released: release.is_some_and(|at| at <= now) };
    }
    Some(standing)
}

/// The leave in force; where two overlap, the stricter by start, then by kind, so that input order never matters.
fn current_leave(engagement: &Engagement, now: DateTime<Utc>) -> Option<&Leave> {
    engagement
        .leaves
        .iter()
        .filter(|leave| {
            start_of_day(leave.start, engagement.zone) <= now
                && leave.end.is_none_or(|last| now < end_of_day(last, engagement.zone))
        })
        .min_by(|a, b| (a.start, &a.kind).cmp(&(b.start, &b.kind)))
}

fn leave_reason(engagement: &Engagement, now: DateTime<Utc>) -> String {
    match current_leave(engagement, now) {
        Some(leave) => {
            let until = leave.end.map(|last| format!(" to {last}")).unwrap_or_default();
            format!("{} leave from {}{until}, engagement `{}`", leave.kind, leave.start, engagement.id)
        }
        None => String::new(),
    }
}

fn precedence(config: &LifecycleConfig, kind: &str) -> usize {
    config.precedence.iter().position(|known| known.eq_ignore_ascii_case(kind)).unwrap_or(usize::MAX)
}

impl EngagementStanding {
    /// True when accounts stay enabled under this engagement.
    pub(crate) fn works(&self) -> bool {
        match &self.phase {
            EngagementPhase::Active => true,
            EngagementPhase::OnLeave { rule, .. } => rule.access != LeaveAccess::Suspend,
            EngagementPhase::PreHire => false,
        }
    }
}
