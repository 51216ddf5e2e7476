use chrono::{DateTime, Utc};
use tenure_policy::IdentityId;

use super::Request;
use super::approvers::Approvers;
use super::model::{CLOSED, GRANTED, PENDING};
use crate::keep;
use crate::look::Look;
use crate::{Governance, GovernanceError, Result};

impl Governance {
    /// The request with this id, open or closed.
    ///
    /// # Errors
    ///
    /// `NotFound`, when there is none; `Store` or `Corrupt`, when the store fails.
    pub async fn request(&self, id: &str) -> Result<Request> {
        for prefix in [PENDING, GRANTED, CLOSED] {
            let found = keep::read(self.store(), &format!("{prefix}{id}"), "request").await?;
            if let Some(kept) = found {
                return Ok(kept.value);
            }
        }
        Err(GovernanceError::NotFound { what: "request", id: id.to_owned() })
    }

    /// Every request that is not closed, the oldest first: what waits for decisions and what is granted.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails.
    pub async fn open_requests(&self) -> Result<Vec<Request>> {
        let mut found = Vec::new();
        for prefix in [PENDING, GRANTED] {
            found.extend(keep::list::<Request>(self.store(), prefix, "request").await?);
        }
        Ok(sorted(found.into_iter().map(|kept| kept.value).collect()))
    }

    /// Every request that is closed, the oldest first.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails.
    pub async fn closed_requests(&self) -> Result<Vec<Request>> {
        let found = keep::list::<Request>(self.store(), CLOSED, "request").await?;
        Ok(sorted(found.into_iter().map(|kept| kept.value).collect()))
    }

    /// The requests that wait for somebody's decision, for themselves or for whom they stand in, the oldest first.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails.
    pub async fn waiting_for(&self, who: &IdentityId, now: DateTime<Utc>) -> Result<Vec<Request>> {
        let mut deciders = self.principals(who, now).await?;
        deciders.push(who.clone());
        let pending = keep::list::<Request>(self.store(), PENDING, "request").await?;
        let look = pending.iter().fold(Look::default(), |look, kept| look.deciding(&kept.value));
        let census = self.look(look.besides(&deciders), now).await?;
        let approvers = Approvers { rules: &self.rules, census: &census };
        let waits = |request: &Request| waits_for(request, who, &deciders, approvers);
        Ok(sorted(pending.into_iter().map(|kept| kept.value).filter(waits).collect()))
    }

    /// A request as somebody may see it, and whether they may decide about it now. Those who asked, who get it, who decided or may
    /// decide, and the administrators may see it, as long as they are at work.
    ///
    /// # Errors
    ///
    /// `NotFound`, when there is none that they may see; `Store`, `Corrupt` or `Engine`, when the store fails.
    pub async fn show_request(
        &self,
        id: &str,
        who: &IdentityId,
        now: DateTime<Utc>,
    ) -> Result<(Request, bool)> {
        let request = self.request(id).await?;
        let mut deciders = self.principals(who, now).await?;
        deciders.push(who.clone());
        let census = self.look(Look::default().deciding(&request).besides(&deciders), now).await?;
        let approvers = Approvers { rules: &self.rules, census: &census };
        let decides = waits_for(&request, who, &deciders, approvers);
        let voted = request.stages.iter().flat_map(|stage| &stage.votes).any(|vote| vote.by == *who);
        let own = *who == request.asked.by || *who == request.asked.subject;
        let of_stage =
            |stage| !approvers.of_stage(&request, stage).is_disjoint(&deciders.iter().cloned().collect());
        let party =
            own || decides || voted || self.is_administrator(who) || request.stages.iter().any(of_stage);
        if party && approvers.is_at_work(who) {
            return Ok((request, decides));
        }
        Err(GovernanceError::NotFound { what: "request", id: id.to_owned() })
    }
}

/// Whether somebody, or one for whom they stand in, has to decide about the open stage.
fn waits_for(request: &Request, who: &IdentityId, deciders: &[IdentityId], approvers: Approvers<'_>) -> bool {
    let own = *who == request.asked.by || *who == request.asked.subject;
    let Some(stage) = request.stage().filter(|_| !own && approvers.is_at_work(who)) else { return false };
    let may = approvers.of_stage(request, stage);
    let voted = |id: &IdentityId| stage.votes.iter().any(|vote| vote.counts_for() == id || vote.by == *who);
    deciders.iter().any(|id| may.contains(id) && !voted(id))
}

fn sorted(mut requests: Vec<Request>) -> Vec<Request> {
    requests.sort_by(|a, b| (a.submitted, &a.id).cmp(&(b.submitted, &b.id)));
    requests
}
