use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tenure_connector::{Certainty, ConnectorError, ErrorKind, RateSignal, Result};
use url::Url;

/// One request of a connector, before it is dressed with credentials.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Sent>,
    pub(crate) reads: bool,
}

/// What a request carries.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Sent {
    Json(Value),
    Form(Vec<(String, String)>),
}

/// The answer to a request that succeeded.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// Whether the request could have changed something.
    wrote: bool,
}

impl Request {
    pub(crate) fn new(method: Method, url: Url) -> Self {
        let reads = matches!(method, Method::GET | Method::HEAD);
        Self { method, url, query: Vec::new(), headers: HeaderMap::new(), body: None, reads }
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The address without its parameters: what may be told and recorded.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Adds a parameter to the address.
    #[must_use]
    pub fn with_query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// Sets a parameter of the address in place of one with the same name.
    #[must_use]
    pub fn with_only_query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.retain(|(other, _)| other != name);
        self.with_query(name, value)
    }

    /// Adds a header.
    ///
    /// # Errors
    ///
    /// `InvalidInput`, when the name or the value is none that HTTP allows.
    pub fn with_header(mut self, name: &str, value: &str) -> Result<Self> {
        let wrong = || {
            ConnectorError::new(ErrorKind::InvalidInput, Certainty::NotAttempted)
                .with_detail(format!("the header `{name}` has a name or a value that HTTP does not allow"))
        };
        let name: HeaderName = name.parse().map_err(|_| wrong())?;
        self.headers.insert(name.clone(), HeaderValue::from_str(value).map_err(|_| wrong())?);
        Ok(self)
    }

    /// Sends this as JSON.
    ///
    /// # Errors
    ///
    /// `InvalidInput`, when it cannot be written as JSON.
    pub fn with_json(mut self, body: &impl Serialize) -> Result<Self> {
        let value = serde_json::to_value(body).map_err(|error| {
            ConnectorError::new(ErrorKind::InvalidInput, Certainty::NotAttempted)
                .with_detail("the body cannot be written as JSON")
                .with_source(error)
        })?;
        self.body = Some(Sent::Json(value));
        Ok(self)
    }

    /// Sends these fields as a form.
    #[must_use]
    pub fn with_form(mut self, fields: &[(&str, &str)]) -> Self {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.body = Some(Sent::Form(fields.collect()));
        self
    }

    /// Says that the request changes nothing although its method could, such as a search by POST.
    #[must_use]
    pub fn reading(mut self) -> Self {
        self.reads = true;
        self
    }

    /// The value of a parameter of the address.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The whole address.
    pub(crate) fn address(&self) -> Url {
        let mut url = self.url.clone();
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        url
    }
}

impl Answer {
    pub(crate) fn new(status: u16, headers: HeaderMap, body: Bytes, wrote: bool) -> Self {
        Self { status, headers, body, wrote }
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    ///
    /// `Protocol`, when it is not what was expected; of unknown certainty after a write, which has happened.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let certainty = if self.wrote { Certainty::Unknown } else { Certainty::NotAttempted };
            ConnectorError::new(ErrorKind::Protocol, certainty)
                .with_http_status(self.status)
                .with_detail(format!("the answer is not the expected JSON: {error}"))
        })
    }

    /// What the system said about its rate limit.
    #[must_use]
    pub fn rate(&self) -> Option<RateSignal> {
        crate::rate_signal(&self.headers)
    }

    /// The id under which the system logged the request, by the header names in common use.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.headers)
    }

    pub(crate) fn value(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    const NAMES: [&str; 7] = [
        "x-request-id",
        "request-id",
        "x-okta-request-id",
        "x-zendesk-request-id",
        "x-github-request-id",
        "x-slack-req-id",
        "x-correlation-id",
    ];
    let text = |name: &str| headers.get(name)?.to_str().ok().filter(|text| !text.is_empty());
    NAMES.into_iter().find_map(text)
}
