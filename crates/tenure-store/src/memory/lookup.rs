use std::collections::BTreeSet;

use super::state::State;
use crate::{Lookup, Surroundings};

impl State {
    pub(super) fn look_up(&self, lookup: &Lookup) -> Surroundings {
        let target = &lookup.target;
        let links: Vec<_> = self
            .links
            .values()
            .filter(|link| {
                lookup.identities.contains(&link.identity)
                    || (link.target == *target && lookup.accounts.contains(&link.account))
            })
            .cloned()
            .collect();
        let mut accounts: BTreeSet<&str> = lookup.accounts.iter().map(String::as_str).collect();
        let here = links.iter().filter(|link| link.target == *target && link.is_live());
        accounts.extend(here.map(|link| link.account.as_str()));
        let held: Vec<_> = self
            .held
            .values()
            .filter(|held| {
                held.target == *target
                    && (accounts.contains(held.account.as_str())
                        || lookup
                            .entitlements
                            .iter()
                            .any(|(kind, value)| *kind == held.kind && *value == held.value))
            })
            .cloned()
            .collect();
        accounts.extend(held.iter().map(|held| held.account.as_str()));
        let found = accounts
            .iter()
            .filter_map(|account| self.accounts.get(&(target.clone(), (*account).to_owned())))
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
}
