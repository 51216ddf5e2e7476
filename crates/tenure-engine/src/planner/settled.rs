//! What a person was settled with, by which a later plan knows that nothing is left to do for them.
//!
//! A fingerprint is taken of a person for whom a plan found nothing to do, nothing to tell and nothing to note. It holds what is
//! wanted for them (where they stand, accounts, entitlements with parameters and every way to them), everything else that
//! planning goes by (the basis), and how often those were written whom they depend on. The store forgets it with every write of
//! something that is kept of the person. So if it is still there, and the same comes out when the person is evaluated anew,
//! their accounts need not be read.
//!
//! Whoever has something in grace or on its way out, owns workloads, or has a name or a grant that time alone may change, is
//! looked at closely each time.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tenure_policy::{
    Directory, Evaluation, Evaluator, Facts, Grant, Identity, IdentityId, NameOwner, NameRegistry, Outcome,
};
use tenure_store::{OutlookRecord, canonical_hash, sha256_hex};

use super::Planner;
use crate::Engine;
use crate::world::World;

/// What the policy says only through what it gives: this is seen in what is wanted.
const SEEN: [&str; 4] = ["rules", "roles", "tables", "effective"];
/// How many characters a fingerprint has.
const LENGTH: usize = 40;

/// Everything that planning goes by besides what is wanted for a person and what is stored of them.
pub(super) fn basis(engine: &Engine, world: &World) -> String {
    let mut policy = serde_json::to_value(engine.policy.document()).unwrap_or_default();
    if let Some(document) = policy.as_object_mut() {
        SEEN.iter().for_each(|part| drop(document.remove(*part)));
    }
    let targets: BTreeMap<&str, Value> = world
        .targets
        .iter()
        .map(|(target, found)| {
            let told = json!({
                "schema": found.described.schema,
                "capabilities": found.capabilities,
                "class": found.class,
                "catalogue": &*found.catalogue,
                "unread": found.unread,
                "options": format!("{:?}", engine.options(target)),
            });
            (target.as_str(), told)
        })
        .collect();
    // Another version of this program may plan otherwise.
    let program = env!("CARGO_PKG_VERSION");
    let value = json!({ "format": super::FORMAT, "program": program, "policy": policy, "targets": targets });
    canonical_hash(&value)
}

/// What is wanted for a person who holds nothing that is not wanted; nothing, when they have to be looked at closely.
pub(super) struct Glimpsed {
    pub(super) next_change_at: Option<DateTime<Utc>>,
    entitlements: usize,
}

impl Glimpsed {
    /// Whether an evaluation with everything that is known came to the same.
    pub(super) fn is_all_of(&self, evaluation: &Evaluation, next_change_at: Option<DateTime<Utc>>) -> bool {
        self.entitlements == evaluation.entitlements.len() && self.next_change_at == next_change_at
    }
}

/// Evaluates a person without their accounts, and writes down what is wanted for them.
pub(super) fn glimpse(
    evaluator: &mut Evaluator<'_>,
    identity: &Identity,
    grants: &[Grant],
    now: DateTime<Utc>,
    basis: &str,
    text: &mut Vec<u8>,
) -> Option<Glimpsed> {
    // How long it is given may follow from since when it is held.
    if identity.as_person().is_none() || grants.iter().any(|grant| grant.from.is_none()) {
        return None;
    }
    let stranger = Stranger::default();
    let facts = Facts::new(now).with_grants(grants).with_directory(&stranger).with_names(&stranger);
    let outcome = evaluator.evaluate(identity, &facts);
    glimpsed(&outcome, now, basis, text).filter(|_| !stranger.asked.get())
}

/// Writes down what is wanted for a person, of whom was evaluated what a glimpse evaluates: nobody was asked for, nor any name.
pub(super) fn glimpsed(
    outcome: &Outcome<'_>,
    now: DateTime<Utc>,
    basis: &str,
    text: &mut Vec<u8>,
) -> Option<Glimpsed> {
    text.clear();
    put(text, basis);
    write(text, outcome)?;
    Some(Glimpsed {
        next_change_at: outcome.next_change_at().filter(|at| *at > now),
        entitlements: outcome.len(),
    })
}

/// The fingerprint of what a glimpse wrote down, with how often those were written on whom the person depends.
pub(super) fn fingerprint<'o>(
    text: &mut Vec<u8>,
    others: impl Iterator<Item = (&'o str, Option<u64>)>,
) -> String {
    for (other, marks) in others {
        put(text, other);
        put(text, &marks.map_or_else(String::new, |marks| marks.to_string()));
    }
    let mut hash = sha256_hex(text);
    hash.truncate(LENGTH);
    hash
}

