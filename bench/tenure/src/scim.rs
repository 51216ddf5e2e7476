//! The model: JSON, filters, differences.

use std::hint::black_box;

use benchkit::{alloc, data, user, Bench};
use tenure_scim::typed::User;
use tenure_scim::{Filter, Resource, SchemaRegistry};

const PEER: &str = "tenure-scim";
const TYPED: &str = "tenure-scim User";
const ONE_BY_ONE: &str = "tenure-scim, one by one";

/// Parsing and writing a user of 2.5 KB and a group of 10,000 members.
pub fn json(bench: &Bench) {
    for (what, doc) in [("user", user::user(0)), ("group10k", user::group(10_000))] {
        let text = doc.to_string();
        let resource = parse(&text);
        let same = serde_json::from_str::<serde_json::Value>(&resource.to_text()).unwrap() == doc;
        let check = format!("round-trip={same}");
        bench.op(PEER, &format!("parse-{what}"), 1, &check, || parse(&text));
        bench.op(PEER, &format!("serialise-{what}"), 1, &check, || resource.to_text());
        bench.op(PEER, &format!("clone-{what}"), 1, &check, || resource.clone());
        if what == "user" {
            let typed = User::try_from(&resource).unwrap();
            let check = format!("round-trip={}", Resource::from(&typed).to_json() == doc);
            bench.op(TYPED, "parse-user", 1, &check, || User::try_from(&parse(&text)).unwrap());
            bench.op(TYPED, "serialise-user", 1, &check, || Resource::from(&typed).to_text());
        }
    }
}

/// Bytes that a thousand parsed users keep.
pub fn memory(bench: &Bench) {
    let texts: Vec<String> = (0..1000).map(|i| user::user(i).to_string()).collect();
    let bytes: usize = texts.iter().map(String::len).sum();
    let (users, calls, _, live) = alloc::count(|| texts.iter().map(|t| parse(t)).collect::<Vec<_>>());
    black_box(users);
    let note = format!("{} live for {} of text, {} allocs", live / 1000, bytes / 1000, calls / 1000);
    bench.note(PEER, "memory-per-user", "bytes", note);
}

/// Twenty filters from text to tree.
pub fn filter_parse(bench: &Bench) {
    let accepted = data::FILTERS.iter().filter(|f| Filter::parse(f).is_ok()).count();
    let check = format!("accepts {accepted}/{}", data::FILTERS.len());
    bench.op(PEER, "filter-parse", data::FILTERS.len() as u64, &check, || {
        data::FILTERS.iter().filter(|f| black_box(Filter::parse(f)).is_ok()).count()
    });
}

/// Five compiled filters over the population.
pub fn filter_eval(bench: &Bench) {
    let wanted = |kind: &str| [PEER, ONE_BY_ONE].iter().any(|peer| bench.wants(peer, &format!("filter-eval-{kind}")));
    if !data::EVAL.iter().any(|(kind, _)| wanted(kind)) {
        return;
    }
    let users = std::env::var("USERS").ok().and_then(|n| n.parse().ok());
    let count = users.unwrap_or(if bench.icount { 200 } else { 100_000 });
    let registry = SchemaRegistry::builtin();
    let schema = registry.resource("User").unwrap();
    let users: Vec<Resource> = (0..count).map(|i| parse(&user::user(i).to_string())).collect();
    for (kind, text) in data::EVAL {
        let filter = Filter::parse(text).unwrap().compile(schema).unwrap();
        let run = || filter.select(&users).count();
        let check = format!("matches={}", run());
        bench.op(PEER, &format!("filter-eval-{kind}"), count, &check, run);
        let run = || users.iter().filter(|u| filter.matches(u)).count();
        let check = format!("matches={}", run());
        bench.op(ONE_BY_ONE, &format!("filter-eval-{kind}"), count, &check, run);
    }
}

/// One member out of a group and another one in, as a difference of the two groups.
pub fn diff(bench: &Bench) {
    let registry = SchemaRegistry::builtin();
    let groups = registry.resource("Group").unwrap();
    for count in [100, 10_000] {
        let mut after = user::group(count);
        let before = parse(&after.to_string());
        let members = after["members"].as_array_mut().unwrap();
        members.remove(members.len() / 2);
        members.push(serde_json::json!({"value": "new", "display": "New"}));
        let after = parse(&after.to_string());
        let run = || tenure_scim::diff(&before, &after, groups);
        let check = format!("operations={}", run().operations.len());
        bench.op(PEER, &format!("diff-group-{count}"), 1, &check, run);
    }
}

fn parse(text: &str) -> Resource {
    Resource::from_slice(text.as_bytes()).unwrap()
}
