use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::json;
use tenure_store::{AuditDraft, Batch, Condition, PlanStatus, WorkCount, Write};

use crate::apply::{RunReport, StepOutcome, StepResult};
use crate::plan::Plan;
use crate::world::load::decode;
use crate::{Engine, Result};

impl Engine {
    /// How many steps of a plan that was handed to the workers stand where.
    ///
    /// # Errors
    ///
    /// `Store`, when the store fails.
    pub async fn submitted(&self, plan: &str) -> Result<WorkCount> {
        Ok(self.store.count_works(plan).await?)
    }

    /// How the steps of a plan ended that was handed to the workers; nothing, when there is no such plan. Steps that have
    /// not ended are told as not begun.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails.
    pub async fn submitted_report(&self, plan: &str) -> Result<Option<RunReport>> {
        let Some(record) = self.store.plan(plan).await? else { return Ok(None) };
        let cancelled = record.status == PlanStatus::Abandoned;
        let document: Plan = decode("plan", record.document)?;
        let ended: BTreeMap<String, String> = self.store.ended_works(plan).await?.into_iter().collect();
        let steps = document.steps.iter().map(|step| {
            let outcome = ended.get(step.id.as_str()).and_then(|name| StepOutcome::named(name));
            let detail = if outcome.is_some() { "" } else { "with the workers" };
            let outcome = outcome.unwrap_or(StepOutcome::NotStarted);
            StepResult { step: step.id.clone(), title: step.title(), outcome, detail: detail.to_owned() }
        });
        let steps = steps.collect();
        let audit = self.store.audit_head().await?;
        Ok(Some(RunReport { plan: plan.to_owned(), steps, cancelled, next: None, audit }))
    }

    /// Ends a plan whose last step has ended. Of several workers that try, one does it.
    pub(super) async fn close(&self, plan: &str, now: DateTime<Utc>) -> Result<bool> {
        if self.store.has_work(plan).await? {
            return Ok(false);
        }
        let ended = self.store.ended_works(plan).await?;
        let took = ended.iter().filter_map(|(_, name)| StepOutcome::named(name));
        let done = took.filter(|outcome| outcome.is_success()).count();
        let batch = Batch::new()
            .when(Condition::PlanIs { plan: plan.to_owned(), status: PlanStatus::Queued })
            .with(Write::PlanStatus { plan: plan.to_owned(), status: PlanStatus::Done })
            .with(Write::Audit(AuditDraft {
                at: now,
                actor: self.worker.clone(),
                action: "plan.end".to_owned(),
                target: None,
                identity: None,
                object: Some(plan.to_owned()),
                why: json!({"policy": self.policy(now)?.version().to_string()}),
                before: json!(null),
                after: json!({"done": done, "left": ended.len() - done}),
                outcome: "finished".to_owned(),
            }));
        match self.store.commit(batch).await {
            Ok(()) => Ok(true),
            // It is not wholly queued yet, or another worker was first.
            Err(error) if error.is_conflict() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
