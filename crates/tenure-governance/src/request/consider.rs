use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tenure_engine::Census;
use tenure_policy::{
    DelegatedAction, GrantId, Granted, IdentityId, Phase, Reinstatement, RequestId, RoleId, RuleId,
};
use tenure_store::sha256_hex;

use super::stages::{Course, course, open};
use super::{Difference, Request, RequestDraft, RequestState, Stage};
use crate::look::Look;
use crate::{Governance, GovernanceError, Result};

/// What a request would give and who would have to approve it, before it is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Considered {
    /// What was asked for, with its end filled in.
    pub asked: RequestDraft,
    /// What it would change.
    pub difference: Difference,
    /// Who would have to approve it, in order.
    pub stages: Vec<Stage>,
    /// The rule that would approve it without anybody.
    pub automatic: Option<RuleId>,
    /// The delegation by which somebody asks for another.
    pub delegation: Option<RuleId>,
}

impl Governance {
    /// What a request would give and who would have to approve it. Writes nothing.
    ///
    /// # Errors
    ///
    /// As [`submit`](Self::submit).
    pub async fn consider(&self, draft: &RequestDraft, now: DateTime<Utc>) -> Result<Considered> {
        let census = self.look(Look::about([draft.subject.clone()]).besides([&draft.by]), now).await?;
        let request = self.prepare(draft, &census)?;
        let Request { asked, difference, stages, automatic, delegation, .. } = request;
        Ok(Considered { asked, difference, stages, automatic, delegation })
    }

    /// Makes the request that a draft asks for, with everything checked.
    pub(crate) fn prepare(&self, draft: &RequestDraft, census: &Census) -> Result<Request> {
        let now = census.now();
        if draft.reason.trim().is_empty() {
            return Err(GovernanceError::refused("expected a reason, found none"));
        }
        let asks =
            if draft.reinstates.is_some() { DelegatedAction::Reinstate } else { DelegatedAction::Grant };
        let delegation = self.may(census, &draft.by, &draft.subject, asks, role_of(&draft.what))?;
        let Some(subject) = census.identity(&draft.subject) else {
            return Err(GovernanceError::NotFound { what: "identity", id: draft.subject.to_string() });
        };
        if census.policy().state(subject, now).phase.is_gone() {
            let detail = format!("expected somebody who works here, found `{}`, who has left", draft.subject);
            return Err(GovernanceError::refused(detail));
        }
        if let Granted::Role(role) = &draft.what
            && !census.policy().document().roles.contains_key(role)
        {
            return Err(GovernanceError::NotFound { what: "role", id: role.to_string() });
        }
        let mut asked = draft.clone();
        let begins = asked.from.unwrap_or(now).max(now);
        let default = census.policy().document().temporary.default;
        let ends = *asked.until.get_or_insert_with(|| default.after(begins));
        if ends <= begins {
            let detail = format!("expected an end after {begins}, found {ends}");
            return Err(GovernanceError::refused(detail));
        }
        let id = request_id(&asked, now)?;
        let grant =
            GrantId::parse(id.as_str()).map_err(|error| GovernanceError::refused(error.to_string()))?;
        let mut request = Request {
            id,
            asked,
            submitted: now,
            delegation,
            difference: Difference::default(),
            hash: String::new(),
            stages: Vec::new(),
            automatic: None,
            state: RequestState::Pending,
            grant,
            fulfilled: None,
            reminders: 0,
            restarts: 0,
        };
        request.difference = self.difference_of(&request, census)?;
        self.set_course(&mut request, census)?;
        Ok(request)
    }

    /// What the request changes as things are now.
    pub(crate) fn difference_of(&self, request: &Request, census: &Census) -> Result<Difference> {
        let subject = &request.asked.subject;
        let Some((difference, refusals)) = Difference::of(census, subject, &request.to_grant()) else {
            return Err(GovernanceError::NotFound { what: "identity", id: subject.to_string() });
        };
        if !refusals.reasons.is_empty() {
            return Err(GovernanceError::refused(refusals.reasons.join("; ")));
        }
        if difference.is_empty() {
            let denied: Vec<String> = refusals.denied.iter().map(ToString::to_string).collect();
            let detail = match denied.is_empty() {
                true => format!("expected something new, found that {subject} has all of {}", request.what()),
                false => format!("the policy denies {} to {subject}", denied.join(", ")),
            };
            return Err(GovernanceError::refused(detail));
        }
        Ok(difference)
    }

