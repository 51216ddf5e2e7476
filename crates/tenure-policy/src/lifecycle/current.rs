//! The engagements that give something now, where nothing else about the standing is asked.

use chrono::{DateTime, TimeDelta, Utc};

use super::standing::access_end;
use crate::compile::Parts;
use crate::identity::{Engagement, OverrideKind, Person, in_force};
use crate::lifecycle::Standing;
use crate::time::start_of_day;

/// Indices of the engagements that [`Standing`] has, in its order; the usual person with one engagement costs no allocation.
pub(crate) fn current_engagements(parts: &Parts, person: &Person, now: DateTime<Utc>, out: &mut Vec<usize>) {
    out.clear();
    let document = &parts.document;
    let [only] = person.engagements.as_slice() else {
        let standing = Standing::of_person(person, &document.lifecycle, &document.temporary, now);
        out.extend(standing.engagements.iter().map(|engaged| engaged.index));
        return;
    };
    let ended = person.overrides.iter().any(|order| {
        matches!(order.kind, OverrideKind::Terminate | OverrideKind::Erase)
            && in_force(order.from, order.until, now)
    });
    if !ended && is_current(parts, only, now) {
        out.push(0);
    }
}

fn is_current(parts: &Parts, engagement: &Engagement, now: DateTime<Utc>) -> bool {
    let document = &parts.document;
    if engagement.rescinded {
        return false;
    }
    let temporary = document.temporary.is_temporary(&engagement.kind);
    let open_end = !temporary && access_end(engagement, &document.lifecycle).is_none();
    // No zone is two days from UTC.
    if open_end && now.date_naive().signed_duration_since(engagement.start) > TimeDelta::days(2) {
        return true;
    }
    let begins = start_of_day(engagement.start, engagement.zone);
    let ends = access_end(engagement, &document.lifecycle)
        .or_else(|| temporary.then(|| document.temporary.default.after(begins)));
    // An engagement that ends before it begins is its own successor where ends are bridged.
    let bridge = document.lifecycle.bridge;
    let ends = ends.map(|ends| match !bridge.is_zero() && begins > ends && begins <= bridge.after(ends) {
        true => begins,
        false => ends,
    });
    now >= document.lifecycle.prehire.before(begins) && ends.is_none_or(|ends| now < ends)
}
