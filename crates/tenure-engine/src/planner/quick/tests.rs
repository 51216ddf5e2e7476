use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;
use tenure_connector::entitlement::Entitlement;
use tenure_connector::memory::{MemoryConnector, Tenant};
use tenure_connector::record::WorkerRecord;
use tenure_policy::{DesiredAttribute, Policy, PolicyDocument, Remove, settle};
use tenure_store::{AccountRecord, Batch, LinkRecord, MemoryStore, Select, Store, Write};

use super::super::pointed::Pointed;
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
    engine_of(store, POLICY, |_| None)
}

/// With who is whose manager.
fn engine_of(store: &Arc<dyn Store>, policy: &str, manager: impl Fn(&str) -> Option<&str>) -> Engine {
    let policy = Policy::compile(PolicyDocument::from_yaml("policy.yaml", policy).unwrap()).unwrap();
    let start = "2025-01-01".parse().unwrap();
    let worker = |id: &str| {
        let mut record = WorkerRecord::new(id, &format!("e-{id}"), "Employee", "Given", id, start);
        record.manager_id = manager(id).map(str::to_owned);
        record
    };
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
    let found = looked_at(engine, now).await;
    let whole = found.iter().flatten().all(|still| still.outlook.settled.is_some());
    assert!(whole, "whoever is as they should be is settled: {found:?}");
    found.iter().map(Option::is_some).collect()
}

async fn looked_at(engine: &Engine, now: DateTime<Utc>) -> Vec<Option<Still>> {
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
    probe.look_quickly(&[part]).remove(0)
}

/// Of whom nothing comes when it is known what those have whom their accounts point at; nothing of those left to the planner.
async fn leaning(engine: &Engine, now: DateTime<Utc>) -> Vec<Option<bool>> {
    let known = engine.store.known_texts(&["w1".to_owned()]).await.unwrap();
    let desk = "desk".parse().unwrap();
    let pointed = Pointed::read(&known, &[&desk]);
    let mut found = Vec::new();
    for still in looked_at(engine, now).await {
        found.push(still.map(|mut still| match &mut still.leaning {
            Some(leaning) => {
                pointed.settle(leaning, &still.outlook.on).is_some_and(|settled| settled.is_some())
            }
            None => still.outlook.settled.is_some(),
        }));
    }
    found
}

#[tokio::test]
async fn whose_account_points_at_somebody_is_as_they_should_be_while_it_is_that_ones_account() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let to = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value";
    let mapping = format!("      - {{ id: above, to: '{to}', from: {{ reference: manager }} }}\n    leaver");
    let policy = POLICY.replace("    leaver", &mapping);
    // One is nobody's, one is of somebody who is known, one of somebody who is not.
    let engine = engine_of(&store, &policy, |id| match id {
        "w2" => Some("w1"),
        "w3" => Some("w9"),
        _ => None,
    });
    let now = "2026-03-02T12:00:00Z".parse().unwrap();
    engine.observe(now).await.unwrap();
    for _ in 0..2 {
        let plan = engine.plan(now, &PlanOptions::default()).await.unwrap();
        assert!(engine.apply(&plan, &ApplyOptions::new(now)).await.unwrap().is_success());
    }
    assert_eq!(leaning(&engine, now).await, [Some(true), Some(true), None], "w9 has no account to point at");
    let link = store.links(&Select::Identity("w1".into())).await.unwrap().remove(0);
    let account = store.account("desk", &link.account).await.unwrap().unwrap();
    let gone = |link: &LinkRecord| LinkRecord { deleted: Some(now), ..link.clone() };
    let other = LinkRecord { account: "another".to_owned(), ..link.clone() };
    let second = AccountRecord { id: other.account.clone(), ..account.clone() };
    let cases: [(&str, Vec<Write>); 3] = [
        (
            "it is not there any more",
            vec![Write::ForgetAccount { target: "desk".into(), account: link.account.clone() }],
        ),
        ("nobody has it", vec![Write::Account(account.clone()), Write::Link(gone(&link))]),
        ("the one who is pointed at has another", vec![Write::Link(other.clone()), Write::Account(second)]),
    ];
    for (case, writes) in cases {
        store.commit(Batch { conditions: Vec::new(), writes }).await.unwrap();
        let found = leaning(&engine, now).await;
        assert_eq!(found[1], Some(false), "{case}");
    }
    store.commit(Batch::new().with(Write::Link(gone(&other))).with(Write::Link(link))).await.unwrap();
    assert_eq!(leaning(&engine, now).await, [Some(true), Some(true), None]);
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
                let DesiredAttribute { mapping: id, to, value, apply, .. } = &mapping;
                let (id, value) = (id.as_str(), value.as_ref());
                let writes = Writes { mapping: id, to, value, apply: *apply };
                if attributes_are_right(&account, [writes], &written) {
                    settled += 1;
                    let before = last.iter().map(|last| ("m".parse().unwrap(), last.clone())).collect();
                    let found = settle(&account, std::slice::from_ref(&mapping), &before);
                    let case = format!("{value:?} over {now:?} after {last:?}, {apply:?}, {remove:?}");
                    assert_eq!(found.attributes, account, "{case}");
                    assert_eq!(found.written, before, "{case}");
                }
            }
        }
    }
    assert!(settled > 100, "{settled}");
}
