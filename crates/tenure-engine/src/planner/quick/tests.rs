use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;
use tenure_connector::entitlement::Entitlement;
use tenure_connector::memory::{MemoryConnector, Tenant};
use tenure_connector::record::WorkerRecord;
use tenure_policy::{Policy, PolicyDocument, Remove, settle};
use tenure_store::{Batch, MemoryStore, Select, Store, Write};

use super::super::probe::Part;
use super::*;
use crate::world::World;
use crate::{ApplyOptions, Engine, PlanOptions, SourceOptions};

const POLICY: &str = "
version: 1
lifecycle: { zone: Europe/Berlin }
roles:
  all:
    entitlements: [{ target: desk, role: user, group: all }]
rules:
  - { id: all, when: 'userType eq \"Employee\"', roles: [all] }
targets:
  desk:
    mode: managed
    username: { from: [{ slug: externalId }], namespace: desk }
    attributes:
      - { id: shown, to: displayName, from: displayName }
    leaver: [disable]
";

fn engine(store: &Arc<dyn Store>) -> Engine {
    let policy = Policy::compile(PolicyDocument::from_yaml("policy.yaml", POLICY).unwrap()).unwrap();
    let start = "2025-01-01".parse().unwrap();
    let worker = |id: &str| WorkerRecord::new(id, &format!("e-{id}"), "Employee", "Given", id, start);
    let hr = ["w1", "w2", "w3"].iter().fold(Tenant::new(), |hr, id| hr.with_worker(&worker(id)));
    let desk = Tenant::new()
        .with_entitlement(Entitlement::new("role", "user"))
        .with_entitlement(Entitlement::new("group", "g-1").with_display("all"));
    Engine::builder(policy, Arc::clone(store))
        .source("hr", SourceOptions::default(), Arc::new(MemoryConnector::over("hr", hr)))
        .target("desk".parse().unwrap(), Arc::new(MemoryConnector::over("desk", desk)))
        .build()
        .unwrap()
}

/// Of whom a quick look says that nothing comes of them.
async fn still(engine: &Engine, now: DateTime<Utc>) -> Vec<bool> {
    let world = World::empty(engine).await.unwrap();
    let (options, basis) = (PlanOptions::default(), "basis".to_owned());
    let probe = Probe {
        engine,
        now,
        options: &options,
        basis: Some(&basis),
        world: &world,
        outlooks: &BTreeMap::new(),
        linked: &BTreeSet::new(),
    };
    let ids = ["w1", "w2", "w3"].map(str::to_owned);
    let part = Part { known: engine.store.known_texts(&ids).await.unwrap(), whom: None };
    let found = probe.look_quickly(&mut engine.policy.evaluator(), &part);
    let whole = found.iter().flatten().all(|still| still.outlook.settled.is_some());
    assert!(whole, "whoever is as they should be is settled: {found:?}");
    found.iter().map(Option::is_some).collect()
}

#[tokio::test]
async fn whoever_is_as_they_should_be_is_known_by_a_quick_look_and_nobody_else() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let (engine, now) = (engine(&store), "2026-03-02T12:00:00Z".parse().unwrap());
    engine.observe(now).await.unwrap();
    assert_eq!(still(&engine, now).await, [false; 3], "nobody has an account");
    let plan = engine.plan(now, &PlanOptions::default()).await.unwrap();
    assert!(engine.apply(&plan, &ApplyOptions::new(now)).await.unwrap().is_success());
    assert_eq!(still(&engine, now).await, [true; 3]);
    let held = store.held(&Select::Identity("w1".into())).await.unwrap();
    let lost = held.into_iter().find(|held| held.kind == "role").unwrap();
    let link = store.links(&Select::Identity("w2".into())).await.unwrap().remove(0);
    let mut account = store.account("desk", &link.account).await.unwrap().unwrap();
    account.resource["displayName"] = json!("Somebody");
    store.commit(Batch::new().with(Write::Lost { held: lost, at: now })).await.unwrap();
    store.commit(Batch::new().with(Write::Account(account))).await.unwrap();
    assert_eq!(still(&engine, now).await, [false, false, true]);
}

#[test]
fn what_a_quick_look_takes_for_settled_is_left_as_it_is() {
    let values =
        &[None, Some(json!(null)), Some(json!("a")), Some(json!("b")), Some(json!(true)), Some(json!(["a"]))];
    let pairs = values.iter().flat_map(|value| values.iter().map(move |now| (value, now)));
    let cases = pairs.flat_map(|(value, now)| values.iter().map(move |last| (value, now, last)));
    let mut settled = 0;
    for (value, now, last) in cases {
        for apply in [Apply::Always, Apply::OnChange, Apply::IfEmpty, Apply::OnCreate] {
            for remove in [Remove::OwnValues, Remove::AllOthers, Remove::Never] {
                let (id, to) = ("m".parse().unwrap(), "title".parse().unwrap());
                let mapping = DesiredAttribute { mapping: id, to, value: value.clone(), apply, remove };
                let account = now.clone().map_or_else(Resource::default, |now| {
                    Resource::from_json(json!({ "title": now })).unwrap()
                });
                let text = last.as_ref().map_or_else(|| json!({}), |last| json!({ "m": last })).to_string();
                let written: Pairs<'_> = serde_json::from_str(&text).unwrap();
                let mappings = [mapping];
                if attributes_are_right(&account, &mappings, &written) {
                    settled += 1;
                    let before = last.iter().map(|last| ("m".parse().unwrap(), last.clone())).collect();
                    let found = settle(&account, &mappings, &before);
                    let case = format!("{value:?} over {now:?} after {last:?}, {apply:?}, {remove:?}");
                    assert_eq!(found.attributes, account, "{case}");
                    assert_eq!(found.written, before, "{case}");
                }
            }
        }
    }
    assert!(settled > 100, "{settled}");
}
