use std::io::Write as _;
use std::sync::Arc;

use serde_json::json;
use tenure_store::{
    AccountRecord, Batch, Condition, GrantRecord, GuardCount, JournalEntry, JournalPhase, NameState,
    PageRequest, PlanRecord, PlanStatus, Select, Store, TaskRecord, TaskState, Write, export_trailer,
    verify_audit,
};

use super::{day, draft, held, identity, link, name};

async fn put(store: &Arc<dyn Store>, writes: impl IntoIterator<Item = Write>) -> Result<(), String> {
    let batch = Batch { conditions: vec![], writes: writes.into_iter().collect() };
    store.commit(batch).await.map_err(|error| error.to_string())
}

pub(crate) async fn lists_come_in_pages(store: Arc<dyn Store>) {
    let account = |target: &str, id: &str| AccountRecord {
        target: target.into(),
        id: id.into(),
        class: "User".into(),
        version: Some("W/\"1\"".into()),
        resource: json!({"userName": id}),
        seen: day(0),
    };
    put(&store, ["w-2", "w-1", "w-3"].map(|id| Write::Identity(identity(id, "Sales", 0, 0)))).await.unwrap();
    put(&store, [("b", "1"), ("a", "2"), ("a", "1"), ("c", "1")].map(|(t, i)| Write::Account(account(t, i))))
        .await
        .unwrap();
    let ids = |page: Vec<_>| {
        page.into_iter().map(|found: tenure_store::IdentityRecord| found.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(store.identities(&PageRequest::first(2)).await.unwrap()), ["w-1", "w-2"]);
    assert_eq!(ids(store.identities(&PageRequest::after("w-2", 2)).await.unwrap()), ["w-3"]);
    assert_eq!(store.accounts("a", &PageRequest::after("1", 9)).await.unwrap(), [account("a", "2")]);
    assert_eq!(store.accounts("a", &PageRequest::first(9)).await.unwrap().len(), 2);
    put(&store, [Write::ForgetAccount { target: "a".into(), account: "2".into() }]).await.unwrap();
    assert_eq!(store.account("a", "2").await.unwrap(), None);
    assert_eq!(store.account("a", "1").await.unwrap(), Some(account("a", "1")));
}

pub(crate) async fn refused_batch_leaves_no_trace(store: Arc<dyn Store>) {
    put(&store, [Write::Link(link("u-1", "w-1"))]).await.unwrap();
    let refused = put(
        &store,
        [
            Write::Identity(identity("w-2", "Sales", 0, 0)),
            Write::Name(name("bo", "w-2", NameState::Committed, 0)),
            Write::Link(link("u-2", "w-2")),
            Write::Audit(draft("create")),
            Write::Link(link("u-1", "w-2")),
        ],
    )
    .await;
    assert_eq!(
        refused.unwrap_err(),
        "link `zendesk/u-1`: expected an account that is free or belongs to `w-2`, found one that belongs to `w-1`"
    );
    assert_eq!(store.identity("w-2").await.unwrap(), None);
    assert_eq!(store.name("zendesk/userName", "bo").await.unwrap(), None);
    assert_eq!(store.links(&Select::All).await.unwrap(), [link("u-1", "w-1")]);
    assert_eq!(store.audit_head().await.unwrap().seq, 0);
}

pub(crate) async fn account_never_has_two_identities(store: Arc<dyn Store>) {
    let mut gone = link("u-1", "w-1");
    gone.deleted = Some(day(4));
    put(&store, [Write::Link(link("u-1", "w-1"))]).await.unwrap();
    put(&store, [Write::Link(gone.clone())]).await.unwrap();
    assert_eq!(store.links(&Select::All).await.unwrap(), [gone.clone()], "a tombstone names the owner");
    put(&store, [Write::Link(link("u-1", "w-1"))]).await.unwrap();
    assert!(put(&store, [Write::Link(link("u-1", "w-2"))]).await.is_err(), "the owner came back");
    put(&store, [Write::Link(gone.clone())]).await.unwrap();
    // Some systems give the id of what was deleted to the next who comes.
    put(&store, [Write::Link(link("u-1", "w-2"))]).await.unwrap();
    assert_eq!(store.links(&Select::All).await.unwrap(), [link("u-1", "w-2")]);
    assert_eq!(store.links(&Select::Identity("w-1".into())).await.unwrap(), []);
    assert!(put(&store, [Write::Link(gone)]).await.is_err(), "the owner before has nothing to say any more");
    put(&store, [Write::Link(link("u-2", "w-1"))]).await.unwrap();
    assert_eq!(store.links(&Select::Identity("w-1".into())).await.unwrap(), [link("u-2", "w-1")]);
}

pub(crate) async fn identity_has_one_live_account(store: Arc<dyn Store>) {
    put(&store, [Write::Link(link("u-1", "w-1"))]).await.unwrap();
    assert_eq!(
        put(&store, [Write::Link(link("u-2", "w-1"))]).await.unwrap_err(),
        "link `zendesk/u-2`: expected `w-1` to have no other live account there, found account `u-1`"
    );
    let mut gone = link("u-1", "w-1");
    gone.deleted = Some(day(1));
    put(&store, [Write::Link(gone), Write::Link(link("u-2", "w-1"))]).await.unwrap();
    assert_eq!(store.links(&Select::Identity("w-1".into())).await.unwrap().len(), 2);
    assert_eq!(store.links(&Select::Target("other".into())).await.unwrap(), []);
}

pub(crate) async fn name_is_never_reused(store: Arc<dyn Store>) {
    put(&store, [Write::Name(name("Anna.Berg", "w-1", NameState::Committed, 0))]).await.unwrap();
    put(&store, [Write::Name(name("anna.berg", "w-1", NameState::Retired, 1))]).await.unwrap();
    assert_eq!(
        put(&store, [Write::Name(name("anna.berg", "w-2", NameState::Committed, 900))]).await.unwrap_err(),
        "name `zendesk/userName:anna.berg`: expected a name that is free for `w-2`, found one that belongs to `w-1`"
    );
    put(&store, [Write::Name(name("anna.berg", "w-1", NameState::Committed, 2))]).await.unwrap();
    assert_eq!(store.names(&Select::Target("zendesk".into())).await.unwrap().len(), 1);
    assert_eq!(store.names(&Select::Target("zen".into())).await.unwrap().len(), 0);
}

pub(crate) async fn lapsed_reservation_may_be_taken_over(store: Arc<dyn Store>) {
    let reserved = NameState::Reserved { until: day(5) };
    put(&store, [Write::Name(name("bo", "w-1", reserved, 0))]).await.unwrap();
    assert!(put(&store, [Write::Name(name("bo", "w-2", reserved, 4))]).await.is_err());
    put(&store, [Write::Name(name("bo", "w-2", NameState::Committed, 5))]).await.unwrap();
    assert_eq!(store.name("zendesk/userName", "bo").await.unwrap().unwrap().identity, "w-2");
    let asked = [("zendesk/userName", "nobody"), ("zendesk/userName", "bo"), ("other", "bo")];
    let asked = asked.map(|(space, key)| (space.to_owned(), key.to_owned()));
    let found = store.names_among(&asked).await.unwrap();
    assert_eq!(
        found.iter().map(|name| (&*name.space, &*name.key)).collect::<Vec<_>>(),
        [("zendesk/userName", "bo")]
    );
    assert_eq!(store.names_among(&[]).await.unwrap(), []);
}

pub(crate) async fn lease_is_exclusive_and_fences(store: Arc<dyn Store>) {
    let take = |holder: &str, now: i64, until: i64| Write::Lease {
        lease: "run".into(),
        holder: holder.into(),
        now: day(now),
        until: day(until),
        force: false,
    };
    let holds = |holder: &str| {
        Batch::new()
            .when(Condition::Holds { lease: "run".into(), holder: holder.into() })
            .with(Write::Audit(draft("x")))
    };
    put(&store, [take("a", 0, 2)]).await.unwrap();
    put(&store, [take("a", 1, 3)]).await.unwrap();
    assert!(put(&store, [take("b", 2, 4)]).await.is_err());
    store.commit(holds("a")).await.unwrap();
    put(&store, [take("b", 3, 5)]).await.unwrap();
    assert_eq!(
        store.commit(holds("a")).await.unwrap_err().to_string(),
        "lease `run`: expected a lease held by `a`, found one held by `b`"
    );
    put(&store, [Write::Release { lease: "run".into(), holder: "a".into() }]).await.unwrap();
    store.commit(holds("b")).await.unwrap();
    put(&store, [Write::Release { lease: "run".into(), holder: "b".into() }]).await.unwrap();
    assert!(store.commit(holds("b")).await.is_err());
    put(&store, [take("a", 9, 99)]).await.unwrap();
    let forced =
        Write::Lease { lease: "run".into(), holder: "c".into(), now: day(10), until: day(99), force: true };
    put(&store, [forced]).await.unwrap();
    assert!(store.commit(holds("a")).await.is_err());
    assert_eq!(store.audit_head().await.unwrap().seq, 2);
}

pub(crate) async fn plan_condition_guards_a_batch(store: Arc<dyn Store>) {
    let record = |hash: &str, created: i64| PlanRecord {
        hash: hash.into(),
        document: json!({"steps": []}),
        created: day(created),
        status: PlanStatus::Planned,
    };
    let begin = |hash: &str| {
        Batch::new()
            .when(Condition::PlanIs { plan: hash.into(), status: PlanStatus::Planned })
            .with(Write::PlanStatus { plan: hash.into(), status: PlanStatus::Applying })
    };
    put(&store, [Write::Plan(record("b", 1)), Write::Plan(record("a", 2)), Write::Plan(record("c", 0))])
        .await
        .unwrap();
    store.commit(begin("a")).await.unwrap();
    store.commit(begin("b")).await.unwrap();
    assert_eq!(
        store.commit(begin("a")).await.unwrap_err().to_string(),
        "plan `a`: expected status planned, found applying"
    );
    assert_eq!(
        store.commit(begin("z")).await.unwrap_err().to_string(),
        "plan `z`: expected status planned, found no such plan"
    );
    let unfinished = store.unfinished_plans().await.unwrap();
    assert_eq!(unfinished.iter().map(|plan| plan.hash.as_str()).collect::<Vec<_>>(), ["b", "a"]);
    assert_eq!(store.plan("a").await.unwrap().unwrap().status, PlanStatus::Applying);
    let head = store.plan_head("a").await.unwrap().unwrap();
    assert_eq!((head.hash.as_str(), head.status), ("a", PlanStatus::Applying));
    let whole = store.plan("a").await.unwrap().unwrap();
    assert_eq!(head.created, whole.created);
    let status = PlanStatus::Abandoned;
    store.commit(Batch::new().with(Write::PlanStatus { plan: "a".into(), status })).await.unwrap();
    assert_eq!(store.plan("a").await.unwrap().unwrap(), PlanRecord { status, ..whole });
    assert_eq!(store.plan_head("a").await.unwrap().unwrap().status, status);
    assert_eq!(store.plan_head("z").await.unwrap(), None);
}

pub(crate) async fn journal_keeps_its_order(store: Arc<dyn Store>) {
    let entry = |plan: &str, step: &str, phase| JournalEntry {
        plan: plan.into(),
        step: step.into(),
        attempt: 1,
        phase,
        at: day(0),
        next: Some(day(1)),
        detail: json!({"n": step}),
    };
    let lines = [
        entry("p", "2", JournalPhase::Started),
        entry("p", "1", JournalPhase::Started),
        entry("p", "2", JournalPhase::Done),
    ];
    put(&store, lines.clone().map(Write::Journal)).await.unwrap();
    put(&store, [Write::Journal(entry("q", "1", JournalPhase::Failed))]).await.unwrap();
    assert_eq!(store.journal("p").await.unwrap(), lines);
}

pub(crate) async fn guard_window_counts_after_a_moment(store: Arc<dyn Store>) {
    let count = |operation: &str, at: i64, count: u64| {
        Write::Guard(GuardCount { target: "zendesk".into(), operation: operation.into(), at: day(at), count })
    };
    put(&store, [count("disable", 0, 3), count("disable", 1, 4), count("delete", 1, 9)]).await.unwrap();
    assert_eq!(store.guard_count("zendesk", "disable", day(0)).await.unwrap(), 4);
    assert_eq!(store.guard_count("zendesk", "disable", day(-1)).await.unwrap(), 7);
    assert_eq!(store.guard_count("other", "disable", day(-1)).await.unwrap(), 0);
}

pub(crate) async fn values_and_tasks_are_replaced(store: Arc<dyn Store>) {
    let task = |state| TaskRecord {
        id: "t-1".into(),
        target: Some("erp".into()),
        identity: Some("w-1".into()),
        title: "close the account".into(),
        detail: "by hand".into(),
        owner: None,
        opened: day(0),
        state,
    };
    put(&store, [Write::Task(task(TaskState::Open)), Write::Value { key: "k".into(), value: json!([1]) }])
        .await
        .unwrap();
    put(&store, [Write::Task(task(TaskState::Done))]).await.unwrap();
    assert_eq!(store.tasks(&Select::Target("erp".into())).await.unwrap(), [task(TaskState::Done)]);
    assert_eq!(store.tasks(&Select::Identity("w-2".into())).await.unwrap(), []);
    assert_eq!(store.value("k").await.unwrap(), Some(json!([1])));
    assert_eq!(store.values("").await.unwrap(), [("k".to_owned(), json!([1]))]);
    assert_eq!(store.values("k/").await.unwrap(), []);
    put(&store, [Write::Value { key: "k".into(), value: json!(null) }]).await.unwrap();
    assert_eq!(store.value("k").await.unwrap(), None);
}

pub(crate) async fn a_value_that_changed_meanwhile_is_not_replaced(store: Arc<dyn Store>) {
    let replace = |read: serde_json::Value, with: serde_json::Value| {
        Batch::new()
            .when(Condition::ValueIs { key: "k".into(), value: read })
            .with(Write::Value { key: "k".into(), value: with })
            .with(Write::Audit(draft("replace")))
    };
    store.commit(replace(json!(null), json!({"votes": 1}))).await.unwrap();
    let refused = store.commit(replace(json!(null), json!({"votes": 9}))).await.unwrap_err();
    assert!(refused.is_conflict(), "{refused}");
    let mut racing = tokio::task::JoinSet::new();
    for number in 0..8 {
        let (store, batch) =
            (Arc::clone(&store), replace(json!({"votes": 1}), json!({"votes": number + 10})));
        racing.spawn(async move { store.commit(batch).await.is_ok() });
    }
    let won = racing.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1, "one of the racing writers wins");
    assert_eq!(store.audit_head().await.unwrap().seq, 2, "a refused batch leaves no trace");
    store.commit(replace(store.value("k").await.unwrap().unwrap(), json!(null))).await.unwrap();
    store.commit(replace(json!(null), json!([]))).await.unwrap();
}

