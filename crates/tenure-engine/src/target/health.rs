use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tenure_connector::Context;
use tenure_policy::TargetId;
use tenure_store::{AuditDraft, Batch, Write};

use super::{Quarantine, TargetOptions};
use crate::world::load::decode;
use crate::{Engine, Result};

/// Where the health of targets is kept.
pub(crate) const HEALTH: &str = "health/";

/// How a target is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Health {
    /// Whether it is asked.
    pub state: HealthState,
    /// What is wrong.
    pub reason: String,
    /// Whether it rejected the credentials or the configuration, and not single operations.
    pub rejects_us: bool,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When it is tried again.
    pub until: DateTime<Utc>,
    /// How often it was tried since.
    pub trials: u32,
}

/// Whether a target is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HealthState {
    /// It failed several times in a row and rests for a while.
    Broken,
    /// It failed too often, or refused the credentials.
    Quarantined,
    /// It was in quarantine for too long. Only a person brings it back.
    Disabled,
}

/// What a run saw of a target.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    pub(crate) asked: u64,
    pub(crate) failed: u64,
    pub(crate) references: u64,
    pub(crate) in_a_row: u32,
    /// Why it is not asked any more in this run, and whether it rejected the credentials or the configuration.
    pub(crate) broken: Option<(String, bool)>,
}

impl Tally {
    /// What is noted about the target after a run.
    pub(crate) fn verdict(
        &self,
        options: &TargetOptions,
        before: Option<&Health>,
        now: DateTime<Utc>,
    ) -> Option<Health> {
        let measured = options.quarantine.reason(self.asked, self.failed, self.references);
        let rejects_us = self.broken.as_ref().is_some_and(|(_, rejects)| *rejects);
        let (state, reason) = match (&self.broken, measured) {
            (Some((reason, true)), _) => (HealthState::Quarantined, reason.clone()),
            (_, Some(reason)) => (HealthState::Quarantined, reason),
            (Some((reason, false)), None) => (HealthState::Broken, reason.clone()),
            (None, None) => return None,
        };
        let since = before.map_or(now, |health| health.since);
        let trials = before.map_or(0, |health| health.trials) + 1;
        let wait = match state {
            HealthState::Quarantined => Quarantine::wait(trials),
            _ => TimeDelta::minutes(i64::from(2_u32.saturating_pow(trials.min(8)))),
        };
        let expired = now - since >= TimeDelta::days(i64::from(options.quarantine.days));
        let state = if expired { HealthState::Disabled } else { state };
        Some(Health { state, reason, rejects_us, since, until: now + wait, trials })
    }
}

impl Health {
    /// Why the target is not asked now.
    pub(crate) fn obstacle(&self, now: DateTime<Utc>) -> Option<String> {
        match self.state {
            HealthState::Disabled => {
                Some(format!("it was out of order for too long and waits for a person: {}", self.reason))
            }
            _ if self.until > now => Some(format!("it rests until {}: {}", self.until, self.reason)),
            _ => None,
        }
    }
}

impl Engine {
    /// How a target is doing; nothing, when it is well.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails.
    pub async fn health(&self, target: &TargetId) -> Result<Option<Health>> {
        let value = self.store.value(&format!("{HEALTH}{target}")).await?;
        value.map(|value| decode("health", value)).transpose()
    }

    /// Lets a target be asked again although it is in quarantine.
    ///
    /// # Errors
    ///
    /// `Store`, when the store fails.
    pub async fn release(&self, target: &TargetId, by: &str, reason: &str, now: DateTime<Utc>) -> Result<()> {
        let before = self.health(target).await?;
        let batch = Batch::new()
            .with(Write::Value { key: format!("{HEALTH}{target}"), value: json!(null) })
            .with(Write::Audit(AuditDraft {
                at: now,
                actor: by.to_owned(),
                action: "target.release".to_owned(),
                target: Some(target.to_string()),
                identity: None,
                object: None,
                why: json!({"reason": reason}),
                before: json!(before),
                after: json!(null),
                outcome: "recorded".to_owned(),
            }));
        Ok(self.store.commit(batch).await?)
    }

    /// Why a target is not asked in a run that begins now. One that had rejected the credentials is asked whether it
    /// takes them by now, which writes nothing.
    pub(crate) async fn out_of_order(
        &self,
        target: &TargetId,
        health: &Health,
        now: DateTime<Utc>,
    ) -> Result<Option<String>> {
        let Some(obstacle) = health.obstacle(now) else { return Ok(None) };
        if health.rejects_us {
            let ctx = self.context(Context::new(format!("check/{target}")));
            if self.connector(target)?.check(&ctx).await.is_ok() {
                return Ok(None);
            }
        }
        Ok(Some(obstacle))
    }
}
