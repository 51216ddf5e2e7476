//! What targets told of accounts is known until something else is written of them.

use std::sync::Arc;

use tenure_store::{Batch, Print, Store, Told, ToldHeld, ToldRecord, Write};

use super::known::account;
use super::{day, draft, held, link};

fn thing(number: u128) -> ToldHeld {
    ToldHeld { content: Print(number), key: Print(number << 64) }
}

fn told(object: Option<u128>, held: &[u128]) -> ToldRecord {
    ToldRecord {
        target: "zendesk".into(),
        account: "u-1".into(),
        object: object.map(Print),
        held: held.iter().copied().map(thing).collect(),
        adds: true,
        audit: 0,
        marks: 0,
    }
}

fn known(object: Option<u128>, held: &[u128]) -> Told {
    Told { object: object.map(Print), held: held.iter().copied().map(thing).collect(), marks: 0 }
}

/// Writes, as somebody does who has just compared what was told with what is stored.
async fn put(store: &Arc<dyn Store>, writes: impl IntoIterator<Item = Write>) {
    let mut writes: Vec<Write> = writes.into_iter().collect();
    for write in &mut writes {
        if let Write::Told(record) = write {
            let found = store.told(&record.target, vec![record.account.clone()]).await.unwrap();
            record.marks = found[0].marks;
        }
    }
    commit(store, writes).await;
}

async fn commit(store: &Arc<dyn Store>, writes: impl IntoIterator<Item = Write>) {
    let batch = Batch { conditions: vec![], writes: writes.into_iter().collect() };
    store.commit(batch).await.unwrap();
}

async fn marked(store: &Arc<dyn Store>) -> Told {
    store.told("zendesk", vec!["u-1".into()]).await.unwrap().remove(0)
}

async fn read(store: &Arc<dyn Store>) -> Told {
    Told { marks: 0, ..marked(store).await }
}

pub(crate) async fn what_was_told_is_known_until_something_else_is_written(store: Arc<dyn Store>) {
    assert_eq!(read(&store).await, Told::default());
    let all = told(Some(u128::MAX), &[1, 2]);
    let some = held("agent", &["why"], 0);
    let what = || held("agent", &["why"], 0);
    let forgotten = [
        (Write::Account(account("u-1", "mara")), known(None, &[1, 2])),
        (Write::Held { held: what(), at: day(1) }, known(Some(u128::MAX), &[])),
        (Write::Lost { held: some, at: day(1) }, known(Some(u128::MAX), &[])),
        (Write::Link(link("u-1", "w-1")), known(Some(u128::MAX), &[])),
        (Write::ForgetAccount { target: "zendesk".into(), account: "u-1".into() }, Told::default()),
    ];
    for (write, left) in forgotten {
        put(&store, [Write::Told(ToldRecord { adds: false, ..all.clone() })]).await;
        assert_eq!(read(&store).await, known(Some(u128::MAX), &[1, 2]), "before {write:?}");
        put(&store, [write.clone()]).await;
        assert_eq!(read(&store).await, left, "after {write:?}");
        // Whoever notes it with what agrees with it is heard.
        put(&store, [write.clone(), Write::Told(told(Some(7), &[3]))]).await;
        let found = read(&store).await;
        assert!(found.object == Some(Print(7)) && found.held.contains(&thing(3)), "{write:?}: {found:?}");
        put(&store, [Write::Told(told(Some(8), &[4])), write.clone()]).await;
        let found = read(&store).await;
        assert!(found.object.is_none() || found.held.is_empty(), "{write:?}: {found:?}");
        assert!(!found.held.contains(&thing(4)) || found.object.is_none(), "{write:?}: {found:?}");
    }
}

