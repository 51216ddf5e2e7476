use chrono::{DateTime, Utc};
use serde_json::json;
use tenure_engine::Census;
use tenure_policy::IdentityId;

use super::approvers::Approvers;
use super::stages::open;
use super::{Request, RequestState, StageState, Tally, Vote, tally};
use crate::keep::{Change, Kept, Record};
use crate::look::Look;
use crate::{Governance, GovernanceError, Message, MessageKind, Result};

/// What somebody decides about what they have seen.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Decision {
    /// Yes or no.
    pub approve: bool,
    /// Why.
    pub reason: String,
    /// The hash of the difference that was seen; what differs from it is not decided.
    pub difference: String,
}

impl Decision {
    /// Approves the request as it was seen.
    #[must_use]
    pub fn approve(seen: &Request, reason: &str) -> Self {
        Self { approve: true, reason: reason.to_owned(), difference: seen.hash.clone() }
    }

    /// Denies the request.
    #[must_use]
    pub fn deny(seen: &Request, reason: &str) -> Self {
        Self { approve: false, reason: reason.to_owned(), difference: seen.hash.clone() }
    }
}

impl Vote {
    /// Whose vote it is: of who stands in for another, that other's.
    #[must_use]
    pub fn counts_for(&self) -> &IdentityId {
        self.instead_of.as_ref().unwrap_or(&self.by)
    }
}

impl Governance {
    /// Decides about the open stage of a request. With the last approval the grant is recorded.
    ///
    /// What is approved is what the approver saw. Where the policy or the person's access have changed so that more would be
    /// given, taken, broken or paid than that, nothing is decided: every stage begins again.
    ///
    /// # Errors
    ///
    /// * `NotAllowed`, when who decides asks for it, gets it, has left or is none of the stage's approvers;
    /// * `Changed`, when the consequences are not those that were seen;
    /// * `Refused`, when they have decided already, deny without a reason, or it can be given no more;
    /// * `NotFound`, when there is no such pending request; `Raced`, when another decided at the same moment.
    pub async fn decide(
        &self,
        id: &str,
        by: &IdentityId,
        decision: &Decision,
        now: DateTime<Utc>,
    ) -> Result<Request> {
        let kept = self.open_request(id).await?;
        if kept.value.state != RequestState::Pending {
            let detail =
                format!("expected a request that is pending, found `{id}` {}", kept.value.state.as_str());
            return Err(GovernanceError::refused(detail));
        }
        if !decision.approve && decision.reason.trim().is_empty() {
            return Err(GovernanceError::refused("expected a reason for the denial, found none"));
        }
        let about = kept.value.asked.subject.clone();
        let census = self.look(Look::about([about]).deciding(&kept.value).besides([by]), now).await?;
        let instead_of = self.standing(&kept.value, by, &census).await?;
        if let Some(restarted) = self.restart_if_changed(&kept, &census).await? {
            return Err(restarted);
        }
        if decision.difference != kept.value.hash {
            let change = "expected the difference that is pending, found another".to_owned();
            return Err(GovernanceError::Changed { about: id.to_owned(), change });
        }
        let request = self.count(&kept, by, instead_of, decision, &census).await?;
        match request.state {
            RequestState::Approved => self.fulfil(&request.id, now).await,
            _ => Ok(request),
        }
    }

    /// For whom somebody may decide about the open stage; nobody means for themselves.
    async fn standing(
        &self,
        request: &Request,
        by: &IdentityId,
        census: &Census,
    ) -> Result<Option<IdentityId>> {
        let refuse = |because: &str| GovernanceError::not_allowed(by, "decide about this request", because);
        if *by == request.asked.by || *by == request.asked.subject {
            return Err(refuse("nobody decides about their own request"));
        }
        let Some(stage) = request.stage() else { return Err(refuse("no stage of it is open")) };
        let approvers = Approvers { rules: &self.rules, census };
        let may = approvers.of_stage(request, stage);
        let has_voted = |who: &IdentityId| stage.votes.iter().any(|v| v.counts_for() == who || v.by == *who);
        if has_voted(by) {
            return Err(GovernanceError::refused(format!("`{by}` has decided about this stage already")));
        }
        if may.contains(by) {
            return Ok(None);
        }
        if !approvers.is_at_work(by) {
            return Err(refuse("expected somebody who is at work"));
        }
        let principals = self.principals(by, census.now()).await?;
        match principals.into_iter().find(|principal| may.contains(principal) && !has_voted(principal)) {
            Some(principal) => Ok(Some(principal)),
            None => Err(refuse("they are none of the approvers of its open stage")),
        }
    }

