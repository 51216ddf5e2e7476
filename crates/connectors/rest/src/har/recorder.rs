use std::collections::VecDeque;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, SecondsFormat, Utc};
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};
use url::Url;

use super::body;
use super::entry::{Content, Entry, Nothing, Pair, PostData, Request, Response, Timings};
use super::redact::Redactor;
use crate::Clock;

/// Keeps the last exchanges over HTTP, without the secrets in them, to be written as a HAR 1.2 document. Cheap to
/// clone; the clones record into one document.
///
/// It records at the transport, below retries: each attempt is an entry. Give it to
/// [`RestClient::with_har`](crate::RestClient::with_har); a transport of the program's own calls
/// [`begin`](Self::begin). Requests for OAuth tokens are not recorded.
///
/// Masked are the headers, parameters, members of JSON and fields of forms whose name stands for a secret
/// (`Authorization`, cookies, tokens, passwords, keys, assertions), values of a PATCH whose path does, headers that are
/// marked as sensitive, credentials in addresses, and whatever else has the form of a JWT. A text that was masked once
/// is masked wherever it stands again. A body that is neither JSON nor a form is not kept at all. Names, e-mail
/// addresses and other personal data stay: treat the document like the data itself.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use chrono::DateTime;
/// use http::{HeaderMap, Method};
/// use tenure_connector_rest::HarRecorder;
///
/// let har = HarRecorder::new(Arc::new(|| DateTime::UNIX_EPOCH));
/// let url = "https://api.example.com/users?limit=5&api_key=hunter2".parse()?;
/// let exchange = har.begin(&Method::GET, &url, &HeaderMap::new(), b"");
/// exchange.answered(200, &HeaderMap::new(), br#"{ "id": 7, "password": "correct horse" }"#);
///
/// let entry = &har.to_json()["log"]["entries"][0];
/// assert_eq!(entry["request"]["url"], "https://api.example.com/users?limit=5&api_key=***");
/// assert_eq!(entry["response"]["content"]["text"], r#"{"id":7,"password":"***"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct HarRecorder {
    clock: Clock,
    options: HarOptions,
    kept: Arc<Mutex<Kept>>,
}

/// How much a [`HarRecorder`] keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HarOptions {
    /// The most exchanges; the oldest go first.
    pub max_entries: usize,
    /// The longest body that is kept, in bytes; a longer one is left out as a whole.
    pub max_body: usize,
}

impl Default for HarOptions {
    fn default() -> Self {
        Self { max_entries: 1_000, max_body: 256 * 1024 }
    }
}

#[derive(Default)]
struct Kept {
    entries: VecDeque<Entry>,
    dropped: usize,
    redactor: Redactor,
    file: Option<PathBuf>,
}

/// A request that waits for its answer. One that is dropped is recorded as cancelled.
#[must_use = "an exchange that is dropped counts as cancelled"]
pub struct HarExchange {
    recorder: HarRecorder,
    started: DateTime<Utc>,
    request: Option<Request>,
}

