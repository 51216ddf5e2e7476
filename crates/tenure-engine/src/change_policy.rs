use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tenure_policy::{Facts, Identity, Impact, Policy, PolicyVersion};
use tenure_store::{AuditDraft, Batch, Write};

use crate::world::World;
use crate::{Engine, EngineBuilder, EngineError, Result};

/// What another policy would change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PolicyChange {
    /// The version that holds.
    pub before: PolicyVersion,
    /// The version that would.
    pub after: PolicyVersion,
    /// Who would gain and lose what, what seats would cost, and which constraints would be broken.
    pub impact: Impact,
}

impl PolicyChange {
    /// How many would gain something, and how many lose something.
    #[must_use]
    pub fn people(&self) -> (usize, usize) {
        let rows = &self.impact.rows;
        let gain = rows.iter().filter(|row| !row.gains.is_empty() || !row.accounts_gained.is_empty());
        let lose = rows.iter().filter(|row| !row.losses.is_empty() || !row.accounts_lost.is_empty());
        (gain.count(), lose.count())
    }
}

impl Engine {
    /// The same engine, over the same store and connectors, under other versions of the policy.
    ///
    /// # Errors
    ///
    /// * `NoConnector` or `UnknownTarget`, when they do not name the targets that the engine has;
    /// * `Refused`, when there is no version.
    pub fn under(&self, policies: Vec<Policy>) -> Result<Self> {
        let mut policies = policies.into_iter();
        let Some(policy) = policies.next() else {
            let detail = "expected at least one version of the policy, found none".to_owned();
            return Err(EngineError::Refused { detail });
        };
        let builder = EngineBuilder::again(self, policy);
        policies.fold(builder, EngineBuilder::version).build()
    }

    /// What the policy of another engine would change against this one's, for everybody who is known, as last observed. Writes nothing.
    ///
    /// # Errors
    ///
    /// `NotYet`, when no version of one of them holds; `Store` or `Corrupt`, when the store fails; `Refused`, when a cost cannot be
    /// counted.
    pub async fn compare_policy(&self, other: &Self, now: DateTime<Utc>) -> Result<PolicyChange> {
        let (old, new) = (self.at(now)?, other.at(now)?);
        let world = World::load(old, now).await?;
        let held = |id| (world.held_grants(id), world.held_accounts(id));
        let held: std::collections::BTreeMap<_, _> =
            world.identities.keys().map(|id| (id, held(id))).collect();
        let facts = |identity: &Identity| {
            let id = identity.id();
            let grants = world.grants.get(id).map(Vec::as_slice).unwrap_or_default();
            let facts = Facts::new(now)
                .with_grants(grants)
                .with_directory(&*world.identities)
                .with_names(&world.names);
            match held.get(id) {
                Some((held, accounts)) => facts.with_held(held).with_accounts(accounts),
                None => facts,
            }
        };
        let impact = old.policy.impact(&new.policy, world.identities.values(), facts);
        let impact = impact.map_err(|error| EngineError::Refused { detail: error.to_string() })?;
        Ok(PolicyChange { before: old.policy.version().clone(), after: new.policy.version().clone(), impact })
    }

    /// Records that from now on another policy is gone by, and what it changes. The plans that follow carry it out, through their guards.
    ///
    /// # Errors
    ///
    /// `Store`, when the store fails.
    pub async fn note_policy(&self, change: &PolicyChange, by: &str, now: DateTime<Utc>) -> Result<()> {
        let (gain, lose) = change.people();
        let seats = &change.impact.seats;
        let violations: usize = change.impact.rows.iter().map(|row| row.new_violations.len()).sum();
        let batch = Batch::new().with(Write::Audit(AuditDraft {
            at: now,
            actor: by.to_owned(),
            action: "policy.change".to_owned(),
            target: None,
            identity: None,
            object: Some(change.after.to_string()),
            why: json!({ "policy": change.after, "looked_at": change.impact.population }),
            before: json!({ "policy": change.before }),
            after: json!({ "policy": change.after, "gain": gain, "lose": lose, "seats": seats, "new_violations": violations }),
            outcome: "taken over".to_owned(),
        }));
        Ok(self.store.commit(batch).await?)
    }
}
