//! What can go wrong inside the directory, and the connector error that each becomes.

use tenure_connector::{Certainty, ConnectorError, ErrorKind};
use tenure_scim::ScimError;

use super::pool::Closed;

/// A failure inside a transaction. The transaction is undone, so nothing was written.
#[derive(Debug)]
pub(super) enum Fault {
    Sql(rusqlite::Error),
    Connector(ConnectorError),
}

pub(super) type Result<T> = std::result::Result<T, Fault>;

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
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
            Fault::Sql(error) => {
                let kind = if is_busy(&error) { ErrorKind::Unavailable } else { ErrorKind::Unexpected };
                Self::new(kind, Certainty::Refused).with_detail(error.to_string())
            }
        }
    }
}

impl From<Closed> for ConnectorError {
    fn from(_: Closed) -> Self {
        Self::new(ErrorKind::Unavailable, Certainty::Unknown)
            .with_detail("the directory's database did not answer")
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

fn is_busy(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
    matches!(error.sqlite_error_code(), Some(DatabaseBusy | DatabaseLocked))
}
