use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tenure_policy::{Confidence, Correlation, Correlator, Evidence, Identity, IdentityId, TargetId};
use tenure_store::{Batch, LinkRecord, PageRequest, Write};

use super::Planner;
use super::outlook::Scope;
use crate::Result;
use crate::plan::{Action, NoticeKind, StepId, Verb};
use crate::world::Unknown;
use crate::world::load::decode;

/// How many accounts or identities are read in one go.
const PAGE: usize = 2_000;

impl<'a> Planner<'a> {
    /// Finds whose the accounts are that are linked to nobody. Every outcome has an answer, and none of them destroys:
    ///
    /// | outcome | answer |
    /// |---|---|
    /// | one identity, certain enough | link it, as a step of the plan |
    /// | several, or not certain enough | a notice; nothing is created for any of them until a person decides |
    /// | one that has another account here | a notice |
    /// | nobody | what a person said (see below), else a notice; disabled where accounts are managed exclusively |
    /// | protected | nothing |
    /// | it has the id of somebody's deleted account | theirs again, unless it agrees with somebody else; a notice, when it agrees with nobody though there are rules |
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
    ///
    /// A plan for those who are due looks at the accounts that were unlinked when everybody was looked at, and reacts to
    /// those that may be theirs. An account that is new or different makes everybody due.
    pub(super) async fn correlate(&mut self, scope: &Scope) -> Result<()> {
        let targets: Vec<TargetId> =
            self.world.targets.keys().filter(|target| self.plans_for(target)).cloned().collect();
        let mut unlinked: BTreeMap<TargetId, Vec<String>> = BTreeMap::new();
        for target in targets {
            let found = self.unlinked(&target, scope).await?;
            if !found.is_empty() {
                unlinked.insert(target, found);
            }
        }
        let correlators = self.correlators(&unlinked, scope).await?;
        for (target, accounts) in &unlinked {
            let correlator = correlators.get(target);
            // Whoever an account may belong to has to be known before it is decided whose it is.
            let candidates = self.candidates(target, accounts, correlator);
            self.meet(candidates).await?;
            self.learn_names(target, accounts).await?;
            for (account, found) in self.matches(target, accounts, correlator, &|_| false) {
                let disposed = self.world.disposed(target, &account).cloned();
                let theirs = scope.due_only.then_some(scope.people.as_ref()).flatten();
                let new = theirs.is_none_or(|people| concerned(&found).any(|who| people.contains(who)));
                match disposed {
                    Some(disposed) => self.go_by(target, &account, &disposed),
                    None if new => self.react(target, &account, found),
                    None => {}
                }
            }
        }
        if !scope.due_only && self.options.persist {
            self.note_unlinked(&unlinked).await?;
        }
        Ok(())
    }

    /// Everybody to whom one of the accounts may belong.
    fn candidates(
        &self,
        target: &TargetId,
        accounts: &[String],
        correlator: Option<&Correlator<'_>>,
    ) -> BTreeSet<IdentityId> {
        let candidates: RefCell<BTreeSet<IdentityId>> = RefCell::default();
        let note = |identity: &IdentityId| !candidates.borrow_mut().insert(identity.clone());
        for (_, found) in self.matches(target, accounts, correlator, &note) {
            candidates.borrow_mut().extend(concerned(&found).cloned());
        }
        let said = accounts.iter().filter_map(|account| self.world.disposed(target, account));
        candidates.borrow_mut().extend(said.flat_map(|said| said.identities().cloned()));
        candidates.into_inner()
    }

    /// The accounts of a target that are linked to nobody, made known to the world.
    async fn unlinked(&mut self, target: &TargetId, scope: &Scope) -> Result<Vec<String>> {
        let store = &self.engine.store;
        let mut found: Vec<String> = Vec::new();
        if scope.due_only {
            let known = store.value(&unlinked_key(target)).await?;
            let known: Vec<String> =
                known.map(|value| decode("unlinked accounts", value)).transpose()?.unwrap_or_default();
            self.world.look_at(self.engine, target, known.clone(), false).await?;
            let world = self.world.targets.get(target);
            found.extend(known.into_iter().filter(|id| {
                world.is_some_and(|world| {
                    world.accounts.contains_key(id) && !world.links.values().any(|link| link.account == *id)
                })
            }));
            return Ok(found);
        }
        let mut page = PageRequest::first(PAGE);
        loop {
            let records = store.unlinked(target.as_str(), &page).await?;
            let Some(last) = records.last() else { break };
            page = PageRequest::after(last.id.clone(), PAGE);
            found.extend(records.iter().map(|record| record.id.clone()));
            if let Some(world) = self.world.targets.get_mut(target) {
                world.take_in(records)?;
            }
        }
        self.world.look_at(self.engine, target, found.clone(), false).await?;
        Ok(found)
    }

