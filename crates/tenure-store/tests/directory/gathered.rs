//! Calls that come at the same time and are carried out together, each with a verdict of its own.

use std::collections::BTreeSet;

use serde_json::json;
use tenure_connector::{
    Connector, ConnectorError, DeleteMode, ErrorKind, Fields, ListQuery, Object, ObjectClass, ObjectRef,
    Operation, Outcome, Version, WriteRequest,
};
use tenure_scim::{Filter, Patch, Resource};
use tenure_store::directory::DirectoryConnector;

use crate::cases::{add_member, apply, create, ctx, get, group, path, user};
use crate::place::Place;

type Shown = Result<(Outcome, Option<Object>), ConnectorError>;

/// A write that nobody repeats, as a SCIM server makes one of each request.
async fn once(directory: &DirectoryConnector, operation: Operation, expected: Option<Version>) -> Shown {
    let mut request = WriteRequest::new("one attempt", operation).once();
    request.expected = expected;
    directory.apply_and_show(&ctx(), &request).await
}

/// All of them at the same time.
async fn all(directory: &DirectoryConnector, writes: Vec<(Operation, Option<Version>)>) -> Vec<Shown> {
    let tasks: Vec<_> = writes
        .into_iter()
        .map(|(operation, expected)| {
            let directory = directory.clone();
            tokio::spawn(async move { once(&directory, operation, expected).await })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

fn make(resource: Resource) -> (Operation, Option<Version>) {
    (Operation::Create { class: ObjectClass::USER, resource }, None)
}

fn title(object: &ObjectRef, title: &str) -> Operation {
    Operation::Update { object: object.clone(), patch: Patch::default().replace(path("title"), title) }
}

pub async fn of_creates_at_the_same_time_each_name_is_given_once(place: Place) {
    let directory = place.open().await;
    let start = directory.changes(&ctx(), &ObjectClass::USER, None).await.unwrap();
    let writes = (0..60).map(|n| {
        let name = format!("User{:02}", n % 20);
        make(user(&name).with("emails", json!([{"value": format!("m{n}@example.com")}])).unwrap())
    });
    let mut made: Vec<Object> = Vec::new();
    for answer in all(&directory, writes.collect()).await {
        match answer {
            Ok((outcome, shown)) => {
                assert!(outcome.changed());
                made.push(shown.unwrap());
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error}");
                assert!(error.conflicting().is_some(), "{error}");
            }
        }
    }
    assert_eq!(made.len(), 20);
    let told = directory.changes(&ctx(), &ObjectClass::USER, Some(&start.token)).await.unwrap();
    let told: BTreeSet<_> = told.changes.iter().map(|change| change.object().id.clone()).collect();
    assert_eq!(told, made.iter().map(|one| one.object.id.clone()).collect());
    let users = directory.list(&ctx(), &ListQuery::new(ObjectClass::USER)).await.unwrap();
    assert_eq!((users.items.len(), users.total), (20, Some(20)));
    for one in &made {
        assert_eq!(get(&directory, &one.object).await.unwrap(), *one);
        let mail = one.resource.attr("emails").unwrap().to_json()[0]["value"].clone();
        let filter = Filter::parse(&format!("emails.value eq {mail}")).unwrap();
        let found =
            directory.list(&ctx(), &ListQuery::new(ObjectClass::USER).with_filter(filter)).await.unwrap();
        assert_eq!(found.items, std::slice::from_ref(one));
    }
}

pub async fn changes_at_the_same_time_each_stand_on_a_version_of_their_own(place: Place) {
    let directory = place.open().await;
    let mut users = Vec::new();
    for n in 0..10 {
        users.push(create(&directory, ObjectClass::USER, user(&format!("u{n}"))).await);
    }
    let anna = get(&directory, &users[0]).await.unwrap();
    // Of those that expect the version that was read one is the first; the others come too late.
    let writes = (0..12).map(|n| (title(&users[0], &format!("t{n}")), anna.version.clone()));
    let mut done = 0;
    for answer in all(&directory, writes.collect()).await {
        match answer {
            Ok((outcome, shown)) => {
                done += usize::from(outcome.changed());
                assert_eq!(shown.unwrap(), get(&directory, &users[0]).await.unwrap());
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
        }
    }
    assert_eq!(done, 1);
    // Those that expect none are all done, one after the other where they meet.
    let start = directory.changes(&ctx(), &ObjectClass::USER, None).await.unwrap();
    let writes = (0..60).map(|n| (title(&users[1 + n % 3], &format!("t{n}")), None));
    for answer in all(&directory, writes.collect()).await {
        assert!(answer.unwrap().0.changed());
    }
    for user in &users[1..4] {
        let user = get(&directory, user).await.unwrap();
        assert_eq!(user.version.unwrap().as_str(), "W/\"21\"");
    }
    let told = directory.changes(&ctx(), &ObjectClass::USER, Some(&start.token)).await.unwrap();
    assert_eq!(told.changes.len(), 3);
}

pub async fn what_changed_after_it_was_read_is_not_written_over(place: Place) {
    let (one, other) = match &place {
        Place::Memory => {
            let one = place.open().await;
            (one.clone(), one)
        }
        _ => (place.open().await, place.open().await),
    };
    let anna = create(&one, ObjectClass::USER, user("anna")).await;
    let team = create(&one, ObjectClass::GROUP, group("Support", &[])).await;
    let before = get(&one, &anna).await.unwrap();
    let nick = Patch::default().replace(path("nickName"), "Annie");
    apply(&other, Operation::Update { object: anna.clone(), patch: nick }).await.unwrap();
    apply(&other, add_member(&team, &anna.id)).await.unwrap();
    let late = once(&one, title(&anna, "Agent"), before.version).await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Conflict);
    get(&one, &anna).await.unwrap();
    let rename = Patch::default().replace(path("nickName"), "Nan");
    apply(&other, Operation::Update { object: anna.clone(), patch: rename }).await.unwrap();
    let (_, shown) = once(&one, title(&anna, "Agent"), None).await.unwrap();
    let now = get(&one, &anna).await.unwrap();
    assert_eq!((now.resource.text("nickName"), now.resource.text("title")), (Some("Nan"), Some("Agent")));
    assert_eq!(now.resource.attr("groups").unwrap().to_json()[0]["display"], json!("Support"));
    assert_eq!(shown.unwrap(), now);
    // Changed names and addresses are found under the new ones alone.
    let patch = Patch::default()
        .replace(path("userName"), "Ann")
        .replace(path("emails"), json!([{"value": "ann@example.com"}]));
    once(&one, Operation::Update { object: anna.clone(), patch }, None).await.unwrap();
    for (filter, count) in
        [("userName eq \"anna\"", 0), ("userName eq \"ann\"", 1), ("emails.value sw \"ann@\"", 1)]
    {
        let query = ListQuery::new(ObjectClass::USER).with_filter(Filter::parse(filter).unwrap());
        assert_eq!(one.list(&ctx(), &query).await.unwrap().items.len(), count, "{filter}");
    }
    get(&one, &anna).await.unwrap();
    apply(&other, Operation::Delete { object: anna.clone(), mode: DeleteMode::Soft }).await.unwrap();
    let gone = once(&one, title(&anna, "Lead"), None).await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}

pub async fn of_queries_by_name_at_the_same_time_each_has_its_own_answer(place: Place) {
    let directory = place.open().await;
    for n in 0..20 {
        let of_two = user(&format!("User{n}")).with("externalId", format!("E{}", n % 12)).unwrap();
        create(&directory, ObjectClass::USER, of_two).await;
    }
    let gone = create(&directory, ObjectClass::USER, user("gone")).await;
    apply(&directory, Operation::Delete { object: gone, mode: DeleteMode::Soft }).await.unwrap();
    let team = create(&directory, ObjectClass::GROUP, group("Support", &[])).await;
    let named =
        ListQuery::new(ObjectClass::USER).with_filter(Filter::parse("userName eq \"user3\"").unwrap());
    let third = directory.list(&ctx(), &named).await.unwrap().items.remove(0);
    apply(&directory, add_member(&team, &third.object.id)).await.unwrap();
    let core = "urn:ietf:params:scim:schemas:core:2.0:User";
    let mut asked: Vec<(String, usize)> = Vec::new();
    for n in 0..24 {
        asked.push((format!("userName eq \"USER{n}\""), usize::from(n < 20)));
        asked.push((format!("{core}:userName eq \"user{n}\""), usize::from(n < 20)));
        let with_it = if n < 8 { 2 } else { usize::from(n < 12) };
        asked.push((format!("externalId eq \"E{n}\""), with_it));
        // It is compared with its case.
        asked.push((format!("externalId eq \"e{n}\""), 0));
    }
    asked.push(("userName eq \"gone\"".to_owned(), 0));
    asked.push((format!("id eq \"{}\"", third.object.id), 1));
    let queries = asked.into_iter().flat_map(|(text, count)| {
        let query = ListQuery::new(ObjectClass::USER).with_filter(Filter::parse(&text).unwrap());
        let mut one = query.clone().with_page_size(1);
        one.fields = Fields::Except([path("groups")].into());
        let mut behind = query.clone();
        behind.skip = 1;
        [
            (text.clone(), query, count),
            (text.clone(), one, count.min(1)),
            (text, behind, count.saturating_sub(1)),
        ]
    });
    let tasks: Vec<_> = queries
        .map(|(text, query, count)| {
            let directory = directory.clone();
            tokio::spawn(async move {
                (text, query.clone(), count, directory.list(&ctx(), &query).await.unwrap())
            })
        })
        .collect();
    for task in tasks {
        let (text, query, count, page) = task.await.unwrap();
        assert_eq!(page.items.len(), count, "{text}");
        let whole = query.skip == 0 && query.page_size.is_none();
        assert!(!whole || (page.total, &page.next) == (Some(count as u64), &None), "{text}");
        for item in &page.items {
            let read = directory.get(&ctx(), &item.object, &query.fields).await.unwrap();
            assert_eq!(*item, read, "{text}");
            let in_groups = item.object.same_object(&third.object) && query.fields == Fields::All;
            assert_eq!(item.resource.attr("groups").is_some(), in_groups, "{text}");
        }
    }
}

/// Without it each of many writers would flush a log of its own to the disk.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn writes_that_wait_at_the_same_time_are_one_transaction() {
    let Some(place) = Place::postgres() else { return };
    let directory = place.open().await;
    let Place::Postgres(schema) = &place else { panic!("a server") };
    let client = schema.client().await;
    let transactions = async || -> i64 {
        let sql = "SELECT count(DISTINCT xmin::text) FROM resource";
        client.query_one(sql, &[]).await.unwrap().get(0)
    };
    // On one thread all of them wait before the first of them is on its way.
    let mut made = Vec::new();
    for answer in all(&directory, (0..60).map(|n| make(user(&format!("u{n}")))).collect()).await {
        made.push(answer.unwrap().0.object.unwrap());
    }
    assert!(transactions().await <= 2, "{}", transactions().await);
    for user in &made {
        get(&directory, user).await.unwrap();
    }
    for answer in all(&directory, made.iter().map(|user| (title(user, "Agent"), None)).collect()).await {
        assert!(answer.unwrap().0.changed());
    }
    assert!(transactions().await <= 4, "{}", transactions().await);
}

/// A row that somebody holds stops those who change it, and nobody else.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn what_waits_behind_a_held_row_goes_past_it() {
    let Some(place) = Place::postgres() else { return };
    let directory = place.open().await;
    let Place::Postgres(schema) = &place else { panic!("a server") };
    let mut users = Vec::new();
    for n in 0..3 {
        users.push(create(&directory, ObjectClass::USER, user(&format!("u{n}"))).await);
    }
    let holder = schema.client().await;
    holder.batch_execute("BEGIN").await.unwrap();
    holder.execute("SELECT 1 FROM resource WHERE id = $1 FOR UPDATE", &[&users[0].id]).await.unwrap();
    let stopped = {
        let (directory, change) = (directory.clone(), title(&users[0], "Lead"));
        tokio::spawn(async move { once(&directory, change, None).await })
    };
    // Not of `pg_stat_activity`: within a transaction that shows those alone who were there when it was first asked.
    let waits =
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))";
    while holder.query_one(waits, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        tokio::task::yield_now().await;
    }
    for other in &users[1..] {
        assert!(once(&directory, title(other, "Agent"), None).await.unwrap().0.changed());
    }
    assert!(!stopped.is_finished());
    holder.batch_execute("COMMIT").await.unwrap();
    assert!(stopped.await.unwrap().unwrap().0.changed());
}
