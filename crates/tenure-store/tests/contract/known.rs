//! What a look at everything and a plan for everybody read of many at once.

use std::sync::Arc;

use serde_json::json;
use tenure_store::{
    AccountRecord, Batch, GrantRecord, HeldRecord, Known, LinkRecord, Lookup, NameState, PageRequest, Select,
    Store, TextOf, Whom, Write,
};

use super::{day, held, identity, link, name};

pub(super) fn account(id: &str, user_name: &str) -> AccountRecord {
    AccountRecord {
        target: "zendesk".into(),
        id: id.into(),
        class: "User".into(),
        version: Some("7".into()),
        // The end of a text that is compared as far as its last member.
        resource: json!({"userName": user_name, "note": ",\"seen\":\"", "size": 1.5, "none": null}),
        seen: day(0),
    }
}

fn held_by(account: &str, value: &str) -> HeldRecord {
    HeldRecord { account: account.into(), ..held(value, &["why"], 0) }
}

async fn filled(store: &Arc<dyn Store>) {
    let mut batch = Batch::new();
    for number in 1..=5 {
        let (user, person) = (format!("u-{number}"), format!("w-{number}"));
        batch.push(Write::Identity(identity(&person, "Sales", 0, 0)));
        batch.push(Write::Account(account(&user, &user)));
        let mut tie = link(&user, &person);
        tie.deleted = (number == 4).then(|| day(1));
        batch.push(Write::Link(tie));
        batch.push(Write::Name(name(&user, &person, NameState::Committed, 0)));
        for value in ["admin", "agent"] {
            batch.push(Write::Held { held: held_by(&user, value), at: day(0) });
        }
    }
    batch.push(Write::Account(AccountRecord { target: "other".into(), ..account("u-1", "x") }));
    batch.push(Write::Grant(GrantRecord {
        id: "g-1".into(),
        identity: "w-2".into(),
        document: json!({"role": "r"}),
        recorded: day(0),
        revoked: Some(day(1)),
    }));
    batch.push(Write::Link(LinkRecord::new("other", "u-1", "w-2", "created", day(0))));
    store.commit(batch).await.unwrap();
}

pub(crate) async fn accounts_that_differ_are_told_from_those_that_do_not(store: Arc<dyn Store>) {
    filled(&store).await;
    let later = AccountRecord { seen: day(9), ..account("u-1", "u-1") };
    let renamed = account("u-2", "renamed");
    let newer = AccountRecord { version: Some("8".into()), ..account("u-3", "u-3") };
    let unknown = account("u-9", "u-9");
    let given = vec![later, renamed.clone(), newer.clone(), unknown.clone()];
    assert_eq!(store.changed_accounts(given).await.unwrap(), [renamed, newer, unknown]);
    assert_eq!(store.changed_accounts(Vec::new()).await.unwrap(), []);
}

pub(crate) async fn what_a_target_has_is_counted_and_listed_without_its_content(store: Arc<dyn Store>) {
    filled(&store).await;
    assert_eq!(store.account_ids("zendesk", &PageRequest::first(2)).await.unwrap(), ["u-1", "u-2"]);
    assert_eq!(store.account_ids("zendesk", &PageRequest::after("u-4", 9)).await.unwrap(), ["u-5"]);
    // A tombstone is no live link.
    assert_eq!(store.count_unlinked("zendesk").await.unwrap(), 1);
    assert_eq!(
        (store.count_held("zendesk").await.unwrap(), store.count_held("other").await.unwrap()),
        (10, 0)
    );
    let page = |page: PageRequest| {
        let store = Arc::clone(&store);
        async move {
            let found = store.held_by("zendesk", &page).await.unwrap();
            found.into_iter().map(|held| format!("{}/{}", held.account, held.value)).collect::<Vec<_>>()
        }
    };
    // What one account holds is never cut in two.
    assert_eq!(page(PageRequest::first(2)).await, ["u-1/admin", "u-1/agent", "u-2/admin", "u-2/agent"]);
    assert_eq!(page(PageRequest::after("u-4", 2)).await, ["u-5/admin", "u-5/agent"]);
    assert_eq!(page(PageRequest::after("u-5", 2)).await, Vec::<String>::new());
    let lookup = Lookup {
        target: "zendesk".into(),
        accounts: vec!["u-1".into()],
        without_accounts: true,
        ..Lookup::default()
    };
    let found = store.look_up(&lookup).await.unwrap();
    assert_eq!((found.links.len(), found.held.len(), found.accounts.len()), (1, 2, 0));
}

