//! How many accounts the people of a group have in a target, counted as far as it has to be known.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;
use tenure_policy::{Identity, TargetId};
use tenure_store::{PageRequest, TextOf};

use crate::{Engine, Result};

/// How many people are read at once.
const PAGE: usize = 2_000;

/// Groups of which it is asked whether they have so many accounts.
pub(super) struct Members<'m> {
    engine: &'m Engine,
    target: &'m TargetId,
    now: DateTime<Utc>,
    /// How many are wanted, and how many were found.
    groups: BTreeMap<String, (usize, usize)>,
}

#[derive(Deserialize)]
struct Link<'a> {
    #[serde(borrow)]
    target: Cow<'a, str>,
    deleted: Option<IgnoredAny>,
}

impl<'m> Members<'m> {
    pub(super) fn new(engine: &'m Engine, target: &'m TargetId, now: DateTime<Utc>) -> Self {
        Self { engine, target, now, groups: BTreeMap::new() }
    }

    pub(super) fn want(&mut self, group: &str, accounts: usize) {
        let (wanted, _) = self.groups.entry(group.to_owned()).or_default();
        *wanted = accounts.max(*wanted);
    }

    /// Goes through the people until every group has enough; no further than it has to.
    pub(super) async fn count(mut self) -> Result<BTreeMap<String, usize>> {
        let store = &self.engine.store;
        let mut page = PageRequest::first(PAGE);
        while self.groups.values().any(|(wanted, found)| found < wanted) {
            let people = store.glance(&page).await?.identities;
            let Some(last) = people.last() else { break };
            page = PageRequest::after(last.id.clone(), PAGE);
            let mut members = BTreeMap::new();
            for person in people {
                let identity: Identity = person.document()?;
                let group = self.engine.policy.guard_group(self.target, &identity, self.now);
                let asked = group
                    .filter(|group| self.groups.get(group).is_some_and(|(wanted, found)| found < wanted));
                members.extend(asked.map(|group| (person.id, group)));
            }
            let ids: Vec<String> = members.keys().cloned().collect();
            let known = store.known_texts(&ids).await?;
            for person in known.people() {
                let id: Id<'_> = match person.read(TextOf::Identity).next() {
                    Some(id) => id?,
                    None => continue,
                };
                let mut there = false;
                for link in person.read::<Link<'_>>(TextOf::Link) {
                    let link = link?;
                    there |= link.deleted.is_none() && link.target == self.target.as_str();
                }
                let group = members.get(id.id.as_ref()).filter(|_| there);
                if let Some((_, found)) = group.and_then(|group| self.groups.get_mut(group)) {
                    *found += 1;
                }
            }
        }
        Ok(self.groups.into_iter().map(|(group, (_, found))| (group, found)).collect())
    }
}

#[derive(Deserialize)]
struct Id<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
}
