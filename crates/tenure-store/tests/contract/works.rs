use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;
use tenure_store::{
    AccountRecord, Batch, Claim, Condition, JournalEntry, JournalPhase, Lookup, Store, Take, WorkCount,
    WorkRecord, Write,
};

use super::{day, held, link};

fn work(id: &str, queue: &str, group: &str, after: &[&str]) -> Write {
    Write::Work(WorkRecord {
        run: "plan-1".into(),
        id: id.into(),
        queue: queue.into(),
        group: Some(group.to_owned()).filter(|group| !group.is_empty()),
        after: after.iter().map(|id| (*id).to_owned()).collect(),
        body: json!({"do": id}),
    })
}

fn line(step: &str, phase: JournalPhase) -> Write {
    Write::Journal(JournalEntry {
        plan: "plan-1".into(),
        step: step.into(),
        attempt: 1,
        phase,
        at: day(0),
        next: None,
        detail: json!(null),
    })
}

async fn hand_over(store: &Arc<dyn Store>, works: impl IntoIterator<Item = Write>) {
    store.commit(Batch { conditions: vec![], writes: works.into_iter().collect() }).await.unwrap();
}

async fn take(store: &Arc<dyn Store>, queue: &str, limit: usize) -> Vec<Claim> {
    let ask = Take { queue: queue.into(), limit, now: day(0), lease: TimeDelta::seconds(60) };
    store.take(&ask).await.unwrap()
}

async fn end(store: &Arc<dyn Store>, claim: &Claim) {
    let ended = Write::Ended { ticket: claim.ticket.clone(), outcome: "done".into() };
    store.commit(Batch::new().with(line(&claim.work.id, JournalPhase::Done)).with(ended)).await.unwrap();
}

fn ids(claims: &[Claim]) -> Vec<&str> {
    claims.iter().map(|claim| claim.work.id.as_str()).collect()
}

pub(crate) async fn works_wait_for_what_they_come_after(store: Arc<dyn Store>) {
    // In any order, over two queues, with and without a group.
    let works = [
        work("c", "zendesk", "w-1", &["a", "b"]),
        work("a", "zendesk", "", &[]),
        work("b", "github", "w-2", &[]),
        work("d", "github", "", &["c"]),
    ];
    hand_over(&store, works.clone()).await;
    // Handing them over again changes nothing.
    hand_over(&store, works).await;
    assert_eq!(store.count_works("plan-1").await.unwrap(), WorkCount { waiting: 2, queued: 2, ended: 0 });
    let (a, b) = (take(&store, "zendesk", 9).await, take(&store, "github", 9).await);
    assert_eq!((ids(&a), ids(&b)), (vec!["a"], vec!["b"]));
    assert_eq!(a[0].work.body, json!({"do": "a"}));
    end(&store, &a[0]).await;
    assert_eq!(ids(&take(&store, "zendesk", 9).await), Vec::<&str>::new());
    end(&store, &b[0]).await;
    let c = take(&store, "zendesk", 9).await;
    assert_eq!(ids(&c), ["c"]);
    assert_eq!(c[0].ended, [("a".into(), "done".into()), ("b".into(), "done".into())].into());
    end(&store, &c[0]).await;
    end(&store, &take(&store, "github", 9).await[0]).await;
    assert_eq!(store.count_works("plan-1").await.unwrap(), WorkCount { waiting: 0, queued: 0, ended: 4 });
    let ended: Vec<_> = store.ended_works("plan-1").await.unwrap();
    assert_eq!(ended[3], ("d".to_owned(), "done".to_owned()));
}

pub(crate) async fn one_of_a_group_at_a_time_over_all_queues(store: Arc<dyn Store>) {
    hand_over(
        &store,
        [
            work("1", "zendesk", "w-1", &[]),
            work("2", "github", "w-1", &[]),
            work("3", "zendesk", "w-1", &[]),
            work("4", "zendesk", "w-2", &[]),
        ],
    )
    .await;
    let first = take(&store, "zendesk", 9).await;
    assert_eq!(ids(&first), ["1", "4"]);
    assert_eq!(ids(&take(&store, "github", 9).await), Vec::<&str>::new());
    end(&store, &first[0]).await;
    assert_eq!(ids(&take(&store, "zendesk", 9).await), Vec::<&str>::new());
    let second = take(&store, "github", 9).await;
    assert_eq!(ids(&second), ["2"]);
    end(&store, &second[0]).await;
    assert_eq!(ids(&take(&store, "zendesk", 9).await), ["3"]);
}