pub(crate) async fn people_are_read_with_all_that_belongs_to_them(store: Arc<dyn Store>) {
    filled(&store).await;
    let ids = vec!["w-2".to_owned(), "w-4".to_owned(), "w-unknown".to_owned()];
    let found = store.known_of(&Whom::These(ids.clone())).await.unwrap();
    let select = Select::Identities(ids);
    let links = store.links(&select).await.unwrap();
    let ids = vec!["w-4".to_owned(), "w-2".to_owned(), "w-unknown".to_owned()];
    let texts = store.known_texts(&ids).await.unwrap();
    assert_eq!(links.len(), 3, "{links:?}");
    let expected = Known {
        identities: vec![identity("w-2", "Sales", 0, 0), identity("w-4", "Sales", 0, 0)],
        names: store.names(&select).await.unwrap(),
        grants: store.grants(&select).await.unwrap(),
        links,
        // Whose link is a tombstone has no account.
        accounts: vec![
            AccountRecord { target: "other".into(), ..account("u-1", "x") },
            account("u-2", "u-2"),
        ],
        held: vec![held_by("u-2", "admin"), held_by("u-2", "agent")],
        marks: vec![("w-2".to_owned(), 1), ("w-4".to_owned(), 1)],
    };
    assert_eq!((expected.names.len(), expected.grants.len()), (2, 1));
    assert_eq!(sorted(texts.to_known().unwrap()), sorted(expected.clone()));
    assert_eq!(sorted(found), sorted(expected));
    let each = |of| texts.people().map(|person| person.texts(of).count()).collect::<Vec<_>>();
    let all = [TextOf::Identity, TextOf::Name, TextOf::Grant, TextOf::Link, TextOf::Account, TextOf::Held];
    assert_eq!(all.map(each), [[1, 1], [1, 1], [1, 0], [2, 1], [2, 0], [2, 0]], "w-2 goes before w-4");
    let wrong = texts.people().next().unwrap().read::<Vec<u8>>(TextOf::Link).next().unwrap().unwrap_err();
    assert!(wrong.to_string().contains("link"), "{wrong}");
    assert_eq!(store.known_texts(&[]).await.unwrap().people().count(), 0);
    let page = store.known_of(&Whom::Page(PageRequest::after("w-3", 1))).await.unwrap();
    assert_eq!(page.identities.iter().map(|found| found.id.as_str()).collect::<Vec<_>>(), ["w-4"]);
    let end = store.known_of(&Whom::Page(PageRequest::after("w-5", 1))).await.unwrap();
    assert_eq!(end, Known::default());
}

/// What belongs to several comes in any order.
fn sorted(mut known: Known) -> Known {
    known.names.sort_by(|a, b| (&a.space, &a.key).cmp(&(&b.space, &b.key)));
    known.links.sort_by(|a, b| (&a.target, &a.account).cmp(&(&b.target, &b.account)));
    known.accounts.sort_by(|a, b| (&a.target, &a.id).cmp(&(&b.target, &b.id)));
    known.held.sort_by_key(HeldRecord::key);
    known.marks.sort();
    known
}

pub(crate) async fn accounts_of_nobody_are_found_between_those_of_others(store: Arc<dyn Store>) {
    // An account with a link, with one that has ended, with none, and each of the two links without an account: next to each other
    // in every order.
    let kinds = (0..5).flat_map(|first| (0..5).flat_map(move |second| [first, second]));
    let (mut batch, mut expected) = (Batch::new(), Vec::new());
    for (number, kind) in kinds.enumerate() {
        let (id, person) = (format!("u-{number:02}"), format!("w-{number}"));
        if kind < 3 {
            batch.push(Write::Account(account(&id, &id)));
        }
        if kind != 2 {
            let mut tie = link(&id, &person);
            tie.deleted = matches!(kind, 1 | 4).then(|| day(1));
            batch.push(Write::Link(tie));
        }
        batch.push(Write::Link(LinkRecord::new("other", &id, &person, "created", day(0))));
        if kind == 1 || kind == 2 {
            expected.push(id);
        }
    }
    batch.push(Write::Account(AccountRecord { target: "other".into(), ..account("u-99", "x") }));
    store.commit(batch).await.unwrap();
    for limit in [1, 3, 100] {
        let (mut page, mut found) = (PageRequest::first(limit), Vec::new());
        loop {
            let records = store.unlinked("zendesk", &page).await.unwrap();
            assert!(records.len() <= limit);
            let Some(last) = records.last() else { break };
            page = PageRequest::after(last.id.clone(), limit);
            found.extend(records.into_iter().map(|record| record.id));
        }
        assert_eq!(found, expected);
    }
    assert_eq!(store.count_unlinked("zendesk").await.unwrap(), 20);
    assert_eq!(store.count_unlinked("other").await.unwrap(), 1);
    assert_eq!(store.unlinked("zendesk", &PageRequest::first(0)).await.unwrap(), []);
}
