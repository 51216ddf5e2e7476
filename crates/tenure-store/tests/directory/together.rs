//! Several programs over one database, and readers beside writers.

use std::collections::BTreeSet;

use tenure_connector::{
    Connector, DeleteMode, ErrorKind, ListQuery, ObjectClass, Operation, Sort, WriteRequest,
};
use tenure_scim::{Filter, Patch};

use crate::cases::{apply, create, ctx, get, path, user};
use crate::place::Place;

pub async fn a_walk_misses_and_repeats_nothing_while_others_write(place: Place) {
    let directory = place.open().await;
    let mut before = Vec::new();
    for n in 0..40 {
        before.push(create(&directory, ObjectClass::USER, user(&format!("u{n:02}"))).await);
    }
    for sort in [None, Some(Sort { by: path("userName"), descending: true })] {
        let mut query = ListQuery::new(ObjectClass::USER).with_page_size(7);
        query.filter = Some(Filter::parse("userName sw \"u\"").unwrap());
        query.sort = sort;
        let mut seen = Vec::new();
        for turn in 0.. {
            let page = directory.list(&ctx(), &query).await.unwrap();
            seen.extend(page.items.iter().map(|item| item.object.id.clone()));
            query.cursor = page.next;
            if query.cursor.is_none() {
                break;
            }
            // One that was seen goes, another changes, and new ones come before and behind.
            let gone =
                Operation::Delete { object: page.items[0].object.clone(), mode: DeleteMode::Permanent };
            apply(&directory, gone).await.unwrap();
            before.retain(|user| user.id != page.items[0].object.id);
            let patch = Patch::default().replace(path("title"), "Lead");
            apply(&directory, Operation::Update { object: page.items[1].object.clone(), patch })
                .await
                .unwrap();
            for name in [format!("a{turn}"), format!("z{turn}")] {
                let name = format!("{name}-{}", query.sort.is_some());
                create(&directory, ObjectClass::USER, user(&name)).await;
            }
        }
        let once: BTreeSet<&String> = seen.iter().collect();
        assert_eq!(once.len(), seen.len(), "nothing comes twice");
        assert!(before.iter().all(|user| once.contains(&user.id)), "nothing is missed");
    }
}

pub async fn two_programs_never_give_one_name_twice(place: Place) {
    let (first, second) = (place.open().await, place.open().await);
    let tries = (0..24).map(|n| {
        let directory = if n % 2 == 0 { first.clone() } else { second.clone() };
        tokio::spawn(async move {
            let make = Operation::Create { class: ObjectClass::USER, resource: user("Wanted") };
            apply(&directory, make).await
        })
    });
    let mut made = 0;
    for attempt in tries.collect::<Vec<_>>() {
        match attempt.await.unwrap() {
            Ok(_) => made += 1,
            Err(error) => assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error}"),
        }
    }
    assert_eq!(made, 1);
}

pub async fn one_key_is_one_write_also_at_the_same_time(place: Place) {
    let (first, second) = (place.open().await, place.open().await);
    let make = Operation::Create { class: ObjectClass::GROUP, resource: crate::cases::group("Team", &[]) };
    let request = WriteRequest::new("the-key", make);
    let tries = (0..16).map(|n| {
        let directory = if n % 2 == 0 { first.clone() } else { second.clone() };
        let request = request.clone();
        tokio::spawn(async move { directory.apply(&ctx(), &request).await.unwrap() })
    });
    let mut changed = 0;
    let mut ids = BTreeSet::new();
    for attempt in tries.collect::<Vec<_>>() {
        let outcome = attempt.await.unwrap();
        changed += usize::from(outcome.changed());
        ids.insert(outcome.object.unwrap().id);
    }
    assert_eq!((changed, ids.len()), (1, 1));
    assert_eq!(first.list(&ctx(), &ListQuery::new(ObjectClass::GROUP)).await.unwrap().total, Some(1));
}