    /// Counts one vote and moves the request on.
    async fn count(
        &self,
        kept: &Kept<Request>,
        by: &IdentityId,
        instead_of: Option<IdentityId>,
        decision: &Decision,
        census: &Census,
    ) -> Result<Request> {
        let now = census.now();
        let mut request = kept.value.clone();
        let stages = &mut request.stages;
        let open_at = stages.iter().position(|stage| stage.state == StageState::Open);
        let Some(index) = open_at else { return Err(GovernanceError::refused("no stage of it is open")) };
        let voters = {
            let approvers = Approvers { rules: &self.rules, census };
            kept.value.stage().map_or(0, |stage| approvers.of_stage(&kept.value, stage).len())
        };
        let mut ended = Tally::Open;
        if let Some(stage) = stages.get_mut(index) {
            stage.votes.push(Vote {
                by: by.clone(),
                instead_of: instead_of.clone(),
                approve: decision.approve,
                reason: decision.reason.clone(),
                at: now,
                difference: decision.difference.clone(),
            });
            let approvals = stage.votes.iter().filter(|vote| vote.approve).count();
            let denials = stage.votes.len() - approvals;
            ended = tally(approvals, denials, stage.rule.quorum.into(), voters, stage.rule.veto);
            stage.state = match ended {
                Tally::Open => StageState::Open,
                Tally::Approved => StageState::Approved,
                Tally::Denied => StageState::Denied,
            };
        }
        let rule = stages.get(index).map(|stage| stage.rule.id.clone());
        match (ended, stages.get_mut(index + 1)) {
            (Tally::Approved, Some(next)) => open(next, &self.rules, now),
            (Tally::Approved, None) => request.state = RequestState::Approved,
            (Tally::Denied, _) => {
                request.state = RequestState::Denied { by: by.clone(), reason: decision.reason.clone() };
            }
            (Tally::Open, _) => {}
        }
        let mut change = Change::new(request.id.as_str(), now);
        change.rename(kept, &request.key(), &request)?;
        let action = if decision.approve { "request.approve" } else { "request.deny" };
        let why = json!({
            "reason": decision.reason, "rule": rule, "instead_of": instead_of,
            "difference": decision.difference, "policy": census.policy().version(),
        });
        change.audit(Record { why, ..self.record(&request, by.as_str(), action) });
        if ended == Tally::Approved {
            self.tell_approvers(&mut change, &request, now, MessageKind::Decide).await?;
        }
        if request.state.is_closed() || request.state == RequestState::Approved {
            let text = format!("{} was {}: {}", request.title(), request.state.as_str(), decision.reason);
            let told = Message::new(&request.asked.by, MessageKind::Decided, request.id.as_str(), text, now);
            change.tell(&told)?;
        }
        change.commit(self.store()).await?;
        Ok(request)
    }

    /// Begins again with every stage when the request would do more by now than what was shown to its approvers. Says so.
    pub(crate) async fn restart_if_changed(
        &self,
        kept: &Kept<Request>,
        census: &Census,
    ) -> Result<Option<GovernanceError>> {
        let mut request = kept.value.clone();
        let difference = self.difference_of(&request, census)?;
        let beyond = request.difference.beyond(&difference);
        if beyond.is_empty() {
            return Ok(None);
        }
        let before = json!({"difference": request.hash});
        request.difference = difference;
        request.restarts += 1;
        self.set_course(&mut request, census)?;
        // What is to be approved anew is never approved by a rule alone: somebody looked at it before.
        request.state = match request.automatic {
            Some(_) if kept.value.automatic.is_some() => RequestState::Approved,
            _ => RequestState::Pending,
        };
        if request.stages.is_empty() && request.state == RequestState::Pending {
            request.stages.clone_from(&kept.value.stages);
            request.stages.iter_mut().for_each(|stage| {
                stage.votes.clear();
                stage.state = StageState::Waiting;
            });
            request.automatic = None;
            if let Some(first) = request.stages.first_mut() {
                open(first, &self.rules, census.now());
            }
        }
        let change_text = beyond.join("; ");
        let mut change = Change::new(request.id.as_str(), census.now());
        change.rename(kept, &request.key(), &request)?;
        let record = self.record(&request, crate::keep::SYSTEM, "request.changed");
        let after = json!({"difference": request.hash, "beyond": beyond});
        change.audit(Record { before, after, ..record });
        self.tell_approvers(&mut change, &request, census.now(), MessageKind::Decide).await?;
        change.commit(self.store()).await?;
        Ok(Some(GovernanceError::Changed { about: request.id.to_string(), change: change_text }))
    }
}
