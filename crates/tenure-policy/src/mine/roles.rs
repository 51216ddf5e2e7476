//! Roles: entitlements that go together.

use std::collections::{BTreeMap, BTreeSet};

use super::MinedRole;
use crate::entitlement::EntitlementKey;
use crate::id::IdentityId;

/// Joins the entitlements that the very same people hold.
pub(super) fn propose(
    held: &BTreeMap<&EntitlementKey, BTreeSet<&IdentityId>>,
    least_people: usize,
) -> Vec<MinedRole> {
    let mut together: BTreeMap<&BTreeSet<&IdentityId>, BTreeSet<EntitlementKey>> = BTreeMap::new();
    for (key, people) in held {
        together.entry(people).or_default().insert((*key).clone());
    }
    let mut roles: Vec<MinedRole> = together
        .into_iter()
        .filter(|(people, keys)| people.len() >= least_people && keys.len() > 1)
        .map(|(people, entitlements)| MinedRole {
            entitlements,
            people: people.iter().map(|id| (*id).clone()).collect(),
        })
        .collect();
    let joined = |role: &MinedRole| role.people.len() * role.entitlements.len();
    roles.sort_by(|a, b| joined(b).cmp(&joined(a)).then_with(|| a.entitlements.cmp(&b.entitlements)));
    roles
}
