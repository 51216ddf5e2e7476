//! Effects a second through the journal and the queues, with a target that answers at once, against the same rows written
//! by hand: `cargo bench -p tenure-engine --bench queue -- 2000`. PostgreSQL takes part when `TENURE_POSTGRES` is set; workers
//! need pgmq there, which `TENURE_PGMQ_SQL` names the file of.
//!
//! - `wait=1`: the target takes a millisecond for each effect;
//! - `only=store` (or `apply`, `workers`): only the measurements whose name has that in it;
//! - `rounds=3`: everything so many times, by turns.
//!
//! Prints one line a measurement: effects a second by the clock, and processor time an effect.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a benchmark reads a clock"
)]

mod by_hand;
mod nothing;
mod took;

use std::sync::Arc;
use std::time::Duration;

use by_hand::{By, Rows};
use chrono::{DateTime, Utc};
use nothing::{Nothing, Real, people, policy};
use tenure_connector::memory::MemoryConnector;
use tenure_engine::{ApplyOptions, Engine, PlanOptions, QueueWorker, SourceOptions, WorkerOptions};
use tenure_store::{MemoryStore, PostgresStore, SqliteStore, Store};
use took::{Took, Watch};

/// As in the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const BATCH: usize = 100;

/// What is measured, by the arguments.
struct Bench {
    people: usize,
    wait: Duration,
    only: Option<String>,
    rounds: usize,
}

impl Bench {
    fn read() -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let named = |name: &str| arguments.iter().find_map(|text| text.strip_prefix(name));
        let number = |name: &str| named(name).and_then(|text| text.parse().ok());
        Self {
            people: arguments.iter().find_map(|text| text.parse().ok()).unwrap_or(1_000),
            wait: Duration::from_millis(number("wait=").unwrap_or_default()),
            only: named("only=").map(str::to_owned),
            rounds: number("rounds=").map_or(1, |rounds| rounds as usize),
        }
    }

    fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| name.contains(only.as_str()))
    }

    /// The clock's and the processor's part of one measurement.
    async fn measure(&self, name: &str, steps: usize, work: impl Future<Output = Took>) {
        if !self.wants(name) {
            return;
        }
        let took = work.await;
        let each = |time: Duration| time.as_secs_f64() * 1e6 / steps as f64;
        let (clock, processor) = (each(took.clock), each(took.processor));
        println!("{name}: {:.0} effects/s, {clock:.1} us each, {processor:.1} us of processor", 1e6 / clock);
    }
}

fn main() {
    let bench = Bench::read();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let rows = rows(bench.people).await;
        println!("{} effects, batches of {BATCH}, the target takes {:?}", rows.steps, bench.wait);
        for round in 0..bench.rounds {
            sqlite(&bench, &rows).await;
            if let Ok(server) = std::env::var("TENURE_POSTGRES") {
                postgres(&bench, &rows, &server, round).await;
            }
        }
    });
}

async fn sqlite(bench: &Bench, rows: &Rows) {
    let (steps, people, wait) = (rows.steps, bench.people, bench.wait);
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let store = |name: &str| Arc::new(SqliteStore::open(file(name)).unwrap()) as Arc<dyn Store>;
    let hand = async { by_hand::sqlite(rows, &file("rows.db"), BATCH, By::Rows) };
    bench.measure("sqlite, by hand, the rows alone (store)", steps, hand).await;
    let hand = async { by_hand::sqlite(rows, &file("chain.db"), BATCH, By::Chain) };
    bench.measure("sqlite, by hand, with chain and lease (store)", steps, hand).await;
    let ours = async { by_hand::adapter(rows, store("store.db"), BATCH).await };
    bench.measure("sqlite, the store", steps, ours).await;
    let ours = async { apply(store("apply.db"), people, wait).await };
    bench.measure("sqlite, apply", steps, ours).await;
    for workers in [1, 4] {
        let ours = async { work(vec![store(&format!("{workers}.db"))], people, workers, wait).await };
        bench.measure(&format!("sqlite, {workers} workers"), steps, ours).await;
    }
}

