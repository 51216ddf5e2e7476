use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tenure_connector::{EntitlementRef, Operation};
use tenure_policy::{IdentityId, TargetId};
use tenure_store::Select;

use crate::plan::{Action, Plan, Record, Step};
use crate::{Engine, Result};

/// What somebody has in a target before a plan, and what they would have after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Preview {
    /// Who.
    pub identity: IdentityId,
    /// The name to show.
    pub person: String,
    /// Where.
    pub target: TargetId,
    /// What is there now, as last observed.
    pub before: Possession,
    /// What would be there if every step succeeded.
    pub after: Possession,
}

/// An account and what it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Possession {
    /// Whether the account works; there is none, when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// The entitlements, as `kind:value`.
    pub held: BTreeSet<String>,
}

impl Engine {
    /// What everyone whom a plan concerns has before it and would have after it: the report of a pilot. Whoever the plan
    /// changes nothing for is not in it.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails.
    pub async fn preview(&self, plan: &Plan) -> Result<Vec<Preview>> {
        let mut concerned: BTreeMap<(&IdentityId, &TargetId), Vec<&Step>> = BTreeMap::new();
        for step in &plan.steps {
            if let Some(identity) = &step.identity {
                concerned.entry((identity, &step.target)).or_default().push(step);
            }
        }
        let mut previews = Vec::with_capacity(concerned.len());
        for ((identity, target), steps) in concerned {
            let before = self.possession(identity, target).await?;
            let mut after = before.clone();
            let mut linked = None;
            for step in &steps {
                if let Action::Link { account, .. } = &step.action {
                    linked = Some(self.possession_of(target, &account.id).await?);
                }
            }
            // What a linked account holds was there before; it was only nobody's.
            if let Some(linked) = linked {
                after = linked;
            }
            steps.iter().for_each(|step| after.take(step));
            if before != after {
                let person = steps.first().map_or_else(|| identity.to_string(), |step| step.person.clone());
                let (identity, target) = (identity.clone(), target.clone());
                previews.push(Preview { identity, person, target, before, after });
            }
        }
        Ok(previews)
    }

    async fn possession(&self, identity: &IdentityId, target: &TargetId) -> Result<Possession> {
        let links = self.store.links(&Select::Identity(identity.to_string())).await?;
        match links.iter().find(|link| link.is_live() && link.target == target.as_str()) {
            Some(link) => {
                let mut found = self.possession_of(target, &link.account).await?;
                let held = self.store.held(&Select::Identity(identity.to_string())).await?;
                let held = held.iter().filter(|held| held.target == target.as_str());
                found.held.extend(held.map(|held| format!("{}:{}", held.kind, held.value)));
                Ok(found)
            }
            None => Ok(Possession::default()),
        }
    }

    async fn possession_of(&self, target: &TargetId, account: &str) -> Result<Possession> {
        let found = self.store.account(target.as_str(), account).await?;
        let active = found
            .map(|found| found.resource.get("active").and_then(serde_json::Value::as_bool) != Some(false));
        Ok(Possession { active, held: BTreeSet::new() })
    }
}

impl Possession {
    /// Changes it as a step would.
    fn take(&mut self, step: &Step) {
        match &step.action {
            Action::Operation(Operation::Create { resource, .. }) => {
                let active = resource.attr("active").and_then(tenure_scim::ValueRef::as_bool);
                self.active = Some(active.unwrap_or(true));
            }
            Action::Operation(Operation::SetStatus { status, .. }) => self.active = Some(status.is_active()),
            Action::Operation(Operation::Delete { .. }) | Action::Forget { .. } => *self = Self::default(),
            _ => {}
        }
        let text = |entitlement: &EntitlementRef| format!("{}:{}", entitlement.kind, entitlement.id);
        for record in &step.records {
            match record {
                Record::Hold { entitlement, .. } => drop(self.held.insert(text(entitlement))),
                Record::Lose { entitlement } => drop(self.held.remove(&text(entitlement))),
                _ => {}
            }
        }
    }
}
