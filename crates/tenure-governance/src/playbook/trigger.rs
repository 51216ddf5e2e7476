use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tenure_engine::Census;
use tenure_policy::{Identity, IdentityId, Policy, Selector, TriggerSpec};
use tenure_store::{PageRequest, sha256_hex};

use super::PlaybookAdvance;
use super::start::new_run;
use crate::keep::{self, Change, Kept};
use crate::look::Look;
use crate::{Governance, GovernanceError, Result};

/// How far the look for triggers has come: who has not changed since and whose time has not come is not looked at again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Looked {
    /// Under which policy.
    policy: String,
    /// When.
    at: DateTime<Utc>,
    /// Up to where in the audit trail.
    after: u64,
    /// When somebody's answer may differ although nothing has changed; then everybody is looked at.
    next: Option<DateTime<Utc>>,
}

const LOOKED: &str = "governance/triggers";

impl Governance {
    /// Begins what the policy's triggers ask for.
    pub(crate) async fn pull_triggers(&self, done: &mut PlaybookAdvance, now: DateTime<Utc>) -> Result<()> {
        let policy = self.engine.policy(now)?;
        let own = self.own_triggers(policy).await?;
        if policy.document().triggers.is_empty() && own.is_empty() {
            return Ok(());
        }
        // Other triggers may concern anybody, as another policy may.
        let version = match own.is_empty() {
            true => policy.version().to_string(),
            false => {
                let triggers: Vec<&TriggerSpec> = own.iter().map(|(trigger, _)| trigger).collect();
                format!("{} {}", policy.version(), sha256_hex(json!(triggers).to_string().as_bytes()))
            }
        };
        // What is written while this looks is looked at the next time.
        let head = self.store().audit_head().await.map_err(GovernanceError::Store)?;
        let kept: Option<Kept<Looked>> = keep::read(self.store(), LOOKED, "look for triggers").await?;
        let still = |looked: &Looked| {
            looked.policy == version && looked.at <= now && looked.next.is_none_or(|next| now < next)
        };
        let before = kept.as_ref().map(|kept| &kept.value).filter(|looked| still(looked));
        let mut earliest = before.and_then(|looked| looked.next);
        match before {
            Some(looked) => {
                let concerned: Vec<IdentityId> = self.changed_since(looked).await?.into_iter().collect();
                for people in concerned.chunks(AT_ONCE) {
                    earliest = self.pull_for_all(people, &own, done, earliest, now).await?;
                }
            }
            // Everybody, some at a time.
            None => {
                let mut page = PageRequest::first(AT_ONCE);
                loop {
                    let records = self.store().identities(&page).await.map_err(GovernanceError::Store)?;
                    let Some(last) = records.last() else { break };
                    page = PageRequest::after(last.id.clone(), AT_ONCE);
                    let people: Vec<IdentityId> =
                        records.iter().filter_map(|record| record.id.parse().ok()).collect();
                    earliest = self.pull_for_all(&people, &own, done, earliest, now).await?;
                }
            }
        }
        let looked = Looked { policy: version, at: now, after: head.seq, next: earliest };
        let mut change = Change::new("triggers", now);
        match &kept {
            Some(kept) if kept.value == looked => return Ok(()),
            Some(kept) => change.replace(kept, &looked)?,
            None => change.create(LOOKED, &looked)?,
        }
        match change.commit(self.store()).await {
            // Another looks at the same moment, and keeps what it has seen.
            Ok(()) | Err(GovernanceError::Raced { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The triggers of playbooks, with their conditions. What today's policy does not understand any more begins nothing.
    async fn own_triggers(&self, policy: &Policy) -> Result<Vec<(TriggerSpec, Option<Selector>)>> {
        let mut triggers = Vec::new();
        for playbook in self.playbooks().await? {
            for trigger in playbook.triggers.iter().map(|trigger| trigger.of(&playbook)) {
                let when = trigger.when.as_ref().and_then(|when| policy.selector(when).ok());
                triggers.push((trigger, when));
            }
        }
        Ok(triggers)
    }

    /// Begins what triggers ask for about some. Returns when an answer may be another, those known before included.
    async fn pull_for_all(
        &self,
        people: &[IdentityId],
        own: &[(TriggerSpec, Option<Selector>)],
        done: &mut PlaybookAdvance,
        mut earliest: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>> {
        let census = self.look(Look::about(people.iter().cloned()), now).await?;
        for identity in people.iter().filter_map(|id| census.identity(id)) {
            let next = self.pull_for(identity, own, &census, done).await?;
            earliest = [earliest, next].into_iter().flatten().min();
        }
        Ok(earliest)
    }

    /// Begins what triggers ask for about one identity. Returns when its answer may be another.
    async fn pull_for(
        &self,
        identity: &Identity,
        own: &[(TriggerSpec, Option<Selector>)],
        census: &Census,
        done: &mut PlaybookAdvance,
    ) -> Result<Option<DateTime<Utc>>> {
        let (policy, now) = (census.policy(), census.now());
        let Some(evaluation) = census.evaluate(identity.id()) else { return Ok(None) };
        let mut next = evaluation.next_change_at.filter(|at| *at > now);
        let of_policy = policy
            .playbooks(identity, &evaluation, now)
            .into_iter()
            .map(|due| (due.trigger.to_string(), due));
        let of_playbooks = own.iter().filter_map(|(trigger, when)| {
            let due = trigger.due(identity, when.as_ref(), &evaluation, now)?;
            Some((format!("{}/{}", due.playbook, due.trigger), due))
        });
        for (trigger, due) in of_policy.chain(of_playbooks) {
            if due.due > now {
                next = Some(next.map_or(due.due, |at| at.min(due.due)));
                continue;
            }
            let since = due.since.map(|since| since.to_rfc3339()).unwrap_or_default();
            let text = format!("{trigger}\n{}\n{since}", identity.id());
            let hash: String = sha256_hex(text.as_bytes()).chars().take(10).collect();
            let id = format!("{}-{hash}", due.playbook);
            if self.known_run(&id).await?.is_some() {
                continue;
            }
            // A trigger of a playbook that is not in the rules is told when the rules are read.
            let Ok(spec) = self.playbook(&due.playbook).await else { continue };
            let by = format!("trigger {trigger}");
            let Ok(run) = new_run(&spec, id, identity.id(), &BTreeMap::new(), by, census) else {
                continue;
            };
            let mut change = Change::new(&run.id, now);
            self.begin(&mut change, &run)?;
            match change.commit(self.store()).await {
                Ok(()) => done.begun.push(run.id),
                Err(GovernanceError::Raced { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(next)
    }

    /// Those about whom something was recorded since: who they are, or what was granted to them.
    async fn changed_since(&self, looked: &Looked) -> Result<BTreeSet<IdentityId>> {
        let mut found = BTreeSet::new();
        let mut page = PageRequest::first(PAGE);
        loop {
            let records = self.store().identities(&page).await.map_err(GovernanceError::Store)?;
            let Some(last) = records.last() else { break };
            page = PageRequest::after(last.id.clone(), PAGE);
            let changed = records.iter().filter(|record| record.recorded >= looked.at);
            found.extend(changed.filter_map(|record| record.id.parse().ok()));
        }
        let mut after = looked.after;
        loop {
            let records = self.store().audit(after, PAGE).await.map_err(GovernanceError::Store)?;
            let Some(last) = records.last() else { return Ok(found) };
            after = last.seq;
            found.extend(records.iter().filter_map(|record| record.draft.identity.as_ref()?.parse().ok()));
        }
    }
}

/// How many records are read at once.
const PAGE: usize = 1_000;
/// How many people are looked at at once.
const AT_ONCE: usize = 500;
