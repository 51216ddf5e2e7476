//! Four worker processes that are killed at random, and a database that is restarted, end in the state of an undisturbed
//! run with the same number of effects. On SQLite always; on PostgreSQL when `TENURE_POSTGRES` holds a connection string
//! (and `TENURE_PGMQ_SQL` the path of pgmq's SQL where the server lacks it), with a restart when
//! `TENURE_POSTGRES_RESTART` holds a command for it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod common;
mod real;
mod remote;

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use common::{Company, at, target, users, worker};
use real::{Real, going};
use remote::{Remote, serve};
use serde_json::{Value, json};
use tenure_connector::Connector;
use tenure_connector::memory::MemoryConnector;
use tenure_engine::{ApplyOptions, Engine, PlanOptions, QueueWorker, WorkerOptions};
use tenure_store::{JournalPhase, MemoryStore, PostgresStore, SqliteStore, Store, StoreError};
use tokio::net::TcpListener;

const NOW: &str = "2026-03-02";
const PEOPLE: usize = 60;
const WORKERS: usize = 4;
/// The database is restarted when so many steps have begun.
const RESTARTS: [usize; 2] = [8, 24];

fn company(store: Arc<dyn Store>) -> Company {
    let mut company = Company::over(store);
    for number in 0..PEOPLE {
        let department = if number % 3 == 0 { "Support" } else { "Sales" };
        let boss = format!("p{}", number / 7);
        let boss = (number > 0).then_some(boss.as_str());
        let id = format!("p{number}");
        let given = format!("Given{number}");
        company.workers.push(worker(&id, &given, "Person", department, "Agent", boss));
    }
    company
}

/// What both targets hold, told by names, and how often they were written: ids depend on who came first.
fn state(company: &Company) -> Value {
    let told = [&company.desk, &company.erp].map(|connector| {
        let users = users(connector);
        let names: BTreeMap<String, String> = users
            .iter()
            .map(|user| (user.id().unwrap().to_owned(), user.text("userName").unwrap().to_owned()))
            .collect();
        let mut found: Vec<Value> = users
            .iter()
            .map(|user| {
                let mut text = user.to_json();
                text.as_object_mut().unwrap().remove("meta");
                text.as_object_mut().unwrap().remove("id");
                // A manager is an id.
                let mut text = text.to_string();
                for (id, name) in &names {
                    text = text.replace(&format!("\"{id}\""), &format!("\"{name}\""));
                }
                serde_json::from_str(&text).unwrap()
            })
            .collect();
        found.sort_by_key(Value::to_string);
        let (grants, writes) = connector.with_tenant(|tenant| (tenant.grants(), tenant.writes()));
        let mut grants: Vec<String> = grants
            .into_iter()
            .map(|grant| format!("{} {}", names[&grant.principal], grant.entitlement))
            .collect();
        grants.sort();
        json!({"users": found, "grants": grants, "writes": writes})
    });
    json!(told)
}

async fn undisturbed() -> Value {
    let company = company(Arc::new(MemoryStore::new()));
    company.settle(at(NOW)).await;
    state(&company)
}

/// Which store: a file, or a schema of a server.
async fn open(place: &str) -> Result<Arc<dyn Store>, StoreError> {
    match place.split_once('|') {
        None => Ok(Arc::new(SqliteStore::open(place)?)),
        Some((server, schema)) => {
            let store = PostgresStore::connect(server, schema).await?;
            if store.check_queue().await.is_err() {
                let file = std::env::var("TENURE_PGMQ_SQL").expect("the path of pgmq's SQL file");
                store.install_queue(&std::fs::read_to_string(file).unwrap()).await?;
            }
            Ok(Arc::new(store))
        }
    }
}

