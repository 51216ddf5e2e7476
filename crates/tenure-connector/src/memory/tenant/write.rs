use tenure_scim::{Patch, Resource};

use super::Tenant;
use super::stored::Stored;
use crate::{
    AccountStatus, Certainty, ConnectorError, DeleteMode, ErrorKind, IdempotencyKey, ObjectClass, ObjectRef,
    Operation, Outcome, Result, Secret, SideEffect, Version, WriteRequest, check_shape,
};

impl Tenant {
    /// Carries out one write; see [`Operation`].
    ///
    /// `secret` is the value of the credential that the operation refers to, for those that set one.
    ///
    /// # Errors
    ///
    /// As each operation says; `InvalidInput`, when the key was used for another operation.
    pub fn apply(&mut self, request: &WriteRequest, secret: Option<Secret>) -> Result<Outcome> {
        if self.answered.get(&request.key).is_some_and(|operation| *operation != request.operation) {
            let detail = format!("key `{}` was used for another operation", request.key);
            return Err(ConnectorError::invalid_input("key", detail));
        }
        self.check_supported(&request.operation)?;
        self.check_version(request)?;
        let outcome = match &request.operation {
            Operation::Create { class, resource } => self.create(class, resource, &request.key)?,
            other => self.carry_out(other, secret)?,
        };
        self.answered.insert(request.key.clone(), request.operation.clone());
        if outcome.changed() {
            self.writes += 1;
        }
        Ok(outcome)
    }

    /// Refuses what the capabilities do not declare.
    pub(crate) fn check_supported(&self, operation: &Operation) -> Result<()> {
        let (class, kind) = (operation.class(), operation.kind());
        self.class_schema(class)?;
        match super::super::memory_capabilities().allows(class, kind) {
            true => Ok(()),
            false => Err(ConnectorError::unsupported(class, kind)),
        }
    }

    fn check_version(&self, request: &WriteRequest) -> Result<()> {
        let (Some(expected), Some(object)) = (&request.expected, request.operation.object()) else {
            return Ok(());
        };
        let Some(stored) = self.find(object) else { return Ok(()) };
        let found = stored.revision.to_string();
        if expected.as_str() == found {
            return Ok(());
        }
        Err(ConnectorError::new(ErrorKind::Conflict, Certainty::Refused)
            .with_detail(format!("expected version `{expected}` of `{object}`, found `{found}`")))
    }

    fn carry_out(&mut self, operation: &Operation, secret: Option<Secret>) -> Result<Outcome> {
        let Some(object) = operation.object() else {
            return Err(ConnectorError::unsupported(operation.class(), operation.kind()));
        };
        if let Operation::Restore { .. } = operation {
            return self.restore(object);
        }
        let id = self.resolve(object)?.filter(|id| self.stored(&object.class, id).is_some());
        let Some(id) = id else { return self.without_object(operation, object) };
        match operation {
            Operation::Update { patch, .. } => self.update(&object.class, &id, patch),
            Operation::SetStatus { status, .. } => self.set_status(&object.class, &id, *status),
            Operation::Delete { mode, .. } => self.delete(&object.class, &id, *mode),
            Operation::Grant { entitlement, parameters, .. } => self.grant(&id, entitlement, parameters),
            Operation::AssignLicence { licence, .. } => {
                self.grant(&id, licence, &std::collections::BTreeMap::new())
            }
            Operation::Revoke { entitlement, .. } => self.revoke(&id, entitlement),
            Operation::ReleaseLicence { licence, .. } => self.revoke(&id, licence),
            Operation::RevokeSessions { scope, .. } => Ok(self.revoke_sessions(&id, *scope)),
            Operation::ResetFactors { .. } => Ok(self.reset_factors(&id)),
            Operation::SetCredential { .. } | Operation::RotateCredential { .. } => {
                self.set_credential(&id, secret)
            }
            Operation::TransferOwnership { to, scope, .. } => self.transfer(&id, to, scope),
            Operation::Custom { name, arguments, .. } => self.custom(&id, name, arguments),
            _ => Err(ConnectorError::unsupported(operation.class(), operation.kind())),
        }
    }

    /// What is left to do for an object that is not there.
    fn without_object(&mut self, operation: &Operation, object: &ObjectRef) -> Result<Outcome> {
        if let Operation::Delete { mode: DeleteMode::Permanent, .. } = operation
            && let Some(objects) = self.objects.get_mut(&object.class)
            && objects.remove(&object.id).is_some()
        {
            return Ok(Outcome::done(true).with_effect(SideEffect::Irreversible));
        }
        match operation.satisfied_by_absence() {
            true => Ok(Outcome::already_gone()),
            false => Err(ConnectorError::not_found(object)),
        }
    }

