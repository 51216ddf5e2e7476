//! Effects a second through the journal and the queues, with a target that answers at once, against the same rows written
//! by hand: `cargo bench -p tenure-engine --bench queue -- 2000`. PostgreSQL takes part when `TENURE_POSTGRES` is set.
//!
//! Prints one line a measurement.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a benchmark reads a clock"
)]

mod by_hand;
mod nothing;

use std::sync::Arc;
use std::time::{Duration, Instant};

use by_hand::Rows;
use chrono::{DateTime, Utc};
use nothing::{Nothing, Real, people, policy};
use tenure_connector::memory::MemoryConnector;
use tenure_engine::{ApplyOptions, Engine, PlanOptions, QueueWorker, SourceOptions, WorkerOptions};
use tenure_store::{MemoryStore, PostgresStore, SqliteStore, Store};

const BATCH: usize = 100;

fn main() {
    let people: usize = std::env::args().skip(1).find_map(|text| text.parse().ok()).unwrap_or(1_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let rows = rows(people).await;
        let steps = rows.steps;
        println!("{steps} effects, batches of {BATCH}");
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let sqlite = |name: &str| Arc::new(SqliteStore::open(file(name)).unwrap()) as Arc<dyn Store>;
        let hand = rate("sqlite, by hand", steps, by_hand::sqlite(&rows, &file("hand.db"), BATCH));
        let ours = rate("sqlite, the store", steps, by_hand::adapter(&rows, sqlite("store.db"), BATCH).await);
        println!("sqlite: the store takes {:.2} of by hand", hand / ours);
        rate("sqlite, apply", steps, apply(sqlite("apply.db"), people).await);
        for workers in [1, 4] {
            let stores = vec![sqlite(&format!("{workers}.db"))];
            rate(&format!("sqlite, {workers} workers"), steps, work(stores, people, workers).await);
        }
        let Ok(server) = std::env::var("TENURE_POSTGRES") else { return };
        let connect = async |name: &str| {
            let schema = format!("b{}_{name}", std::process::id());
            Arc::new(PostgresStore::connect(&server, &schema).await.unwrap()) as Arc<dyn Store>
        };
        connect("hand").await;
        let schema = format!("b{}_hand", std::process::id());
        let hand = by_hand::postgres(&rows, &server, &schema, BATCH).await;
        let hand = rate("postgresql, by hand", steps, hand);
        let ours = by_hand::adapter(&rows, connect("store").await, BATCH).await;
        let ours = rate("postgresql, the store", steps, ours);
        println!("postgresql: the store takes {:.2} of by hand", hand / ours);
        rate("postgresql, apply", steps, apply(connect("apply").await, people).await);
        for workers in [1, 4] {
            let name = format!("w{workers}");
            let mut stores = Vec::new();
            for _ in 0..workers {
                stores.push(connect(&name).await);
            }
            rate(&format!("postgresql, {workers} workers"), steps, work(stores, people, workers).await);
        }
    });
}

fn rate(name: &str, steps: usize, took: Duration) -> f64 {
    let rate = steps as f64 / took.as_secs_f64();
    println!("{name}: {rate:.0} effects/s, {:.1} us each", 1e6 / rate);
    rate
}

fn now() -> DateTime<Utc> {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn engine(store: Arc<dyn Store>, count: usize) -> Engine {
    Engine::builder(policy(), store)
        .source("hr", SourceOptions::default(), Arc::new(MemoryConnector::over("hr", people(count))))
        .target("t".parse().unwrap(), Arc::new(Nothing::new()))
        .build()
        .unwrap()
}

fn options() -> ApplyOptions {
    ApplyOptions::new(now()).observe_again(false).concurrency(BATCH)
}

/// What one run writes, to be written by hand.
async fn rows(count: usize) -> Rows {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let engine = engine(Arc::clone(&store), count);
    engine.observe(now()).await.unwrap();
    let before = store.audit_head().await.unwrap().seq;
    let plan = engine.plan(now(), &PlanOptions::default()).await.unwrap();
    assert!(engine.apply(&plan, &options()).await.unwrap().is_success());
    Rows::read(&*store, &plan.hash(), plan.steps.len(), before).await
}

async fn apply(store: Arc<dyn Store>, count: usize) -> Duration {
    let engine = engine(store, count);
    engine.observe(now()).await.unwrap();
    let plan = engine.plan(now(), &PlanOptions::default()).await.unwrap();
    let start = Instant::now();
    assert!(engine.apply(&plan, &options()).await.unwrap().is_success());
    start.elapsed()
}

async fn work(stores: Vec<Arc<dyn Store>>, count: usize, workers: usize) -> Duration {
    let first = engine(Arc::clone(&stores[0]), count);
    first.observe(now()).await.unwrap();
    let plan = first.plan(now(), &PlanOptions::default()).await.unwrap();
    let hash = first.submit(&plan, &options()).await.unwrap();
    let engines: Vec<Arc<Engine>> =
        (0..workers).map(|at| Arc::new(engine(Arc::clone(&stores[at % stores.len()]), count))).collect();
    let start = Instant::now();
    let tasks: Vec<_> = engines
        .into_iter()
        .map(|engine| {
            tokio::spawn(async move {
                let clock = Arc::new(now);
                let options = WorkerOptions::default().batch(BATCH).idle(Duration::from_millis(5));
                let worker = QueueWorker::new(&engine, clock, Real::timer()).options(options);
                assert_eq!(worker.concurrency(BATCH).drain().await.unwrap().lost, 0);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let took = start.elapsed();
    let report = first.submitted_report(&hash).await.unwrap().unwrap();
    assert!(report.is_success(), "{:?}", report.problems().next());
    took
}
