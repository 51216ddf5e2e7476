use chrono::{DateTime, Utc};
use serde_json::json;
use tenure_engine::{Census, EngineError};
use tenure_policy::{GrantId, IdentityId, Origin};

use super::model::OPEN_REMEDIES;
use super::{Campaign, Item, Remedy};
use crate::keep::{self, Change, Kept, Record, SYSTEM};
use crate::look::Look;
use crate::{Governance, GovernanceError, Message, MessageKind, Result};

impl Governance {
    pub(crate) fn remedy_of(
        &self,
        round: &Campaign,
        item: &Item,
        by: &IdentityId,
        now: DateTime<Utc>,
    ) -> Remedy {
        let calendar = &self.rules.document().calendar;
        let owners = self.rules.owners_of(&item.entitlement).iter();
        let mut owners = owners.chain(&self.rules.document().administrators);
        Remedy {
            id: format!("{}.{}", round.id, item.id),
            identity: item.identity.clone(),
            entitlement: item.entitlement.clone(),
            owner: owners.next().unwrap_or(by).clone(),
            opened: now,
            due: round.review.remedy_within.after(now, calendar),
            steps: Vec::new(),
            by_hand: false,
            overdue_told: false,
            verified: None,
        }
    }

    /// Looks after what was decided against, or one thing of it, until it is seen to be gone. Returns what was closed.
    pub(crate) async fn pursue_remedies(
        &self,
        only: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Remedy>> {
        let mut closed = Vec::new();
        let mut open = keep::list::<Remedy>(self.store(), OPEN_REMEDIES, "remedy").await?;
        open.retain(|kept| only.is_none_or(|only| kept.value.id == only));
        if open.is_empty() {
            return Ok(closed);
        }
        let look = Look::about(open.iter().map(|kept| kept.value.identity.clone()));
        let census = &self.look(look, now).await?;
        for kept in open {
            match self.pursue(&kept, census).await {
                Ok(Some(remedy)) if remedy.verified.is_some() => closed.push(remedy),
                Ok(_) | Err(GovernanceError::Raced { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(closed)
    }

    async fn pursue(&self, kept: &Kept<Remedy>, census: &Census) -> Result<Option<Remedy>> {
        let now = census.now();
        let mut remedy = kept.value.clone();
        let held = census.possessions(&remedy.identity);
        let Some(held) = held.into_iter().find(|held| held.entitlement == remedy.entitlement) else {
            // A target that could not be read has not shown that it is gone.
            if census.unread().any(|(target, _)| *target == remedy.entitlement.target) {
                return Ok(None);
            }
            remedy.verified = Some(now);
            return self.keep_remedy(kept, remedy, "review.remedied", now, None).await;
        };
        let before = remedy.steps.len();
        remedy.by_hand = false;
        if held.origins.is_empty() {
            self.disown(&mut remedy, now).await?;
        }
        for origin in &held.origins {
            match (origin.source(), origin.grant()) {
                (_, Some(grant)) => self.take_back(&mut remedy, census, grant).await?,
                (Origin::Rule { rule, .. }, _) => {
                    remedy.by_hand = true;
                    note(
                        &mut remedy,
                        format!("the rule `{rule}` gives it: change the rule, or whom it holds for"),
                    );
                }
                _ => {
                    remedy.by_hand = true;
                    note(&mut remedy, "it is in the declared scope: change the scope".to_owned());
                }
            }
        }
        if now >= remedy.due && !remedy.overdue_told {
            remedy.overdue_told = true;
            let text = format!("{} of {} should be gone by now", remedy.entitlement, remedy.identity);
            let told = Message::new(&remedy.owner, MessageKind::Reminder, &remedy.id, text, now);
            return self.keep_remedy(kept, remedy, "review.overdue", now, Some(told)).await;
        }
        if remedy.steps.len() == before {
            return Ok(None);
        }
        self.keep_remedy(kept, remedy, "review.remedy", now, None).await
    }

    async fn take_back(&self, remedy: &mut Remedy, census: &Census, grant: &GrantId) -> Result<()> {
        if !census.grants(&remedy.identity).iter().any(|known| known.id == *grant) {
            return Ok(());
        }
        let reason = format!("decided against in {}", remedy.id);
        match self.engine.revoke_grant(grant, SYSTEM, &reason, census.now()).await {
            Ok(()) | Err(EngineError::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        note(remedy, format!("the grant `{grant}` was taken back"));
        Ok(())
    }

    async fn disown(&self, remedy: &mut Remedy, now: DateTime<Utc>) -> Result<()> {
        let id = GrantId::parse(&format!("disowned-{}", remedy.id));
        let id = id.map_err(|error| GovernanceError::corrupt("grant id", &error))?;
        let reason = format!("decided against in {}", remedy.id);
        let done = self.engine.disown(&remedy.identity, &remedy.entitlement, id, SYSTEM, &reason, now).await;
        match done {
            Ok(()) => note(remedy, "nobody knew a reason for it: it was given up".to_owned()),
            Err(EngineError::Refused { .. } | EngineError::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    async fn keep_remedy(
        &self,
        kept: &Kept<Remedy>,
        remedy: Remedy,
        action: &str,
        now: DateTime<Utc>,
        told: Option<Message>,
    ) -> Result<Option<Remedy>> {
        let mut change = Change::new(&remedy.id, now);
        change.rename(kept, &remedy.key(), &remedy)?;
        change.audit(Record {
            actor: SYSTEM,
            action,
            target: Some(remedy.entitlement.target.as_str()),
            identity: Some(remedy.identity.as_str()),
            object: &remedy.id,
            why: json!({"steps": remedy.steps, "owner": remedy.owner, "due": remedy.due}),
            outcome: if remedy.verified.is_some() { "gone" } else { "open" },
            ..Record::default()
        });
        if let Some(told) = &told {
            change.tell(told)?;
        }
        change.commit(self.store()).await?;
        Ok(Some(remedy))
    }
}

fn note(remedy: &mut Remedy, step: String) {
    if !remedy.steps.contains(&step) {
        remedy.steps.push(step);
    }
}
