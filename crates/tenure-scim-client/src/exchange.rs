use std::sync::Arc;

use bytes::Bytes;
use http::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderValue, IF_MATCH, IF_NONE_MATCH, LOCATION, USER_AGENT,
};
use http::{HeaderMap, Method, Request, StatusCode};
use serde_json::Value;
use url::Url;

use crate::client::Core;
use crate::retry::retry_after;
use crate::transport::{Terms, TransportError, TransportFailure};
use crate::{Certainty, Claim, ClientError, ErrorKind, Result, body, reply};

const SCIM_JSON: &str = "application/scim+json";
const JSON: &str = "application/json";
const REDIRECTS: usize = 3;

/// One request before it is dressed with credentials.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) body: Option<Value>,
    pub(crate) if_match: Option<String>,
    pub(crate) if_none_match: Option<String>,
    /// Whether it changes anything at the peer.
    pub(crate) writes: bool,
    /// Whether it may be sent again although the first one may have been carried out.
    pub(crate) repeatable: bool,
}

/// The answer to a call that succeeded.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    pub(crate) fn read(url: Url) -> Self {
        Self {
            method: Method::GET,
            url,
            body: None,
            if_match: None,
            if_none_match: None,
            writes: false,
            repeatable: true,
        }
    }

    /// A search: a read that is sent with a body.
    pub(crate) fn search(url: Url, body: Value) -> Self {
        Self { method: Method::POST, body: Some(body), ..Self::read(url) }
    }

    pub(crate) fn write(method: Method, url: Url, body: Option<Value>) -> Self {
        let repeatable = matches!(method, Method::PUT | Method::DELETE);
        Self { method, body, writes: true, repeatable, ..Self::read(url) }
    }

    /// Asks the peer to refuse unless the resource has this version; a repeat would then refuse itself.
    pub(crate) fn expecting(mut self, version: Option<&str>) -> Self {
        self.if_match = version.map(str::to_owned);
        self.repeatable &= version.is_none();
        self
    }
}

impl Core {
    /// Sends a call and tries again where that is safe. Any status but success and "not modified" is an error.
    pub(crate) async fn send(&self, call: &Call) -> Result<Answer> {
        let mut waits = self.retry.as_ref().map(|policy| policy.waits());
        loop {
            if let (Some(pace), Some(timer)) = (&self.pace, &self.timer) {
                pace.take(call.writes, timer.as_ref()).await;
            }
            let error = match self.attempt(call).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let safe = call.repeatable || error.certainty() != Certainty::Unknown;
            let next = waits.as_mut().filter(|_| safe && error.is_temporary()).and_then(Iterator::next);
            let (Some(computed), Some(timer)) = (next, &self.timer) else {
                return Err(error);
            };
            let wait = error.retry_after().map_or(computed, |asked| asked.max(computed));
            if error.retry_after().is_some_and(|asked| asked > self.limits.wait) {
                return Err(error);
            }
            tracing::debug!(?wait, status = error.status(), kind = ?error.kind(), "trying again after a wait");
            timer.sleep(wait).await;
        }
    }

    async fn attempt(&self, call: &Call) -> Result<Answer> {
        let mut url = call.url.clone();
        let mut credentials = self.auth.value(None).await?;
        let mut renewed = !self.auth.can_renew();
        for _ in 0..=REDIRECTS {
            let request = self.dress(call, &url, credentials.clone())?;
            let terms = Terms { timeout: self.limits.attempt, max_body: self.limits.answer };
            let answer = self.transport.send(request, terms).await.map_err(|error| lost(call, error))?;
            let (parts, body) = answer.into_parts();
            tracing::debug!(method = %call.method, status = parts.status.as_u16(), "the peer answered");
            match parts.status {
                StatusCode::UNAUTHORIZED if !renewed => {
                    renewed = true;
                    let refused = credentials.as_ref().map(|(_, value)| value);
                    credentials = self.auth.value(refused).await?;
                }
                StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => {
                    url = self.redirected(&url, &parts.headers)?;
                }
                status if status.is_success() || status == StatusCode::NOT_MODIFIED => {
                    let mut headers = parts.headers;
                    // A web framework adds an ETag of its own, which no `If-Match` is compared with.
                    if self.peer.as_deref().is_some_and(|peer| peer.features.etag == Claim::No) {
                        headers.remove(ETAG);
                    }
                    return Ok(Answer { status: status.as_u16(), headers, body });
                }
                status => return Err(refused(call, status, parts.headers, &body)),
            }
        }
        let detail = format!("the peer redirected more than {REDIRECTS} times");
        Err(ClientError::new(ErrorKind::Protocol, Certainty::Refused, detail))
    }

