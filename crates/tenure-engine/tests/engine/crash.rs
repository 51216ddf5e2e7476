//! A run that is cut off at any write to the store and at any call of a target ends in the state of an undisturbed run,
//! with the same number of effects.

use std::path::Path;
use std::sync::Arc;

use crate::common::Company;
use crate::flaky::{Fault, Flaky};
use crate::fuse::Blows;
use crate::mixed::{change, crash_at, loaded, recover, state, undisturbed};
use tenure_connector::Connector;
use tenure_engine::EngineError;
use tenure_store::{CrashAction, CrashPoint, CrashStore, MemoryStore, SqliteStore, Store, StoreError};

#[tokio::test]
async fn crash_at_every_write_to_the_store_loses_and_doubles_nothing() {
    let (expected, commits) = undisturbed().await;
    assert!(commits > 30, "{commits}");
    let store = Arc::new(MemoryStore::new());
    let company = loaded(store.clone()).await;
    for number in 1..=commits {
        for point in [CrashPoint::Before(number), CrashPoint::After(number)] {
            let found = crash_at(company.fork(Arc::new(store.fork())), point).await;
            assert_eq!(found, expected, "{point:?}");
        }
    }
}

fn sqlite(path: &Path) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open(path).unwrap())
}

#[tokio::test]
async fn crash_at_every_write_to_sqlite_loses_and_doubles_nothing() {
    let (expected, commits) = undisturbed().await;
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("loaded.db");
    let loaded = loaded(sqlite(&first)).await;
    let whole = loaded.fork(Arc::new(MemoryStore::new()));
    drop(loaded);
    for (number, after) in (1..=commits).flat_map(|number| [(number, false), (number, true)]) {
        let name = format!("{number}-{after}.db");
        crate::common::copy_database(folder.path(), "loaded.db", &name);
        let path = folder.path().join(name);
        let point = if after { CrashPoint::After(number) } else { CrashPoint::Before(number) };
        let mut company = whole.fork(sqlite(&path));
        let crashing = Arc::new(CrashStore::new(Arc::clone(&company.store), Some(point), CrashAction::Fail));
        let engine = company.engine_with(Arc::new(company.desk.clone()), crashing.clone());
        change(&engine).await.unwrap_err();
        drop((engine, crashing));
        // The program starts again and opens its file.
        company.store = Arc::new(MemoryStore::new());
        company.store = sqlite(&path);
        recover(&company).await;
        assert_eq!(state(&company).await, expected, "{point:?}");
    }
}

#[tokio::test]
async fn crash_at_every_call_of_a_target_loses_and_doubles_nothing() {
    let (expected, _) = undisturbed().await;
    let mut calls = 0;
    let store = Arc::new(MemoryStore::new());
    let whole = loaded(store.clone()).await;
    for number in 1.. {
        let mut reached = false;
        for fault in [Fault::CrashBefore(number), Fault::CrashAfter(number)] {
            let company = whole.fork(Arc::new(store.fork()));
            let crashing = Arc::new(CrashStore::new(Arc::clone(&company.store), None, CrashAction::Fail));
            let desk = Arc::new(Flaky::new(company.desk.clone(), fault).killing(crashing.clone()));
            let engine = company.engine_with(desk.clone() as Arc<dyn Connector>, crashing.clone());
            match change(&engine).await {
                Ok(_) => assert!(!crashing.crashed()),
                Err(_) => reached = true,
            }
            recover(&company).await;
            assert_eq!(state(&company).await, expected, "{fault:?}");
        }
        if !reached {
            break;
        }
        calls = number;
    }
    assert!(calls > 5, "{calls}");
}

/// Dies with every call of any system in turn, before it and after it. Returns with how many it died.
async fn blow_at_every_call(open: impl AsyncFn(Blows) -> Company) -> u64 {
    let (expected, _) = undisturbed().await;
    for number in 1.. {
        let mut blown = 0;
        for blows in [Blows::Before(number), Blows::After(number)] {
            let company = open(blows).await;
            let (engine, fuse) = crate::fuse::engine(&company, blows);
            match change(&engine).await {
                Ok(_) => assert!(!fuse.is_blown(), "{blows:?}"),
                Err(_) => blown += 1,
            }
            drop((engine, fuse));
            recover(&company).await;
            assert_eq!(state(&company).await, expected, "{blows:?}");
        }
        if blown == 0 {
            return number - 1;
        }
    }
    0
}

#[tokio::test]
async fn crash_at_every_call_of_any_system_loses_and_doubles_nothing() {
    let store = Arc::new(MemoryStore::new());
    let whole = loaded(store.clone()).await;
    let calls = blow_at_every_call(async |_| whole.fork(Arc::new(store.fork()))).await;
    assert!(calls > 20, "{calls}");
}

#[tokio::test]
async fn crash_at_every_call_of_any_system_on_sqlite_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let whole = {
        let loaded = loaded(sqlite(&folder.path().join("loaded.db"))).await;
        loaded.fork(Arc::new(MemoryStore::new()))
    };
    let calls = blow_at_every_call(async |blows| {
        let name = format!("{blows:?}.db");
        crate::common::copy_database(folder.path(), "loaded.db", &name);
        whole.fork(sqlite(&folder.path().join(name)))
    })
    .await;
    assert!(calls > 20, "{calls}");
}

/// A disk that is full from some page on: the run fails with whatever it was about to write, and goes on when there is room.
#[tokio::test]
async fn a_disk_that_is_full_at_any_page_loses_and_doubles_nothing() {
    let (expected, _) = undisturbed().await;
    let folder = tempfile::tempdir().unwrap();
    let whole = {
        let loaded = loaded(sqlite(&folder.path().join("loaded.db"))).await;
        loaded.fork(Arc::new(MemoryStore::new()))
    };
    let db = rusqlite::Connection::open(folder.path().join("loaded.db")).unwrap();
    let pages: u32 = db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    drop(db);
    let mut full = 0;
    for room in (0..).step_by(2) {
        let name = format!("{room}.db");
        crate::common::copy_database(folder.path(), "loaded.db", &name);
        let path = folder.path().join(name);
        let limited = Arc::new(SqliteStore::open_limited(&path, pages + room).unwrap());
        let company = whole.fork(limited);
        let run = change(&company.engine()).await;
        let mut company = company;
        company.store = Arc::new(MemoryStore::new());
        company.store = sqlite(&path);
        recover(&company).await;
        assert_eq!(state(&company).await, expected, "{room} pages of room");
        match run {
            Ok(_) => break,
            Err(EngineError::Store(StoreError::Unavailable { detail })) => {
                assert!(detail.contains("full"), "{detail}");
                full += 1;
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(full > 3, "{full}");
}

#[tokio::test]
async fn lost_answers_are_read_back_and_nothing_is_done_twice() {
    let (expected, _) = undisturbed().await;
    for fault in [Fault::LoseAnswer(2), Fault::LoseAnswer(3), Fault::LoseRequest(2)] {
        let company = loaded(Arc::new(MemoryStore::new())).await;
        let desk = Arc::new(Flaky::new(company.desk.clone(), fault));
        let engine = company.engine_with(desk.clone() as Arc<dyn Connector>, Arc::clone(&company.store));
        change(&engine).await.unwrap();
        assert!(desk.faults() > 0);
        recover(&company).await;
        assert_eq!(state(&company).await, expected, "{fault:?}");
    }
}
