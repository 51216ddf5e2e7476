use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenure_engine::Census;
use tenure_policy::{Identity, IdentityId};
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
        if policy.document().triggers.is_empty() {
            return Ok(());
        }
        let version = policy.version().to_string();
        // What is written while this looks is looked at the next time.
        let head = self.store().audit_head().await.map_err(GovernanceError::Store)?;
        let kept: Option<Kept<Looked>> = keep::read(self.store(), LOOKED, "look for triggers").await?;
        let still = |looked: &Looked| {
            looked.policy == version && looked.at <= now && looked.next.is_none_or(|next| now < next)
        };
        let before = kept.as_ref().map(|kept| &kept.value).filter(|looked| still(looked));
        let (census, next) = match before {
            Some(looked) => {
                let concerned = self.changed_since(looked).await?;
                (self.look(Look::about(concerned), now).await?, looked.next)
            }
            None => (self.engine.census(now).await?, None),
        };
        let mut earliest = next;
        for identity in census.identities() {
            let next = self.pull_for(identity, &census, done).await?;
            earliest = [earliest, next].into_iter().flatten().min();
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

    /// Begins what triggers ask for about one identity. Returns when its answer may be another.
    async fn pull_for(
        &self,
        identity: &Identity,
        census: &Census,
        done: &mut PlaybookAdvance,
    ) -> Result<Option<DateTime<Utc>>> {
        let (policy, now) = (census.policy(), census.now());
        let Some(evaluation) = census.evaluate(identity.id()) else { return Ok(None) };
        let mut next = evaluation.next_change_at.filter(|at| *at > now);
        for due in policy.playbooks(identity, &evaluation, now) {
            if due.due > now {
                next = Some(next.map_or(due.due, |at| at.min(due.due)));
                continue;
            }
            let since = due.since.map(|since| since.to_rfc3339()).unwrap_or_default();
            let text = format!("{}\n{}\n{since}", due.trigger, identity.id());
            let hash: String = sha256_hex(text.as_bytes()).chars().take(10).collect();
            let id = format!("{}-{hash}", due.playbook);
            if self.known_run(&id).await?.is_some() {
                continue;
            }
            // A trigger of a playbook that is not in the rules is told when the rules are read.
            let Ok(spec) = self.playbook(&due.playbook).await else { continue };
            let by = format!("trigger {}", due.trigger);
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

const PAGE: usize = 1_000;
