use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tenure_engine::Census;
use tenure_policy::{IdentityId, TargetId};

use super::detect::detect;
use super::model::{PREFIX, Sighting, key};
use super::{Finding, FindingKind, FindingState};
use crate::keep::{self, Change, Kept, Record, SYSTEM};
use crate::request::Approvers;
use crate::{Governance, GovernanceError, Message, MessageKind, Result};

/// What a look at everything has changed in the register.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FindingAdvance {
    /// New ones, and those that came back.
    pub opened: Vec<String>,
    /// Those that were looked for and not found.
    pub resolved: Vec<String>,
    /// How many are open or accepted.
    pub standing: usize,
}

impl Governance {
    /// Looks for everything that is not as it should be, and brings the register up to date: what is new is opened with an owner
    /// and a day, what is gone is resolved, what was accepted for a time is opened again when the time is over.
    ///
    /// What concerns a target that could not be read is left as it was.
    ///
    /// # Errors
    ///
    /// `Store`, `Corrupt` or `Engine`, when the store fails.
    pub async fn advance_findings(&self, now: DateTime<Utc>) -> Result<FindingAdvance> {
        let census = self.engine.census(now).await?;
        let unlinked = self.engine.unlinked(now).await?;
        let tasks = self.engine.open_tasks().await?;
        let sightings: BTreeMap<String, Sighting> = detect(&census, &self.rules, &unlinked, &tasks)
            .into_iter()
            .map(|found| (found.id(), found))
            .collect();
        let kept = keep::list::<Finding>(self.store(), PREFIX, "finding").await?;
        let mut known: BTreeMap<String, Kept<Finding>> =
            kept.into_iter().map(|kept| (kept.value.id.clone(), kept)).collect();
        let unread: BTreeSet<&TargetId> = census.unread().map(|(target, _)| target).collect();
        let mut done = FindingAdvance::default();
        for (id, sighting) in sightings {
            done.standing += 1;
            let old = known.remove(&id);
            if self.note(&id, sighting, old.as_ref(), &census).await? {
                done.opened.push(id);
            }
        }
        for (id, kept) in known {
            let hidden = kept.value.target.as_ref().is_some_and(|target| unread.contains(target));
            if matches!(kept.value.state, FindingState::Resolved { .. }) {
                continue;
            }
            if hidden {
                done.standing += 1;
                continue;
            }
            let mut finding = kept.value.clone();
            finding.state = FindingState::Resolved { at: now };
            finding.seen = now;
            self.write(Some(&kept), &finding, SYSTEM, "finding.resolve", "", now).await?;
            done.resolved.push(id);
        }
        Ok(done)
    }

    /// Takes a sighting into the register. Returns whether it is new or has come back.
    async fn note(
        &self,
        id: &str,
        sighting: Sighting,
        old: Option<&Kept<Finding>>,
        census: &Census,
    ) -> Result<bool> {
        let now = census.now();
        let due =
            self.rules.document().findings.due(sighting.kind).after(now, &self.rules.document().calendar);
        let Some(kept) = old else {
            let owner = self.owner_of(&sighting, census);
            let finding = Finding {
                id: id.to_owned(),
                kind: sighting.kind,
                target: sighting.target,
                identity: sighting.identity,
                text: sighting.text,
                since: sighting.since.unwrap_or(now),
                opened: now,
                seen: now,
                owner,
                due,
                state: FindingState::Open,
                returned: 0,
            };
            self.write(None, &finding, SYSTEM, "finding.open", "", now).await?;
            return Ok(true);
        };
        let mut finding = kept.value.clone();
        let approvers = Approvers { rules: &self.rules, census };
        let left = finding.owner.as_ref().is_some_and(|owner| !approvers.is_at_work(owner));
        let owner = self.owner_of(&sighting, census);
        let handed_on = left && owner != finding.owner && owner.is_some();
        let again = match &finding.state {
            FindingState::Open => finding.text != sighting.text || handed_on,
            FindingState::Accepted { until, .. } => *until <= now,
            FindingState::Resolved { .. } => true,
        };
        if !again {
            return Ok(false);
        }
        let back = finding.state != FindingState::Open;
        if back {
            finding.returned += u32::from(matches!(finding.state, FindingState::Resolved { .. }));
            (finding.state, finding.opened, finding.due) = (FindingState::Open, now, due);
        }
        if back || handed_on {
            finding.owner = owner;
        }
        finding.text = sighting.text;
        finding.seen = now;
        let action = match (back, handed_on) {
            (true, _) => "finding.open",
            (false, true) => "finding.assign",
            (false, false) => "finding.update",
        };
        self.write(Some(kept), &finding, SYSTEM, action, "", now).await?;
        Ok(back)
    }

