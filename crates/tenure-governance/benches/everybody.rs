//! What reads everybody: `cargo bench -p tenure-governance --bench everybody -- 100000`.
//!
//! One person has one account with two entitlements and a paid seat; the store is a file. Prints one line a measurement: the time that
//! passed, the processor time of all threads, and the most memory that was in use meanwhile, what the systems in memory hold included.
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
use tenure_engine::{ApplyOptions, Engine, PlanOptions, SeatReclaim, SourceOptions};
use tenure_governance::{Governance, Rules};
use tenure_policy::{Format, Policy, PolicyDocument, SeatVerdict};
use tenure_store::SqliteStore;

const POLICY: &str = r#"
version: 1
roles: { all: { entitlements: [{ target: desk, role: user, group: all, seat: pro }] } }
rules: [{ id: all, when: 'userType eq "Employee"', roles: [all] }]
triggers: [{ id: nobody, playbook: hello, in: [active], when: 'department eq "None"' }]
targets:
  desk:
    mode: managed
    username: { from: [{ slug: externalId }] }
    attributes: [{ id: a, to: externalId, from: externalId }]
    leaver: [disable, remove_entitlements, release_seat]
    seat: { tier: pro, price: 10.00 USD, per: month, billed: month, idle_after: 30d }
"#;

const RULES: &str = r#"
version: 1
administrators: [w0000000]
playbooks: [{ id: hello, steps: [{ id: s, does: { notify: { text: Hello } } }] }]
reviews:
  - { id: rules, scope: { targets: [desk] }, first: 2026-03-02, every: 90d, by: [manager], due: 10bd }
  - { id: part, scope: { targets: [desk], birthright: true, who: 'department eq "D7"' }, first: 2026-03-02, every: 90d, by: [manager], due: 10bd }
"#;

fn main() {
    let people: usize = std::env::args().skip(1).find_map(|text| text.parse().ok()).unwrap_or(2_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(measure(people));
}

async fn measure(people: usize) {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(folder.path().join("bench.db")).unwrap());
    let policy = Policy::compile(PolicyDocument::from_yaml("bench.yaml", POLICY).unwrap()).unwrap();
    let rules = Rules::read("rules.yaml", Format::Yaml, RULES, &policy).unwrap();
    let hr = (0..people).fold(Tenant::new(), |tenant, number| tenant.with_worker(&worker(number)));
    let desk = Tenant::new()
        .with_entitlement(Entitlement::new("role", "user"))
        .with_entitlement(Entitlement::new("group", "all"))
        .with_entitlement(Entitlement::new("licence", "pro"));
    let engine = Engine::builder(policy, store)
        .source("hr", SourceOptions::default(), Arc::new(MemoryConnector::over("hr", hr)))
        .target("desk".parse().unwrap(), Arc::new(MemoryConnector::over("desk", desk)))
        .build()
        .unwrap();
    let engine = Arc::new(engine);
    let governance = Governance::new(Arc::clone(&engine), rules);
    println!("{people} people, one target, store sqlite");
    let now = at("2026-03-01T12:00:00Z");
    let watch = Watch::start();
    engine.observe(now).await.unwrap();
    let plan = engine.plan(now, &PlanOptions::default()).await.unwrap();
    let options = ApplyOptions::new(now).observe_again(false).concurrency(32);
    assert!(engine.apply(&plan, &options).await.unwrap().is_success());
    drop(plan);
    engine.observe(now).await.unwrap();
    watch.tell("made ready: observed, planned, applied, observed");

    for (name, day) in [("first", "2026-03-02"), ("second", "2026-03-03")] {
        let now = at(&format!("{day}T12:00:00Z"));
        let watch = Watch::start();
        let found = governance.advance_findings(now).await.unwrap();
        watch.tell(&format!("{name} look for findings, {} stand", found.standing));
        let watch = Watch::start();
        let found = governance.advance_reviews(now).await.unwrap();
        watch.tell(&format!("{name} look at reviews, {} open", found.opened.len()));
        let watch = Watch::start();
        let found = governance.advance_playbooks(now).await.unwrap();
        watch.tell(&format!("{name} look at triggers, {} begun", found.begun.len()));
        let watch = Watch::start();
        governance.advance_seats(now).await.unwrap();
        watch.tell(&format!("{name} look at the use of seats"));
    }
    let now = at("2026-06-01T12:00:00Z");
    let watch = Watch::start();
    let seats = engine.review_seats(now).await.unwrap();
    let rows: usize = seats.iter().map(|review| review.rows.len()).sum();
    watch.tell(&format!("a verdict for each of {rows} seats"));
    drop(seats);
    let watch = Watch::start();
    let wish = SeatReclaim::new("desk".parse().unwrap(), [SeatVerdict::Idle], "bench");
    let wish = wish.of_people((0..100).map(|number| format!("w{number:07}").parse().unwrap()));
    let made = engine.plan_reclaim(&wish, now).await.unwrap();
    watch.tell(&format!("a plan that takes {} seats back", made.seats.len()));
}

/// The time that passes, the processor time that the process uses meanwhile, and the most memory.
struct Watch(Instant, f64);

impl Watch {
    fn start() -> Self {
        // The kernel forgets the peak of before.
        std::fs::write("/proc/self/clear_refs", "5").ok();
        Self(Instant::now(), processor_seconds())
    }

    fn tell(&self, what: &str) {
        let seconds = self.0.elapsed().as_secs_f64();
        let processor = processor_seconds() - self.1;
        println!("{what}: {seconds:.2} s, {processor:.2} s of processor time, {} MiB", peak_kib() / 1024);
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

fn worker(number: usize) -> WorkerRecord {
    let id = format!("w{number:07}");
    let start = "2025-01-01".parse().unwrap();
    let mut record = WorkerRecord::new(&id, &format!("e{number}"), "Employee", "Given", &id, start);
    record.department = Some(format!("D{}", number % 40));
    record.manager_id = (number > 0).then(|| format!("w{:07}", number / 10));
    record
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}
