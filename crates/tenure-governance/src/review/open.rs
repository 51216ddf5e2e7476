use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::json;
use tenure_engine::{Census, Possessed};
use tenure_policy::{Identity, IdentityId, Phase, Policy, RuleId};
use tenure_store::{Batch, Write, sha256_hex};

use super::evidence::{Earlier, Gather};
use super::model::{campaign_key, items_prefix};
use super::{Campaign, Item};
use crate::keep::{self, Change, Record, SYSTEM};
use crate::{Calendar, Governance, GovernanceError, Result, ReviewSpec};

/// When the campaign that should be under way was due to begin; none before the first. Cadences count civil days.
fn period(spec: &ReviewSpec, calendar: &Calendar, now: DateTime<Utc>) -> Option<NaiveDate> {
    let today = calendar.day_of(now);
    let since = (today - spec.first).num_days();
    let every = (spec.every.after(now) - now).num_days();
    match (since, every) {
        (..0, _) => None,
        // A review without a cadence takes place once.
        (_, ..1) => Some(spec.first),
        (since, every) => spec.first.checked_add_signed(TimeDelta::days(since - since % every)),
    }
}

impl Governance {
    /// Opens the campaign of a review that should be under way, unless it was opened. The same campaign is never opened twice.
    pub(crate) async fn open_due(
        &self,
        spec: &ReviewSpec,
        everybody: &mut Option<Census>,
        now: DateTime<Utc>,
    ) -> Result<Option<Campaign>> {
        let Some(id) = self.due_campaign(spec, now).await? else { return Ok(None) };
        let census = self.everybody(everybody, now).await?;
        self.open_campaign(spec, id, census, None).await.map(Some)
    }