    /// Where a redirect leads; never to another host, where the credentials are not meant to go.
    fn redirected(&self, from: &Url, headers: &HeaderMap) -> Result<Url> {
        let target = reply::text(headers, LOCATION.as_str()).and_then(|to| from.join(to).ok());
        target.filter(|to| self.base.same_origin(to)).ok_or_else(|| {
            let detail = "the peer redirected to another host, or nowhere";
            ClientError::new(ErrorKind::Protocol, Certainty::Refused, detail)
        })
    }

    fn dress(
        &self,
        call: &Call,
        url: &Url,
        credentials: Option<(http::HeaderName, HeaderValue)>,
    ) -> Result<Request<Bytes>> {
        let json = if self.dialect.plain_json { JSON } else { SCIM_JSON };
        let accept = if self.dialect.plain_json {
            "application/json, application/scim+json;q=0.9"
        } else {
            "application/scim+json, application/json;q=0.9"
        };
        let mut request = Request::builder()
            .method(call.method.clone())
            .uri(url.as_str())
            .header(USER_AGENT, self.user_agent.as_ref())
            .header(ACCEPT, accept);
        if call.body.is_some() {
            request = request.header(CONTENT_TYPE, json);
        }
        if let Some(version) = &call.if_match {
            request = request.header(IF_MATCH, version);
        }
        if let Some(version) = &call.if_none_match {
            request = request.header(IF_NONE_MATCH, version);
        }
        if let Some(id) = &self.correlation {
            request = request.header("x-request-id", id.as_ref());
        }
        if let Some((name, value)) = credentials {
            debug_assert!(name != AUTHORIZATION || value.is_sensitive());
            request = request.header(name, value);
        }
        let body = call.body.as_ref().map(|body| body.to_string().into()).unwrap_or_default();
        request.body(body).map_err(|error| {
            ClientError::config("the request holds a header or an address that HTTP does not allow")
                .with_source(Arc::new(error))
        })
    }
}

fn lost(call: &Call, error: TransportError) -> ClientError {
    let (kind, certainty) = match error.failure {
        TransportFailure::Request => (ErrorKind::Config, Certainty::NotAttempted),
        TransportFailure::Connect => (ErrorKind::Connect, Certainty::NotAttempted),
        TransportFailure::Timeout => (ErrorKind::Timeout, Certainty::Unknown),
        TransportFailure::Broken => (ErrorKind::Broken, Certainty::Unknown),
        TransportFailure::TooLarge => (ErrorKind::TooLarge, Certainty::Unknown),
        TransportFailure::Elsewhere => (ErrorKind::Protocol, Certainty::Unknown),
    };
    let certainty = if call.writes { certainty } else { Certainty::NotAttempted };
    ClientError::new(kind, certainty, error.to_string()).with_source(Arc::new(error))
}

fn refused(call: &Call, status: StatusCode, headers: HeaderMap, bytes: &[u8]) -> ClientError {
    let wait = retry_after(&headers);
    // A gateway or a handler that fails in the middle answers 5xx; one that turns work away says when to come again.
    let unclear = call.writes && status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED;
    let turned_away = status == StatusCode::SERVICE_UNAVAILABLE && wait.is_some();
    let certainty = if unclear && !turned_away { Certainty::Unknown } else { Certainty::Refused };
    let scim = body::error(status.as_u16(), bytes);
    let detail = match &scim {
        Some(scim) => scim.to_string(),
        None => format!("{} without a SCIM error", status.as_u16()),
    };
    let error = ClientError::new(ErrorKind::Answer, certainty, detail)
        .with_answer(status.as_u16(), headers)
        .with_retry_after(wait);
    match scim {
        Some(scim) => error.with_scim(scim),
        None => error,
    }
}
