use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use tenure_scim::ScimError;

/// The result of a client call.
pub type Result<T> = std::result::Result<T, ClientError>;

/// A call that failed: what went wrong, and whether anything happened at the peer.
///
/// # Examples
///
/// ```
/// # async fn example(client: tenure_scim_client::Client) {
/// use tenure_scim_client::{Certainty, ErrorKind};
///
/// if let Err(error) = client.delete("User", "42").await {
///     match (error.kind(), error.certainty()) {
///         (ErrorKind::Answer, _) if error.status() == Some(404) => println!("gone already"),
///         (_, Certainty::Unknown) => println!("read back first: {error}"),
///         _ => println!("nothing happened: {error}"),
///     }
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct ClientError {
    inner: Box<Inner>,
}

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    certainty: Certainty,
    detail: String,
    scim: Option<ScimError>,
    status: Option<u16>,
    headers: HeaderMap,
    retry_after: Option<Duration>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An address, an id or a header cannot be used.
    Config,
    /// The credentials could not be had.
    Credentials,
    /// The peer could not be reached.
    Connect,
    /// The answer did not come in time.
    Timeout,
    /// The connection ended before the whole answer was there.
    Broken,
    /// The peer answered with an error; see [`ClientError::scim`] and [`ClientError::status`].
    Answer,
    /// The answer makes no sense.
    Protocol,
    /// The answer, or the request, is over a limit.
    TooLarge,
    /// A list goes round in circles, or has more pages than allowed.
    Endless,
    /// The peer, as it is configured or discovered, has no way to do this.
    Unsupported,
}

/// What is known about the effect of a call that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// The peer never saw it.
    NotAttempted,
    /// The peer saw it and did not carry it out.
    Refused,
    /// It may have been carried out, wholly or in part.
    Unknown,
}

impl ErrorKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Config => "wrong configuration",
            Self::Credentials => "no credentials",
            Self::Connect => "cannot connect",
            Self::Timeout => "timed out",
            Self::Broken => "connection lost",
            Self::Answer => "refused by the peer",
            Self::Protocol => "unintelligible answer",
            Self::TooLarge => "over a limit",
            Self::Endless => "endless list",
            Self::Unsupported => "not supported by the peer",
        }
    }
}

impl ClientError {
    pub(crate) fn new(kind: ErrorKind, certainty: Certainty, detail: impl Into<String>) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                certainty,
                detail: detail.into(),
                scim: None,
                status: None,
                headers: HeaderMap::new(),
                retry_after: None,
                source: None,
            }),
        }
    }

    pub(crate) fn config(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, Certainty::NotAttempted, detail)
    }

    pub(crate) fn unsupported(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, Certainty::NotAttempted, detail)
    }

    pub(crate) fn with_answer(mut self, status: u16, headers: HeaderMap) -> Self {
        self.inner.status = Some(status);
        self.inner.headers = headers;
        self
    }

    pub(crate) fn with_scim(mut self, scim: ScimError) -> Self {
        self.inner.scim = Some(scim);
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.inner.retry_after = wait;
        self
    }

    pub(crate) fn with_certainty(mut self, certainty: Certainty) -> Self {
        self.inner.certainty = certainty;
        self
    }

    pub(crate) fn with_source(mut self, source: Arc<dyn std::error::Error + Send + Sync>) -> Self {
        self.inner.source = Some(source);
        self
    }

    pub(crate) fn within(mut self, context: impl fmt::Display) -> Self {
        self.inner.detail = format!("{context}: {}", self.inner.detail);
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// What is known about the effect. For a read it only says how far the request came.
    #[must_use]
    pub fn certainty(&self) -> Certainty {
        self.inner.certainty
    }

    /// What was expected and what was found; nothing secret.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.inner.detail
    }

    /// The HTTP status, if there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.inner.status
    }

    /// The peer's SCIM error, if the answer held one.
    #[must_use]
    pub fn scim(&self) -> Option<&ScimError> {
        self.inner.scim.as_ref()
    }

    /// The headers of the answer: rate limits, request ids.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.inner.headers
    }

    /// How long the peer asks to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.inner.retry_after
    }

    /// Whether the same call can succeed later without anybody changing anything.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self.inner.kind {
            ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Broken => true,
            ErrorKind::Answer => matches!(self.inner.status, Some(408 | 425 | 429 | 500 | 502 | 503 | 504)),
            _ => false,
        }
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.inner.kind.as_str())?;
        if self.inner.certainty == Certainty::Unknown {
            f.write_str(", outcome unknown")?;
        }
        write!(f, ": {}", self.inner.detail)
    }
}

impl fmt::Debug for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientError")
            .field("kind", &self.inner.kind)
            .field("certainty", &self.inner.certainty)
            .field("detail", &self.inner.detail)
            .field("status", &self.inner.status)
            .field("retry_after", &self.inner.retry_after)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for ClientError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.inner.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}