pub async fn texts_that_a_database_cannot_hold_are_the_callers_mistake(place: Place) {
    let directory = place.open().await;
    let anna = create(&directory, ObjectClass::USER, user("anna")).await;
    let bad = |name: &str| Operation::Create { class: ObjectClass::USER, resource: user(name) };
    for name in ["a\0b".to_owned(), "x".repeat(2001)] {
        assert_eq!(apply(&directory, bad(&name)).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
    create(&directory, ObjectClass::USER, user(&"x".repeat(2000))).await;
    let filter = Filter::compare(
        path("title"),
        tenure_scim::filter::CompareOp::Eq,
        tenure_scim::filter::Literal::String("a\0".to_owned()),
    );
    let query = ListQuery::new(ObjectClass::USER).with_filter(filter);
    assert_eq!(directory.list(&ctx(), &query).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    let mut odd = anna.clone();
    odd.id = "a\0".to_owned();
    assert_eq!(get(&directory, &odd).await.unwrap_err().kind(), ErrorKind::NotFound);
}

pub async fn a_filter_that_no_database_decides_is_bounded(place: Place) {
    let directory = place.open_with(crate::place::builder().scan_limit(50)).await.unwrap();
    let filter = Filter::parse("name[middleName eq \"Berg\"]").unwrap();
    let query = ListQuery::new(ObjectClass::USER).with_filter(filter).with_page_size(5);
    let berg = user("berg").with("name.middleName", "BERG").unwrap();
    create(&directory, ObjectClass::USER, berg).await;
    for n in 0..48 {
        create(&directory, ObjectClass::USER, user(&format!("u{n}"))).await;
    }
    let page = directory.list(&ctx(), &query).await.unwrap();
    assert_eq!((page.items.len(), page.total, page.next), (1, Some(1), None));
    for n in 0..3 {
        create(&directory, ObjectClass::USER, user(&format!("v{n}"))).await;
    }
    let refused = directory.list(&ctx(), &query).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    assert!(refused.to_string().contains("no index answers the filter"), "{refused}");
    // What the database can decide of it makes it small enough.
    let narrowed = Filter::parse("userName sw \"b\" and name[middleName eq \"Berg\"]").unwrap();
    let page = directory.list(&ctx(), &query.with_filter(narrowed)).await.unwrap();
    assert_eq!(page.items.len(), 1);
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn a_change_that_commits_late_is_told_late_and_not_lost() {
    use tenure_connector::Change;
    let Some(place) = Place::postgres() else { return };
    let directory = place.open().await;
    let Place::Postgres(schema) = &place else { panic!("a server") };
    let start = directory.changes(&ctx(), &ObjectClass::USER, None).await.unwrap();
    let late = schema.client().await;
    late.batch_execute("BEGIN; INSERT INTO change VALUES ('User', 'late', pg_current_xact_id(), TRUE)")
        .await
        .unwrap();
    let anna = create(&directory, ObjectClass::USER, user("anna")).await;
    let page = directory.changes(&ctx(), &ObjectClass::USER, Some(&start.token)).await.unwrap();
    let ids =
        |changes: &[Change]| changes.iter().map(|change| change.object().id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&page.changes), [anna.id.as_str()]);
    late.batch_execute("COMMIT").await.unwrap();
    let next = directory.changes(&ctx(), &ObjectClass::USER, Some(&page.token)).await.unwrap();
    assert_eq!(ids(&next.changes), ["late"], "it is new, whatever its number");
    let last = directory.changes(&ctx(), &ObjectClass::USER, Some(&next.token)).await.unwrap();
    assert!(last.changes.is_empty());
}

/// A clause that the predicate of an index implies is left out of a search in it, so that a column before the value would
/// make every search one through the whole index.
#[cfg(feature = "postgres")]
#[tokio::test]
async fn indexes_of_values_begin_with_the_value() {
    let Some(place) = Place::postgres() else { return };
    drop(place.open().await);
    let Place::Postgres(schema) = &place else { panic!("a server") };
    let sql = "SELECT indexdef FROM pg_indexes \
               WHERE schemaname = current_schema() AND tablename = 'resource' AND indexdef LIKE '%WHERE%class =%'";
    let rows = schema.client().await.query(sql, &[]).await.unwrap();
    let indexes: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert!(indexes.len() > 5, "{indexes:?}");
    for index in &indexes {
        assert!(!index.contains("(class,"), "{index}");
    }
    assert!(
        indexes.iter().any(|index| index.contains("UNIQUE") && index.contains("username")),
        "{indexes:?}"
    );
}

/// Writes that come at the same time share a transaction; one of them that fails after it wrote is undone alone.
pub async fn a_write_that_fails_late_takes_no_other_with_it(place: Place) {
    let directory = place.open().await;
    let team = create(&directory, ObjectClass::GROUP, crate::cases::group("Team", &[])).await;
    let writes = (0..60).map(|n| {
        let (directory, team) = (directory.clone(), team.clone());
        tokio::spawn(async move {
            let operation = match n % 3 {
                // The member is written before the second operation is refused.
                0 => Operation::Update {
                    object: team,
                    patch: Patch::default()
                        .add(path("members"), serde_json::json!([{"value": format!("late{n}")}]))
                        .add(path("displayName"), serde_json::json!({"not": "a text"})),
                },
                1 => crate::cases::add_member(&team, &format!("m{n:02}")),
                _ => Operation::Create { class: ObjectClass::USER, resource: user(&format!("u{n:02}")) },
            };
            apply(&directory, operation).await
        })
    });
    for (n, write) in writes.collect::<Vec<_>>().into_iter().enumerate() {
        let answer = write.await.unwrap();
        match n % 3 {
            0 => assert_eq!(answer.unwrap_err().kind(), ErrorKind::InvalidInput),
            _ => assert!(answer.unwrap().changed(), "{n}"),
        }
    }
    let team = get(&directory, &team).await.unwrap();
    let members = team.resource.attr("members").unwrap().to_json();
    let members: Vec<&str> =
        members.as_array().unwrap().iter().map(|one| one["value"].as_str().unwrap()).collect();
    let expected: Vec<String> = (0..60).filter(|n| n % 3 == 1).map(|n| format!("m{n:02}")).collect();
    assert_eq!(members, expected);
    let users = directory.list(&ctx(), &ListQuery::new(ObjectClass::USER)).await.unwrap();
    assert_eq!((users.items.len(), users.total), (20, Some(20)));
}
