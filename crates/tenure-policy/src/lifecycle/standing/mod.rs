//! Computes where an identity stands from dates, holds and overrides. Pure: the same input gives the same answer.

mod bounds;
mod why;

use chrono::{DateTime, Utc};

pub(super) use self::bounds::access_end;
use self::bounds::{Bounds, Days, bounds, gone_before};
use self::why::Why;
use super::{LeaveAccess, LifecycleConfig, Phase, TemporaryConfig};
use crate::identity::{Engagement, HoldKind, Override, OverrideKind, Person, Workload, in_force};
use crate::time::{end_of_day, start_of_day};

/// Where an identity stands, and everything about time that evaluation needs. One can be filled again and again.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) phase: Phase,
    why: Why,
    since: Option<DateTime<Utc>>,
    pub(crate) until: Option<DateTime<Utc>>,
    late: bool,
    /// The engagements that give something now, the most important first.
    pub(crate) engagements: Vec<EngagementStanding>,
    /// When the last engagement ended, for leavers.
    pub(crate) left: Option<DateTime<Utc>>,
    /// When a future engagement begins, if one is known.
    pub(crate) returns: Option<DateTime<Utc>>,
    /// For who is back: when they left last. Grants from before that ended then.
    pub(crate) gone_before: Option<DateTime<Utc>>,
    /// True while a legal hold forbids deletion.
    pub(crate) legal_hold: bool,
    /// The next instant at which any of this changes.
    pub(crate) next: NextChange,
    bounds: Vec<Bounds>,
    days: Days,
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

#[derive(Clone, Copy, Debug)]
pub(crate) enum EngagementPhase {
    PreHire,
    Active,
    OnLeave {
        /// Index into the engagement's leaves.
        leave: usize,
        access: LeaveAccess,
        seats_released: bool,
    },
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

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.now
    }
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            phase: Phase::Planned,
            why: Why::NotBegun,
            since: None,
            until: None,
            late: false,
            engagements: Vec::new(),
            left: None,
            returns: None,
            gone_before: None,
            legal_hold: false,
            next: NextChange::new(DateTime::<Utc>::MIN_UTC),
            bounds: Vec::new(),
            days: Days::default(),
        }
    }
}

impl Standing {
    pub(crate) fn of_person(
        person: &Person,
        config: &LifecycleConfig,
        temporary: &TemporaryConfig,
        now: DateTime<Utc>,
    ) -> Self {
        let mut standing = Self::default();
        standing.person(person, config, temporary, now);
        standing
    }

    fn reset(&mut self, now: DateTime<Utc>) {
        (self.since, self.until, self.late) = (None, None, false);
        (self.left, self.returns, self.gone_before, self.legal_hold) = (None, None, None, false);
        self.engagements.clear();
        self.next = NextChange::new(now);
    }

    /// Fills in where a person stands.
    pub(crate) fn person(
        &mut self,
        person: &Person,
        config: &LifecycleConfig,
        temporary: &TemporaryConfig,
        now: DateTime<Utc>,
    ) {
        self.reset(now);
        let holds = person.holds.iter().map(|h| (h.from, h.until));
        for (from, until) in holds.chain(person.overrides.iter().map(|o| (o.from, o.until))) {
            self.next.note_opt(from);
            self.next.note_opt(until);
        }
        self.legal_hold =
            person.holds.iter().any(|h| h.kind == HoldKind::Legal && in_force(h.from, h.until, now));
        let mut all = std::mem::take(&mut self.bounds);
        bounds(person, config, temporary, &mut self.days, &mut all);
        let mut left: Option<DateTime<Utc>> = None;
        for b in &all {
            self.next.note(b.opens);
            self.next.note(b.begins);
            self.next.note_opt(b.ends);
            if b.begins > now {
                self.returns = Some(self.returns.map_or(b.begins, |known| known.min(b.begins)));
            }
            left = left.max(b.ends.filter(|ends| *ends <= now));
            let Some(engagement) = person.engagements.get(b.index) else { continue };
            if let Some(standing) = engagement_standing(engagement, b, config, now, &mut self.next) {
                self.engagements.push(standing);
            }
        }
        if self.engagements.len() > 1 {
            self.engagements.sort_by(|a, b| rank(person, config, a).cmp(&rank(person, config, b)));
        }
        self.gone_before = gone_before(&all, now);
        self.decide(person, config, &all, left, now);
        self.bounds = all;
    }