    /// Who has to put it right: of a service its owner, or the next manager of theirs who is at work; else the owner of the target.
    fn owner_of(&self, sighting: &Sighting, census: &Census) -> Option<IdentityId> {
        let of_service = sighting.identity.as_ref().filter(|_| sighting.kind == FindingKind::Workload);
        let approvers = Approvers { rules: &self.rules, census };
        if let Some(owner) = of_service.and_then(|service| approvers.manager(service, &[])) {
            return Some(owner);
        }
        let document = self.rules.document();
        let of_target = sighting.target.as_ref().and_then(|target| document.owners.get(target.as_str()));
        let mut all = of_target.into_iter().flatten().chain(&document.administrators);
        all.clone().find(|owner| approvers.is_at_work(owner)).or_else(|| all.next()).cloned()
    }

    /// Every finding that is open or accepted, or every one, the next to be due first.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails.
    pub async fn findings(&self, resolved_too: bool) -> Result<Vec<Finding>> {
        let kept = keep::list::<Finding>(self.store(), PREFIX, "finding").await?;
        let mut found: Vec<Finding> = kept.into_iter().map(|kept| kept.value).collect();
        found.retain(|finding| resolved_too || !matches!(finding.state, FindingState::Resolved { .. }));
        found.sort_by(|a, b| (a.due, a.kind, &a.id).cmp(&(b.due, b.kind, &b.id)));
        Ok(found)
    }

    /// The findings that are open or accepted and that somebody answers for; all of them, for an administrator.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails.
    pub async fn findings_of(&self, who: &IdentityId) -> Result<Vec<Finding>> {
        let mut found = self.findings(false).await?;
        found.retain(|finding| finding.owner.as_ref() == Some(who) || self.is_administrator(who));
        Ok(found)
    }

    /// Takes a finding upon oneself until a day, with a reason. Its owner and the administrators may.
    ///
    /// # Errors
    ///
    /// `NotAllowed`, when somebody else tries, or it is about themselves; `Refused`, when there is no reason or the day has passed;
    /// `NotFound`, when there is no such finding.
    pub async fn accept_finding(
        &self,
        id: &str,
        by: &IdentityId,
        reason: &str,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Finding> {
        if reason.trim().is_empty() || until <= now {
            return Err(GovernanceError::refused(
                "expected a reason and a day to come, found neither or one",
            ));
        }
        let kept = self.finding(id, by, now).await?;
        if kept.value.identity.as_ref() == Some(by) {
            let because = "nobody decides about themselves";
            return Err(GovernanceError::not_allowed(by, "accept this finding", because));
        }
        let mut finding = kept.value.clone();
        let reason = reason.to_owned();
        finding.state = FindingState::Accepted { by: by.clone(), reason: reason.clone(), until };
        self.write(Some(&kept), &finding, by.as_str(), "finding.accept", &reason, now).await?;
        Ok(finding)
    }

    /// Hands a finding over to another owner. Its owner and the administrators may.
    ///
    /// # Errors
    ///
    /// As [`accept_finding`](Self::accept_finding); also `NotFound`, when the new owner is not known.
    pub async fn assign_finding(
        &self,
        id: &str,
        by: &IdentityId,
        to: &IdentityId,
        now: DateTime<Utc>,
    ) -> Result<Finding> {
        let kept = self.finding(id, by, now).await?;
        if self.store().identity(to.as_str()).await.map_err(GovernanceError::Store)?.is_none() {
            return Err(GovernanceError::NotFound { what: "identity", id: to.to_string() });
        }
        let mut finding = kept.value.clone();
        finding.owner = Some(to.clone());
        self.write(Some(&kept), &finding, by.as_str(), "finding.assign", "", now).await?;
        Ok(finding)
    }

    async fn finding(&self, id: &str, by: &IdentityId, now: DateTime<Utc>) -> Result<Kept<Finding>> {
        let found: Option<Kept<Finding>> = keep::read(self.store(), &key(id), "finding").await?;
        let kept = found.ok_or_else(|| GovernanceError::NotFound { what: "finding", id: id.to_owned() })?;
        if self.is_at_work(by, now).await?
            && (kept.value.owner.as_ref() == Some(by) || self.is_administrator(by))
        {
            return Ok(kept);
        }
        let because = "expected its owner or an administrator who is at work";
        Err(GovernanceError::not_allowed(by, "change this finding", because))
    }

    async fn write(
        &self,
        old: Option<&Kept<Finding>>,
        finding: &Finding,
        actor: &str,
        action: &str,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let mut change = Change::new(&finding.id, now);
        match old {
            Some(old) => change.replace(old, finding)?,
            None => change.create(&key(&finding.id), finding)?,
        }
        change.audit(Record {
            actor,
            action,
            target: finding.target.as_ref().map(TargetId::as_str),
            identity: finding.identity.as_ref().map(IdentityId::as_str),
            object: &finding.id,
            why: json!({"kind": finding.kind, "text": finding.text, "reason": reason}),
            after: json!({"state": finding.state, "owner": finding.owner, "due": finding.due}),
            ..Record::default()
        });
        if let Some(owner) =
            finding.owner.as_ref().filter(|_| matches!(action, "finding.open" | "finding.assign"))
        {
            let text = format!("{}, by {}", finding.text, finding.due.format("%Y-%m-%d"));
            change.tell(&Message::new(owner, MessageKind::Task, &finding.id, text, now))?;
        }
        change.commit(self.store()).await
    }
}
