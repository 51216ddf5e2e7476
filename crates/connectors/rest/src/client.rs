use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tenure_connector::{Certainty, ConnectorError, Context, ErrorKind, Result, Secret};
use url::Url;

use crate::base::Base;
use crate::error::{answered, lost};
use crate::har::Recording;
use crate::request::{Answer, Request, Sent};
use crate::{Auth, ErrorRules, HarRecorder, Paging};

/// Sends the requests of one connector to one instance of one system. Cheap to clone.
///
/// Credentials go to the host of the base address and nowhere else. Debug shows no secret.
#[derive(Debug, Clone)]
pub struct RestClient {
    base: Base,
    auth: Auth,
    http: reqwest::Client,
    rules: Arc<ErrorRules>,
    user_agent: Arc<str>,
    headers: HeaderMap,
    timeout: Duration,
    max_body: usize,
    har: Recording,
    lists: Option<Lists>,
}

/// How the lists of an API go on, where they go on alike.
#[derive(Debug, Clone)]
pub(crate) struct Lists {
    pub(crate) paging: Paging,
    pub(crate) size: Arc<str>,
    pub(crate) largest: u32,
}

impl RestClient {
    /// Makes a client for the API at `base`. Make the `reqwest::Client` with [`http_client`](crate::http_client).
    ///
    /// An answer may take 30 seconds and 64 MiB.
    ///
    /// # Errors
    ///
    /// `Config`, when the address holds credentials or a query, or would carry credentials without TLS to another
    /// machine.
    pub fn new(base: Url, auth: Auth, http: reqwest::Client) -> Result<Self> {
        Ok(Self {
            base: Base::check(base, false)?,
            auth,
            http,
            rules: Arc::default(),
            headers: HeaderMap::new(),
            user_agent: concat!("tenure-connector/", env!("CARGO_PKG_VERSION")).into(),
            timeout: Duration::from_secs(30),
            max_body: 64 * 1024 * 1024,
            har: Recording::default(),
            lists: None,
        })
    }

    /// Sets what the vendor's errors mean.
    #[must_use]
    pub fn with_rules(mut self, rules: ErrorRules) -> Self {
        self.rules = Arc::new(rules);
        self
    }

    /// Sets how long a request may take; a shorter deadline of a call counts too.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the largest answer in bytes.
    #[must_use]
    pub fn with_max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Sets the `User-Agent` header.
    #[must_use]
    pub fn with_user_agent(mut self, text: &str) -> Self {
        self.user_agent = text.into();
        self
    }

