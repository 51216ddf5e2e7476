use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tenure_store::{
    AccountRecord, ApprovalRecord, AsOf, Batch, Claim, GrantRecord, GuardCount, IdentityRecord, JournalEntry,
    JournalPhase, NameState, PageRequest, PlanRecord, PlanStatus, Print, Select, SnapshotRecord, Store, Take,
    TaskRecord, TaskState, Told, ToldRecord, WorkCount, WorkRecord, Write,
};

use super::{day, draft, held, identity, link, name};

/// Fills a store with a record of every kind that the first version of the schema knew, with an outlook, and with works of
/// which one has ended.
pub(crate) async fn fill(store: &dyn Store) {
    let line = |phase: JournalPhase| {
        let entry = JournalEntry {
            plan: "p".into(),
            step: "s-1".into(),
            attempt: 1,
            phase,
            at: day(0),
            next: None,
            detail: Value::Null,
        };
        Write::Journal(entry)
    };
    let plan = PlanRecord {
        hash: "p".into(),
        document: json!({"steps": []}),
        created: day(0),
        status: PlanStatus::Applying,
    };
    let approval = ApprovalRecord {
        plan: "p".into(),
        by: "ada".into(),
        at: day(0),
        reason: "seen".into(),
        expires: day(9),
        overrides_guards: false,
    };
    let task = TaskRecord {
        id: "t-1".into(),
        target: Some("zendesk".into()),
        identity: Some("w-1".into()),
        title: "collect the badge".into(),
        detail: String::new(),
        owner: None,
        opened: day(0),
        state: TaskState::Open,
    };
    let snapshot = SnapshotRecord {
        scope: "zendesk".into(),
        at: day(0),
        count: 2,
        complete: true,
        doubt: None,
        digest: "d".into(),
    };
    let guard = GuardCount { target: "zendesk".into(), operation: "disable".into(), at: day(1), count: 3 };
    let mut writes = vec![
        Write::Identity(identity("w-1", "Support", 0, 0)),
        Write::Identity(identity("w-1", "Sales", 2, 2)),
        Write::Identity(IdentityRecord { kind: "workload".into(), ..identity("w-2", "Sales", 0, 0) }),
        Write::Link(link("u-1", "w-1")),
        Write::Account(account("u-1")),
        Write::Account(account("u-2")),
        Write::Grant(grant()),
        Write::Name(name("mara", "w-1", NameState::Committed, 0)),
        Write::Held { held: held("agent", &["why"], 0), at: day(0) },
        Write::Held { held: held("light", &["why"], 0), at: day(0) },
        Write::Lost { held: held("light", &["why"], 0), at: day(1) },
        Write::Plan(plan),
        line(JournalPhase::Started),
        line(JournalPhase::Done),
        Write::Approval(approval),
        Write::Task(task),
        Write::Snapshot(snapshot),
        Write::Guard(guard),
        Write::Value { key: "cursor/zendesk".into(), value: json!("c-1") },
        Write::Due { identity: "w-1".into(), at: day(1) },
    ];
    writes.extend(["create", "grant"].map(|action| Write::Audit(draft(action))));
    let after = |id: &str| match id {
        "b" => vec!["a"],
        "c" => vec!["a", "b"],
        _ => Vec::new(),
    };
    writes.extend(["a", "b", "c", "d"].map(|id| Write::Work(work(id, &after(id)))));
    store.commit(Batch { conditions: Vec::new(), writes }).await.unwrap();
    let begun = take(store, 1).await.remove(0);
    assert_eq!(begun.work.id, "a");
    end(store, &begun).await;
}

/// Works of one person, but for the last one, which is nobody's.
fn work(id: &str, after: &[&str]) -> WorkRecord {
    WorkRecord {
        run: "p".into(),
        id: id.into(),
        queue: "zendesk".into(),
        group: Some("w-1".to_owned()).filter(|_| id != "d"),
        after: after.iter().map(|id| (*id).to_owned()).collect(),
        body: json!({"do": id}),
    }
}

async fn take(store: &dyn Store, limit: usize) -> Vec<Claim> {
    let ask = Take { queue: "zendesk".into(), limit, now: day(0), lease: TimeDelta::seconds(60) };
    store.take(&ask).await.unwrap()
}

async fn end(store: &dyn Store, claim: &Claim) {
    let ended = Write::Ended { ticket: claim.ticket.clone(), outcome: "done".into() };
    store.commit(Batch::new().with(ended)).await.unwrap();
}

fn account(id: &str) -> AccountRecord {
    AccountRecord {
        target: "zendesk".into(),
        id: id.into(),
        class: "User".into(),
        version: None,
        resource: json!({"userName": "mara"}),
        seen: day(0),
    }
}

