//! Evaluation, explanation and compiling: `cargo bench -p tenure-policy`.
#![allow(clippy::unwrap_used, reason = "a benchmark")]

use chrono::{DateTime, NaiveDate, Utc};
use divan::{AllocProfiler, Bencher, black_box};
use serde_json::json;
use tenure_policy::{Engagement, EntitlementKey, Facts, Identity, Person, Policy, PolicyDocument, Zone};
use tenure_scim::Resource;

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_000_000, 0).unwrap()
}

/// `rules` rules over 40 departments, 25 titles and 5 kinds; each gives one role of two entitlements.
fn document(rules: usize) -> PolicyDocument {
    let roles: serde_json::Map<String, serde_json::Value> = (0..rules)
        .map(|n| (format!("role{n}"), json!({ "entitlements": [format!("t{}/role:r{n}", n % 5), format!("t{}/group:g{n}", n % 5)] })))
        .collect();
    let rules: Vec<_> = (0..rules)
        .map(|n| {
            let when = match n % 4 {
                0 => format!("department eq \"D{}\"", n % 40),
                1 => format!("department eq \"D{}\" and title eq \"T{}\"", n % 40, n % 25),
                2 => format!("title eq \"T{}\" and userType eq \"K{}\"", n % 25, n % 5),
                _ => format!(
                    "(department eq \"D{}\" or department eq \"D{}\") and not (title eq \"T1\")",
                    n % 40,
                    (n + 7) % 40
                ),
            };
            json!({ "id": format!("rule{n}"), "when": when, "roles": [format!("role{n}")] })
        })
        .collect();
    let targets: serde_json::Map<String, serde_json::Value> =
        (0..5).map(|n| (format!("t{n}"), json!({}))).collect();
    let text = json!({ "version": 1, "targets": targets, "roles": roles, "rules": rules }).to_string();
    PolicyDocument::from_json("bench.json", &text).unwrap()
}

fn person(n: usize) -> Identity {
    let attributes = Resource::from_json(json!({
        "userName": format!("user{n}"), "title": format!("T{}", n % 25), "userType": format!("K{}", n % 5),
        "name": { "givenName": "Given", "familyName": format!("Family{n}") },
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": format!("D{}", n % 40) },
    }))
    .unwrap();
    let start = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
    Person::new(format!("p{n}").parse().unwrap(), attributes)
        .with_engagement(Engagement::new("e".parse().unwrap(), "Employee", start, Zone::UTC))
        .into()
}

#[divan::bench(args = [200, 1_000, 10_000])]
fn evaluate(bencher: Bencher<'_, '_>, rules: usize) {
    let policy = Policy::compile(document(rules)).unwrap();
    let people: Vec<Identity> = (0..100).map(person).collect();
    let mut next = 0;
    bencher.bench_local(|| {
        next = (next + 1) % people.len();
        black_box(policy.evaluate(people.get(next).unwrap(), &Facts::new(now())))
    });
}

#[divan::bench(args = [200, 10_000])]
fn explain(bencher: Bencher<'_, '_>, rules: usize) {
    let policy = Policy::compile(document(rules)).unwrap();
    let identity = person(41);
    let held: EntitlementKey = "t0/role:r160".parse().unwrap();
    bencher.bench_local(|| black_box(policy.explain(&identity, &Facts::new(now()), &held)));
}

#[divan::bench(args = [200, 10_000], sample_count = 10)]
fn compile(bencher: Bencher<'_, '_>, rules: usize) {
    let document = document(rules);
    bencher
        .with_inputs(|| document.clone())
        .bench_values(|document| black_box(Policy::compile(document).unwrap()));
}
