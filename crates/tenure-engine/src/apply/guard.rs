//! The last gate: what the executor refuses whatever the plan says.

use tenure_connector::{AccountStatus, EntitlementRef, Operation};
use tenure_policy::TargetId;

use super::StepOutcome;
use super::executor::Run;
use super::state::Taking;
use crate::Engine;
use crate::disposition::Disposition;
use crate::plan::{Action, Record, Step, Verb};
use crate::planner::Protection;
use crate::world::{Account, TargetWorld, privileged};

impl Run<'_> {
    /// Why an operation must not be carried out. What it takes that somebody always has to hold is noted, so that of two
    /// that run at the same time one finds the other out.
    pub(super) fn forbidden(&self, step: &Step, operation: &Operation) -> Option<String> {
        let protection = Protection::new(&self.engine.policy);
        if let Some(identity) = step.identity.as_ref().filter(|identity| protection.covers_identity(identity))
        {
            return Some(format!("`{identity}` is protected"));
        }
        let account = operation.object()?.id.clone();
        let mut state = self.state();
        let world = state.world.targets.get(&step.target)?;
        if world
            .accounts
            .get(&account)
            .is_some_and(|found| protection.covers_account(&step.target, &found.resource))
        {
            return Some(format!("account `{account}` is protected"));
        }
        let disposed = state.world.disposed(&step.target, &account).map(|found| &found.disposition);
        if disposed == Some(&Disposition::Protected) {
            return Some(format!("account `{account}` is protected"));
        }
        let entitlements = privileged_at_stake(self.engine, &step.target, world, operation, &account);
        let last = entitlements
            .iter()
            .find(|entitlement| state.other_holders(&step.target, &account, entitlement).is_empty());
        if let Some(last) = last {
            return Some(format!("nobody else would hold `{}` in {}", world.show(last), step.target));
        }
        if !entitlements.is_empty() {
            let taking = Taking { target: step.target.clone(), account, entitlements };
            state.taking.insert(step.id.clone(), taking);
        }
        None
    }

    /// Notes what earlier runs asked for and nobody has answered yet: a person's task or a target's job may still take
    /// what somebody always has to hold.
    pub(crate) fn note_what_waits(&self) {
        let mut state = self.state();
        let waiting = state.world.waiting.values().filter_map(|waiting| {
            let step = &waiting.step;
            let world = state.world.targets.get(&step.target)?;
            let object = match &step.action {
                Action::Operation(operation) => operation.object(),
                _ => None,
            };
            let named = object.map(|object| object.id.as_str()).filter(|id| !id.is_empty());
            let linked = || Some(world.links.get(step.identity.as_ref()?)?.account.as_str());
            let account = named.or_else(linked)?.to_owned();
            let entitlements = privileged_waiting(self.engine, world, step, &account);
            let taking = Taking { target: step.target.clone(), account, entitlements };
            (!taking.entitlements.is_empty()).then(|| (step.id.clone(), taking))
        });
        let waiting: Vec<_> = waiting.collect();
        state.taking.extend(waiting);
    }

    /// Notes how a step ended that may have taken something. What is known is in the world; what is not stays noted.
    pub(super) fn note_end(&self, step: &Step, outcome: StepOutcome) {
        if matches!(outcome, StepOutcome::Done | StepOutcome::Already | StepOutcome::Failed) {
            self.state().taking.remove(&step.id);
        }
    }
}

/// The privileged entitlements that an operation takes from an account that works.
pub(crate) fn privileged_at_stake(
    engine: &Engine,
    target: &TargetId,
    world: &TargetWorld,
    operation: &Operation,
    account: &str,
) -> Vec<EntitlementRef> {
    match operation {
        Operation::Revoke { entitlement, .. } => {
            privileged_among(engine, target, world, account, vec![entitlement.clone()])
        }
        Operation::Delete { .. }
        | Operation::SetStatus { status: AccountStatus::Disabled, .. }
        | Operation::SetStatus { status: AccountStatus::Suspended | AccountStatus::Archived, .. } => {
            privileged_of(engine, target, world, account)
        }
        _ => Vec::new(),
    }
}

/// The privileged entitlements that a step takes that somebody else carries out.
fn privileged_waiting(
    engine: &Engine,
    world: &TargetWorld,
    step: &Step,
    account: &str,
) -> Vec<EntitlementRef> {
    match (&step.action, step.verb) {
        (Action::Operation(operation), _) => {
            privileged_at_stake(engine, &step.target, world, operation, account)
        }
        (Action::Manual(_), Verb::Disable | Verb::Delete) => {
            privileged_of(engine, &step.target, world, account)
        }
        (Action::Manual(_), Verb::Revoke) => {
            let lost = step.records.iter().filter_map(|record| match record {
                Record::Lose { entitlement } => Some(entitlement.clone()),
                _ => None,
            });
            privileged_among(engine, &step.target, world, account, lost.collect())
        }
        _ => Vec::new(),
    }
}

/// The privileged entitlements that an account holds, if it works.
fn privileged_of(
    engine: &Engine,
    target: &TargetId,
    world: &TargetWorld,
    account: &str,
) -> Vec<EntitlementRef> {
    let held = world.held_by(account);
    let held = held.map(|held| EntitlementRef::new(held.kind.as_str(), held.value.as_str())).collect();
    privileged_among(engine, target, world, account, held)
}

/// Those of an account's entitlements that are privileged: none, when it does not work, since it keeps nobody from anything.
fn privileged_among(
    engine: &Engine,
    target: &TargetId,
    world: &TargetWorld,
    account: &str,
    mut entitlements: Vec<EntitlementRef>,
) -> Vec<EntitlementRef> {
    if !world.accounts.get(account).is_some_and(Account::is_active) {
        return Vec::new();
    }
    let privileged = privileged(engine, target, world);
    entitlements.retain(|entitlement| privileged.contains(entitlement));
    entitlements
}
