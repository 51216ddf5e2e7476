//! Targets that need the accounts of other targets.

use std::collections::{BTreeMap, BTreeSet};

use tenure_policy::{IdentityId, TargetId};

use super::Planner;
use crate::plan::{NoticeKind, StepId, Verb};

impl Planner<'_> {
    /// Lets what is made in a target wait for what it needs in others, and what is deleted there for what is deleted here.
    ///
    /// An account that is needed, is not there and that this plan does not make either, because somebody works on it or it
    /// failed, keeps what needs it out of the plan.
    pub(super) fn depend(&mut self) {
        let needs: BTreeMap<TargetId, BTreeSet<TargetId>> = self
            .engine
            .target_options
            .iter()
            .filter(|(_, options)| !options.after.is_empty())
            .map(|(target, options)| (target.clone(), options.after.clone()))
            .collect();
        if needs.is_empty() {
            return;
        }
        let planned: BTreeMap<(Verb, TargetId, IdentityId), StepId> = self
            .steps
            .iter()
            .filter(|step| matches!(step.verb, Verb::Create | Verb::Delete))
            .filter_map(|step| {
                Some(((step.verb, step.target.clone(), step.identity.clone()?), step.id.clone()))
            })
            .collect();
        let find = |verb, target: &TargetId, identity: &IdentityId| {
            planned.get(&(verb, target.clone(), identity.clone())).cloned()
        };
        let (mut edges, mut missing) = (Vec::new(), Vec::new());
        for (index, step) in self.steps.iter().enumerate() {
            let Some(identity) = &step.identity else { continue };
            for (here, others) in &needs {
                match step.verb {
                    Verb::Create if step.target == *here => {
                        for other in others {
                            let there = self.has.contains(&(other.clone(), identity.clone()));
                            match find(Verb::Create, other, identity) {
                                Some(before) => edges.push((index, before)),
                                None if there => {}
                                None => missing.push((step.id.clone(), step.title(), other.clone())),
                            }
                        }
                    }
                    Verb::Delete if others.contains(&step.target) => {
                        edges.extend(find(Verb::Delete, here, identity).map(|before| (index, before)));
                    }
                    _ => {}
                }
            }
        }
        for (index, before) in edges {
            if let Some(step) = self.steps.get_mut(index) {
                step.after.insert(before);
            }
        }
        for (id, title, other) in missing {
            self.leave_out(&id, &format!("{title} waits for the account in {other}"));
        }
    }

    /// Takes a step and everything that depends on it out of the plan.
    fn leave_out(&mut self, id: &StepId, why: &str) {
        let step = self.steps.iter().find(|step| step.id == *id);
        if let Some((target, identity)) = step.map(|step| (step.target.clone(), step.identity.clone())) {
            self.notice(NoticeKind::WaitingForTarget, Some(&target), identity.as_ref(), why.to_owned());
        }
        self.leave_out_quietly(id);
    }

    /// The same, where it is told elsewhere.
    pub(super) fn leave_out_quietly(&mut self, id: &StepId) {
        let mut out = BTreeSet::from([id.clone()]);
        loop {
            let more: Vec<StepId> = self
                .steps
                .iter()
                .filter(|step| !out.contains(&step.id) && !step.after.is_disjoint(&out))
                .map(|step| step.id.clone())
                .collect();
            if more.is_empty() {
                break;
            }
            out.extend(more);
        }
        self.steps.retain(|step| !out.contains(&step.id));
    }
}
