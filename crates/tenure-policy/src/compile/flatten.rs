//! Gives, resolved: single entitlements with their parameters and conditions.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{Arc, LazyLock};

use super::{Compiler, Conditions};
use crate::document::{Condition, Gives};
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

impl<'a> Compiler<'a> {
    /// Resolves what a role or a rule gives. `shared` are the parameters of the role.
    pub(crate) fn gives(
        &mut self,
        path: &dyn Display,
        gives: &'a [Gives],
        shared: &'a BTreeMap<String, String>,
    ) -> Vec<Give> {
        let mut out = Vec::with_capacity(gives.iter().map(|given| given.keys.len().max(1)).sum());
        for (index, given) in gives.iter().enumerate() {
            let here = format_args!("{path}[{index}]");
            self.check_target(&here, &given.target);
            let when = given.when.as_ref().and_then(|when| self.add(&format_args!("{here}.when"), when));
            if given.keys.is_empty() {
                let key = EntitlementKey::account(given.target.clone());
                out.push(Give { key, parameters: none(), when });
            }
            for key in &given.keys {
                let parameters = laid_over(self.parameters(key).chain([shared, &given.parameters]));
                out.push(Give { key: key.clone(), parameters, when });
            }
        }
        out
    }

    /// One entitlement without conditions or parameters of the giver's own.
    pub(crate) fn give(&self, key: EntitlementKey) -> Give {
        Give { parameters: laid_over(self.parameters(&key)), key, when: None }
    }

    /// The parameters that an entitlement has of its own.
    fn parameters(
        &self,
        key: &EntitlementKey,
    ) -> impl Iterator<Item = &'a BTreeMap<String, String>> + use<'a> {
        self.document.entitlements.get(key).map(|spec| &spec.parameters).into_iter()
    }

    /// Compiles a condition into the policy's list and returns its index. The same text is compiled once.
    pub(crate) fn add(&mut self, path: &dyn Display, condition: &'a Condition) -> Option<u32> {
        if let Some(known) = self.by_text.get(condition.as_str()) {
            return Some(*known);
        }
        let filter = self.condition(path, condition)?;
        let index = self.keep(path, filter)?;
        self.by_text.insert(condition.as_str(), index);
        Some(index)
    }
}

/// The parameters of all, the later over the earlier; those who have none share one empty map.
fn laid_over<'m>(
    layers: impl Iterator<Item = &'m BTreeMap<String, String>>,
) -> Arc<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for layer in layers.filter(|layer| !layer.is_empty()) {
        all.extend(layer.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    if all.is_empty() { none() } else { Arc::new(all) }
}

fn none() -> Arc<BTreeMap<String, String>> {
    static NONE: LazyLock<Arc<BTreeMap<String, String>>> = LazyLock::new(Arc::default);
    Arc::clone(&NONE)
}
