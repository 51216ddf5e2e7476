//! The contract of the store, kept by the SQLite store, and what only a file can get wrong.
#![cfg(feature = "sqlite")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod contract;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use contract::{day, draft, identity, link};
use tenure_store::{Batch, Condition, PageRequest, Select, SqliteStore, Store, StoreError, Write};

fn open() -> (tempfile::TempDir, Arc<dyn Store>) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("tenure.db")).unwrap();
    (folder, Arc::new(store))
}

contract!(open());

#[tokio::test]
async fn reopening_finds_everything() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenure.db");
    {
        let store = SqliteStore::open(&path).unwrap();
        let batch = Batch::new()
            .with(Write::Identity(identity("w-1", "Sales", 0, 0)))
            .with(Write::Link(link("u-1", "w-1")))
            .with(Write::Audit(draft("create")));
        store.commit(batch).await.unwrap();
    }
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.identity("w-1").await.unwrap(), Some(identity("w-1", "Sales", 0, 0)));
    assert_eq!(store.links(&Select::All).await.unwrap(), [link("u-1", "w-1")]);
    assert_eq!(store.audit_head().await.unwrap().seq, 1);
}

#[tokio::test]
async fn two_processes_may_share_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenure.db");
    let (first, second) = (SqliteStore::open(&path).unwrap(), SqliteStore::open(&path).unwrap());
    first.commit(Batch::new().with(Write::Link(link("u-1", "w-1")))).await.unwrap();
    let refused = second.commit(Batch::new().with(Write::Link(link("u-1", "w-2")))).await.unwrap_err();
    assert!(refused.is_conflict());
    second.commit(Batch::new().with(Write::Audit(draft("x")))).await.unwrap();
    first.commit(Batch::new().with(Write::Audit(draft("y")))).await.unwrap();
    assert_eq!(second.audit_head().await.unwrap().seq, 2);
}

/// How many transactions the write-ahead log of a database holds: each was synchronised once.
fn transactions(database: &Path) -> usize {
    let number = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().unwrap());
    let log = std::fs::read(database.with_extension("db-wal")).unwrap();
    let (header, frames) = log.split_at(32);
    let frames = frames.chunks_exact(24 + number(&header[8..12]) as usize);
    let current = frames.take_while(|frame| frame[8..16] == header[16..24]);
    current.filter(|frame| number(&frame[4..8]) != 0).count()
}

#[tokio::test(flavor = "current_thread")]
async fn commits_that_wait_at_the_same_time_share_a_synchronisation() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenure.db");
    let store = Arc::new(SqliteStore::open(&path).unwrap());
    store.commit(Batch::new().with(Write::Audit(draft("first")))).await.unwrap();
    let before = transactions(&path);
    // The first to come begins a transaction and waits until the file is free; meanwhile come all others.
    let elsewhere = rusqlite::Connection::open(&path).unwrap();
    elsewhere.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = Arc::new(AtomicUsize::new(0));
    let mut commits = tokio::task::JoinSet::new();
    for number in 0..100 {
        let (store, begun) = (Arc::clone(&store), Arc::clone(&begun));
        let person = Write::Identity(identity(&format!("w-{number}"), "Sales", 0, 0));
        commits.spawn(async move {
            begun.fetch_add(1, Ordering::Relaxed);
            store.commit(Batch::new().with(person)).await.unwrap();
        });
    }
    // With one thread, a task that has begun has handed its batch over.
    while begun.load(Ordering::Relaxed) < 100 {
        tokio::task::yield_now().await;
    }
    elsewhere.execute_batch("ROLLBACK").unwrap();
    commits.join_all().await;
    let taken = transactions(&path) - before;
    assert!((1..=2).contains(&taken), "a hundred batches took {taken} transactions");
}