pub(crate) async fn what_was_told_is_added_or_replaced_account_by_account(store: Arc<dyn Store>) {
    put(&store, [Write::Told(told(None, &[1])), Write::Told(told(Some(5), &[]))]).await;
    put(&store, [Write::Told(told(None, &[2]))]).await;
    assert_eq!(read(&store).await, known(Some(5), &[1, 2]));
    put(&store, [Write::Told(ToldRecord { adds: false, ..told(None, &[3]) })]).await;
    assert_eq!(read(&store).await, known(Some(5), &[3]));
    // What is said of others does not matter.
    let other = ToldRecord { account: "u-2".into(), ..told(Some(9), &[]) };
    put(&store, [Write::Told(other), Write::Told(ToldRecord { target: "erp".into(), ..told(Some(6), &[]) })])
        .await;
    put(&store, [Write::ForgetAccount { target: "erp".into(), account: "u-1".into() }]).await;
    let asked = ["u-2", "u-x", "u-1", "u-2"].map(String::from).to_vec();
    let expected = [known(Some(9), &[]), Told::default(), known(Some(5), &[3]), known(Some(9), &[])];
    assert_eq!(store.told("zendesk", asked).await.unwrap(), expected);
    assert_eq!(store.told("zendesk", Vec::new()).await.unwrap(), []);
}

pub(crate) async fn what_was_told_before_something_was_done_is_not_noted(store: Arc<dyn Store>) {
    put(&store, [Write::Told(told(Some(1), &[1]))]).await;
    put(&store, [Write::Account(account("u-1", "mara")), Write::Audit(draft("update"))]).await;
    assert_eq!(read(&store).await, known(None, &[1]));
    put(&store, [Write::Told(told(Some(1), &[2]))]).await;
    assert_eq!(read(&store).await, known(None, &[1]), "the answer is from before the update");
    put(&store, [Write::Account(account("u-1", "mara")), Write::Told(told(Some(1), &[]))]).await;
    assert_eq!(read(&store).await, known(None, &[1]));
    put(&store, [Write::Told(ToldRecord { audit: 1, ..told(Some(1), &[2]) })]).await;
    assert_eq!(read(&store).await, known(Some(1), &[1, 2]));
}

pub(crate) async fn what_was_compared_before_another_look_wrote_is_not_noted(store: Arc<dyn Store>) {
    let gone = || Write::ForgetAccount { target: "zendesk".into(), account: "u-1".into() };
    let held = held("agent", &["why"], 0);
    let of_another = [
        Write::Account(account("u-1", "mara")),
        Write::Held { held: held.clone(), at: day(1) },
        Write::Lost { held, at: day(1) },
        Write::Link(link("u-1", "w-1")),
        gone(),
    ];
    for write in of_another {
        // Be it that nothing was known before, or something.
        for object in [None, Some(1)] {
            put(&store, [gone(), Write::Told(told(object, &[]))]).await;
            let asked = marked(&store).await;
            let mine = ToldRecord { marks: asked.marks, ..told(Some(2), &[2]) };
            put(&store, [write.clone()]).await;
            let after = read(&store).await;
            commit(&store, [Write::Told(mine.clone())]).await;
            assert_eq!(read(&store).await, after, "{write:?}, with {object:?} before");
            // What is written with it is compared with.
            commit(&store, [write.clone(), Write::Told(mine.clone())]).await;
            assert_ne!(read(&store).await.object, Some(Print(2)), "{write:?}");
            put(&store, [write.clone(), Write::Told(mine)]).await;
            assert_eq!(read(&store).await.object, Some(Print(2)), "{write:?}");
        }
    }
    // Two that compared at the same time and changed nothing say the same.
    put(&store, [gone()]).await;
    let asked = marked(&store).await;
    for held in [3, 4] {
        let mine = ToldRecord { marks: asked.marks, ..told(Some(3), &[held]) };
        commit(&store, [Write::Told(mine)]).await;
    }
    assert_eq!(read(&store).await, known(Some(3), &[3, 4]));
    // Two in one batch that contradict each other are not heard.
    let (one, other) = (asked.marks, asked.marks + 1);
    let both = [one, other].map(|marks| Write::Told(ToldRecord { marks, ..told(Some(5), &[5]) }));
    commit(&store, both).await;
    assert_eq!(read(&store).await, known(Some(3), &[3, 4]));
}
