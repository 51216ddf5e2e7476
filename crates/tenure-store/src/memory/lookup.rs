use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use serde::Serialize;

use super::state::{Pair, State};
use crate::{
    Glance, Glimpse, GrantRecord, HeldRecord, IdentityRecord, Known, KnownTexts, LinkRecord, Lookup, Result,
    StoreError, Surroundings, TextOf,
};

impl State {
    pub(super) fn look_up(&self, lookup: &Lookup) -> Surroundings {
        let target = &lookup.target;
        let mut links: Vec<LinkRecord> = self.links_of(&lookup.identities);
        let here = lookup.accounts.iter().filter_map(|account| self.links.get(&pair(target, account)));
        links.extend(here.cloned());
        links.sort_by(|a, b| (&a.target, &a.account).cmp(&(&b.target, &b.account)));
        links.dedup_by(|a, b| a.target == b.target && a.account == b.account);
        let mut accounts: BTreeSet<&str> = lookup.accounts.iter().map(String::as_str).collect();
        let here = links.iter().filter(|link| link.target == *target && link.is_live());
        accounts.extend(here.map(|link| link.account.as_str()));
        let mut held: Vec<HeldRecord> =
            accounts.iter().flat_map(|account| self.held_of(target, account)).cloned().collect();
        if !lookup.entitlements.is_empty() {
            let wanted = |held: &&HeldRecord| {
                lookup.entitlements.iter().any(|(kind, value)| *kind == held.kind && *value == held.value)
            };
            held.extend(self.held_in(target, None).filter(wanted).cloned());
        }
        held.sort_by_key(HeldRecord::key);
        held.dedup_by(|a, b| a.key() == b.key());
        accounts.extend(held.iter().map(|held| held.account.as_str()));
        if lookup.without_accounts {
            accounts.clear();
        }
        let found = accounts
            .iter()
            .filter_map(|account| self.accounts.get(&pair(target, account)))
            .cloned()
            .collect();
        let values =
            lookup.values.iter().filter_map(|key| Some((key.clone(), self.values.get(key)?.clone())));
        let values = values.collect();
        let journal = self
            .journal
            .iter()
            .filter(|entry| {
                lookup.steps.iter().any(|(plan, step)| *plan == entry.plan && *step == entry.step)
            })
            .cloned()
            .collect();
        Surroundings { accounts: found, links, held, values, journal }
    }

    pub(super) fn known_of(&self, identities: Vec<IdentityRecord>, asked: &[String]) -> Known {
        let ids: Vec<String> = identities.iter().map(|identity| identity.id.clone()).collect();
        let whose: BTreeSet<&String> = ids.iter().collect();
        let links = self.links_of(&ids);
        let live: Vec<&LinkRecord> = links.iter().filter(|link| link.is_live()).collect();
        let accounts =
            live.iter().filter_map(|link| self.accounts.get(&pair(&link.target, &link.account))).cloned();
        let held = live.iter().flat_map(|link| self.held_of(&link.target, &link.account)).cloned();
        Known {
            accounts: accounts.collect(),
            held: held.collect(),
            names: self.names.values().filter(|name| whose.contains(&name.identity)).cloned().collect(),
            grants: self.grants.values().filter(|grant| whose.contains(&grant.identity)).cloned().collect(),
            marks: self.outlooks.marks(ids.iter().chain(asked)),
            links,
            identities,
        }
    }

    pub(super) fn known_texts(
        &self,
        identities: Vec<IdentityRecord>,
        asked: &[String],
    ) -> Result<KnownTexts> {
        let known = self.known_of(identities, asked);
        let mut texts = KnownTexts::new(known.marks);
        let owner = |target: &str, account: &str| {
            let link = self.links.get(&pair(target, account));
            link.map(|link| link.identity.clone()).unwrap_or_default()
        };
        let mut rows: BTreeMap<String, Vec<(TextOf, String)>> = BTreeMap::new();
        let mut add = |id: String, of: TextOf, record: Result<String>| -> Result<()> {
            rows.entry(id).or_default().push((of, record?));
            Ok(())
        };
        for record in &known.identities {
            add(record.id.clone(), TextOf::Identity, text(record))?;
        }
        for record in &known.names {
            add(record.identity.clone(), TextOf::Name, text(record))?;
        }
        for record in &known.grants {
            add(record.identity.clone(), TextOf::Grant, text(record))?;
        }
        for record in &known.links {
            add(record.identity.clone(), TextOf::Link, text(record))?;
        }
        for record in &known.accounts {
            add(owner(&record.target, &record.id), TextOf::Account, text(record))?;
        }
        for record in &known.held {
            add(owner(&record.target, &record.account), TextOf::Held, text(record))?;
        }
        rows.into_values().flatten().for_each(|(of, text)| texts.push(of, &text));
        Ok(texts)
    }

    pub(super) fn glance(&self, identities: &[IdentityRecord]) -> Result<Glance> {
        let whose: BTreeSet<&String> = identities.iter().map(|record| &record.id).collect();
        let found: Vec<Glimpse> = identities
            .iter()
            .map(|record| Glimpse::of(record, self.outlooks.get(&record.id).cloned()))
            .collect::<Result<_>>()?;
        let outlooks = found.iter().filter_map(|glimpse| glimpse.outlook.as_ref());
        let marks = self.outlooks.marks(outlooks.flat_map(|outlook| &outlook.on));
        let mut grants: Vec<GrantRecord> =
            self.grants.values().filter(|grant| whose.contains(&grant.identity)).cloned().collect();
        grants.sort_by(|a, b| (&a.identity, &a.id).cmp(&(&b.identity, &b.id)));
        Ok(Glance { identities: found, grants, marks })
    }

    /// Everything that is held in a target, by the accounts after one.
    pub(super) fn held_in<'s>(
        &'s self,
        target: &'s str,
        after: Option<&'s str>,
    ) -> impl Iterator<Item = &'s HeldRecord> {
        let start = (target.to_owned(), after.unwrap_or_default().to_owned(), String::new(), String::new());
        let found = self.held.range((Bound::Included(start), Bound::Unbounded));
        found
            .map(|(_, held)| held)
            .take_while(move |held| held.target == target)
            .filter(move |held| Some(held.account.as_str()) != after)
    }

    fn held_of<'s>(&'s self, target: &'s str, account: &'s str) -> impl Iterator<Item = &'s HeldRecord> {
        let start = (target.to_owned(), account.to_owned(), String::new(), String::new());
        let found = self.held.range((Bound::Included(start), Bound::Unbounded)).map(|(_, held)| held);
        found.take_while(move |held| held.target == target && held.account == account)
    }

    fn links_of(&self, identities: &[String]) -> Vec<LinkRecord> {
        if identities.is_empty() {
            return Vec::new();
        }
        let whose: BTreeSet<&String> = identities.iter().collect();
        self.links.values().filter(|link| whose.contains(&link.identity)).cloned().collect()
    }
}

fn text(record: &impl Serialize) -> Result<String> {
    serde_json::to_string(record).map_err(|error| StoreError::corrupt("record", &error))
}

fn pair(target: &str, account: &str) -> Pair {
    (target.to_owned(), account.to_owned())
}
