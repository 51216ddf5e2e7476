//! The contract of the store, kept by the PostgreSQL store. Needs a server: `TENURE_POSTGRES` holds a connection string.
//! Without one the tests pass untried, unless `TENURE_REQUIRE_SERVERS` is set.
#![cfg(feature = "postgres")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

mod contract;
mod lost_answers;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::TimeDelta;
use contract::{day, draft, link};
#[cfg(feature = "tls")]
use tenure_scim::SchemaRegistry;
#[cfg(feature = "tls")]
use tenure_store::directory::DirectoryConnector;
use tenure_store::{
    Batch, HeldRecord, PostgresStore, Store, StoreError, Take, WorkRecord, Write, sha256_hex,
};

static NEXT: AtomicU64 = AtomicU64::new(0);

fn server() -> Option<String> {
    let server = std::env::var("TENURE_POSTGRES").ok();
    assert!(
        server.is_some() || std::env::var("TENURE_REQUIRE_SERVERS").is_err(),
        "expected a PostgreSQL server in TENURE_POSTGRES, found none"
    );
    if server.is_none() {
        eprintln!("not tried: TENURE_POSTGRES is not set");
    }
    server
}

/// A schema of its own for each test, dropped first in case an earlier run left it.
async fn schema(server: &str) -> String {
    let schema = format!("t{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
    let (client, connection) = tokio_postgres::connect(server, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE")).await.unwrap();
    schema
}

contract!({
    let Some(server) = server() else { return };
    let schema = schema(&server).await;
    ((), Arc::new(open(&server, &schema).await))
});

/// What a server does not have is installed from the file that pgmq publishes.
async fn open(server: &str, schema: &str) -> PostgresStore {
    let store = PostgresStore::connect(server, schema).await.unwrap();
    if store.check_queue().await.is_err() {
        let file = std::env::var("TENURE_PGMQ_SQL").expect("the path of pgmq's SQL file in TENURE_PGMQ_SQL");
        store.install_queue(&std::fs::read_to_string(file).unwrap()).await.unwrap();
    }
    store
}

#[tokio::test]
async fn without_pgmq_everything_but_the_queue_works_and_the_error_says_what_to_do() {
    let Some(server) = server() else { return };
    let name = schema(&server).await;
    let (client, connection) = tokio_postgres::connect(&server, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    let store = PostgresStore::connect(&format!("{server} dbname={name}"), &name).await.unwrap();
    store.commit(Batch::new().with(Write::Link(link("u-1", "w-1")))).await.unwrap();
    let error = store.check_queue().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the queue of workers cannot be used: pgmq is not installed in this database"
    );
    assert!(error.help().unwrap().contains("CREATE EXTENSION pgmq"));
    let error = store.install_queue("CREATE SCHEMA pgmq; CREATE TABLE pgmq.meta ()").await.unwrap_err();
    assert!(matches!(error, StoreError::Queue { .. }), "{error}");
    assert!(store.check_queue().await.unwrap_err().to_string().contains("not installed"));
    drop(store);
    client.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_programs_share_a_schema_and_one_audit_chain() {
    let Some(server) = server() else { return };
    let schema = schema(&server).await;
    let (first, second) =
        tokio::join!(PostgresStore::connect(&server, &schema), PostgresStore::connect(&server, &schema));
    let (first, second) = (first.unwrap(), second.unwrap());
    first.commit(Batch::new().with(Write::Link(link("u-1", "w-1")))).await.unwrap();
    let refused = second.commit(Batch::new().with(Write::Link(link("u-1", "w-2")))).await.unwrap_err();
    assert!(refused.is_conflict());
    for number in 0..20 {
        let (a, b) = tokio::join!(
            first.commit(Batch::new().with(Write::Audit(draft(&format!("a{number}"))))),
            second.commit(Batch::new().with(Write::Audit(draft(&format!("b{number}"))))),
        );
        a.unwrap();
        b.unwrap();
    }
    assert_eq!(second.audit_head().await.unwrap().seq, 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_is_known_by_its_mark() {
    let Some(server) = server() else { return };
    let schema = schema(&server).await;
    let config: tokio_postgres::Config = server.parse().unwrap();
    let port = config.get_ports()[0];
    let (way, lose) = lost_answers::way_to(port).await;
    let through = server.replace(&format!("port={port}"), &format!("port={way}"));
    let store = PostgresStore::connect(&through, &schema).await.unwrap();
    let other = PostgresStore::connect(&server, &schema).await.unwrap();
    let write = |what: &str| Batch::new().with(Write::Audit(draft(what)));
    for (number, (lost, takes_place)) in [
        (lost_answers::NOTHING, true),
        (lost_answers::ANSWER, true),
        (lost_answers::COMMIT, false),
        (lost_answers::ANSWER, true),
        (lost_answers::NOTHING, true),
    ]
    .into_iter()
    .enumerate()
    {
        let before = other.audit_head().await.unwrap().seq;
        lose.store(lost, Ordering::SeqCst);
        let answer = store.commit(write(&format!("a{number}"))).await;
        assert_eq!(answer.is_ok(), takes_place, "{number}: {answer:?}");
        let after = other.audit_head().await.unwrap().seq;
        assert_eq!(after, before + u64::from(takes_place), "{number}");
        // What another program commits meanwhile says nothing about it.
        other.commit(write(&format!("b{number}"))).await.unwrap();
    }
}

/// Every step of the schema but the last.
const STEPS: [&str; 8] = [
    include_str!("../src/postgres/schema/001.sql"),
    include_str!("../src/postgres/schema/002.sql"),
    include_str!("../src/postgres/schema/003.sql"),
    include_str!("../src/postgres/schema/004.sql"),
    include_str!("../src/postgres/schema/005.sql"),
    include_str!("../src/postgres/schema/006.sql"),
    include_str!("../src/postgres/schema/007.sql"),
    include_str!("../src/postgres/schema/008.sql"),
];

#[tokio::test]
async fn an_older_schema_keeps_everything() {
    let Some(server) = server() else { return };
    for version in 1..=STEPS.len() {
        let (new, old) = (schema(&server).await, schema(&server).await);
        let fresh = Arc::new(open(&server, &new).await);
        contract::older::fill(&*fresh).await;
        make_older(&server, &old, version, &new).await;
        let store = Arc::new(PostgresStore::connect(&server, &old).await.unwrap());
        contract::older::an_older_schema_keeps_everything(store, fresh, version).await;
    }
}

/// Makes a schema of an earlier version that holds what a newer one does, as far as that version knew it.
async fn make_older(server: &str, old: &str, version: usize, new: &str) {
    let (client, connection) = tokio_postgres::connect(server, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let begin = format!(
        "CREATE SCHEMA {old}; SET search_path = {old}; CREATE TABLE tenure_schema (version BIGINT NOT NULL)"
    );
    client.batch_execute(&begin).await.unwrap();
    for (number, step) in STEPS.iter().enumerate().take(version) {
        client.batch_execute(step).await.unwrap();
        let noted = format!("INSERT INTO tenure_schema VALUES ({})", number + 1);
        client.batch_execute(&noted).await.unwrap();
    }
    let columns = "SELECT table_name::text, string_agg(quote_ident(column_name), ', '), bool_or(column_default LIKE 'nextval%') \
        FROM information_schema.columns WHERE table_schema = $1 AND table_name <> 'tenure_schema' GROUP BY table_name";
    for row in client.query(columns, &[&old]).await.unwrap() {
        let (table, columns, counts): (String, String, Option<bool>) = (row.get(0), row.get(1), row.get(2));
        let copy = format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM {new}.{table}");
        client.batch_execute(&copy).await.unwrap();
        if counts == Some(true) {
            let go_on = format!("SELECT setval(pg_get_serial_sequence('{table}', 'seq'), 1000)");
            client.batch_execute(&go_on).await.unwrap();
        }
    }
    let (there, here) = (queue(new), queue(old));
    let messages = format!(
        "SELECT pgmq.create('{here}');
         INSERT INTO pgmq.q_{here} (read_ct, enqueued_at, vt, message, headers)
         SELECT read_ct, enqueued_at, vt, message, headers FROM pgmq.q_{there} ORDER BY msg_id"
    );
    client.batch_execute(&messages).await.unwrap();
}

/// The queue of the target `zendesk`: every version gave it this name.
fn queue(schema: &str) -> String {
    let digest = sha256_hex(format!("{schema}/zendesk").as_bytes());
    format!("zendesk_{}", digest.chars().take(16).collect::<String>())
}

/// The queue's function looks at a newer state of the database than the statement that calls it: what is queued just then must
/// not be hidden from everybody until a lease runs out that nobody has.
#[tokio::test]
async fn a_work_that_is_queued_while_others_are_taken_is_in_somebodys_hands() {
    let Some(server) = server() else { return };
    let schema = schema(&server).await;
    let store = Arc::new(open(&server, &schema).await);
    let work = WorkRecord {
        run: "plan-1".into(),
        id: "a".into(),
        queue: schema.clone(),
        group: None,
        after: std::collections::BTreeSet::new(),
        body: serde_json::json!({}),
    };
    store.commit(Batch::new().with(Write::Work(work))).await.unwrap();
    let (client, connection) = tokio_postgres::connect(&server, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let named = "SELECT queue_name FROM pgmq.meta WHERE starts_with(queue_name, $1)";
    let queue: String = client.query_one(named, &[&schema]).await.unwrap().get(0);
    let before = format!("DELETE FROM pgmq.q_{queue}; UPDATE {schema}.work SET state = 0");
    client.batch_execute(&before).await.unwrap();
    client.batch_execute(&format!("BEGIN; LOCK TABLE pgmq.q_{queue}")).await.unwrap();
    let ask = Take { queue: schema.clone(), limit: 9, now: day(0), lease: TimeDelta::seconds(60) };
    let (taker, first) = (Arc::clone(&store), ask.clone());
    let taking = tokio::spawn(async move { taker.take(&first).await.unwrap() });
    let waits =
        format!("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'pgmq.q_{queue}'::regclass");
    while client.query_one(&waits, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        tokio::task::yield_now().await;
    }
    let queued = format!(
        "UPDATE {schema}.work SET state = 1;
         SELECT pgmq.send('{queue}', jsonb_build_object('seq', seq)) FROM {schema}.work; COMMIT"
    );
    client.batch_execute(&queued).await.unwrap();
    let mut taken = taking.await.unwrap();
    taken.extend(store.take(&ask).await.unwrap());
    assert_eq!(taken.len(), 1);
}

#[tokio::test]
async fn newer_schema_is_refused() {
    let Some(server) = server() else { return };
    let schema = schema(&server).await;
    drop(PostgresStore::connect(&server, &schema).await.unwrap());
    let (client, connection) = tokio_postgres::connect(&server, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(&format!("INSERT INTO {schema}.tenure_schema VALUES (99)")).await.unwrap();
    let error = PostgresStore::connect(&server, &schema).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{error}");
}

#[tokio::test]
async fn unusable_schema_name_and_unreachable_server_are_refused() {
    let error = PostgresStore::connect("host=localhost", "a; drop").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the database failed: expected a schema name of lower-case letters, digits and `_`, found `a; drop`"
    );
    let error = PostgresStore::connect("host=127.0.0.1 port=1 user=x", "a").await.unwrap_err();
    assert!(error.to_string().contains("error connecting to server"), "{error}");
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn a_store_and_a_directory_are_reached_with_tls() {
    let Some(server) = server() else { return };
    let authority =
        std::env::var("TENURE_POSTGRES_CA").expect("the authority of the server in TENURE_POSTGRES_CA");
    let name = schema(&server).await;
    let text =
        |host: &str, more: &str| format!("{} sslmode=verify-full {more}", server.replace("127.0.0.1", host));
    let known = text("localhost", &format!("sslrootcert={authority}"));
    let store = PostgresStore::connect(&known, &name).await.unwrap();
    store.commit(Batch::new().with(Write::Link(link("u-1", "w-1")))).await.unwrap();
    // The certificate is for another name.
    let elsewhere = text("127.0.0.1", &format!("sslrootcert={authority}"));
    assert!(matches!(PostgresStore::connect(&elsewhere, &name).await, Err(StoreError::Unavailable { .. })));
    let clock: tenure_connector::Clock = Arc::new(|| chrono::DateTime::UNIX_EPOCH);
    let make = || DirectoryConnector::builder(SchemaRegistry::builtin(), clock.clone());
    let other = format!("{name}_d");
    make().connect(&known, &other).await.unwrap();
    assert!(make().connect(&elsewhere, &other).await.is_err());
}

#[tokio::test]
async fn what_an_account_holds_is_not_looked_for_among_everybody_who_holds_it() {
    const PEOPLE: usize = 3_000;
    let Some(server) = server() else { return };
    let name = schema(&server).await;
    let store = PostgresStore::connect(&server, &name).await.unwrap();
    let numbers: Vec<usize> = (0..PEOPLE).collect();
    for part in numbers.chunks(100) {
        let held = part.iter().map(|number| {
            let held = HeldRecord {
                target: "zendesk".to_owned(),
                account: format!("a{number}"),
                identity: None,
                kind: "group".to_owned(),
                value: "everybody".to_owned(),
                named: None,
                origins: std::collections::BTreeSet::new(),
                parameters: std::collections::BTreeMap::new(),
                immutable: false,
                since: day(0),
                lost: None,
            };
            Write::Held { held, at: day(0) }
        });
        store.commit(Batch { conditions: Vec::new(), writes: held.collect() }).await.unwrap();
    }
    drop(store);
    // Backends tell what they have read a second late, and when they end.
    let (client, connection) = tokio_postgres::connect(&server, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let sql = "SELECT n_tup_ins, coalesce((SELECT sum(idx_tup_read) FROM pg_stat_user_indexes i WHERE i.relid = t.relid), 0)::bigint
        FROM pg_stat_user_tables t WHERE schemaname = $1 AND relname = 'held'";
    let mut read = None;
    for _ in 0..300 {
        let row = client.query_one(sql, &[&name]).await.unwrap();
        if row.get::<_, i64>(0) == PEOPLE as i64 {
            read = Some(row.get::<_, i64>(1));
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let read = read.expect("the server tells what was written");
    assert!(read < 10 * PEOPLE as i64, "{read} rows were read to write {PEOPLE}");
}
