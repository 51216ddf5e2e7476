use std::sync::Arc;

use serde_json::json;
use tenure_store::{AccountRecord, Batch, LinkRecord, OutlookRecord, PageRequest, Select, Store, Write};

use super::{day, held, identity, link};

async fn put(store: &Arc<dyn Store>, writes: impl IntoIterator<Item = Write>) {
    let batch = Batch { conditions: vec![], writes: writes.into_iter().collect() };
    store.commit(batch).await.unwrap();
}

fn outlook(identity: &str, due: Option<i64>, on: &[&str]) -> OutlookRecord {
    OutlookRecord {
        identity: identity.into(),
        due: due.map(day),
        on: on.iter().map(|id| (*id).to_owned()).collect(),
        marks: 0,
        settled: None,
    }
}

fn ids(records: Vec<OutlookRecord>) -> Vec<String> {
    records.into_iter().map(|record| record.identity).collect()
}

pub(crate) async fn who_is_due_is_found(store: Arc<dyn Store>) {
    let records = [
        outlook("w-1", Some(3), &["w-2"]),
        outlook("w-2", None, &[]),
        outlook("w-3", Some(9), &["w-2", "w-1"]),
    ];
    put(&store, records.clone().map(Write::Outlook)).await;
    assert_eq!(store.outlooks(&PageRequest::first(9)).await.unwrap(), records);
    assert_eq!(ids(store.outlooks(&PageRequest::after("w-1", 1)).await.unwrap()), ["w-2"]);
    let all = PageRequest::first(9);
    assert_eq!(ids(store.due(day(2), &all).await.unwrap()), Vec::<String>::new());
    assert_eq!(ids(store.due(day(3), &all).await.unwrap()), ["w-1"]);
    assert_eq!(ids(store.due(day(9), &PageRequest::after("w-1", 9)).await.unwrap()), ["w-3"]);
    assert_eq!(store.next_due(day(0), &[]).await.unwrap(), Some(day(3)));
    assert_eq!(store.next_due(day(3), &[]).await.unwrap(), Some(day(9)));
    assert_eq!(store.next_due(day(9), &[]).await.unwrap(), None);
    assert_eq!(store.next_due(day(0), &["w-1".into(), "x".into()]).await.unwrap(), Some(day(9)));
    // Nobody is put off by being asked for later, and what is said last of somebody counts.
    put(&store, [("w-1", 5), ("w-2", 4), ("w-4", 4)].map(|(id, at)| due(id, at))).await;
    assert_eq!(ids(store.due(day(4), &all).await.unwrap()), ["w-1", "w-2", "w-4"]);
    put(&store, [Write::Outlook(outlook("w-3", None, &[])), due("w-2", 2)]).await;
    assert_eq!(ids(store.due(day(2), &all).await.unwrap()), ["w-2"]);
    assert_eq!(store.next_due(day(2), &[]).await.unwrap(), Some(day(3)));
    assert_eq!(store.next_due(day(4), &[]).await.unwrap(), None, "w-3 is due no more");
    assert_eq!(
        ids(store.outlooks_of(&["w-3".into(), "w-1".into(), "x".into()]).await.unwrap()),
        ["w-1", "w-3"]
    );
}

fn due(identity: &str, at: i64) -> Write {
    Write::Due { identity: identity.into(), at: day(at) }
}

pub(crate) async fn an_outlook_forgets_nothing_that_happened_meanwhile(store: Arc<dyn Store>) {
    put(&store, [due("w-1", 1)]).await;
    let known = store.outlooks_of(&["w-1".into()]).await.unwrap().remove(0);
    assert_eq!(known.marks, 1);
    put(&store, [due("w-1", 1)]).await;
    let settled = OutlookRecord { due: None, ..known };
    put(&store, [Write::Outlook(settled.clone())]).await;
    assert_eq!(ids(store.due(day(1), &PageRequest::first(9)).await.unwrap()), ["w-1"]);
    put(&store, [Write::Outlook(OutlookRecord { marks: 2, ..settled })]).await;
    assert_eq!(ids(store.due(day(1), &PageRequest::first(9)).await.unwrap()), Vec::<String>::new());
}

