//! Four workers carry out one plan through the queues of a store.
//!
//!     cargo run --release --example worker_pool
//!
//! The store is an SQLite file here. With `PostgresStore` and pgmq the workers may be on other machines: each program
//! builds the same engine over the same database and runs a `QueueWorker`.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use tenure_connector::entitlement::Entitlement;
use tenure_connector::memory::{MemoryConnector, Tenant};
use tenure_connector::record::WorkerRecord;
use tenure_connector::{Clock, Timer};
use tenure_engine::{ApplyOptions, Engine, PlanOptions, QueueWorker, SourceOptions, StepOutcome};
use tenure_policy::{Policy, PolicyDocument};
use tenure_store::{SqliteStore, Store};

const POLICY: &str = "
version: 1
lifecycle: { zone: Europe/Berlin }
roles: { agent: { entitlements: [{ target: desk, role: agent }] } }
rules: [{ id: everybody, when: 'userType eq \"Employee\"', roles: [agent] }]
targets:
  desk:
    mode: managed
    username: { from: [{ slug: externalId }] }
    attributes: [{ id: external-id, to: externalId, from: externalId }]
    leaver: [disable, remove_entitlements]
";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::temp_dir().join(format!("tenure-worker-pool-{}.db", std::process::id()));
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&file)?);
    let start = "2025-01-01".parse()?;
    let hr = (0..200).fold(Tenant::new(), |hr, number| {
        let id = format!("w{number}");
        hr.with_worker(&WorkerRecord::new(&id, &format!("e-{id}"), "Employee", "Given", &id, start))
    });
    let desk = Tenant::new().with_entitlement(Entitlement::new("role", "agent"));
    let engine = Engine::builder(Policy::compile(PolicyDocument::from_yaml("policy.yaml", POLICY)?)?, store)
        .source("hr", SourceOptions::default(), Arc::new(MemoryConnector::over("hr", hr)))
        .target("desk".parse()?, Arc::new(MemoryConnector::over("desk", desk)))
        .build()?;

    #[allow(clippy::disallowed_methods, reason = "a program reads the clock, libraries do not")]
    let clock: Clock = Arc::new(Utc::now);
    let now = clock();
    engine.observe(now).await?;
    let plan = engine.plan(now, &PlanOptions::default()).await?;
    let hash = engine.submit(&plan, &ApplyOptions::new(now).observe_again(false)).await?;
    println!("handed over: {} steps", plan.steps.len());

    let new_worker = || QueueWorker::new(&engine, Arc::clone(&clock), Arc::new(Tokio::new()));
    let workers = [new_worker(), new_worker(), new_worker(), new_worker()];
    let [a, b, c, d] = &workers;
    let (a, b, c, d) = tokio::try_join!(a.drain(), b.drain(), c.drain(), d.drain())?;
    println!("each worker's share: {:?}", [a.ended, b.ended, c.ended, d.ended]);

    let report = engine.submitted_report(&hash).await?.ok_or("the plan is not there")?;
    println!("done: {}, problems: {}", report.count(StepOutcome::Done), report.problems().count());
    assert_eq!(report.count(StepOutcome::Done), plan.steps.len());
    drop(workers);
    drop(engine);
    std::fs::remove_file(&file)?;
    Ok(())
}

/// The program gives the libraries its timer.
#[derive(Debug)]
struct Tokio(Instant);

impl Tokio {
    #[allow(clippy::disallowed_methods, reason = "a program reads the clock, libraries do not")]
    fn new() -> Self {
        Self(Instant::now())
    }
}

impl Timer for Tokio {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, wait: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>> {
        Box::pin(tokio::time::sleep(wait))
    }
}