fn write(text: &mut Vec<u8>, outcome: &Outcome<'_>) -> Option<()> {
    if !outcome.violations().is_empty() {
        return None;
    }
    text.push(outcome.phase() as u8);
    put(text, outcome.engagement().map_or("", |engagement| engagement.id.as_str()));
    for (target, enabled) in outcome.accounts() {
        text.push(b'a');
        put(text, target.as_str());
        text.push(enabled.into());
    }
    for desired in outcome.entitlements() {
        if desired.in_grace() {
            return None;
        }
        let key = desired.key();
        text.push(b'e');
        put(text, key.target.as_str());
        put(text, key.kind.as_str());
        put(text, key.value());
        for (name, value) in desired.parameters() {
            text.push(b'p');
            put(text, &name);
            put(text, &value);
        }
        let mut ways = 0;
        for way in desired.ways() {
            ways += 1;
            match way.rule() {
                Some((rule, engagement)) => {
                    text.push(b'r');
                    put(text, rule.as_str());
                    put(text, engagement.as_str());
                }
                None => {
                    text.push(b'g');
                    let origin = way.grant().map(Grant::origin);
                    // INVARIANT: an origin consists of texts, which always serialise.
                    put(text, &serde_json::to_string(&origin).unwrap_or_default());
                }
            }
            for role in way.roles() {
                text.push(b'o');
                put(text, role.as_str());
            }
        }
        // What takes the place of something else follows from other ways.
        if ways == 0 {
            return None;
        }
    }
    Some(())
}

/// Appends a text so that no two lists of texts give the same bytes.
fn put(out: &mut Vec<u8>, text: &str) {
    out.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend(text.as_bytes());
}

/// Knows nobody, and notes that somebody was asked for.
#[derive(Debug, Default)]
struct Stranger {
    asked: Cell<bool>,
}

impl Directory for Stranger {
    fn identity(&self, _: &IdentityId) -> Option<&Identity> {
        self.asked.set(true);
        None
    }
}

impl NameRegistry for Stranger {
    fn owner(&self, _: &str, _: &str) -> Option<NameOwner> {
        self.asked.set(true);
        None
    }

    fn name_of(&self, _: &str, _: &IdentityId) -> Option<String> {
        self.asked.set(true);
        None
    }
}

/// How much a plan in the making has of everything that comes of a person.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Came([usize; 7]);

impl Planner<'_> {
    pub(super) fn came(&self) -> Came {
        Came([
            self.steps.len(),
            self.notices.len(),
            self.upcoming.len(),
            self.records.len(),
            self.reservations.len(),
            self.pending.len(),
            self.links.len(),
        ])
    }

    /// What a person was settled with of whom nothing came.
    pub(super) fn settled_with(
        &self,
        evaluator: &mut Evaluator<'_>,
        identity: &Identity,
        evaluation: &Evaluation,
        record: &OutlookRecord,
    ) -> Option<String> {
        let (basis, id) = (self.basis.as_ref()?, identity.id());
        let linked = |target| evaluation.accounts.get(target).is_some_and(|it| !it.origins.is_empty());
        let live = self.world.targets.iter().filter(|(_, world)| world.links.contains_key(id));
        let open = self.owned.contains_key(id)
            || self.world.names.are_reserved(id)
            || self.is_linked_now(id, record)
            || !live.into_iter().all(|(target, _)| linked(target))
            || !self.world.held_keys(id).all(|key| evaluation.entitlements.contains_key(&key));
        if open {
            return None;
        }
        let grants = self.world.grants.get(id).map(Vec::as_slice).unwrap_or_default();
        let mut text = Vec::new();
        let found = glimpse(evaluator, identity, grants, self.now, basis, &mut text)?;
        let others = record.on.iter().map(|other| (other.as_str(), self.world.marks.get(other).copied()));
        found.is_all_of(evaluation, record.due).then(|| fingerprint(&mut text, others))
    }

    /// Whether this plan links an account to somebody, or to whom they depend on.
    pub(super) fn is_linked_now(&self, id: &IdentityId, record: &OutlookRecord) -> bool {
        if self.new_links.is_empty() {
            return false;
        }
        let new: BTreeSet<&str> = self.new_links.keys().map(|(_, identity)| identity.as_str()).collect();
        new.contains(id.as_str()) || record.on.iter().any(|other| new.contains(other.as_str()))
    }
}
