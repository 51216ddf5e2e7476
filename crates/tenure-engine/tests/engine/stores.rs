//! What every store has to tell; PostgreSQL is asked the same in `postgres.rs`.

use std::sync::Arc;

use tenure_store::{MemoryStore, SqliteStore, Store};

fn on_disk() -> (tempfile::TempDir, Arc<dyn Store>) {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(folder.path().join("engine.db")).unwrap());
    (folder, store)
}

#[tokio::test]
async fn history_in_memory_tells_who_had_what_when() {
    crate::told::history(Arc::new(MemoryStore::new())).await;
}

#[tokio::test]
async fn history_on_sqlite_tells_who_had_what_when() {
    let (_folder, store) = on_disk();
    crate::told::history(store).await;
}

#[tokio::test]
async fn approvals_in_memory_hold_for_one_plan_and_lapse() {
    crate::told::approvals(Arc::new(MemoryStore::new())).await;
}

#[tokio::test]
async fn approvals_on_sqlite_hold_for_one_plan_and_lapse() {
    let (_folder, store) = on_disk();
    crate::told::approvals(store).await;
}
