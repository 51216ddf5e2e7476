//! Applies mapped values to an account: when each is written, and what is taken away.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tenure_policy::{DesiredAttribute, MappingId, settle};
use tenure_scim::{Patch, Resource};

/// What an account should look like, and what the mappings have written then.
pub(super) struct Wanted {
    pub(super) resource: Resource,
    pub(super) written: BTreeMap<String, Value>,
}

/// Puts the wanted state of an account together from its present state.
///
/// `before` holds what each mapping wrote last.
pub(super) fn wanted(
    current: &Resource,
    mappings: &[DesiredAttribute],
    before: &BTreeMap<String, Value>,
) -> Wanted {
    let before = before.iter().filter_map(|(id, value)| Some((MappingId::parse(id).ok()?, value.clone())));
    let settled = settle(current, mappings, &before.collect());
    let written = settled.written.into_iter().map(|(id, value)| (id.to_string(), value)).collect();
    Wanted { resource: settled.attributes, written }
}

/// The attributes that a patch touches, for people.
pub(super) fn names(patch: &Patch) -> String {
    let names: BTreeSet<String> = patch
        .operations
        .iter()
        .filter_map(|operation| operation.path.as_ref())
        .map(|path| {
            let text = path.to_string();
            let plain = text.split('[').next().unwrap_or_default().to_owned();
            match plain.rsplit_once(':') {
                Some((urn, name)) if urn.starts_with("urn") => name.to_owned(),
                _ => plain,
            }
        })
        .collect();
    names.into_iter().collect::<Vec<_>>().join(", ")
}
