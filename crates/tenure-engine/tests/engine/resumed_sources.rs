//! A look at a source that was interrupted goes on behind its last page, and counts for nothing before it has ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::common::{Company, at, target, worker};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tenure_connector::memory::{MemoryConnector, Tenant};
use tenure_connector::*;
use tenure_engine::{Engine, EngineError, ObserveReport};
use tenure_layers::{Call, Layer, Next, Reply, wrap};
use tenure_scim::Resource;
use tenure_store::{
    CrashAction, CrashPoint, CrashStore, IdentityRecord, MemoryStore, PageRequest, SqliteStore, Store,
};

const PEOPLE: usize = 20;
const MORNING: &str = "2026-03-03T08:00:00Z";
const LATER: &str = "2026-03-03T08:10:00Z";

/// Lists some people a page, and goes wrong on one page.
#[derive(Debug)]
struct Pages {
    size: u32,
    fails_at: u64,
    /// Whether the cursor has expired with which a look goes on.
    expires: bool,
    /// Whether the first row comes again at the end.
    twice: bool,
    /// Another look that happens to begin before a page is asked for: page nought, before the services are.
    other: Option<(u64, Arc<Engine>)>,
    met: AtomicBool,
    pages: AtomicU64,
}

impl Pages {
    fn of(size: u32) -> Self {
        Self {
            size,
            fails_at: u64::MAX,
            expires: false,
            twice: false,
            other: None,
            met: AtomicBool::new(false),
            pages: AtomicU64::new(0),
        }
    }

    fn failing_at(page: u64) -> Arc<Self> {
        Arc::new(Self { fails_at: page, ..Self::of(2) })
    }

    fn asked(&self) -> u64 {
        self.pages.load(Ordering::SeqCst)
    }
}

/// The layer and its counter.
#[derive(Debug)]
struct Shared(Arc<Pages>);

#[async_trait]
impl Layer for Shared {
    async fn around(&self, ctx: &Context, call: Call<'_>, next: Next<'_>) -> Result<Reply> {
        let Call::List(query) = call else { return next.run(ctx, call).await };
        let people = query.class == ObjectClass::WORKER;
        let number = if people { self.0.pages.fetch_add(1, Ordering::SeqCst) + 1 } else { 0 };
        let other = self.0.other.as_ref().filter(|(page, _)| *page == number);
        if let Some((_, other)) = other.filter(|_| !self.0.met.fetch_or(true, Ordering::SeqCst)) {
            assert!(other.observe(at(MORNING)).await.unwrap().sources[0].complete);
        }
        if !people {
            return next.run(ctx, call).await;
        }
        if number == self.0.fails_at {
            return Err(ConnectorError::new(ErrorKind::Unavailable, Certainty::NotAttempted));
        }
        if self.0.expires && number == 1 && query.cursor.is_some() {
            return Err(ConnectorError::new(ErrorKind::TokenExpired, Certainty::Refused));
        }
        next.run(ctx, Call::List(&query.clone().with_page_size(self.0.size))).await
    }
}

/// A company that is in order, of whom three have changed, one has come, and one is not told of any more.
async fn changed(store: Arc<dyn Store>) -> Company {
    let mut company = Company::over(store);
    company.workers.clear();
    for number in 0..PEOPLE {
        company.workers.push(worker(&format!("w{number:02}"), "Pat", "Ek", "Sales", "Seller", None));
    }
    company.engine().observe(at("2026-03-02")).await.unwrap();
    for number in ["w03", "w11", "w19"] {
        company.worker(number).title = Some("Lead".into());
    }
    company.workers.retain(|worker| worker.worker_id != "w07");
    company.workers.push(worker("w20", "Uma", "Ros", "Support", "Agent", None));
    company
}

/// An engine that reads the source through the layer.
fn engine(company: &Company, store: &Arc<dyn Store>, instance: &str, pages: &Arc<Pages>) -> Engine {
    let mut hr = company.workers.iter().fold(Tenant::new(), |tenant, worker| tenant.with_worker(worker));
    if pages.twice {
        let mut row = Resource::from(&company.workers[0]);
        row.set_id("z");
        hr.seed(&ObjectClass::WORKER, row);
    }
    let hr = wrap(Arc::new(MemoryConnector::over(instance, hr)), Arc::new(Shared(Arc::clone(pages))));
    Engine::builder(company.compiled(), Arc::clone(store))
        .source("hr", company.options.clone(), hr)
        .target(target("desk"), Arc::new(company.desk.clone()))
        .target(target("erp"), Arc::new(company.erp.clone()))
        .build()
        .unwrap()
}

async fn look(company: &Company, pages: &Arc<Pages>, now: &str) -> tenure_engine::Result<ObserveReport> {
    engine(company, &company.store, "hr", pages).observe(at(now)).await
}