    /// Sends a header with every request that has none of this name: a version of the API, a media type.
    ///
    /// # Errors
    ///
    /// `Config`, when the name or the value is none that HTTP allows.
    pub fn with_header(mut self, name: &str, value: &str) -> Result<Self> {
        let wrong = || {
            ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted)
                .with_detail(format!("the header `{name}` has a name or a value that HTTP does not allow"))
        };
        let parsed: HeaderName = name.parse().map_err(|_| wrong())?;
        self.headers.insert(parsed, HeaderValue::from_str(value).map_err(|_| wrong())?);
        Ok(self)
    }

    /// Records every request and its answer, without their secrets.
    #[must_use]
    pub fn with_har(mut self, har: HarRecorder) -> Self {
        self.har = Recording::default();
        self.har.put(har);
        self
    }

    pub(crate) fn recorded_by(mut self, har: Recording) -> Self {
        self.har = har;
        self
    }

    /// Says how the lists of this API go on, the parameter with the size of a page, and the largest page: what
    /// [`list`](Self::list) uses.
    #[must_use]
    pub fn with_lists(mut self, paging: Paging, size: &str, largest: u32) -> Self {
        self.lists = Some(Lists { paging, size: size.into(), largest });
        self
    }

    /// The same client, whose lists come in one piece.
    #[must_use]
    pub fn without_lists(&self) -> Self {
        Self { lists: None, ..self.clone() }
    }

    /// The client for the addresses below this one, such as a version of the API.
    ///
    /// # Errors
    ///
    /// `InvalidInput`, when a segment is empty or a dot.
    pub fn below(mut self, segments: &[&str]) -> Result<Self> {
        self.base = self.base.below(segments)?;
        Ok(self)
    }

    pub(crate) fn lists(&self) -> Option<&Lists> {
        self.lists.as_ref()
    }

    /// Starts a request to the address below the base with these path segments, each of which is encoded.
    ///
    /// # Errors
    ///
    /// `InvalidInput`, when a segment is empty or a dot, which would lead to another address.
    pub fn request(&self, method: Method, segments: &[&str]) -> Result<Request> {
        Ok(Request::new(method, self.base.join(segments)?))
    }

    /// Starts a GET; see [`request`](Self::request).
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub fn get(&self, segments: &[&str]) -> Result<Request> {
        self.request(Method::GET, segments)
    }

    /// Starts a POST; see [`request`](Self::request).
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub fn post(&self, segments: &[&str]) -> Result<Request> {
        self.request(Method::POST, segments)
    }

    /// Starts a PUT; see [`request`](Self::request).
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub fn put(&self, segments: &[&str]) -> Result<Request> {
        self.request(Method::PUT, segments)
    }

    /// Starts a PATCH; see [`request`](Self::request).
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub fn patch(&self, segments: &[&str]) -> Result<Request> {
        self.request(Method::PATCH, segments)
    }

    /// Starts a DELETE; see [`request`](Self::request).
    ///
    /// # Errors
    ///
    /// As [`request`](Self::request).
    pub fn delete(&self, segments: &[&str]) -> Result<Request> {
        self.request(Method::DELETE, segments)
    }

    /// Sends a request once. After 401 it asks the credentials for new ones and sends it once more, if there are any.
    ///
    /// # Errors
    ///
    /// Any status but success, as the [`ErrorRules`] read it; `Timeout`, `Unavailable` or `Protocol`, when there is no
    /// usable answer. After a write that may have happened the certainty is `Unknown`.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the outcome of a write unknown.
    pub async fn send(&self, ctx: &Context, request: &Request) -> Result<Answer> {
        let mut refused: Option<Secret> = None;
        loop {
            let credentials = self.auth.header(refused.as_ref()).await?;
            let (status, headers, body) = self.attempt(ctx, request, credentials.as_ref()).await?;
            if status == StatusCode::UNAUTHORIZED && refused.is_none() && self.auth.can_renew() {
                refused = credentials.map(|(_, value)| value);
                continue;
            }
            if status.is_success() && !self.rules.fails_in_success(&body)
                || status == StatusCode::NOT_MODIFIED
            {
                return Ok(Answer::new(status.as_u16(), headers, body, !request.reads));
            }
            return Err(answered(&self.rules, status.as_u16(), &headers, &body, request.reads));
        }
    }

    /// Reads an answer that came within another one, as batches have them: what a request got, or the error that it stands
    /// for.
    ///
    /// # Errors
    ///
    /// Any status but success, as the [`ErrorRules`] read it.
    pub fn read(
        &self,
        request: &Request,
        status: u16,
        headers: &[(&str, &str)],
        body: &serde_json::Value,
    ) -> Result<Answer> {
        let mut own = HeaderMap::new();
        for (name, value) in headers {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
                own.insert(name, value);
            }
        }
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        match status {
            200..=299 if !self.rules.fails_in_success(&body) => {
                Ok(Answer::new(status, own, body, !request.reads))
            }
            _ => Err(answered(&self.rules, status, &own, &body, request.reads)),
        }
    }

    /// Sends a request and reads its answer as JSON.
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send) and [`Answer::json`].
    pub async fn json(&self, ctx: &Context, request: &Request) -> Result<serde_json::Value> {
        self.send(ctx, request).await?.json()
    }

    /// As [`json`](Self::json); nothing for "not found".
    ///
    /// # Errors
    ///
    /// As [`json`](Self::json).
    pub async fn try_json(&self, ctx: &Context, request: &Request) -> Result<Option<serde_json::Value>> {
        crate::absent(self.json(ctx, request).await)
    }

    /// The claims of the token that is sent now, when it is a JSON Web Token that shows them. Nothing is verified: they
    /// serve to tell which permissions the system gave.
    ///
    /// # Errors
    ///
    /// Those of the source of tokens.
    pub async fn claims(&self) -> Result<Option<serde_json::Value>> {
        self.auth.claims().await
    }

    /// The bearer token that is sent now, for vendors that tell elsewhere what a token may do. It goes to its own vendor and
    /// to nobody else.
    ///
    /// # Errors
    ///
    /// Those of the source of tokens.
    pub async fn token(&self) -> Result<Option<Secret>> {
        let sent = self.auth.header(None).await?;
        Ok(sent.and_then(|(_, value)| value.expose().strip_prefix("Bearer ").map(Secret::new)))
    }

    async fn attempt(
        &self,
        ctx: &Context,
        request: &Request,
        credentials: Option<&(String, Secret)>,
    ) -> Result<(StatusCode, HeaderMap, Bytes)> {
        let url = request.address();
        // A request that was made for another client must not carry this one's credentials there.
        self.base.given(url.as_str())?;
        let timeout = ctx.deadline().map_or(self.timeout, |deadline| deadline.min(self.timeout));
        let mut headers = self.headers.clone();
        headers.extend(request.headers.clone());
        let mut sent = self
            .http
            .request(request.method.clone(), url)
            .timeout(timeout)
            .header("user-agent", self.user_agent.as_ref())
            .headers(headers.clone());
        if !headers.contains_key("accept") {
            sent = sent.header("accept", "application/json");
        }
        if let Some((name, value)) = credentials {
            let mut value = HeaderValue::from_str(value.expose()).map_err(|_| {
                ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted)
                    .with_detail("expected credentials that fit into a header")
            })?;
            value.set_sensitive(true);
            sent = sent.header(name, value);
        }
        sent = match &request.body {
            Some(Sent::Json(body)) if request.headers.contains_key("content-type") => {
                sent.body(body.to_string())
            }
            Some(Sent::Json(body)) => sent.json(body),
            Some(Sent::Form(fields)) => sent.form(fields),
            None => sent,
        };
        let sent = sent.build().map_err(|error| lost(error, request.reads))?;
        let Some(har) = self.har.get() else { return self.exchange(request, sent).await };
        let body = sent.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
        let recorded = har.begin(sent.method(), sent.url(), sent.headers(), body);
        let answer = self.exchange(request, sent).await;
        match &answer {
            Ok((status, headers, body)) => recorded.answered(status.as_u16(), headers, body),
            Err(error) => recorded.failed(error.detail()),
        }
        answer
    }

    async fn exchange(
        &self,
        request: &Request,
        sent: reqwest::Request,
    ) -> Result<(StatusCode, HeaderMap, Bytes)> {
        let origin = sent.url().origin();
        let mut answer = self.http.execute(sent).await.map_err(|error| lost(error, request.reads))?;
        let status = answer.status();
        tracing::debug!(method = %request.method, status = status.as_u16(), "the system answered");
        if answer.url().origin() != origin {
            let detail = "the answer came from another host, after a redirect";
            return Err(self.unusable(request, status, detail));
        }
        let headers = answer.headers().clone();
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| lost(error, request.reads))? {
            if body.len() + chunk.len() > self.max_body {
                let detail = format!("the answer has more than {} bytes", self.max_body);
                return Err(self.unusable(request, status, &detail));
            }
            body.extend_from_slice(&chunk);
        }
        Ok((status, headers, body.freeze()))
    }

    fn unusable(&self, request: &Request, status: StatusCode, detail: &str) -> ConnectorError {
        let certainty = if request.reads { Certainty::NotAttempted } else { Certainty::Unknown };
        ConnectorError::new(ErrorKind::Protocol, certainty)
            .with_http_status(status.as_u16())
            .with_detail(format!("{detail} (from {})", self.base.url().host_str().unwrap_or_default()))
    }
}
