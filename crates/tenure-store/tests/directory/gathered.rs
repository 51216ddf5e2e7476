//! Calls that come at the same time and are carried out together, each with a verdict of its own.

use std::collections::BTreeSet;

use serde_json::json;
use tenure_connector::{
    Connector, ConnectorError, DeleteMode, ErrorKind, ListQuery, Object, ObjectClass, ObjectRef, Operation,
    Outcome, Version, WriteRequest,
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