/// Everybody, but not when it was learnt.
async fn people(store: &Arc<dyn Store>) -> Vec<IdentityRecord> {
    let mut people = store.identities(&PageRequest::first(999)).await.unwrap();
    for record in &mut people {
        let never = DateTime::<Utc>::UNIX_EPOCH;
        (record.effective, record.recorded) = (never, never);
        record.absent_since = record.absent_since.map(|_| never);
        if let Some(engagements) = record.document["person"]["engagements"].as_array_mut() {
            for engagement in engagements {
                engagement["recorded"] = "".into();
                if engagement.get("access_ends").is_some() {
                    engagement["access_ends"] = "".into();
                }
            }
        }
    }
    people
}

/// The areas in which something is kept.
async fn areas(store: &Arc<dyn Store>) -> Vec<String> {
    let heads = store.values("stage/").await.unwrap();
    heads.into_iter().map(|(key, _)| key.strip_prefix("stage/").unwrap().to_owned()).collect()
}

async fn kept(store: &Arc<dyn Store>, area: &str) -> usize {
    store.staged(area, &PageRequest::first(999)).await.unwrap().len()
}

/// What an undisturbed look leaves.
async fn undisturbed() -> Vec<IdentityRecord> {
    let company = changed(Arc::new(MemoryStore::new())).await;
    let report = look(&company, &Arc::new(Pages::of(1_000)), MORNING).await.unwrap();
    let found = &report.sources[0];
    assert_eq!((found.read, found.new, found.changed, found.absent), (PEOPLE, 1, 3, 1));
    people(&company.store).await
}

fn unreachable(result: &tenure_engine::Result<ObserveReport>) {
    assert!(matches!(result, Err(EngineError::Connector { .. })), "{result:?}");
}

#[tokio::test]
async fn a_look_goes_on_behind_its_last_page() {
    goes_on(Arc::new(MemoryStore::new())).await;
    let folder = tempfile::tempdir().unwrap();
    goes_on(Arc::new(SqliteStore::open(folder.path().join("engine.db")).unwrap())).await;
}

async fn goes_on(store: Arc<dyn Store>) {
    let company = changed(store).await;
    let before = people(&company.store).await;
    unreachable(&look(&company, &Pages::failing_at(8), MORNING).await);
    assert_eq!(people(&company.store).await, before, "what was told so far counts for nothing");
    let area = areas(&company.store).await.remove(0);
    assert_eq!(kept(&company.store, &area).await, 14);
    let second = Pages::failing_at(3);
    unreachable(&look(&company, &second, LATER).await);
    assert_eq!(kept(&company.store, &area).await, 18, "it goes on each time");
    let third = Arc::new(Pages::of(2));
    let report = look(&company, &third, LATER).await.unwrap();
    assert_eq!(third.asked(), 1, "one page was left");
    let found = &report.sources[0];
    assert!(found.complete, "{found:?}");
    assert_eq!((found.read, found.new, found.changed, found.absent), (PEOPLE, 1, 3, 1));
    assert_eq!(people(&company.store).await, undisturbed().await);
    assert_eq!((areas(&company.store).await.len(), kept(&company.store, &area).await), (0, 0));
}

#[tokio::test]
async fn it_begins_anew_when_the_cursor_has_expired() {
    let company = changed(Arc::new(MemoryStore::new())).await;
    unreachable(&look(&company, &Pages::failing_at(8), MORNING).await);
    let second = Arc::new(Pages { expires: true, ..Pages::of(2) });
    let report = look(&company, &second, LATER).await.unwrap();
    assert_eq!(second.asked(), 11, "the one that failed, and all");
    assert!(report.sources[0].complete && report.sources[0].read == PEOPLE, "{report:?}");
    assert_eq!(people(&company.store).await, undisturbed().await);
    assert_eq!(areas(&company.store).await.len(), 0);
}

#[tokio::test]
async fn it_begins_anew_when_it_is_old_or_of_another_system() {
    for (instance, now) in
        [("hr", "2026-03-03T15:00:00Z"), ("hr", "2026-03-03T07:00:00Z"), ("hr-test", LATER)]
    {
        let company = changed(Arc::new(MemoryStore::new())).await;
        unreachable(&look(&company, &Pages::failing_at(8), MORNING).await);
        let area = areas(&company.store).await.remove(0);
        let second = Arc::new(Pages::of(2));
        let report = engine(&company, &company.store, instance, &second).observe(at(now)).await.unwrap();
        assert_eq!((second.asked(), report.sources[0].read), (10, PEOPLE), "{instance} {now}");
        assert_eq!(people(&company.store).await, undisturbed().await);
        assert_eq!((areas(&company.store).await.len(), kept(&company.store, &area).await), (0, 0));
    }
}

