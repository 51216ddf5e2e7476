//! The last gate: what the executor refuses whatever the plan says.

use tenure_connector::{AccountStatus, EntitlementRef, Operation};
use tenure_policy::TargetId;

use super::executor::Run;
use crate::Engine;
use crate::disposition::Disposition;
use crate::plan::Step;
use crate::planner::Protection;
use crate::world::{Account, TargetWorld, privileged};

impl Run<'_> {
    /// Why an operation must not be carried out.
    pub(super) fn forbidden(&self, step: &Step, operation: &Operation) -> Option<String> {
        let protection = Protection::new(&self.engine.policy);
        if let Some(identity) = step.identity.as_ref().filter(|identity| protection.covers_identity(identity))
        {
            return Some(format!("`{identity}` is protected"));
        }
        let account = operation.object()?.id.clone();
        let state = self.state();
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
        privileged_at_stake(self.engine, &step.target, world, operation, &account)
            .iter()
            .find(|entitlement| state.other_holders(&step.target, &account, entitlement).is_empty())
            .map(|entitlement| {
                format!("nobody else would hold `{}` in {}", world.show(entitlement), step.target)
            })
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
    // An account that does not work keeps nobody from anything.
    if !world.accounts.get(account).is_some_and(Account::is_active) {
        return Vec::new();
    }
    let mut threatened: Vec<EntitlementRef> = match operation {
        Operation::Revoke { entitlement, .. } => vec![entitlement.clone()],
        Operation::Delete { .. }
        | Operation::SetStatus { status: AccountStatus::Disabled, .. }
        | Operation::SetStatus { status: AccountStatus::Suspended | AccountStatus::Archived, .. } => {
            let held = world.held_by(account);
            held.map(|held| EntitlementRef::new(held.kind.as_str(), held.value.as_str())).collect()
        }
        _ => return Vec::new(),
    };
    let privileged = privileged(engine, target, world);
    threatened.retain(|entitlement| privileged.contains(entitlement));
    threatened
}
