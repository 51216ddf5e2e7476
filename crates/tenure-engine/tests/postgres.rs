//! The same proofs over PostgreSQL. Needs a server: `TENURE_POSTGRES` holds a connection string. Without one the tests pass
//! untried, unless `TENURE_REQUIRE_SERVERS` is set.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod common;
mod cut;
mod mixed;
mod real;
mod told;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use common::{Company, at};
use mixed::{change, crash_at, loaded, state, undisturbed};
use tenure_engine::{ApplyOptions, EngineError};
use tenure_store::{CrashAction, CrashPoint, CrashStore, PostgresStore, Store};

/// How long a worker has its works for, by the server's clock.
const LEASE: Duration = Duration::from_secs(1);
static NEXT: AtomicU64 = AtomicU64::new(0);

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

/// A store in a schema of its own.
async fn store(server: &str) -> Arc<dyn Store> {
    let schema = format!("e{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
    Arc::new(PostgresStore::connect(server, &schema).await.unwrap())
}

/// One whose database has queues.
async fn queued(server: &str) -> Arc<dyn Store> {
    let schema = format!("e{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
    let store = PostgresStore::connect(server, &schema).await.unwrap();
    if store.check_queue().await.is_err() {
        let file = std::env::var("TENURE_PGMQ_SQL").expect("the path of pgmq's SQL file");
        store.install_queue(&std::fs::read_to_string(file).unwrap()).await.unwrap();
    }
    Arc::new(store)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_at_every_write_to_postgres_loses_and_doubles_nothing() {
    let Some(server) = server() else { return };
    let (expected, commits) = undisturbed().await;
    for number in 1..=commits {
        for point in [CrashPoint::Before(number), CrashPoint::After(number)] {
            let found = crash_at(loaded(store(&server).await).await, point).await;
            assert_eq!(found, expected, "{point:?}");
        }
    }
}

/// The leases of PostgreSQL run by its own clock, so each recovery waits a second for that of the dead worker.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_dies_at_any_write_to_postgres_is_taken_over_and_nothing_is_done_twice() {
    let Some(server) = server() else { return };
    let expected = cut::undisturbed().await;
    let mut died = 0;
    for number in 1.. {
        let point = if number % 2 == 0 { CrashPoint::Before(number) } else { CrashPoint::After(number) };
        let company = cut::loaded(queued(&server).await).await;
        let crashing = Arc::new(CrashStore::new(Arc::clone(&company.store), Some(point), CrashAction::Fail));
        let desk = Arc::new(company.desk.clone());
        let dead = cut::work_and_die(&company, &crashing, desk).await;
        cut::recover(&company).await;
        assert_eq!(cut::state(&company).await, expected, "{point:?}");
        if !dead {
            break;
        }
        died += 1;
    }
    assert!(died > 30, "{died}");
}

/// Every connection is cut while the run is under way, as a restart of the database cuts them; then again, at another moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn database_that_restarts_under_a_run_loses_and_doubles_nothing() {
    let Some(server) = server() else { return };
    let (expected, _) = undisturbed().await;
    let mut cut = 0;
    for wait in [1, 5, 10, 20, 40, 80, 160] {
        let company = loaded(store(&server).await).await;
        let engine = company.engine();
        let (run, ()) = tokio::join!(change(&engine), async {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            restart(&server).await;
        });
        match run {
            Ok(_) => {}
            Err(EngineError::Store(_)) => cut += 1,
            Err(other) => panic!("{other:?}"),
        }
        settle(&company).await;
        assert_eq!(state(&company).await, expected, "cut after {wait} ms");
    }
    assert!(cut > 0, "no run was cut");
}

/// What a program does whose database was away: it tries until the database is back, then finishes what was left.
async fn settle(company: &Company) {
    let options = ApplyOptions::new(at(mixed::CHANGE)).concurrency(1);
    for _ in 0..200 {
        let engine = company.engine();
        let done = match engine.resume(&options).await {
            Ok(_) => change(&engine).await,
            Err(error) => Err(error),
        };
        match done {
            Ok(0) => return,
            Ok(_) => {}
            Err(EngineError::Store(_) | EngineError::Unfinished { .. }) => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    panic!("the run does not come to rest");
}

/// A real restart, where the environment says how; else every connection is cut.
async fn restart(server: &str) {
    if let Ok(command) = std::env::var("TENURE_POSTGRES_RESTART") {
        let restarted = tokio::task::spawn_blocking(move || {
            std::process::Command::new("sh").args(["-c", &command]).status().unwrap()
        });
        assert!(restarted.await.unwrap().success());
        return;
    }
    let (client, connection) = tokio_postgres::connect(server, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";
    client.batch_execute(cut).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn history_on_postgres_tells_who_had_what_when() {
    let Some(server) = server() else { return };
    told::history(store(&server).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn approvals_on_postgres_hold_for_one_plan_and_lapse() {
    let Some(server) = server() else { return };
    told::approvals(store(&server).await).await;
}
