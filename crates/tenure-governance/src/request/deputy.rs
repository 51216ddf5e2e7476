use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tenure_policy::IdentityId;

use crate::keep::{self, Change, Kept, Record};
use crate::{Governance, GovernanceError, Message, MessageKind, Result};

/// Somebody who decides for another for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deputy {
    /// Whose decisions.
    pub principal: IdentityId,
    /// Who decides in their place, as well as they themselves.
    pub deputy: IdentityId,
    /// From when on.
    pub from: DateTime<Utc>,
    /// Until when.
    pub until: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

const PREFIX: &str = "governance/deputy/";

impl Governance {
    /// Lets another decide in one's place for a while. One deputy at a time: a second one takes the place of the first.
    ///
    /// A deputy decides about requests for others only, and does not pass on what they stand in for.
    ///
    /// # Errors
    ///
    /// `Refused`, when somebody would stand in for themselves or the time is empty; `NotAllowed`, when one of the two is not at work.
    pub async fn deputise(&self, deputy: Deputy, now: DateTime<Utc>) -> Result<()> {
        if deputy.deputy == deputy.principal || deputy.until <= deputy.from || deputy.until <= now {
            let detail = "expected another person and a time that has not passed, found neither or one";
            return Err(GovernanceError::refused(detail));
        }
        for who in [&deputy.principal, &deputy.deputy] {
            if !self.is_at_work(who, now).await? {
                let because = format!("expected that `{who}` is at work");
                return Err(GovernanceError::not_allowed(&deputy.principal, "be stood in for", because));
            }
        }
        let key = format!("{PREFIX}{}", deputy.principal);
        let old: Option<Kept<Deputy>> = keep::read(self.store(), &key, "deputy").await?;
        let mut change = Change::new(deputy.principal.as_str(), now);
        match &old {
            Some(old) => change.replace(old, &deputy)?,
            None => change.create(&key, &deputy)?,
        }
        change.audit(Record {
            actor: deputy.principal.as_str(),
            action: "deputy.name",
            identity: Some(deputy.deputy.as_str()),
            object: deputy.principal.as_str(),
            why: json!({"reason": deputy.reason}),
            after: json!(deputy),
            ..Record::default()
        });
        let text = format!("you decide for {} until {}", deputy.principal, deputy.until.format("%Y-%m-%d"));
        let about = deputy.principal.as_str();
        change.tell(&Message::new(&deputy.deputy, MessageKind::Notice, about, text, now))?;
        change.commit(self.store()).await
    }

    /// Everybody for whom somebody decides at a moment.
    pub(crate) async fn principals(
        &self,
        deputy: &IdentityId,
        now: DateTime<Utc>,
    ) -> Result<Vec<IdentityId>> {
        let found = keep::list::<Deputy>(self.store(), PREFIX, "deputy").await?;
        let deputies = found.into_iter().map(|kept| kept.value);
        let standing = deputies.filter(|d| d.deputy == *deputy && d.from <= now && now < d.until);
        Ok(standing.map(|d| d.principal).collect())
    }
}
