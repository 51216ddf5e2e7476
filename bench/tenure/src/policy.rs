//! The policy: 200 rules over 100,000 people.

use benchkit::policy::{identities, rules, Attr, Cond, Identity, NENTS};
use benchkit::Bench;
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{json, Value};
use tenure_policy::{read_ahead, Condition, Engagement, Facts, Identity as Person, Person as Worker, Policy, PolicyDocument, Population};
use tenure_scim::Resource;

const PEER: &str = "tenure-policy";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Compiling 200 rules; which rules hold; the whole evaluation with accounts, reasons and the next change.
pub fn policy(bench: &Bench) {
    compile(bench);
    mappings(bench);
    let works = ["policy-200rules", "impact-200rules", "explain-one-grant", "memory-per-identity", "policy-1000rules", "policy-10000rules", "impact-1000rules", "impact-10000rules", "explain-1000rules", "explain-10000rules", "1000000-identities"];
    let peers = [PEER, MATCHER, EVALUATOR, KEPT, SINGLE, ATTRIBUTE, MOST, RULE, IMPACT];
    if !works.iter().any(|work| peers.iter().any(|peer| bench.wants(peer, work))) {
        return;
    }
    let text = document().to_string();
    let policy = Policy::compile(PolicyDocument::from_json("bench.json", &text).unwrap()).unwrap();
    let count = if bench.icount { 50 } else { 100_000 };
    let (people, _, _, live) = benchkit::alloc::count(|| identities(count).iter().map(person).collect::<Vec<Person>>());
    bench.note(PEER, "memory-per-identity", "bytes", format!("{} for the identity itself", live as usize / people.len()));
    let now: DateTime<Utc> = "2026-06-01T12:00:00Z".parse().unwrap();
    let units = people.len() as u64;
    let facts = Facts::new(now);
    if bench.wants(MATCHER, "policy-200rules") {
        let hits = |people: &[Person]| policy.rule_matches(people, now).iter().map(|r| r.people).sum::<usize>();
        bench.op(MATCHER, "policy-200rules", units, &format!("hits={}", hits(&people)), || hits(&people));
    }
    matched(bench, &policy, &people, now, "policy-200rules");
    whole(bench, &policy, &people, &facts, "policy-200rules");
    if bench.wants(SINGLE, "policy-200rules") {
        let few = &people[..people.len().min(2_000)];
        let evaluate = || few.iter().map(|p| policy.evaluate(p, &facts).entitlements.len()).sum::<usize>();
        let check = format!("entitlements={} with every origin", evaluate());
        bench.op(SINGLE, "policy-200rules", few.len() as u64, &check, evaluate);
    }
    changes(bench, &policy, 200, &people, &facts);
    explain(bench, &policy, &people[0], &facts, "explain-one-grant");
    many(bench, &people, now);
}

/// Why somebody has one entitlement.
fn explain(bench: &Bench, policy: &Policy, person: &Person, facts: &Facts<'_>, work: &str) {
    if bench.wants(PEER, work) {
        let key = policy.evaluate(person, facts).entitlements.keys().next().unwrap().clone();
        bench.op(PEER, work, 1, "", || policy.explain(person, facts, &key));
    }
}

const MATCHER: &str = "tenure-policy (cold matcher)";
const EVALUATOR: &str = "tenure-policy (evaluator)";
const KEPT: &str = "tenure-policy (evaluator, kept)";
const SINGLE: &str = "tenure-policy (one evaluation by itself)";
const ATTRIBUTE: &str = "tenure-policy (one changed attribute)";
const MOST: &str = "tenure-policy (one changed attribute that most read)";
const RULE: &str = "tenure-policy (one changed rule, per identity)";
const IMPACT: &str = "tenure-policy (per identity)";

