//! Targets that leavers are not taken out of, and targets in which nothing happens.

use super::finding::{Finding, FindingKind};
use crate::compile::Parts;
use crate::target::{LeaverAction, Mode};

/// Targets in which a leaver keeps the account or what it may do.
pub(super) fn leaver_gaps(parts: &Parts, findings: &mut Vec<Finding>) {
    for (id, target) in &parts.document.targets {
        let has = |action: &LeaverAction| target.leaver.iter().any(|rung| rung.action == *action);
        let mut gap = |what: &str| {
            let message = format!("leavers of `{id}`: {what}");
            findings.push(Finding::new(FindingKind::LeaverGap, id.as_str(), message));
        };
        if target.leaver.is_empty() {
            gap("the target has no `leaver` ladder, so accounts are only disabled");
            continue;
        }
        if !has(&LeaverAction::Disable) && !has(&LeaverAction::Delete) {
            gap("the account is neither disabled nor deleted");
        }
        if !has(&LeaverAction::RemoveEntitlements) && !has(&LeaverAction::Delete) {
            gap("entitlements are not removed");
        }
        let gives_back = [LeaverAction::ReleaseSeat, LeaverAction::Downgrade, LeaverAction::Delete];
        if !target.seats.is_empty() && !gives_back.iter().any(has) {
            gap("the paid seat is not given back");
        }
        if matches!(target.mode.of("account"), Mode::Observe | Mode::AddOnly) {
            gap("the mode lets nothing be taken away");
        }
    }
}

/// Targets in which no rule, role or scope gives anything.
pub(super) fn unserved(parts: &Parts, findings: &mut Vec<Finding>) {
    let sandbox = &parts.document.temporary.sandbox;
    for id in parts.document.targets.keys() {
        let given = parts.givers().keys().any(|key| key.target == *id)
            || parts.roles.iter().any(|role| role.flat.iter().any(|give| give.key.target == *id))
            || sandbox.values().any(|to| to == id);
        if !given {
            let message = format!("nothing in the policy gives an account in `{id}`");
            findings.push(Finding::new(FindingKind::UnservedTarget, id.as_str(), message));
        }
    }
}
