//! What can go wrong inside the directory, and the connector error that each becomes.

use tenure_connector::{Certainty, ConnectorError, ErrorKind};
use tenure_scim::ScimError;

/// A failure inside a transaction. The transaction is undone, so nothing was written.
#[derive(Debug)]
pub(super) enum Fault {
    /// The request's fault.
    Connector(ConnectorError),
    /// The database refused or failed.
    Database { temporary: bool, detail: String },
    /// Another transaction was in the way; the same work can be tried again.
    Collision(String),
    /// The database went away, so nobody knows whether the transaction counts.
    Lost(String),
}

pub(super) type Result<T> = std::result::Result<T, Fault>;

impl Fault {
    /// A stored value that is not what was written.
    pub(super) fn damaged(detail: impl std::fmt::Display) -> Self {
        let error = ConnectorError::new(ErrorKind::Protocol, Certainty::Refused);
        Self::Connector(error.with_detail(format!("the stored data is damaged: {detail}")))
    }

    /// Whether the request named something that is not there.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::Connector(error) if error.kind() == ErrorKind::NotFound)
    }
}

impl From<ConnectorError> for Fault {
    fn from(error: ConnectorError) -> Self {
        Self::Connector(error)
    }
}

impl From<ScimError> for Fault {
    fn from(error: ScimError) -> Self {
        Self::Connector(from_scim(&error))
    }
}

impl From<Fault> for ConnectorError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Connector(error) => error,
            Fault::Database { temporary, detail } => {
                let kind = if temporary { ErrorKind::Unavailable } else { ErrorKind::Unexpected };
                Self::new(kind, Certainty::Refused).with_detail(detail)
            }
            Fault::Collision(detail) => {
                Self::new(ErrorKind::Unavailable, Certainty::Refused).with_detail(detail)
            }
            Fault::Lost(detail) => Self::new(ErrorKind::Unavailable, Certainty::Unknown).with_detail(detail),
        }
    }
}

/// Makes an error about the caller's request.
pub(super) fn refused(kind: ErrorKind, detail: impl Into<String>) -> Fault {
    Fault::Connector(ConnectorError::new(kind, Certainty::Refused).with_detail(detail))
}

/// Makes the error for an operation or query that a directory does not have.
pub(super) fn unsupported(detail: impl Into<String>) -> Fault {
    Fault::Connector(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted).with_detail(detail))
}

fn from_scim(error: &ScimError) -> ConnectorError {
    use tenure_scim::error::ErrorKind as Scim;
    let kind = match error.kind() {
        Scim::Uniqueness => ErrorKind::AlreadyExists,
        Scim::NotFound => ErrorKind::NotFound,
        Scim::Conflict | Scim::PreconditionFailed => ErrorKind::Conflict,
        Scim::Internal => ErrorKind::Unexpected,
        Scim::NotImplemented => ErrorKind::Unsupported,
        _ => ErrorKind::InvalidInput,
    };
    ConnectorError::new(kind, Certainty::Refused)
        .with_detail(error.detail())
        .with_vendor_code(error.scim_type().map_or("", |scim_type| scim_type.as_str()))
}