pub(crate) async fn audit_is_chained_and_verifies(store: Arc<dyn Store>) {
    for action in ["create", "grant", "disable"] {
        put(&store, [Write::Audit(draft(action))]).await.unwrap();
    }
    let head = store.audit_head().await.unwrap();
    let mut export = Vec::new();
    for record in store.audit(0, 100).await.unwrap() {
        writeln!(export, "{}", serde_json::to_string(&record).unwrap()).unwrap();
    }
    writeln!(export, "{}", export_trailer(&head)).unwrap();
    assert_eq!(verify_audit(export.as_slice(), Some(&head)).unwrap().records, 3);
    assert_eq!(store.audit(1, 1).await.unwrap()[0].draft, draft("grant"));
}

pub(crate) async fn concurrent_commits_are_all_kept(store: Arc<dyn Store>) {
    let workers: Vec<_> = (0..8)
        .map(|worker| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for number in 0..20 {
                    put(
                        &store,
                        [
                            Write::Link(link(
                                &format!("u-{worker}-{number}"),
                                &format!("w-{worker}-{number}"),
                            )),
                            Write::Audit(draft("create")),
                        ],
                    )
                    .await
                    .unwrap();
                    // The same account for everyone: one wins, the others are refused without harm to their neighbours.
                    let shared = link("shared", &format!("s-{worker}"));
                    let _ = put(&store, [Write::Audit(draft("share")), Write::Link(shared)]).await;
                }
            })
        })
        .collect();
    for worker in workers {
        worker.await.unwrap();
    }
    assert_eq!(store.links(&Select::All).await.unwrap().len(), 161);
    assert_eq!(store.audit_head().await.unwrap().seq, 180);
}

