//! What a source told is kept aside until the look has ended.

use std::sync::Arc;

use tenure_store::{Batch, Condition, PageRequest, StagedRow, Store, Write};

fn row(identity: &str, place: &str) -> StagedRow {
    StagedRow { identity: identity.into(), place: place.into(), row: format!("{{\"at\": \"{place}\"}}") }
}

fn stage(area: &str, rows: &[(&str, &str)]) -> Write {
    Write::Stage {
        area: area.into(),
        rows: rows.iter().map(|(identity, place)| row(identity, place)).collect(),
    }
}

async fn places(store: &Arc<dyn Store>, area: &str, page: &PageRequest) -> Vec<String> {
    store.staged(area, page).await.unwrap().into_iter().map(|row| row.place).collect()
}

pub(crate) async fn what_is_kept_aside_comes_by_identity_in_pages(store: Arc<dyn Store>) {
    let all = PageRequest::first(99);
    assert_eq!(store.staged("a", &all).await.unwrap(), []);
    store.commit(Batch::new().with(stage("a", &[("w-2", "1"), ("W-9", "2"), ("w-1", "3")]))).await.unwrap();
    let more =
        Batch::new().with(stage("a", &[("w-1", "4"), ("w-10", "5")])).with(stage("b", &[("w-1", "6")]));
    store.commit(more).await.unwrap();
    assert_eq!(places(&store, "a", &all).await, ["2", "3", "4", "5", "1"], "ids are compared byte by byte");
    assert_eq!(places(&store, "a", &PageRequest::first(2)).await, ["2", "3", "4"], "a page has all of each");
    assert_eq!(places(&store, "a", &PageRequest::after("w-1", 1)).await, ["5"]);
    assert_eq!(places(&store, "a", &PageRequest::after("w-2", 9)).await, [""; 0]);
    assert_eq!(store.staged("b", &all).await.unwrap(), [row("w-1", "6")]);
    // Emptied and filled anew.
    let anew = Batch::new().with(Write::Unstage { area: "a".into() }).with(stage("a", &[("w-3", "7")]));
    store.commit(anew).await.unwrap();
    assert_eq!(places(&store, "a", &all).await, ["7"]);
    assert_eq!(places(&store, "b", &all).await, ["6"], "areas do not touch each other");
    // A refused batch leaves both as they were.
    let condition = Condition::ValueIs { key: "head".into(), value: serde_json::json!(1) };
    let refused = Batch::new().with(Write::Unstage { area: "b".into() }).with(stage("a", &[("w-4", "8")]));
    assert!(store.commit(refused.when(condition)).await.unwrap_err().is_conflict());
    assert_eq!(
        (places(&store, "a", &all).await, places(&store, "b", &all).await),
        (vec!["7".into()], vec!["6".into()])
    );
}
