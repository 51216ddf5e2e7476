use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tenure_policy::{EntitlementKey, Grant, GrantId, GrantSource, IdentityId};
use tenure_store::{AuditDraft, Batch, GrantRecord, HeldRecord, Select, Write};

use crate::planner::outlook::due;
use crate::{Engine, EngineError, Result};

impl Engine {
    /// Gives up an entitlement that somebody holds and nobody knows a reason for: it is taken over and its reason is taken back at
    /// once, so that the next plan takes it away, through its guards, once the policy's grace is over.
    ///
    /// What has a known reason is not touched: take back its grant, or change the rule.
    ///
    /// # Errors
    ///
    /// * `NotFound`, when they do not hold it, as last observed;
    /// * `Refused`, when there is a reason for it;
    /// * `Store`, when the store fails.
    pub async fn disown(
        &self,
        identity: &IdentityId,
        entitlement: &EntitlementKey,
        grant: GrantId,
        by: &str,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let held = self.store.held(&Select::Identity(identity.to_string())).await?;
        let is_it = |held: &HeldRecord| {
            held.target == entitlement.target.as_str()
                && held.kind == entitlement.kind.as_str()
                && held.named.as_deref().unwrap_or(&held.value) == entitlement.value()
        };
        let Some(mut found) = held.into_iter().find(is_it) else {
            return Err(EngineError::NotFound { what: "held entitlement", id: entitlement.to_string() });
        };
        if !found.origins.is_empty() {
            let detail = format!("expected something without a known reason, found {entitlement} with one");
            return Err(EngineError::Refused { detail });
        }
        let mut adopted = Grant::new(grant, identity.clone(), entitlement.clone(), GrantSource::Adopted)
            .from(found.since)
            .approved(by, reason);
        adopted.until = Some(now);
        let origin = serde_json::to_string(&adopted.origin());
        let origin = origin.map_err(|error| EngineError::corrupt("origin", &error))?;
        found.origins = BTreeSet::from([origin]);
        found.lost = Some(now);
        let document =
            serde_json::to_value(&adopted).map_err(|error| EngineError::corrupt("grant", &error))?;
        let batch = Batch::new()
            .with(Write::Audit(AuditDraft {
                at: now,
                actor: by.to_owned(),
                action: "entitlement.disown".to_owned(),
                target: Some(entitlement.target.to_string()),
                identity: Some(identity.to_string()),
                object: Some(entitlement.to_string()),
                why: json!({"reason": reason, "grant": adopted.id, "policy": self.policy(now)?.version()}),
                before: Value::Null,
                after: document.clone(),
                outcome: "recorded".to_owned(),
            }))
            .with(due(identity.as_str(), now))
            .with(Write::Grant(GrantRecord {
                id: adopted.id.to_string(),
                identity: identity.to_string(),
                document,
                recorded: now,
                revoked: Some(now),
            }))
            .with(Write::Held { held: found, at: now });
        Ok(self.store.commit(batch).await?)
    }
}
