use std::cmp::Reverse;
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use tenure_engine::Census;
use tenure_policy::{Engagement, EntitlementKey, Granted, Identity, IdentityId, Phase};

use super::{Request, Stage};
use crate::{Approver, Rules};

/// Finds who may decide. Nobody is expanded when a request is made: the manager of the moment decides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Approvers<'a> {
    pub(crate) rules: &'a Rules,
    pub(crate) census: &'a Census,
}

impl Approvers<'_> {
    /// Who may decide about a stage of a request: never who asks and never who would get it.
    pub(crate) fn of_stage(&self, request: &Request, stage: &Stage) -> BTreeSet<IdentityId> {
        let (asked, about) = (&request.asked, stage.about.as_ref());
        let excluded = [&asked.by, &asked.subject];
        let rule = &stage.rule;
        let mut found =
            self.first(&rule.by, &asked.subject, &asked.what, about, &excluded, rule.quorum.into());
        if stage.escalated.is_some()
            && let Some(escalation) = &rule.escalate
        {
            found.extend(self.first(&escalation.to, &asked.subject, &asked.what, about, &excluded, 1));
        }
        found
    }

    /// The people of the first kind of approver of whom there are enough; the administrators, where there is none.
    pub(crate) fn first(
        &self,
        kinds: &[Approver],
        subject: &IdentityId,
        what: &Granted,
        about: Option<&EntitlementKey>,
        excluded: &[&IdentityId],
        enough: usize,
    ) -> BTreeSet<IdentityId> {
        for kind in kinds {
            let found = self.of_kind(kind, subject, what, about, excluded);
            if found.len() >= enough.max(1) {
                return found;
            }
        }
        let administrators = self.rules.document().administrators.iter();
        administrators.filter(|id| !excluded.contains(id) && self.is_at_work(id)).cloned().collect()
    }

    fn of_kind(
        &self,
        kind: &Approver,
        subject: &IdentityId,
        what: &Granted,
        about: Option<&EntitlementKey>,
        excluded: &[&IdentityId],
    ) -> BTreeSet<IdentityId> {
        let fits = |id: &&IdentityId| !excluded.contains(id) && self.is_at_work(id);
        match kind {
            Approver::Manager => self.manager(subject, excluded).into_iter().collect(),
            Approver::People(people) => people.iter().filter(fits).cloned().collect(),
            Approver::Owner => {
                let owners = match (about, what) {
                    (Some(key), _) => self.rules.owners_of(key),
                    (None, Granted::Entitlement(key)) => self.rules.owners_of(key),
                    (None, Granted::Role(role)) => self.rules.owners_of_role(role),
                };
                owners.iter().filter(fits).cloned().collect()
            }
            Approver::Where(condition) => {
                let selector = self.rules.selector_under(condition, self.census.policy());
                let Some(selector) = selector else { return BTreeSet::new() };
                let now = self.census.now();
                let people = self.census.identities().filter(|identity| selector.holds(identity, now));
                people.map(Identity::id).filter(fits).cloned().collect()
            }
        }
    }

    /// The nearest manager who is at work and not excluded.
    pub(crate) fn manager(&self, subject: &IdentityId, excluded: &[&IdentityId]) -> Option<IdentityId> {
        let mut seen = BTreeSet::from([subject.clone()]);
        let mut at = self.manager_of(subject)?;
        // People who manage each other in a circle have no further manager.
        while seen.insert(at.clone()) {
            if !excluded.contains(&&at) && self.is_at_work(&at) {
                return Some(at);
            }
            at = self.manager_of(&at)?;
        }
        None
    }

    fn manager_of(&self, id: &IdentityId) -> Option<IdentityId> {
        manager_on(self.census.identity(id)?, self.census.now())
    }

    pub(crate) fn is_at_work(&self, id: &IdentityId) -> bool {
        let census = self.census;
        census.identity(id).is_some_and(|found| {
            found.as_person().is_some() && census.policy().state(found, census.now()).phase == Phase::Active
        })
    }
}

/// The manager of a person on a day, by the engagement that comes first, or the last one of who has left; the owner of a service.
pub(crate) fn manager_on(identity: &Identity, at: DateTime<Utc>) -> Option<IdentityId> {
    match identity {
        Identity::Person(person) => {
            let day = at.date_naive();
            let over = |e: &Engagement| e.end.is_some_and(|end| end < day);
            let mut engagements: Vec<_> = person.engagements.iter().filter(|e| !e.rescinded).collect();
            engagements.sort_by_key(|e| (over(e), !e.primary, Reverse(e.start)));
            engagements.into_iter().find_map(|engagement| engagement.manager.clone())
        }
        Identity::Workload(workload) => Some(workload.owner.clone()),
    }
}