impl HarRecorder {
    /// Records with the default limits.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, options: HarOptions::default(), kept: Arc::default() }
    }

    /// Sets the limits.
    #[must_use]
    pub fn with_options(mut self, options: HarOptions) -> Self {
        self.options = options;
        self
    }

    /// Writes the document to this file, in place of what is there, when the last clone is dropped.
    #[must_use]
    pub fn saved_to(self, file: impl Into<PathBuf>) -> Self {
        self.lock().file = Some(file.into());
        self
    }

    /// Records a request that is about to be sent, with all its headers.
    pub fn begin(&self, method: &Method, url: &Url, headers: &HeaderMap, body: &[u8]) -> HarExchange {
        let started = (self.clock)();
        let mut kept = self.lock();
        let redactor = &mut kept.redactor;
        let headers_kept = redactor.headers(headers);
        let url = redactor.url(url);
        let query = url.query_pairs().map(|(name, value)| Pair { name: name.into(), value: value.into() });
        let recorded = body::record(redactor, headers, body, self.options.max_body);
        let post_data = (!body.is_empty()).then(|| PostData {
            mime_type: recorded.mime,
            text: recorded.text.unwrap_or_default(),
            comment: recorded.comment,
        });
        let request = Request {
            method: method.as_str().to_owned(),
            url: url.to_string(),
            http_version: HTTP,
            cookies: [],
            headers: headers_kept,
            query_string: query.collect(),
            post_data,
            headers_size: -1,
            body_size: body.len(),
        };
        drop(kept);
        HarExchange { recorder: self.clone(), started, request: Some(request) }
    }

    /// The document so far.
    #[must_use]
    pub fn to_json(&self) -> Value {
        self.lock().document()
    }

    fn finish(&self, started: DateTime<Utc>, request: Request, response: Response) {
        let time = ((self.clock)() - started).num_milliseconds().max(0);
        let entry = Entry {
            started_date_time: started.to_rfc3339_opts(SecondsFormat::Millis, true),
            time,
            request,
            response,
            cache: Nothing {},
            timings: Timings { send: 0, wait: time, receive: 0 },
        };
        let mut kept = self.lock();
        kept.entries.push_back(entry);
        while kept.entries.len() > self.options.max_entries {
            kept.entries.pop_front();
            kept.dropped += 1;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn document(&self) -> Value {
        let mut log = json!({
            "version": "1.2",
            "creator": { "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") },
            "entries": self.entries,
        });
        if let (true, Some(log)) = (self.dropped > 0, log.as_object_mut()) {
            log.insert("comment".to_owned(), format!("{} earlier entries were dropped", self.dropped).into());
        }
        let mut document = json!({ "log": log });
        // A secret can be learned after an entry that shows it.
        sweep(&self.redactor, &mut document);
        document
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let Some(file) = &self.file else { return };
        if let Err(error) = std::fs::write(file, self.document().to_string()) {
            tracing::warn!(file = %file.display(), %error, "the recording cannot be written");
        }
    }
}

impl HarExchange {
    /// Records the answer.
    pub fn answered(mut self, status: u16, headers: &HeaderMap, body: &[u8]) {
        let Some(request) = self.request.take() else { return };
        let most = self.recorder.options.max_body;
        let response = {
            let redactor = &mut self.recorder.lock().redactor;
            let recorded = body::record(redactor, headers, body, most);
            let headers = redactor.headers(headers);
            let location = headers.iter().find(|pair| pair.name == "location");
            let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
            Response {
                status,
                status_text: reason.unwrap_or_default().to_owned(),
                http_version: HTTP,
                redirect_url: location.map(|pair| pair.value.clone()).unwrap_or_default(),
                headers,
                content: Content {
                    size: body.len(),
                    mime_type: recorded.mime,
                    text: recorded.text,
                    comment: recorded.comment,
                },
                headers_size: -1,
                body_size: i64::try_from(body.len()).unwrap_or(i64::MAX),
                ..Response::default()
            }
        };
        self.recorder.finish(self.started, request, response);
    }

    /// Records that there was no whole answer, and why.
    pub fn failed(mut self, why: &str) {
        self.fail(why);
    }

    fn fail(&mut self, why: &str) {
        let Some(request) = self.request.take() else { return };
        let why = self.recorder.lock().redactor.text(why);
        let response = Response {
            http_version: HTTP,
            headers_size: -1,
            body_size: -1,
            comment: Some(why),
            ..Response::default()
        };
        self.recorder.finish(self.started, request, response);
    }
}

impl Drop for HarExchange {
    fn drop(&mut self) {
        self.fail("cancelled");
    }
}

fn sweep(redactor: &Redactor, value: &mut Value) {
    match value {
        Value::String(text) => redactor.sweep(text),
        Value::Array(elements) => elements.iter_mut().for_each(|element| sweep(redactor, element)),
        Value::Object(members) => members.values_mut().for_each(|member| sweep(redactor, member)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl fmt::Debug for HarRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.lock().entries.len();
        f.debug_struct("HarRecorder")
            .field("options", &self.options)
            .field("entries", &entries)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for HarExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HarExchange").field("started", &self.started).finish_non_exhaustive()
    }
}

const HTTP: &str = "HTTP/1.1";
