//! What an evaluator found for one identity, borrowed: names are looked up only where they are read.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::ser::{Serialize, SerializeStructVariant, Serializer};

use super::draft::{Draft, Reason, Source, Wanted};
use crate::compile::{Dense, Parts};
use crate::desired::Violation;
use crate::entitlement::EntitlementKey;
use crate::facts::Facts;
use crate::grant::{Grant, Origin};
use crate::id::{EngagementId, RoleId, RuleId, TargetId};
use crate::identity::{Engagement, Identity};
use crate::lifecycle::{LifecycleState, Phase, Standing};

/// What [`Evaluator::evaluate`](super::Evaluator::evaluate) found for one identity. It borrows from the evaluator and is gone with the
/// next identity; [`to_evaluation`](Outcome::to_evaluation) keeps it.
#[derive(Clone, Copy)]
pub struct Outcome<'a> {
    pub(super) parts: &'a Parts,
    pub(super) dense: &'a Dense,
    pub(super) draft: &'a Draft,
    pub(super) standing: &'a Standing,
    pub(super) identity: &'a Identity,
    pub(super) facts: &'a Facts<'a>,
    pub(super) next: Option<DateTime<Utc>>,
}

impl<'a> Outcome<'a> {
    /// Whose it is.
    #[must_use]
    pub fn identity(&self) -> &'a Identity {
        self.identity
    }

    /// Where they stand.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.standing.phase
    }

    /// Where they stand, with the reason in words.
    #[must_use]
    pub fn state(&self) -> LifecycleState {
        self.standing.state(self.identity)
    }

    /// The engagement whose attributes mappings see: of those that give something now, the most important one.
    #[must_use]
    pub fn engagement(&self) -> Option<&'a Engagement> {
        self.identity.as_person()?.engagements.get(self.standing.engagements.first()?.index)
    }

    /// How many entitlements are wanted.
    #[must_use]
    pub fn len(&self) -> usize {
        self.draft.wanted.iter().filter(|wanted| !wanted.gone).count()
    }

    /// True when no entitlement is wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entitlements wanted, each once, in the order in which the policy first gives them.
    pub fn entitlements(&self) -> impl Iterator<Item = Desired<'a>> + use<'a> {
        let of = *self;
        of.wanted().map(move |(key, wanted)| Desired { of, key, wanted })
    }

    /// One entitlement, where it is wanted.
    #[must_use]
    pub fn get(&self, key: &EntitlementKey) -> Option<Desired<'a>> {
        let wanted = self.draft.live(self.draft.find(self.dense, key)?)?;
        Some(Desired { of: *self, key: self.draft.key(self.dense, wanted.key)?, wanted })
    }

    /// The targets in which an account is wanted; true where it is to be enabled.
    pub fn accounts(&self) -> impl Iterator<Item = (&'a TargetId, bool)> + use<'a> {
        let of = *self;
        let live = of.draft.accounts.iter().filter(|account| !account.gone);
        live.filter_map(move |account| {
            let target = of.draft.target_id(of.dense, account.target)?;
            let works = account.enabled && of.standing.phase != Phase::Suspended;
            Some((target, works && of.identity.stopped_in(target, of.facts.now).is_none()))
        })
    }

    /// Entitlements that were refused, with a rule that refuses them.
    pub fn denied(&self) -> impl Iterator<Item = (&'a EntitlementKey, &'a RuleId)> + use<'a> {
        let of = *self;
        of.draft.denied.iter().filter_map(move |(key, rule)| {
            Some((of.draft.key(of.dense, *key)?, &of.parts.rules.get(*rule as usize)?.id))
        })
    }

    /// Entitlements that gave way, each with the stronger one of its exclusive group.
    pub fn superseded(&self) -> impl Iterator<Item = (&'a EntitlementKey, &'a EntitlementKey)> + use<'a> {
        let of = *self;
        let key = move |number: u32| of.draft.key(of.dense, number);
        of.draft
            .superseded
            .iter()
            .filter_map(move |(weaker, stronger)| Some((key(*weaker)?, key(*stronger)?)))
    }

    /// Constraints that do not hold, now or at a known later time.
    #[must_use]
    pub fn violations(&self) -> &'a [Violation] {
        &self.draft.violations
    }

    /// The next instant at which the answer may differ without anything else changing.
    #[must_use]
    pub fn next_change_at(&self) -> Option<DateTime<Utc>> {
        self.next
    }

    pub(super) fn wanted(&self) -> impl Iterator<Item = (&'a EntitlementKey, &'a Wanted)> + use<'a> {
        let Self { draft, dense, .. } = *self;
        let live = draft.wanted.iter().filter(|wanted| !wanted.gone);
        live.filter_map(move |wanted| Some((draft.key(dense, wanted.key)?, wanted)))
    }
}

