use chrono::{DateTime, Utc};
use tenure_policy::IdentityId;

use super::model::{CAMPAIGNS, CLOSED_REMEDIES, OPEN_REMEDIES};
use super::{Campaign, Item, Remedy};
use crate::keep;
use crate::{Governance, Result};

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
        let census = self.engine.census(now).await?;
        let mut deciders = self.principals(who, now).await?;
        deciders.push(who.clone());
        let mut found = Vec::new();
        for campaign in self.campaigns().await?.into_iter().filter(|campaign| campaign.closed.is_none()) {
            for item in self.review_items(&campaign.id).await? {
                if item.judgement.is_some() || item.identity == *who {
                    continue;
                }
                let reviewers = self.reviewers(&campaign, &item, &census);
                if deciders.iter().any(|id| reviewers.contains(id)) {
                    found.push(item);
                }
            }
        }
        Ok(found)
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
