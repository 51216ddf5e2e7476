//! A connector that fails at chosen writes, before or after their effect.
#![allow(dead_code, reason = "each test file uses a part")]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tenure_connector::memory::MemoryConnector;
use tenure_connector::*;
use tenure_store::CrashStore;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The program dies before this write reaches the target.
    CrashBefore(u64),
    /// The program dies after it took effect, before the answer.
    CrashAfter(u64),
    /// The program dies while this write is on its way; it arrives before the next one that is sent.
    CrashAmid(u64),
    /// The answer of every so many writes is lost.
    LoseAnswer(u64),
    /// Every so many writes are lost on the way, and the sender cannot tell.
    LoseRequest(u64),
}

#[derive(Debug)]
pub(crate) struct Flaky {
    inner: MemoryConnector,
    fault: Fault,
    store: Option<Arc<CrashStore>>,
    calls: AtomicU64,
    faults: AtomicU64,
    dead: AtomicBool,
    on_its_way: Mutex<Option<Operation>>,
}

impl Flaky {
    pub(crate) fn new(inner: MemoryConnector, fault: Fault) -> Self {
        let (calls, faults) = (AtomicU64::new(0), AtomicU64::new(0));
        let (dead, on_its_way) = (AtomicBool::new(false), Mutex::new(None));
        Self { inner, fault, store: None, calls, faults, dead, on_its_way }
    }

    /// A crash takes the store with it.
    pub(crate) fn killing(mut self, store: Arc<CrashStore>) -> Self {
        self.store = Some(store);
        self
    }

    pub(crate) fn faults(&self) -> u64 {
        self.faults.load(Ordering::SeqCst)
    }

    /// How many writes were sent.
    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::SeqCst)
    }

    /// The program starts again.
    pub(crate) fn revive(&self) {
        self.dead.store(false, Ordering::SeqCst);
    }

    /// Something else is on its way to the target, and arrives before the next write that is sent.
    pub(crate) fn send(&self, operation: Operation) {
        *self.on_its_way.lock().unwrap() = Some(operation);
    }

    /// What is on its way, held up.
    pub(crate) fn hold_up(&self) -> Option<Operation> {
        self.on_its_way.lock().unwrap().take()
    }

    fn lost(&self) -> ConnectorError {
        self.faults.fetch_add(1, Ordering::SeqCst);
        ConnectorError::new(ErrorKind::Timeout, Certainty::Unknown)
    }

    fn die(&self) -> ConnectorError {
        self.dead.store(true, Ordering::SeqCst);
        if let Some(store) = &self.store {
            store.crash_now();
        }
        self.lost()
    }

    fn alive(&self) -> Result<()> {
        match self.dead.load(Ordering::SeqCst) {
            true => Err(ConnectorError::new(ErrorKind::Unavailable, Certainty::NotAttempted)),
            false => Ok(()),
        }
    }
}

#[async_trait]
impl Connector for Flaky {
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
        self.inner.check(ctx).await
    }

    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        self.alive()?;
        self.inner.get(ctx, object, fields).await
    }

    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        self.alive()?;
        self.inner.list(ctx, query).await
    }

    async fn changes(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        self.alive()?;
        self.inner.changes(ctx, class, since).await
    }

    async fn apply(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        self.alive()?;
        let call = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        if let Some(operation) = self.hold_up() {
            // The target does not know the key, as most do not.
            self.inner.apply(ctx, &WriteRequest::new("late", operation)).await?;
        }
        match self.fault {
            Fault::CrashAmid(at) if at == call => {
                self.send(request.operation.clone());
                return Err(self.die());
            }
            Fault::CrashBefore(at) if at == call => return Err(self.die()),
            Fault::LoseRequest(every) if call.is_multiple_of(every) => return Err(self.lost()),
            _ => {}
        }
        let outcome = self.inner.apply(ctx, request).await?;
        match self.fault {
            Fault::CrashAfter(at) if at == call => Err(self.die()),
            Fault::LoseAnswer(every) if call.is_multiple_of(every) => Err(self.lost()),
            _ => Ok(outcome),
        }
    }

    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        self.alive()?;
        self.inner.poll(ctx, job).await
    }
}
