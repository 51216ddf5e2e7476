//! Reading, writing, checking and copying resources: `cargo bench -p tenure-scim --bench model`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "benchmarks")]

use divan::{AllocProfiler, Bencher};
use serde_json::{Value, json};
use tenure_scim::typed::User;
use tenure_scim::{Resource, SchemaRegistry, uri};

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

const USER: &str = include_str!("../tests/data/rfc7643/enterprise_user.json");

/// The RFC's user on one line.
fn user() -> String {
    serde_json::from_str::<Value>(USER).unwrap().to_string()
}

fn group(members: usize) -> String {
    let member = |n: usize| {
        let id = format!("2819c223-7f76-453a-919d-{n:012}");
        json!({ "value": id, "$ref": format!("https://example.com/v2/Users/{id}"), "display": format!("User {n}") })
    };
    let members: Vec<Value> = (0..members).map(member).collect();
    json!({ "schemas": [uri::GROUP], "displayName": "Staff", "members": members }).to_string()
}

#[divan::bench]
fn read_user(bencher: Bencher<'_, '_>) {
    let text = user();
    bencher.bench(|| text.parse::<Resource>().unwrap());
}

#[divan::bench]
fn read_user_as_serde_json_value(bencher: Bencher<'_, '_>) {
    let text = user();
    bencher.bench(|| serde_json::from_str::<Value>(&text).unwrap());
}

#[divan::bench]
fn read_typed_user(bencher: Bencher<'_, '_>) {
    let text = user();
    bencher.bench(|| User::try_from(text.parse::<Resource>().unwrap()).unwrap());
}

#[divan::bench]
fn write_user(bencher: Bencher<'_, '_>) {
    let user: Resource = user().parse().unwrap();
    bencher.bench(|| user.to_text());
}

#[divan::bench]
fn copy_user(bencher: Bencher<'_, '_>) {
    let user: Resource = user().parse().unwrap();
    bencher.bench(|| user.clone());
}

#[divan::bench]
fn validate_user(bencher: Bencher<'_, '_>) {
    let registry = SchemaRegistry::builtin();
    let users = registry.resource("User").unwrap();
    let user: Resource = user().parse().unwrap();
    bencher.bench(|| users.validate_create(&user).unwrap());
}

#[divan::bench(args = [100, 10_000])]
fn read_group(bencher: Bencher<'_, '_>, members: usize) {
    let text = group(members);
    bencher.bench(|| text.parse::<Resource>().unwrap());
}
