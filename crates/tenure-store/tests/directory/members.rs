//! What adding one member to a group of a million writes, counted by the database itself.

use serde_json::json;
use tenure_connector::{Connector, ListQuery, ObjectClass};
use tenure_scim::Filter;

use crate::cases::{add_member, apply, create, ctx, group, user};
use crate::place::Place;

const TABLES: [&str; 6] = ["resource", "lookup", "member", "change", "counter", "applied"];

async fn run(place: &Place, sql: &str) {
    crate::layout::sql(place, sql).await;
}

/// Fills a group with members that are no resources, and lets every row that is written be counted from then on.
async fn fill(place: &Place, group: &str, count: u32) {
    match place {
        Place::Memory => panic!("nothing else can write there"),
        Place::File(_) => {
            run(
                place,
                &format!(
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
                     INSERT INTO member (owner, value, key) SELECT r.seq, 'm' || i, 'm' || i FROM n, resource r
                     WHERE r.id = '{group}'"
                ),
            )
            .await;
            run(place, "CREATE TABLE touched (name TEXT)").await;
            for table in TABLES {
                for event in ["INSERT", "UPDATE", "DELETE"] {
                    let name = format!("{table}_{event}");
                    run(
                        place,
                        &format!(
                            "CREATE TRIGGER {name} AFTER {event} ON {table} BEGIN INSERT INTO touched VALUES ('{table}'); END"
                        ),
                    )
                    .await;
                }
            }
        }
        #[cfg(feature = "postgres")]
        Place::Postgres(_) => {
            run(
                place,
                &format!(
                    "INSERT INTO member (owner, value, key) SELECT r.seq, 'm' || i, 'm' || i
                     FROM generate_series(1, {count}) i, resource r WHERE r.id = '{group}'"
                ),
            )
            .await;
            run(
                place,
                "CREATE TABLE touched (name TEXT);
                 CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
                 'BEGIN INSERT INTO touched VALUES (TG_TABLE_NAME); RETURN NULL; END'",
            )
            .await;
            for table in TABLES {
                run(
                    place,
                    &format!(
                        "CREATE TRIGGER touched AFTER INSERT OR UPDATE OR DELETE ON {table}
                         FOR EACH ROW EXECUTE FUNCTION touch()"
                    ),
                )
                .await;
            }
        }
    }
}

async fn touched(place: &Place) -> Vec<String> {
    let sql = "SELECT name FROM touched ORDER BY name";
    match place {
        Place::Memory => panic!("nothing else can read there"),
        Place::File(folder) => {
            let connection = rusqlite::Connection::open(Place::path(folder.path())).unwrap();
            let mut statement = connection.prepare(sql).unwrap();
            statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        }
        #[cfg(feature = "postgres")]
        Place::Postgres(schema) => {
            schema.client().await.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
        }
    }
}

pub async fn a_member_of_a_million_is_one_row(place: Place) {
    let directory = place.open().await;
    let anna = create(&directory, ObjectClass::USER, user("anna")).await;
    let team = create(&directory, ObjectClass::GROUP, group("Everybody", &[])).await;
    fill(&place, &team.id, 1_000_000).await;

    assert!(apply(&directory, add_member(&team, &anna.id)).await.unwrap().changed());
    let mut expected = vec!["applied", "member", "resource"];
    if matches!(place, Place::File(_)) {
        expected.insert(1, "counter");
    }
    assert_eq!(touched(&place).await, expected, "the member, the group's version in the feed, the answer");

    assert!(apply(&directory, add_member(&team, &anna.id)).await.unwrap().is_already_so());
    assert_eq!(touched(&place).await.len(), expected.len() + 1, "only the answer is kept");

    let holds = |id: &str| {
        let filter = Filter::parse(&format!("members.value eq \"{id}\"")).unwrap();
        let mut query = ListQuery::new(ObjectClass::GROUP).with_filter(filter);
        query.fields = tenure_connector::Fields::Except([crate::cases::path("members")].into());
        query
    };
    for (id, count) in [(anna.id.as_str(), 1), ("m500000", 1), ("M500000", 1), ("m1000001", 0)] {
        let found = directory.list(&ctx(), &holds(id)).await.unwrap();
        assert_eq!((found.items.len(), found.total), (count, u64::try_from(count).ok()), "{id}");
    }
    let user = directory.get(&ctx(), &anna, &tenure_connector::Fields::All).await.unwrap().resource;
    let expected = json!([{"value": team.id, "display": "Everybody", "type": "direct"}]);
    assert_eq!(user.attr("groups").unwrap().to_json(), expected);
}