/// From JSON text, from YAML text, and from rules as text: what the peers compile too.
fn compile(bench: &Bench) {
    let work = "compile-200rules";
    let document = document();
    let (json, yaml) = (document.to_string(), yaml(&document));
    let read = || PolicyDocument::from_json("bench.json", &json).unwrap();
    let compile = |document| Policy::compile(document).unwrap();
    bench.op(PEER, work, 1, "JSON text to compiled policy", || compile(read()));
    bench.op("tenure-policy (YAML)", work, 1, "YAML text to compiled policy", || {
        compile(PolicyDocument::from_yaml("bench.yaml", &yaml).unwrap())
    });
    let document = read();
    bench.op("tenure-policy (document at hand)", work, 1, "a copy of the document to compiled policy", || compile(document.clone()));
    bench.op("tenure-policy (copy of the document)", work, 1, "", || document.clone());
    bench.op("tenure-policy (JSON text to document)", work, 1, "", read);
    let first = identities(1).iter().map(person).next().unwrap();
    let now: DateTime<Utc> = "2026-06-01T12:00:00Z".parse().unwrap();
    bench.op("tenure-policy (document at hand, to the first answer)", work, 1, "with the tables of the matcher", || {
        let policy = compile(document.clone());
        let mut matcher = policy.matcher();
        let found = matcher.matches(&first, now).len();
        found
    });
}

/// The rules as people write them.
fn yaml(document: &Value) -> String {
    let mut out = String::from("version: 1\ntargets: { app: { title: Application } }\nrules:\n");
    for rule in document["rules"].as_array().unwrap() {
        let entitlements: Vec<&str> = rule["entitlements"].as_array().unwrap().iter().map(|e| e.as_str().unwrap()).collect();
        out += &format!("  - id: {}\n    when: '{}'\n    entitlements: ['{}']\n", rule["id"].as_str().unwrap(), rule["when"].as_str().unwrap().replace('\'', "''"), entitlements.join("', '"));
    }
    out
}

/// Which rules hold, for each identity.
fn matched(bench: &Bench, policy: &Policy, people: &[Person], now: DateTime<Utc>, work: &str) {
    if !bench.wants(PEER, work) {
        return;
    }
    let mut matcher = policy.matcher();
    let mut all = || read_ahead(people).map(|p| matcher.matches(p, now).len()).sum::<usize>();
    let check = format!("hits={} with the engagement", all());
    bench.op(PEER, work, people.len() as u64, &check, all);
    let mut matcher = policy.matcher();
    let mut all = || people.iter().map(|p| matcher.matches(p, now).len()).sum::<usize>();
    let check = format!("hits={} with the engagement", all());
    bench.op("tenure-policy (not read ahead)", work, people.len() as u64, &check, all);
}

/// Every identity in full: borrowed, and kept.
fn whole(bench: &Bench, policy: &Policy, people: &[Person], facts: &Facts<'_>, work: &str) {
    if bench.wants(EVALUATOR, work) {
        let mut evaluator = policy.evaluator();
        let mut all = || {
            let mut ways = 0;
            for person in read_ahead(people) {
                ways += evaluator.evaluate(person, facts).entitlements().map(|e| usize::from(e.until().is_none())).sum::<usize>();
            }
            ways
        };
        let check = format!("entitlements={} with every origin and term", all());
        bench.op(EVALUATOR, work, people.len() as u64, &check, all);
    }
    let few = &people[..people.len().min(2_000)];
    let mut evaluator = policy.evaluator();
    let kept = || few.iter().map(|p| evaluator.evaluate(p, facts).to_evaluation().entitlements.len()).sum::<usize>();
    bench.op(KEPT, work, few.len() as u64, "", kept);
}

