use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use tenure_connector::Operation;

use crate::plan::{Action, Step, StepId, Verb};

/// Orders steps so that each comes after those it depends on. Among those that are free, what takes access away goes
/// first; the order is total, so that the same steps always come in the same order.
pub(crate) fn order(steps: Vec<Step>) -> Vec<Step> {
    let ids: BTreeMap<StepId, usize> =
        steps.iter().enumerate().map(|(index, step)| (step.id.clone(), index)).collect();
    let mut blockers = vec![0_usize; steps.len()];
    let mut dependants: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
    for (index, step) in steps.iter().enumerate() {
        for before in step.after.iter().filter_map(|id| ids.get(id)) {
            if let (Some(blocker), Some(list)) = (blockers.get_mut(index), dependants.get_mut(*before)) {
                *blocker += 1;
                list.push(index);
            }
        }
    }
    let rank = |index: usize| {
        let step = steps.get(index);
        step.map(|step| {
            (rank(step.verb), foundation(step), step.target.clone(), step.identity.clone(), step.id.clone())
        })
    };
    let mut free: BinaryHeap<Reverse<(_, usize)>> = blockers
        .iter()
        .enumerate()
        .filter(|(_, count)| **count == 0)
        .map(|(index, _)| Reverse((rank(index), index)))
        .collect();
    let mut order = Vec::with_capacity(steps.len());
    while let Some(Reverse((_, index))) = free.pop() {
        order.push(index);
        for next in dependants.get(index).into_iter().flatten() {
            if let Some(blocker) = blockers.get_mut(*next) {
                *blocker -= 1;
                if *blocker == 0 {
                    free.push(Reverse((rank(*next), *next)));
                }
            }
        }
    }
    let mut slots: Vec<Option<Step>> = steps.into_iter().map(Some).collect();
    order.into_iter().filter_map(|index| slots.get_mut(index).and_then(Option::take)).collect()
}

/// Among grants, what makes an account fit to hold the others goes first: the paid seat, then the role, then the rest. Some
/// systems take only agents into groups, or let only licensed accounts hold roles.
fn foundation(step: &Step) -> u8 {
    match &step.action {
        Action::Operation(Operation::AssignLicence { .. }) => 0,
        Action::Operation(Operation::Grant { entitlement, .. }) => match entitlement.kind.as_str() {
            "licence" => 0,
            "role" => 1,
            _ => 2,
        },
        _ => 0,
    }
}

fn rank(verb: Verb) -> u8 {
    match verb {
        Verb::RevokeSessions => 0,
        Verb::Disable => 1,
        Verb::Forget => 2,
        Verb::Link => 3,
        Verb::Create => 4,
        Verb::Update => 5,
        Verb::Enable => 6,
        Verb::Revoke => 7,
        Verb::Grant => 8,
        Verb::SetReference => 9,
        Verb::TransferOwnership => 10,
        Verb::ReleaseSeat => 11,
        Verb::Delete => 12,
    }
}
