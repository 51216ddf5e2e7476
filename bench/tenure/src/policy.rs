//! The policy: 200 rules over 100,000 people.

use benchkit::policy::{identities, rules, Attr, Cond, Identity, NENTS};
use benchkit::Bench;
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{json, Value};
use tenure_policy::{Condition, Engagement, Facts, Identity as Person, Person as Worker, Policy, PolicyDocument, Population};
use tenure_scim::Resource;

const PEER: &str = "tenure-policy";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Compiling 200 rules; which rules hold; the whole evaluation with accounts, reasons and the next change.
pub fn policy(bench: &Bench) {
    let text = document().to_string();
    let read = || PolicyDocument::from_json("bench.json", &text).unwrap();
    bench.op(PEER, "compile-200rules", 1, "document text to compiled policy", || Policy::compile(read()).unwrap());
    let document = read();
    bench.op("tenure-policy (document at hand)", "compile-200rules", 1, "", || Policy::compile(document.clone()).unwrap());
    bench.op("tenure-policy (copy of the document)", "compile-200rules", 1, "", || document.clone());
    mappings(bench);
    let works = ["policy-200rules", "policy-1000rules", "policy-10000rules", "impact", "explain", "memory-per-identity"];
    if !works.iter().any(|work| [PEER, "tenure-policy ("].iter().any(|peer| bench.wants(peer, work))) && std::env::var("ONLY").is_ok_and(|only| only.contains("map") || only.contains("compile")) {
        return;
    }
    let policy = Policy::compile(read()).unwrap();
    let count = if bench.icount { 50 } else { 100_000 };
    let (people, _, _, live) = benchkit::alloc::count(|| identities(count).iter().map(person).collect::<Vec<Person>>());
    bench.note(PEER, "memory-per-identity", "bytes", format!("{} for the identity itself", live as usize / people.len()));
    let now: DateTime<Utc> = "2026-06-01T12:00:00Z".parse().unwrap();
    let units = people.len() as u64;
    let hits = |people: &[Person]| policy.rule_matches(people, now).iter().map(|r| r.people).sum::<usize>();
    bench.op("tenure-policy (cold matcher)", "policy-200rules", units, &format!("hits={}", hits(&people)), || hits(&people));
    let mut matcher = policy.matcher();
    let mut all = || people.iter().map(|p| matcher.matches(p, now).len()).sum::<usize>();
    let found = all();
    bench.op(PEER, "policy-200rules", units, &format!("hits={found} with the engagement"), all);
    let facts = Facts::new(now);
    whole(bench, &policy, &people, &facts, "policy-200rules");
    let few = &people[..people.len().min(2_000)];
    let evaluate = || few.iter().map(|p| policy.evaluate(p, &facts).entitlements.len()).sum::<usize>();
    let check = format!("entitlements={} with every origin", evaluate());
    bench.op("tenure-policy (one evaluation by itself)", "policy-200rules", few.len() as u64, &check, evaluate);
    changes(bench, &policy, 200, &people, &facts);
    let first = &people[0];
    let key = policy.evaluate(first, &facts).entitlements.keys().next().unwrap().clone();
    bench.op(PEER, "explain-one-grant", 1, "", || policy.explain(first, &facts, &key));
    many(bench, &people, now);
}

/// Every identity in full: borrowed, and kept.
fn whole(bench: &Bench, policy: &Policy, people: &[Person], facts: &Facts<'_>, work: &str) {
    let mut evaluator = policy.evaluator();
    let mut all = || {
        let mut ways = 0;
        for person in people {
            ways += evaluator.evaluate(person, facts).entitlements().map(|e| usize::from(e.until().is_none())).sum::<usize>();
        }
        ways
    };
    let check = format!("entitlements={} with every origin and term", all());
    bench.op("tenure-policy (evaluator)", work, people.len() as u64, &check, all);
    let few = &people[..people.len().min(2_000)];
    let mut evaluator = policy.evaluator();
    let kept = || few.iter().map(|p| evaluator.evaluate(p, facts).to_evaluation().entitlements.len()).sum::<usize>();
    bench.op("tenure-policy (evaluator, kept)", work, few.len() as u64, "", kept);
}

/// What a changed attribute and a changed rule cost, and what the change of a rule does to everybody.
fn changes(bench: &Bench, policy: &Policy, rules: usize, people: &[Person], facts: &Facts<'_>) {
    let work = format!("policy-{rules}rules");
    let (mut population, _, _, live) = benchkit::alloc::count(|| {
        let mut population = Population::new(policy.clone());
        population.update(people, facts.now);
        population
    });
    bench.note(PEER, &format!("memory-per-identity-{rules}rules"), "bytes", format!("{} in a population", live as usize / people.len()));
    let attribute = "division".parse().unwrap();
    let check = format!("{} of {rules} rules read it", policy.rules_reading(&attribute).len());
    bench.op("tenure-policy (one changed attribute)", &work, 1, &check, || population.attribute_changed(&attribute, &people[0], facts.now));
    let all = "active".parse().unwrap();
    let check = format!("{} of {rules} rules read it", policy.rules_reading(&all).len());
    bench.op("tenure-policy (one changed attribute that most read)", &work, 1, &check, || population.attribute_changed(&all, &people[0], facts.now));
    let mut document = policy.document().clone();
    document.rules[7].when = Some(Condition::new("title sw \"Lead \" and active eq true"));
    let other = Policy::compile(document).unwrap();
    let mut turn = false;
    let mut change = || {
        turn = !turn;
        population.policy_changed(if turn { &other } else { policy }, people, facts.now).len()
    };
    let check = format!("concerns {}, {}", change(), change());
    bench.op("tenure-policy (one changed rule, per identity)", &work, people.len() as u64, &check, change);
    let impact = || policy.impact(&other, people, |_| *facts).unwrap().rows.len();
    let check = format!("rows={}", impact());
    bench.op("tenure-policy (per identity)", &format!("impact-{rules}rules"), people.len() as u64, &check, impact);
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
        let few = &people[..people.len().min(10_000)];
        whole(bench, &policy, few, &Facts::new(now), &work);
        changes(bench, &policy, count, few, &Facts::new(now));
        if !bench.icount {
            wall(&policy, people, now, count);
        }
    }
}

/// A million identities on two threads, by the wall clock: the population ten times over, each thread with its own evaluator.
fn wall(policy: &Policy, people: &[Person], now: DateTime<Utc>, rules: usize) {
    let line = |what: &str, seconds: f64, check: String| {
        println!("{{\"peer\":{PEER:?},\"workload\":\"1000000-identities-{rules}rules-{what}\",\"wall_seconds\":{seconds:.3},\"check\":{check:?}}}");
    };
    let began = std::time::Instant::now();
    let hits = halves(people, |half| {
        let mut matcher = policy.matcher();
        (0..10).map(|_| half.iter().map(|p| matcher.matches(p, now).len()).sum::<usize>()).sum()
    });
    line("matched", began.elapsed().as_secs_f64(), format!("hits={hits}"));
    let began = std::time::Instant::now();
    let wanted = halves(people, |half| {
        let mut evaluator = policy.evaluator();
        let facts = Facts::new(now);
        (0..10).map(|_| half.iter().map(|p| evaluator.evaluate(p, &facts).len()).sum::<usize>()).sum()
    });
    line("evaluated", began.elapsed().as_secs_f64(), format!("entitlements={wanted}"));
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
