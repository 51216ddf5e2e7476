use tenure_policy::{IdentityId, Policy, TargetId};
use tenure_scim::Resource;

use super::Planner;
use crate::plan::NoticeKind;

/// What nothing may touch. The planner leaves it alone, and the executor refuses it again.
#[derive(Debug)]
pub(crate) struct Protection<'a> {
    policy: &'a Policy,
}

impl<'a> Protection<'a> {
    pub(crate) fn new(policy: &'a Policy) -> Self {
        Self { policy }
    }

    pub(crate) fn covers_identity(&self, identity: &IdentityId) -> bool {
        self.policy.document().protected.iter().any(|name| name == identity.as_str())
    }

    pub(crate) fn covers_account(&self, target: &TargetId, account: &Resource) -> bool {
        account.text("userName").is_some_and(|name| self.policy.is_protected(target, name))
    }
}

impl Planner<'_> {
    pub(super) fn refuse_protected(
        &mut self,
        target: &TargetId,
        identity: &IdentityId,
        account: &str,
    ) -> bool {
        let resource = self.world.targets.get(target).and_then(|world| world.accounts.get(account));
        let account_covered =
            resource.is_some_and(|account| self.protection.covers_account(target, &account.resource));
        let covered = account_covered || self.protection.covers_identity(identity);
        if covered {
            let text = format!("{} is protected and is left alone", self.person(identity));
            self.notice(NoticeKind::Protected, Some(target), Some(identity), text);
        }
        covered
    }
}
