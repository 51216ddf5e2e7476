use chrono::{DateTime, Utc};
use serde_json::json;
use tenure_store::{ApprovalRecord, AuditDraft, Batch, Write};

use crate::plan::Plan;
use crate::{Engine, EngineError, Result};

/// A person's word on one plan. It holds for the plan with this hash and no other.
///
/// # Examples
///
/// ```
/// use tenure_engine::Approval;
///
/// let until = "2026-11-23T00:00:00Z".parse()?;
/// let approval = Approval::new("mara", "the move of the support team", until).overriding_guards();
/// assert!(approval.overrides_guards);
/// # Ok::<(), chrono::ParseError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Approval {
    /// Who approves.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Until when the approval holds.
    pub expires: DateTime<Utc>,
    /// Whether the plan may exceed the guards it trips.
    pub overrides_guards: bool,
}

impl Approval {
    /// Approves without overriding guards.
    #[must_use]
    pub fn new(by: &str, reason: &str, expires: DateTime<Utc>) -> Self {
        Self { by: by.to_owned(), reason: reason.to_owned(), expires, overrides_guards: false }
    }

    /// Lets the plan exceed the guards it trips.
    #[must_use]
    pub fn overriding_guards(mut self) -> Self {
        self.overrides_guards = true;
        self
    }
}

impl Engine {
    /// Records an approval of a plan, or an override of its guards.
    ///
    /// # Errors
    ///
    /// `Refused`, when name or reason are missing or the approval has run out already; `Store`, when the store fails.
    pub async fn approve(&self, plan: &Plan, approval: Approval, now: DateTime<Utc>) -> Result<()> {
        if approval.by.trim().is_empty() || approval.reason.trim().is_empty() {
            let detail =
                "expected who approves and why, found an approval without a name or a reason".to_owned();
            return Err(EngineError::Refused { detail });
        }
        if approval.expires <= now {
            let detail = format!(
                "expected an approval that still holds, found one that ran out at {}",
                approval.expires
            );
            return Err(EngineError::Refused { detail });
        }
        let hash = plan.hash();
        let tripped: Vec<String> = plan.tripped().map(ToString::to_string).collect();
        let batch = Batch::new()
            .with(Write::Audit(AuditDraft {
                at: now,
                actor: approval.by.clone(),
                action: "plan.approve".to_owned(),
                target: None,
                identity: None,
                object: Some(hash.clone()),
                why: json!({"reason": approval.reason, "policy": plan.policy}),
                before: json!(null),
                after: json!({"overrides_guards": approval.overrides_guards, "tripped": tripped, "expires": approval.expires}),
                outcome: "approved".to_owned(),
            }))
            .with(Write::Approval(ApprovalRecord {
                plan: hash,
                by: approval.by,
                at: now,
                reason: approval.reason,
                expires: approval.expires,
                overrides_guards: approval.overrides_guards,
            }));
        Ok(self.store.commit(batch).await?)
    }
}
