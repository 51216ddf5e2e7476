use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tenure_engine::Census;
use tenure_policy::IdentityId;

use super::model::CAMPAIGNS;
use super::{Campaign, Item};
use crate::keep::{self, Change, Kept, Record, SYSTEM};
use crate::look::Look;
use crate::{Governance, GovernanceError, Message, MessageKind, Result};

/// What time alone has brought about for reviews.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReviewAdvance {
    /// Campaigns that were opened.
    pub opened: Vec<String>,
    /// Campaigns whose reviewers were reminded.
    pub reminded: Vec<String>,
    /// Campaigns in which others may decide as well.
    pub escalated: Vec<String>,
    /// Campaigns that were closed, with the number of items about which nobody decided. They are kept.
    pub closed: Vec<(String, usize)>,
    /// What was decided against and is gone now.
    pub remedied: Vec<String>,
}

impl Governance {
    /// Opens the campaigns that should be under way, reminds, escalates, closes what is decided or due, and sees to it that what
    /// was decided against goes. Silence takes nothing from anybody.
    ///
    /// # Errors
    ///
    /// `Store`, `Corrupt` or `Engine`, when the store fails.
    pub async fn advance_reviews(&self, now: DateTime<Utc>) -> Result<ReviewAdvance> {
        let mut done = ReviewAdvance::default();
        if !self.has_review_work(now).await? {
            return Ok(done);
        }
        // Everybody is read when a campaign opens, and once for all that open.
        let mut everybody = None;
        for spec in &self.rules.document().reviews {
            let due = self.open_due(spec, &mut everybody, now).await;
            for opened in [due, self.open_moved(spec, &mut everybody, now).await] {
                match opened {
                    Ok(opened) => done.opened.extend(opened.map(|campaign| campaign.id)),
                    Err(GovernanceError::Raced { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        for kept in keep::list::<Campaign>(self.store(), CAMPAIGNS, "campaign").await? {
            if kept.value.closed.is_some() {
                continue;
            }
            match self.step_campaign(&kept, &mut done, now).await {
                Ok(()) | Err(GovernanceError::Raced { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let gone = self.pursue_remedies(None, now).await?;
        done.remedied = gone.into_iter().map(|remedy| remedy.id).collect();
        Ok(done)
    }

    /// Whether there is anything to look after.
    async fn has_review_work(&self, now: DateTime<Utc>) -> Result<bool> {
        for spec in &self.rules.document().reviews {
            if spec.after_moves.is_some() || self.due_campaign(spec, now).await?.is_some() {
                return Ok(true);
            }
        }
        let campaigns = keep::list::<Campaign>(self.store(), CAMPAIGNS, "campaign").await?;
        let open = campaigns.iter().any(|kept| kept.value.closed.is_none());
        Ok(open || !self.remedies(false).await?.is_empty())
    }

    async fn step_campaign(
        &self,
        kept: &Kept<Campaign>,
        done: &mut ReviewAdvance,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let calendar = &self.rules.document().calendar;
        let mut campaign = kept.value.clone();
        let id = campaign.id.clone();
        let items = self.review_items(&id).await?;
        let left = items.iter().filter(|item| item.judgement.is_none()).count();
        let spec = &campaign.review;
        let escalates = spec.escalate.as_ref().map(|found| found.after.after(campaign.opened, calendar));
        let (action, kind) = if left == 0 || now >= campaign.due {
            campaign.closed = Some(now);
            ("review.close", None)
        } else if campaign.escalated.is_none() && escalates.is_some_and(|at| at <= now) {
            campaign.escalated = Some(now);
            ("review.escalate", Some(MessageKind::Escalation))
        } else if campaign.remind_at.is_some_and(|at| at <= now) {
            campaign.remind_at = spec.remind.map(|term| {
                let next = term.after(now, calendar);
                next.max(now + chrono::TimeDelta::hours(1))
            });
            ("review.remind", Some(MessageKind::Reminder))
        } else {
            return Ok(());
        };
        let mut change = Change::new(&id, now);
        change.replace(kept, &campaign)?;
        let why = json!({"undecided": left, "items": campaign.items});
        change.audit(Record { actor: SYSTEM, action, object: &id, why, ..Record::default() });
        match kind {
            Some(kind) => {
                let people = items.iter().map(|item| &item.identity);
                let census = self.look(Look::default().besides(people).reviewing(&campaign), now).await?;
                self.tell_reviewers(&mut change, &campaign, &items, &census, kind)?;
            }
            None if left > 0 => {
                let text =
                    format!("{id} is closed; about {left} of {} nobody decided: they are kept", items.len());
                for administrator in &self.rules.document().administrators {
                    change.tell(&Message::new(
                        administrator,
                        MessageKind::Notice,
                        &id,
                        text.as_str(),
                        now,
                    ))?;
                }
            }
            None => {}
        }
        change.commit(self.store()).await?;
        match action {
            "review.close" => done.closed.push((id, left)),
            "review.escalate" => done.escalated.push(id),
            _ => done.reminded.push(id),
        }
        Ok(())
    }

    /// Tells each reviewer once how much waits for them.
    pub(crate) fn tell_reviewers(
        &self,
        change: &mut Change,
        campaign: &Campaign,
        items: &[Item],
        census: &Census,
        kind: MessageKind,
    ) -> Result<()> {
        let mut waiting: BTreeMap<IdentityId, usize> = BTreeMap::new();
        for item in items.iter().filter(|item| item.judgement.is_none()) {
            for reviewer in self.reviewers(campaign, item, census) {
                *waiting.entry(reviewer).or_default() += 1;
            }
        }
        for (reviewer, count) in waiting {
            let due = campaign.due.format("%Y-%m-%d");
            let text = format!("{count} of {} wait for your decision until {due}", campaign.id);
            change.tell(&Message::new(&reviewer, kind, &campaign.id, text, census.now()))?;
        }
        Ok(())
    }
}