/// Batches that share a transaction ask for their lease once, unless it changes hands among them.
#[tokio::test(flavor = "current_thread")]
async fn a_lease_that_is_given_back_in_a_group_is_held_by_no_later_one() {
    let (folder, store) = open();
    let (lease, holder) = ("run".to_owned(), "a".to_owned());
    let ours = || Batch::new().when(Condition::Holds { lease: lease.clone(), holder: holder.clone() });
    let (now, until) = (day(0), day(9));
    let take = |force| Write::Lease { lease: lease.clone(), holder: holder.clone(), now, until, force };
    let other = Write::Lease { lease: lease.clone(), holder: "b".into(), now, until, force: true };
    let back = Write::Release { lease: lease.clone(), holder: holder.clone() };
    store.commit(Batch::new().with(take(false))).await.unwrap();
    // What is handed over while the file is not free is committed together.
    let elsewhere = rusqlite::Connection::open(folder.path().join("tenure.db")).unwrap();
    elsewhere.execute_batch("BEGIN IMMEDIATE").unwrap();
    let person = |number: usize| Write::Identity(identity(&format!("w-{number}"), "Sales", 0, 0));
    let batches = [
        Batch::new().with(person(0)),
        ours().with(person(1)),
        ours().with(person(2)).with(back),
        ours().with(person(3)),
        Batch::new().with(take(false)),
        ours().with(person(4)),
        Batch::new().with(other),
        ours().with(person(5)),
    ];
    let begun = Arc::new(AtomicUsize::new(0));
    let all = batches.len();
    let commits: Vec<_> = batches
        .into_iter()
        .map(|batch| {
            let (store, begun) = (Arc::clone(&store), Arc::clone(&begun));
            tokio::spawn(async move {
                begun.fetch_add(1, Ordering::Relaxed);
                store.commit(batch).await.is_ok()
            })
        })
        .collect();
    while begun.load(Ordering::Relaxed) < all {
        tokio::task::yield_now().await;
    }
    elsewhere.execute_batch("ROLLBACK").unwrap();
    let mut kept = Vec::new();
    for commit in commits {
        kept.push(commit.await.unwrap());
    }
    assert_eq!(kept, [true, true, true, false, true, true, true, false]);
    let people = store.identities(&PageRequest::first(9)).await.unwrap();
    let ids: Vec<&str> = people.iter().map(|person| person.id.as_str()).collect();
    assert_eq!(ids, ["w-0", "w-1", "w-2", "w-4"]);
}

#[test]
fn newer_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenure.db");
    drop(SqliteStore::open(&path).unwrap());
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = SqliteStore::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Newer { .. }));
    assert_eq!(error.to_string(), "the database has schema version 99, this program knows versions up to 8");
}

/// Every step of the schema but the last.
const STEPS: [&str; 7] = [
    include_str!("../src/sqlite/schema/001.sql"),
    include_str!("../src/sqlite/schema/002.sql"),
    include_str!("../src/sqlite/schema/003.sql"),
    include_str!("../src/sqlite/schema/004.sql"),
    include_str!("../src/sqlite/schema/005.sql"),
    include_str!("../src/sqlite/schema/006.sql"),
    include_str!("../src/sqlite/schema/007.sql"),
];

#[tokio::test]
async fn an_older_file_keeps_everything() {
    for version in 1..=STEPS.len() {
        let folder = tempfile::tempdir().unwrap();
        let (new, old) = (folder.path().join("new.db"), folder.path().join("old.db"));
        let fresh = Arc::new(SqliteStore::open(&new).unwrap());
        contract::older::fill(&*fresh).await;
        make_older(&old, version, &new);
        let store = Arc::new(SqliteStore::open(&old).unwrap());
        contract::older::an_older_schema_keeps_everything(store, fresh, version).await;
    }
}

/// Makes a file of an earlier version that holds what a newer one does, as far as that version knew it.
fn make_older(old: &Path, version: usize, new: &Path) {
    let db = rusqlite::Connection::open(old).unwrap();
    db.pragma_update(None, "synchronous", "OFF").unwrap();
    STEPS.iter().take(version).for_each(|step| db.execute_batch(step).unwrap());
    db.execute("ATTACH ?1 AS new", [new.to_str().unwrap()]).unwrap();
    let names = |query: &str| -> Vec<String> {
        let mut statement = db.prepare(query).unwrap();
        let names = statement.query_map([], |row| row.get(0)).unwrap();
        names.map(Result::unwrap).collect()
    };
    // Accounts are counted while they are copied.
    for table in names("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name <> 'account_count'")
    {
        let columns = names(&format!("SELECT name FROM pragma_table_info('{table}', 'main')")).join(", ");
        let copy = format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}");
        db.execute_batch(&copy).unwrap();
    }
    db.pragma_update(None, "user_version", version as i64).unwrap();
}

#[test]
fn file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenure.db");
    std::fs::write(&path, "workerId,givenName\n".repeat(100)).unwrap();
    let error = SqliteStore::open(&path).unwrap_err();
    assert_eq!(error.to_string(), "the database failed: file is not a database");
}

/// A disk that is full, as SQLite reports it: the page limit of the file.
#[tokio::test]
async fn full_disk_refuses_the_batch_and_keeps_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenure.db");
    let store = SqliteStore::open_limited(&path, 120).unwrap();
    let mut kept = 0;
    let failure = loop {
        let mut record = identity(&format!("w-{kept}"), "Sales", 0, 0);
        record.document = serde_json::json!({"text": "x".repeat(20_000)});
        match store.commit(Batch::new().with(Write::Identity(record)).with(Write::Audit(draft("x")))).await {
            Ok(()) => kept += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(failure.to_string(), "the database failed: database or disk is full");
    assert!(kept > 2);
    assert_eq!(store.audit_head().await.unwrap().seq, kept);
    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    store.commit(Batch::new().with(Write::Identity(identity("w-z", "Sales", 0, 0)))).await.unwrap();
    assert_eq!(store.audit_head().await.unwrap().seq, kept);
    assert_eq!(store.identity("w-z").await.unwrap().unwrap().recorded, day(0));
}
