//! The writes of a connector: what is refused, what is already so, what is gone.

use serde_json::{Map, Value};
use tenure_connector::{
    AccountStatus, Certainty, ConnectorError, Context, DeleteMode, EntitlementRef, ErrorKind, Object,
    ObjectClass, Operation, OperationKind, Outcome, Result,
};
use tenure_scim::{Patch, Resource, ValueRef};

use super::lists::collection;
use super::{Found, New, System, SystemConnector, done, no_entitlement, unclear, unclear_if};
use crate::Mapping;

impl<S: System> SystemConnector<S> {
    pub(super) async fn write(&self, ctx: &Context, operation: &Operation) -> Result<Outcome> {
        let system = &self.system;
        if let Operation::Restore { object } = operation {
            return match self.item(ctx, object).await? {
                Some(_) => Ok(Outcome::already_so()),
                None => system.restore(ctx, object).await,
            };
        }
        let object = match operation {
            Operation::Create { class, resource } => return self.create(ctx, class, resource).await,
            other => match other.object() {
                Some(object) => object,
                None => return Err(ConnectorError::unsupported(other.class(), other.kind())),
            },
        };
        let Some(item) = self.item(ctx, object).await? else {
            return match operation {
                Operation::Delete { mode, .. } if *mode != DeleteMode::Soft => {
                    match collection(system, &object.class)? {
                        Some(own) => own.purge(ctx, object).await,
                        None => Ok(Outcome::already_gone()),
                    }
                }
                other if other.satisfied_by_absence() => Ok(Outcome::already_gone()),
                _ => Err(ConnectorError::not_found(object)),
            };
        };
        let mapping = self.mapping(&object.class)?;
        let id = mapping.id_of(&item)?;
        let found = Found { ctx, class: &object.class, id: &id, item: &item };
        match operation {
            Operation::Update { patch, .. } => self.update(found, &mapping, patch).await,
            Operation::SetStatus { status, .. } => system.set_status(found, *status).await,
            Operation::Delete { mode, .. } => match self.plain(found.class)? {
                Some(own) => own.delete(found, *mode).await,
                None => system.delete(found, *mode).await,
            },
            Operation::Grant { entitlement, .. } | Operation::AssignLicence { licence: entitlement, .. } => {
                self.grant(found, entitlement).await
            }
            Operation::Revoke { entitlement, .. }
            | Operation::ReleaseLicence { licence: entitlement, .. } => self.revoke(found, entitlement).await,
            Operation::RevokeSessions { scope, .. } => system.end_sessions(found, *scope).await,
            Operation::ResetFactors { .. } => system.reset_factors(found).await,
            Operation::SetCredential { credential, .. } => system.set_credential(found, credential).await,
            Operation::TransferOwnership { to, scope, .. } => {
                let receiver = self.item(ctx, to).await?.ok_or_else(|| ConnectorError::not_found(to))?;
                let receiving = self.mapping(&to.class)?.id_of(&receiver)?;
                let to = Found { ctx, class: &to.class, id: &receiving, item: &receiver };
                system.transfer(found, to, scope).await
            }
            other => system.other(found, other).await,
        }
    }

    /// Changes what differs. A change of status, where it is one of its own, comes first.
    async fn update(&self, found: Found<'_>, mapping: &Mapping, patch: &Patch) -> Result<Outcome> {
        let before = mapping.item(found.item)?.resource;
        let mut changes = mapping.changes(&before, patch)?;
        let settled = match mapping.status(&before, patch)? {
            Some(true) => Some(self.system.set_status(found, AccountStatus::Active).await?),
            Some(false) => Some(self.system.set_status(found, AccountStatus::Suspended).await?),
            None => None,
        };
        let settled = self.update_apart(found, &mut changes, settled).await?;
        if changes.is_empty() {
            return Ok(settled.unwrap_or_else(Outcome::already_so));
        }
        let changed = match self.plain(found.class)? {
            Some(own) => own.update(found, changes).await,
            None => self.system.update(found, changes).await,
        };
        unclear_if(settled.is_some_and(|settled| settled.changed()), changed)
    }