pub(crate) async fn dependants_are_found_until_they_depend_no_more(store: Arc<dyn Store>) {
    let on = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    put(&store, [outlook("w-1", None, &["m-1"]), outlook("w-2", None, &["m-1", "m-2"])].map(Write::Outlook))
        .await;
    assert_eq!(store.dependants(&on(&["m-1"])).await.unwrap(), ["w-1", "w-2"]);
    assert_eq!(store.dependants(&on(&["m-2", "m-1"])).await.unwrap(), ["w-1", "w-2"]);
    put(&store, [due("w-2", 1)]).await;
    assert_eq!(store.dependants(&on(&["m-2"])).await.unwrap(), ["w-2"], "being due changes nobody's manager");
    put(&store, [Write::Outlook(OutlookRecord { marks: 1, ..outlook("w-2", None, &["m-3"]) })]).await;
    assert_eq!(store.dependants(&on(&["m-1"])).await.unwrap(), ["w-1"]);
    assert_eq!(store.dependants(&on(&["m-2"])).await.unwrap(), Vec::<String>::new());
    assert_eq!(store.dependants(&on(&["m-3"])).await.unwrap(), ["w-2"]);
    assert_eq!(store.dependants(&[]).await.unwrap(), Vec::<String>::new());
}

pub(crate) async fn accounts_are_counted(store: Arc<dyn Store>) {
    let account = |target: &str, id: &str, name: &str| {
        Write::Account(AccountRecord {
            target: target.into(),
            id: id.into(),
            class: "User".into(),
            version: None,
            resource: json!({"userName": name}),
            seen: day(0),
        })
    };
    assert_eq!(store.count_accounts("a").await.unwrap(), 0);
    put(&store, [account("a", "1", "x"), account("a", "2", "x"), account("b", "1", "x")]).await;
    put(&store, [account("a", "1", "changed")]).await;
    assert_eq!(store.count_accounts("a").await.unwrap(), 2);
    put(&store, [Write::Link(LinkRecord::new("a", "1", "w-1", "created", day(0)))]).await;
    let unlinked = |page| {
        let store = Arc::clone(&store);
        async move {
            store.unlinked("a", &page).await.unwrap().into_iter().map(|found| found.id).collect::<Vec<_>>()
        }
    };
    assert_eq!(unlinked(PageRequest::first(9)).await, ["2"]);
    assert_eq!(unlinked(PageRequest::after("2", 9)).await, Vec::<String>::new());
    let gone = |id: &str| Write::ForgetAccount { target: "a".into(), account: id.into() };
    put(&store, [gone("1"), gone("unknown")]).await;
    assert_eq!(store.count_accounts("a").await.unwrap(), 1);
    assert_eq!(store.count_accounts("b").await.unwrap(), 1);
}

pub(crate) async fn some_identities_are_read_in_one_go(store: Arc<dyn Store>) {
    put(&store, ["w-1", "w-2", "w-3"].map(|id| Write::Identity(identity(id, "Sales", 0, 0)))).await;
    put(&store, [Write::Link(link("u-1", "w-1")), Write::Link(link("u-2", "w-2"))]).await;
    put(&store, [Write::Held { held: held("agent", &["x"], 0), at: day(0) }]).await;
    let some: Vec<String> = ["w-3", "w-1", "nobody"].map(str::to_owned).into();
    let found = store.identities_of(&some).await.unwrap();
    assert_eq!(found.iter().map(|found| found.id.as_str()).collect::<Vec<_>>(), ["w-1", "w-3"]);
    let select = Select::Identities(some);
    assert_eq!(store.links(&select).await.unwrap(), [link("u-1", "w-1")]);
    assert_eq!(store.held(&select).await.unwrap().len(), 1);
    assert_eq!(store.grants(&select).await.unwrap(), []);
    assert_eq!(store.names(&select).await.unwrap(), []);
}
