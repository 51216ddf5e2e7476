//! Kills a process at every write to its store, and compares where the next one ends with an undisturbed run.
//!
//! The test starts itself again as the process that dies: [`dies`] does nothing unless it is told to by its environment.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![expect(clippy::disallowed_methods, reason = "the process that dies is told where by its environment")]

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tenure_connector::record::account_registry;
use tenure_connector::{Connector, ConnectorExt, Context, ListQuery, ObjectClass};
use tenure_connector_csv::{CsvSource, CsvSourceConfig, CsvTarget, CsvTargetConfig};
use tenure_engine::{ApplyOptions, Engine, PlanOptions, SourceOptions};
use tenure_policy::{Policy, PolicyDocument};
use tenure_store::directory::DirectoryConnector;
use tenure_store::{CrashAction, CrashPoint, CrashStore, SqliteStore, Store};

const WORKERS: &str = "workerId,engagementId,engagementType,givenName,familyName,department,startDate,managerId\n\
    W1,E1,Employee,Olly,Stone,Support,2020-01-01,\nW2,E2,Employee,Anna,Keller,Support,2020-01-01,W1\n";

const POLICY: &str = r#"
version: 1
rules:
  - { id: support, when: 'department eq "Support"', entitlements: [ { target: desk, role: agent, group: Support }, erp/permission:read ] }
targets:
  desk: { mode: managed, username: { from: [{ slug: name.givenName }] }, attributes: [ { id: key, to: externalId, from: externalId } ] }
  erp: { mode: managed, username: { from: [{ slug: externalId }] } }
"#;

fn now() -> DateTime<Utc> {
    "2026-03-02T08:00:00Z".parse().unwrap()
}

fn desk(folder: &Path) -> Arc<DirectoryConnector> {
    Arc::new(DirectoryConnector::open(folder.join("desk.db"), account_registry(), Arc::new(now)).unwrap())
}

fn erp(folder: &Path) -> Arc<CsvTarget> {
    Arc::new(CsvTarget::new(CsvTargetConfig::new(folder.join("erp"))))
}

fn engine(folder: &Path, desk: Arc<DirectoryConnector>, store: Arc<dyn Store>) -> Engine {
    let policy = Policy::compile(PolicyDocument::from_yaml("policy.yaml", POLICY).unwrap()).unwrap();
    let hr = CsvSource::new(CsvSourceConfig::workers(folder.join("workers.csv"))).unwrap();
    Engine::builder(policy, store)
        .source("hr", SourceOptions::default(), Arc::new(hr))
        .target("desk".parse().unwrap(), desk)
        .target("erp".parse().unwrap(), erp(folder))
        .build()
        .unwrap()
}

/// Observes, plans and applies; the store dies at its write with this number.
async fn run(folder: &Path, dies_at: Option<u64>) -> u64 {
    let desk = desk(folder);
    desk.ensure_groups(&Context::new("groups"), &["Support"]).await.unwrap();
    let inner: Arc<dyn Store> = Arc::new(SqliteStore::open(folder.join("tenure.db")).unwrap());
    let store = Arc::new(CrashStore::new(inner, dies_at.map(CrashPoint::After), CrashAction::Abort));
    let engine = engine(folder, desk, store.clone());
    engine.observe(now()).await.unwrap();
    let plan = engine.plan(now(), &PlanOptions::default()).await.unwrap();
    engine.apply(&plan, &ApplyOptions::new(now()).concurrency(1)).await.unwrap();
    store.commits()
}

/// What a new process does after one that died: it resumes, and makes whatever is still missing.
async fn recover(folder: &Path) {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(folder.join("tenure.db")).unwrap());
    let desk = desk(folder);
    desk.ensure_groups(&Context::new("groups"), &["Support"]).await.unwrap();
    let engine = engine(folder, desk, store);
    engine.resume(&ApplyOptions::new(now())).await.unwrap();
    engine.observe(now()).await.unwrap();
    let plan = engine.plan(now(), &PlanOptions::default()).await.unwrap();
    engine.apply(&plan, &ApplyOptions::new(now())).await.unwrap();
    engine.observe(now()).await.unwrap();
    let rest = engine.plan(now(), &PlanOptions::default()).await.unwrap();
    assert!(rest.is_empty(), "{:?}", rest.steps.iter().map(tenure_engine::Step::title).collect::<Vec<_>>());
    engine.audit().verify(None).await.unwrap();
}

/// Every object of both targets, with names in place of the ids that the targets chose.
async fn state(folder: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let (desk, erp) = (desk(folder), erp(folder));
    let targets: [(&str, &dyn Connector); 2] = [("desk", &*desk), ("erp", &*erp)];
    let (mut found, mut names) = (Vec::new(), BTreeMap::new());
    for (target, connector) in targets {
        let known = connector.capabilities();
        for class in [ObjectClass::USER, ObjectClass::GROUP, ObjectClass::GRANT] {
            if known.class(&class).is_none() {
                continue;
            }
            let listing =
                connector.list_all(&Context::new("state"), ListQuery::new(class.clone()), 100).await.unwrap();
            for object in listing.items {
                let name = object.resource.text("userName").or(object.resource.text("displayName"));
                names
                    .insert(format!("\"{}\"", object.object.id), format!("\"{}\"", name.unwrap_or_default()));
                found.push((format!("{target} {class}"), object.resource.to_json()));
            }
        }
    }
    let mut state: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (place, mut json) in found {
        let members = json.as_object_mut().unwrap();
        members.remove("meta");
        members.remove("id");
        let named = names.iter().fold(json.to_string(), |text, (id, name)| text.replace(id, name));
        let text = in_order(serde_json::from_str(&named).unwrap()).to_string();
        assert!(state.entry(place).or_default().insert(text.clone()), "twice: {text}");
    }
    state
}

/// Lists in SCIM are sets; ids, which differ from run to run, decided their order.
fn in_order(json: Value) -> Value {
    match json {
        Value::Array(all) => {
            let mut all: Vec<Value> = all.into_iter().map(in_order).collect();
            all.sort_by_key(Value::to_string);
            Value::Array(all)
        }
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, in_order(value))).collect(),
        other => other,
    }
}

fn prepared() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("workers.csv"), WORKERS).unwrap();
    folder
}

#[tokio::test]
async fn dies() {
    if let (Ok(folder), Ok(at)) = (env::var("DIES_IN"), env::var("DIES_AT")) {
        run(Path::new(&folder), Some(at.parse().unwrap())).await;
    }
}

#[tokio::test]
async fn a_process_killed_at_any_write_ends_where_an_undisturbed_one_does() {
    let undisturbed = prepared();
    let writes = run(undisturbed.path(), None).await;
    let expected = state(undisturbed.path()).await;
    assert_eq!(expected["desk User"].len(), 2, "{expected:#?}");
    assert_eq!(expected["erp Grant"].len(), 2, "{expected:#?}");
    assert!(writes > 10, "{writes} writes");
    for at in 1..=writes {
        let folder = prepared();
        let status = Command::new(env::current_exe().unwrap())
            .args(["--exact", "dies", "--test-threads=1"])
            .env("DIES_IN", folder.path())
            .env("DIES_AT", at.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(!status.success(), "the process must die at write {at}");
        recover(folder.path()).await;
        assert_eq!(state(folder.path()).await, expected, "killed at write {at} of {writes}");
    }
}
