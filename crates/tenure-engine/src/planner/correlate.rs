use std::collections::BTreeSet;

use tenure_policy::{Correlation, Evidence, IdentityId, TargetId};
use tenure_store::LinkRecord;

use super::Planner;
use crate::plan::{Action, NoticeKind, StepId, Verb};

impl Planner<'_> {
    /// Finds whose the accounts are that are linked to nobody. Every outcome has an answer, and none of them destroys:
    ///
    /// | outcome | answer |
    /// |---|---|
    /// | one identity, certain enough | link it, as a step of the plan |
    /// | several, or not certain enough | a notice; nothing is created for any of them until a person decides |
    /// | one that has another account here | a notice |
    /// | nobody | what a person said (see below), else a notice; disabled where accounts are managed exclusively |
    /// | protected | nothing |
    /// | the account was somebody's before | theirs again, or nobody's; never another's |
    ///
    /// What a person has said about an unlinked account goes before all of these:
    ///
    /// | disposition | answer |
    /// |---|---|
    /// | adopt | link it, unless the identity has another account here |
    /// | service account | nothing, while its owner is there; a notice afterwards |
    /// | protected | nothing, and the executor refuses it |
    /// | disable then delete | disabled with this plan, deleted from the day on that was said |
    /// | case | a notice, also where accounts are managed exclusively |
    pub(super) fn correlate(&mut self) {
        let targets: Vec<TargetId> =
            self.world.targets.keys().filter(|target| self.plans_for(target)).cloned().collect();
        for target in targets {
            let matches = self.matches(&target);
            for (account, correlation) in matches {
                match self.world.disposed(&target, &account).cloned() {
                    Some(disposed) => self.go_by(&target, &account, &disposed),
                    None => self.react(&target, &account, correlation),
                }
            }
        }
    }

    fn matches(&self, target: &TargetId) -> Vec<(String, Correlation)> {
        let Some(world) = self.world.targets.get(target) else { return Vec::new() };
        let Some(correlator) = self.engine.policy.correlator(target, self.world.identities.values()) else {
            return Vec::new();
        };
        let linked = |identity: &IdentityId| world.links.contains_key(identity);
        let live: BTreeSet<&str> = world.links.values().map(|link| link.account.as_str()).collect();
        let mut taken = BTreeSet::new();
        let mut matches = Vec::new();
        for (id, account) in &world.accounts {
            if live.contains(id.as_str()) || self.protection.covers_account(target, &account.resource) {
                continue;
            }
            if self.world.disposed(target, id).is_some() {
                matches.push((id.clone(), Correlation::None));
                continue;
            }
            let found = match world.owners.get(id) {
                // A tombstone names the owner; the account came back.
                Some(owner) if linked(owner) => Correlation::AlreadyLinked(owner.clone(), Vec::new()),
                Some(owner) => {
                    Correlation::One(owner.clone(), tenure_policy::Confidence::CERTAIN, Vec::new())
                }
                None => correlator
                    .correlate(&account.resource, &|identity| linked(identity) || taken.contains(identity)),
            };
            if let Correlation::One(identity, ..) = &found {
                taken.insert(identity.clone());
            }
            matches.push((id.clone(), found));
        }
        matches
    }

    fn react(&mut self, target: &TargetId, account: &str, correlation: Correlation) {
        let shown = self.shown(target, account);
        match correlation {
            Correlation::One(identity, score, evidence) => {
                if self.options.covers(&identity) && !self.protection.covers_identity(&identity) {
                    self.link(target, account, &identity, &format!("{} ({score})", texts(&evidence)));
                }
            }
            Correlation::Many(candidates) => {
                let names: Vec<String> = candidates
                    .iter()
                    .map(|(id, score, why)| format!("{} ({score}: {})", self.person(id), texts(why)))
                    .collect();
                let disputed = self.disputed.entry(target.clone()).or_default();
                disputed.extend(candidates.iter().map(|(id, ..)| id.clone()));
                let text = format!("account {shown} may belong to {}", names.join(" or "));
                self.notice(NoticeKind::Ambiguous, Some(target), None, text);
            }
            Correlation::AlreadyLinked(identity, evidence) => {
                let text = format!(
                    "account {shown} also matches {}, who has another account here: {}",
                    self.person(&identity),
                    texts(&evidence)
                );
                self.notice(NoticeKind::LinkedElsewhere, Some(target), Some(&identity), text);
            }
            Correlation::None => self.unmatched(target, account, &shown),
        }
    }

    pub(super) fn link(&mut self, target: &TargetId, account: &str, identity: &IdentityId, evidence: &str) {
        let Some(world) = self.world.targets.get(target) else { return };
        let Some(found) = world.accounts.get(account) else { return };
        let object = world.object(account);
        let username = self.engine.policy.target(target).and_then(|policy| policy.username.as_ref());
        let name = username.and_then(|rule| {
            let value = found.resource.get(&rule.to).and_then(tenure_scim::ValueRef::as_str)?;
            Some((rule.namespace.clone(), value.to_owned()))
        });
        let shown = self.shown(target, account);
        let mut draft =
            self.draft(target, identity, Verb::Link, shown, vec![format!("matched by {evidence}")]);
        account.clone_into(&mut draft.key);
        let mut step = draft.step(Action::Link { account: object, evidence: evidence.to_owned() });
        if let Some((space, value)) = &name {
            step.records.push(crate::plan::Record::Name {
                space: space.clone(),
                key: tenure_policy::name_key(value),
                value: value.clone(),
            });
        }
        let Some(id) = self.push(step) else { return };
        // The rest of the plan goes on as if it were linked already.
        if let Some((space, value)) = name {
            self.world.names.carries(&space, &value, identity);
        }
        self.remember(identity);
        let link = LinkRecord::new(target.as_str(), account, identity.as_str(), evidence, self.now);
        if let Some(world) = self.world.targets.get_mut(target) {
            world.links.insert(identity.clone(), link);
            world.owners.insert(account.to_owned(), identity.clone());
        }
        self.linked.insert((target.to_string(), account.to_owned()));
        self.linking.insert((target.clone(), identity.clone()), id);
    }

    /// The step that links the identity's account in this plan, if one does.
    pub(super) fn linking_step(&self, target: &TargetId, identity: &IdentityId) -> Option<StepId> {
        self.linking.get(&(target.clone(), identity.clone())).cloned()
    }

    pub(super) fn shown(&self, target: &TargetId, account: &str) -> String {
        let found = self.world.targets.get(target).and_then(|world| world.accounts.get(account));
        let name = found
            .and_then(|found| found.resource.text("userName").or_else(|| found.resource.text("displayName")));
        name.unwrap_or(account).to_owned()
    }
}

fn texts(evidence: &[Evidence]) -> String {
    if evidence.is_empty() {
        return "it was theirs before".to_owned();
    }
    let texts: Vec<String> =
        evidence.iter().map(|found| format!("{} `{}`", found.rule, found.value)).collect();
    texts.join(", ")
}
