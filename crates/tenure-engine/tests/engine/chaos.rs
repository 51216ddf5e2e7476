//! Runs in which everything goes wrong that can: lost answers, throttling, stale reads, half pages, doubled rows and
//! crashes, by schedules that a seed decides. `TENURE_CHAOS` says how many are tried, `TENURE_CHAOS_FROM` the first seed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::common::{Company, account, at, held, target, users, worker};
use chrono::{DateTime, TimeDelta, Utc};
use tenure_connector::memory::{MemoryConnector, Tenant, TenantRules};
use tenure_engine::{ApplyOptions, Engine};
use tenure_store::Select;
use tenure_testkit::chaos::{ChaosConnector, Schedule};

/// How many schedules the default tier tries.
const DEFAULT: u64 = 300;
/// How many rounds go wrong.
const ROUNDS: u64 = 4;
/// How many calls in a hundred go wrong.
const PERCENT: u64 = 12;

#[expect(clippy::disallowed_methods, reason = "the size of the trial is told by the environment")]
fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap())
}

/// What happens in the company before a round; the seed picks one of four stories.
fn happens(company: &mut Company, story: u64, round: u64) {
    match (story % 4, round) {
        (0, 1) | (1, 2) => {
            let row = company.worker("w2");
            (row.department, row.title) = (Some("Sales".to_owned()), Some("Seller".to_owned()));
        }
        (1, 1) | (2, 2) => company.worker("w3").end_date = Some("2026-03-01".parse().unwrap()),
        (2, 1) | (3, 1) => company.workers.push(worker("w6", "Uma", "Ros", "Support", "Agent", Some("w2"))),
        (3, 2) => company.worker("w2").manager_id = Some("w6".to_owned()),
        (_, 3) => company.worker("w1").title = Some("Agent".to_owned()),
        _ => {}
    }
}

/// An engine whose systems go wrong as the seed says. Each round is a program of its own.
fn troubled(company: &Company, seed: u64, round: u64) -> Engine {
    let chaos = |connector: MemoryConnector, salt: u64| {
        let seed = seed.wrapping_mul(1_000_003).wrapping_add(round * 101 + salt);
        Arc::new(ChaosConnector::new(connector, Schedule::random(seed, PERCENT)))
    };
    // Half of the sources tell everything at once, the others two people a page.
    let mut rules = TenantRules::default();
    rules.max_page_size = if seed % 8 < 4 { rules.max_page_size } else { 2 };
    let hr = company.workers.iter().fold(Tenant::new(), |tenant, worker| tenant.with_worker(worker));
    let hr = hr.with_rules(rules);
    Engine::builder(company.compiled(), Arc::clone(&company.store))
        .source("hr", company.options.clone(), chaos(MemoryConnector::over("hr", hr), 1))
        .target(target("desk"), chaos(company.desk.clone(), 2))
        .target(target("erp"), chaos(company.erp.clone(), 3))
        .build()
        .unwrap()
}

async fn rest(company: &Company, mut now: DateTime<Utc>) -> Vec<String> {
    for _ in 0..8 {
        now += TimeDelta::days(1);
        let engine = company.engine();
        let round = engine.cycle(&ApplyOptions::new(now)).await.unwrap();
        let retries = company.store.values("retry/").await.unwrap();
        if round.plan.is_empty() && retries.is_empty() {
            return picture(company);
        }
    }
    panic!("no rest: {:#?}", crate::common::titles(&company.plan(now).await));
}

/// What everyone has, in words that do not depend on ids.
fn picture(company: &Company) -> Vec<String> {
    let mut picture = Vec::new();
    for (name, connector) in [("desk", &company.desk), ("erp", &company.erp)] {
        for user in users(connector) {
            let who = user.external_id().unwrap().to_owned();
            let active = user.attr("active").and_then(|value| value.as_bool());
            let title = user.text("title").unwrap_or("-").to_owned();
            let manager =
                user.attr("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value");
            let manager = manager.and_then(|id| {
                let id = id.as_str()?.to_owned();
                users(connector)
                    .into_iter()
                    .find(|user| user.id() == Some(&*id))?
                    .external_id()
                    .map(str::to_owned)
            });
            picture.push(format!("{name} {who} {active:?} {title} {manager:?} {:?}", held(connector, &who)));
        }
    }
    picture.sort();
    picture
}

const WORKS: &str = " Some(true) ";

fn working(picture: &[String]) -> Vec<&String> {
    picture.iter().filter(|line| line.contains(WORKS)).collect()
}

async fn undisturbed(story: u64) -> Vec<String> {
    static KNOWN: Mutex<BTreeMap<u64, Vec<String>>> = Mutex::new(BTreeMap::new());
    if let Some(known) = KNOWN.lock().unwrap().get(&(story % 4)) {
        return known.clone();
    }
    let mut company = Company::new();
    let mut now = at("2026-03-02");
    for round in 0..ROUNDS {
        happens(&mut company, story, round);
        company.engine().cycle(&ApplyOptions::new(now)).await.unwrap();
        now += TimeDelta::hours(2);
    }
    let picture = rest(&company, now).await;
    KNOWN.lock().unwrap().insert(story % 4, picture.clone());
    picture
}

async fn survive(seed: u64) {
    let mut company = Company::new();
    let mut now = at("2026-03-02");
    for round in 0..ROUNDS {
        happens(&mut company, seed, round);
        // Whatever it ends with: the program is started again.
        let engine = troubled(&company, seed, round);
        drop(engine.cycle(&ApplyOptions::new(now)).await);
        for connector in [&company.desk, &company.erp] {
            // She works here all the time.
            if let Some(user) = account(connector, "w1") {
                assert_eq!(
                    user.attr("active").and_then(|value| value.as_bool()),
                    Some(true),
                    "seed {seed}: w1"
                );
            }
            let mut people: Vec<String> =
                users(connector).iter().filter_map(|user| user.external_id().map(str::to_owned)).collect();
            let all = people.len();
            people.sort();
            people.dedup();
            assert_eq!(people.len(), all, "seed {seed}: an account twice");
        }
        now += TimeDelta::hours(2);
    }
    let (found, expected) = (rest(&company, now).await, undisturbed(seed).await);
    assert_eq!(working(&found), working(&expected), "seed {seed}");
    // One who left before an account could be made has none; whoever has one cannot use it and holds nothing.
    for line in found.iter().filter(|line| !line.contains(WORKS)) {
        assert!(line.contains("Some(false)") && line.ends_with("[]"), "seed {seed}: {line}");
    }
    assert!(company.store.unfinished_plans().await.unwrap().is_empty(), "seed {seed}");
    company.engine().audit().verify(None).await.unwrap();
    let held = company.store.held(&Select::All).await.unwrap();
    assert!(held.iter().all(|held| !held.origins.is_empty()), "seed {seed}: held without a reason");
}

#[test]
fn every_chaos_schedule_ends_as_an_undisturbed_run() {
    let (from, count) = (number("TENURE_CHAOS_FROM", 0), number("TENURE_CHAOS", DEFAULT));
    let threads = std::thread::available_parallelism().map_or(1, |found| found.get() as u64).min(4);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                for seed in (from..from + count).filter(|seed| seed % threads == thread) {
                    runtime.block_on(survive(seed));
                }
            });
        }
    });
}
