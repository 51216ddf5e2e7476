use std::collections::{BTreeMap, BTreeSet};

use tenure_connector::EntitlementRef;
use tenure_policy::{IdentityId, TargetId};
use tenure_store::{JournalPhase, Lookup, Surroundings, Ticket};

use super::job::Job;
use crate::apply::Before;
use crate::disposition;
use crate::plan::{Action, StepId};
use crate::world::load::{bare_target, decode, identity_id, values};
use crate::world::{Catalogue, Registry, Retry, Waiting, World, privileged};
use crate::{Engine, Result};

/// What a worker knows of a target while it carries out a few steps: only what these need.
pub(super) struct Known {
    pub(super) world: World,
    /// How far steps had come that were taken before.
    pub(super) before: BTreeMap<StepId, Before>,
}

/// Reads what some steps of one target need.
pub(super) async fn read(
    engine: &Engine,
    target: &TargetId,
    run: &str,
    jobs: &[(Ticket, Job)],
    catalogue: &Catalogue,
) -> Result<Known> {
    let mut world = World::default();
    let mut here = bare_target(engine, target, catalogue.clone()).await?;
    let privileged = privileged(engine, target, &here);
    let mut lookup = lookup(target, run, jobs, &privileged);
    if !lookup.entitlements.is_empty() {
        // What others still work on may take what somebody always has to hold.
        world.waiting = values(engine, Waiting::PREFIX).await?;
        let people = world.waiting.values().filter(|waiting| waiting.step.target == *target);
        lookup
            .identities
            .extend(people.filter_map(|waiting| Some(waiting.step.identity.as_ref()?.to_string())));
    }
    let found = engine.store.look_up(&lookup).await?;
    let Surroundings { links, accounts, held, values, journal, .. } = found;
    for link in links {
        let identity = identity_id(&link.identity)?;
        if link.target != target.as_str() {
            continue;
        }
        here.owners.insert(link.account.clone(), identity.clone());
        if link.is_live() {
            here.links.insert(identity, link);
        }
    }
    here.take_in(accounts)?;
    for record in held {
        here.held.entry(record.account.clone()).or_default().push(record);
    }
    for (key, value) in values {
        if let Some(step) = key.strip_prefix(Retry::PREFIX) {
            world.retries.insert(step.to_owned(), decode("retry", value)?);
        } else if let Some(step) = key.strip_prefix(Waiting::PREFIX) {
            world.waiting.insert(step.to_owned(), decode("waiting step", value)?);
        } else if let Some(account) = key.strip_prefix(disposition::PREFIX) {
            world.dispositions.insert(account.to_owned(), decode("disposition", value)?);
        }
    }
    world.targets.insert(target.clone(), here);
    world.registry = Registry::around(engine, jobs.iter().map(|(_, job)| &job.step)).await?;
    let mut before: BTreeMap<StepId, Before> = BTreeMap::new();
    for entry in journal {
        let id = StepId::new(entry.step);
        let attempt = before.get(&id).map_or(entry.attempt, |known| known.attempt.max(entry.attempt));
        before.insert(id, Before { phase: entry.phase, attempt });
    }
    // What is held back or handed over was never begun.
    before.retain(|_, before| {
        matches!(before.phase, JournalPhase::Started | JournalPhase::Unknown | JournalPhase::Retry)
    });
    Ok(Known { world, before })
}

fn lookup(target: &TargetId, run: &str, jobs: &[(Ticket, Job)], privileged: &[EntitlementRef]) -> Lookup {
    let mut identities: BTreeSet<&IdentityId> = BTreeSet::new();
    let mut accounts: BTreeSet<&str> = BTreeSet::new();
    let mut lookup = Lookup { target: target.to_string(), ..Lookup::default() };
    for (ticket, Job { step, .. }) in jobs {
        identities.extend(&step.identity);
        identities.extend(step.references.iter().filter_map(|reference| reference.identity.as_ref()));
        let object = match &step.action {
            Action::Operation(operation) => operation.object(),
            Action::SetReferences { object }
            | Action::Link { account: object, .. }
            | Action::Forget { account: object } => Some(object),
            Action::Manual(_) => None,
        };
        accounts.extend(object.map(|object| object.id.as_str()).filter(|id| !id.is_empty()));
        lookup.values.push(format!("{}{}", Retry::PREFIX, step.id));
        lookup.values.push(format!("{}{}", Waiting::PREFIX, step.id));
        if ticket.taken > 1 {
            lookup.steps.push((run.to_owned(), step.id.to_string()));
        }
    }
    lookup.values.extend(accounts.iter().map(|account| disposition::key(target, account)));
    if jobs.iter().any(|(_, job)| job.step.takes_something()) {
        let pairs = privileged.iter().map(|found| (found.kind.clone(), found.id.clone()));
        lookup.entitlements = pairs.collect();
    }
    lookup.identities = identities.into_iter().map(ToString::to_string).collect();
    lookup.accounts = accounts.into_iter().map(str::to_owned).collect();
    lookup
}
