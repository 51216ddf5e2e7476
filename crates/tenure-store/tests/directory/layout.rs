//! What a directory finds when it is opened: nothing, its own tables, newer ones, foreign ones.

use std::error::Error;

use serde_json::json;
use tenure_connector::{
    AccountStatus, Change, Connector, DeleteMode, DeltaToken, ErrorKind, ListQuery, ObjectClass, Operation,
};
use tenure_scim::{Filter, Patch, Schema, SchemaRegistry};
use tenure_store::directory::{DirectoryConnector, OpenError};

use crate::cases::{apply, create, ctx, path, user};
use crate::place::{Place, builder, clock};

pub async fn sql(place: &Place, sql: &str) {
    match place {
        Place::Memory => panic!("nothing else can write there"),
        Place::File(folder) => {
            rusqlite::Connection::open(Place::path(folder.path())).unwrap().execute_batch(sql).unwrap();
        }
        #[cfg(feature = "postgres")]
        Place::Postgres(schema) => schema.client().await.batch_execute(sql).await.unwrap(),
    }
}

#[track_caller]
fn reason(opened: Result<DirectoryConnector, OpenError>) -> String {
    opened.unwrap_err().source().unwrap().to_string()
}

pub async fn tables_of_a_newer_program_are_refused(place: Place) {
    drop(place.open().await);
    sql(&place, "INSERT INTO directory_schema VALUES (99)").await;
    assert_eq!(
        reason(place.open_with(builder()).await),
        "expected tables of version 4 or older, found version 99: a newer program wrote them"
    );
}

pub async fn foreign_tables_are_refused(place: Place) {
    #[cfg(feature = "postgres")]
    if let Place::Postgres(schema) = &place {
        schema.client().await.batch_execute(&format!("CREATE SCHEMA {}", schema.name)).await.unwrap();
    }
    sql(&place, "CREATE TABLE resource (x BIGINT)").await;
    assert_eq!(
        reason(place.open_with(builder()).await),
        "expected the tables of a directory, found others with the same names"
    );
}

pub async fn an_attribute_indexed_later_finds_what_was_stored_before(place: Place) {
    let directory = place.open().await;
    let anna = user("anna").with("phoneNumbers", json!([{"value": "+49 30 1"}])).unwrap();
    let anna = create(&directory, ObjectClass::USER, anna.with("title", "Agent").unwrap()).await;
    drop(directory);
    let indexed = || builder().index(path("phoneNumbers.value")).index(path("title"));
    for _ in 0..2 {
        let directory = place.open_with(indexed()).await.unwrap();
        for filter in ["phoneNumbers.value eq \"+49 30 1\"", "title eq \"AGENT\"", "phoneNumbers sw \"+49\""]
        {
            let query = ListQuery::new(ObjectClass::USER).with_filter(Filter::parse(filter).unwrap());
            let found = directory.list(&ctx(), &query).await.unwrap().items;
            assert_eq!(found.len(), 1, "{filter}");
            assert_eq!(found[0].object.id, anna.id);
        }
    }
}

pub async fn a_schema_that_compares_otherwise_is_refused(place: Place) {
    let registry = |exact: bool| {
        let mut registry = SchemaRegistry::builtin();
        let group = json!({"id": "urn:ietf:params:scim:schemas:core:2.0:Group", "name": "Group", "attributes": [
            {"name": "displayName", "type": "string", "caseExact": exact},
        ]});
        registry.add_schema(Schema::from_json(group).unwrap());
        let kind = registry.resource("Group").unwrap().resource_type().clone();
        registry.add_resource_type(kind).unwrap();
        registry
    };
    drop(place.open_with(DirectoryConnector::builder(registry(false), clock())).await.unwrap());
    let refused = place.open_with(DirectoryConnector::builder(registry(true), clock())).await;
    assert_eq!(
        reason(refused),
        "expected the values of `Group/displayname/value` compared as `fold/1`, as those stored were, \
         found the rule `exact/1` in the schema"
    );
}

pub async fn members_that_were_stored_before_are_found_by_their_types_and_displays(place: Place) {
    let directory = place.open().await;
    let members: Vec<_> = (0..1500)
        .map(|n| json!({"value": format!("m{n:04}"), "type": "Robot", "display": format!("Straße {n}")}))
        .collect();
    let team = crate::cases::group("Everything", &[]).with("members", json!(members)).unwrap();
    create(&directory, ObjectClass::GROUP, team).await;
    create(&directory, ObjectClass::GROUP, crate::cases::group("People", &["anna"])).await;
    drop(directory);
    // As an older program left them.
    without_numbers(&place).await;
    sql(
        &place,
        "DELETE FROM directory_schema WHERE version >= 2; DROP TABLE accepted;
         ALTER TABLE member DROP COLUMN kind_key; ALTER TABLE member DROP COLUMN shown_key",
    )
    .await;
    for _ in 0..2 {
        let directory = place.open_with(crate::referred::builder()).await.unwrap();
        for filter in [
            "members.type eq \"robot\"",
            "members.display eq \"STRAßE 1499\"",
            "members[value eq \"m0000\" and type pr]",
        ] {
            let query = ListQuery::new(ObjectClass::GROUP).with_filter(Filter::parse(filter).unwrap());
            let found = directory.list(&ctx(), &query).await.unwrap().items;
            assert_eq!(found.len(), 1, "{filter}");
            assert_eq!(found[0].resource.text("displayName"), Some("Everything"), "{filter}");
        }
    }
}