    fn create(&mut self, class: &ObjectClass, resource: &Resource, key: &IdempotencyKey) -> Result<Outcome> {
        let objects = self.objects.get(class).into_iter().flatten();
        let mut made =
            objects.filter(|(_, stored)| !stored.deleted && stored.created_by.as_ref() == Some(key));
        if let Some((id, stored)) = made.next() {
            let object = Self::reference(class, id, &stored.resource);
            return Ok(Outcome::already_so().with_object(object).with_version(stored.revision.to_string()));
        }
        check_shape(resource, self.class_schema(class)?)?;
        self.check_unique(class, None, resource)?;
        let id = self.next_id.to_string();
        self.next_id += 1;
        let outcome = self.insert(class, id.clone(), resource.clone());
        if let Some(stored) = self.objects.get_mut(class).and_then(|objects| objects.get_mut(&id)) {
            stored.created_by = Some(key.clone());
        }
        Ok(outcome)
    }

    pub(super) fn insert(&mut self, class: &ObjectClass, id: String, mut resource: Resource) -> Outcome {
        resource.set_id(&id);
        let mut stored = Stored::new(resource);
        if *class == ObjectClass::USER {
            stored.follow_active_flag();
        }
        let object = Self::reference(class, &id, &stored.resource);
        self.objects.entry(class.clone()).or_default().insert(id, stored);
        self.history.record(object.clone());
        Outcome::done(true).with_object(object).with_version("1")
    }

    fn update(&mut self, class: &ObjectClass, id: &str, patch: &Patch) -> Result<Outcome> {
        let Some(stored) = self.stored(class, id) else {
            return Err(ConnectorError::not_found(&ObjectRef::new(class.clone(), id)));
        };
        let schema = self.class_schema(class)?;
        let mut resource = stored.resource.clone();
        let report = patch.apply(&mut resource, schema).map_err(ConnectorError::from)?;
        if report.changed {
            check_shape(&resource, schema)?;
            self.check_unique(class, Some(id), &resource)?;
        }
        self.change(class, id, |stored| {
            if report.changed {
                stored.resource = resource;
                if *class == ObjectClass::USER {
                    stored.follow_active_flag();
                }
            }
            Ok(report.changed)
        })
    }

    fn set_status(&mut self, class: &ObjectClass, id: &str, status: AccountStatus) -> Result<Outcome> {
        self.change(class, id, |stored| {
            let changed = stored.status != status;
            stored.set_status(status);
            Ok(changed)
        })
    }

    fn delete(&mut self, class: &ObjectClass, id: &str, mode: DeleteMode) -> Result<Outcome> {
        if self.is_anonymous(class, id) && mode == DeleteMode::Anonymise {
            return Ok(Outcome::already_so());
        }
        let object = ObjectRef::new(class.clone(), id);
        self.strip(id);
        match mode {
            DeleteMode::Permanent => {
                self.objects.entry(class.clone()).or_default().remove(id);
                self.history.record(object);
                Ok(Outcome::done(true).with_effect(SideEffect::Irreversible))
            }
            DeleteMode::Soft => self.change(class, id, |stored| {
                stored.deleted = true;
                Ok(true)
            }),
            DeleteMode::Anonymise => self.change(class, id, |stored| {
                stored.anonymise(id);
                Ok(true)
            }),
        }
    }

    fn is_anonymous(&self, class: &ObjectClass, id: &str) -> bool {
        self.stored(class, id).is_some_and(|stored| stored.anonymous)
    }

    fn restore(&mut self, object: &ObjectRef) -> Result<Outcome> {
        let id = self.resolve(object)?.unwrap_or_default();
        if self.stored(&object.class, &id).is_some() {
            return Ok(Outcome::already_so());
        }
        let known = self.objects.get(&object.class).is_some_and(|objects| objects.contains_key(&id));
        if !known {
            return Err(ConnectorError::not_found(object));
        }
        self.change(&object.class, &id, |stored| {
            stored.deleted = false;
            Ok(true)
        })
    }

    /// Changes one object and counts its revision and the change, unless nothing changed.
    pub(super) fn change(
        &mut self,
        class: &ObjectClass,
        id: &str,
        edit: impl FnOnce(&mut Stored) -> Result<bool>,
    ) -> Result<Outcome> {
        let missing = || ConnectorError::not_found(&ObjectRef::new(class.clone(), id));
        let stored =
            self.objects.get_mut(class).and_then(|objects| objects.get_mut(id)).ok_or_else(missing)?;
        if !edit(stored)? {
            return Ok(Outcome::already_so().with_version(Version::new(stored.revision.to_string())));
        }
        stored.revision += 1;
        let version = stored.revision.to_string();
        let object = Self::reference(class, id, &stored.resource);
        self.history.record(object.clone());
        Ok(Outcome::done(true).with_object(object).with_version(version))
    }
}
