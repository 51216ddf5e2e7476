//! Looking at many identities one after the other.

use std::hint::black_box;

use super::{Engagement, Identity};

/// How many are read ahead.
const AHEAD: usize = 16;

/// The same identities in the same order, each read a little before its turn, so that it is in the processor's cache when it is
/// matched or evaluated: the waits for memory overlap. It changes no result.
///
/// # Examples
///
/// ```
/// use chrono::{DateTime, Utc};
/// use tenure_policy::{Identity, Matcher, read_ahead};
///
/// fn matches(matcher: &mut Matcher<'_>, people: &[Identity], now: DateTime<Utc>) -> usize {
///     read_ahead(people).map(|person| matcher.matches(person, now).len()).sum()
/// }
/// ```
pub fn read_ahead<'a>(
    identities: impl IntoIterator<Item = &'a Identity>,
) -> impl Iterator<Item = &'a Identity> {
    let mut rest = identities.into_iter().fuse();
    let mut block: [Option<&Identity>; AHEAD] = [None; AHEAD];
    let mut at = AHEAD;
    std::iter::from_fn(move || {
        if at == AHEAD {
            for slot in &mut block {
                *slot = rest.next();
                slot.iter().for_each(|identity| near(identity));
            }
            block.iter().flatten().for_each(|identity| far(identity));
            at = 0;
        }
        let next = block.get(at).copied().flatten()?;
        at += 1;
        Some(next)
    })
}

/// Reads what is one trip to memory away.
fn near(identity: &Identity) {
    identity.attributes().read_ahead();
    if let Some(engagement) = engagement(identity) {
        let there = (engagement.manager.is_some(), engagement.attributes.as_object().is_empty());
        black_box((engagement.start, engagement.access_ends, engagement.rescinded, there));
    }
}

/// Reads what is two trips away.
fn far(identity: &Identity) {
    black_box(engagement(identity).and_then(|engagement| engagement.kind.as_bytes().first()));
}

fn engagement(identity: &Identity) -> Option<&Engagement> {
    identity.as_person()?.engagements.first()
}
