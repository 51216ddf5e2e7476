//! Filters: from text to tree, and over many users.
#![allow(clippy::unwrap_used, reason = "benchmark")]

use divan::{AllocProfiler, Bencher, black_box};
use tenure_scim::{Filter, Resource, SchemaRegistry};

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

const FILTERS: [&str; 5] = [
    r#"userName eq "anna.berg@example.com""#,
    r#"title pr and userType eq "Employee""#,
    r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#,
    r#"emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
    r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "Support" and not (active eq false)"#,
];

fn main() {
    divan::main();
}

#[divan::bench(args = FILTERS)]
fn parse(filter: &str) -> Filter {
    Filter::parse(black_box(filter)).unwrap()
}

#[divan::bench(args = FILTERS)]
fn compile(bencher: Bencher<'_, '_>, filter: &str) {
    let registry = SchemaRegistry::builtin();
    let users = registry.resource("User").unwrap();
    let filter = Filter::parse(filter).unwrap();
    bencher.bench_local(|| filter.compile(users).unwrap());
}

#[divan::bench(args = FILTERS)]
fn matches(bencher: Bencher<'_, '_>, filter: &str) {
    let registry = SchemaRegistry::builtin();
    let filter = Filter::parse(filter).unwrap().compile(registry.resource("User").unwrap()).unwrap();
    let users: Vec<Resource> = (0..1000).map(user).collect();
    bencher.counter(users.len()).bench_local(|| users.iter().filter(|u| filter.matches(u)).count());
}

fn user(n: usize) -> Resource {
    let kind = if n.is_multiple_of(3) { "Contractor" } else { "Employee" };
    let department = if n.is_multiple_of(7) { "Support" } else { "Sales" };
    serde_json::from_value(serde_json::json!({
        "schemas": [tenure_scim::uri::USER, tenure_scim::uri::ENTERPRISE_USER],
        "id": format!("{n:08}"),
        "userName": format!("user{n}@example.com"),
        "name": {"givenName": "Anna", "familyName": format!("Berg{n}")},
        "title": "Agent",
        "userType": kind,
        "active": !n.is_multiple_of(11),
        "emails": [
            {"value": format!("user{n}@example.com"), "type": "work", "primary": true},
            {"value": format!("u{n}@home.org"), "type": "home"}
        ],
        "meta": {"resourceType": "User", "lastModified": "2026-01-31T12:00:00Z"},
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": department, "costCenter": "4130"}
    }))
    .unwrap()
}
