//! What people alike hold: suggestions for one person.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenure_scim::{AttrPath, Resource};

use crate::entitlement::EntitlementKey;
use crate::mapping::name_key;

/// An entitlement that people alike hold and one does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Suggestion {
    /// What.
    pub entitlement: EntitlementKey,
    /// How many people alike hold it.
    pub holders: usize,
    /// How many people alike there are.
    pub peers: usize,
}

/// Entitlements that at least `percent` of the people hold who have the same values of `alike`, and that `own` lacks.
///
/// The most widely held first, then by name: the same input gives the same order. Fewer than two people alike give nothing.
///
/// # Examples
///
/// ```
/// use tenure_policy::{EntitlementKey, suggest_from_peers};
/// use tenure_scim::Resource;
/// let clerk = Resource::default().with("title", "Clerk")?;
/// let wiki: EntitlementKey = "wiki/role:read".parse()?;
/// let others = [(&clerk, vec![wiki.clone()]), (&clerk, vec![wiki.clone()]), (&clerk, vec![])];
/// let found = suggest_from_peers(&clerk, &[], &others, &["title".parse()?], 60);
/// assert_eq!((found[0].entitlement == wiki, found[0].holders, found[0].peers), (true, 2, 3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn suggest_from_peers(
    person: &Resource,
    own: &[EntitlementKey],
    others: &[(&Resource, Vec<EntitlementKey>)],
    alike: &[AttrPath],
    percent: u8,
) -> Vec<Suggestion> {
    let key = |attributes: &Resource| -> Vec<Option<String>> {
        alike.iter().map(|path| attributes.get(path).and_then(|value| value.as_str().map(name_key))).collect()
    };
    let mine = key(person);
    let peers: Vec<_> = others.iter().filter(|(attributes, _)| key(attributes) == mine).collect();
    if peers.len() < 2 || mine.iter().any(Option::is_none) {
        return Vec::new();
    }
    let mut counts: BTreeMap<&EntitlementKey, usize> = BTreeMap::new();
    for (_, held) in &peers {
        let mut held: Vec<&EntitlementKey> = held.iter().filter(|held| !own.contains(held)).collect();
        held.sort();
        held.dedup();
        for held in held {
            *counts.entry(held).or_default() += 1;
        }
    }
    let mut found: Vec<Suggestion> = counts
        .into_iter()
        .filter(|(_, holders)| holders * 100 >= peers.len() * usize::from(percent))
        .map(|(entitlement, holders)| Suggestion {
            entitlement: entitlement.clone(),
            holders,
            peers: peers.len(),
        })
        .collect();
    found.sort_by(|a, b| b.holders.cmp(&a.holders).then_with(|| a.entitlement.cmp(&b.entitlement)));
    found
}