fn grant() -> GrantRecord {
    GrantRecord {
        id: "g-1".into(),
        identity: "w-1".into(),
        document: json!({}),
        recorded: day(0),
        revoked: None,
    }
}

/// A store whose schema was brought up to date answers as the one that what it holds was written with, and goes on being
/// written to. `version` is the older one.
pub(crate) async fn an_older_schema_keeps_everything(
    store: Arc<dyn Store>,
    fresh: Arc<dyn Store>,
    version: usize,
) {
    let all = PageRequest::first(99);
    macro_rules! same {
        ($method:ident ( $($argument:expr),* )) => {
            let (old, new) = (store.$method($($argument),*).await.unwrap(), fresh.$method($($argument),*).await.unwrap());
            assert_eq!(old, new, stringify!($method));
        };
    }
    same!(identities(&all));
    same!(workloads(&all));
    same!(identity_as_of("w-1", &AsOf::at(day(1))));
    same!(accounts("zendesk", &all));
    same!(count_accounts("zendesk"));
    same!(links(&Select::All));
    same!(grants(&Select::All));
    same!(held(&Select::All));
    same!(held_as_of("w-1", &AsOf { effective: day(0), known: day(5) }));
    same!(names(&Select::All));
    same!(plan("p"));
    same!(plan_head("p"));
    same!(unfinished_plans());
    same!(journal("p"));
    same!(approvals("p"));
    same!(tasks(&Select::All));
    same!(snapshot("zendesk"));
    same!(guard_count("zendesk", "disable", day(0)));
    same!(values("cursor/"));
    same!(audit(0, 99));
    same!(audit_head());
    if version >= 3 {
        same!(outlooks(&all));
    }
    if version >= 2 {
        same!(count_works("p"));
        same!(ended_works("p"));
        works_go_on(&*store).await;
    }
    assert_eq!(store.identity_as_of("w-1", &AsOf::at(day(1))).await.unwrap().unwrap().recorded, day(0));
    assert_eq!(store.held_as_of("w-1", &AsOf::at(day(0))).await.unwrap().len(), 2);
    assert_eq!(store.journal("p").await.unwrap().len(), 2);
    goes_on(&*store).await;
}

/// What was queued is taken, and what waited comes when the last that it comes after has ended.
async fn works_go_on(store: &dyn Store) {
    let there = take(store, 9).await;
    assert_eq!(
        there.iter().map(|claim| &claim.work).collect::<Vec<_>>(),
        [&work("b", &["a"]), &work("d", &[])]
    );
    assert_eq!(there[0].ended, [("a".into(), "done".into())].into());
    for claim in there.iter().rev() {
        assert!(take(store, 9).await.is_empty());
        end(store, claim).await;
    }
    let last = take(store, 9).await.remove(0);
    assert_eq!(last.work.id, "c");
    end(store, &last).await;
    assert_eq!(store.count_works("p").await.unwrap(), WorkCount { waiting: 0, queued: 0, ended: 4 });
}

/// New rows follow the old ones, counts and conditions hold, and what older versions did not note is not known.
async fn goes_on(store: &dyn Store) {
    let put = |write: Write| store.commit(Batch::new().with(write));
    put(Write::ForgetAccount { target: "zendesk".into(), account: "u-2".into() }).await.unwrap();
    put(Write::Account(account("u-1"))).await.unwrap();
    assert_eq!(store.count_accounts("zendesk").await.unwrap(), 1);
    put(Write::Audit(draft("revoke"))).await.unwrap();
    let trail = store.audit(0, 99).await.unwrap();
    assert_eq!((trail[2].seq, &trail[2].prev), (3, &trail[1].hash));
    put(Write::Identity(identity("w-1", "Legal", 3, 3))).await.unwrap();
    let before = store.identity_as_of("w-1", &AsOf::at(day(2))).await.unwrap().unwrap();
    assert_eq!(before.document["department"], "Sales");
    assert!(put(Write::Link(link("u-1", "w-2"))).await.unwrap_err().is_conflict());
    let known = store.told("zendesk", vec!["u-1".into()]).await.unwrap().remove(0);
    assert_eq!(Told { marks: 0, ..known.clone() }, Told::default());
    let told = ToldRecord {
        target: "zendesk".into(),
        account: "u-1".into(),
        object: Some(Print(1)),
        held: Vec::new(),
        adds: true,
        audit: trail[2].seq,
        marks: known.marks,
    };
    put(Write::Told(told)).await.unwrap();
    assert_eq!(store.told("zendesk", vec!["u-1".into()]).await.unwrap()[0].object, Some(Print(1)));
}
