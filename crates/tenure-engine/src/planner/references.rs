use serde_json::json;
use tenure_connector::{ObjectRef, Operation};
use tenure_policy::{DesiredAccount, IdentityId, TargetId};
use tenure_scim::{AttrPath, Patch, Resource};

use super::Planner;
use super::draft::Draft;
use crate::plan::{Action, Reference, StepId, Verb};

/// References of one account that wait for other accounts.
#[derive(Debug)]
pub(super) struct Pending {
    target: TargetId,
    identity: IdentityId,
    /// The identity's name.
    person: String,
    /// The account that is there.
    account: Option<ObjectRef>,
    /// With the name of whom each points at.
    references: Vec<(Reference, String)>,
    /// The step that makes the account, when the plan does.
    after: Option<StepId>,
}

impl Pending {
    pub(super) fn identity(&self) -> &IdentityId {
        &self.identity
    }
}

impl Planner<'_> {
    /// Writes the references whose accounts exist, and returns those whose accounts do not.
    pub(super) fn known_references(
        &self,
        target: &TargetId,
        desired: &DesiredAccount,
        mut resource: Resource,
    ) -> (Resource, Vec<Reference>) {
        let mut pending = Vec::new();
        for reference in &desired.references {
            let path = value_path(&reference.to);
            let Some(identity) = &reference.identity else {
                resource.remove(&reference.to);
                continue;
            };
            let world = self.world.targets.get(target);
            let known = world.and_then(|world| {
                world.links.get(identity).filter(|link| world.accounts.contains_key(&link.account))
            });
            match known {
                Some(link) => {
                    let same =
                        resource.get(&path).and_then(tenure_scim::ValueRef::as_str) == Some(&*link.account);
                    if !same {
                        // The whole attribute: what else it holds describes the account it pointed at before.
                        resource.remove(&reference.to);
                        resource.set(&path, json!(link.account));
                    }
                }
                None => {
                    pending.push(Reference { to: reference.to.clone(), identity: Some(identity.clone()) });
                }
            }
        }
        (resource, pending)
    }

    pub(super) fn pending_references(
        &mut self,
        target: &TargetId,
        identity: &IdentityId,
        references: Vec<Reference>,
        after: Option<&StepId>,
    ) {
        if references.is_empty() {
            return;
        }
        let account = Some(self.object(target, identity)).filter(|object| !object.id.is_empty());
        let named = |reference: Reference| {
            let name = reference.identity.as_ref().map_or_else(String::new, |id| self.person(id));
            (reference, name)
        };
        self.pending.push(Pending {
            target: target.clone(),
            identity: identity.clone(),
            person: self.person(identity),
            account,
            references: references.into_iter().map(named).collect(),
            after: after.cloned(),
        });
    }

    /// Adds a step for each reference to an account that this plan creates. One to an account that nobody creates waits
    /// for the run that does.
    pub(super) fn resolve_references(&mut self) {
        for pending in std::mem::take(&mut self.pending) {
            if pending.account.is_none() && pending.after.is_none() {
                continue;
            }
            for (reference, name) in pending.references {
                let owner = reference.identity.clone().map(|id| (pending.target.clone(), id));
                let Some(creator) = owner.and_then(|key| self.created.get(&key).cloned()) else { continue };
                let Some(class) = self.world.targets.get(&pending.target).map(|world| world.class.clone())
                else {
                    continue;
                };
                let what = reference.to.name().to_string();
                let draft = Draft {
                    target: pending.target.clone(),
                    identity: Some(pending.identity.clone()),
                    person: pending.person.clone(),
                    verb: Verb::SetReference,
                    key: what.clone(),
                    reasons: vec![format!("{what} is {name}")],
                    what,
                };
                let object = pending.account.clone().unwrap_or_else(|| ObjectRef::new(class, ""));
                let patch = Patch { operations: Vec::new() };
                let mut step = self.operation(draft, Operation::Update { object: object.clone(), patch });
                if !step.is_manual() {
                    step.action = Action::SetReferences { object };
                }
                step.expected = None;
                step.after.insert(creator);
                step.after.extend(pending.after.clone());
                step.references.push(reference);
                self.push(step);
            }
        }
    }
}

/// Where the id of the account goes: into `value` of a complex attribute, or into the attribute itself.
pub(crate) fn value_path(to: &AttrPath) -> AttrPath {
    match to.sub() {
        Some(_) => to.clone(),
        None => AttrPath::parse(&format!("{to}.value")).unwrap_or_else(|_| to.clone()),
    }
}