async fn postgres(bench: &Bench, rows: &Rows, server: &str, round: usize) {
    let (steps, people, wait) = (rows.steps, bench.people, bench.wait);
    let schema = |name: &str| format!("b{}_{round}_{name}", std::process::id());
    let connect = async |name: &str| PostgresStore::connect(server, &schema(name)).await.unwrap();
    let store = async |name: &str| Arc::new(connect(name).await) as Arc<dyn Store>;
    for (name, by) in [("the rows alone", By::Rows), ("with chain and lease", By::Chain)] {
        let hand = async {
            let schema = format!("hand_{}", if by == By::Rows { "rows" } else { "chain" });
            let name = connect(&schema).await.schema().to_owned();
            by_hand::postgres(rows, server, &name, BATCH, by).await
        };
        bench.measure(&format!("postgresql, by hand, {name} (store)"), steps, hand).await;
    }
    let ours = async { by_hand::adapter(rows, store("store").await, BATCH).await };
    bench.measure("postgresql, the store", steps, ours).await;
    let ours = async { apply(store("apply").await, people, wait).await };
    bench.measure("postgresql, apply", steps, ours).await;
    for workers in [1, 4] {
        let ours = async {
            let name = format!("w{workers}");
            if let Ok(file) = std::env::var("TENURE_PGMQ_SQL") {
                connect(&name).await.install_queue(&std::fs::read_to_string(file).unwrap()).await.unwrap();
            }
            let mut stores = Vec::new();
            for _ in 0..workers {
                stores.push(store(&name).await);
            }
            work(stores, people, workers, wait).await
        };
        bench.measure(&format!("postgresql, {workers} workers"), steps, ours).await;
    }
}

fn now() -> DateTime<Utc> {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

fn engine(store: Arc<dyn Store>, count: usize, wait: Duration) -> Engine {
    Engine::builder(policy(), store)
        .source("hr", SourceOptions::default(), Arc::new(MemoryConnector::over("hr", people(count))))
        .target("t".parse().unwrap(), Arc::new(Nothing::new().after(wait)))
        .build()
        .unwrap()
}

fn options() -> ApplyOptions {
    ApplyOptions::new(now()).observe_again(false).concurrency(BATCH)
}

/// What one run writes, to be written by hand.
async fn rows(count: usize) -> Rows {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let engine = engine(Arc::clone(&store), count, Duration::ZERO);
    engine.observe(now()).await.unwrap();
    let before = store.audit_head().await.unwrap().seq;
    let plan = engine.plan(now(), &PlanOptions::default()).await.unwrap();
    assert!(engine.apply(&plan, &options()).await.unwrap().is_success());
    Rows::read(&*store, &plan.hash(), plan.steps.len(), before).await
}

async fn apply(store: Arc<dyn Store>, count: usize, wait: Duration) -> Took {
    let engine = engine(store, count, wait);
    engine.observe(now()).await.unwrap();
    let plan = engine.plan(now(), &PlanOptions::default()).await.unwrap();
    let start = Watch::start();
    assert!(engine.apply(&plan, &options()).await.unwrap().is_success());
    start.stop()
}

async fn work(stores: Vec<Arc<dyn Store>>, count: usize, workers: usize, wait: Duration) -> Took {
    let first = engine(Arc::clone(&stores[0]), count, wait);
    first.observe(now()).await.unwrap();
    let plan = first.plan(now(), &PlanOptions::default()).await.unwrap();
    let hash = first.submit(&plan, &options()).await.unwrap();
    let engines: Vec<Arc<Engine>> = (0..workers)
        .map(|at| Arc::new(engine(Arc::clone(&stores[at % stores.len()]), count, wait)))
        .collect();
    let start = Watch::start();
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
    let took = start.stop();
    let report = first.submitted_report(&hash).await.unwrap().unwrap();
    assert!(report.is_success(), "{:?}", report.problems().next());
    took
}
