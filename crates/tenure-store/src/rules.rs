//! The rules that every implementation of the store keeps, in one place.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::{
    AsOf, HeldRecord, IdentityRecord, LinkRecord, NameRecord, NameState, Result, StoreError, Ticket,
};

/// An entry of the history of held entitlements.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct HeldEvent {
    pub(crate) held: HeldRecord,
    pub(crate) effective: DateTime<Utc>,
    pub(crate) recorded: DateTime<Utc>,
    pub(crate) lost: bool,
}

/// Who holds a lease, and until when.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lease {
    pub(crate) holder: String,
    pub(crate) until: DateTime<Utc>,
}

/// A name is never given to a second identity, except when its reservation lapsed.
pub(crate) fn check_name(existing: Option<&NameRecord>, new: &NameRecord) -> Result<()> {
    let Some(old) = existing.filter(|old| old.identity != new.identity) else { return Ok(()) };
    match old.state {
        NameState::Reserved { until } if until <= new.at => Ok(()),
        _ => Err(StoreError::Conflict {
            what: "name",
            key: format!("{}:{}", new.space, new.value),
            expected: format!("a name that is free for `{}`", new.identity),
            found: format!("one that belongs to `{}`", old.identity),
        }),
    }
}

/// One account, one identity; one identity, one live account a target. What is deleted binds its id to nobody: some
/// systems give it to the next who comes.
pub(crate) fn check_link(
    account: Option<&LinkRecord>,
    live_account_of_identity: Option<&str>,
    new: &LinkRecord,
) -> Result<()> {
    if let Some(old) = account.filter(|old| old.is_live() && old.identity != new.identity) {
        return Err(StoreError::Conflict {
            what: "link",
            key: format!("{}/{}", new.target, new.account),
            expected: format!("an account that is free or belongs to `{}`", new.identity),
            found: format!("one that belongs to `{}`", old.identity),
        });
    }
    match live_account_of_identity.filter(|live| new.deleted.is_none() && *live != new.account) {
        Some(live) => Err(StoreError::Conflict {
            what: "link",
            key: format!("{}/{}", new.target, new.account),
            expected: format!("`{}` to have no other live account there", new.identity),
            found: format!("account `{live}`"),
        }),
        None => Ok(()),
    }
}

pub(crate) fn check_lease(
    existing: Option<&Lease>,
    name: &str,
    holder: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    match existing.filter(|lease| lease.holder != holder && lease.until > now) {
        Some(lease) => Err(StoreError::Conflict {
            what: "lease",
            key: name.to_owned(),
            expected: "a lease that is free or has run out".to_owned(),
            found: format!("one held by `{}` until {}", lease.holder, lease.until),
        }),
        None => Ok(()),
    }
}

pub(crate) fn check_holds(existing: Option<&Lease>, name: &str, holder: &str) -> Result<()> {
    match existing {
        Some(lease) if lease.holder == holder => Ok(()),
        other => Err(StoreError::Conflict {
            what: "lease",
            key: name.to_owned(),
            expected: format!("a lease held by `{holder}`"),
            found: other.map_or_else(|| "none".to_owned(), |lease| format!("one held by `{}`", lease.holder)),
        }),
    }
}

/// The refusal of who comes with a ticket that is void.
pub(crate) fn taken_over(ticket: &Ticket) -> StoreError {
    StoreError::Conflict {
        what: "work",
        key: format!("{}/{}", ticket.queue, ticket.work),
        expected: format!("one that was taken {} times", ticket.taken),
        found: "one that has ended or was taken over by another worker".to_owned(),
    }
}

/// A value that was read is replaced only as long as it is what was read.
pub(crate) fn check_value(found: Option<&Value>, key: &str, expected: &Value) -> Result<()> {
    if found.unwrap_or(&Value::Null) == expected {
        return Ok(());
    }
    Err(StoreError::Conflict {
        what: "value",
        key: key.to_owned(),
        expected: "what was read before".to_owned(),
        found: "what another has written meanwhile".to_owned(),
    })
}

/// Picks the version that held at a moment, as known at another: the latest effective one, of those the latest
/// recorded one.
pub(crate) fn identity_as_of(
    versions: impl IntoIterator<Item = IdentityRecord>,
    when: &AsOf,
) -> Option<IdentityRecord> {
    versions
        .into_iter()
        .filter(|version| version.recorded <= when.known && version.effective <= when.effective)
        .max_by_key(|version| (version.effective, version.recorded))
}

/// Replays the history up to a moment, as known at another. Events must come in the order of recording.
pub(crate) fn held_as_of(events: impl IntoIterator<Item = HeldEvent>, when: &AsOf) -> Vec<HeldRecord> {
    let mut held = BTreeMap::new();
    for event in events {
        if event.recorded > when.known || event.effective > when.effective {
            continue;
        }
        if event.lost {
            held.remove(&event.held.key());
        } else {
            held.insert(event.held.key(), event.held);
        }
    }
    held.into_values().collect()
}
