//! Writes, each inside one transaction.

mod account;
mod create;
mod delete;
mod entitlement;
mod members;
mod once;
mod tables;
mod unique;
mod update;

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tenure_connector::{ErrorKind, ObjectRef, Operation, OperationKind, Outcome, Version, WriteRequest};

use super::db::{Param, Session, Statement, Work};
use super::error::{Result, refused, unsupported};
use super::row::{self, Stored};
use super::shape::{Shape, Shapes};

/// Carries a request out, or answers what it answered when it came before.
pub(super) struct Apply {
    pub(super) shapes: Shapes,
    pub(super) request: WriteRequest,
    pub(super) now: DateTime<Utc>,
}

#[async_trait]
impl Work for Apply {
    type Answer = Outcome;

    async fn run(&self, session: &dyn Session) -> Result<Outcome> {
        if let Some(outcome) = once::recall(session, &self.request.key).await? {
            return Ok(outcome);
        }
        let write = Write { session, shapes: &self.shapes, now: self.now, late: Mutex::default() };
        let outcome = write.operation(&self.request.operation, self.request.expected.as_ref()).await?;
        write.remember(&self.request.key, &outcome);
        write.settle().await?;
        Ok(outcome)
    }
}

/// One write: the open transaction, the schema and the time.
struct Write<'a> {
    session: &'a dyn Session,
    shapes: &'a Shapes,
    now: DateTime<Utc>,
    late: Mutex<Vec<Statement<'static>>>,
}

impl Write<'_> {
    async fn operation(&self, operation: &Operation, expected: Option<&Version>) -> Result<Outcome> {
        let shape = self.shape(operation)?;
        match operation {
            Operation::Create { resource, .. } => self.create(shape, resource).await,
            Operation::Update { object, patch } => self.update(shape, object, patch, expected).await,
            Operation::SetStatus { object, status } => {
                self.set_status(shape, object, *status, expected).await
            }
            Operation::Delete { object, mode } => self.delete(shape, object, *mode, expected).await,
            Operation::Restore { object } => self.restore(shape, object).await,
            Operation::Grant { object, entitlement, .. } => self.grant(shape, object, entitlement).await,
            Operation::Revoke { object, entitlement } => self.revoke(shape, object, entitlement).await,
            Operation::AssignLicence { object, licence } => self.grant(shape, object, licence).await,
            Operation::ReleaseLicence { object, licence } => self.revoke(shape, object, licence).await,
            other => Err(lacks(shape, other.kind())),
        }
    }

    fn shape(&self, operation: &Operation) -> Result<&Shape> {
        let class = operation.class();
        self.shapes.get(class).ok_or_else(|| unsupported(format!("there is no class `{class}`")))
    }

    /// Puts off a statement that nothing else in this write reads, so that all of them go out together.
    fn later<const N: usize>(&self, sql: &'static str, params: [Param<'static>; N]) {
        self.late.lock().unwrap_or_else(PoisonError::into_inner).push(Statement::new(sql, params));
    }

    async fn settle(&self) -> Result<()> {
        let late = std::mem::take(&mut *self.late.lock().unwrap_or_else(PoisonError::into_inner));
        self.session.execute_all(&late).await.map(drop)
    }

    /// Finds the object of a write and checks the version that the caller expects.
    async fn find(&self, shape: &Shape, object: &ObjectRef, expected: Option<&Version>) -> Result<Stored> {
        let stored = row::find(self.session, shape, object, true).await?;
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
    async fn find_if_there(
        &self,
        shape: &Shape,
        object: &ObjectRef,
        expected: Option<&Version>,
    ) -> Result<Option<Stored>> {
        match self.find(shape, object, expected).await {
            Ok(stored) => Ok(Some(stored)),
            Err(fault) if fault.is_not_found() => Ok(None),
            Err(other) => Err(other),
        }
    }
}

fn lacks(shape: &Shape, operation: OperationKind) -> super::error::Fault {
    unsupported(format!("a directory has no operation `{operation}` for class `{}`", shape.class))
}
