use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use tenure_engine::Census;
use tenure_policy::{Identity, IdentityId};
use tenure_store::{AsOf, PageRequest};

use super::Campaign;
use super::model::CAMPAIGNS;
use super::peers::DEPARTMENT;
use crate::keep;
use crate::request::manager_on;
use crate::{Governance, GovernanceError, Result, ReviewSpec};

impl Governance {
    /// Opens a campaign about those who have another department or manager than a while ago, when they are as many as the review
    /// takes for a reorganisation, and none was opened for one since.
    pub(crate) async fn open_moved(
        &self,
        spec: &ReviewSpec,
        everybody: &mut Option<Census>,
        now: DateTime<Utc>,
    ) -> Result<Option<Campaign>> {
        let Some(moves) = &spec.after_moves else { return Ok(None) };
        let since = moves.within.before(now);
        let prefix = format!("{}-moved-", spec.id);
        let earlier =
            keep::list::<Campaign>(self.store(), &format!("{CAMPAIGNS}{prefix}"), "campaign").await?;
        if earlier.iter().any(|kept| kept.value.opened > since) {
            return Ok(None);
        }
        let moved = self.moved_since(spec, since, now).await?;
        if moved.len() < moves.least.max(1) {
            return Ok(None);
        }
        let day = self.rules.document().calendar.day_of(now);
        let census = self.everybody(everybody, now).await?;
        self.open_campaign(spec, format!("{prefix}{day}"), census, Some(&moved)).await.map(Some)
    }

    async fn moved_since(
        &self,
        spec: &ReviewSpec,
        since: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Result<BTreeSet<IdentityId>> {
        let policy = self.engine.policy(at)?;
        let (mut moved, mut page) = (BTreeSet::new(), PageRequest::first(PAGE));
        loop {
            let records = self.store().identities(&page).await.map_err(GovernanceError::Store)?;
            let Some(last) = records.last() else { return Ok(moved) };
            page = PageRequest::after(last.id.clone(), PAGE);
            for record in records {
                let now = read(record.document)?;
                if now.as_person().is_none() || !self.concerns(spec, &now, policy, at) {
                    continue;
                }
                // What the calendar alone has changed is in the same record.
                let then = match record.recorded > since {
                    true => self.known(&record.id, since).await?,
                    false => Some(now.clone()),
                };
                let place = |found: &Identity, at| {
                    let seen = policy.seen_as(found, at);
                    (seen.text(DEPARTMENT).map(str::to_owned), manager_on(found, at))
                };
                if then.is_some_and(|then| place(&then, since) != place(&now, at)) {
                    moved.insert(now.id().clone());
                }
            }
        }
    }

    async fn known(&self, id: &str, at: DateTime<Utc>) -> Result<Option<Identity>> {
        let found = self.store().identity_as_of(id, &AsOf::at(at)).await.map_err(GovernanceError::Store)?;
        found.map(|record| read(record.document)).transpose()
    }
}

fn read(document: serde_json::Value) -> Result<Identity> {
    serde_json::from_value(document).map_err(|error| GovernanceError::corrupt("identity", &error))
}

const PAGE: usize = 1_000;
