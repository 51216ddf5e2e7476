//! PATCH: one user, one member of a group of growing size, and the difference of two groups.
#![allow(clippy::unwrap_used, reason = "benchmark")]

use divan::{AllocProfiler, Bencher};
use serde_json::{Value, json};
use tenure_scim::{Patch, PatchPath, Resource, SchemaRegistry, diff};

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

#[divan::bench]
fn three_operations_on_a_user(bencher: Bencher<'_, '_>) {
    let registry = SchemaRegistry::builtin();
    let users = registry.resource("User").unwrap();
    let mut user: Resource = serde_json::from_value(json!({
        "schemas": [tenure_scim::uri::USER], "userName": "anna", "active": true,
        "emails": [{"value": "a@example.com", "type": "work"}]
    }))
    .unwrap();
    let patch = |active: bool, mail: &str| {
        Patch::default()
            .replace(path("active"), active)
            .replace(path(r#"emails[type eq "work"].value"#), mail)
            .add(path("name"), json!({"familyName": mail}))
    };
    let (there, back) = (patch(false, "b@example.com"), patch(true, "a@example.com"));
    bencher.bench_local(move || {
        there.apply(&mut user, users).unwrap();
        back.apply(&mut user, users).unwrap()
    });
}

#[divan::bench(args = [100, 10_000, 1_000_000])]
fn one_member_in_and_out(bencher: Bencher<'_, '_>, members: usize) {
    let registry = SchemaRegistry::builtin();
    let groups = registry.resource("Group").unwrap();
    let mut group = group(0, members);
    let there = Patch::default().add(path("members"), vec![json!({"value": "new"})]);
    let back = Patch::default().remove(path(r#"members[value eq "new"]"#));
    there.apply(&mut group, groups).unwrap();
    back.apply(&mut group, groups).unwrap();
    bencher.bench_local(move || {
        there.apply(&mut group, groups).unwrap();
        back.apply(&mut group, groups).unwrap()
    });
}

#[divan::bench]
fn difference_of_groups_of_10_000(bencher: Bencher<'_, '_>) {
    let registry = SchemaRegistry::builtin();
    let groups = registry.resource("Group").unwrap();
    let (a, b) = (group(0, 10_000), group(100, 10_100));
    bencher.bench_local(|| diff(&a, &b, groups));
}

fn group(from: usize, to: usize) -> Resource {
    let members: Vec<Value> =
        (from..to).map(|n| json!({"value": format!("{n:08}"), "type": "User"})).collect();
    serde_json::from_value(
        json!({"schemas": [tenure_scim::uri::GROUP], "displayName": "G", "members": members}),
    )
    .unwrap()
}

fn path(text: &str) -> PatchPath {
    text.parse().unwrap()
}