impl fmt::Debug for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcome")
            .field("identity", self.identity.id())
            .field("phase", &self.phase())
            .field("entitlements", &self.wanted().map(|(key, _)| key).collect::<Vec<_>>())
            .field("next_change_at", &self.next)
            .finish_non_exhaustive()
    }
}

/// One wanted entitlement of an [`Outcome`].
#[derive(Clone, Copy, Debug)]
pub struct Desired<'a> {
    of: Outcome<'a>,
    key: &'a EntitlementKey,
    wanted: &'a Wanted,
}

impl<'a> Desired<'a> {
    /// What.
    #[must_use]
    pub fn key(&self) -> &'a EntitlementKey {
        self.key
    }

    /// Its parameters: of each the first way that names it counts.
    #[must_use]
    pub fn parameters(&self) -> BTreeMap<String, String> {
        self.of.parameters(self.wanted)
    }

    /// Since when it is due, where that is known.
    #[must_use]
    pub fn since(&self) -> Option<DateTime<Utc>> {
        let held = self.of.draft.grace.get(self.wanted.grace as usize);
        let held = held.and_then(|grace| self.of.facts.held.get(grace.held));
        held.map(|held| held.since).or_else(|| self.of.draft.term(self.wanted).since)
    }

    /// Until when, if every way to it has a known end; the latest of them.
    #[must_use]
    pub fn until(&self) -> Option<DateTime<Utc>> {
        self.of.draft.term(self.wanted).until
    }

    /// True when no way leads to it any more and it stays for a while.
    #[must_use]
    pub fn in_grace(&self) -> bool {
        self.of.draft.grace.get(self.wanted.grace as usize).is_some()
    }

    /// Every way that leads to it, in the order of the policy. None in grace; for the fallback of an exclusive group ask its account.
    pub fn ways(&self) -> impl Iterator<Item = Way<'a>> + use<'a> {
        let of = self.of;
        let list = self.wanted.reasons;
        let earlier = move |reason: &Reason| {
            let before = of.draft.reasons(list).take_while(move |known| !std::ptr::eq(*known, reason));
            before.into_iter().any(|known| known.same_way(reason, of.parts))
        };
        of.draft.reasons(list).filter(move |reason| !earlier(reason)).map(move |reason| Way { of, reason })
    }
}

/// One way by which an entitlement comes, borrowed; [`to_origin`](Way::to_origin) keeps it. Written down it is as the [`Origin`].
#[derive(Clone, Copy, Debug)]
pub struct Way<'a> {
    of: Outcome<'a>,
    reason: &'a Reason,
}

impl<'a> Way<'a> {
    /// The rule and the engagement it holds for, where a rule is the source.
    #[must_use]
    pub fn rule(&self) -> Option<(&'a RuleId, &'a EngagementId)> {
        let Source::Rule { rule, engagement } = self.reason.source else { return None };
        let engagement = self.of.identity.as_person()?.engagements.get(engagement as usize)?;
        Some((&self.of.parts.rules.get(rule as usize)?.id, &engagement.id))
    }

    /// The explicit grant, where one is the source.
    #[must_use]
    pub fn grant(&self) -> Option<&'a Grant> {
        let Source::Grant(number) = self.reason.source else { return None };
        self.of.facts.grants.get(number as usize)
    }

    /// The roles it came through, the outermost first.
    pub fn roles(&self) -> impl Iterator<Item = &'a RoleId> + use<'a> {
        let parts = self.of.parts;
        let path = self.reason.path(parts).iter();
        path.filter_map(|role| parts.roles.get(*role as usize)).map(|role| &role.id)
    }

    /// The way as data of its own.
    #[must_use]
    pub fn to_origin(&self) -> Option<Origin> {
        self.of.origin(self.reason)
    }
}

impl Serialize for Way<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Through { way: *self, roles: self.reason.path(self.of.parts) }.serialize(serializer)
    }
}

/// A way with some of its roles, the outermost first.
struct Through<'a> {
    way: Way<'a>,
    roles: &'a [u32],
}

impl Serialize for Through<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { way, roles } = *self;
        if let Some((role, roles)) = roles.split_last() {
            let Some(role) = way.of.parts.roles.get(*role as usize) else {
                return Through { way, roles }.serialize(serializer);
            };
            let mut members = serializer.serialize_struct_variant("Origin", 5, "role", 2)?;
            members.serialize_field("role", &role.id)?;
            members.serialize_field("via", &Through { way, roles })?;
            return members.end();
        }
        if let Some((rule, engagement)) = way.rule() {
            let mut members = serializer.serialize_struct_variant("Origin", 0, "rule", 2)?;
            members.serialize_field("rule", rule)?;
            members.serialize_field("engagement", engagement)?;
            return members.end();
        }
        match way.grant() {
            Some(grant) => grant.origin().serialize(serializer),
            None => Origin::Scope.serialize(serializer),
        }
    }
}
