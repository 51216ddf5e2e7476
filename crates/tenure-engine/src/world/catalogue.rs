use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenure_connector::EntitlementRef;
use tenure_connector::entitlement::Entitlement;

/// The entitlements of a target, so that a policy may name them by id or by the name people see.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Catalogue {
    /// By kind and id: the name people see.
    entries: Vec<(EntitlementRef, Option<String>)>,
    #[serde(skip)]
    names: BTreeMap<(String, String), Vec<String>>,
}

impl Catalogue {
    pub(crate) fn new(entitlements: impl IntoIterator<Item = Entitlement>) -> Self {
        let mut entries: Vec<_> =
            entitlements.into_iter().map(|found| (found.entitlement, found.display)).collect();
        entries.sort();
        Self { entries, names: BTreeMap::new() }.indexed()
    }

    pub(crate) fn indexed(mut self) -> Self {
        for (entitlement, display) in &self.entries {
            if let Some(display) = display {
                let key = (entitlement.kind.clone(), display.to_lowercase());
                self.names.entry(key).or_default().push(entitlement.id.clone());
            }
        }
        self
    }

    /// The target's id for what the policy names: an id as it is, else a name that only one entitlement has, else the
    /// name itself, which the target may still know.
    pub(crate) fn resolve(&self, kind: &str, named: &str) -> EntitlementRef {
        let as_id = EntitlementRef::new(kind, named);
        if self.display(&as_id).is_some() {
            return as_id;
        }
        match self.names.get(&(kind.to_owned(), named.to_lowercase())).map(Vec::as_slice) {
            Some([id]) => EntitlementRef::new(kind, id.as_str()),
            _ => as_id,
        }
    }

    /// Whether the target offers anything of a kind.
    pub(crate) fn has_kind(&self, kind: &str) -> bool {
        self.entries.iter().any(|(found, _)| found.kind == kind)
    }

    /// The name people see; the outer option tells whether the entitlement is known.
    pub(crate) fn display(&self, entitlement: &EntitlementRef) -> Option<Option<&str>> {
        let at = self.entries.binary_search_by(|(found, _)| found.cmp(entitlement)).ok()?;
        self.entries.get(at).map(|(_, display)| display.as_deref())
    }
}
