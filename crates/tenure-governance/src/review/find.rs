use chrono::{DateTime, Utc};
use tenure_policy::IdentityId;

use super::model::{CAMPAIGNS, CLOSED_REMEDIES, OPEN_REMEDIES, items_prefix};
use super::{Campaign, Item, Remedy};
use crate::keep;
use crate::look::Look;
use crate::request::Approvers;
use crate::{Governance, GovernanceError, Result};

impl Governance {
    /// Every campaign, the latest first.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails.
    pub async fn campaigns(&self) -> Result<Vec<Campaign>> {
        let found = keep::list::<Campaign>(self.store(), CAMPAIGNS, "campaign").await?;
        let mut campaigns: Vec<Campaign> = found.into_iter().map(|kept| kept.value).collect();
        campaigns.sort_by(|a, b| (b.opened, &b.id).cmp(&(a.opened, &a.id)));
        Ok(campaigns)
    }

    /// The items of open campaigns that wait for somebody's decision, for themselves or for whom they stand in.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails.
    pub async fn to_review(&self, who: &IdentityId, now: DateTime<Utc>) -> Result<Vec<Item>> {
        if !self.is_at_work(who, now).await? {
            return Ok(Vec::new());
        }
        let mut deciders = self.principals(who, now).await?;
        deciders.push(who.clone());
        let mut found = Vec::new();
        for campaign in self.campaigns().await?.into_iter().filter(|campaign| campaign.closed.is_none()) {
            let mut items = self.review_items(&campaign.id).await?;
            items.retain(|item| item.judgement.is_none() && item.identity != *who);
            let look = Look::default().besides(&deciders).besides(items.iter().map(|item| &item.identity));
            let census = self.look(look.reviewing(&campaign), now).await?;
            for item in items {
                let reviewers = self.reviewers(&campaign, &item, &census);
                if deciders.iter().any(|id| reviewers.contains(id)) {
                    found.push(item);
                }
            }
        }
        Ok(found)
    }

    /// An item as somebody may see it: its reviewers, who has decided about it, and the administrators, never whose access it is.
    ///
    /// # Errors
    ///
    /// `NotFound`, when there is none that they may see; `Store`, `Corrupt` or `Engine`, when the store fails.
    pub async fn show_item(
        &self,
        campaign: &str,
        item: &str,
        who: &IdentityId,
        now: DateTime<Utc>,
    ) -> Result<(Campaign, Item)> {
        let not_found = || GovernanceError::NotFound { what: "item", id: format!("{campaign}/{item}") };
        let round = self.campaign(campaign).await?;
        let key = format!("{}{item}", items_prefix(campaign));
        let kept: Option<keep::Kept<Item>> = keep::read(self.store(), &key, "item").await?;
        let item = kept.ok_or_else(not_found)?.value;
        let look = Look::default().besides([who, &item.identity]).reviewing(&round);
        let census = self.look(look, now).await?;
        let judged = item.judgement.as_ref().is_some_and(|judgement| judgement.by == *who);
        let reviews = self.reviewer(&round, &item, who, &census).await;
        let at_work = Approvers { rules: &self.rules, census: &census }.is_at_work(who);
        let sees = reviews.is_ok() || judged || (self.is_administrator(who) && item.identity != *who);
        if sees && at_work { Ok((round, item)) } else { Err(not_found()) }
    }

    /// What was decided against: what is not gone yet, or what is.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails.
    pub async fn remedies(&self, gone: bool) -> Result<Vec<Remedy>> {
        let prefix = if gone { CLOSED_REMEDIES } else { OPEN_REMEDIES };
        let found = keep::list::<Remedy>(self.store(), prefix, "remedy").await?;
        Ok(found.into_iter().map(|kept| kept.value).collect())
    }
}