    /// What decides whose the unlinked accounts are, for each target that has some. It compares with everybody, unless only
    /// some are due and none of the accounts can be one of theirs.
    async fn correlators(
        &mut self,
        unlinked: &BTreeMap<TargetId, Vec<String>>,
        scope: &Scope,
    ) -> Result<BTreeMap<TargetId, Correlator<'a>>> {
        let policy = &self.engine.policy;
        let mut open: BTreeMap<TargetId, Correlator<'a>> = BTreeMap::new();
        for target in unlinked.keys() {
            open.extend(policy.correlator(target, std::iter::empty()).map(|found| (target.clone(), found)));
        }
        if open.is_empty() {
            return Ok(open);
        }
        if let Some(people) = scope.people.as_ref().filter(|_| scope.due_only) {
            self.meet(people.iter().cloned()).await?;
            let mut some = BTreeMap::new();
            for target in unlinked.keys() {
                let theirs = people.iter().filter_map(|id| self.world.identities.get(id));
                some.extend(policy.correlator(target, theirs).map(|found| (target.clone(), found)));
            }
            let anybody = unlinked.iter().any(|(target, accounts)| {
                let matches = self.matches(target, accounts, some.get(target), &|_| false);
                matches.iter().any(|(_, found)| !matches!(found, Correlation::None))
            });
            if !anybody {
                return Ok(some);
            }
        }
        let mut page = PageRequest::first(PAGE);
        loop {
            let records = self.engine.store.identities(&page).await?;
            let Some(last) = records.last() else { return Ok(open) };
            page = PageRequest::after(last.id.clone(), PAGE);
            for record in records {
                let identity: Identity = decode("identity", record.document)?;
                open.values_mut().for_each(|correlator| correlator.add(&identity));
            }
        }
    }

    /// Reads who has the names that the accounts carry.
    async fn learn_names(&mut self, target: &TargetId, accounts: &[String]) -> Result<()> {
        let mut unknown = Unknown::default();
        if let Some(world) = self.world.targets.get(target)
            && let Some(rule) = self.engine.policy.target(target).and_then(|policy| policy.username.as_ref())
        {
            let found = accounts.iter().filter_map(|account| world.accounts.get(account));
            let names = found.filter_map(|found| found.resource.get(&rule.to)?.as_str());
            let keys = names.map(|value| (rule.namespace.clone(), tenure_policy::registry_key(value)));
            unknown.names.extend(keys.filter(|(space, key)| !self.world.names.knows(space, key)));
        }
        self.world.find_out(self.engine, self.now, unknown).await
    }

    /// Notes which accounts are unlinked, for the plans that do not ask for all accounts.
    async fn note_unlinked(&self, unlinked: &BTreeMap<TargetId, Vec<String>>) -> Result<()> {
        let mut batch = Batch::new();
        for target in self.world.targets.keys().filter(|target| self.plans_for(target)) {
            let key = unlinked_key(target);
            let value = unlinked.get(target).map_or(Value::Null, |accounts| json!(accounts));
            if self.engine.store.value(&key).await?.unwrap_or_default() != value {
                batch.push(Write::Value { key, value });
            }
        }
        if !batch.is_empty() {
            self.engine.store.commit(batch).await?;
        }
        Ok(())
    }

    fn matches(
        &self,
        target: &TargetId,
        accounts: &[String],
        correlator: Option<&Correlator<'_>>,
        candidate: &dyn Fn(&IdentityId) -> bool,
    ) -> Vec<(String, Correlation)> {
        let (Some(world), Some(correlator)) = (self.world.targets.get(target), correlator) else {
            return Vec::new();
        };
        let linked = |identity: &IdentityId| world.links.contains_key(identity);
        let rules = self.engine.policy.target(target).is_some_and(|policy| !policy.matching.is_empty());
        let mut taken = BTreeSet::new();
        let mut matches = Vec::new();
        for id in accounts {
            let Some(account) = world.accounts.get(id) else { continue };
            if self.protection.covers_account(target, &account.resource) {
                continue;
            }
            if self.world.disposed(target, id).is_some() {
                matches.push((id.clone(), Correlation::None));
                continue;
            }
            let found = correlator.correlate(&account.resource, &|identity| {
                linked(identity) || taken.contains(identity) || candidate(identity)
            });
            let found = match world.owners.get(id) {
                Some(owner) => former(owner, found, linked(owner), rules),
                None => found,
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
                    .map(|(id, score, why)| match why.is_empty() {
                        true => format!("{} (a deleted account of theirs had its id)", self.person(id)),
                        false => format!("{} ({score}: {})", self.person(id), texts(why)),
                    })
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
                key: tenure_policy::registry_key(value),
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
        self.new_links.insert((target.clone(), identity.clone()), link.clone());
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

/// Those whom a correlation names.
/// Whose an account is that has the id of somebody's deleted account: it came back, unless what the rules find speaks
/// against it. There are systems that give an id to the next who comes.
fn former(owner: &IdentityId, found: Correlation, linked: bool, rules: bool) -> Correlation {
    match found {
        Correlation::None if rules => {
            Correlation::Many(vec![(owner.clone(), Confidence::CERTAIN, Vec::new())])
        }
        found if concerned(&found).next().is_some() && !concerned(&found).any(|who| who == owner) => found,
        _ if linked => Correlation::AlreadyLinked(owner.clone(), Vec::new()),
        _ => Correlation::One(owner.clone(), Confidence::CERTAIN, Vec::new()),
    }
}

fn concerned(found: &Correlation) -> impl Iterator<Item = &IdentityId> {
    let (one, many) = match found {
        Correlation::One(identity, ..) | Correlation::AlreadyLinked(identity, ..) => (Some(identity), None),
        Correlation::Many(candidates) => (None, Some(candidates)),
        Correlation::None => (None, None),
    };
    one.into_iter().chain(many.into_iter().flatten().map(|(identity, ..)| identity))
}

fn unlinked_key(target: &TargetId) -> String {
    format!("outlook/unlinked/{target}")
}

fn texts(evidence: &[Evidence]) -> String {
    if evidence.is_empty() {
        return "it was theirs before".to_owned();
    }
    let texts: Vec<String> =
        evidence.iter().map(|found| format!("{} `{}`", found.rule, found.value)).collect();
    texts.join(", ")
}
