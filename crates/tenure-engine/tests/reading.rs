//! How much is read at the same time, and how much of it is in memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use common::{Company, at, target, worker};
use peak_alloc::PeakAlloc;
use tenure_connector::memory::{MemoryConnector, Tenant};
use tenure_connector::{Connector, Context, Result};
use tenure_engine::{Engine, SourceOptions};
use tenure_layers::{Call, Layer, Next, Reply, wrap};
use tenure_store::{MemoryStore, PageRequest, SqliteStore, Store};

/// Counts what all threads together have in memory; what SQLite itself keeps is not in it.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// How many pages are read at this moment, and how many were at most.
#[derive(Debug, Default)]
struct Meter {
    now: AtomicUsize,
    most: AtomicUsize,
}

/// Lists pages of a size.
#[derive(Debug)]
struct Pages {
    size: u32,
    meter: Arc<Meter>,
}

#[async_trait]
impl Layer for Pages {
    async fn around(&self, ctx: &Context, call: Call<'_>, next: Next<'_>) -> Result<Reply> {
        let Call::List(query) = call else { return next.run(ctx, call).await };
        let now = self.meter.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.meter.most.fetch_max(now, Ordering::SeqCst);
        // The others get their turn.
        tokio::task::yield_now().await;
        let reply = next.run(ctx, Call::List(&query.clone().with_page_size(self.size))).await;
        self.meter.now.fetch_sub(1, Ordering::SeqCst);
        reply
    }
}

fn source(name: &str, people: usize, size: u32, meter: &Arc<Meter>) -> Arc<dyn Connector> {
    let named = |number: usize| worker(&format!("{name}-{number:05}"), "Pat", "Ek", "Sales", "Seller", None);
    let hr = (0..people).fold(Tenant::new(), |tenant, number| tenant.with_worker(&named(number)));
    wrap(Arc::new(MemoryConnector::over(name, hr)), Arc::new(Pages { size, meter: Arc::clone(meter) }))
}

fn engine(
    store: Arc<dyn Store>,
    sources: Vec<(String, Arc<dyn Connector>)>,
    readers: Option<usize>,
) -> Engine {
    let company = Company::new();
    let mut builder = Engine::builder(company.compiled(), store)
        .target(target("desk"), Arc::new(company.desk.clone()))
        .target(target("erp"), Arc::new(company.erp.clone()));
    for (name, source) in sources {
        builder = builder.source(&name, SourceOptions::default(), source);
    }
    readers.into_iter().fold(builder, |builder, most| builder.readers(most)).build().unwrap()
}

async fn as_many_systems_are_read_at_the_same_time_as_was_said() {
    for (readers, expected) in [(None, 8), (Some(3), 3), (Some(1), 1), (Some(0), 1)] {
        let meter = Arc::new(Meter::default());
        let names = (0..12).map(|number| format!("hr{number}"));
        let sources = names.map(|name| (name.clone(), source(&name, 6, 2, &meter))).collect();
        let engine = engine(Arc::new(MemoryStore::new()), sources, readers);
        let report = engine.observe(at("2026-03-02")).await.unwrap();
        assert_eq!(report.sources.iter().map(|source| source.read).sum::<usize>(), 72);
        assert_eq!(meter.most.load(Ordering::SeqCst), expected, "{readers:?}");
    }
}

/// Pages of the store have two thousand people.
async fn a_look_at_a_source_holds_a_page_and_not_everybody() {
    let mut used = Vec::new();
    for people in [2_500, 6_500] {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(folder.path().join("tenure.db")).unwrap());
        let engine = engine(store, vec![("hr".into(), source("hr", people, 500, &Arc::default()))], None);
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        engine.observe(at("2026-03-02")).await.unwrap();
        used.push(MEMORY.peak_usage().saturating_sub(before));
        let stored = engine.store().identities(&PageRequest::first(9_999)).await.unwrap();
        assert_eq!(stored.len(), people);
    }
    assert!(used[1] < used[0] * 3 / 2, "bytes for 2,500 people and for 6,500: {used:?}");
}

/// One after the other, since the memory of both would be counted.
#[tokio::test]
async fn reading_is_bounded_in_number_and_in_memory() {
    as_many_systems_are_read_at_the_same_time_as_was_said().await;
    a_look_at_a_source_holds_a_page_and_not_everybody().await;
}
