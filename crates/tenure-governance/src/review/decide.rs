use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::json;
use tenure_engine::Census;
use tenure_policy::{DelegatedAction, Granted, IdentityId};

use super::evidence::{Earlier, earlier_key};
use super::model::{campaign_key, items_prefix};
use super::{Campaign, Item, Judgement, Verdict};
use crate::keep::{self, Change, Kept, Record};
use crate::look::Look;
use crate::request::Approvers;
use crate::{Governance, GovernanceError, Message, MessageKind, Result};

impl Governance {
    /// Decides about an item of a campaign. What is decided against is taken back: explicit grants at once, what nobody knows a
    /// reason for by giving it up, what a rule gives by whoever owns the rule. The next plans carry it out, through their guards.
    ///
    /// # Errors
    ///
    /// * `NotAllowed`, when it is their own access, or they are no reviewer of it;
    /// * `Refused`, when the campaign is closed, it was decided already, or there is no reason for a removal;
    /// * `NotFound`, when there is no such campaign or item; `Raced`, when another decided at the same moment.
    pub async fn judge(
        &self,
        campaign: &str,
        item: &str,
        by: &IdentityId,
        verdict: Verdict,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Item> {
        let round = self.campaign(campaign).await?;
        if round.closed.is_some() {
            let detail = format!("expected a campaign that is open, found `{campaign}` closed");
            return Err(GovernanceError::refused(detail));
        }
        let key = format!("{}{item}", items_prefix(campaign));
        let kept: Option<Kept<Item>> = keep::read(self.store(), &key, "item").await?;
        let kept = kept.ok_or_else(|| GovernanceError::NotFound { what: "item", id: item.to_owned() })?;
        if kept.value.judgement.is_some() {
            return Err(GovernanceError::refused(format!("`{item}` was decided already")));
        }
        if verdict == Verdict::Remove && reason.trim().is_empty() {
            return Err(GovernanceError::refused("expected a reason for the removal, found none"));
        }
        let look = Look::default().besides([by, &kept.value.identity]).reviewing(&round);
        let census = self.look(look, now).await?;
        let instead_of = self.reviewer(&round, &kept.value, by, &census).await?;
        let mut judged = kept.value.clone();
        let reason = reason.to_owned();
        judged.judgement = Some(Judgement { verdict, by: by.clone(), instead_of, reason, at: now });
        let mut change = Change::new(campaign, now);
        change.replace(&kept, &judged)?;
        self.remember(&mut change, &round, &judged)?;
        if verdict == Verdict::Remove {
            let remedy = self.remedy_of(&round, &judged, by, now);
            change.create(&remedy.key(), &remedy)?;
            let text =
                format!("{} of {} has to go: it was decided against", judged.entitlement, judged.person);
            change.tell(&Message::new(&remedy.owner, MessageKind::Task, &remedy.id, text, now))?;
        }
        change.audit(Record {
            actor: by.as_str(),
            action: "review.judge",
            target: Some(judged.entitlement.target.as_str()),
            identity: Some(judged.identity.as_str()),
            object: &format!("{campaign}/{item}"),
            why: json!({"judgement": judged.judgement, "entitlement": judged.entitlement}),
            outcome: if verdict == Verdict::Keep { "keep" } else { "remove" },
            ..Record::default()
        });
        change.commit(self.store()).await?;
        if verdict == Verdict::Remove {
            self.pursue_remedies(Some(&format!("{campaign}.{item}")), now).await?;
        }
        Ok(judged)
    }

    /// For the next campaign: what was decided and what was known.
    fn remember(&self, change: &mut Change, round: &Campaign, item: &Item) -> Result<()> {
        let Some(judgement) = &item.judgement else { return Ok(()) };
        let earlier = Earlier {
            campaign: round.id.clone(),
            verdict: judgement.verdict,
            by: judgement.by.clone(),
            at: judgement.at,
            work: item.evidence.work.clone(),
            origins: item.evidence.origins.clone(),
        };
        let value =
            serde_json::to_value(&earlier).map_err(|error| GovernanceError::corrupt("review", &error))?;
        let key = earlier_key(round.review.id.as_str(), &item.identity, &item.entitlement);
        change.write(tenure_store::Write::Value { key, value });
        Ok(())
    }

    /// Those who may decide about an item: never whose access it is.
    pub(crate) fn reviewers(&self, round: &Campaign, item: &Item, census: &Census) -> BTreeSet<IdentityId> {
        let approvers = Approvers { rules: &self.rules, census };
        let what = Granted::Entitlement(item.entitlement.clone());
        let excluded = [&item.identity];
        let spec = &round.review;
        let mut found =
            approvers.first(&spec.by, &item.identity, &what, Some(&item.entitlement), &excluded, 1);
        if round.escalated.is_some()
            && let Some(escalation) = &spec.escalate
        {
            let to = &escalation.to;
            found.extend(approvers.first(to, &item.identity, &what, Some(&item.entitlement), &excluded, 1));
        }
        found
    }

    /// For whom somebody may decide about an item; nobody means for themselves.
    pub(crate) async fn reviewer(
        &self,
        round: &Campaign,
        item: &Item,
        by: &IdentityId,
        census: &Census,
    ) -> Result<Option<IdentityId>> {
        if *by == item.identity {
            let because = "nobody decides about their own access";
            return Err(GovernanceError::not_allowed(by, "decide about this item", because));
        }
        let reviewers = self.reviewers(round, item, census);
        if reviewers.contains(by) {
            return Ok(None);
        }
        if !(Approvers { rules: &self.rules, census }).is_at_work(by) {
            let because = "expected somebody who is at work";
            return Err(GovernanceError::not_allowed(by, "decide about this item", because));
        }
        let principals = self.principals(by, census.now()).await?;
        if let Some(principal) = principals.into_iter().find(|id| reviewers.contains(id)) {
            return Ok(Some(principal));
        }
        // The policy may let others review for whom they answer.
        self.may(census, by, &item.identity, DelegatedAction::Review, None).map(|_| None)
    }

    /// The campaign with this id.
    ///
    /// # Errors
    ///
    /// `NotFound`, when there is none; `Store` or `Corrupt`, when the store fails.
    pub async fn campaign(&self, id: &str) -> Result<Campaign> {
        let found = keep::read(self.store(), &campaign_key(id), "campaign").await?;
        let not_found = || GovernanceError::NotFound { what: "campaign", id: id.to_owned() };
        found.map(|kept: Kept<Campaign>| kept.value).ok_or_else(not_found)
    }
}
