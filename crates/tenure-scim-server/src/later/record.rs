//! An accepted request as text.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, Request};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenure_connector::JobRef;

use crate::auth::{Me, Principal};
use crate::dispatch::Admitted;
use crate::job::Unfinished;

/// What is known of an accepted request.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Record {
    /// Who sent it: nobody else is told of it.
    pub(super) principal: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    me: Option<(String, String)>,
    /// What was sent, until it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sent: Option<Sent>,
    /// What the system behind the service works on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) job: Option<JobRef>,
    /// How it ended: the claims of its event, or of all its events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) claims: Option<Value>,
}

/// A request. Of its headers only those that say what it means: no credential.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Sent {
    id: String,
    pub(super) key: String,
    method: String,
    uri: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Record {
    pub(super) fn of(request: &Admitted) -> Self {
        let Principal { name, me } = &request.principal;
        Self {
            principal: name.clone(),
            me: me.as_ref().map(|me| (me.resource_type.clone(), me.id.clone())),
            ..Self::default()
        }
    }

    /// With what was sent, so that it can be done later; `None` when it is no text.
    pub(super) fn with_request(mut self, request: &Admitted) -> Option<Self> {
        let sent = &request.request;
        self.sent = Some(Sent {
            id: request.id.clone(),
            key: request.key().text,
            method: sent.method().to_string(),
            uri: sent.uri().to_string(),
            headers: headers(sent.headers()),
            body: std::str::from_utf8(sent.body()).ok()?.to_owned(),
        });
        Some(self)
    }

    pub(super) fn with_job(mut self, work: &Unfinished) -> Self {
        self.job = Some(work.job.clone());
        self
    }

    /// How it ended, without what was sent.
    pub(super) fn ended(self, claims: Value) -> Self {
        Self { sent: None, job: None, claims: Some(claims), ..self }
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(super) fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn who(&self) -> Principal {
        let me = self.me.clone().map(|(resource_type, id)| Me { resource_type, id });
        Principal { name: self.principal.clone(), me }
    }
}

impl Sent {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn request(&self) -> Option<Request<Bytes>> {
        let mut request = Request::builder().method(self.method.as_str()).uri(self.uri.as_str());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.body(Bytes::from(self.body.clone())).ok()
    }
}

fn headers(all: &HeaderMap) -> Vec<(String, String)> {
    let values = |name: &HeaderName| {
        let values = all.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.map(|value| (name.as_str().to_owned(), value.to_owned())).collect::<Vec<_>>()
    };
    MEANINGFUL.iter().flat_map(values).collect()
}

const MEANINGFUL: [HeaderName; 3] = [CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH];
