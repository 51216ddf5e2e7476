//! Asynchronous answers (RFC 9967 section 2.5.1): the request is accepted, done, and its end is told by an event.

mod backlog;
mod event;
mod kept;
mod record;
mod resume;
mod run;
mod wish;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::header::HeaderName;
use tenure_connector::Timer;
use tenure_scim::event::EventToken;

pub use self::backlog::{Backlog, BacklogError, Remembered};
use self::kept::Kept;
pub(crate) use self::run::{answer, hand_over, status};
pub(crate) use self::wish::wish;
use crate::Principal;

/// Work that goes on after its request was answered.
pub type Work = Pin<Box<dyn Future<Output = ()> + Send + 'static>>;

/// Takes the events that tell how asynchronous requests ended.
///
/// Signing a token and sending it to its receiver is up to the implementation, and so are attempts after a failure.
#[async_trait]
pub trait EventSink: Send + Sync + fmt::Debug {
    /// Takes one event. `principal` sent the request that the event is about.
    async fn deliver(&self, principal: &Principal, event: &EventToken);
}

/// How requests with `Prefer: respond-async` are answered.
///
/// Such a request gets 202 with `Set-Txn` and, as `Location`, an address where the claims of its completion event can be
/// read for a while, by the client that sent the request and by nobody else. The same event goes to the sink. What a
/// system behind the service takes as a job is followed to its end.
///
/// Unless there is a [`Backlog`] the work is kept in memory: a process that ends forgets it, and the client hears nothing of
/// it.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use async_trait::async_trait;
/// use tenure_scim::event::EventToken;
/// use tenure_scim_server::{AsyncAnswers, EventSink, Principal};
///
/// /// Hands tokens on to whoever signs and sends them.
/// #[derive(Debug)]
/// struct Outbox(std::sync::mpsc::Sender<EventToken>);
///
/// #[async_trait]
/// impl EventSink for Outbox {
///     async fn deliver(&self, _: &Principal, event: &EventToken) {
///         let _ = self.0.send(event.clone());
///     }
/// }
///
/// let (outbox, _signer) = std::sync::mpsc::channel();
/// let answers = AsyncAnswers::new(
///     "https://scim.example.com",
///     Arc::new(Outbox(outbox)),
///     Arc::new(|work| drop(tokio::spawn(work))),
/// )
/// .with_audience(["https://receiver.example.com"]);
/// ```
#[derive(Clone)]
pub struct AsyncAnswers {
    issuer: String,
    audience: Vec<String>,
    sink: Arc<dyn EventSink>,
    spawn: Arc<dyn Fn(Work) + Send + Sync>,
    timer: Option<Arc<dyn Timer>>,
    keep: Duration,
    patience: Duration,
    backlog: Arc<dyn Backlog>,
    durable: bool,
}

impl AsyncAnswers {
    /// Issues events as `issuer`, gives them to `sink`, and lets `spawn` run what goes on after the answer.
    #[must_use]
    pub fn new(
        issuer: impl Into<String>,
        sink: Arc<dyn EventSink>,
        spawn: Arc<dyn Fn(Work) + Send + Sync>,
    ) -> Self {
        Self {
            issuer: issuer.into(),
            audience: Vec::new(),
            sink,
            spawn,
            timer: None,
            keep: Duration::from_secs(3600),
            patience: Duration::from_secs(24 * 3600),
            backlog: Arc::new(Kept::default()),
            durable: false,
        }
    }

    /// For whom the events are.
    #[must_use]
    pub fn with_audience<S: Into<String>>(mut self, audience: impl IntoIterator<Item = S>) -> Self {
        self.audience = audience.into_iter().map(Into::into).collect();
        self
    }

    /// Lets time pass, so that the preference `wait` counts and jobs of the system behind are asked for until they end.
    ///
    /// Without a timer `wait` is ignored, and the event of a job says 202.
    #[must_use]
    pub fn with_timer(mut self, timer: Arc<dyn Timer>) -> Self {
        self.timer = Some(timer);
        self
    }

    /// Keeps what was accepted in a backlog. [`Server::resume`](crate::Server::resume) takes up what a process that ended has
    /// left there.
    #[must_use]
    pub fn with_backlog(mut self, backlog: Arc<dyn Backlog>) -> Self {
        (self.backlog, self.durable) = (backlog, true);
        self
    }

    /// How long the event can be read at the address in `Location`; one hour unless said otherwise.
    #[must_use]
    pub fn with_keep(mut self, keep: Duration) -> Self {
        self.keep = keep;
        self
    }

    /// How long a job of the system behind is followed; a day unless said otherwise. Then the event says 504.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }
}

impl fmt::Debug for AsyncAnswers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncAnswers")
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .field("sink", &self.sink)
            .finish_non_exhaustive()
    }
}

/// How requests are answered later, and what became of those that were.
#[derive(Debug)]
pub(crate) struct Later {
    answers: AsyncAnswers,
}

impl Later {
    pub(crate) fn new(answers: AsyncAnswers) -> Self {
        Self { answers }
    }
}

/// Under it are the completion events, by transaction.
pub(crate) const ENDPOINT: &str = "AsyncRequests";

const SET_TXN: HeaderName = HeaderName::from_static("set-txn");
const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
