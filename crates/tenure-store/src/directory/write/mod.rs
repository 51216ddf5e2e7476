//! Writes, each inside one transaction.

mod account;
mod create;
mod delete;
mod entitlement;
mod members;
mod once;
#[cfg(feature = "postgres")]
mod rewritten;
mod tables;
mod unique;
mod update;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tenure_connector::{
    ErrorKind, IdempotencyKey, ObjectClass, ObjectRef, Operation, OperationKind, Outcome, Version,
    WriteRequest,
};

pub(super) use self::create::Made;
#[cfg(feature = "postgres")]
pub(super) use self::rewritten::Rewritten;
use self::tables::Counted;
use super::db::{Param, Session, Statement, Work};
use super::error::{Result, refused, unsupported};
use super::row::{self, Rows, Stored};
use super::shape::{Shape, Shapes};

/// Carries a request out, or answers what it answered when it came before.
pub(super) struct Apply {
    shapes: Shapes,
    class: ObjectClass,
    what: What,
    expected: Option<Version>,
    /// The key under which the answer is remembered.
    key: Option<IdempotencyKey>,
    now: DateTime<Utc>,
    show: bool,
}

enum What {
    Make(Arc<Made>),
    Do(Operation),
}

impl Apply {
    /// `show` asks for the object as it is after the write, where that is known.
    pub(super) fn new(
        shapes: Shapes,
        request: &WriteRequest,
        now: DateTime<Utc>,
        show: bool,
    ) -> Result<Self> {
        let class = request.operation.class().clone();
        let what = match &request.operation {
            Operation::Create { resource, .. } => {
                What::Make(Arc::new(Made::of(shape(&shapes, &class)?, resource, now)?))
            }
            operation => What::Do(operation.clone()),
        };
        let key = (!request.once).then(|| request.key.clone());
        Ok(Self { shapes, class, what, expected: request.expected.clone(), key, now, show })
    }

    /// What is made, which is known before it is written.
    pub(super) fn made(&self) -> Option<Arc<Made>> {
        match &self.what {
            What::Make(made) => Some(Arc::clone(made)),
            What::Do(_) => None,
        }
    }

    /// What a change of one row leaves of `stored`, where no more than that row is concerned.
    #[cfg(feature = "postgres")]
    pub(super) fn rewritten(&self, shape: &Shape, stored: Stored) -> Option<Rewritten> {
        match &self.what {
            What::Make(_) => None,
            What::Do(operation) => Rewritten::of(shape, stored, operation, self.expected.as_ref(), self.now),
        }
    }
}

#[async_trait]
impl Work for Apply {
    type Answer = (Outcome, Option<Rows>);

    async fn run(&self, session: &dyn Session) -> Result<Self::Answer> {
        if let Some(key) = &self.key
            && let Some(outcome) = once::recall(session, key).await?
        {
            return Ok((outcome, None));
        }
        let write = Write {
            session,
            shapes: &self.shapes,
            now: self.now,
            late: Mutex::default(),
            counted: Mutex::default(),
            show: self.show,
            shown: Mutex::default(),
        };
        let shape = shape(&self.shapes, &self.class)?;
        let outcome = match &self.what {
            What::Make(made) => write.create(shape, made).await?,
            What::Do(operation) => write.operation(shape, operation, self.expected.as_ref()).await?,
        };
        if let Some(key) = &self.key {
            write.remember(key, &outcome);
        }
        write.settle().await?;
        let shown = write.shown.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok((outcome, shown))
    }
}

fn shape<'a>(shapes: &'a Shapes, class: &ObjectClass) -> Result<&'a Shape> {
    shapes.get(class).ok_or_else(|| unsupported(format!("there is no class `{class}`")))
}

/// One write: the open transaction, the schema and the time.
struct Write<'a> {
    session: &'a dyn Session,
    shapes: &'a Shapes,
    now: DateTime<Utc>,
    late: Mutex<Vec<Statement<'static>>>,
    counted: Mutex<Counted>,
    show: bool,
    shown: Mutex<Option<Rows>>,
}

impl Write<'_> {
    async fn operation(
        &self,
        shape: &Shape,
        operation: &Operation,
        expected: Option<&Version>,
    ) -> Result<Outcome> {
        match operation {
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

    /// Keeps the row as it is after this write.
    fn showing(&self, row: Rows) {
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(row);
    }

    /// Puts off a statement that nothing else in this write reads, so that all of them go out together.
    fn later<const N: usize>(&self, sql: &'static str, params: [Param<'static>; N]) {
        self.late(Statement::new(sql, params));
    }

    fn late(&self, statement: Statement<'static>) {
        self.late.lock().unwrap_or_else(PoisonError::into_inner).push(statement);
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
