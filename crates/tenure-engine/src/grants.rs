use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tenure_policy::{Facts, Grant, GrantId, Identity};
use tenure_store::{AuditDraft, Batch, GrantRecord, Write};

use crate::planner::outlook::due;
use crate::world::World;
use crate::world::load::decode;
use crate::{Engine, EngineError, Result};

impl Engine {
    /// Records an explicit grant: an approved request, an exception, an adoption. The next plan carries it out.
    ///
    /// A grant without a beginning begins now, so that the policy's default term is counted from here.
    ///
    /// # Errors
    ///
    /// * `NotFound`, when there is no such identity;
    /// * `Refused`, when the grant's id is taken or it ends before it begins;
    /// * `Store`, when the store fails.
    pub async fn grant(&self, mut grant: Grant, by: &str, now: DateTime<Utc>) -> Result<Grant> {
        if self.store.identity(grant.identity.as_str()).await?.is_none() {
            return Err(EngineError::NotFound { what: "identity", id: grant.identity.to_string() });
        }
        if self.store.grant(grant.id.as_str()).await?.is_some() {
            return Err(EngineError::Refused {
                detail: format!("expected a new grant, found `{}` in use", grant.id),
            });
        }
        grant.from.get_or_insert(now);
        if let Some(until) = grant.until.filter(|until| grant.from.is_some_and(|from| from >= *until)) {
            let detail = format!("expected a grant that ends after it begins, found the end {until}");
            return Err(EngineError::Refused { detail });
        }
        self.record_grant(&grant, None, by, &grant.reason, now).await?;
        Ok(grant)
    }

    /// Takes an explicit grant back before its end. What it gave goes with the next plan, unless something else gives it.
    ///
    /// # Errors
    ///
    /// `NotFound`, when there is no such grant; `Store` or `Corrupt`, when the store fails.
    pub async fn revoke_grant(&self, id: &GrantId, by: &str, reason: &str, now: DateTime<Utc>) -> Result<()> {
        let grant = self.stored_grant(id).await?;
        self.record_grant(&grant, Some(now), by, reason, now).await
    }

    /// Brings an expired grant back, as far as today's policy allows. The new grant names the old one.
    ///
    /// # Errors
    ///
    /// * `NotFound`, when there is no such grant;
    /// * `Refused`, when the policy does not let it come back, with the reason;
    /// * `Store` or `Corrupt`, when the store fails.
    pub async fn reinstate(&self, id: &GrantId, by: &str, reason: &str, now: DateTime<Utc>) -> Result<Grant> {
        let old = self.stored_grant(id).await?;
        let engine = self.at(now)?;
        let world = World::load(engine, now).await?;
        let identity: &Identity = world
            .identities
            .get(&old.identity)
            .ok_or_else(|| EngineError::NotFound { what: "identity", id: old.identity.to_string() })?;
        let (held, accounts) = (world.held_grants(&old.identity), world.held_accounts(&old.identity));
        let refused = |detail: String| EngineError::Refused { detail };
        let new_id = GrantId::parse(&format!("{id}+{}", now.format("%Y%m%dT%H%M%SZ")))
            .map_err(|error| refused(error.to_string()))?;
        // Facts stay on one thread: they end before the store is waited for.
        let mut grant = {
            let facts = Facts::new(now)
                .with_grants(world.grants.get(&old.identity).map(Vec::as_slice).unwrap_or_default())
                .with_held(&held)
                .with_accounts(&accounts)
                .with_directory(&*world.identities)
                .with_names(&world.names);
            let by = Some(by).filter(|by| !by.is_empty());
            engine
                .policy
                .reinstate(&old, new_id, identity, &facts, by)
                .map_err(|error| refused(error.to_string()))?
        };
        reason.clone_into(&mut grant.reason);
        self.record_grant(&grant, None, by, reason, now).await?;
        Ok(grant)
    }

    /// Every explicit grant of an identity, past ones included.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails.
    pub async fn grants(&self, identity: &tenure_policy::IdentityId) -> Result<Vec<Grant>> {
        let records = self.store.grants(&tenure_store::Select::Identity(identity.to_string())).await?;
        records.into_iter().map(|record| decode("grant", record.document)).collect()
    }

    async fn stored_grant(&self, id: &GrantId) -> Result<Grant> {
        let record = self.store.grant(id.as_str()).await?;
        let record = record.ok_or_else(|| EngineError::NotFound { what: "grant", id: id.to_string() })?;
        decode("grant", record.document)
    }

    async fn record_grant(
        &self,
        grant: &Grant,
        revoked: Option<DateTime<Utc>>,
        by: &str,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let document = serde_json::to_value(grant).map_err(|error| EngineError::corrupt("grant", &error))?;
        let action = match (revoked, &grant.reinstates) {
            (Some(_), _) => "grant.revoke",
            (None, Some(_)) => "grant.reinstate",
            (None, None) => "grant.record",
        };
        let batch = Batch::new()
            .with(Write::Audit(AuditDraft {
                at: now,
                actor: by.to_owned(),
                action: action.to_owned(),
                target: None,
                identity: Some(grant.identity.to_string()),
                object: Some(grant.id.to_string()),
                why: json!({"reason": reason, "policy": self.policy(now)?.version(), "reinstates": grant.reinstates}),
                before: Value::Null,
                after: document.clone(),
                outcome: "recorded".to_owned(),
            }))
            .with(due(grant.identity.as_str(), now))
            .with(Write::Grant(GrantRecord {
                id: grant.id.to_string(),
                identity: grant.identity.to_string(),
                document,
                recorded: now,
                revoked,
            }));
        Ok(self.store.commit(batch).await?)
    }
}
