//! A population that is provisioned: what a look at everything costs that finds nothing, a plan for everybody (the first one,
//! which settles them, and those after it), and a plan after 100 changes:
//! `cargo bench -p tenure-engine --bench population -- 100000 [nolook] [managers] [keep=FILE]`. With `managers`, every account points at
//! the account of somebody's manager.
//!
//! The systems make up what they list; the store is a file, filled with the rows of one person whom the engine has
//! provisioned, written for everybody. A file that is kept is used again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    reason = "a benchmark reads a clock"
)]

mod mill;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use chrono::{DateTime, Utc};
use mill::{MANAGER, Mill, holdings, name};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tenure_engine::{ApplyOptions, Engine, PlanOptions, SourceOptions};
use tenure_policy::{Policy, PolicyDocument};
use tenure_scim::Resource;
use tenure_store::{Batch, MemoryStore, Select, SqliteStore, Store, Write};

/// As in the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TARGETS: usize = 5;
/// Whose rows everybody's are made from: somebody with a manager of their own.
const PATTERN: usize = 11;
/// Who is given something more.
const NOBODY: &str = "nobody";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let people: usize = arguments.iter().find_map(|text| text.parse().ok()).unwrap_or(2_000);
    let managers = arguments.iter().any(|text| text == "managers");
    let kept = arguments.iter().find_map(|text| text.strip_prefix("keep="));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let file = kept.map_or_else(|| folder.path().join("bench.db"), Into::into);
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&file).unwrap());
        println!("{people} people, {TARGETS} targets with {} entitlements each", holdings().count());
        let account = pattern(managers).await.fill(&store, people).await;
        let source = Arc::new(Mill::source(people));
        let mut builder = Engine::builder(policy(NOBODY, managers), Arc::clone(&store)).source(
            "hr",
            SourceOptions::default(),
            source.clone(),
        );
        for number in 0..TARGETS {
            let target = format!("t{number}");
            let mill = Mill::target(&target, people, Some(account.clone()));
            builder = builder.target(target.parse().unwrap(), Arc::new(mill));
        }
        let engine = builder.build().unwrap();
        let mut builder = Engine::builder(policy(&name(17), managers), Arc::clone(&store));
        for number in 0..TARGETS {
            let target = format!("t{number}");
            let mill = Mill::target(&target, people, Some(account.clone()));
            builder = builder.target(target.parse().unwrap(), Arc::new(mill));
        }
        let other = builder.build().unwrap();
        let now = at("2026-03-03T12:00:00Z");
        if !arguments.iter().any(|text| text == "nolook") {
            for which in ["the first", "another"] {
                let watch = Watch::start();
                let report = engine.observe(now).await.unwrap();
                assert!(!report.found_changes(), "{report:?}");
                watch.tell(&format!("look at everything, nothing changed, {which}"));
            }
        }
        let watch = Watch::start();
        let plan = engine.plan(now, &PlanOptions::default()).await.unwrap();
        watch.tell(&format!("plan for everybody, the first, {} steps", plan.steps.len()));
        assert!(plan.is_empty(), "{:?}", plan.steps.first());
        let watch = Watch::start();
        let plan = engine.plan(now, &PlanOptions::default()).await.unwrap();
        watch.tell(&format!("plan for everybody, {} steps", plan.steps.len()));
        let watch = Watch::start();
        let version = &other.plan(now, &PlanOptions::default().dry()).await.unwrap();
        watch.tell(&format!("plan for everybody under another policy, {} steps", version.steps.len()));
        for _ in 0..2 {
            let watch = Watch::start();
            let plan = engine.plan(now, &PlanOptions::default().due_only()).await.unwrap();
            watch.tell(&format!("plan for those who are due: {:?}", plan.looked_at));
        }
        source.moved.store(100, Ordering::SeqCst);
        let whole = Watch::start();
        let watch = Watch::start();
        let report = engine.observe_changes(now).await.unwrap();
        watch.tell(&format!("100 changes: {} found in the source", report.sources[0].changed));
        let watch = Watch::start();
        let plan = engine.plan(now, &PlanOptions::default().due_only()).await.unwrap();
        watch.tell(&format!("100 changes: plan, {:?} looked at, {} steps", plan.looked_at, plan.steps.len()));
        let watch = Watch::start();
        let options = ApplyOptions::new(now).observe_again(false).concurrency(32);
        assert!(engine.apply(&plan, &options).await.unwrap().is_success());
        watch.tell("100 changes: apply");
        whole.tell("100 changes: all of it");
    });
    println!("peak memory: {} MiB", peak_kib() / 1024);
}

/// Every row that the store keeps of one person.
struct Pattern(Vec<Write>, Resource);