/// What a changed attribute and a changed rule cost, and what the change of a rule does to everybody.
fn changes(bench: &Bench, policy: &Policy, rules: usize, people: &[Person], facts: &Facts<'_>) {
    let work = format!("policy-{rules}rules");
    let wanted = [ATTRIBUTE, MOST, RULE].iter().any(|peer| bench.wants(peer, &work));
    if !wanted && !bench.wants(IMPACT, &format!("impact-{rules}rules")) && !bench.wants(PEER, &format!("memory-per-identity-{rules}rules")) {
        return;
    }
    let (mut population, _, _, live) = benchkit::alloc::count(|| {
        let mut population = Population::new(policy.clone());
        population.update(people, facts.now);
        population
    });
    bench.note(PEER, &format!("memory-per-identity-{rules}rules"), "bytes", format!("{} in a population", live as usize / people.len()));
    let attribute = "division".parse().unwrap();
    let check = format!("{} of {rules} rules read it", policy.rules_reading(&attribute).len());
    bench.op(ATTRIBUTE, &work, 1, &check, || population.attribute_changed(&attribute, &people[0], facts.now));
    let all = "active".parse().unwrap();
    let check = format!("{} of {rules} rules read it", policy.rules_reading(&all).len());
    bench.op(MOST, &work, 1, &check, || population.attribute_changed(&all, &people[0], facts.now));
    let mut document = policy.document().clone();
    document.rules[7].when = Some(Condition::new("title sw \"Lead \" and active eq true"));
    let other = Policy::compile(document).unwrap();
    if bench.wants(RULE, &work) {
        let mut turn = false;
        let mut change = || {
            turn = !turn;
            population.policy_changed(if turn { &other } else { policy }, people, facts.now).len()
        };
        let check = format!("concerns {}, {}", change(), change());
        bench.op(RULE, &work, people.len() as u64, &check, change);
    }
    if bench.wants(IMPACT, &format!("impact-{rules}rules")) {
        let impact = || policy.impact(&other, people, |_| *facts).unwrap().rows.len();
        let check = format!("rows={}", impact());
        bench.op(IMPACT, &format!("impact-{rules}rules"), people.len() as u64, &check, impact);
    }
}

/// Ten attribute mappings: what the peers compute from the same identities.
fn mappings(bench: &Bench) {
    if !bench.wants(PEER, "map-10attrs") {
        return;
    }
    let join = |parts: Value| json!({ "join": parts });
    let text = |text: &str| json!({ "value": text });
    let from = [
        join(json!([{ "lower": "name.givenName" }, text("."), { "slug": "name.familyName" }, "employeeNumber", text("@example.com")])),
        json!({ "join": ["name.givenName", "name.familyName"], "with": " " }),
        json!({ "join": ["name.familyName", "name.givenName"], "with": ", " }),
        json!("title"),
        json!("department"),
        json!("employeeNumber"),
        join(json!([{ "lower": { "prefix": "name.givenName", "chars": 1 } }, { "lower": "name.familyName" }, text("@"),
            { "map": { "of": "organization", "table": { "US": "us." } } }, text("example.com")])),
        join(json!([text("OU="), "department", text(",OU="), "organization", text(",DC=example,DC=com")])),
        json!({ "map": { "of": "organization", "table": { "DE": "de-DE" }, "default": "en-US" } }),
        join(json!([text("CC-"), "costCenter"])),
    ];
    let attributes: Vec<Value> =
        from.iter().enumerate().map(|(i, from)| json!({ "id": format!("m{i}"), "to": "nickName", "from": from })).collect();
    let document = json!({ "version": 1, "targets": { "app": { "attributes": attributes } } });
    let policy = Policy::compile(PolicyDocument::from_json("bench.json", &document.to_string()).unwrap()).unwrap();
    let target = "app".parse().unwrap();
    let people: Vec<Resource> = identities(2_000)
        .iter()
        .map(|i| {
            let attributes = json!({
                "title": i.title, "name": { "givenName": i.given, "familyName": i.family },
                ENTERPRISE: { "department": i.department, "organization": i.country, "costCenter": i.cost_center, "employeeNumber": i.number.to_string() }
            });
            attributes.to_string().parse().unwrap()
        })
        .collect();
    let length = |value: &Value| value.as_str().unwrap().len();
    let run = || people.iter().flat_map(|p| policy.mapped(&target, p)).map(|(_, value)| length(&value.unwrap().unwrap())).sum::<usize>();
    let hand = |i: &Identity| -> [String; 10] {
        let (gl, fl) = (i.given.to_lowercase(), i.family.to_lowercase());
        [
            format!("{gl}.{}{}@example.com", fl.replace('\'', ""), i.number),
            format!("{} {}", i.given, i.family),
            format!("{}, {}", i.family, i.given),
            i.title.clone(),
            i.department.clone(),
            i.number.to_string(),
            format!("{}{fl}@{}example.com", &gl[..1], if i.country == "US" { "us." } else { "" }),
            format!("OU={},OU={},DC=example,DC=com", i.department, i.country),
            if i.country == "DE" { "de-DE" } else { "en-US" }.to_string(),
            format!("CC-{}", i.cost_center),
        ]
    };
    let plain = identities(2_000);
    let by_hand = || plain.iter().map(|i| hand(i).iter().map(String::len).sum::<usize>()).sum::<usize>();
    let check = format!("chars={} want={}", run(), by_hand());
    bench.op("limit: hand format!", "map-10attrs", plain.len() as u64, "", by_hand);
    bench.op(PEER, "map-10attrs", people.len() as u64, &check, run);
}