    /// Says who has to approve the request's difference, and opens the first stage.
    pub(crate) fn set_course(&self, request: &mut Request, census: &Census) -> Result<()> {
        request.hash = request.difference.hash();
        let reinstatement = census.policy().document().temporary.reinstate;
        let course = match (&request.asked.reinstates, reinstatement) {
            (Some(_), Reinstatement::Never) => {
                return Err(GovernanceError::refused("the policy does not allow ended access to come back"));
            }
            (Some(_), Reinstatement::Automatic) if request.difference.violations.is_empty() => {
                let id = RuleId::parse("temporary.reinstate");
                Course::Automatic(id.map_err(|error| GovernanceError::refused(error.to_string()))?)
            }
            _ => course(&self.rules, census, &request.asked, &request.difference)?,
        };
        (request.automatic, request.stages) = match course {
            Course::Automatic(rule) => (Some(rule), Vec::new()),
            Course::Stages(stages) => (None, stages),
        };
        if let Some(first) = request.stages.first_mut() {
            open(first, &self.rules, census.now());
        }
        Ok(())
    }

    /// The delegation by which somebody may do something for another. For oneself, one may ask and give up, nothing else.
    pub(crate) fn may(
        &self,
        census: &Census,
        actor: &IdentityId,
        subject: &IdentityId,
        action: DelegatedAction,
        role: Option<&RoleId>,
    ) -> Result<Option<RuleId>> {
        let word = match action {
            DelegatedAction::Grant => "ask for access for another",
            DelegatedAction::Reinstate => "ask for another's access to come back",
            DelegatedAction::Revoke => "take another's access back",
            DelegatedAction::Review => "decide on a review",
            DelegatedAction::Suspend => "suspend another or let them work again",
            _ => "do this",
        };
        let denied = |because: &str| Err(GovernanceError::not_allowed(actor, word, because));
        let Some(who) = census.identity(actor) else {
            return Err(GovernanceError::NotFound { what: "identity", id: actor.to_string() });
        };
        let phase = census.policy().state(who, census.now()).phase;
        if !matches!(phase, Phase::Active | Phase::PreHire) {
            return denied(&format!("expected somebody who is at work, found one who is {phase}"));
        }
        if actor == subject {
            let own = matches!(
                action,
                DelegatedAction::Grant | DelegatedAction::Reinstate | DelegatedAction::Revoke
            );
            return if own { Ok(None) } else { denied("nobody decides about themselves") };
        }
        let Some(whom) = census.identity(subject) else {
            return Err(GovernanceError::NotFound { what: "identity", id: subject.to_string() });
        };
        match census.policy().may(who, action, role, whom, census.now()) {
            Some(delegation) => Ok(Some(delegation.clone())),
            None if self.is_administrator(actor) => Ok(None),
            None => denied("no delegation of the policy lets them"),
        }
    }
}

pub(crate) fn role_of(what: &Granted) -> Option<&RoleId> {
    match what {
        Granted::Role(role) => Some(role),
        Granted::Entitlement(_) => None,
    }
}

/// The same wish at the same moment is the same request.
fn request_id(asked: &RequestDraft, now: DateTime<Utc>) -> Result<RequestId> {
    let text = serde_json::to_string(asked).map_err(|error| GovernanceError::corrupt("request", &error))?;
    let hash = sha256_hex(format!("{text}\n{now}").as_bytes());
    let hash: String = hash.chars().take(8).collect();
    let id = format!("r-{}-{hash}", now.format("%Y%m%d"));
    RequestId::parse(&id).map_err(|error| GovernanceError::refused(error.to_string()))
}
