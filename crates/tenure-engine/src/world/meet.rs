//! Gets to know a part of the population.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tenure_connector::Operation;
use tenure_policy::{Grant, Identity, IdentityId, TargetId};
use tenure_scim::Resource;
use tenure_store::{AccountRecord, HeldRecord, Known, Lookup, Surroundings, Whom};

use super::load::{bare_target, catalogue, decode, identity_id, values};
use super::{Account, Registry, Retry, TargetWorld, Waiting, World};
use crate::observe::target::unread_key;
use crate::plan::{Action, Plan, Step};
use crate::{Engine, EngineError, Result};

/// How many identities are read in one go.
const CHUNK: usize = 2_000;

/// What has to be found out before somebody can be judged.
#[derive(Debug, Default)]
pub(crate) struct Unknown {
    pub(crate) identities: BTreeSet<IdentityId>,
    /// Names, by space and key.
    pub(crate) names: BTreeSet<(String, String)>,
}

impl Unknown {
    pub(crate) fn is_empty(&self) -> bool {
        self.identities.is_empty() && self.names.is_empty()
    }
}

impl World {
    /// A world in which nobody is known yet: the targets, and what waits.
    pub(crate) async fn empty(engine: &Engine) -> Result<Self> {
        Ok(Self {
            waiting: values(engine, Waiting::PREFIX).await?,
            retries: values(engine, Retry::PREFIX).await?,
            dispositions: engine.dispositions().await?,
            ..Self::bare(engine).await?
        })
    }

    /// A world in which nobody is known yet: the targets alone.
    pub(crate) async fn bare(engine: &Engine) -> Result<Self> {
        let mut world = Self::default();
        for target in engine.targets.keys() {
            let mut found = bare_target(engine, target, catalogue(engine, target).await?).await?;
            let unread = engine.store.value(&unread_key(target)).await?;
            found.unread = unread.map(|reason| reason.as_str().unwrap_or_default().to_owned());
            world.targets.insert(target.clone(), found);
        }
        Ok(world)
    }

    /// The world around the steps of a plan: whom they are about and point at, their accounts, and who else holds what
    /// nobody may lose the last of.
    pub(crate) async fn around(engine: &Engine, plan: &Plan, now: DateTime<Utc>) -> Result<Self> {
        let mut world = Self::empty(engine).await?;
        let about = plan.facts.keys().filter_map(|about| IdentityId::parse(about).ok());
        let mut people: BTreeSet<IdentityId> = about.chain(people_of(&plan.steps)).collect();
        if plan.steps.iter().any(Step::takes_something) {
            // What they wait for may take what somebody always has to hold.
            people.extend(world.waiting.values().filter_map(|waiting| waiting.step.identity.clone()));
        }
        world.meet(engine, now, people).await?;
        let mut accounts: BTreeMap<TargetId, BTreeSet<String>> = BTreeMap::new();
        for about in plan.facts.keys() {
            if let Some((target, account)) = about.split_once('/')
                && let Ok(target) = TargetId::parse(target)
            {
                accounts.entry(target).or_default().insert(account.to_owned());
            }
        }
        for step in &plan.steps {
            accounts.entry(step.target.clone()).or_default().extend(accounts_of(step));
        }
        for (target, accounts) in accounts {
            let takes = plan.steps.iter().any(|step| step.target == target && step.takes_something());
            world.look_at(engine, &target, accounts.into_iter().collect(), takes).await?;
        }
        world.registry = Registry::around(engine, plan.steps.iter()).await?;
        Ok(world)
    }

    /// Whether everything about an identity is known, be it that there is no such identity.
    pub(crate) fn knows(&self, identity: &IdentityId) -> bool {
        self.whole || self.met.contains(identity)
    }

    /// Gets to know identities: their grants and names, and in every target their account and what it holds.
    pub(crate) async fn meet(
        &mut self,
        engine: &Engine,
        now: DateTime<Utc>,
        identities: impl IntoIterator<Item = IdentityId>,
    ) -> Result<()> {
        let new: BTreeSet<IdentityId> = identities.into_iter().filter(|id| !self.knows(id)).collect();
        let new: Vec<IdentityId> = new.into_iter().collect();
        for chunk in new.chunks(CHUNK) {
            let ids = chunk.iter().map(ToString::to_string).collect();
            let known = engine.store.known_of(&Whom::These(ids)).await?;
            self.met.extend(chunk.iter().cloned());
            self.welcome(known, now)?;
        }
        Ok(())
    }

    /// Finds out who some identities are, and who is above everybody here; not what they have.
    pub(crate) async fn introduce(
        &mut self,
        engine: &Engine,
        people: impl IntoIterator<Item = IdentityId>,
    ) -> Result<()> {
        let mut asked = BTreeSet::new();
        let mut next: BTreeSet<IdentityId> = people.into_iter().collect();
        next.extend(self.identities.values().flat_map(above).cloned());
        loop {
            next.retain(|id| !self.identities.contains_key(id) && asked.insert(id.clone()));
            if next.is_empty() {
                return Ok(());
            }
            let ids: Vec<String> = std::mem::take(&mut next).iter().map(ToString::to_string).collect();
            for chunk in ids.chunks(CHUNK) {
                for record in engine.store.identities_of(chunk).await? {
                    let identity: Identity = decode("identity", record.document)?;
                    next.extend(above(&identity).cloned());
                    Arc::make_mut(&mut self.identities).insert(identity.id().clone(), identity);
                }
            }
        }
    }

