//! Who has an entitlement.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::compile::Policy;
use crate::desired::AccountStatus;
use crate::entitlement::EntitlementKey;
use crate::facts::Facts;
use crate::grant::Origin;
use crate::id::IdentityId;
use crate::identity::Identity;

/// Somebody whom the policy gives an entitlement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entitled {
    /// Who.
    pub identity: IdentityId,
    /// By which ways; empty where only grace keeps it.
    pub origins: BTreeSet<Origin>,
    /// Until when, if an end is known.
    pub until: Option<DateTime<Utc>>,
}

impl Policy {
    /// Who of a population has an entitlement, and why, in the order of identities. For the account alone ask for the pseudo-entitlement
    /// of its target ([`EntitlementKey::account`]). `facts` gives the facts of each identity.
    ///
    /// People for whom no rule holds that can give it, and of whom no other fact speaks, are not evaluated.
    pub fn who<'a, 'f>(
        &self,
        entitlement: &EntitlementKey,
        population: impl IntoIterator<Item = &'a Identity>,
        facts: impl Fn(&'a Identity) -> Facts<'f>,
    ) -> Vec<Entitled> {
        let parts = self.parts();
        let givers = parts.givers().get(entitlement).map(Vec::as_slice).unwrap_or_default();
        let elsewhere = !parts.document.temporary.sandbox.is_empty()
            || parts
                .document
                .targets
                .get(&entitlement.target)
                .is_some_and(|target| !target.exclusive.is_empty());
        let mut matcher = self.matcher();
        let mut evaluator = self.evaluator();
        let mut found = Vec::new();
        for identity in population {
            let facts = facts(identity);
            let other = elsewhere
                || identity.as_workload().is_some()
                || !facts.grants.is_empty()
                || !facts.held.is_empty()
                || !facts.accounts.is_empty();
            if !other {
                matcher.find(identity, facts.now);
                if !matcher.hits().iter().any(|(_, rule)| givers.binary_search(rule).is_ok()) {
                    continue;
                }
            }
            let mut evaluation = evaluator.evaluate(identity, &facts).to_evaluation();
            if entitlement.is_account() {
                let account = evaluation.accounts.remove(&entitlement.target);
                found.extend(
                    account
                        .filter(|account| {
                            account.ladder.is_empty() && account.status != AccountStatus::Absent
                        })
                        .map(|account| Entitled {
                            identity: evaluation.identity,
                            origins: account.origins,
                            until: None,
                        }),
                );
            } else if let Some(wanted) = evaluation.entitlements.remove(entitlement) {
                found.push(Entitled {
                    identity: evaluation.identity,
                    origins: wanted.origins,
                    until: wanted.until,
                });
            }
        }
        found.sort_by(|a, b| a.identity.cmp(&b.identity));
        found
    }
}