/// As [`open`], as often as it takes: the server may be about to come back.
async fn open_at_last(place: &str) -> Arc<dyn Store> {
    loop {
        match open(place).await {
            Ok(store) => return store,
            Err(error) => eprintln!("{error}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn engine(company: &Company, store: Arc<dyn Store>, port: u16, name: &str) -> Engine {
    let remote = |at, shape: &MemoryConnector| -> Arc<dyn Connector> {
        Arc::new(Remote { at, port, shape: shape.clone() })
    };
    company
        .builder(store)
        .target(target("desk"), remote(0, &company.desk))
        .target(target("erp"), remote(1, &company.erp))
        .worker(name)
        .build()
        .unwrap()
}

fn options() -> WorkerOptions {
    WorkerOptions::default().batch(8).lease(Duration::from_secs(1)).idle(Duration::from_millis(20))
}

/// Not a test by itself: what the others start as a process of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn worker_process() {
    let Ok(place) = std::env::var("TENURE_TEST_WORKER") else { return };
    let port = std::env::var("TENURE_TEST_PORT").unwrap().parse().unwrap();
    let began: i64 = std::env::var("TENURE_TEST_BEGAN").unwrap().parse().unwrap();
    let store = open_at_last(&place).await;
    let company = company(Arc::clone(&store));
    let engine = engine(&company, store, port, &format!("worker-{}", std::process::id()));
    // As whoever keeps such a process does: it is begun again when it ends with an error.
    loop {
        // All processes agree on the time, and it goes on.
        let gone = Utc::now().timestamp_micros() - began;
        let clock = going(at(NOW) + chrono::TimeDelta::microseconds(gone));
        let worker = QueueWorker::new(&engine, clock, Real::timer()).options(options()).concurrency(2);
        let Err(error) = worker.run().await else { return };
        eprintln!("{error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn start(place: &str, port: u16, began: i64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "worker_process", "--nocapture"])
        .env("TENURE_TEST_WORKER", place)
        .env("TENURE_TEST_PORT", port.to_string())
        .env("TENURE_TEST_BEGAN", began.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Hands a plan to four processes, disturbs them until it is done, and compares. Trouble is told how many steps have begun.
async fn disturb(place: &str, mut trouble: impl FnMut(usize, &mut Vec<Child>, &dyn Fn() -> Child)) {
    let expected = undisturbed().await;
    let store = open_at_last(place).await;
    let company = company(Arc::clone(&store));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(serve(listener, vec![company.desk.clone(), company.erp.clone()]));
    let engine = engine(&company, Arc::clone(&store), port, "submitter");
    engine.observe(at(NOW)).await.unwrap();
    let plan = engine.plan(at(NOW), &PlanOptions::default()).await.unwrap();
    let hash = engine.submit(&plan, &ApplyOptions::new(at(NOW)).observe_again(false)).await.unwrap();
    let began = Utc::now().timestamp_micros();
    let start = || start(place, port, began);
    let mut workers: Vec<Child> = (0..WORKERS).map(|_| start()).collect();
    let deadline = Instant::now() + Duration::from_secs(120);
    let mut round = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(120)).await;
        // While the database restarts, nobody gets an answer.
        match store.unfinished_plans().await {
            Ok(plans) if plans.is_empty() => break,
            _ => {}
        }
        assert!(Instant::now() < deadline, "not done: {:?}", engine.submitted(&hash).await);
        if let Ok(lines) = store.journal(&hash).await {
            let begun = lines.iter().filter(|line| line.phase == JournalPhase::Started).count();
            trouble(begun, &mut workers, &start);
        }
        round += 1;
    }
    for mut worker in workers {
        worker.kill().unwrap();
        worker.wait().unwrap();
    }
    let report = engine.submitted_report(&hash).await.unwrap().unwrap();
    assert!(report.is_success(), "{:#?}", report.problems().collect::<Vec<_>>());
    assert_eq!(state(&company), expected);
    // Each step ended once in the journal, and the audit chain is whole.
    let mut ends: BTreeMap<String, usize> = BTreeMap::new();
    let (mut again, mut found, lines) = (0, 0, store.journal(&hash).await.unwrap());
    for line in &lines {
        *ends.entry(line.step.clone()).or_default() += usize::from(line.phase == JournalPhase::Done);
        again += usize::from(line.phase == JournalPhase::Started && line.attempt > 1);
        found += usize::from(line.detail["outcome"]["is"] == "already_so");
    }
    assert!(ends.len() == plan.steps.len() && ends.values().all(|ends| *ends == 1), "{ends:?}");
    eprintln!("{} steps, {again} begun again, {found} found done, {round} rounds", plan.steps.len());
    assert!(again + found > 0, "nobody was disturbed amid a step");
    engine.audit().verify(None).await.unwrap();
    engine.observe(at(NOW)).await.unwrap();
    assert!(engine.plan(at(NOW), &PlanOptions::default()).await.unwrap().is_empty());
}

/// Kills one of the workers in turn and starts another one, a dozen times, then lets them be.
fn kill_some() -> impl FnMut(usize, &mut Vec<Child>, &dyn Fn() -> Child) {
    let mut seed = std::process::id() as usize;
    eprintln!("seed {seed}");
    let mut rounds = 0;
    move |begun, workers, start| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        rounds += usize::from(begun > 0);
        if !(1..=52).contains(&rounds) || rounds % 4 != 0 {
            return;
        }
        let one = (seed >> 33) % workers.len();
        workers[one].kill().unwrap();
        workers[one].wait().unwrap();
        workers[one] = start();
    }
}

fn server() -> Option<String> {
    let server = std::env::var("TENURE_POSTGRES").ok();
    assert!(
        server.is_some() || std::env::var("TENURE_REQUIRE_SERVERS").is_err(),
        "expected a PostgreSQL server in TENURE_POSTGRES, found none"
    );
    if server.is_none() {
        eprintln!("not tried: TENURE_POSTGRES is not set");
    }
    server
}

fn place(server: &str, what: &str) -> String {
    format!("{server}|t{}_{what}_{}", std::process::id(), Utc::now().timestamp_micros())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_processes_on_sqlite_killed_at_random_do_everything_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tenure.db");
    disturb(file.to_str().unwrap(), kill_some()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_processes_on_postgresql_killed_at_random_do_everything_once() {
    let Some(server) = server() else { return };
    disturb(&place(&server, "killed"), kill_some()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_restarted_amid_the_work_loses_and_doubles_nothing() {
    let Some(server) = server() else { return };
    let Ok(command) = std::env::var("TENURE_POSTGRES_RESTART") else {
        assert!(std::env::var("TENURE_REQUIRE_SERVERS").is_err(), "expected TENURE_POSTGRES_RESTART");
        eprintln!("not tried: TENURE_POSTGRES_RESTART is not set");
        return;
    };
    let mut restarts = RESTARTS.into_iter().peekable();
    disturb(&place(&server, "restarted"), |begun, _, _| {
        if restarts.next_if(|at| begun >= *at).is_some() {
            assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success());
        }
    })
    .await;
}