    /// Changes what has a way of its own, and takes it out of the changes. Gives the last outcome that changed something.
    async fn update_apart(
        &self,
        found: Found<'_>,
        changes: &mut Map<String, Value>,
        mut last: Option<Outcome>,
    ) -> Result<Option<Outcome>> {
        if *found.class != ObjectClass::USER {
            return Ok(last);
        }
        let parts = collection(&self.system, found.class)?.map_or(&[][..], |own| own.parts());
        for part in parts {
            let Some(value) = changes.remove(*part) else { continue };
            let begun = last.as_ref().is_some_and(Outcome::changed);
            let changed = unclear_if(begun, self.system.update_apart(found, part, &value).await)?;
            last = Some(if changed.changed() || !begun { changed } else { last.unwrap_or(changed) });
        }
        Ok(last)
    }

    async fn create(&self, ctx: &Context, class: &ObjectClass, resource: &Resource) -> Result<Outcome> {
        let mapping = self.mapping(class)?;
        let active = active(resource).unwrap_or(true);
        let new = New { ctx, class, body: mapping.body(resource)?, active };
        if collection(&self.system, class)?.is_some_and(|own| own.is_looked_up()) {
            let refusal = ConnectorError::new(ErrorKind::AlreadyExists, Certainty::Refused)
                .with_detail("somebody of this name is there");
            let refusal = self.name_conflict(ctx, &mapping, resource, refusal).await;
            if refusal.conflicting().is_some() {
                return Err(refusal);
            }
        }
        let made = match self.plain(class)? {
            Some(own) => own.create(new).await,
            None => self.system.create(new).await,
        };
        match made {
            Ok((item, answer)) => {
                let made = unclear(mapping.item(&item))?;
                unclear(self.settle(ctx, &item, &made, active).await)?;
                Ok(done(&answer).with_object(made.object))
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists && error.conflicting().is_none() => {
                Err(self.name_conflict(ctx, &mapping, resource, error).await)
            }
            Err(error) => Err(error),
        }
    }

    /// Makes a new account work, or stop working, when the system made it otherwise than it was wanted.
    async fn settle(&self, ctx: &Context, item: &Value, made: &Object, wanted: bool) -> Result<()> {
        let class = &made.object.class;
        let can = self.system.capabilities().allows(class, OperationKind::SetStatus);
        if !can || active(&made.resource).is_none_or(|made| made == wanted) {
            return Ok(());
        }
        let status = if wanted { AccountStatus::Active } else { AccountStatus::Suspended };
        let found = Found { ctx, class, id: &made.object.id, item };
        self.system.set_status(found, status).await.map(drop)
    }

    /// Adds to a refusal who is in the way, as far as that can be found out.
    async fn name_conflict(
        &self,
        ctx: &Context,
        mapping: &Mapping,
        resource: &Resource,
        error: ConnectorError,
    ) -> ConnectorError {
        for name in mapping.finders() {
            let Some(value) = mapping.identifier(resource, name) else { continue };
            let Ok(found) = self.found(ctx, mapping, name, &value).await else { continue };
            if let Some(other) = found.first().and_then(|item| mapping.item(item).ok()) {
                return error.with_conflicting(other.object);
            }
        }
        error
    }

    /// By what is told of the kind, else by the system.
    async fn grant(&self, found: Found<'_>, wanted: &EntitlementRef) -> Result<Outcome> {
        let kinds = self.system.kinds()?;
        let kind = kinds.iter().find(|kind| kind.name() == wanted.kind);
        match kind {
            None => Err(no_entitlement(wanted)),
            Some(kind) => match kind.grant_to(found, wanted).await? {
                Some(outcome) => Ok(outcome),
                None => self.system.grant(found, wanted).await,
            },
        }
    }

    async fn revoke(&self, found: Found<'_>, held: &EntitlementRef) -> Result<Outcome> {
        let kinds = self.system.kinds()?;
        match kinds.iter().find(|kind| kind.name() == held.kind) {
            None => Ok(Outcome::already_gone()),
            Some(kind) => match kind.revoke_from(found, held).await? {
                Some(outcome) => Ok(outcome),
                None => self.system.revoke(found, held).await,
            },
        }
    }
}

fn active(resource: &Resource) -> Option<bool> {
    resource.attr("active").and_then(ValueRef::as_bool)
}
