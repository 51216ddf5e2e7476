//! Which indexes SQLite takes for what clients ask.

use std::sync::Mutex;

use async_trait::async_trait;
use rusqlite::Connection;
use tenure_connector::{ListQuery, ObjectClass, Operation, Sort, WriteRequest};
use tenure_scim::filter::sql::Dialect;
use tenure_scim::{AttrPath, Filter, Resource, SchemaRegistry};

use super::List;
use crate::directory::db::{KeyColumns, Param, Prepare, Row, Session, SqliteSession, Statement, Work, now};
use crate::directory::error::Result;
use crate::directory::shape::Shapes;
use crate::directory::write::Apply;

/// Notes how the database goes about every query.
struct Explained {
    session: SqliteSession,
    plans: Mutex<Vec<String>>,
}

#[async_trait]
impl Session for Explained {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    async fn query(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>> {
        for mut row in self.session.query(&format!("EXPLAIN QUERY PLAN {sql}"), params).await? {
            self.plans.lock().unwrap().push(row.text(3)?);
        }
        self.session.query(sql, params).await
    }

    async fn execute(&self, sql: &str, params: &[Param<'_>]) -> Result<u64> {
        self.session.execute(sql, params).await
    }

    async fn execute_all(&self, statements: &[Statement<'_>]) -> Result<u64> {
        self.session.execute_all(statements).await
    }

    async fn script(&self, sql: &str) -> Result<()> {
        self.session.script(sql).await
    }
}

fn plan(filter: &str, sort: Option<(&str, bool)>) -> Vec<String> {
    let shapes = Shapes::new(&SchemaRegistry::builtin(), &std::collections::BTreeSet::new());
    let session = SqliteSession::new(Connection::open_in_memory().unwrap());
    now(Prepare { shapes: shapes.clone(), schema: None }.run(&session)).unwrap();
    let user = Resource::new("urn:ietf:params:scim:schemas:core:2.0:User").with("userName", "anna").unwrap();
    let create = Operation::Create { class: ObjectClass::USER, resource: user };
    let request = WriteRequest::new("key", create);
    let apply = Apply::new(shapes.clone(), &request, chrono::DateTime::UNIX_EPOCH, false).unwrap();
    let columns = now(KeyColumns::read(&session)).unwrap();
    let session = session.with_columns(columns);
    now(apply.run(&session)).unwrap();
    let explained = Explained { session, plans: Mutex::default() };
    let mut query = ListQuery::new(ObjectClass::USER);
    query.filter = (!filter.is_empty()).then(|| Filter::parse(filter).unwrap());
    query.sort = sort.map(|(by, descending)| Sort { by: AttrPath::parse(by).unwrap(), descending });
    now(List { shapes, query, scan: 10 }.run(&explained)).unwrap();
    explained.plans.into_inner().unwrap()
}

#[test]
fn what_clients_ask_for_is_searched_by_an_index() {
    for filter in [
        "userName eq \"anna\"",
        "urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"anna\"",
        "userName sw \"an\"",
        "externalId eq \"1\" or userName eq \"anna\"",
        "name.familyName eq \"berg\" and title co \"x\"",
        "displayName sw \"An\"",
        "emails.value eq \"a@b\"",
        "emails[type eq \"work\" and value eq \"a@b\"]",
        "emails sw \"a@\"",
        "active eq false",
        "meta.lastModified gt \"2026-01-01T00:00:00Z\"",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq \"7\"",
        "id eq \"x\"",
        "groups.value eq \"x\"",
    ] {
        let plan = plan(filter, None);
        let scans: Vec<_> =
            plan.iter().filter(|step| step.starts_with("SCAN r") || step.starts_with("SCAN m")).collect();
        assert!(scans.is_empty(), "{filter}: {plan:?}");
        let live = plan.iter().any(|step| step.contains("resource_live"));
        assert!(!live, "{filter} reads every user: {plan:?}");
    }
}

#[test]
fn the_usual_orders_need_no_sorting() {
    for by in ["userName", "displayName", "meta.lastModified", "externalId", "name.familyName"] {
        for descending in [false, true] {
            let plan = plan("", Some((by, descending)));
            let sorted = plan.iter().any(|step| step.contains("TEMP B-TREE"));
            let scanned = plan.iter().any(|step| step.starts_with("SCAN r") || step.starts_with("SCAN m"));
            assert!(!sorted && !scanned, "{by} {descending}: {plan:?}");
        }
    }
}