    fn decide(
        &mut self,
        person: &Person,
        config: &LifecycleConfig,
        bounds: &[Bounds],
        left: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) {
        let everywhere = |o: &Override| o.target.is_none() || o.kind != OverrideKind::Suspend;
        let stands = |o: &Override| everywhere(o) && in_force(o.from, o.until, now);
        let decision = |kind| person.overrides.iter().position(|o| o.kind == kind && stands(o));
        let erase = decision(OverrideKind::Erase);
        if let Some(at) = decision(OverrideKind::Terminate).or(erase) {
            let phase = if erase.is_some() && !self.legal_hold { Phase::Erased } else { Phase::Terminated };
            let term = person.overrides.get(at).map(|order| (order.from, order.until)).unwrap_or_default();
            self.gone(phase, Why::Order(at), term.0, term.1);
            return;
        }
        let Some(best) = self.engagements.first() else {
            self.without_engagement(config, bounds, left, now, person.engagements.is_empty());
            return;
        };
        let Some(engagement) = person.engagements.get(best.index) else { return };
        let begins = self.days.start(engagement.start, engagement.zone);
        (self.phase, self.why) = match best.phase {
            EngagementPhase::Active => (Phase::Active, Why::Engagement(best.index)),
            EngagementPhase::OnLeave { .. } => (Phase::OnLeave, Why::Leave(best.index)),
            EngagementPhase::PreHire => (Phase::PreHire, Why::Begins(best.index)),
        };
        self.late = engagement.recorded.is_some_and(|recorded| recorded > begins);
        self.since = Some(best.since);
        self.until = match best.phase {
            EngagementPhase::PreHire => Some(begins),
            _ => self.end_of_all(),
        };
        let is_hold = |hold: &crate::identity::Hold| {
            hold.kind == HoldKind::Security && in_force(hold.from, hold.until, now)
        };
        let stop = match person.holds.iter().enumerate().find(|(_, hold)| is_hold(hold)) {
            Some((at, hold)) => Some((Why::Hold(at), hold.from, hold.until)),
            None => decision(OverrideKind::Suspend)
                .and_then(|at| Some((at, person.overrides.get(at)?)))
                .map(|(at, order)| (Why::Order(at), order.from, order.until)),
        };
        if let Some((why, from, until)) = stop {
            (self.phase, self.why, self.since, self.until) = (Phase::Suspended, why, from, until);
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
        config: &LifecycleConfig,
        bounds: &[Bounds],
        left: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
        none: bool,
    ) {
        if let Some(left) = left {
            let retained = config.leaver.delete_after.after(left);
            let erased = config.leaver.erase_after.map(|after| after.after(left));
            self.next.note(retained);
            self.next.note_opt(erased);
            let why = Why::Ended(bounds.iter().find(|b| b.ends == Some(left)).map(|b| b.index));
            if erased.is_some_and(|at| at <= now) && !self.legal_hold {
                self.gone(Phase::Erased, why, erased, None);
            } else if retained <= now {
                self.gone(Phase::Retained, why, Some(retained), erased);
            } else {
                self.gone(Phase::Terminated, why, Some(left), Some(retained));
            }
            self.left = Some(left);
        } else if bounds.is_empty() {
            let why = if none { Why::NoEngagement } else { Why::CalledOff };
            self.gone(Phase::Terminated, why, None, None);
        } else {
            (self.phase, self.why, self.until) = (Phase::Planned, Why::NotBegun, self.returns);
        }
    }

    fn gone(&mut self, phase: Phase, why: Why, since: Option<DateTime<Utc>>, until: Option<DateTime<Utc>>) {
        self.engagements.clear();
        self.left = since;
        (self.phase, self.why, self.since, self.until, self.late) = (phase, why, since, until, false);
    }

    /// Fills in where a workload stands.
    pub(crate) fn workload(&mut self, workload: &Workload, config: &LifecycleConfig, now: DateTime<Utc>) {
        self.reset(now);
        let ends = workload.expires.map(|last| end_of_day(last, workload.zone));
        self.next.note_opt(ends);
        self.left = ends.filter(|ends| *ends <= now);
        match self.left {
            Some(ended) => {
                let retained = config.leaver.delete_after.after(ended);
                self.next.note(retained);
                self.phase = if retained <= now { Phase::Retained } else { Phase::Terminated };
                (self.why, self.since) = (Why::Expired, Some(ended));
            }
            None => (self.phase, self.why, self.until) = (Phase::Active, Why::Purpose, ends),
        }
    }
}

/// The order in which engagements count: at work, primary, by declared precedence, the longest, by id.
fn rank<'a>(
    person: &'a Person,
    config: &LifecycleConfig,
    standing: &EngagementStanding,
) -> (bool, bool, usize, DateTime<Utc>, Option<&'a crate::id::EngagementId>) {
    let engagement = person.engagements.get(standing.index);
    (
        !matches!(standing.phase, EngagementPhase::Active),
        engagement.is_none_or(|e| !e.primary),
        engagement.map_or(usize::MAX, |e| precedence(config, &e.kind)),
        standing.since,
        engagement.map(|e| &e.id),
    )
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
    if let Some(at) = current_leave(engagement, now)
        && let Some(leave) = engagement.leaves.get(at)
    {
        let rule = config.rule_of_leave(&leave.kind);
        let began = start_of_day(leave.start, engagement.zone);
        let release = rule.and_then(|rule| rule.release_seats_after).map(|after| after.after(began));
        next.note_opt(release);
        let access = rule.map(|rule| rule.access).unwrap_or_default();
        let seats_released = release.is_some_and(|at| at <= now);
        standing.phase = EngagementPhase::OnLeave { leave: at, access, seats_released };
    }
    Some(standing)
}

/// The leave in force; where two overlap, the one that began first, then by kind, so that input order never matters.
fn current_leave(engagement: &Engagement, now: DateTime<Utc>) -> Option<usize> {
    let leaves = engagement.leaves.iter().enumerate();
    leaves
        .filter(|(_, leave)| {
            start_of_day(leave.start, engagement.zone) <= now
                && leave.end.is_none_or(|last| now < end_of_day(last, engagement.zone))
        })
        .min_by(|(_, a), (_, b)| (a.start, &a.kind).cmp(&(b.start, &b.kind)))
        .map(|(at, _)| at)
}

fn precedence(config: &LifecycleConfig, kind: &str) -> usize {
    config.precedence.iter().position(|known| known.eq_ignore_ascii_case(kind)).unwrap_or(usize::MAX)
}

impl EngagementStanding {
    /// True when accounts stay enabled under this engagement.
    pub(crate) fn works(&self) -> bool {
        match self.phase {
            EngagementPhase::Active => true,
            EngagementPhase::OnLeave { access, .. } => access != LeaveAccess::Suspend,
            EngagementPhase::PreHire => false,
        }
    }
}
