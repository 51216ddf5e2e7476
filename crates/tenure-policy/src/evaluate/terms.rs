//! How long explicit grants last, and how they come back.

use chrono::{DateTime, Utc};

use crate::compile::{Parts, Policy};
use crate::facts::Facts;
use crate::grant::{Grant, GrantSource, Granted};
use crate::id::GrantId;
use crate::identity::Identity;
use crate::lifecycle::Reinstatement;
use crate::time::Span;

impl Policy {
    /// When a grant ends: its own end, bounded by the longest term of what it gives; for exceptions and for temporary people the
    /// default term where it names none. Who left and is back starts without the grants of then: they ended with the leaving. `None`: it
    /// has no end.
    #[must_use]
    pub fn grant_end(&self, grant: &Grant, identity: &Identity, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let standing = self.parts().standing(identity, now);
        let temporary = standing.engagements.first().is_some_and(|best| best.temporary);
        let end = self.parts().grant_end(grant, grant.from.unwrap_or(now), temporary);
        let left = standing.gone_before.filter(|gone| grant.from.is_some_and(|from| from < *gone));
        [end, left].into_iter().flatten().min()
    }

    /// True when the engagement that counts most at an instant is of a temporary kind.
    #[must_use]
    pub fn is_temporary(&self, identity: &Identity, now: DateTime<Utc>) -> bool {
        self.parts().standing(identity, now).engagements.first().is_some_and(|best| best.temporary)
    }

    /// Brings an expired grant back: the same scope, from now on, for the default term at most.
    ///
    /// The new grant names the old one. What it gives is decided by today's policy, not by what the old one gave then.
    ///
    /// # Errors
    ///
    /// When the grant has not ended, the identity has left, the policy does not allow it, an approval is missing, what it gave is
    /// not requestable any more, or it would break a constraint.
    pub fn reinstate(
        &self,
        old: &Grant,
        id: GrantId,
        identity: &Identity,
        facts: &Facts<'_>,
        approved_by: Option<&str>,
    ) -> Result<Grant, ReinstateError> {
        let parts = self.parts();
        let temporary = &parts.document.temporary;
        if self.grant_end(old, identity, facts.now).is_none_or(|end| end > facts.now) {
            return Err(ReinstateError::NotEnded);
        }
        if self.state(identity, facts.now).phase.is_gone() {
            return Err(ReinstateError::Gone);
        }
        match (temporary.reinstate, approved_by) {
            (Reinstatement::Never, _) => return Err(ReinstateError::Forbidden),
            (Reinstatement::Approval, None) => return Err(ReinstateError::ApprovalMissing),
            _ => {}
        }
        if matches!(old.source, GrantSource::Request(_)) && !parts.is_requestable(&old.what) {
            return Err(ReinstateError::NotRequestable);
        }
        let new = Grant {
            id,
            from: Some(facts.now),
            until: Some(temporary.default.after(facts.now)),
            approved_by: approved_by.map(str::to_owned),
            reinstates: Some(old.id.clone()),
            ..old.clone()
        };
        let found = self.check_grant(&new, identity, facts);
        match found.violations.into_iter().find(|violation| violation.mitigated.is_none()) {
            Some(violation) => Err(ReinstateError::Violation(Box::new(violation))),
            None => Ok(new),
        }
    }

    /// The grants of an identity that have ended, each with what speaks against bringing it back today: a list to choose from for who
    /// is back after a leaving, in the order of `facts.grants`. What has been brought back already is left out.
    #[must_use]
    pub fn restorable<'g>(&self, identity: &Identity, facts: &Facts<'g>) -> Vec<Restorable<'g>> {
        let grants: &'g [Grant] = facts.grants;
        let own = |grant: &&Grant| grant.identity == *identity.id();
        let ended =
            |grant: &&Grant| self.grant_end(grant, identity, facts.now).is_some_and(|end| end <= facts.now);
        let back = |grant: &&Grant| grants.iter().any(|other| other.reinstates.as_ref() == Some(&grant.id));
        let approver = "asked for";
        grants
            .iter()
            .filter(own)
            .filter(ended)
            .filter(|grant| !back(grant))
            .map(|grant| {
                let refused = self.reinstate(grant, grant.id.clone(), identity, facts, Some(approver)).err();
                Restorable { grant, refused }
            })
            .collect()
    }
}

/// An ended grant, and whether it may come back.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Restorable<'g> {
    /// The grant.
    pub grant: &'g Grant,
    /// What speaks against it; `None` where nothing does but perhaps an approval.
    pub refused: Option<ReinstateError>,
}

/// Why an expired grant cannot come back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReinstateError {
    /// It is still in force.
    #[error("the grant has not ended")]
    NotEnded,
    /// The identity has left.
    #[error("the identity has left")]
    Gone,
    /// The policy says never.
    #[error("the policy does not allow expired grants to come back")]
    Forbidden,
    /// The policy asks for an approval.
    #[error("expected an approval, found none")]
    ApprovalMissing,
    /// What it gave may not be requested any more.
    #[error("what the grant gave is not requestable any more")]
    NotRequestable,
    /// It would break a constraint.
    #[error("it would break a constraint")]
    Violation(Box<crate::desired::Violation>),
}

impl Parts {
    pub(crate) fn grant_end(
        &self,
        grant: &Grant,
        from: DateTime<Utc>,
        temporary: bool,
    ) -> Option<DateTime<Utc>> {
        let bounded = match grant.source {
            GrantSource::Exception => true,
            GrantSource::Request(_) => temporary,
            GrantSource::Adopted => false,
        };
        let default = (bounded && grant.until.is_none()).then(|| self.document.temporary.default.after(from));
        let longest = match grant.source {
            GrantSource::Adopted => None,
            _ => self.max_term(&grant.what).map(|term| term.after(from)),
        };
        [grant.until, default, longest].into_iter().flatten().min()
    }

    fn max_term(&self, what: &Granted) -> Option<Span> {
        match what {
            Granted::Entitlement(key) => self.document.entitlements.get(key).and_then(|spec| spec.max_term),
            Granted::Role(role) => {
                let role = self.role_index.get(role).and_then(|role| self.roles.get(*role as usize))?;
                let inner =
                    role.flat.iter().filter_map(|give| self.document.entitlements.get(&give.key)?.max_term);
                inner.chain(role.max_term).min()
            }
        }
    }

    pub(crate) fn is_requestable(&self, what: &Granted) -> bool {
        let key_is = |key| self.document.entitlements.get(key).is_none_or(|spec| spec.requestable);
        match what {
            Granted::Entitlement(key) => key_is(key),
            Granted::Role(role) => {
                let role = self.role_index.get(role).and_then(|role| self.roles.get(*role as usize));
                role.is_some_and(|role| role.requestable && role.flat.iter().all(|give| key_is(&give.key)))
            }
        }
    }
}
