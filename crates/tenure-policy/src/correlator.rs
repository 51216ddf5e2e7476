//! Correlation of a whole target: an index over all identities, built once for a run.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;
use tenure_scim::Resource;

use crate::compile::Policy;
use crate::evaluate::of_engagement;
use crate::id::{IdentityId, TargetId};
use crate::identity::Identity;
use crate::mapping::{CompiledExpression, name_key};
use crate::target::{Correlation, TargetPolicy};

/// Finds whose account an account is. Made by [`Policy::correlator`].
pub struct Correlator<'p> {
    policy: &'p TargetPolicy,
    expressions: &'p [CompiledExpression],
    /// For each rule of the target: who has a value.
    keys: Vec<HashMap<String, Vec<IdentityId>, FxBuildHasher>>,
}

impl std::fmt::Debug for Correlator<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sizes: Vec<usize> = self.keys.iter().map(HashMap::len).collect();
        f.debug_struct("Correlator").field("values", &sizes).finish_non_exhaustive()
    }
}

impl Policy {
    /// An index over identities for the correlation rules of a target. `None`: the policy does not have the target.
    pub fn correlator<'p, 'i>(
        &'p self,
        target: &TargetId,
        identities: impl Iterator<Item = &'i Identity>,
    ) -> Option<Correlator<'p>> {
        let policy = self.target(target)?;
        let compiled = self.parts().targets.get(target)?;
        let mut keys: Vec<HashMap<String, Vec<IdentityId>, FxBuildHasher>> = Vec::new();
        keys.resize_with(compiled.correlation.len(), HashMap::default);
        let mut correlator = Correlator { policy, expressions: &compiled.correlation, keys };
        identities.for_each(|identity| correlator.add(identity));
        Some(correlator)
    }
}

impl Correlator<'_> {
    /// Takes one more identity into the index. Each is added once.
    pub fn add(&mut self, identity: &Identity) {
        let mut views = vec![std::borrow::Cow::Borrowed(identity.attributes())];
        if let Identity::Person(person) = identity {
            views.extend(person.engagements.iter().map(|engagement| of_engagement(person, engagement)));
        }
        for (expression, known) in self.expressions.iter().zip(&mut self.keys) {
            for view in &views {
                let Some(text) = expression.evaluate(view).text().filter(|text| !text.is_empty()) else {
                    continue;
                };
                let who = known.entry(name_key(&text)).or_default();
                if who.last() != Some(identity.id()) {
                    who.push(identity.id().clone());
                }
            }
        }
    }

    /// Whose account it is. `linked` says whether an identity has another account of this target already.
    ///
    /// Nothing is ever linked below the target's `link_at`, and no account to two identities.
    #[must_use]
    pub fn correlate(&self, account: &Resource, linked: &dyn Fn(&IdentityId) -> bool) -> Correlation {
        let mut matches = Vec::new();
        for (rule, known) in self.policy.matching.iter().zip(&self.keys) {
            for key in rule.account_keys(account) {
                if let Some((value, who)) = known.get_key_value(&key) {
                    matches.extend(who.iter().map(|identity| (rule, value.as_str(), identity)));
                }
            }
        }
        Correlation::decide(self.policy.link_at, &matches, linked)
    }
}
