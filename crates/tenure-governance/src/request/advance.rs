use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tenure_engine::Census;
use tenure_policy::{EntitlementKey, RequestId};

use super::model::{GRANTED, PENDING};
use super::{Request, RequestState};
use crate::keep::{self, Change, Kept, Record, SYSTEM};
use crate::look::Look;
use crate::{Governance, GovernanceError, Message, MessageKind, Result};

/// What time alone has brought about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Advance {
    /// What happened to which request, in the order of the requests.
    pub happened: Vec<(RequestId, Happening)>,
}

/// What happened to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Happening {
    /// Approvers were reminded.
    Reminded,
    /// Others may decide as well.
    Escalated,
    /// It lapsed, because nobody decided in time.
    Lapsed,
    /// Its grant was recorded.
    Granted,
    /// Everything it gives is held.
    Fulfilled,
    /// It has to be approved anew, because it would give more than was approved.
    Changed,
    /// Its holder was told that it ends soon.
    EndsSoon,
    /// It has come to its end.
    Ended,
    /// It was closed, because its person has left or its grant was taken back.
    Closed,
}

impl Governance {
    /// Does everything that is due: reminds, escalates, lets lapse, records grants that a crash held up, notes what is held, tells
    /// of ends, and ends. It depends on no moment: what was missed is done now, once.
    ///
    /// Call it before planning, so that what is not approved any more is not carried out.
    ///
    /// # Errors
    ///
    /// `Store`, `Corrupt` or `Engine`, when the store fails. What another changes at the same moment is left to the next call.
    pub async fn advance(&self, now: DateTime<Utc>) -> Result<Advance> {
        let mut open = keep::list::<Request>(self.store(), PENDING, "request").await?;
        open.extend(keep::list::<Request>(self.store(), GRANTED, "request").await?);
        let mut done = Advance::default();
        if open.is_empty() {
            return Ok(done);
        }
        // Of those whose request waits for people, it matters only whether they are here.
        let waits = |kept: &&Kept<Request>| kept.value.state == RequestState::Pending;
        let has = open.iter().filter(|kept| !waits(kept) && kept.value.fulfilled.is_none());
        let look = Look::about(has.map(|kept| kept.value.asked.subject.clone()));
        let census = self.look(look.besides(open.iter().map(|kept| &kept.value.asked.subject)), now).await?;
        for kept in open {
            let id = kept.value.id.clone();
            match self.step(&kept, &census).await {
                Ok(happened) => done.happened.extend(happened.into_iter().map(|what| (id.clone(), what))),
                Err(GovernanceError::Raced { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    async fn step(&self, kept: &Kept<Request>, census: &Census) -> Result<Option<Happening>> {
        match kept.value.state {
            RequestState::Approved => {
                self.fulfil(&kept.value.id, census.now()).await?;
                Ok(Some(Happening::Granted))
            }
            RequestState::Pending => self.step_pending(kept, census).await,
            RequestState::Granted => self.step_granted(kept, census).await,
            _ => Ok(None),
        }
    }

    async fn step_granted(&self, kept: &Kept<Request>, census: &Census) -> Result<Option<Happening>> {
        let now = census.now();
        let mut request = kept.value.clone();
        let Some(subject) = census.identity(&request.asked.subject) else { return Ok(None) };
        let record = self.grant_record(&request).await?;
        if record.as_ref().is_none_or(|record| record.revoked.is_some_and(|at| at <= now)) {
            request.state = RequestState::Revoked {
                by: SYSTEM.to_owned(),
                reason: "the grant was taken back".to_owned(),
            };
            return self.close(kept, request, census, Happening::Closed).await;
        }
        if census.policy().state(subject, now).phase.is_gone() {
            // A grant that is left in force would come back with a person who is hired again.
            let reason = "the person has left";
            self.engine.revoke_grant(&request.grant, SYSTEM, reason, now).await?;
            request.state = RequestState::Revoked { by: SYSTEM.to_owned(), reason: reason.to_owned() };
            return self.close(kept, request, census, Happening::Closed).await;
        }
        let end = census.policy().grant_end(&request.to_grant(), subject, now);
        if end.is_some_and(|end| end <= now) {
            request.state = RequestState::Ended;
            return self.close(kept, request, census, Happening::Ended).await;
        }
        if request.fulfilled.is_none()
            && let Some(happened) = self.watch(kept, census).await?
        {
            return Ok(Some(happened));
        }
        match end {
            Some(end) => self.remind_of_end(kept, end, census).await,
            None => Ok(None),
        }
    }

    /// Until everything is held: notes that it is, or stops what was not approved.
    async fn watch(&self, kept: &Kept<Request>, census: &Census) -> Result<Option<Happening>> {
        let mut request = kept.value.clone();
        let held = census.possessions(&request.asked.subject);
        let there = |key: &EntitlementKey| held.iter().any(|possessed| possessed.entitlement == *key);
        if request.difference.gains.keys().filter(|key| !key.is_account()).all(there) {
            request.fulfilled = Some(census.now());
            let mut change = Change::new(request.id.as_str(), census.now());
            change.replace(kept, &request)?;
            let why = json!({"grant": request.grant});
            let record = self.record(&request, SYSTEM, "request.fulfilled");
            change.audit(Record { why, outcome: "held", ..record });
            change.commit(self.store()).await?;
            return Ok(Some(Happening::Fulfilled));
        }
        let Ok(difference) = self.difference_of(&request, census) else { return Ok(None) };
        if request.difference.covers(&difference) {
            return Ok(None);
        }
        self.engine
            .revoke_grant(&request.grant, SYSTEM, "its consequences have changed", census.now())
            .await?;
        // A grant's record stays, so the request leads to a new one.
        request.state = RequestState::Pending;
        let next = format!("{}.{}", request.id, request.restarts + 1);
        request.grant = next.parse().map_err(|error| GovernanceError::corrupt("grant id", &error))?;
        let moved = Kept { value: request, key: kept.key.clone(), read: kept.read.clone() };
        // What the grant gave is no longer there to be counted.
        let about = moved.value.asked.subject.clone();
        let without = self.look(Look::about([about]), census.now()).await?;
        self.restart_if_changed(&moved, &without).await?;
        Ok(Some(Happening::Changed))
    }

    pub(crate) async fn close(
        &self,
        kept: &Kept<Request>,
        request: Request,
        census: &Census,
        happened: Happening,
    ) -> Result<Option<Happening>> {
        let now = census.now();
        let (action, kind) = match happened {
            Happening::Lapsed => ("request.lapse", MessageKind::Decided),
            _ => ("request.end", MessageKind::Ended),
        };
        let mut change = Change::new(request.id.as_str(), now);
        change.rename(kept, &request.key(), &request)?;
        let why = json!({"grant": request.grant, "state": request.state});
        change.audit(Record { why, ..self.record(&request, SYSTEM, action) });
        let text = format!("{} has {}", request.title(), closing(&request.state));
        for to in std::collections::BTreeSet::from([&request.asked.by, &request.asked.subject]) {
            change.tell(&Message::new(to, kind, request.id.as_str(), text.as_str(), now))?;
        }
        change.commit(self.store()).await?;
        Ok(Some(happened))
    }
}

fn closing(state: &RequestState) -> &'static str {
    match state {
        RequestState::Lapsed => "lapsed: nobody decided in time",
        RequestState::Revoked { .. } => "been taken back",
        RequestState::Withdrawn { .. } => "been withdrawn",
        _ => "come to its end",
    }
}
