//! Observe, plan and apply over systems in memory: `cargo bench -p tenure-engine --bench scale -- 100000`.
//!
//! Prints one line a measurement. The systems answer at once, so the figures are those of the engine and its store.
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
        let mut builder = Engine::builder(policy(), store).source(
            "hr",
            SourceOptions::default(),
            Arc::new(MemoryConnector::over("hr", hr)),
        );
        for number in 0..TARGETS {
            let tenant = Tenant::new()
                .with_entitlement(Entitlement::new("role", "user"))
                .with_entitlement(Entitlement::new("group", "all"));
            let connector = MemoryConnector::over(&format!("t{number}"), tenant);
            builder = builder.target(format!("t{number}").parse().unwrap(), Arc::new(connector));
        }
        let engine = builder.build().unwrap();
        round(&engine, "first load", at("2026-03-02T12:00:00Z")).await;
        round(&engine, "no-op reconcile", at("2026-03-03T12:00:00Z")).await;
    });
    println!("peak memory: {} MiB", peak_kib() / 1024);
}

async fn round(engine: &Engine, name: &str, now: DateTime<Utc>) {
    let start = Instant::now();
    engine.observe(now).await.unwrap();
    println!("{name}: observe {:.2} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    let plan = engine.plan(now, &PlanOptions::default()).await.unwrap();
    println!("{name}: evaluate and plan {:.2} s, {} steps", start.elapsed().as_secs_f64(), plan.steps.len());
    if plan.is_empty() {
        return;
    }
    let start = Instant::now();
    let report =
        engine.apply(&plan, &ApplyOptions::new(now).observe_again(false).concurrency(32)).await.unwrap();
    assert!(report.is_success());
    let seconds = start.elapsed().as_secs_f64();
    println!("{name}: apply {seconds:.2} s, {:.0} effects/s", plan.steps.len() as f64 / seconds);
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