/// Provisions a few people, and takes the rows of one.
async fn pattern(managers: bool) -> Pattern {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let mut builder = Engine::builder(policy(NOBODY, managers), Arc::clone(&store)).source(
        "hr",
        SourceOptions::default(),
        Arc::new(Mill::source(2 * PATTERN)),
    );
    for number in 0..TARGETS {
        let target = format!("t{number}");
        builder = builder.target(target.parse().unwrap(), Arc::new(Mill::target(&target, 0, None)));
    }
    let engine = builder.build().unwrap();
    let now = at("2026-03-02T12:00:00Z");
    engine.observe(now).await.unwrap();
    for _ in 0..2 {
        let plan = engine.plan(now, &PlanOptions::default()).await.unwrap();
        let report = engine.apply(&plan, &ApplyOptions::new(now).observe_again(false)).await.unwrap();
        assert!(report.is_success());
    }
    let whose = Select::Identity(name(PATTERN));
    let mut writes = vec![Write::Identity(store.identity(&name(PATTERN)).await.unwrap().unwrap())];
    writes.extend(store.names(&whose).await.unwrap().into_iter().map(Write::Name));
    writes.extend(store.links(&whose).await.unwrap().into_iter().map(Write::Link));
    writes.extend(store.held(&whose).await.unwrap().into_iter().map(|held| Write::Held { held, at: now }));
    let mut resource = None;
    for number in 0..TARGETS {
        let found = store.account(&format!("t{number}"), &name(PATTERN)).await.unwrap().unwrap();
        resource = Some(Resource::from_json(found.resource.clone()).unwrap());
        writes.push(Write::Account(found));
    }
    Pattern(writes, resource.unwrap())
}

impl Pattern {
    /// Writes the rows for everybody, unless they are there: as the engine does, first who there is, then what each has.
    async fn fill(self, store: &Arc<dyn Store>, people: usize) -> Resource {
        if store.identity(&name(people - 1)).await.unwrap().is_some() {
            return self.1;
        }
        let watch = Watch::start();
        let (who, what): (Vec<&Write>, Vec<&Write>) =
            self.0.iter().partition(|write| matches!(write, Write::Identity(_)));
        for writes in [who, what] {
            let texts: Vec<String> =
                writes.iter().map(|write| serde_json::to_string(write).unwrap()).collect();
            for chunk in (0..people).collect::<Vec<_>>().chunks(1_000) {
                let mut batch = Batch::new();
                for number in chunk {
                    for text in &texts {
                        batch.push(rewritten(text, *number));
                    }
                }
                store.commit(batch).await.unwrap();
            }
        }
        watch.tell("fill the store");
        self.1
    }
}

fn rewritten<T: Serialize + DeserializeOwned>(text: &str, number: usize) -> T {
    // The manager first, by a word that is nobody's: the manager may have the name that everybody's is made from.
    let text = text.replace(&name(PATTERN / 10), &format!("m#{:07}", number / 10));
    let text = text.replace(&name(PATTERN), &name(number));
    let text = text.replace(&format!("e{PATTERN:07}"), &format!("e{number:07}"));
    serde_json::from_str(&text.replace("m#", "w")).unwrap()
}

/// With somebody who is given more than the others.
fn policy(more: &str, managers: bool) -> Policy {
    let mut text =
        String::from("version: 1\nlifecycle: { zone: Europe/Berlin }\nroles:\n  all:\n    entitlements:\n");
    for number in 0..TARGETS {
        text.push_str(&format!("      - {{ target: t{number}, role: user, group: all }}\n"));
    }
    text.push_str("rules:\n  - { id: all, when: 'userType eq \"Employee\"', roles: [all] }\n");
    text.push_str(&format!(
        "  - {{ id: more, when: 'externalId eq \"{more}\"', entitlements: [t0/role:more] }}\ntargets:\n"
    ));
    let manager = format!("\n      - {{ id: d, to: '{MANAGER}', from: {{ reference: manager }} }}");
    let manager = if managers { manager.as_str() } else { "" };
    for number in 0..TARGETS {
        text.push_str(&format!(
            "  t{number}:\n    mode: managed\n    username: {{ from: [{{ slug: externalId }}], namespace: t{number} }}\n    attributes:\n      - {{ id: a, to: externalId, from: externalId }}\n      - {{ id: b, to: displayName, from: displayName }}\n      - {{ id: c, to: title, from: department }}{manager}\n    leaver: [disable, remove_entitlements]\n"
        ));
    }
    Policy::compile(PolicyDocument::from_yaml("bench.yaml", &text).unwrap()).unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The time that passes, and the processor time that the process uses meanwhile.
struct Watch(Instant, f64);

impl Watch {
    fn start() -> Self {
        Self(Instant::now(), processor_seconds())
    }

    fn tell(&self, what: &str) {
        let seconds = self.0.elapsed().as_secs_f64();
        println!("{what}: {seconds:.2} s, {:.2} s of processor time", processor_seconds() - self.1);
    }
}

/// User and system time, in the kernel's hundredths of a second.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
    let ticks: u64 =
        after_name.split_whitespace().skip(11).take(2).filter_map(|text| text.parse::<u64>().ok()).sum();
    ticks as f64 / 100.0
}

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or_default()
}
