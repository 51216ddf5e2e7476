//! The last gate: what the executor refuses whatever the plan says.

use tenure_connector::{AccountStatus, EntitlementRef, Operation};
use tenure_policy::{EntitlementKey, Risk};

use super::executor::Run;
use crate::disposition::Disposition;
use crate::plan::Step;
use crate::planner::Protection;

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
        let threatened: Vec<EntitlementRef> = match operation {
            Operation::Revoke { entitlement, .. } => vec![entitlement.clone()],
            Operation::Delete { .. }
            | Operation::SetStatus { status: AccountStatus::Disabled, .. }
            | Operation::SetStatus { status: AccountStatus::Suspended | AccountStatus::Archived, .. } => {
                world
                    .held_by(&account)
                    .map(|held| EntitlementRef::new(held.kind.as_str(), held.value.as_str()))
                    .collect()
            }
            _ => return None,
        };
        // An account that does not work keeps nobody from anything.
        if !world.accounts.get(&account).is_some_and(|found| found.is_active()) {
            return None;
        }
        let privileged: Vec<&EntitlementKey> = self
            .engine
            .policy
            .document()
            .entitlements
            .iter()
            .filter(|(key, spec)| key.target == step.target && spec.risk == Risk::Privileged)
            .map(|(key, _)| key)
            .collect();
        threatened
            .iter()
            .filter(|entitlement| privileged.iter().any(|key| world.entitlement(key) == **entitlement))
            .find(|entitlement| state.other_holders(&step.target, &account, entitlement).is_empty())
            .map(|entitlement| {
                format!("nobody else would hold `{}` in {}", world.show(entitlement), step.target)
            })
    }
}