/// Brings a directory back to where an older program left it: the feed has a row for every object, and rows of resources no number.
async fn without_numbers(place: &Place) {
    sql(
        place,
        "INSERT INTO change (class, id, n, gone) SELECT class, id, n, deleted IS NOT NULL FROM resource;
         DROP INDEX resource_told; ALTER TABLE resource DROP COLUMN n;
         DELETE FROM directory_schema WHERE version >= 4",
    )
    .await;
}

pub async fn changes_that_were_told_by_rows_of_their_own_are_told_as_before(place: Place) {
    let directory = place.open().await;
    create(&directory, ObjectClass::USER, user("early")).await;
    let start = directory.changes(&ctx(), &ObjectClass::USER, None).await.unwrap().token;
    let mut all = Vec::new();
    for name in ["anna", "ben", "cara", "dora"] {
        all.push(create(&directory, ObjectClass::USER, user(name)).await);
    }
    for (object, mode) in [(&all[1], DeleteMode::Soft), (&all[2], DeleteMode::Permanent)] {
        apply(&directory, Operation::Delete { object: object.clone(), mode }).await.unwrap();
    }
    let told = async |directory: &DirectoryConnector, since: &DeltaToken| {
        let page = directory.changes(&ctx(), &ObjectClass::USER, Some(since)).await.unwrap();
        let told = page.changes.iter().map(|change| {
            let kept = matches!(change, Change::Upserted(_));
            (change.object().id.clone(), kept)
        });
        (told.collect::<Vec<_>>(), page.token)
    };
    let id = |n: usize| all[n].id.clone();
    let (before, token) = told(&directory, &start).await;
    assert_eq!(before, [(id(0), true), (id(3), true), (id(1), false), (id(2), false)]);
    drop(directory);
    without_numbers(&place).await;
    for _ in 0..2 {
        let directory = place.open().await;
        assert_eq!(told(&directory, &start).await.0, before);
        assert!(told(&directory, &token).await.0.is_empty());
    }
    // A program of before that still runs tells its changes by rows of their own.
    let directory = place.open().await;
    let stop = Operation::SetStatus { object: all[0].clone(), status: AccountStatus::Disabled };
    apply(&directory, stop).await.unwrap();
    sql(
        &place,
        &format!(
            "INSERT INTO change (class, id, n, gone) SELECT class, id, n, deleted IS NOT NULL FROM resource WHERE id = '{}';
             INSERT INTO change (class, id, n, gone) SELECT r.class, '{}', a.n, r.deleted IS NOT NULL
             FROM resource r, resource a WHERE r.id = '{}' AND a.id = '{}'",
            id(0), id(3), id(3), id(0)
        ),
    )
    .await;
    let (mut now, _) = told(&directory, &token).await;
    now.sort();
    let mut expected = vec![(id(0), true), (id(3), true)];
    expected.sort();
    assert_eq!(now, expected, "once each");
}