/// Larger policies: which rules hold, on one thread and on two; what changes cost.
fn many(bench: &Bench, people: &[Person], now: DateTime<Utc>) {
    for count in [200, 1_000, 10_000] {
        let policy = Policy::compile(PolicyDocument::from_json("bench.json", &larger(count).to_string()).unwrap()).unwrap();
        let few = &people[..people.len().min(10_000)];
        if count > 200 {
            let work = format!("policy-{count}rules");
            matched(bench, &policy, people, now, &work);
            whole(bench, &policy, few, &Facts::new(now), &work);
            changes(bench, &policy, count, few, &Facts::new(now));
            explain(bench, &policy, &people[0], &Facts::new(now), &format!("explain-{count}rules"));
        }
        if !bench.icount {
            wall(bench, &policy, people, now, count);
        }
    }
}

/// The same shapes of rules again and again, each for one cost centre less, of which a few exist.
fn larger(count: usize) -> Value {
    let mut document = document();
    let own = document["rules"].as_array().unwrap().clone();
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
    document
}

/// A million identities on two threads, by the wall clock: the population ten times over, each thread with its own evaluator.
fn wall(bench: &Bench, policy: &Policy, people: &[Person], now: DateTime<Utc>, rules: usize) {
    let run = |what: &str, work: &(dyn Fn(&[Person]) -> usize + Sync)| {
        let name = format!("1000000-identities-{rules}rules-{what}");
        if !bench.wants(PEER, &name) {
            return;
        }
        let before = cpu_seconds();
        let began = std::time::Instant::now();
        let found = halves(people, work);
        let (wall, cpu) = (began.elapsed().as_secs_f64(), cpu_seconds() - before);
        println!("{{\"peer\":{PEER:?},\"workload\":{name:?},\"wall_seconds\":{wall:.3},\"cpu_seconds\":{cpu:.3},\"check\":\"found={found}\"}}");
    };
    run("matched", &|half| {
        let mut matcher = policy.matcher();
        (0..10).map(|_| read_ahead(half).map(|p| matcher.matches(p, now).len()).sum::<usize>()).sum()
    });
    run("evaluated", &|half| {
        let mut evaluator = policy.evaluator();
        let facts = Facts::new(now);
        (0..10).map(|_| read_ahead(half).map(|p| evaluator.evaluate(p, &facts).len()).sum::<usize>()).sum()
    });
}

/// Processor time of the whole process.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = text.rsplit_once(')').unwrap().1.split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

fn halves(people: &[Person], work: impl Fn(&[Person]) -> usize + Sync) -> usize {
    let work = &work;
    std::thread::scope(|scope| {
        let halves: Vec<_> = people.chunks(people.len().div_ceil(2)).map(|half| scope.spawn(move || work(half))).collect();
        halves.into_iter().map(|half| half.join().unwrap()).sum()
    })
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
    let worker = Worker::new(id.parse().unwrap(), attributes.to_string().parse::<Resource>().unwrap()).with_engagement(engagement);
    Person::Person(worker)
}