    /// Gets to know people about whom everything has been read.
    pub(crate) fn welcome(&mut self, known: Known, now: DateTime<Utc>) -> Result<()> {
        let identities = Arc::make_mut(&mut self.identities);
        for record in known.identities {
            let identity: Identity = decode("identity", record.document)?;
            self.met.insert(identity.id().clone());
            identities.insert(identity.id().clone(), identity);
        }
        self.marks.extend(known.marks);
        self.names.learn(known.names, now);
        for record in known.grants {
            if record.revoked.is_none_or(|at| at > now) {
                let grant: Grant = decode("grant", record.document)?;
                self.grants.entry(grant.identity.clone()).or_default().push(grant);
            }
        }
        for link in known.links {
            if let Some(world) = self.targets.get_mut(link.target.as_str()) {
                world.tie(identity_id(&link.identity)?, link);
            }
        }
        for account in known.accounts {
            if let Some(world) = self.targets.get_mut(account.target.as_str()) {
                world.take_in(vec![account])?;
            }
        }
        for held in known.held {
            if let Some(world) = self.targets.get_mut(held.target.as_str()) {
                world.hold(held);
            }
        }
        Ok(())
    }

    /// Gets to know accounts of a target and what they hold; if asked for, also everybody who holds what nobody may lose
    /// the last of.
    pub(crate) async fn look_at(
        &mut self,
        engine: &Engine,
        target: &TargetId,
        accounts: Vec<String>,
        privileged: bool,
    ) -> Result<()> {
        let Some(here) = self.targets.get_mut(target) else { return Ok(()) };
        let mut lookup = Lookup { target: target.to_string(), accounts, ..Lookup::default() };
        if privileged {
            let entitlements = super::privileged(engine, target, here).into_iter();
            lookup.entitlements = entitlements.map(|found| (found.kind, found.id)).collect();
        }
        if lookup.accounts.is_empty() && lookup.entitlements.is_empty() {
            return Ok(());
        }
        let Surroundings { links, accounts, held, .. } = engine.store.look_up(&lookup).await?;
        for link in links.into_iter().filter(|link| link.target == target.as_str()) {
            here.tie(identity_id(&link.identity)?, link);
        }
        here.take_in(accounts)?;
        held.into_iter().for_each(|record| here.hold(record));
        Ok(())
    }

    /// Finds out what is unknown.
    pub(crate) async fn find_out(
        &mut self,
        engine: &Engine,
        now: DateTime<Utc>,
        unknown: Unknown,
    ) -> Result<()> {
        self.meet(engine, now, unknown.identities).await?;
        let names: Vec<(String, String)> = unknown.names.into_iter().collect();
        for chunk in names.chunks(CHUNK) {
            let found = engine.store.names_among(chunk).await?;
            chunk.iter().for_each(|(space, key)| self.names.asked(space, key));
            self.names.learn(found, now);
        }
        Ok(())
    }

    /// Forgets everybody, so that others can be met without growing.
    pub(crate) fn forget_people(&mut self) {
        self.identities = Arc::default();
        self.met.clear();
        self.marks.clear();
        self.grants.clear();
        self.names.forget_stored();
        for world in self.targets.values_mut() {
            world.accounts.clear();
            world.links.clear();
            world.owners.clear();
            world.held.clear();
        }
    }
}

impl TargetWorld {
    fn tie(&mut self, identity: IdentityId, link: tenure_store::LinkRecord) {
        self.owners.insert(link.account.clone(), identity.clone());
        if link.is_live() {
            self.links.insert(identity, link);
        }
    }

    fn hold(&mut self, record: HeldRecord) {
        fn key(record: &HeldRecord) -> (&str, &str) {
            (&record.kind, &record.value)
        }
        if !self.held.contains_key(&record.account) {
            self.held.insert(record.account.clone(), vec![record]);
            return;
        }
        // Lists are in the order of their keys, whoever was looked at first.
        let list = self.held.entry(record.account.clone()).or_default();
        match list.binary_search_by(|found| key(found).cmp(&key(&record))) {
            Ok(at) => list.splice(at..=at, [record]).for_each(drop),
            Err(at) => list.insert(at, record),
        }
    }

    pub(crate) fn take_in(&mut self, accounts: Vec<AccountRecord>) -> Result<()> {
        for record in accounts {
            let resource = Resource::from_json(record.resource)
                .map_err(|error| EngineError::corrupt("account", &error))?;
            self.accounts.insert(record.id, Account { resource, version: record.version.map(Into::into) });
        }
        Ok(())
    }
}

/// The managers of a person in any engagement, or the owner of a service.
fn above(identity: &Identity) -> impl Iterator<Item = &IdentityId> {
    let (engagements, owner) = match identity {
        Identity::Person(person) => (person.engagements.as_slice(), None),
        Identity::Workload(workload) => (Default::default(), Some(&workload.owner)),
    };
    engagements.iter().filter_map(|engagement| engagement.manager.as_ref()).chain(owner)
}

/// Everybody whom steps are about or point at.
fn people_of(steps: &[Step]) -> impl Iterator<Item = IdentityId> {
    steps.iter().flat_map(|step| {
        let references = step.references.iter().filter_map(|reference| reference.identity.clone());
        step.identity.clone().into_iter().chain(references)
    })
}

/// The accounts that a step names.
fn accounts_of(step: &Step) -> Vec<String> {
    let (first, second) = match &step.action {
        Action::Operation(Operation::TransferOwnership { object, to, .. }) => (Some(object), Some(to)),
        Action::Operation(operation) => (operation.object(), None),
        Action::SetReferences { object }
        | Action::Link { account: object, .. }
        | Action::Forget { account: object } => (Some(object), None),
        Action::Manual(_) => (None, None),
    };
    let objects = first.into_iter().chain(second);
    objects.map(|object| object.id.clone()).filter(|id| !id.is_empty()).collect()
}