    /// Everybody, read when somebody asks for it first.
    pub(crate) async fn everybody<'c>(
        &self,
        read: &'c mut Option<Census>,
        now: DateTime<Utc>,
    ) -> Result<&'c Census> {
        let census = match read.take() {
            Some(census) => census,
            None => self.engine.census(now).await?,
        };
        Ok(read.insert(census))
    }

    /// The campaign of a review that should be under way and was not opened.
    pub(crate) async fn due_campaign(&self, spec: &ReviewSpec, now: DateTime<Utc>) -> Result<Option<String>> {
        let Some(day) = period(spec, &self.rules.document().calendar, now) else { return Ok(None) };
        let id = format!("{}-{day}", spec.id);
        let known = self.store().value(&campaign_key(&id)).await.map_err(GovernanceError::Store)?;
        Ok(known.is_none().then_some(id))
    }

    /// Opens a campaign, about everybody or about some.
    pub(crate) async fn open_campaign(
        &self,
        spec: &ReviewSpec,
        id: String,
        census: &Census,
        only: Option<&BTreeSet<IdentityId>>,
    ) -> Result<Campaign> {
        let now = census.now();
        let calendar = &self.rules.document().calendar;
        let (items, by_rule) = self.items(spec, &id, census, only).await?;
        let campaign = Campaign {
            id,
            review: spec.clone(),
            opened: now,
            due: spec.due.after(now, calendar),
            closed: None,
            items: items.len(),
            by_rule,
            remind_at: spec.remind.map(|term| term.after(now, calendar)),
            escalated: None,
        };
        // The items come first: a campaign without all of its items would look finished. Until the campaign is there nobody can
        // decide, so items of an opening that a crash cut short are written again.
        for chunk in items.chunks(CHUNK) {
            let mut batch = Batch::new();
            for item in chunk {
                let value =
                    serde_json::to_value(item).map_err(|error| GovernanceError::corrupt("item", &error))?;
                batch.push(Write::Value { key: item.key(), value });
            }
            self.store().commit(batch).await.map_err(GovernanceError::Store)?;
        }
        let mut change = Change::new(&campaign.id, now);
        change.create(&campaign_key(&campaign.id), &campaign)?;
        change.audit(Record {
            actor: SYSTEM,
            action: "review.open",
            object: &campaign.id,
            why: json!({"items": campaign.items, "by_rule": campaign.by_rule, "due": campaign.due}),
            ..Record::default()
        });
        self.tell_reviewers(&mut change, &campaign, &items, census, crate::MessageKind::Decide)?;
        change.commit(self.store()).await?;
        Ok(campaign)
    }

    async fn items(
        &self,
        spec: &ReviewSpec,
        campaign: &str,
        census: &Census,
        only: Option<&BTreeSet<IdentityId>>,
    ) -> Result<(Vec<Item>, BTreeMap<RuleId, usize>)> {
        let gather = Gather::new(census);
        let mut by_rule: BTreeMap<RuleId, usize> = BTreeMap::new();
        let mut items = Vec::new();
        let prefix = format!("governance/reviewed/{}/", spec.id);
        let found = keep::list::<Earlier>(self.store(), &prefix, "earlier review").await?;
        let mut earlier: BTreeMap<String, Earlier> =
            found.into_iter().map(|kept| (kept.key, kept.value)).collect();
        for identity in census.identities() {
            let meant = only.is_none_or(|only| only.contains(identity.id()));
            if !meant || !self.concerns(spec, identity, census.policy(), census.now()) {
                continue;
            }
            let held = gather.holdings.by_identity.get(identity.id()).map(Vec::as_slice).unwrap_or_default();
            let meant: Vec<&Possessed> = held.iter().filter(|held| means(spec, held, census)).collect();
            if meant.is_empty() {
                continue;
            }
            let wanted = census.evaluate(identity.id());
            for held in meant {
                let rules: Vec<_> = held.origins.iter().filter_map(|origin| origin.rule()).collect();
                if !spec.scope.birthright && !rules.is_empty() && rules.len() == held.origins.len() {
                    rules.into_iter().for_each(|rule| *by_rule.entry(rule.clone()).or_default() += 1);
                    continue;
                }
                let key = &held.entitlement;
                let until = wanted.as_ref().and_then(|wanted| wanted.entitlements.get(key)?.until);
                let before =
                    earlier.remove(&super::evidence::earlier_key(spec.id.as_str(), identity.id(), key));
                let hash = sha256_hex(format!("{}\n{key}", identity.id()).as_bytes());
                items.push(Item {
                    id: hash.chars().take(12).collect(),
                    campaign: campaign.to_owned(),
                    identity: identity.id().clone(),
                    person: identity.display_name().to_owned(),
                    entitlement: key.clone(),
                    evidence: gather.evidence(identity, held, until, before),
                    judgement: None,
                });
            }
        }
        Ok((items, by_rule))
    }

    pub(crate) fn concerns(
        &self,
        spec: &ReviewSpec,
        identity: &Identity,
        policy: &Policy,
        now: DateTime<Utc>,
    ) -> bool {
        let phase = policy.state(identity, now).phase;
        // Who has left is the leaver's way's business, not a reviewer's.
        let here = !phase.is_gone() && phase != Phase::Planned;
        let who = |condition| self.rules.selector(condition).is_some_and(|who| who.holds(identity, now));
        here && spec.scope.who.as_ref().is_none_or(who)
    }

    /// The items of a campaign, by person and entitlement.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails.
    pub async fn review_items(&self, campaign: &str) -> Result<Vec<Item>> {
        let found = keep::list::<Item>(self.store(), &items_prefix(campaign), "item").await?;
        let mut items: Vec<Item> = found.into_iter().map(|kept| kept.value).collect();
        items.sort_by(|a, b| (&a.identity, &a.entitlement).cmp(&(&b.identity, &b.entitlement)));
        Ok(items)
    }
}

fn means(spec: &ReviewSpec, held: &Possessed, census: &Census) -> bool {
    let (scope, key) = (&spec.scope, &held.entitlement);
    let known = census.policy().document().entitlements.get(key);
    (scope.targets.is_empty() || scope.targets.contains(&key.target))
        && (scope.kinds.is_empty() || scope.kinds.contains(&key.kind))
        && scope.risk.is_none_or(|least| known.map(|spec| spec.risk).unwrap_or_default() >= least)
}

/// How many items are written at once.
const CHUNK: usize = 500;
