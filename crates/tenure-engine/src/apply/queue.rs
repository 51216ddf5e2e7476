use std::collections::{BTreeMap, BTreeSet};

use tenure_policy::{IdentityId, TargetId};

use crate::plan::{Step, StepId};

/// What is under way in a target.
#[derive(Debug, Default)]
pub(super) struct Load {
    /// Steps that are about to ask it, or wait for its answer.
    asked: BTreeSet<usize>,
    /// Steps whose answer is being written down.
    settling: BTreeSet<usize>,
}

impl Load {
    /// Whether another step may begin, where so many may be in the target's hands. As many again may be settling, so that
    /// a store that is slow holds no more.
    pub(super) fn has_room(&self, at_once: usize) -> bool {
        self.asked.len() < at_once && self.settling.len() < at_once
    }

    pub(super) fn began(&mut self, index: usize) {
        self.asked.insert(index);
    }

    pub(super) fn answered(&mut self, index: usize) {
        if self.asked.remove(&index) {
            self.settling.insert(index);
        }
    }

    pub(super) fn ended(&mut self, index: usize) {
        self.asked.remove(&index);
        self.settling.remove(&index);
    }
}

/// Which steps can begin, by target, and what the others wait for.
pub(super) struct Queue {
    blockers: Vec<usize>,
    dependants: Vec<Vec<usize>>,
    ready: BTreeMap<TargetId, BTreeSet<usize>>,
}

impl Queue {
    pub(super) fn new(steps: &[Step]) -> Self {
        let ids: BTreeMap<&StepId, usize> =
            steps.iter().enumerate().map(|(index, step)| (&step.id, index)).collect();
        let mut queue = Self {
            blockers: vec![0; steps.len()],
            dependants: vec![Vec::new(); steps.len()],
            ready: BTreeMap::new(),
        };
        for (index, step) in steps.iter().enumerate() {
            for before in step.after.iter().filter_map(|id| ids.get(id)) {
                if let (Some(count), Some(list)) =
                    (queue.blockers.get_mut(index), queue.dependants.get_mut(*before))
                {
                    *count += 1;
                    list.push(index);
                }
            }
        }
        for (index, step) in steps.iter().enumerate() {
            if queue.blockers.get(index) == Some(&0) {
                queue.ready.entry(step.target.clone()).or_default().insert(index);
            }
        }
        queue
    }

    /// Takes the first step that can begin: its target has room and nothing else runs for its identity.
    pub(super) fn next(
        &mut self,
        steps: &[Step],
        busy: &BTreeSet<&IdentityId>,
        has_room: impl Fn(&TargetId) -> bool,
    ) -> Option<usize> {
        let free = |index: &usize| {
            let identity = steps.get(*index).and_then(|step| step.identity.as_ref());
            identity.is_none_or(|identity| !busy.contains(identity))
        };
        let index = self
            .ready
            .iter()
            .filter(|(target, _)| has_room(target))
            .filter_map(|(_, ready)| ready.iter().copied().find(|index| free(index)))
            .min()?;
        let target = &steps.get(index)?.target;
        self.ready.get_mut(target)?.remove(&index);
        Some(index)
    }

    pub(super) fn finished(&mut self, index: usize, steps: &[Step]) {
        for next in self.dependants.get(index).cloned().unwrap_or_default() {
            if let (Some(count), Some(step)) = (self.blockers.get_mut(next), steps.get(next)) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    self.ready.entry(step.target.clone()).or_default().insert(next);
                }
            }
        }
    }
}
