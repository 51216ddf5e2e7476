//! What tells without reading their accounts that nothing of somebody has changed.

use std::sync::Arc;

use serde_json::json;
use tenure_store::{
    AccountRecord, Batch, GrantRecord, HeldRecord, IdentityRecord, LinkRecord, NameState, OutlookRecord,
    PageRequest, Store, Whom, Write,
};

use super::{day, held, identity, link, name};

async fn put(store: &Arc<dyn Store>, write: Write) {
    store.commit(Batch::new().with(write)).await.unwrap();
}

async fn outlook(store: &Arc<dyn Store>, id: &str) -> OutlookRecord {
    let found = store.outlooks_of(&[id.to_owned()]).await.unwrap();
    found
        .into_iter()
        .next()
        .unwrap_or_else(|| OutlookRecord { identity: id.into(), ..OutlookRecord::default() })
}

fn account(id: &str) -> AccountRecord {
    AccountRecord {
        target: "zendesk".into(),
        id: id.into(),
        class: "User".into(),
        version: None,
        resource: json!({"userName": id}),
        seen: day(0),
    }
}

pub(crate) async fn what_somebody_was_settled_with_is_forgotten_with_every_write(store: Arc<dyn Store>) {
    put(&store, Write::Link(link("u-1", "w-1"))).await;
    put(&store, Write::Link(link("u-2", "w-2"))).await;
    let theirs = HeldRecord { identity: None, ..held("agent", &["why"], 0) };
    let grant = GrantRecord {
        id: "g-1".into(),
        identity: "w-1".into(),
        document: json!({}),
        recorded: day(0),
        revoked: None,
    };
    let writes = [
        Write::Identity(identity("w-1", "Sales", 0, 0)),
        Write::Account(account("u-1")),
        Write::ForgetAccount { target: "zendesk".into(), account: "u-1".into() },
        Write::Link(LinkRecord { unwanted: Some(day(1)), ..link("u-1", "w-1") }),
        Write::Grant(grant),
        Write::Held { held: held("agent", &["why"], 0), at: day(0) },
        Write::Lost { held: held("agent", &["why"], 0), at: day(1) },
        // Whose an account is follows from its link, where what it holds does not say.
        Write::Held { held: theirs.clone(), at: day(2) },
        Write::Lost { held: theirs, at: day(3) },
        Write::Name(name("mara", "w-1", NameState::Committed, 0)),
        Write::Due { identity: "w-1".into(), at: day(4) },
    ];
    for write in writes {
        for id in ["w-1", "w-2"] {
            let settled = OutlookRecord { settled: Some("same".into()), ..outlook(&store, id).await };
            put(&store, Write::Outlook(settled.clone())).await;
            assert_eq!(outlook(&store, id).await, settled);
        }
        let before = outlook(&store, "w-1").await;
        put(&store, write.clone()).await;
        let after = outlook(&store, "w-1").await;
        assert_eq!(after.settled, None, "{write:?}");
        assert!(after.marks > before.marks, "{write:?}");
        assert_eq!(outlook(&store, "w-2").await.settled.as_deref(), Some("same"), "{write:?}");
        // What was read before the write settles nobody after it.
        put(&store, Write::Outlook(before)).await;
        assert_eq!(outlook(&store, "w-1").await.settled, None, "{write:?}");
    }
    put(&store, Write::Value { key: "k".into(), value: json!(1) }).await;
    assert_eq!(outlook(&store, "w-2").await.settled.as_deref(), Some("same"));
}

pub(crate) async fn a_glance_shows_everybody_with_their_outlook(store: Arc<dyn Store>) {
    for id in ["w-1", "w-2", "w-3"] {
        put(&store, Write::Identity(identity(id, "Sales", 0, 0))).await;
    }
    let settled = OutlookRecord {
        due: Some(day(9)),
        on: ["w-3".to_owned(), "nobody".to_owned()].into(),
        settled: Some("same".into()),
        ..outlook(&store, "w-1").await
    };
    put(&store, Write::Outlook(settled.clone())).await;
    put(&store, Write::Due { identity: "w-3".into(), at: day(1) }).await;
    let grant = |id: &str, identity: &str| GrantRecord {
        id: id.into(),
        identity: identity.into(),
        document: json!({"role": "r"}),
        recorded: day(0),
        revoked: None,
    };
    for (id, whose) in [("g-1", "w-2"), ("g-2", "w-1"), ("g-3", "w-3")] {
        put(&store, Write::Grant(grant(id, whose))).await;
        // A grant is written of its holder.
        put(
            &store,
            Write::Outlook(OutlookRecord { marks: outlook(&store, "w-1").await.marks, ..settled.clone() }),
        )
        .await;
    }
    let found = store.glance(&PageRequest::first(2)).await.unwrap();
    let people: Vec<(&str, Option<&OutlookRecord>)> =
        found.identities.iter().map(|one| (one.id.as_str(), one.outlook.as_ref())).collect();
    let (first, second) = (outlook(&store, "w-1").await, outlook(&store, "w-2").await);
    assert_eq!(first.settled.as_deref(), Some("same"));
    assert_eq!(people, [("w-1", Some(&first)), ("w-2", Some(&second))]);
    let documents: Vec<serde_json::Value> =
        found.identities.iter().map(|one| one.document().unwrap()).collect();
    assert_eq!(documents, [json!({"department": "Sales"}), json!({"department": "Sales"})]);
    assert!(found.identities[0].document::<u8>().is_err());
    assert_eq!(found.grants, [grant("g-2", "w-1"), grant("g-1", "w-2")]);
    assert_eq!(found.marks, [("w-3".to_owned(), outlook(&store, "w-3").await.marks)]);
    let known = store.known_of(&Whom::These(vec!["w-3".into(), "nobody".into()])).await.unwrap();
    assert_eq!(known.marks, found.marks, "what was read of them tells the same");
    let rest = store.glance(&PageRequest::after("w-2", 9)).await.unwrap();
    assert_eq!((rest.identities.len(), rest.grants.len(), rest.marks.len()), (1, 1, 0));
    assert_eq!(store.glance(&PageRequest::after("w-3", 9)).await.unwrap(), tenure_store::Glance::default());
}

pub(crate) async fn workloads_are_found_among_people(store: Arc<dyn Store>) {
    let kind = |id: &str, kind: &str| {
        Write::Identity(IdentityRecord { kind: kind.into(), ..identity(id, "Sales", 0, 0) })
    };
    for (id, of) in
        [("a", "person"), ("b", "workload"), ("c", "workload"), ("d", "workload"), ("d", "person")]
    {
        put(&store, kind(id, of)).await;
    }
    let ids = |found: Vec<IdentityRecord>| found.into_iter().map(|one| one.id).collect::<Vec<_>>();
    assert_eq!(ids(store.workloads(&PageRequest::first(9)).await.unwrap()), ["b", "c"]);
    assert_eq!(ids(store.workloads(&PageRequest::first(1)).await.unwrap()), ["b"]);
    assert_eq!(ids(store.workloads(&PageRequest::after("b", 9)).await.unwrap()), ["c"]);
}
