//! Observe, plan and apply over systems in memory: `cargo bench -p tenure-engine --bench scale -- 100000`.
//!
//! Prints one line a measurement: the time that passed and the processor time of all threads. The systems answer at once,
//! so the figures are those of the engine and its store. With `sqlite` the store is a file, with `noapply` only the first
//! plan is made.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a benchmark reads a clock"
)]

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Utc};
use tenure_connector::entitlement::Entitlement;
use tenure_connector::memory::{MemoryConnector, Tenant};
use tenure_connector::record::WorkerRecord;
use tenure_engine::{ApplyOptions, Engine, PlanOptions, SourceOptions};
use tenure_policy::{Policy, PolicyDocument};
use tenure_store::{MemoryStore, SqliteStore, Store};

/// As in the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const TARGETS: usize = 5;

fn main() {
    let people: usize = std::env::args().skip(1).find_map(|text| text.parse().ok()).unwrap_or(2_000);
    let on_disk = std::env::args().any(|text| text == "sqlite");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = match on_disk {
            true => Arc::new(SqliteStore::open(folder.path().join("bench.db")).unwrap()),
            false => Arc::new(MemoryStore::new()),
        };
        println!("{people} people, {TARGETS} targets, store {}", if on_disk { "sqlite" } else { "memory" });
        let hr = (0..people).fold(Tenant::new(), |tenant, number| tenant.with_worker(&worker(number)));
        let hr = MemoryConnector::over("hr", hr);
        let mut builder =
            Engine::builder(policy(), store).source("hr", SourceOptions::default(), Arc::new(hr.clone()));
        for number in 0..TARGETS {
            let tenant = Tenant::new()
                .with_entitlement(Entitlement::new("role", "user"))
                .with_entitlement(Entitlement::new("group", "all"));
            let connector = MemoryConnector::over(&format!("t{number}"), tenant);
            builder = builder.target(format!("t{number}").parse().unwrap(), Arc::new(connector));
        }
        let engine = builder.build().unwrap();
        round(&engine, "first load", at("2026-03-02T12:00:00Z")).await;
        if std::env::args().any(|text| text == "noapply") {
            return;
        }
        round(&engine, "no-op reconcile", at("2026-03-03T12:00:00Z")).await;
        hr.with_tenant(|tenant| {
            for number in 0..100.min(people) {
                let mut changed = worker(number * (people / 100).max(1));
                changed.department = Some("Moved".to_owned());
                *tenant = std::mem::take(tenant).with_worker(&changed);
            }
        });
        let now = at("2026-03-04T12:00:00Z");
        let watch = Watch::start();
        let observed = engine.observe_changes(now).await.unwrap();
        let changed: usize = observed.sources.iter().map(|report| report.changed).sum();
        watch.tell(&format!(
            "100 changes: follow the changes ({changed} found, what targets grant is listed)"
        ));
        plan(&engine, "100 changes", now).await;
    });
    println!("peak memory: {} MiB", peak_kib() / 1024);
}

async fn round(engine: &Engine, name: &str, now: DateTime<Utc>) {
    let watch = Watch::start();
    engine.observe(now).await.unwrap();
    watch.tell(&format!("{name}: observe"));
    let plan = plan(engine, name, now).await;
    if plan.is_empty() || std::env::args().any(|text| text == "noapply") {
        return;
    }
    let watch = Watch::start();
    let report =
        engine.apply(&plan, &ApplyOptions::new(now).observe_again(false).concurrency(32)).await.unwrap();
    assert!(report.is_success());
    let seconds = watch.tell(&format!("{name}: apply"));
    println!("{name}: apply {:.0} effects/s", plan.steps.len() as f64 / seconds);
}

async fn plan(engine: &Engine, name: &str, now: DateTime<Utc>) -> tenure_engine::Plan {
    let watch = Watch::start();
    let plan = engine.plan(now, &PlanOptions::default()).await.unwrap();
    watch.tell(&format!("{name}: load, evaluate and plan, {} steps", plan.steps.len()));
    plan
}

/// The time that passes, and the processor time that the process uses meanwhile.
struct Watch(Instant, f64);

impl Watch {
    fn start() -> Self {
        Self(Instant::now(), processor_seconds())
    }

    fn tell(&self, what: &str) -> f64 {
        let seconds = self.0.elapsed().as_secs_f64();
        println!("{what}: {seconds:.2} s, {:.2} s of processor time", processor_seconds() - self.1);
        seconds
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

fn worker(number: usize) -> WorkerRecord {
    let id = format!("w{number:07}");
    let start = "2025-01-01".parse().unwrap();
    let mut record = WorkerRecord::new(&id, &format!("e{number}"), "Employee", "Given", &id, start);
    record.department = Some(format!("D{}", number % 40));
    record.manager_id = (number > 0).then(|| format!("w{:07}", number / 10));
    record
}

fn policy() -> Policy {
    let mut text =
        String::from("version: 1\nlifecycle: { zone: Europe/Berlin }\nroles:\n  all:\n    entitlements:\n");
    for number in 0..TARGETS {
        text.push_str(&format!("      - {{ target: t{number}, role: user, group: all }}\n"));
    }
    text.push_str("rules:\n  - { id: all, when: 'userType eq \"Employee\"', roles: [all] }\ntargets:\n");
    for number in 0..TARGETS {
        text.push_str(&format!(
            "  t{number}:\n    mode: managed\n    username: {{ from: [{{ slug: externalId }}], namespace: t{number} }}\n    attributes:\n      - {{ id: a, to: externalId, from: externalId }}\n      - {{ id: b, to: displayName, from: displayName }}\n      - {{ id: c, to: title, from: department }}\n    leaver: [disable, remove_entitlements]\n"
        ));
    }
    Policy::compile(PolicyDocument::from_yaml("bench.yaml", &text).unwrap()).unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or_default()
}
