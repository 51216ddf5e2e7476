//! How paid seats were used in the course of time. A target tells of a seat when it was used last, and nothing of the gaps before: they
//! are written down as they are seen.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tenure_engine::{Census, KnownAccount};
use tenure_policy::{EntitlementKey, IdentityId, SeatPolicy, TargetId};
use tenure_store::Write;

use super::seats::left;
use crate::keep::{self, Change};
use crate::{Governance, GovernanceError, Result};

/// What was seen of one seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Diary {
    /// Whose it is, or was.
    pub(super) identity: IdentityId,
    /// Since when it is held.
    since: DateTime<Utc>,
    /// When it was used last, or began to be held.
    used: DateTime<Utc>,
    /// From when until when nobody used it, for longer than the policy allows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) idle: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    /// It was given back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    over: bool,
}

/// A seat as it is held now.
#[derive(Debug, Clone)]
pub(super) struct HeldSeat {
    pub(super) account: KnownAccount,
    pub(super) identity: IdentityId,
    pub(super) since: DateTime<Utc>,
    /// When it was used last, as far as the target tells, or began to be held.
    pub(super) used: DateTime<Utc>,
}

/// The seats of one tier, as far as those who hold them are part of a census.
pub(super) fn held_seats(census: &Census, seat: &EntitlementKey) -> Vec<HeldSeat> {
    let mut found = Vec::new();
    for account in census.accounts().filter(|account| account.target == seat.target) {
        let Some(identity) = account.identity.clone().filter(|id| census.identity(id).is_some()) else {
            continue;
        };
        let ours = census
            .possessions(&identity)
            .into_iter()
            .find(|held| held.account == account.id && held.entitlement == *seat);
        let Some(held) = ours else { continue };
        let used = census.seat_used(seat, &account.id);
        // Who has just been given a seat has not left it unused before.
        let used = used.max(account.linked).max(Some(held.since)).unwrap_or(held.since);
        found.push(HeldSeat { account, identity, since: held.since, used });
    }
    found
}

impl Diary {
    fn begin(seat: &HeldSeat) -> Self {
        let (identity, since) = (seat.identity.clone(), seat.since);
        Self { identity, since, used: seat.used, idle: Vec::new(), over: false }
    }

    /// Takes in how the seat is now. A gap is noted when the use after it is seen.
    fn see(&mut self, seat: &HeldSeat, policy: &SeatPolicy) {
        if self.over || self.since != seat.since || self.identity != seat.identity {
            *self = Self { idle: std::mem::take(&mut self.idle), ..Self::begin(seat) };
        } else if seat.used > self.used {
            self.gap(policy, seat.used);
            self.used = seat.used;
        }
    }

    fn end(&mut self, policy: &SeatPolicy, at: DateTime<Utc>) {
        if !self.over {
            self.gap(policy, at);
            self.over = true;
        }
    }

    fn gap(&mut self, policy: &SeatPolicy, until: DateTime<Utc>) {
        let idle = policy.idle_after.map(|after| after.after(self.used)).filter(|idle| *idle < until);
        self.idle.extend(idle.map(|idle| (idle, until)));
    }
}

/// Where what was seen of the seats of one tier is kept.
fn prefix(seat: &EntitlementKey) -> String {
    format!("governance/seat-of/{seat}/")
}

/// Where it was kept while no target had more than one tier.
fn former_prefix(target: &TargetId) -> String {
    format!("governance/seat/{target}/")
}

fn first_look(target: &TargetId) -> String {
    format!("governance/seats-since/{target}")
}

impl Governance {
    /// Writes down how paid seats are used, so that days on which nobody used one are counted also after it was used again or given
    /// back. Call it as often as targets are read; [`measures`](Self::measures) does so too.
    ///
    /// # Errors
    ///
    /// `Store`, `Corrupt` or `Engine`, when the store fails.
    pub async fn advance_seats(&self, now: DateTime<Utc>) -> Result<()> {
        let policy = self.engine.policy(now)?;
        let seated = policy.targets().flat_map(|(target, found)| {
            found.seats.iter().filter_map(move |seat| Some((target, seat.key(target)?, seat)))
        });
        for (target, key, seat) in seated.collect::<Vec<_>>() {
            let mut known = self.diaries(&key, now).await?;
            let former = known.values().filter(|diary| !diary.over).map(|diary| diary.identity.clone());
            let (holders, former) = (self.holders(target, None, now).await?, former.collect());
            let census = self.engine.census_of(holders, former, now).await?;
            // What could not be read has not shown that a seat was given back.
            if census.unread().any(|(unread, _)| unread == target) {
                continue;
            }
            let seats = held_seats(&census, &key);
            let before = known.clone();
            let held: BTreeSet<&String> = seats.iter().map(|seat| &seat.account.id).collect();
            for (_, diary) in known.iter_mut().filter(|(id, _)| !held.contains(id)) {
                // The days after somebody has left are theirs.
                let left = census.identity(&diary.identity).and_then(|found| left(&census, found, now));
                diary.end(seat, left.unwrap_or(now));
            }
            for found in &seats {
                known.entry(found.account.id.clone()).or_insert_with(|| Diary::begin(found)).see(found, seat);
            }
            let changed: Vec<_> =
                known.into_iter().filter(|(id, diary)| before.get(id) != Some(diary)).collect();
            for chunk in changed.chunks(AT_ONCE) {
                let mut change = Change::new("seats", now);
                for (id, diary) in chunk {
                    let value = serde_json::to_value(diary)
                        .map_err(|error| GovernanceError::corrupt("seat", &error))?;
                    change.write(Write::Value { key: format!("{}{id}", prefix(&key)), value });
                }
                change.commit(self.store()).await?;
            }
            if self.looked_since(target).await?.is_none() {
                let mut change = Change::new("seats", now);
                change.write(Write::Value { key: first_look(target), value: json!(now) });
                change.commit(self.store()).await?;
            }
        }
        Ok(())
    }

    /// What was seen of the seats of a tier, by account.
    pub(super) async fn diaries(
        &self,
        seat: &EntitlementKey,
        now: DateTime<Utc>,
    ) -> Result<BTreeMap<String, Diary>> {
        let policy = self.engine.policy(now)?.target(&seat.target);
        let first = policy.and_then(|policy| policy.seats.first()).and_then(|first| first.key(&seat.target));
        let former = former_prefix(&seat.target);
        let mut known = BTreeMap::new();
        for prefix in [former, prefix(seat)].iter().skip(usize::from(first.as_ref() != Some(seat))) {
            for kept in keep::list::<Diary>(self.store(), prefix, "seat").await? {
                known.insert(kept.key.strip_prefix(prefix).unwrap_or(&kept.key).to_owned(), kept.value);
            }
        }
        Ok(known)
    }

    /// Since when the seats of a target are looked at.
    pub(super) async fn looked_since(&self, target: &TargetId) -> Result<Option<DateTime<Utc>>> {
        let found = self.store().value(&first_look(target)).await.map_err(GovernanceError::Store)?;
        found
            .map(serde_json::from_value)
            .transpose()
            .map_err(|error| GovernanceError::corrupt("first look at seats", &error))
    }
}

/// How many seats are written at once.
const AT_ONCE: usize = 500;