pub(crate) async fn grants_are_found_by_identity(store: Arc<dyn Store>) {
    let grant = |id: &str, identity: &str, revoked: Option<i64>| GrantRecord {
        id: id.into(),
        identity: identity.into(),
        document: json!({"role": "agent"}),
        recorded: day(0),
        revoked: revoked.map(day),
    };
    put(&store, [Write::Grant(grant("g-2", "w-1", None)), Write::Grant(grant("g-1", "w-2", None))])
        .await
        .unwrap();
    put(&store, [Write::Grant(grant("g-2", "w-1", Some(3)))]).await.unwrap();
    assert_eq!(store.grants(&Select::Identity("w-1".into())).await.unwrap(), [grant("g-2", "w-1", Some(3))]);
    assert_eq!(store.grants(&Select::All).await.unwrap().len(), 2);
    assert_eq!(store.grants(&Select::Target("zendesk".into())).await.unwrap(), []);
    assert_eq!(store.grant("g-1").await.unwrap(), Some(grant("g-1", "w-2", None)));
    put(&store, [Write::Held { held: held("agent", &["rule:a"], 0), at: day(0) }]).await.unwrap();
    assert_eq!(store.held(&Select::Identity("w-1".into())).await.unwrap(), [held("agent", &["rule:a"], 0)]);
    assert_eq!(store.held(&Select::Target("erp".into())).await.unwrap(), []);
}
