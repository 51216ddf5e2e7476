use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use chrono::{DateTime, Utc};

use crate::{OutlookRecord, PageRequest};

/// The outlooks of all identities, also by whom they depend on.
#[derive(Debug, Clone, Default)]
pub(super) struct Outlooks {
    records: BTreeMap<String, OutlookRecord>,
    dependants: BTreeMap<String, BTreeSet<String>>,
}

impl Outlooks {
    pub(super) fn set(&mut self, record: OutlookRecord) {
        if self.records.get(&record.identity).is_some_and(|known| known.marks != record.marks) {
            return;
        }
        if let Some(old) = self.records.get(&record.identity) {
            for other in &old.on {
                if let Some(known) = self.dependants.get_mut(other) {
                    known.remove(&record.identity);
                }
            }
        }
        for other in &record.on {
            self.dependants.entry(other.clone()).or_default().insert(record.identity.clone());
        }
        self.records.insert(record.identity.clone(), record);
    }

    pub(super) fn due(&mut self, identity: &str, at: DateTime<Utc>) {
        let record = self.touch(identity);
        record.due = Some(record.due.map_or(at, |due| due.min(at)));
    }

    pub(super) fn touch(&mut self, identity: &str) -> &mut OutlookRecord {
        let record = self
            .records
            .entry(identity.to_owned())
            .or_insert_with(|| OutlookRecord { identity: identity.to_owned(), ..OutlookRecord::default() });
        record.settled = None;
        record.marks += 1;
        record
    }

    pub(super) fn get(&self, identity: &str) -> Option<&OutlookRecord> {
        self.records.get(identity)
    }

    /// How often each was made due or written.
    pub(super) fn marks<'o>(&self, ids: impl IntoIterator<Item = &'o String>) -> Vec<(String, u64)> {
        let ids: BTreeSet<&String> = ids.into_iter().collect();
        ids.into_iter().filter_map(|id| Some((id.clone(), self.records.get(id)?.marks))).collect()
    }

    pub(super) fn page(
        &self,
        page: &PageRequest,
        wanted: impl Fn(&OutlookRecord) -> bool,
    ) -> Vec<OutlookRecord> {
        let start = page.after.clone().map_or(Bound::Unbounded, Bound::Excluded);
        let found = self.records.range((start, Bound::Unbounded)).map(|(_, record)| record);
        found.filter(|record| wanted(record)).take(page.limit).cloned().collect()
    }

    pub(super) fn of(&self, ids: &[String]) -> Vec<OutlookRecord> {
        let ids: BTreeSet<&String> = ids.iter().collect();
        ids.into_iter().filter_map(|id| self.records.get(id).cloned()).collect()
    }

    pub(super) fn next(&self, after: DateTime<Utc>, except: &[String]) -> Option<DateTime<Utc>> {
        let except: BTreeSet<&String> = except.iter().collect();
        let others = self.records.values().filter(|record| !except.contains(&record.identity));
        others.filter_map(|record| record.due).filter(|due| *due > after).min()
    }

    pub(super) fn dependants(&self, on: &[String]) -> Vec<String> {
        let found: BTreeSet<&String> = on.iter().filter_map(|id| self.dependants.get(id)).flatten().collect();
        found.into_iter().cloned().collect()
    }
}
