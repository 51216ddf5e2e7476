//! Answers.

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE,
};
use http::{HeaderMap, Response, StatusCode};
use serde_json::Value;
use tenure_scim::bulk::BulkOutcome;
use tenure_scim::{Resource, ScimError};

use crate::job::Unfinished;

/// An answer before it becomes bytes; a bulk request puts many of them into one.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Option<Body>,
    pub(crate) headers: HeaderMap,
    /// What the system behind the service still works on.
    pub(crate) job: Option<Unfinished>,
    /// How the operations of a bulk request ended, where somebody else has to be told.
    pub(crate) parts: Vec<BulkOutcome>,
}

/// What an answer says.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    /// A message of the protocol.
    Message(Value),
    /// One resource. It is written as it is, so that no number is rounded.
    Resource(Resource),
    /// JSON that is written already.
    Text(String),
}

impl Body {
    /// The id of a resource.
    pub(crate) fn id(&self) -> Option<&str> {
        match self {
            Self::Resource(resource) => resource.id(),
            _ => None,
        }
    }

    /// The content of a message, for an answer that holds others.
    pub(crate) fn message(&self) -> Option<&Value> {
        match self {
            Self::Message(message) => Some(message),
            _ => None,
        }
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Self::Message(message) => message.to_string().into(),
            Self::Resource(resource) => resource.to_text().into(),
            Self::Text(text) => text.into(),
        }
    }
}

impl Reply {
    pub(crate) fn new(status: StatusCode, body: Option<Body>) -> Self {
        Self { status, body, headers: HeaderMap::new(), job: None, parts: Vec::new() }
    }

    pub(crate) fn ok(message: Value) -> Self {
        Self::new(StatusCode::OK, Some(Body::Message(message)))
    }

    /// The message of an error; that of anything else is not for another answer to hold.
    pub(crate) fn failure(&self) -> Option<Value> {
        let message = self.body.as_ref().and_then(Body::message);
        message.filter(|_| !self.status.is_success()).cloned()
    }

    pub(crate) fn no_content() -> Self {
        Self::new(StatusCode::NO_CONTENT, None)
    }

    /// The system behind the service took the request and works on it.
    pub(crate) fn unfinished(work: Unfinished) -> Self {
        Self { job: Some(work), ..Self::new(StatusCode::ACCEPTED, None) }
    }

    pub(crate) fn error(error: &ScimError) -> Self {
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_value(error).ok().map(Body::Message);
        let reply = Self::new(status, body);
        match error.status() {
            // SPEC: RFC 7644 section 2: a 401 names the scheme.
            401 => reply.with(WWW_AUTHENTICATE, "Bearer"),
            _ => reply,
        }
    }

    /// Adds a header; a text that no header can carry is left out.
    #[must_use]
    pub(crate) fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    #[must_use]
    pub(crate) fn located(self, location: Option<&str>) -> Self {
        match location {
            Some(location) => self.with(LOCATION, location),
            None => self,
        }
    }

    #[must_use]
    pub(crate) fn versioned(self, version: Option<&str>) -> Self {
        match version {
            Some(version) => self.with(ETAG, version),
            None => self,
        }
    }

    #[must_use]
    pub(crate) fn retry_after(self, wait: std::time::Duration) -> Self {
        // A client that waits a fraction less than it should is refused again, so the seconds are rounded up.
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.with(RETRY_AFTER, &seconds.max(1).to_string())
    }

    /// Makes the response. The content type follows what the client accepts.
    pub(crate) fn into_response(self, plain_json: bool) -> Response<Bytes> {
        let has_body = self.body.is_some();
        let mut response = Response::new(self.body.map(Body::into_bytes).unwrap_or_default());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        if has_body {
            let kind = if plain_json { "application/json" } else { "application/scim+json" };
            let kind = HeaderValue::from_static(kind);
            response.headers_mut().entry(CONTENT_TYPE).or_insert(kind);
        }
        response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        response
    }
}

impl From<ScimError> for Reply {
    fn from(error: ScimError) -> Self {
        Self::error(&error)
    }
}
