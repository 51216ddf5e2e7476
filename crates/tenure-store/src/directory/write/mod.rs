//! Writes, each inside one transaction.

mod account;
mod create;
mod delete;
mod entitlement;
mod members;
mod once;
mod tables;
mod update;

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use tenure_connector::{ErrorKind, ObjectRef, Operation, OperationKind, Outcome, Version, WriteRequest};

use super::error::{Result, refused, unsupported};
use super::row::{self, Stored};
use super::shape::{Shape, Shapes};

/// One write: the open transaction, the schema and the time.
pub(super) struct Write<'a> {
    pub(super) connection: &'a Connection,
    pub(super) shapes: &'a Shapes,
    pub(super) now: DateTime<Utc>,
}

impl Write<'_> {
    /// Carries a request out, or answers what it answered when it came before.
    pub(super) fn apply(&self, request: &WriteRequest) -> Result<Outcome> {
        if let Some(outcome) = once::recall(self.connection, &request.key)? {
            return Ok(outcome);
        }
        let outcome = self.operation(&request.operation, request.expected.as_ref())?;
        once::remember(self.connection, &request.key, &outcome, self.now)?;
        Ok(outcome)
    }

    fn operation(&self, operation: &Operation, expected: Option<&Version>) -> Result<Outcome> {
        let shape = self.shape(operation)?;
        match operation {
            Operation::Create { resource, .. } => self.create(shape, resource),
            Operation::Update { object, patch } => self.update(shape, object, patch, expected),
            Operation::SetStatus { object, status } => self.set_status(shape, object, *status, expected),
            Operation::Delete { object, mode } => self.delete(shape, object, *mode, expected),
            Operation::Restore { object } => self.restore(shape, object),
            Operation::Grant { object, entitlement, .. } => self.grant(shape, object, entitlement),
            Operation::Revoke { object, entitlement } => self.revoke(shape, object, entitlement),
            Operation::AssignLicence { object, licence } => self.grant(shape, object, licence),
            Operation::ReleaseLicence { object, licence } => self.revoke(shape, object, licence),
            other => Err(lacks(shape, other.kind())),
        }
    }

    fn shape(&self, operation: &Operation) -> Result<&Shape> {
        let class = operation.class();
        self.shapes.get(class).ok_or_else(|| unsupported(format!("there is no class `{class}`")))
    }

    /// Finds the object of a write and checks the version that the caller expects.
    fn find(&self, shape: &Shape, object: &ObjectRef, expected: Option<&Version>) -> Result<Stored> {
        let stored = row::find(self.connection, shape, object)?;
        let present = row::version(stored.version);
        match expected {
            Some(expected) if *expected != present => Err(refused(
                ErrorKind::Conflict,
                format!("expected version `{expected}` of `{object}`, found `{present}`"),
            )),
            _ => Ok(stored),
        }
    }

    /// As [`find`](Self::find), with `None` for an object that is gone.
    fn find_if_there(
        &self,
        shape: &Shape,
        object: &ObjectRef,
        expected: Option<&Version>,
    ) -> Result<Option<Stored>> {
        match self.find(shape, object, expected) {
            Ok(stored) => Ok(Some(stored)),
            Err(super::error::Fault::Connector(error)) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(other) => Err(other),
        }
    }
}

fn lacks(shape: &Shape, operation: OperationKind) -> super::error::Fault {
    unsupported(format!("a directory has no operation `{operation}` for class `{}`", shape.class))
}
