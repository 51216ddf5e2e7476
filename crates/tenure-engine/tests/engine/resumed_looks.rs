//! A look at a target that was interrupted goes on where it stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::common::{Company, at, seed_user};
use async_trait::async_trait;
use chrono::TimeDelta;
use tenure_connector::memory::MemoryConnector;
use tenure_connector::*;
use tenure_engine::{Engine, ObserveReport, PlanOptions, TargetReport};
use tenure_store::{AccountRecord, PageRequest, SqliteStore};

const OTHERS: usize = 60;

/// Lists one object a page, and fails from one page on.
#[derive(Debug)]
struct Slow {
    inner: MemoryConnector,
    fails_at: u64,
    kind: ErrorKind,
    pages: AtomicU64,
}

impl Slow {
    fn over(inner: &MemoryConnector) -> Self {
        let pages = AtomicU64::new(0);
        Self { inner: inner.clone(), fails_at: u64::MAX, kind: ErrorKind::Unavailable, pages }
    }

    fn failing_at(inner: &MemoryConnector, page: u64) -> Self {
        Self { fails_at: page, ..Self::over(inner) }
    }
}

#[async_trait]
impl Connector for Slow {
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
        if query.class == ObjectClass::ENTITLEMENT {
            return self.inner.list(ctx, query).await;
        }
        if self.pages.fetch_add(1, Ordering::SeqCst) + 1 >= self.fails_at {
            return Err(ConnectorError::new(self.kind, Certainty::NotAttempted).with_detail("gone"));
        }
        self.inner.list(ctx, &query.clone().with_page_size(1)).await
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

/// A company with many accounts of nobody at the desk, known from a look at everything.
async fn settled() -> (tempfile::TempDir, Company) {
    let folder = tempfile::tempdir().unwrap();
    let company = Company::over(Arc::new(SqliteStore::open(folder.path().join("engine.db")).unwrap()));
    company.settle(at("2026-03-02")).await;
    for number in 0..OTHERS {
        seed_user(&company.desk, &format!("other{number:03}"), None);
    }
    company.engine().observe(at("2026-03-02")).await.unwrap();
    (folder, company)
}

fn engine(company: &Company, desk: &Arc<Slow>) -> Engine {
    company.engine_with(Arc::clone(desk) as Arc<dyn Connector>, Arc::clone(&company.store))
}

fn of_desk(report: ObserveReport) -> TargetReport {
    report.targets.into_iter().find(|report| report.target.as_str() == "desk").unwrap()
}

async fn stored(company: &Company) -> Vec<AccountRecord> {
    let mut accounts = company.store.accounts("desk", &PageRequest::first(999)).await.unwrap();
    accounts.iter_mut().for_each(|account| account.seen = at("2026-01-01"));
    accounts
}

async fn trails(company: &Company) -> usize {
    company.store.values("look/").await.unwrap().len()
}

/// Pages of a look that nothing interrupts: each account, and each thing that is held.
async fn all_pages(company: &Company) -> u64 {
    let desk = Arc::new(Slow::over(&company.desk));
    let fork = company.fork(Arc::clone(&company.store));
    let report = of_desk(engine(&fork, &desk).observe(at("2026-03-02")).await.unwrap());
    assert!(report.complete && report.changed == 0, "{report:?}");
    assert_eq!(trails(company).await, 0, "what has ended leaves no trail");
    desk.pages.load(Ordering::SeqCst)
}

#[tokio::test]
async fn a_look_goes_on_where_it_was_interrupted() {
    let (_folder, company) = settled().await;
    let all = all_pages(&company).await;
    let first = Arc::new(Slow::failing_at(&company.desk, 41));
    let report = of_desk(engine(&company, &first).observe(at("2026-03-03T08:00:00Z")).await.unwrap());
    assert!(report.failed.is_some());
    // One that was listed before, and one that was not: the first is found gone the next time only.
    let users = crate::common::users(&company.desk);
    let last = users.last().unwrap().id().unwrap().to_owned();
    let object = ObjectRef::new(ObjectClass::USER, last.as_str());
    let operation = Operation::Delete { object, mode: DeleteMode::Permanent };
    company.desk.with_tenant(|tenant| tenant.apply(&WriteRequest::new("by-hand", operation), None).unwrap());
    let second = Arc::new(Slow::over(&company.desk));
    let report = of_desk(engine(&company, &second).observe(at("2026-03-03T08:10:00Z")).await.unwrap());
    assert!(report.complete, "{report:?}");
    assert_eq!(report.accounts, OTHERS + 2, "what the first look saw is counted");
    assert_eq!(
        second.pages.load(Ordering::SeqCst),
        all - 32 - 1,
        "two parts of sixteen pages are not read again"
    );
    assert!(stored(&company).await.iter().all(|account| account.id != last), "who is absent is forgotten");
    assert_eq!(trails(&company).await, 0);
    let plan =
        company.engine().plan(at("2026-03-03T08:20:00Z"), &PlanOptions::default().dry()).await.unwrap();
    assert!(plan.is_empty(), "{:?}", crate::common::titles(&plan));
}

#[tokio::test]
async fn what_is_held_goes_on_without_the_accounts() {
    let (_folder, company) = settled().await;
    let all = all_pages(&company).await;
    let users = OTHERS as u64 + 3;
    let first = Arc::new(Slow::failing_at(&company.desk, users + 1));
    engine(&company, &first).observe(at("2026-03-03T08:00:00Z")).await.unwrap();
    assert!(trails(&company).await > 0);
    let second = Arc::new(Slow::over(&company.desk));
    let report = of_desk(engine(&company, &second).observe(at("2026-03-03T08:10:00Z")).await.unwrap());
    assert!(report.complete && report.changed == 0, "{report:?}");
    assert_eq!(report.accounts, OTHERS + 3);
    assert_eq!(second.pages.load(Ordering::SeqCst), all - users, "no account is listed again");
    assert_eq!(trails(&company).await, 0);
}

#[tokio::test]
async fn a_look_begins_anew_after_a_while_and_after_anything_was_done() {
    let (_folder, mut company) = settled().await;
    let all = all_pages(&company).await;
    for (later, done) in [(TimeDelta::hours(2), false), (TimeDelta::minutes(5), true)] {
        let now = at("2026-03-03T08:00:00Z");
        let first = Arc::new(Slow::failing_at(&company.desk, 41));
        engine(&company, &first).observe(now).await.unwrap();
        assert!(trails(&company).await > 0);
        if done {
            company.worker("w3").title = Some("Head".into());
            let hr_only = company.engine();
            hr_only.observe_changes(now).await.unwrap();
            let (plan, _) = company.cycle(now + TimeDelta::minutes(1)).await;
            assert_eq!(plan.steps.len(), 1);
            // The look of that run ended; an interrupted one comes after it.
            engine(&company, &Arc::new(Slow::failing_at(&company.desk, 41))).observe(now).await.unwrap();
            let record = tenure_store::AuditDraft {
                at: now,
                actor: "worker".into(),
                action: "create".into(),
                target: Some("desk".into()),
                identity: None,
                object: None,
                why: serde_json::Value::Null,
                before: serde_json::Value::Null,
                after: serde_json::Value::Null,
                outcome: "done".into(),
            };
            let batch = tenure_store::Batch::new().with(tenure_store::Write::Audit(record));
            company.store.commit(batch).await.unwrap();
        }
        let second = Arc::new(Slow::over(&company.desk));
        let report = of_desk(engine(&company, &second).observe(now + later).await.unwrap());
        assert!(report.complete, "{report:?}");
        assert_eq!(second.pages.load(Ordering::SeqCst), all, "later: {later}, done: {done}");
        assert_eq!(trails(&company).await, 0);
    }
}

#[tokio::test]
async fn a_cursor_that_means_nothing_any_more_begins_anew() {
    let (_folder, company) = settled().await;
    let all = all_pages(&company).await;
    let first = Arc::new(Slow::failing_at(&company.desk, 41));
    engine(&company, &first).observe(at("2026-03-03T08:00:00Z")).await.unwrap();
    let key = company.store.values("look/").await.unwrap().into_iter().find(|(_, value)| value.is_object());
    let (key, mut kept) = key.unwrap();
    kept["mark"]["cursor"] = "nonsense".into();
    let batch = tenure_store::Batch::new().with(tenure_store::Write::Value { key, value: kept });
    company.store.commit(batch).await.unwrap();
    let second = Arc::new(Slow::over(&company.desk));
    let report = of_desk(engine(&company, &second).observe(at("2026-03-03T08:10:00Z")).await.unwrap());
    assert!(report.complete && report.changed == 0, "{report:?}");
    assert_eq!((report.accounts, second.pages.load(Ordering::SeqCst)), (OTHERS + 3, all + 1));
}
