//! One suite for the server in front of every connector: the same requests, the same answers, as far as each can.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(unreachable_pub, reason = "modules of one test program")]

mod behind;
mod common;
mod ldap;
mod poor;

use std::sync::Arc;

use behind::Behind;
use serde_json::json;
use tenure_connector::memory::MemoryConnector;
use tenure_connector::{ConnectorExt, Context, ObjectClass};
use tenure_connector_csv::{CsvTarget, CsvTargetConfig, FileFormat};
use tenure_connector_manual::{ManualConfig, ManualConnector, TaskStatus};
use tenure_connector_sql::SqlConnector;
use tenure_scim::{Resource, uri};

gateway!(memory, crate::memory_connector);
gateway!(directory, crate::directory_connector);
gateway!(csv, crate::csv_connector);
gateway!(json_files, crate::json_connector);
gateway!(manual, crate::manual_connector);
gateway!(openldap, crate::ldap::fresh);
gateway!(sql, crate::sql_connector);
gateway!(reading_only, crate::read_only_connector);

async fn memory_connector() -> Option<Behind> {
    Some(Behind::new(Arc::new(MemoryConnector::new("crm"))))
}

async fn directory_connector() -> Option<Behind> {
    Some(Behind::new(Arc::new(common::directory())))
}

async fn csv_connector() -> Option<Behind> {
    let folder = tempfile::tempdir().unwrap();
    let files = CsvTarget::new(CsvTargetConfig::new(folder.path()));
    Some(Behind::new(Arc::new(files)).keeping(folder))
}

async fn json_connector() -> Option<Behind> {
    let folder = tempfile::tempdir().unwrap();
    let files = CsvTarget::new(CsvTargetConfig::new(folder.path()).with_format(FileFormat::Json));
    Some(Behind::new(Arc::new(files)).keeping(folder))
}

/// The tables of an application: a column for each attribute, numbers as keys.
async fn sql_connector() -> Option<Behind> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.db");
    rusqlite::Connection::open(&file).unwrap().execute_batch(TABLES).unwrap();
    let key = json!({ "column": "id", "made_by": "database" });
    let columns = json!({
        "userName": "login", "externalId": "number", "displayName": "label", "title": "title",
        "name.givenName": "given", "name.familyName": "family", "emails[type eq \"work\"].value": "mail",
    });
    let layout = json!({
        "database": { "sqlite": file },
        "users": {
            "table": "account", "key": key, "columns": columns, "version": "revision",
            "status": { "column": "state", "active": "on", "disabled": "off" },
            "created": "created_at", "modified": "changed_at",
        },
        "groups": {
            "table": "team", "key": key, "columns": { "displayName": "name" }, "version": "revision",
            "created": "created_at", "modified": "changed_at",
        },
        "memberships": { "table": "member", "user": "account", "group": "team" },
    });
    let tables = SqlConnector::new(serde_json::from_value(layout).unwrap()).unwrap();
    Some(Behind::new(Arc::new(tables)).keeping(folder))
}

const TABLES: &str = "
    CREATE TABLE account (id INTEGER PRIMARY KEY AUTOINCREMENT, login TEXT NOT NULL UNIQUE, number TEXT, label TEXT,
        title TEXT, given TEXT, family TEXT, mail TEXT, state TEXT NOT NULL, revision INTEGER NOT NULL,
        created_at TEXT, changed_at TEXT);
    CREATE TABLE team (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, revision INTEGER NOT NULL,
        created_at TEXT, changed_at TEXT);
    CREATE TABLE member (account INTEGER NOT NULL REFERENCES account (id), team INTEGER NOT NULL REFERENCES team (id),
        PRIMARY KEY (account, team))";

/// People do the work: every write is accepted, and done when they say so.
async fn manual_connector() -> Option<Behind> {
    let folder = tempfile::tempdir().unwrap();
    let people = ManualConnector::new(ManualConfig::new("Mailchimp", folder.path().join("tasks.csv")));
    let worker = people.clone();
    let finish = move || {
        for task in worker.tasks().unwrap() {
            if task.status == TaskStatus::Open {
                worker.close(&task.id, TaskStatus::Done, None, None).unwrap();
            }
        }
    };
    Some(Behind::new(Arc::new(people)).with_finish(finish).keeping(folder))
}

/// A system that only tells who is there, and cannot search.
async fn read_only_connector() -> Option<Behind> {
    let names = ["anna", "ben", "carla", "dirk"];
    let crm = MemoryConnector::new("crm");
    for name in names {
        let user = Resource::new(uri::USER).with("userName", name).unwrap();
        crm.create(&Context::new("seed"), name, ObjectClass::USER, user).await.unwrap();
    }
    Some(Behind::new(poor::read_only(crm)).with_users(&names))
}
