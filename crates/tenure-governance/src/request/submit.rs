use chrono::{DateTime, Utc};
use serde_json::json;
use tenure_policy::{DelegatedAction, GrantId, IdentityId};

use super::{Request, RequestDraft, RequestState};
use crate::keep::{Change, Record};
use crate::look::Look;
use crate::{Governance, GovernanceError, Message, MessageKind, Result};

impl Governance {
    /// Asks for access. What a rule approves without anybody is granted at once; everything else waits for its approvers, who are told.
    ///
    /// A request without an end gets the policy's default term, 90 days unless it says otherwise.
    ///
    /// # Errors
    ///
    /// * `NotAllowed`, when who asks has left, or asks for another and nothing lets them;
    /// * `Refused`, when there is no reason, the person has left, the policy does not let it be requested, it would give nothing
    ///   new, or it breaks a constraint and nobody may approve that;
    /// * `NotFound`, when there is no such person, service or role;
    /// * `Store` or `Engine`, when the store fails.
    pub async fn submit(&self, draft: &RequestDraft, now: DateTime<Utc>) -> Result<Request> {
        let census = self.look(Look::about([draft.subject.clone()]).besides([&draft.by]), now).await?;
        let mut request = self.prepare(draft, &census)?;
        if request.automatic.is_some() {
            request.state = RequestState::Approved;
        }
        let mut change = Change::new(request.id.as_str(), now);
        change.create(&request.key(), &request)?;
        let after =
            serde_json::to_value(&request).map_err(|error| GovernanceError::corrupt("request", &error))?;
        let why = json!({
            "reason": request.asked.reason,
            "delegation": request.delegation,
            "policy": census.policy().version(),
        });
        let by = request.asked.by.clone();
        change.audit(Record { after, why, ..self.record(&request, by.as_str(), "request.submit") });
        if let Some(rule) = &request.automatic {
            let why = json!({"rule": rule, "difference": request.hash, "policy": census.policy().version()});
            let record = self.record(&request, "tenure", "request.approve");
            change.audit(Record { why, outcome: "automatic", ..record });
        }
        self.tell_approvers(&mut change, &request, now, MessageKind::Decide).await?;
        change.commit(self.store()).await?;
        if request.state == RequestState::Approved {
            return self.fulfil(&request.id, now).await;
        }
        Ok(request)
    }

    /// Asks for access to come back that a grant gave until it ended. The new grant names the old one.
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit); also `Refused`, when the grant has not ended or the policy never lets it come back.
    pub async fn ask_again(
        &self,
        grant: &GrantId,
        by: &IdentityId,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Request> {
        let not_found = || GovernanceError::NotFound { what: "grant", id: grant.to_string() };
        let record = self.store().grant(grant.as_str()).await.map_err(GovernanceError::Store)?;
        let record = record.ok_or_else(not_found)?;
        let old: tenure_policy::Grant = serde_json::from_value(record.document)
            .map_err(|error| GovernanceError::corrupt("grant", &error))?;
        let census = self.look(Look::default().besides([&old.identity, by]), now).await?;
        let subject = census.identity(&old.identity).ok_or_else(not_found)?;
        let ended = census.policy().grant_end(&old, subject, now).is_some_and(|end| end <= now);
        if !ended && record.revoked.is_none_or(|at| at > now) {
            let detail = format!("expected a grant that has ended, found `{grant}` in force");
            return Err(GovernanceError::refused(detail));
        }
        let mut draft = RequestDraft::new(by.clone(), old.identity.clone(), old.what, reason);
        draft.parameters = old.parameters;
        draft.reinstates = Some(old.id);
        self.submit(&draft, now).await
    }

    /// Takes a request back that is not decided yet, or access that was granted by one before its end. Who asked and who got it
    /// may; others, where the policy lets them revoke.
    ///
    /// # Errors
    ///
    /// `NotFound`, when there is no such open request; `NotAllowed`, when nothing lets them; `Raced`, when somebody decided meanwhile.
    pub async fn withdraw(
        &self,
        id: &str,
        by: &IdentityId,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<Request> {
        let kept = self.open_request(id).await?;
        let mut request = kept.value.clone();
        let asked = &request.asked;
        let census = self.look(Look::default().besides([by, &asked.by, &asked.subject]), now).await?;
        let role = super::consider::role_of(&asked.what);
        // Who asked takes their own wish back.
        let about = if *by == asked.by { by } else { &asked.subject };
        self.may(&census, by, about, DelegatedAction::Revoke, role)?;
        let (who, reason) = (by.to_string(), reason.to_owned());
        let (action, state) = match request.state {
            RequestState::Pending => ("request.withdraw", RequestState::Withdrawn { by: who, reason }),
            _ => ("request.revoke", RequestState::Revoked { by: who, reason }),
        };
        // The grant goes first: a crash in between leaves a request without a grant, which the next advance closes.
        if action == "request.revoke" && self.grant_record(&request).await?.is_some() {
            self.engine.revoke_grant(&request.grant, by.as_str(), reason_of(&state), now).await?;
        }
        request.state = state;
        let mut change = Change::new(id, now);
        change.rename(&kept, &request.key(), &request)?;
        let why = json!({"reason": reason_of(&request.state)});
        change.audit(Record { why, ..self.record(&request, by.as_str(), action) });
        change.commit(self.store()).await?;
        Ok(request)
    }

    /// What the audit trail says about a request.
    pub(crate) fn record<'a>(&self, request: &'a Request, actor: &'a str, action: &'a str) -> Record<'a> {
        Record {
            actor,
            action,
            identity: Some(request.asked.subject.as_str()),
            object: request.id.as_str(),
            outcome: request.state.as_str(),
            ..Record::default()
        }
    }

    /// Tells those who may decide about the open stage and have not.
    pub(crate) async fn tell_approvers(
        &self,
        change: &mut Change,
        request: &Request,
        now: DateTime<Utc>,
        kind: MessageKind,
    ) -> Result<()> {
        let Some(stage) = request.stage() else { return Ok(()) };
        let census = self.look(Look::default().deciding(request), now).await?;
        let text = format!("{} asks for {}: {}", request.asked.by, request.title(), request.asked.reason);
        let approvers = super::approvers::Approvers { rules: &self.rules, census: &census };
        for approver in approvers.of_stage(request, stage).into_iter().take(MOST_TOLD) {
            let voted = stage.votes.iter().any(|vote| vote.counts_for() == &approver);
            if !voted {
                change.tell(&Message::new(&approver, kind, request.id.as_str(), text.as_str(), now))?;
            }
        }
        Ok(())
    }
}

fn reason_of(state: &RequestState) -> &str {
    match state {
        RequestState::Withdrawn { reason, .. }
        | RequestState::Revoked { reason, .. }
        | RequestState::Denied { reason, .. } => reason,
        _ => "",
    }
}

/// A group of approvers that is larger finds the request in its list; nobody sends a thousand mails for one request.
const MOST_TOLD: usize = 50;
