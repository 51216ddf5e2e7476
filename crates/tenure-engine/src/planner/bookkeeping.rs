//! What the engine notes in its own store, without touching a target.

use std::collections::BTreeSet;

use tenure_policy::{DesiredEntitlement, IdentityId, Origin, TargetId};
use tenure_store::{HeldRecord, LinkRecord};

use super::Planner;
use super::outlook::Scope;
use crate::plan::Record;

impl Planner<'_> {
    /// Notes since when an account is wanted no more, or that it is wanted again.
    pub(super) fn note_wanted(&mut self, target: &TargetId, link: &LinkRecord, wanted: bool) {
        let changed = match (wanted, link.unwanted) {
            (true, Some(_)) => LinkRecord { unwanted: None, taken: BTreeSet::new(), ..link.clone() },
            (false, None) => LinkRecord { unwanted: Some(self.now), ..link.clone() },
            _ => return,
        };
        // What is known of everyone, which a plan goes by, is from before it notes anything.
        if let Ok(identity) = IdentityId::parse(&link.identity) {
            self.remember(&identity);
            let world = self.world.targets.get_mut(target);
            if let Some(stored) = world.and_then(|world| world.links.get_mut(&identity))
                && stored.account == link.account
            {
                *stored = changed.clone();
            }
        }
        self.note_link(changed);
    }

    pub(super) fn note_link(&mut self, link: LinkRecord) {
        // A link that this plan makes is noted by its step.
        if !self.linked.contains(&(link.target.clone(), link.account.clone())) {
            self.unsettled.extend(IdentityId::parse(&link.identity));
            self.links.insert((link.target.clone(), link.account.clone()), link);
        }
    }

    /// Notes why something is held that stays held.
    pub(super) fn note_reason(&mut self, held: &HeldRecord, desired: &DesiredEntitlement) {
        let (origins, lost) = match &desired.grace {
            Some(grace) => (texts(&grace.was), Some(grace.lost)),
            None => (texts(&desired.origins), None),
        };
        let named = (desired.key.value() != held.value).then(|| desired.key.value().to_owned());
        if (&origins, &lost, &named) != (&held.origins, &held.lost, &held.named) {
            let changed = HeldRecord { origins, lost, named, ..held.clone() };
            self.unsettled.extend(changed.identity.as_deref().and_then(|id| IdentityId::parse(id).ok()));
            self.records.push(Record::Reason(changed));
        }
    }

    /// Drops what waits although it is not wanted any more.
    pub(super) fn forget_waiting(&mut self, scope: &Scope) {
        // A plan for some identities or targets cannot tell what the others want.
        let unread = self.world.targets.values().any(|world| world.unread.is_some());
        if unread || self.options.identities.is_some() || self.options.targets.is_some() {
            return;
        }
        let (waiting, retries) = (self.world.waiting.keys(), self.world.retries.keys());
        let gone = |id: &&String| !self.wanted.contains(*id) && scope.looks_at(id);
        self.records.extend(waiting.filter(gone).map(|id| Record::Unwait(id.clone())));
        self.records.extend(retries.filter(gone).map(|id| Record::Unretry(id.clone())));
    }
}

/// Origins as the store keeps them.
pub(crate) fn texts(origins: &BTreeSet<Origin>) -> BTreeSet<String> {
    // INVARIANT: an origin consists of texts, which always serialise.
    origins.iter().filter_map(|origin| serde_json::to_string(origin).ok()).collect()
}
