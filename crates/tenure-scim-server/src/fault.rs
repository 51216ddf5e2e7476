//! Connector errors as SCIM errors.

use std::time::Duration;

use tenure_connector::{ConnectorError, ErrorKind};
use tenure_scim::ScimError;
use tenure_scim::error::ErrorKind as Scim;

use crate::reply::Reply;

/// Turns a connector's error into the one that the client sees.
///
/// What is wrong with the server's own configuration or with what stands behind it is not told in detail.
pub(crate) fn from_connector(error: &ConnectorError) -> ScimError {
    let detail = if error.detail().is_empty() { error.kind().to_string() } else { error.detail().to_owned() };
    match error.kind() {
        ErrorKind::NotFound => ScimError::not_found(detail),
        ErrorKind::AlreadyExists => ScimError::uniqueness(detail),
        ErrorKind::InvalidInput => invalid(error, detail),
        ErrorKind::Policy => ScimError::forbidden(detail),
        ErrorKind::NoCapacity => ScimError::forbidden(format!("no capacity is left: {detail}")),
        ErrorKind::Conflict => ScimError::conflict(detail),
        ErrorKind::Unsupported => ScimError::not_implemented(detail),
        ErrorKind::RateLimited => ScimError::too_many_requests(detail),
        ErrorKind::TokenExpired => ScimError::expired_cursor("the cursor is no longer valid"),
        ErrorKind::NotReady | ErrorKind::Unavailable => {
            ScimError::from_parts(503, None, "the system behind this service is not available")
        }
        ErrorKind::Timeout => {
            ScimError::from_parts(504, None, "the system behind this service did not answer in time")
        }
        ErrorKind::Protocol => {
            ScimError::from_parts(502, None, "the system behind this service answered nonsense")
        }
        ErrorKind::Config | ErrorKind::Auth | ErrorKind::Permission => {
            ScimError::internal("the service is not allowed to do this in the system behind it")
        }
        _ => ScimError::internal("the service failed"),
    }
}

/// A connector on SCIM keeps the keyword of what it refused in the vendor code.
fn invalid(error: &ConnectorError, detail: String) -> ScimError {
    let kind = match error.vendor_code() {
        Some("invalidFilter") => Scim::InvalidFilter,
        Some("invalidPath") => Scim::InvalidPath,
        Some("noTarget") => Scim::NoTarget,
        Some("mutability") => Scim::Mutability,
        Some("invalidSyntax") => Scim::InvalidSyntax,
        Some("tooMany") => Scim::TooMany,
        _ => Scim::InvalidValue,
    };
    ScimError::new(kind, detail)
}

/// Why a request failed, and when the client may try again.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) error: ScimError,
    pub(crate) retry_after: Option<Duration>,
}

impl From<ScimError> for Failure {
    fn from(error: ScimError) -> Self {
        Self { error, retry_after: None }
    }
}

impl From<ConnectorError> for Failure {
    fn from(error: ConnectorError) -> Self {
        let busy = matches!(
            error.kind(),
            ErrorKind::RateLimited | ErrorKind::Unavailable | ErrorKind::NotReady | ErrorKind::Timeout
        );
        let wait = error.retry_after().or(busy.then_some(DEFAULT_WAIT));
        Self { error: from_connector(&error), retry_after: wait }
    }
}

impl From<Failure> for Reply {
    fn from(failure: Failure) -> Self {
        let reply = Self::error(&failure.error);
        match failure.retry_after {
            Some(wait) => reply.retry_after(wait),
            None => reply,
        }
    }
}

/// What handlers return.
pub(crate) type Answer<T = Reply> = Result<T, Failure>;

const DEFAULT_WAIT: Duration = Duration::from_secs(5);
