use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use serde_json::Value;
use tenure_connector::Secret;

/// Sends requests to one host. A program implements it with its HTTP client, a test with a fake.
#[async_trait]
pub trait Http: Send + Sync + fmt::Debug {
    /// Sends a request and waits for the answer, whatever its status.
    ///
    /// # Errors
    ///
    /// When there is no answer.
    async fn send(&self, request: Request) -> Result<Response, Lost>;
}

/// A request, without the host.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, `POST`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// The parts of the path; whoever sends them encodes each.
    pub path: Vec<String>,
    /// The query; whoever sends it encodes names and values.
    pub query: Vec<(&'static str, String)>,
    /// The bearer token.
    pub token: Secret,
    /// The JSON body.
    pub body: Option<Value>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers, by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The JSON body; `null` when there is none.
    pub body: Value,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// The request was not sent: no connection.
    NotSent,
    /// The request was sent, and no answer came in time.
    NoAnswer,
}
