use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;
use chrono::DateTime;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{Call, Document, Reply};
use crate::conformance::FaultPort;

/// A vendor's system: its state, and what it answers.
pub trait Vendor: fmt::Debug + Send + 'static {
    /// Answers one call.
    fn answer(&mut self, call: &Call) -> Reply;

    /// Refuses a call because there were too many.
    fn throttle(&self, retry_after: Option<Duration>) -> Reply {
        let reply = Reply::json(429, json!({ "error": "too many requests" }));
        match retry_after {
            Some(wait) => reply.header("retry-after", wait.as_secs()),
            None => reply,
        }
    }

    /// Makes every token of changes too old; false when tokens of this vendor have no end.
    fn expire_tokens(&mut self) -> bool {
        false
    }
}

/// A vendor's system that listens on loopback, on a thread of its own. Cheap to clone; it stops with its last clone.
pub struct Fake<V> {
    address: String,
    inner: Arc<Mutex<Inner<V>>>,
    running: Arc<oneshot::Sender<()>>,
}

struct Inner<V> {
    vendor: V,
    now: i64,
    documents: Vec<Document>,
    throttle_next: Option<Option<Duration>>,
    lose_next: bool,
    seen: Vec<String>,
}

/// How long a lost answer is held back; a client has to give up before.
const LOST: Duration = Duration::from_secs(5);
/// 2026-03-02T09:00:00Z, a Monday.
const BEGIN: i64 = 1_772_442_000;

impl<V: Vendor> Fake<V> {
    /// Starts the system on a free port. Its clock stands at 2026-03-02T09:00:00Z until it is moved.
    ///
    /// # Errors
    ///
    /// No port is free, or no thread can be started.
    pub fn start(vendor: V) -> io::Result<Self> {
        let inner = Arc::new(Mutex::new(Inner {
            vendor,
            now: BEGIN,
            documents: Vec::new(),
            throttle_next: None,
            lose_next: false,
            seen: Vec::new(),
        }));
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = format!("http://{}", listener.local_addr()?);
        let (running, stopped) = oneshot::channel();
        let app = Router::new().fallback(serve::<V>).with_state(Arc::clone(&inner));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        std::thread::Builder::new().name("fake".to_owned()).spawn(move || {
            runtime.block_on(async {
                let serving = std::pin::pin!(async { axum::serve(listener, app).await });
                futures_util::future::select(serving, stopped).await;
            });
        })?;
        Ok(Self { address, inner, running: Arc::new(running) })
    }

    /// Checks every answer against the vendor's description, which is read from this file. An answer that breaks it
    /// becomes the status 500, and stands in [`requests`](Self::requests). May be called once for each of several
    /// descriptions: the first that knows the address counts.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn checked_against(self, file: &Path) -> io::Result<Self> {
        let document = Document::read(file)?;
        self.lock().documents.push(document);
        Ok(self)
    }

    /// Checks every answer against these files of the folder that `TENURE_VENDOR_SPECS` names; says so, when it names none.
    ///
    /// # Errors
    ///
    /// A file cannot be read.
    pub fn checked(self, files: &[&str]) -> io::Result<Self> {
        let Some(folder) = std::env::var_os("TENURE_VENDOR_SPECS") else {
            println!("answers are not checked: TENURE_VENDOR_SPECS is not set");
            return Ok(self);
        };
        files.iter().try_fold(self, |fake, file| fake.checked_against(&Path::new(&folder).join(file)))
    }

    /// The address, `http://127.0.0.1:` and the port.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Looks at the state, or changes it.
    pub fn with<T>(&self, act: impl FnOnce(&mut V) -> T) -> T {
        act(&mut self.lock().vendor)
    }

    /// Moves the clock.
    pub fn advance(&self, time: Duration) {
        let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        let mut inner = self.lock();
        inner.now = inner.now.saturating_add(seconds);
    }

    /// The fake's time, in seconds since 1970.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.lock().now
    }

    /// Every call so far as `METHOD /path?query -> status`, with what broke the description.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.lock().seen.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Inner<V>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V: Vendor> FaultPort for Fake<V> {
    fn throttle_next(&self, retry_after: Option<Duration>) -> bool {
        self.lock().throttle_next = Some(retry_after);
        true
    }

    /// The next write is carried out, and its answer held back for five seconds.
    fn lose_next_answer(&self) -> bool {
        self.lock().lose_next = true;
        true
    }

    fn expire_tokens(&self) -> bool {
        self.lock().vendor.expire_tokens()
    }
}

impl<V> Clone for Fake<V> {
    fn clone(&self) -> Self {
        Self {
            address: self.address.clone(),
            inner: Arc::clone(&self.inner),
            running: Arc::clone(&self.running),
        }
    }
}

impl<V> fmt::Debug for Fake<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fake").field("address", &self.address).finish_non_exhaustive()
    }
}

async fn serve<V: Vendor>(
    State(inner): State<Arc<Mutex<Inner<V>>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let headers: BTreeMap<String, String> = headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let mut call = Call::new(method.as_str(), &uri.to_string(), headers, &body);
    let (reply, lost, now) = {
        let mut inner = inner.lock().unwrap_or_else(PoisonError::into_inner);
        call.now = inner.now;
        let reply = inner.reply(&call);
        let lost = call.writes() && std::mem::take(&mut inner.lose_next);
        inner.seen.push(format!("{method} {uri} -> {}{}", reply.status, broken(&reply)));
        (reply, lost, inner.now)
    };
    if lost {
        tokio::time::sleep(LOST).await;
    }
    let date = DateTime::from_timestamp(now, 0).unwrap_or_default();
    let response = Response::builder()
        .status(reply.status)
        .header("date", date.format("%a, %d %b %Y %H:%M:%S GMT").to_string());
    let response =
        reply.headers.iter().fold(response, |response, (name, value)| response.header(name, value));
    let built = match &reply.body {
        // A text alone is a sentence and no JSON.
        Some(Value::String(text)) => {
            response.header("content-type", "text/plain").body(Body::from(text.clone()))
        }
        Some(body) => response.header("content-type", "application/json").body(Body::from(body.to_string())),
        None => response.body(Body::empty()),
    };
    built.unwrap_or_default()
}

impl<V: Vendor> Inner<V> {
    fn reply(&mut self, call: &Call) -> Reply {
        if let Some(retry_after) = self.throttle_next.take() {
            return self.vendor.throttle(retry_after);
        }
        let reply = self.vendor.answer(call);
        let known = self.documents.iter().find(|document| document.has(&call.method, &call.path));
        let Some(document) = known else { return reply };
        let violations = document.violations(&call.method, &call.path, reply.status, reply.body.as_ref());
        match violations.is_empty() {
            true => reply,
            false => Reply::json(500, json!({ "broken": violations })),
        }
    }
}

fn broken(reply: &Reply) -> String {
    let broken = reply.body.as_ref().and_then(|body| body.get("broken"));
    broken.map(|what: &Value| format!(" {what}")).unwrap_or_default()
}
