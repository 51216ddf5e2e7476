use serde_json::Value;
use tenure_connector::{ObjectRef, Outcome, Version};
use tenure_scim::filter::{CompareOp, Filter, Literal};
use tenure_scim::patch::{Patch, PatchOp, PatchOperation};

use super::Write;
use super::members::{Member, listed};
use crate::directory::error::Result;
use crate::directory::fields::put;
use crate::directory::row::{Stored, reference, version};
use crate::directory::shape::Shape;

/// An operation on `members` that needs no other member read.
enum MemberChange {
    Add(Vec<Member>),
    Remove(Vec<Member>),
    RemoveAll,
}

impl Write<'_> {
    /// Applies a patch, all of it or nothing.
    pub(super) async fn update(
        &self,
        shape: &Shape,
        object: &ObjectRef,
        patch: &Patch,
        expected: Option<&Version>,
    ) -> Result<Outcome> {
        let stored = self.find(shape, object, expected).await?;
        let (members, rest) = match split(shape, patch)? {
            Some(parts) => parts,
            None => return self.update_whole(shape, &stored, patch).await,
        };
        let mut changed = false;
        for change in &members {
            changed |= match change {
                MemberChange::Add(members) => self.add_members(stored.seq, members).await?,
                MemberChange::Remove(members) => self.remove_members(stored.seq, members).await?,
                MemberChange::RemoveAll => self.remove_all_members(stored.seq).await?,
            };
        }
        if rest.operations.is_empty() {
            return if changed { self.touched(shape, &stored).await } else { Ok(same(shape, &stored)) };
        }
        let mut resource = stored.resource(shape)?;
        let before = shape.keys(&resource)?;
        if rest.apply(&mut resource, &shape.schema)?.changed {
            let number = self.save(shape, &stored, &before, &resource).await?;
            let object = reference(shape, &stored.id, &resource);
            return Ok(Outcome::done(true).with_object(object).with_version(version(number)));
        }
        if changed { self.touched(shape, &stored).await } else { Ok(same(shape, &stored)) }
    }

    /// Applies a patch whose effect on the members cannot be told without reading them.
    async fn update_whole(&self, shape: &Shape, stored: &Stored, patch: &Patch) -> Result<Outcome> {
        let mut resource = stored.resource(shape)?;
        let before = shape.keys(&resource)?;
        let members = self.members_of(stored).await?;
        if !members.is_empty() {
            put(&mut resource, "members", Value::Array(members));
        }
        if !patch.apply(&mut resource, &shape.schema)?.changed {
            return Ok(same(shape, stored));
        }
        self.replace_members(stored, &listed(&resource)).await?;
        let number = self.save(shape, stored, &before, &resource).await?;
        let object = reference(shape, &stored.id, &resource);
        Ok(Outcome::done(true).with_object(object).with_version(version(number)))
    }

    async fn touched(&self, shape: &Shape, stored: &Stored) -> Result<Outcome> {
        let number = self.touch(stored).await?;
        Ok(Outcome::done(true)
            .with_object(ObjectRef::new(shape.class.clone(), &stored.id))
            .with_version(version(number)))
    }
}

fn same(shape: &Shape, stored: &Stored) -> Outcome {
    Outcome::already_so()
        .with_object(ObjectRef::new(shape.class.clone(), &stored.id))
        .with_version(version(stored.version))
}

/// Parts a patch into changes of single members and the rest; `None` when it cannot be parted.
fn split(shape: &Shape, patch: &Patch) -> Result<Option<(Vec<MemberChange>, Patch)>> {
    let mut members = Vec::new();
    let mut rest = Vec::new();
    for operation in &patch.operations {
        if !shape.has_members || !is_about_members(operation) {
            rest.push(operation.clone());
            continue;
        }
        match member_change(operation)? {
            Some(change) => members.push(change),
            None => return Ok(None),
        }
    }
    Ok(Some((members, Patch { operations: rest })))
}

/// Whether an operation can reach the members. One without a path is looked into.
fn is_about_members(operation: &PatchOperation) -> bool {
    match (&operation.path, &operation.value) {
        (Some(path), _) => path.attribute().name() == "members",
        (None, Some(Value::Object(object))) => object.keys().any(|key| {
            let name = key.rsplit(':').next().unwrap_or(key);
            name.split('.').next().unwrap_or(name).eq_ignore_ascii_case("members")
        }),
        (None, _) => true,
    }
}

fn member_change(operation: &PatchOperation) -> Result<Option<MemberChange>> {
    let Some(path) = &operation.path else { return Ok(None) };
    if path.sub().is_some() || path.attribute().sub().is_some() {
        return Ok(None);
    }
    Ok(match (operation.op, path.filter(), &operation.value) {
        (PatchOp::Add, None, Some(Value::Array(elements))) => {
            Some(MemberChange::Add(elements.iter().map(Member::read).collect::<Result<_>>()?))
        }
        (PatchOp::Add, None, Some(element @ Value::Object(_))) => {
            Some(MemberChange::Add(vec![Member::read(element)?]))
        }
        (PatchOp::Remove, None, None) => Some(MemberChange::RemoveAll),
        (PatchOp::Remove, Some(filter), None) => named_members(filter).map(MemberChange::Remove),
        _ => None,
    })
}

/// The members that a filter of the form `value eq "a" or value eq "b"` names.
fn named_members(filter: &Filter) -> Option<Vec<Member>> {
    match filter {
        Filter::Compare(comparison)
            if comparison.op == CompareOp::Eq && comparison.path.name() == "value" =>
        {
            match &comparison.value {
                Literal::String(id) => Some(vec![Member::of(id)]),
                _ => None,
            }
        }
        Filter::Or(parts) => {
            let parts: Option<Vec<Vec<Member>>> = parts.iter().map(named_members).collect();
            Some(parts?.concat())
        }
        _ => None,
    }
}
