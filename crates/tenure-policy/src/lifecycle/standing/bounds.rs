//! The instants of one engagement: when it opens, begins and ends.

use chrono::{DateTime, NaiveDate, Utc};
use rustc_hash::FxHashMap;

use crate::identity::{Engagement, Person};
use crate::lifecycle::{AccessEnd, LastDay, LifecycleConfig, TemporaryConfig};
use crate::time::{Zone, end_of_day, instant, start_of_day};

/// The instants of one engagement.
#[derive(Debug)]
pub(super) struct Bounds {
    pub(super) index: usize,
    pub(super) opens: DateTime<Utc>,
    pub(super) begins: DateTime<Utc>,
    pub(super) ends: Option<DateTime<Utc>>,
    pub(super) temporary: bool,
}

/// When days begin, of those met so far: people share first days, and a zone's rules take time to read.
#[derive(Debug, Default)]
pub(super) struct Days(FxHashMap<(NaiveDate, Zone), DateTime<Utc>>);

impl Days {
    pub(super) fn start(&mut self, day: NaiveDate, zone: Zone) -> DateTime<Utc> {
        if let Some(known) = self.0.get(&(day, zone)) {
            return *known;
        }
        if self.0.len() >= MOST {
            self.0.clear();
        }
        let start = start_of_day(day, zone);
        self.0.insert((day, zone), start);
        start
    }

    pub(super) fn end(&mut self, day: NaiveDate, zone: Zone) -> DateTime<Utc> {
        day.succ_opt().map_or(DateTime::<Utc>::MAX_UTC, |next| self.start(next, zone))
    }
}

/// The bounds of every engagement that was not called off, in the order of their ids.
pub(super) fn bounds(
    person: &Person,
    config: &LifecycleConfig,
    temporary: &TemporaryConfig,
    days: &mut Days,
    all: &mut Vec<Bounds>,
) {
    all.clear();
    for (index, engagement) in person.engagements.iter().enumerate().filter(|(_, e)| !e.rescinded) {
        let begins = days.start(engagement.start, engagement.zone);
        let is_temporary = temporary.is_temporary(&engagement.kind);
        let open_end = is_temporary.then(|| temporary.default.after(begins));
        let ends = access_end_by(engagement, config, |day| days.end(day, engagement.zone)).or(open_end);
        let opens = config.prehire.before(begins);
        all.push(Bounds { index, opens, begins, ends, temporary: is_temporary });
    }
    if all.len() > 1 {
        // The order of the input must not matter.
        all.sort_by(|a, b| {
            let id = |b: &Bounds| person.engagements.get(b.index).map(|engagement| &engagement.id);
            id(a).cmp(&id(b))
        });
    }
    if !config.bridge.is_zero() {
        for at in 0..all.len() {
            let Some(ends) = all.get(at).and_then(|b| b.ends) else { continue };
            let last = config.bridge.after(ends);
            let follows = all.iter().map(|b| b.begins).filter(|next| *next > ends && *next <= last).min();
            if let (Some(follows), Some(own)) = (follows, all.get_mut(at)) {
                own.ends = Some(follows);
            }
        }
    }
}

/// For who is here at an instant, and was gone before: the last end before this stretch of engagements without a gap began.
pub(super) fn gone_before(all: &[Bounds], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    if all.len() < 2 {
        return None;
    }
    let here = |b: &&Bounds| b.opens <= now && b.ends.is_none_or(|ends| now < ends);
    let mut start = all.iter().filter(here).map(|b| b.opens).min()?;
    let reaches = |start| move |b: &&Bounds| b.opens < start && b.ends.is_none_or(|ends| start <= ends);
    while let Some(earlier) = all.iter().filter(reaches(start)).map(|b| b.opens).min() {
        start = earlier;
    }
    all.iter().filter_map(|b| b.ends).filter(|ends| *ends < start).max()
}

/// When access of an engagement ends: the ordered instant, else the policy's moment of the last day.
pub(in crate::lifecycle) fn access_end(
    engagement: &Engagement,
    config: &LifecycleConfig,
) -> Option<DateTime<Utc>> {
    access_end_by(engagement, config, |day| end_of_day(day, engagement.zone))
}

fn access_end_by(
    engagement: &Engagement,
    config: &LifecycleConfig,
    end_of: impl FnOnce(NaiveDate) -> DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    if let Some(ordered) = engagement.access_ends {
        return Some(ordered);
    }
    let last = match config.leaver.last_day {
        LastDay::ContractEnd => engagement.end,
        LastDay::LastDayWorked => engagement.last_day_worked.or(engagement.end),
    }?;
    Some(match config.leaver.disable {
        AccessEnd::EndOfLastDay => end_of(last),
        AccessEnd::StartOfLastDay => start_of_day(last, engagement.zone),
        AccessEnd::At(time) => instant(last.and_time(time), engagement.zone),
    })
}

const MOST: usize = 1 << 14;
