//! Systems that go through one fuse: with one call of any of them, counted over all, the program dies before or after it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use tenure_connector::*;
use tenure_engine::Engine;
use tenure_store::{CrashAction, CrashStore};

use crate::common::{Company, target};

/// Which call the program dies with, counted from one, and on which side of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blows {
    Before(u64),
    After(u64),
}

#[derive(Debug)]
pub(crate) struct Fuse {
    store: Arc<CrashStore>,
    blows: Blows,
    calls: AtomicU64,
    blown: AtomicBool,
}

/// An engine all of whose systems go through one fuse; its store dies with it.
pub(crate) fn engine(company: &Company, blows: Blows) -> (Engine, Arc<Fuse>) {
    let store = Arc::new(CrashStore::new(Arc::clone(&company.store), None, CrashAction::Fail));
    let (calls, blown) = (AtomicU64::new(0), AtomicBool::new(false));
    let fuse = Arc::new(Fuse { store: Arc::clone(&store), blows, calls, blown });
    let through = |inner: Arc<dyn Connector>| Arc::new(Fused { inner, fuse: Arc::clone(&fuse) });
    let engine = Engine::builder(company.compiled(), store)
        .source("hr", company.options.clone(), through(company.feed()))
        .target(target("erp"), through(Arc::new(company.erp.clone())))
        .target(target("desk"), through(Arc::new(company.desk.clone())))
        .worker("tester")
        .build()
        .unwrap();
    (engine, fuse)
}

impl Fuse {
    pub(crate) fn is_blown(&self) -> bool {
        self.blown.load(Ordering::SeqCst)
    }

    async fn pass<T>(&self, call: impl Future<Output = Result<T>>) -> Result<T> {
        if self.is_blown() {
            return Err(gone());
        }
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        if self.blows == Blows::Before(number) {
            return Err(self.blow());
        }
        let answer = call.await;
        if self.blows == Blows::After(number) { Err(self.blow()) } else { answer }
    }

    fn blow(&self) -> ConnectorError {
        self.blown.store(true, Ordering::SeqCst);
        self.store.crash_now();
        gone()
    }
}

fn gone() -> ConnectorError {
    ConnectorError::new(ErrorKind::Unavailable, Certainty::Unknown)
}

#[derive(Debug)]
struct Fused {
    inner: Arc<dyn Connector>,
    fuse: Arc<Fuse>,
}

#[async_trait]
impl Connector for Fused {
    fn info(&self) -> ConnectorInfo {
        self.inner.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn schema(&self, ctx: &Context) -> Result<ConnectorSchema> {
        self.fuse.pass(self.inner.schema(ctx)).await
    }

    async fn check(&self, ctx: &Context) -> Result<CheckReport> {
        self.fuse.pass(self.inner.check(ctx)).await
    }

    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        self.fuse.pass(self.inner.get(ctx, object, fields)).await
    }

    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        self.fuse.pass(self.inner.list(ctx, query)).await
    }

    async fn changes(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        self.fuse.pass(self.inner.changes(ctx, class, since)).await
    }

    async fn apply(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        self.fuse.pass(self.inner.apply(ctx, request)).await
    }

    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        self.fuse.pass(self.inner.poll(ctx, job)).await
    }
}
