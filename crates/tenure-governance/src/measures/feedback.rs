use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tenure_policy::IdentityId;
use tenure_store::sha256_hex;

use crate::keep::{self, Change, Record};
use crate::{Governance, GovernanceError, Result};

/// What somebody thinks of how things go: praise or a complaint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Feedback {
    /// Who.
    pub by: IdentityId,
    /// When.
    pub at: DateTime<Utc>,
    /// Praise, or else a complaint.
    pub praise: bool,
    /// In their words.
    pub text: String,
}

const PREFIX: &str = "governance/feedback/";

impl Governance {
    /// Notes what somebody at work thinks.
    ///
    /// # Errors
    ///
    /// `NotAllowed`, when they are not at work; `Refused`, when they say nothing; `Raced`, when they have said so at this moment.
    pub async fn say(
        &self,
        by: &IdentityId,
        praise: bool,
        text: &str,
        now: DateTime<Utc>,
    ) -> Result<Feedback> {
        if text.trim().is_empty() {
            return Err(GovernanceError::refused("expected words, found none"));
        }
        self.require_at_work(by, "say what they think", now).await?;
        let said = Feedback { by: by.clone(), at: now, praise, text: text.trim().to_owned() };
        let hash = sha256_hex(format!("{by}\n{text}").as_bytes());
        let id = format!("{}-{}", now.format("%Y%m%dT%H%M%S"), hash.chars().take(8).collect::<String>());
        let mut change = Change::new(&id, now);
        change.create(&format!("{PREFIX}{id}"), &said)?;
        let outcome = if praise { "praise" } else { "complaint" };
        change.audit(Record {
            actor: by.as_str(),
            action: "feedback.say",
            object: &id,
            why: json!({"text": said.text}),
            outcome,
            ..Record::default()
        });
        change.commit(self.store()).await?;
        Ok(said)
    }

    /// What was said, the oldest first.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails.
    pub async fn feedback(&self) -> Result<Vec<Feedback>> {
        let found = keep::list::<Feedback>(self.store(), PREFIX, "feedback").await?;
        Ok(found.into_iter().map(|kept| kept.value).collect())
    }
}