pub(crate) async fn a_lease_that_ran_out_is_taken_over_and_fenced(store: Arc<dyn Store>) {
    hand_over(&store, [work("a", "zendesk", "w-1", &[])]).await;
    let ask = Take { queue: "zendesk".into(), limit: 9, now: day(0), lease: TimeDelta::seconds(1) };
    let dead = store.take(&ask).await.unwrap().remove(0);
    assert_eq!(store.keep(std::slice::from_ref(&dead.ticket), day(0), ask.lease).await.unwrap().len(), 1);
    // A store with a clock of its own lets real time pass.
    let mut taken = Vec::new();
    for second in 1..100 {
        let now = day(0) + TimeDelta::seconds(second);
        taken = store.take(&Take { now, lease: TimeDelta::seconds(60), ..ask.clone() }).await.unwrap();
        if !taken.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let alive = taken.remove(0);
    assert_eq!((alive.ticket.taken, &alive.work), (2, &dead.work));
    // Whatever the dead one comes with is refused whole.
    let late = [
        Batch::new().when(Condition::Taken(dead.ticket.clone())).with(line("a", JournalPhase::Started)),
        Batch::new()
            .with(line("a", JournalPhase::Done))
            .with(Write::Ended { ticket: dead.ticket.clone(), outcome: "done".into() }),
        Batch::new().with(line("a", JournalPhase::Retry)).with(Write::Later {
            ticket: dead.ticket.clone(),
            now: day(0),
            until: day(1),
        }),
    ];
    for batch in late {
        let refused = store.commit(batch).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "work `zendesk/a`: expected one that was taken 1 times, found one that has ended or was taken over by another worker"
        );
    }
    assert_eq!(store.keep(&[dead.ticket], day(0), ask.lease).await.unwrap(), []);
    assert_eq!(store.journal("plan-1").await.unwrap(), []);
    let holds = Batch::new().when(Condition::Taken(alive.ticket.clone()));
    store.commit(holds.with(line("a", JournalPhase::Started))).await.unwrap();
    end(&store, &alive).await;
    let phases: Vec<_> = store.journal("plan-1").await.unwrap().iter().map(|entry| entry.phase).collect();
    assert_eq!(phases, [JournalPhase::Started, JournalPhase::Done]);
    // Ending twice is refused as well.
    let again = Write::Ended { ticket: alive.ticket, outcome: "done".into() };
    assert!(store.commit(Batch::new().with(again)).await.unwrap_err().is_conflict());
}

#[expect(clippy::disallowed_methods, reason = "a server goes by its own clock")]
pub(crate) async fn work_given_back_comes_again_later(store: Arc<dyn Store>) {
    hand_over(&store, [work("a", "zendesk", "w-1", &[])]).await;
    let claim = take(&store, "zendesk", 9).await.remove(0);
    let (now, until) = (day(0), day(0) + TimeDelta::seconds(1));
    let back = Write::Later { ticket: claim.ticket, now, until };
    // A server goes by its own clock, from before the commit.
    let asked = std::time::Instant::now();
    store.commit(Batch::new().with(line("a", JournalPhase::Retry)).with(back)).await.unwrap();
    let early = take(&store, "zendesk", 9).await;
    if let [again] = early.as_slice() {
        assert!(asked.elapsed() >= Duration::from_secs(1), "it came back early");
        assert_eq!(again.ticket.taken, 2);
        return;
    }
    for _ in 0..100 {
        let ask = Take { queue: "zendesk".into(), limit: 9, now: until, lease: TimeDelta::seconds(60) };
        if let [again] = store.take(&ask).await.unwrap().as_slice() {
            assert_eq!(again.ticket.taken, 2);
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it did not come back");
}

pub(crate) async fn many_takers_never_share_a_work(store: Arc<dyn Store>) {
    let works =
        (0..200).map(|number| work(&format!("{number:03}"), "zendesk", &format!("w-{}", number % 40), &[]));
    hand_over(&store, works).await;
    let takers: Vec<_> = (0..4)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let mut mine = Vec::new();
                while store.count_works("plan-1").await.unwrap().left() > 0 {
                    for claim in take(&store, "zendesk", 7).await {
                        end(&store, &claim).await;
                        mine.push(claim.work.id);
                    }
                }
                mine
            })
        })
        .collect();
    let mut all = Vec::new();
    for taker in takers {
        all.extend(taker.await.unwrap());
    }
    assert_eq!((all.len(), all.iter().collect::<BTreeSet<_>>().len()), (200, 200));
    assert_eq!(store.journal("plan-1").await.unwrap().len(), 200);
}

pub(crate) async fn surroundings_are_read_in_one_go(store: Arc<dyn Store>) {
    let account = |id: &str| AccountRecord {
        target: "zendesk".into(),
        id: id.into(),
        class: "User".into(),
        version: None,
        resource: json!({"userName": id}),
        seen: day(0),
    };
    let theirs = tenure_store::HeldRecord { account: "u-2".into(), ..held("admin", &[], 0) };
    hand_over(
        &store,
        [
            Write::Link(link("u-1", "w-1")),
            Write::Link(link("u-2", "w-2")),
            Write::Account(account("u-1")),
            Write::Account(account("u-2")),
            Write::Account(account("u-3")),
            Write::Held { held: held("agent", &[], 0), at: day(0) },
            Write::Held { held: theirs.clone(), at: day(0) },
            Write::Value { key: "retry/a".into(), value: json!(1) },
            line("a", JournalPhase::Started),
            line("b", JournalPhase::Started),
        ],
    )
    .await;
    let lookup = Lookup {
        target: "zendesk".into(),
        identities: vec!["w-1".into(), "w-9".into()],
        accounts: vec!["u-3".into()],
        without_accounts: false,
        entitlements: vec![],
        values: vec!["retry/a".into(), "retry/b".into()],
        steps: vec![("plan-1".into(), "a".into())],
    };
    let found = store.look_up(&lookup).await.unwrap();
    assert_eq!(found.links, [link("u-1", "w-1")]);
    assert_eq!(found.accounts, [account("u-1"), account("u-3")]);
    assert_eq!(found.held, [held("agent", &[], 0)]);
    assert_eq!(found.values, [("retry/a".to_owned(), json!(1))]);
    assert_eq!(found.journal.iter().map(|entry| entry.step.as_str()).collect::<Vec<_>>(), ["a"]);
    let holders = Lookup {
        target: "zendesk".into(),
        entitlements: vec![("role".into(), "admin".into())],
        ..Lookup::default()
    };
    let found = store.look_up(&holders).await.unwrap();
    assert_eq!((found.held, found.accounts), (vec![theirs], vec![account("u-2")]));
}
