mod dry_run;
mod http;
mod wire;

use std::fmt;
use std::time::Duration;

use ::http::{Request, Response};
use async_trait::async_trait;
use bytes::Bytes;

pub use self::dry_run::DryRun;
pub use self::http::HttpTransport;
pub use self::wire::WireRequest;

/// Carries one request to the peer and its answer back.
///
/// [`HttpTransport`] does so over the network. Others stand in its place: [`DryRun`] writes down what would be sent; a
/// program can hand requests to a service in the same process, record them, or send them through its own stack.
#[async_trait]
pub trait Transport: Send + Sync + fmt::Debug {
    /// Sends a request once: no repeat, no redirect, the whole answer or an error.
    ///
    /// # Errors
    ///
    /// When there is no whole answer within the terms. An answer with an error status is an answer.
    async fn send(&self, request: Request<Bytes>, terms: Terms) -> Result<Response<Bytes>, TransportError>;
}

/// The limits of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// How long it may take until the last byte of the answer is read.
    pub timeout: Duration,
    /// The largest body of the answer in bytes.
    pub max_body: usize,
}

/// How far a request came that has no whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportFailure {
    /// The request cannot be sent at all.
    Request,
    /// No connection was made.
    Connect,
    /// The time was over.
    Timeout,
    /// The connection ended in the middle.
    Broken,
    /// The answer is larger than allowed.
    TooLarge,
    /// The answer came from another address than the request was sent to.
    Elsewhere,
}

/// A request without a whole answer.
#[derive(Debug, thiserror::Error)]
#[error("{detail}")]
pub struct TransportError {
    /// How far it came.
    pub failure: TransportFailure,
    detail: String,
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl TransportError {
    /// Makes an error; the detail holds nothing secret.
    #[must_use]
    pub fn new(failure: TransportFailure, detail: impl Into<String>) -> Self {
        Self { failure, detail: detail.into(), source: None }
    }

    /// Adds the error beneath this one.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}
