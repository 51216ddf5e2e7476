//! A connector in one sort of trouble at a time, which counts what it is asked.
#![allow(dead_code, reason = "each test file uses a part")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use tenure_connector::memory::MemoryConnector;
use tenure_connector::*;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    None,
    /// No write gets through.
    Unavailable,
    /// No write whose text has this word gets through.
    UnavailableFor(String),
    /// The credentials are rejected, by writes and by the check.
    Rejected,
    /// Every write is wrong in the eyes of the target.
    Invalid,
    /// Writes for the account with this external id are.
    InvalidFor(String),
    /// Nothing can be read.
    Unreadable,
}

#[derive(Debug)]
pub(crate) struct Troubled {
    inner: MemoryConnector,
    trouble: Mutex<Trouble>,
    writes: AtomicU64,
    lists: AtomicU64,
    at_once: AtomicU64,
    most: AtomicU64,
}

impl Troubled {
    pub(crate) fn new(inner: MemoryConnector, trouble: Trouble) -> Self {
        let zero = AtomicU64::default;
        Self {
            inner,
            trouble: Mutex::new(trouble),
            writes: zero(),
            lists: zero(),
            at_once: zero(),
            most: zero(),
        }
    }

    pub(crate) fn set(&self, trouble: Trouble) {
        *self.trouble.lock().unwrap() = trouble;
    }

    /// How many writes were sent.
    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::SeqCst)
    }

    /// How many pages were read.
    pub(crate) fn lists(&self) -> u64 {
        self.lists.load(Ordering::SeqCst)
    }

    pub(crate) fn most_at_once(&self) -> u64 {
        self.most.load(Ordering::SeqCst)
    }

    fn refuse(&self, request: &WriteRequest) -> Option<ConnectorError> {
        let text = format!("{:?}", request.operation);
        let fail = |kind| Some(ConnectorError::new(kind, Certainty::NotAttempted).with_detail("as told"));
        match &*self.trouble.lock().unwrap() {
            Trouble::Unavailable => fail(ErrorKind::Unavailable),
            Trouble::UnavailableFor(word) if text.contains(word.as_str()) && !text.contains("Create") => {
                fail(ErrorKind::Unavailable)
            }
            Trouble::Rejected => fail(ErrorKind::Auth),
            Trouble::Invalid => fail(ErrorKind::InvalidInput),
            Trouble::InvalidFor(id) if text.contains(id.as_str()) => fail(ErrorKind::InvalidInput),
            _ => None,
        }
    }
}

#[async_trait]
impl Connector for Troubled {
    fn info(&self) -> ConnectorInfo {
        self.inner.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn schema(&self, ctx: &Context) -> Result<ConnectorSchema> {
        self.inner.schema(ctx).await
    }

    async fn check(&self, ctx: &Context) -> Result<CheckReport> {
        if *self.trouble.lock().unwrap() == Trouble::Rejected {
            return Err(ConnectorError::new(ErrorKind::Auth, Certainty::Refused));
        }
        self.inner.check(ctx).await
    }

    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        self.inner.get(ctx, object, fields).await
    }

    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        self.lists.fetch_add(1, Ordering::SeqCst);
        if *self.trouble.lock().unwrap() == Trouble::Unreadable {
            return Err(ConnectorError::new(ErrorKind::Unavailable, Certainty::Refused));
        }
        self.inner.list(ctx, query).await
    }

    async fn changes(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        self.inner.changes(ctx, class, since).await
    }

    async fn apply(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        let now = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        tokio::task::yield_now().await;
        let refused = self.refuse(request);
        let answer = match refused {
            Some(error) => Err(error),
            None => self.inner.apply(ctx, request).await,
        };
        self.at_once.fetch_sub(1, Ordering::SeqCst);
        answer
    }

    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        self.inner.poll(ctx, job).await
    }
}
