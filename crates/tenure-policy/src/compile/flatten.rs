//! Gives, resolved: single entitlements with their parameters and conditions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Compiler, Conditions};
use crate::document::Gives;
use crate::entitlement::EntitlementKey;

/// One entitlement given directly by a role or a rule. The account alone is the pseudo-entitlement of its target.
#[derive(Clone, Debug)]
pub(crate) struct Give {
    pub(crate) key: EntitlementKey,
    pub(crate) parameters: Arc<BTreeMap<String, String>>,
    pub(crate) when: Option<u32>,
}

/// One entitlement given by a role by way of the roles it includes.
#[derive(Clone, Debug)]
pub(crate) struct FlatGive {
    pub(crate) key: EntitlementKey,
    pub(crate) parameters: Arc<BTreeMap<String, String>>,
    /// The roles from the flattened one to the one that gives.
    pub(crate) path: Box<[u32]>,
    /// Must all hold.
    pub(crate) conditions: Conditions,
}

impl Compiler<'_> {
    /// Resolves what a role or a rule gives. `shared` are the parameters of the role.
    pub(crate) fn gives(
        &mut self,
        path: &str,
        gives: &[Gives],
        shared: &BTreeMap<String, String>,
    ) -> Vec<Give> {
        let mut out = Vec::new();
        for (index, given) in gives.iter().enumerate() {
            let here = format!("{path}[{index}]");
            self.check_target(&here, &given.target);
            let when = given.when.as_ref().and_then(|when| self.add(&format!("{here}.when"), when));
            if given.keys.is_empty() {
                let key = EntitlementKey::account(given.target.clone());
                out.push(Give { key, parameters: Arc::default(), when });
            }
            for key in &given.keys {
                let spec = self.document.entitlements.get(key);
                let mut parameters = spec.map(|spec| spec.parameters.clone()).unwrap_or_default();
                parameters.extend(shared.clone());
                parameters.extend(given.parameters.clone());
                out.push(Give { key: key.clone(), parameters: Arc::new(parameters), when });
            }
        }
        out
    }

    /// Compiles a condition into the policy's list and returns its index. The same text is compiled once.
    pub(crate) fn add(&mut self, path: &str, condition: &crate::document::Condition) -> Option<u32> {
        if let Some(known) = self.by_text.get(condition.as_str()) {
            return Some(*known);
        }
        let compiled = self.condition(path, condition)?;
        let index = u32::try_from(self.conditions.len()).ok()?;
        self.conditions.push(compiled);
        self.by_text.insert(condition.as_str().to_owned(), index);
        Some(index)
    }
}
