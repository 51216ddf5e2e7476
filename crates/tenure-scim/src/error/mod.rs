//! The one error a SCIM request ends with: an HTTP status, a `scimType` and a sentence.

mod kind;
#[cfg(test)]
mod tests;
mod wire;

use std::fmt;

pub use kind::{ErrorKind, ScimType};

/// A SCIM error: what is wrong, as an HTTP status, an optional `scimType` and a detail sentence.
///
/// Serialises as the body of RFC 7644 section 3.12 and deserialises from what peers really send (a numeric
/// status, extra keys, no `schemas`).
///
/// # Examples
///
/// ```
/// use tenure_scim::{ScimError, ScimType};
///
/// let error = ScimError::no_target("the filter of `emails[type eq \"work\"]` matches no value");
/// assert_eq!(error.status(), 400);
/// assert_eq!(error.scim_type(), Some(&ScimType::NoTarget));
///
/// let body = serde_json::to_value(&error)?;
/// assert_eq!(body["status"], "400");
/// assert_eq!(body["scimType"], "noTarget");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScimError {
    status: u16,
    scim_type: Option<ScimType>,
    detail: String,
}

impl ScimError {
    /// Makes an error of the given kind, with the status and `scimType` that RFC 7644 gives to it.
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        let (status, scim_type) = kind.wire();
        Self { status, scim_type, detail: detail.into() }
    }

    /// Makes an error from a status and a `scimType` as a peer sent them.
    pub fn from_parts(status: u16, scim_type: Option<ScimType>, detail: impl Into<String>) -> Self {
        Self { status, scim_type, detail: detail.into() }
    }

    /// The filter cannot be parsed, or compares what cannot be compared.
    pub fn invalid_filter(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidFilter, detail)
    }

    /// The filter gives more results than the server is willing to compute.
    pub fn too_many(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::TooMany, detail)
    }

    /// A value that must be unique is already in use.
    pub fn uniqueness(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::Uniqueness, detail)
    }

    /// The attribute's mutability or present state forbids the change.
    pub fn mutability(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::Mutability, detail)
    }

    /// The request body is not what the message requires.
    pub fn invalid_syntax(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidSyntax, detail)
    }

    /// A PATCH path is malformed or names no attribute.
    pub fn invalid_path(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidPath, detail)
    }

    /// A PATCH path selects nothing that could be changed.
    pub fn no_target(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::NoTarget, detail)
    }

    /// A value is missing, or does not fit its attribute.
    pub fn invalid_value(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidValue, detail)
    }

    /// The request would put sensitive data into a URL.
    pub fn sensitive(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::Sensitive, detail)
    }

    /// The cursor is forged, damaged or belongs to another query (RFC 9865).
    pub fn invalid_cursor(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidCursor, detail)
    }

    /// The cursor was good and is too old (RFC 9865).
    pub fn expired_cursor(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::ExpiredCursor, detail)
    }

    /// The `count` is out of range or differs from the first page's (RFC 9865).
    pub fn invalid_count(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidCount, detail)
    }

    /// The caller has not proved who it is.
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unauthorized, detail)
    }

    /// The caller may not do this.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::Forbidden, detail)
    }

    /// There is no such resource or endpoint.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotFound, detail)
    }

    /// The request conflicts with the resource's state for a reason other than uniqueness.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::Conflict, detail)
    }

    /// The resource's version is not the one that `If-Match` names.
    pub fn precondition_failed(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::PreconditionFailed, detail)
    }

    /// The request is over a limit; the detail names the limit (RFC 7644 section 3.7.4).
    pub fn payload_too_large(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::PayloadTooLarge, detail)
    }

    /// The caller sends too many requests.
    pub fn too_many_requests(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::TooManyRequests, detail)
    }

    /// The server failed.
    pub fn internal(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, detail)
    }

    /// The server does not do this.
    pub fn not_implemented(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotImplemented, detail)
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The `scimType`, if the error has one.
    pub fn scim_type(&self) -> Option<&ScimType> {
        self.scim_type.as_ref()
    }

    /// The sentence for people.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The kind that status and `scimType` amount to.
    ///
    /// A `scimType` decides where the peer sent one that is known; else the status does.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::from_wire(self.status, self.scim_type.as_ref())
    }

    /// Puts `context` and a colon before the detail, e.g. the position of the failed operation.
    #[must_use]
    pub fn within(mut self, context: impl fmt::Display) -> Self {
        self.detail = format!("{context}: {}", self.detail);
        self
    }
}

impl fmt::Display for ScimError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.scim_type {
            Some(scim_type) => write!(f, "{} {scim_type}: {}", self.status, self.detail),
            None => write!(f, "{}: {}", self.status, self.detail),
        }
    }
}

impl std::error::Error for ScimError {}
