//! Why an identity has an entitlement, or why not.

mod nearest;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub use self::nearest::NearMiss;
use crate::compile::Policy;
use crate::desired::{Evaluation, Grace};
use crate::entitlement::EntitlementKey;
use crate::evaluate::Found;
use crate::facts::Facts;
use crate::grant::{Granted, Origin};
use crate::id::{GrantId, IdentityId, RoleId, RuleId};
use crate::identity::Identity;
use crate::lifecycle::LifecycleState;

/// The answer to "why" and "why not" for one identity and one entitlement. `Display` gives it in words, one fact a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Explanation {
    /// Whose.
    pub identity: IdentityId,
    /// What.
    pub entitlement: EntitlementKey,
    /// Where the identity stands.
    pub state: LifecycleState,
    /// Whether it is desired.
    pub desired: bool,
    /// Every path by which it comes.
    pub why: BTreeSet<Origin>,
    /// What speaks against it, the nearest first. Empty where it is desired.
    pub why_not: Vec<WhyNot>,
    /// Since when.
    pub since: Option<DateTime<Utc>>,
    /// Until when, if an end is known.
    pub until: Option<DateTime<Utc>>,
    /// Set where only grace keeps it.
    pub grace: Option<Grace>,
    /// Its parameters.
    pub parameters: BTreeMap<String, String>,
}

/// One thing that speaks against an entitlement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum WhyNot {
    /// The identity has left, or is not there yet.
    State(LifecycleState),
    /// Rules refuse it.
    Denied(BTreeSet<RuleId>),
    /// An order withholds it.
    Withheld {
        /// Why.
        reason: String,
        /// Who ordered it.
        by: String,
        /// Until when; until it is granted anew, when absent.
        until: Option<DateTime<Utc>>,
    },
    /// A stronger entitlement of its exclusive group is held.
    GaveWayTo(EntitlementKey),
    /// A grant of it has ended.
    GrantEnded {
        /// The grant.
        grant: GrantId,
        /// When it ended.
        ended: DateTime<Utc>,
    },
    /// A grant of it has not begun.
    GrantNotBegun {
        /// The grant.
        grant: GrantId,
        /// When it begins.
        begins: DateTime<Utc>,
    },
    /// A rule would give it, but a condition does not hold.
    Rule(NearMiss),
    /// Nothing in the policy gives it.
    NothingGivesIt,
    /// It is given only by an approved grant, and there is none.
    OnlyByRequest,
}

impl Policy {
    /// Why an identity has an entitlement, with every path; or why not, with the first failing condition of the nearest rules.
    ///
    /// Ask for the account itself with [`EntitlementKey::account`]. Only the rules that can decide about the entitlement are tried; for an
    /// account, and for the fallback of an exclusive group, the identity is evaluated whole.
    #[must_use]
    pub fn explain(
        &self,
        identity: &Identity,
        facts: &Facts<'_>,
        entitlement: &EntitlementKey,
    ) -> Explanation {
        self.answer(identity, facts, entitlement, self.parts().found(identity, facts, entitlement))
    }

    /// As [`Policy::explain`], from an evaluation at hand.
    #[must_use]
    pub fn explain_evaluation(
        &self,
        identity: &Identity,
        facts: &Facts<'_>,
        entitlement: &EntitlementKey,
        evaluation: &Evaluation,
    ) -> Explanation {
        self.answer(identity, facts, entitlement, Found::of(evaluation, entitlement))
    }

    fn answer(
        &self,
        identity: &Identity,
        facts: &Facts<'_>,
        entitlement: &EntitlementKey,
        found: Found,
    ) -> Explanation {
        let mut answer = Explanation {
            identity: identity.id().clone(),
            entitlement: entitlement.clone(),
            state: found.state.clone(),
            desired: true,
            why: BTreeSet::new(),
            why_not: Vec::new(),
            since: None,
            until: None,
            grace: None,
            parameters: BTreeMap::new(),
        };
        match (found.desired, found.account) {
            (Some(desired), _) => {
                let held = facts.held.iter().find(|held| held.key == *entitlement).map(|held| held.since);
                (answer.since, answer.until) = (held.or(desired.since), desired.until);
                (answer.why, answer.grace) = (desired.origins, desired.grace);
                answer.parameters = desired.parameters;
            }
            (None, Some(origins)) => answer.why = origins,
            (None, None) => {
                answer.desired = false;
                let refused = (found.denied, found.gave_way_to);
                answer.why_not = self.why_not(identity, facts, entitlement, found.state, refused);
            }
        }
        answer
    }

