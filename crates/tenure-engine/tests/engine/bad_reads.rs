//! A source or a target that tells too little never costs anybody an account: empty, short, of another tenant, half read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::common::{Company, at, target, titles, users, worker};
use async_trait::async_trait;
use tenure_connector::memory::{MemoryConnector, Tenant};
use tenure_connector::*;
use tenure_engine::{ApplyOptions, Engine, Round, SourceOptions};

const NEXT: &str = "2026-03-03";

/// How a connector tells too little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    /// The first page is all there is, and it says that the list is complete.
    StopsAfter(usize),
    /// The first page is all there is, and the total that was told is larger.
    Short(usize),
    /// The second page fails.
    Breaks(usize),
    /// The cursor of the second page has run out, this often.
    RunsOut(usize, u64),
}

#[derive(Debug)]
struct Paged {
    inner: MemoryConnector,
    read: Read,
    pages: AtomicU64,
}

impl Paged {
    fn over(inner: MemoryConnector, read: Read) -> Arc<Self> {
        Arc::new(Self { inner, read, pages: AtomicU64::new(0) })
    }
}

#[async_trait]
impl Connector for Paged {
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
        self.inner.get(ctx, object, fields).await
    }
    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        let (Read::StopsAfter(size) | Read::Short(size) | Read::Breaks(size) | Read::RunsOut(size, _)) =
            self.read;
        let mut query = query.clone();
        query.page_size = Some(u32::try_from(size).unwrap());
        let fail = |kind| Err(ConnectorError::new(kind, Certainty::Refused));
        if query.cursor.is_some() {
            let number = self.pages.fetch_add(1, Ordering::SeqCst) + 1;
            match self.read {
                Read::Breaks(_) => return fail(ErrorKind::Unavailable),
                Read::RunsOut(_, times) if number <= times => return fail(ErrorKind::TokenExpired),
                _ => {}
            }
        }
        let mut page = self.inner.list(ctx, &query).await?;
        match self.read {
            Read::StopsAfter(_) => (page.next, page.total) = (None, None),
            Read::Short(_) => page.next = None,
            _ => {}
        }
        Ok(page)
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
        self.inner.apply(ctx, request).await
    }
    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        self.inner.poll(ctx, job).await
    }
}

/// A company of ten that is in order.
async fn ten() -> Company {
    let mut company = Company::new();
    for number in 4..=10 {
        let family = format!("Nr{number}");
        company.workers.push(worker(&format!("w{number}"), "Pat", &family, "Sales", "Seller", Some("w1")));
    }
    company.settle(at("2026-03-02")).await;
    company
}

fn feed(workers: &[record::WorkerRecord]) -> MemoryConnector {
    let tenant = workers.iter().fold(Tenant::new(), |tenant, worker| tenant.with_worker(worker));
    MemoryConnector::over("hr", tenant)
}

async fn round(company: &Company, hr: Arc<dyn Connector>) -> tenure_engine::Result<Round> {
    let engine = Engine::builder(company.compiled(), Arc::clone(&company.store))
        .source("hr", SourceOptions::default(), hr)
        .target(target("desk"), Arc::new(company.desk.clone()))
        .target(target("erp"), Arc::new(company.erp.clone()))
        .build()
        .unwrap();
    engine.cycle(&ApplyOptions::new(at(NEXT))).await
}

/// Nobody has lost anything, in neither system.
fn unharmed(company: &Company) {
    for connector in [&company.desk, &company.erp] {
        let found = users(connector);
        for number in 1..=10 {
            let id = format!("w{number}");
            let user = found.iter().find(|user| user.external_id() == Some(&id)).unwrap();
            assert_eq!(user.attr("active").and_then(|value| value.as_bool()), Some(true), "{id}");
            assert!(!crate::common::held(connector, &id).is_empty(), "{id}");
        }
    }
}

fn takes_nothing(round: &Round) {
    let takes: Vec<String> =
        round.plan.steps.iter().filter(|step| step.verb.takes_away()).map(|step| step.title()).collect();
    assert!(takes.is_empty(), "{takes:?}");
}

#[tokio::test]
async fn empty_source_removes_nobody() {
    let company = ten().await;
    let round = round(&company, Arc::new(feed(&[]))).await.unwrap();
    takes_nothing(&round);
    assert!(round.observed.refusals()[0].contains("empty"), "{:?}", round.observed.refusals());
    unharmed(&company);
}

#[tokio::test]
async fn short_source_removes_nobody() {
    let company = ten().await;
    let round = round(&company, Arc::new(feed(&company.workers[..6]))).await.unwrap();
    takes_nothing(&round);
    assert!(round.observed.refusals()[0].contains("4 of 10 are missing"), "{:?}", round.observed.refusals());
    unharmed(&company);
}

#[tokio::test]
async fn source_of_another_tenant_removes_nobody() {
    let company = ten().await;
    let others: Vec<_> = (1..=10)
        .map(|n| worker(&format!("x{n}"), "Xi", &format!("Nr{n}"), "Sales", "Seller", None))
        .collect();
    let round = round(&company, Arc::new(feed(&others))).await.unwrap();
    takes_nothing(&round);
    assert!(round.observed.refusals()[0].contains("10 of 10 are missing"), "{:?}", round.observed.refusals());
    unharmed(&company);
}

#[tokio::test]
async fn half_read_source_removes_nobody() {
    for read in [Read::StopsAfter(5), Read::Short(9), Read::Breaks(5)] {
        let company = ten().await;
        match round(&company, Paged::over(feed(&company.workers), read)).await {
            Ok(round) => {
                takes_nothing(&round);
                assert!(!round.observed.refusals().is_empty(), "{read:?}");
                assert_ne!(read, Read::Breaks(5));
            }
            Err(error) => assert_eq!(read, Read::Breaks(5), "{error}"),
        }
        unharmed(&company);
    }
}

#[tokio::test]
async fn walk_whose_cursor_runs_out_begins_anew_and_is_complete() {
    let mut company = ten().await;
    company.worker("w2").title = Some("Lead".to_owned());
    let round = round(&company, Paged::over(feed(&company.workers), Read::RunsOut(4, 2))).await.unwrap();
    assert!(round.observed.refusals().is_empty(), "{:?}", round.observed.refusals());
    assert_eq!(round.observed.sources[0].read, 10);
    assert!(!round.plan.is_empty());
}

#[tokio::test]
async fn target_that_tells_too_little_forgets_nobody() {
    for read in [Read::StopsAfter(3), Read::Short(9), Read::Breaks(5)] {
        let company = ten().await;
        let desk = Paged::over(company.desk.clone(), read);
        let engine = company.engine_with(desk, Arc::clone(&company.store));
        let round = engine.cycle(&ApplyOptions::new(at(NEXT))).await.unwrap();
        let wrong: Vec<String> =
            titles(&round.plan).into_iter().filter(|title| !title.starts_with("update")).collect();
        assert!(wrong.is_empty(), "{read:?}: {wrong:?}");
        assert!(!round.observed.refusals().is_empty(), "{read:?}");
        unharmed(&company);
        assert_eq!(users(&company.desk).len(), 10);
    }
}
