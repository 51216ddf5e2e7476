mod kind;
mod scim;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::kind::{Certainty, ErrorKind, Retry};
use crate::{ObjectClass, ObjectRef, OperationKind, RateSignal, millis};

/// The result of a connector call.
pub type Result<T> = std::result::Result<T, ConnectorError>;

/// A connector call that failed: what went wrong, whether trying again can help, and whether anything happened.
///
/// The three are set where the vendor's answer is read, because only there all of them are known. The detail is
/// redacted by its maker: no bearer token, no URL with a query, no body of a credential call. It serialises, without
/// its source, so that a journal can keep it.
///
/// # Examples
///
/// ```
/// use tenure_connector::{Certainty, ConnectorError, ErrorKind, Retry};
///
/// let error = ConnectorError::new(ErrorKind::Timeout, Certainty::Unknown)
///     .with_detail("no answer within 30 s")
///     .with_request_id("req-7");
/// assert_eq!(error.retry(), Retry::Temporary);
/// assert_eq!(error.to_string(), "timed out, outcome unknown: no answer within 30 s");
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectorError {
    inner: Box<Inner>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Inner {
    kind: ErrorKind,
    retry: Retry,
    certainty: Certainty,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    detail: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    attributes: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    conflicting: Option<ObjectRef>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    http_status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vendor_code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    #[serde(default, with = "millis::option", skip_serializing_if = "Option::is_none")]
    retry_after: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rate: Option<RateSignal>,
    #[serde(skip)]
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl ConnectorError {
    /// Makes an error; its retry class follows from the kind until [`with_retry`](Self::with_retry) says otherwise.
    #[must_use]
    pub fn new(kind: ErrorKind, certainty: Certainty) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                retry: kind.default_retry(),
                certainty,
                detail: String::new(),
                help: None,
                attributes: BTreeSet::new(),
                conflicting: None,
                http_status: None,
                vendor_code: None,
                request_id: None,
                retry_after: None,
                rate: None,
                source: None,
            }),
        }
    }

    /// An object that is not there.
    #[must_use]
    pub fn not_found(object: &ObjectRef) -> Self {
        Self::new(ErrorKind::NotFound, Certainty::Refused).with_detail(format!("no object `{object}`"))
    }

    /// An operation that the connector does not have for a class.
    #[must_use]
    pub fn unsupported(class: &ObjectClass, operation: OperationKind) -> Self {
        Self::new(ErrorKind::Unsupported, Certainty::NotAttempted)
            .with_detail(format!("no operation `{operation}` for class `{class}`"))
    }

    /// A class that the connector does not have.
    #[must_use]
    pub fn unknown_class(class: &ObjectClass) -> Self {
        Self::new(ErrorKind::Unsupported, Certainty::NotAttempted).with_detail(format!("no class `{class}`"))
    }

    /// Values that the system does not take, with the attribute they are in.
    #[must_use]
    pub fn invalid_input(attribute: &str, detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, Certainty::Refused).with_attribute(attribute).with_detail(detail)
    }

    /// Says what was expected and what was found, redacted, lower case, without a final dot.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.inner.detail = detail.into();
        self
    }

    /// Adds advice.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.inner.help = Some(help.into());
        self
    }

    /// Overrides the retry class.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.inner.retry = retry;
        self
    }

    /// Overrides what is known about the effect.
    #[must_use]
    pub fn with_certainty(mut self, certainty: Certainty) -> Self {
        self.inner.certainty = certainty;
        self
    }

    /// Adds the path of an attribute that is to blame.
    #[must_use]
    pub fn with_attribute(mut self, path: impl Into<String>) -> Self {
        self.inner.attributes.insert(path.into());
        self
    }

    /// Adds the object that is in the way of a create.
    #[must_use]
    pub fn with_conflicting(mut self, object: ObjectRef) -> Self {
        self.inner.conflicting = Some(object);
        self
    }

    /// Adds the HTTP status.
    #[must_use]
    pub fn with_http_status(mut self, status: u16) -> Self {
        self.inner.http_status = Some(status);
        self
    }

    /// Adds the vendor's own error code.
    #[must_use]
    pub fn with_vendor_code(mut self, code: impl Into<String>) -> Self {
        self.inner.vendor_code = Some(code.into());
        self
    }

    /// Adds the vendor's id of the request.
    #[must_use]
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.inner.request_id = Some(id.into());
        self
    }

    /// Adds how long the system asks to wait.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.inner.retry_after = Some(wait);
        self
    }

    /// Adds what the system said about its rate limit.
    #[must_use]
    pub fn with_rate(mut self, rate: RateSignal) -> Self {
        self.inner.rate = Some(rate);
        self
    }

    /// Adds the error beneath this one.
    #[must_use]
    pub fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.inner.source = Some(Arc::new(source));
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// Whether trying the same again can help.
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.inner.retry
    }

    /// What is known about the effect.
    #[must_use]
    pub fn certainty(&self) -> Certainty {
        self.inner.certainty
    }

    /// What was expected and what was found.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.inner.detail
    }

    /// Advice, if there is any.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.inner.help.as_deref()
    }

    /// The paths of the attributes that are to blame, in order.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.inner.attributes.iter().map(String::as_str)
    }

    /// The object that is in the way of a create, if the system named it.
    #[must_use]
    pub fn conflicting(&self) -> Option<&ObjectRef> {
        self.inner.conflicting.as_ref()
    }

    /// The HTTP status, if there was an HTTP answer.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        self.inner.http_status
    }

    /// The vendor's own error code.
    #[must_use]
    pub fn vendor_code(&self) -> Option<&str> {
        self.inner.vendor_code.as_deref()
    }

    /// The vendor's id of the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.inner.request_id.as_deref()
    }

    /// How long the system asks to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// What the system said about its rate limit.
    #[must_use]
    pub fn rate(&self) -> Option<&RateSignal> {
        self.inner.rate.as_ref()
    }
}

impl fmt::Display for ConnectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.inner.kind)?;
        if self.inner.certainty == Certainty::Unknown {
            f.write_str(", outcome unknown")?;
        }
        if !self.inner.detail.is_empty() {
            write!(f, ": {}", self.inner.detail)?;
        }
        Ok(())
    }
}

impl fmt::Debug for ConnectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectorError")
            .field("kind", &self.inner.kind)
            .field("retry", &self.inner.retry)
            .field("certainty", &self.inner.certainty)
            .field("detail", &self.inner.detail)
            .field("attributes", &self.inner.attributes)
            .field("http_status", &self.inner.http_status)
            .field("vendor_code", &self.inner.vendor_code)
            .field("request_id", &self.inner.request_id)
            .field("retry_after", &self.inner.retry_after)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for ConnectorError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.inner.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}