    fn why_not(
        &self,
        identity: &Identity,
        facts: &Facts<'_>,
        entitlement: &EntitlementKey,
        state: LifecycleState,
        (denied, gave_way_to): (Option<BTreeSet<RuleId>>, Option<EntitlementKey>),
    ) -> Vec<WhyNot> {
        let mut out = Vec::new();
        if state.phase.is_gone() || state.phase == crate::lifecycle::Phase::Planned {
            out.push(WhyNot::State(state));
        }
        out.extend(denied.map(WhyNot::Denied));
        out.extend(identity.withheld(entitlement, facts.now).map(|order| WhyNot::Withheld {
            reason: order.reason.clone(),
            by: order.by.clone(),
            until: order.until,
        }));
        out.extend(gave_way_to.map(WhyNot::GaveWayTo));
        let parts = self.parts();
        let by_grant = |what: &Granted| match what {
            Granted::Entitlement(key) => key == entitlement,
            Granted::Role(role) => self.role_entitlements(role).contains(entitlement),
        };
        for grant in
            facts.grants.iter().filter(|grant| grant.identity == *identity.id() && by_grant(&grant.what))
        {
            let end = self.grant_end(grant, identity, facts.now);
            if let Some(ended) = end.filter(|end| *end <= facts.now) {
                out.push(WhyNot::GrantEnded { grant: grant.id.clone(), ended });
            } else if let Some(begins) = grant.from.filter(|from| *from > facts.now) {
                out.push(WhyNot::GrantNotBegun { grant: grant.id.clone(), begins });
            }
        }
        let near = nearest::near_misses(parts, identity, facts.now, entitlement);
        let by_rule = !near.is_empty();
        out.extend(near.into_iter().map(WhyNot::Rule));
        if out.is_empty() && !by_rule {
            let known = parts.document.entitlements.contains_key(entitlement)
                || parts.roles.iter().any(|role| role.flat.iter().any(|give| give.key == *entitlement));
            out.push(if known { WhyNot::OnlyByRequest } else { WhyNot::NothingGivesIt });
        }
        out
    }

    /// Every entitlement a role can give, through everything it includes.
    #[must_use]
    pub fn role_entitlements(&self, role: &RoleId) -> BTreeSet<EntitlementKey> {
        let parts = self.parts();
        let role = parts.role_index.get(role).and_then(|role| parts.roles.get(*role as usize));
        role.map(|role| {
            role.flat.iter().map(|give| give.key.clone()).filter(|key| !key.is_account()).collect()
        })
        .unwrap_or_default()
    }

    /// What an identity would lose if it no longer had a role: entitlements whose every origin leads through it.
    #[must_use]
    pub fn without_role(&self, evaluation: &Evaluation, role: &RoleId) -> BTreeSet<EntitlementKey> {
        let through = |origin: &Origin| origin.roles().contains(&role);
        let lost = evaluation
            .entitlements
            .values()
            .filter(|e| !e.origins.is_empty() && e.origins.iter().all(through));
        lost.map(|entitlement| entitlement.key.clone()).collect()
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has = if self.desired { "should have" } else { "should not have" };
        write!(
            f,
            "`{}` {has} `{}` ({}: {})",
            self.identity, self.entitlement, self.state.phase, self.state.reason
        )?;
        for origin in &self.why {
            write!(f, "\n  because of {origin}")?;
        }
        if let Some(grace) = &self.grace {
            write!(f, "\n  in grace since {} until {}", grace.lost.to_rfc3339(), grace.until.to_rfc3339())?;
        }
        if let Some(since) = self.since {
            write!(f, "\n  since {}", since.to_rfc3339())?;
        }
        if let Some(until) = self.until {
            write!(f, "\n  until {}", until.to_rfc3339())?;
        }
        for against in &self.why_not {
            write!(f, "\n  {against}")?;
        }
        Ok(())
    }
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::State(state) => write!(f, "the identity is {}: {}", state.phase, state.reason),
            Self::Denied(rules) => {
                write!(
                    f,
                    "refused by {}",
                    rules.iter().map(|rule| format!("rule `{rule}`")).collect::<Vec<_>>().join(", ")
                )
            }
            Self::Withheld { reason, by, until } => {
                write!(f, "withheld by {by}: {reason}")?;
                match until {
                    Some(until) => write!(f, " (until {})", until.to_rfc3339()),
                    None => Ok(()),
                }
            }
            Self::GaveWayTo(stronger) => write!(f, "gave way to `{stronger}`"),
            Self::GrantEnded { grant, ended } => {
                write!(f, "the grant `{grant}` ended at {}", ended.to_rfc3339())
            }
            Self::GrantNotBegun { grant, begins } => {
                write!(f, "the grant `{grant}` begins at {}", begins.to_rfc3339())
            }
            Self::Rule(near) => near.fmt(f),
            Self::NothingGivesIt => f.write_str("nothing in the policy gives it"),
            Self::OnlyByRequest => f.write_str("it is given by an approved grant only, and there is none"),
        }
    }
}