/// Brings an SQLite file back to where an older program left it: searched keys stand in no columns, and the indexes are over
/// expressions.
fn without_key_columns(folder: &std::path::Path) {
    let file = rusqlite::Connection::open(Place::path(folder)).unwrap();
    let texts = |sql: &str| -> Vec<String> {
        let mut statement = file.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let indexes =
        texts("SELECT sql FROM sqlite_master WHERE type = 'index' AND name LIKE 'on\\_%' ESCAPE '\\'");
    let columns =
        texts("SELECT name FROM pragma_table_info('resource') WHERE name LIKE 'key\\_%' ESCAPE '\\'");
    assert!(indexes.len() > 8 && columns.len() > 5, "{indexes:?} {columns:?}");
    for index in &indexes {
        let name = index.split_whitespace().find(|word| word.starts_with("on_")).unwrap();
        file.execute_batch(&format!("DROP INDEX {name}")).unwrap();
        let key = columns.iter().find(|column| index.contains(&format!("\"{column}\""))).unwrap();
        let path = key.strip_prefix("key_").unwrap();
        let before = index
            .replace(name, &name.replace("on_", "by_"))
            .replace(&format!("\"{key}\""), &format!("json_extract(keys, '$.\"{path}\"')"));
        file.execute_batch(&before).unwrap();
    }
    for column in &columns {
        file.execute_batch(&format!("ALTER TABLE resource DROP COLUMN \"{column}\"")).unwrap();
    }
    file.execute_batch("DELETE FROM directory_schema WHERE version >= 3").unwrap();
}

pub async fn what_was_stored_before_keys_had_columns_is_found_and_unique(place: Place) {
    // Only SQLite has such columns.
    let Place::File(folder) = &place else { return };
    let directory = place.open().await;
    let anna = user("anna").with("name", json!({"familyName": "Straße"})).unwrap();
    let anna = create(&directory, ObjectClass::USER, anna.with("active", false).unwrap()).await;
    create(&directory, ObjectClass::USER, user("bert")).await;
    create(&directory, ObjectClass::GROUP, crate::cases::group("Everything", &[])).await;
    drop(directory);
    without_numbers(&place).await;
    without_key_columns(folder.path());
    for _ in 0..2 {
        let directory = place.open().await;
        for filter in
            ["userName eq \"ANNA\"", "name.familyName sw \"STRASS\" or active eq false", "active eq false"]
        {
            let query = ListQuery::new(ObjectClass::USER).with_filter(Filter::parse(filter).unwrap());
            let found = directory.list(&ctx(), &query).await.unwrap().items;
            assert_eq!(found.len(), 1, "{filter}");
            assert_eq!(found[0].object.id, anna.id);
        }
        let groups = ListQuery::new(ObjectClass::GROUP)
            .with_filter(Filter::parse("displayName eq \"everything\"").unwrap());
        assert_eq!(directory.list(&ctx(), &groups).await.unwrap().items.len(), 1);
        let again = Operation::Create { class: ObjectClass::USER, resource: user("Anna") };
        assert_eq!(apply(&directory, again).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    }
    let file = rusqlite::Connection::open(Place::path(folder.path())).unwrap();
    let old = "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND sql LIKE '%json_extract%'";
    assert_eq!(file.query_row(old, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}

async fn indexes(place: &Place) -> Vec<String> {
    match place {
        Place::Memory => panic!("nobody else can look there"),
        Place::File(folder) => {
            let file = rusqlite::Connection::open(Place::path(folder.path())).unwrap();
            let mut names = file.prepare("SELECT name FROM sqlite_master WHERE type = 'index'").unwrap();
            names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        }
        #[cfg(feature = "postgres")]
        Place::Postgres(schema) => {
            let sql = "SELECT indexname::text FROM pg_indexes WHERE schemaname = current_schema()";
            schema.client().await.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
        }
    }
}

pub async fn an_index_that_is_made_otherwise_takes_the_place_of_the_one_before(place: Place) {
    drop(place.open().await);
    let made = indexes(&place).await;
    let now: Vec<&String> = made.iter().filter(|name| name.starts_with("on_")).collect();
    assert!(!now.is_empty(), "{made:?}");
    let before: Vec<String> = now.iter().map(|name| name.replace("on_", "of_")).collect();
    for (now, before) in now.iter().zip(&before) {
        sql(&place, &format!("DROP INDEX {now}; CREATE INDEX {before} ON resource (class, seq)")).await;
    }
    drop(place.open().await);
    let (mut made, mut found) = (made, indexes(&place).await);
    made.sort();
    found.sort();
    assert_eq!(found, made);
}

pub async fn an_index_that_one_program_wants_is_kept_true_by_another(place: Place) {
    let indexed = || builder().index(path("title")).index(path("phoneNumbers.value"));
    drop(place.open_with(indexed()).await.unwrap());
    let other = place.open().await;
    let anna = user("anna").with("phoneNumbers", json!([{"value": "+49 30 1"}])).unwrap();
    let anna = create(&other, ObjectClass::USER, anna.with("title", "Agent").unwrap()).await;
    let bert = create(&other, ObjectClass::USER, user("bert").with("title", "Agent").unwrap()).await;
    let patch = Patch::default().replace(path("title"), "Clerk");
    apply(&other, Operation::Update { object: bert, patch }).await.unwrap();
    drop(other);
    let directory = place.open_with(indexed()).await.unwrap();
    for filter in ["title eq \"AGENT\"", "phoneNumbers.value eq \"+49 30 1\""] {
        let query = ListQuery::new(ObjectClass::USER).with_filter(Filter::parse(filter).unwrap());
        let found = directory.list(&ctx(), &query).await.unwrap().items;
        let ids: Vec<_> = found.iter().map(|object| &object.object.id).collect();
        assert_eq!(ids, [&anna.id], "{filter}");
    }
}
