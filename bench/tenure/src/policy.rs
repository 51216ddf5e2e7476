//! The policy: 200 rules over 100,000 people.

use benchkit::policy::{identities, rules, Attr, Cond, Identity, NENTS};
use benchkit::Bench;
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{json, Value};
use tenure_policy::{Engagement, Facts, Identity as Person, Person as Worker, Policy, PolicyDocument};
use tenure_scim::Resource;

const PEER: &str = "tenure-policy";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Compiling 200 rules; which rules hold; the whole evaluation with accounts, reasons and the next change.
pub fn policy(bench: &Bench) {
    let text = document().to_string();
    let compile = || Policy::compile(PolicyDocument::from_json("bench.json", &text).unwrap()).unwrap();
    bench.op(PEER, "compile-200rules", 1, "document text to compiled policy", compile);
    let policy = compile();
    let count = if bench.icount { 50 } else { 100_000 };
    let people: Vec<Person> = identities(count).iter().map(person).collect();
    let now: DateTime<Utc> = "2026-06-01T12:00:00Z".parse().unwrap();
    let units = people.len() as u64;
    let hits = |people: &[Person]| policy.rule_matches(people, now).iter().map(|r| r.people).sum::<usize>();
    bench.op("tenure-policy (cold matcher)", "policy-200rules", units, &format!("hits={}", hits(&people)), || hits(&people));
    let mut matcher = policy.matcher();
    let mut all = || people.iter().map(|p| matcher.matches(p, now).len()).sum::<usize>();
    let found = all();
    bench.op(PEER, "policy-200rules", units, &format!("hits={found} with the engagement"), all);
    many(bench, &people, now);
    let facts = Facts::new(now);
    let few = &people[..people.len().min(2_000)];
    let evaluate = || few.iter().map(|p| policy.evaluate(p, &facts).entitlements.len()).sum::<usize>();
    let check = format!("entitlements={} with every origin", evaluate());
    bench.op("tenure-policy (whole evaluation)", "policy-200rules", few.len() as u64, &check, evaluate);
    let first = &people[0];
    let key = policy.evaluate(first, &facts).entitlements.keys().next().unwrap().clone();
    bench.op(PEER, "explain-one-grant", 1, "", || policy.explain(first, &facts, &key));
}

/// Larger policies: which rules hold, on one thread and on two; what a changed attribute concerns.
fn many(bench: &Bench, people: &[Person], now: DateTime<Utc>) {
    for count in [1_000, 10_000] {
        let work = format!("policy-{count}rules");
        if !bench.wants(PEER, &work) {
            continue;
        }
        let mut document = document();
        let own = document["rules"].as_array().unwrap().clone();
        // The same shapes of rules for other departments, of which a few exist.
        document["rules"] = (0..count)
            .map(|i| {
                let mut rule = own[i % own.len()].clone();
                rule["id"] = format!("r{i}").into();
                if i >= own.len() {
                    let when = rule["when"].as_str().unwrap();
                    rule["when"] = format!("{when} and costCenter ne \"{}\"", 4_100 + i % 600).into();
                }
                rule
            })
            .collect();
        let policy = Policy::compile(PolicyDocument::from_json("bench.json", &document.to_string()).unwrap()).unwrap();
        let mut matcher = policy.matcher();
        let mut all = || people.iter().map(|p| matcher.matches(p, now).len()).sum::<usize>();
        let check = format!("hits={}", all());
        bench.op(PEER, &work, people.len() as u64, &check, all);
        if !bench.icount {
            wall(&policy, people, now, count);
        }
        let attribute = "division".parse().unwrap();
        let check = format!("{} rules read it", policy.rules_reading(&attribute).len());
        bench.op("tenure-policy (one changed attribute)", &work, 1, &check, || {
            policy.matches_reading(&attribute, &people[0], now).len()
        });
    }
}

/// A million identities on two threads, by the wall clock: the population ten times over, each thread with its own matcher.
fn wall(policy: &Policy, people: &[Person], now: DateTime<Utc>, rules: usize) {
    let began = std::time::Instant::now();
    let hits: usize = std::thread::scope(|scope| {
        let halves: Vec<_> = people
            .chunks(people.len().div_ceil(2))
            .map(|half| {
                scope.spawn(move || {
                    let mut matcher = policy.matcher();
                    (0..10).map(|_| half.iter().map(|p| matcher.matches(p, now).len()).sum::<usize>()).sum::<usize>()
                })
            })
            .collect();
        halves.into_iter().map(|half| half.join().unwrap()).sum()
    });
    let seconds = began.elapsed().as_secs_f64();
    println!("{{\"peer\":{PEER:?},\"workload\":\"1000000-identities-{rules}rules\",\"wall_seconds\":{seconds:.3},\"check\":\"hits={hits}\"}}");
}

fn document() -> Value {
    let entitlement = |g: &u16| format!("app/permission:e{}", *g as usize % NENTS);
    let rules: Vec<Value> = rules()
        .iter()
        .enumerate()
        .map(|(i, rule)| {
            let when = rule.conds.iter().map(condition).collect::<Vec<_>>().join(" and ");
            let gives: std::collections::BTreeSet<String> = rule.grants.iter().map(entitlement).collect();
            json!({"id": format!("r{i}"), "when": when, "entitlements": gives})
        })
        .collect();
    json!({"version": 1, "targets": {"app": {"title": "Application"}}, "rules": rules})
}

/// A level is written with two digits, so that its order as text is its order as a number.
fn condition(condition: &Cond) -> String {
    match condition {
        Cond::Eq(attribute, value) => format!("{} eq \"{value}\"", path(*attribute)),
        Cond::Ne(attribute, value) => format!("{} ne \"{value}\"", path(*attribute)),
        Cond::In(attribute, values) => {
            let any: Vec<String> = values.iter().map(|v| format!("{} eq \"{v}\"", path(*attribute))).collect();
            format!("({})", any.join(" or "))
        }
        Cond::Sw(attribute, value) => format!("{} sw \"{value}\"", path(*attribute)),
        Cond::LevelGe(level) => format!("employeeNumber ge \"{level:02}\""),
        Cond::Active => "active eq true".into(),
    }
}

fn path(attribute: Attr) -> &'static str {
    match attribute {
        Attr::Department => "department",
        Attr::Title => "title",
        Attr::Location => "division",
        Attr::Country => "organization",
        Attr::EmployeeType => "userType",
        Attr::CostCenter => "costCenter",
    }
}

fn person(identity: &Identity) -> Person {
    let attributes = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "userName": format!("u{}", identity.number),
        "title": identity.title, "userType": identity.employee_type, "active": identity.active,
        ENTERPRISE: {
            "department": identity.department, "division": identity.location, "organization": identity.country,
            "costCenter": identity.cost_center, "employeeNumber": format!("{:02}", identity.level),
        }
    });
    let start = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
    let id = format!("p{}", identity.number);
    let engagement =
        Engagement::new(format!("{id}-1").parse().unwrap(), &identity.employee_type, start, "Europe/Berlin".parse().unwrap());
    let worker = Worker::new(id.parse().unwrap(), Resource::from_json(attributes).unwrap()).with_engagement(engagement);
    Person::Person(worker)
}