#[tokio::test]
async fn a_half_read_source_that_is_never_read_again_removes_nobody() {
    let mut company = changed(Arc::new(MemoryStore::new())).await;
    company.settle(at(MORNING)).await;
    let before = people(&company.store).await;
    company.workers.truncate(6);
    for page in [1, 2, 2] {
        unreachable(&look(&company, &Pages::failing_at(page), LATER).await);
        assert_eq!(people(&company.store).await, before);
    }
    // Read to its end it says that most have left, which nobody believes.
    let report = look(&company, &Arc::new(Pages::of(2)), LATER).await.unwrap();
    assert!(report.refusals()[0].contains("are missing"), "{:?}", report.refusals());
    assert_eq!(people(&company.store).await, before);
    assert_eq!(areas(&company.store).await.len(), 0);
}

#[tokio::test]
async fn a_row_that_comes_twice_on_different_pages_is_told_and_nothing_is_stored() {
    let company = changed(Arc::new(MemoryStore::new())).await;
    let before = people(&company.store).await;
    let pages = Arc::new(Pages { twice: true, ..Pages::of(2) });
    let refused = look(&company, &pages, MORNING).await.unwrap_err();
    assert!(
        refused.to_string().contains("expected an `engagementId` that comes once, found `e-w00`"),
        "{refused}"
    );
    assert_eq!(people(&company.store).await, before);
    assert_eq!(areas(&company.store).await.len(), 0, "what is not taken over is not kept");
}

#[tokio::test]
async fn of_two_looks_at_once_both_end_well() {
    // Nought: the first has read everybody and has stored nothing of it.
    for page in [2, 5, 10, 0] {
        let company = changed(Arc::new(MemoryStore::new())).await;
        let all = Arc::new(Pages::of(2));
        let other = Arc::new(engine(&company, &company.store, "hr", &all));
        let first = Arc::new(Pages { other: Some((page, other)), ..Pages::of(2) });
        let report = look(&company, &first, MORNING).await.unwrap();
        let left = if page == 0 { 0 } else { 11 - page };
        assert_eq!(all.asked(), left, "the second takes over what the first had");
        assert!(first.asked() > 10, "the first begins anew");
        assert!(report.sources[0].complete && report.sources[0].read == PEOPLE, "{report:?}");
        assert_eq!(people(&company.store).await, undisturbed().await);
        assert_eq!(areas(&company.store).await.len(), 0);
    }
}

#[tokio::test]
async fn a_look_that_is_cut_at_any_commit_ends_where_an_undisturbed_one_does() {
    let expected = undisturbed().await;
    let count = |cut: u64| if cut.is_multiple_of(2) { CrashPoint::Before } else { CrashPoint::After };
    let (mut cut, mut went_on) = (2, 0);
    loop {
        let company = changed(Arc::new(MemoryStore::new())).await;
        let store = Arc::new(CrashStore::new(
            Arc::clone(&company.store),
            Some(count(cut)(cut / 2)),
            CrashAction::Fail,
        ));
        let first = Arc::new(Pages::of(2));
        let crashing: Arc<dyn Store> = Arc::clone(&store) as _;
        drop(engine(&company, &crashing, "hr", &first).observe(at(MORNING)).await);
        if !store.crashed() {
            break;
        }
        let second = Arc::new(Pages::of(2));
        let report = look(&company, &second, LATER).await.unwrap();
        assert!(report.sources[0].complete, "cut {cut}: {report:?}");
        assert_eq!(people(&company.store).await, expected, "cut {cut}");
        assert_eq!(areas(&company.store).await.len(), 0, "cut {cut}");
        went_on += usize::from(second.asked() < 10);
        cut += 1;
    }
    assert!(cut > 30, "every page and what comes after is a commit: {cut}");
    assert!(went_on > 20, "most goes on: {went_on}");
}

#[tokio::test]
async fn what_was_told_to_the_end_is_asked_for_anew_after_an_hour() {
    for (now, asked) in [("2026-03-03T09:00:00Z", 0), ("2026-03-03T09:00:01Z", 10)] {
        let company = changed(Arc::new(MemoryStore::new())).await;
        // The tenth page is the last one: the program stops after it was kept.
        let point = Some(CrashPoint::After(10));
        let store = Arc::new(CrashStore::new(Arc::clone(&company.store), point, CrashAction::Fail));
        let crashing: Arc<dyn Store> = Arc::clone(&store) as _;
        let first = Arc::new(Pages::of(2));
        engine(&company, &crashing, "hr", &first).observe(at(MORNING)).await.unwrap_err();
        assert_eq!(first.asked(), 10);
        let second = Arc::new(Pages::of(2));
        look(&company, &second, now).await.unwrap();
        assert_eq!(second.asked(), asked, "{now}");
        assert_eq!(people(&company.store).await, undisturbed().await);
    }
}
