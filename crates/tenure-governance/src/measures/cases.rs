//! What was given and taken, put together by the event that gave rise to it.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use tenure_policy::{Grant, GrantSource, Identity, Phase, Policy, RequestId};
use tenure_store::{AsOf, GrantRecord, Select};

use super::model::{Cause, MeasureScope};
use super::trail::{Direction, Moved};
use crate::{Governance, GovernanceError, Result};

/// One event with everything it gave, or everything it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Case {
    pub(super) cause: Cause,
    pub(super) direction: Direction,
    /// When it was both known and in force.
    pub(super) event: DateTime<Utc>,
    /// When the last thing was done.
    pub(super) done: DateTime<Utc>,
}

/// What may have given rise to something, with when it did and from when on it is counted.
struct Origin {
    at: DateTime<Utc>,
    counted: DateTime<Utc>,
    cause: Cause,
}

impl Governance {
    /// The cases whose event lies in the scope.
    pub(super) async fn cases(
        &self,
        scope: &MeasureScope,
        moved: &[Moved],
        now: DateTime<Utc>,
    ) -> Result<Vec<Case>> {
        // What was in force then is judged by the policy of today, which alone is sure to be there.
        let policy = self.engine.policy(now)?;
        let meant = moved.iter().filter(|moved| {
            // An event is never later than what it gave rise to.
            moved.at >= scope.from && scope.concerns(&moved.identity) && scope.covers(&moved.target)
        });
        let mut moments: BTreeMap<(&str, DateTime<Utc>), Vec<&Moved>> = BTreeMap::new();
        for moved in meant {
            moments.entry((moved.identity.as_str(), moved.at)).or_default().push(moved);
        }
        let mut grants: BTreeMap<&str, Vec<GrantRecord>> = BTreeMap::new();
        let mut cases: BTreeMap<(&str, DateTime<Utc>, Cause, Direction), DateTime<Utc>> = BTreeMap::new();
        for ((who, at), moved) in moments {
            if !grants.contains_key(who) {
                let select = Select::Identity(who.to_owned());
                grants.insert(who, self.store().grants(&select).await.map_err(GovernanceError::Store)?);
            }
            let records = grants.get(who).map(Vec::as_slice).unwrap_or_default();
            let origins = self.origins(policy, who, at, records).await?;
            for moved in moved {
                let policy = moved.policy.map(|at| Origin { at, counted: at, cause: Cause::Policy });
                let latest = policy.iter().chain(&origins).max_by_key(|origin| origin.at);
                let Some(origin) = latest.filter(|origin| scope.has(origin.counted)) else { continue };
                let done = cases.entry((who, origin.counted, origin.cause, moved.direction)).or_insert(at);
                *done = at.max(*done);
            }
        }
        let case = |((_, event, cause, direction), done)| Case { cause, direction, event, done };
        Ok(cases.into_iter().map(case).collect())
    }

    /// Everything about somebody that may have given rise to what was done at a moment; of what came at once, the last one here
    /// is the cause.
    async fn origins(
        &self,
        policy: &Policy,
        who: &str,
        at: DateTime<Utc>,
        grants: &[GrantRecord],
    ) -> Result<Vec<Origin>> {
        let mut found = Vec::new();
        let known = self.store().identity_as_of(who, &AsOf::at(at)).await.map_err(GovernanceError::Store)?;
        if let Some(record) = known {
            let identity: Identity = serde_json::from_value(record.document)
                .map_err(|error| GovernanceError::corrupt("identity", &error))?;
            let state = policy.state(&identity, at);
            let learnt = record.recorded;
            let cause = match state.phase {
                phase if phase.is_gone() => Cause::Leaver,
                _ if self.is_new(who, learnt).await? => Cause::Joiner,
                _ => Cause::Mover,
            };
            found.push(Origin { at: learnt, counted: learnt, cause });
            if let Some(since) = state.since.filter(|since| *since <= at) {
                let cause = match state.phase {
                    Phase::Active | Phase::PreHire | Phase::Planned => Cause::Joiner,
                    phase if phase.is_gone() => Cause::Leaver,
                    _ => Cause::Mover,
                };
                found.push(Origin { at: since, counted: since, cause });
            }
        }
        for record in grants {
            let grant: Grant = serde_json::from_value(record.document.clone())
                .map_err(|error| GovernanceError::corrupt("grant", &error))?;
            let (cause, asked) = match &grant.source {
                GrantSource::Request(request) => (Cause::Request, self.asked(request).await?),
                _ => (Cause::Grant, None),
            };
            // A record that was taken back says when that was, not when it was made.
            let begins = grant.from.unwrap_or(record.recorded);
            let given = if record.revoked.is_some() { begins } else { begins.max(record.recorded) };
            if given <= at {
                found.push(Origin { at: given, counted: asked.unwrap_or(given), cause });
            }
            for ended in [grant.until, record.revoked].into_iter().flatten().filter(|ended| *ended <= at) {
                found.push(Origin { at: ended, counted: ended, cause });
            }
        }
        Ok(found)
    }

    async fn is_new(&self, who: &str, learnt: DateTime<Utc>) -> Result<bool> {
        let before = AsOf::at(learnt - TimeDelta::microseconds(1));
        let found = self.store().identity_as_of(who, &before).await.map_err(GovernanceError::Store)?;
        Ok(found.is_none())
    }

    /// Since when somebody waits for what they have asked for; a wish for a later day waits from that day on.
    async fn asked(&self, request: &RequestId) -> Result<Option<DateTime<Utc>>> {
        match self.request(request.as_str()).await {
            Ok(request) => Ok(Some(request.submitted).filter(|_| request.asked.from.is_none())),
            Err(GovernanceError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
