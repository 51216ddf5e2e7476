use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{ObjectRef, OperationKind};

macro_rules! opaque {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps a text that only its maker interprets.
            #[must_use]
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text as its maker wrote it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
    };
}

opaque! {
    /// Where the next page of a walk starts.
    ///
    /// Only the connector that made it can read it. It survives serialisation and a restart of the program, for as
    /// long as [`ListCapability::cursor_life`](crate::ListCapability) says. It can be large: a connector for a system
    /// without paging keeps its own state in it, so give it room for a megabyte.
    Cursor
}
opaque! {
    /// A point in the history of a class, from which [`changes`](crate::Connector::changes) continues.
    DeltaToken
}
opaque! {
    /// The state of one object at one moment (an ETag, a revision, a row version), for optimistic locking.
    Version
}
opaque! {
    /// Names one intended write, so that repeating it after a lost answer is recognised as the same write.
    ///
    /// The caller makes it once for each step and keeps it over retries and restarts.
    IdempotencyKey
}

/// A task that a system accepted and still works on; [`poll`](crate::Connector::poll) asks how it went.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct JobRef {
    /// The id that the system gave.
    pub id: String,
    /// What was asked for.
    pub operation: OperationKind,
    /// The object it was asked for; `None` while a create runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectRef>,
}

impl JobRef {
    /// Names a job by the system's id and the operation that started it.
    #[must_use]
    pub fn new(id: impl Into<String>, operation: OperationKind) -> Self {
        Self { id: id.into(), operation, object: None }
    }

    /// Adds the object that the job works on.
    #[must_use]
    pub fn with_object(mut self, object: ObjectRef) -> Self {
        self.object = Some(object);
        self
    }
}
