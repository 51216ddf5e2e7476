//! What the days to come do to paid seats.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::json;
use tenure_policy::{
    Engagement, Facts, Grant, GrantSource, HeldAccount, HeldGrant, Identity, Origin, Person, Policy,
    PolicyDocument, SeatForecast, SeatHolder, TargetId,
};
use tenure_scim::Resource;

fn policy(leaver: &serde_json::Value) -> Policy {
    let document = json!({
        "version": 1,
        "lifecycle": { "zone": "Europe/Berlin", "prehire": "7d" },
        "targets": { "desk": {
            "grace": { "default": "5d" }, "leaver": leaver,
            "seat": { "tier": "pro", "price": "115.00 USD", "per": "month", "billed": "annually", "owned": 2 },
        } },
        "rules": [
            { "id": "agents", "when": "title eq \"Agent\"", "entitlements": ["desk/licence:pro"] },
            { "id": "sellers", "when": "title eq \"Seller\"", "entitlements": ["desk/role:reader"] },
        ],
    });
    Policy::compile(PolicyDocument::from_json("policy.json", &document.to_string()).unwrap()).unwrap()
}

fn at(day: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(&format!("{day}T00:00:00+01:00")).unwrap().to_utc()
}

fn person(id: &str, title: &str, start: &str, end: Option<&str>) -> Identity {
    let zone = "Europe/Berlin".parse().unwrap();
    let mut engagement =
        Engagement::new(format!("e-{id}").parse().unwrap(), "Employee", start.parse().unwrap(), zone);
    engagement.end = end.map(|end| end.parse().unwrap());
    let seen = Resource::default().with("title", title).unwrap();
    Identity::from(Person::new(id.parse().unwrap(), seen).with_engagement(engagement))
}

/// The forecast from the first of February until June; `holders` have the seat now, for the rule's sake where `known` says so.
fn forecast(
    policy: &Policy,
    people: &[Identity],
    holders: &[(&str, bool)],
    grants: &[Grant],
) -> SeatForecast {
    let now = at("2026-02-01");
    let desk: TargetId = "desk".parse().unwrap();
    let accounts = [HeldAccount::new(desk)];
    let held = |id: &str, rule: bool| {
        let mut held = HeldGrant::new("desk/licence:pro".parse().unwrap(), at("2026-01-05"));
        if rule {
            let engagement = format!("e-{id}").parse().unwrap();
            held.origins.insert(Origin::Rule { rule: "agents".parse().unwrap(), engagement });
        }
        vec![held]
    };
    let held: BTreeMap<String, Vec<HeldGrant>> = holders
        .iter()
        .filter(|(_, known)| *known)
        .map(|(id, _)| ((*id).to_owned(), held(id, true)))
        .collect();
    let seats = holders.iter().map(|(id, _)| {
        let whose = (*id != "nobody").then(|| id.parse().unwrap());
        SeatHolder::new(whose, &format!("a-{id}"), "desk/licence:pro".parse().unwrap())
    });
    let seats: Vec<SeatHolder> = seats.collect();
    let facts = |identity: &Identity| {
        let mine = held.get(identity.id().as_str()).map(Vec::as_slice).unwrap_or_default();
        let has = holders.iter().any(|(id, _)| *id == identity.id().as_str());
        Facts::new(now).with_held(mine).with_accounts(if has { &accounts } else { &[] }).with_grants(grants)
    };
    policy.forecast_seats(people, facts, &seats, at("2026-06-01")).remove(0)
}

fn moves(forecast: &SeatForecast) -> Vec<String> {
    // Days in Berlin, in winter and in summer.
    let berlin = chrono::FixedOffset::east_opt(7200).unwrap();
    let line = |moved: &tenure_policy::SeatMove| {
        let sign = if moved.taken { '+' } else { '-' };
        format!("{} {sign}{}", moved.at.with_timezone(&berlin).format("%m-%d"), moved.identity)
    };
    forecast.moves.iter().map(line).collect()
}

#[test]
fn future_hires_take_seats_and_leavers_give_them_back_on_the_rung_that_does() {
    let people = [
        person("hire", "Agent", "2026-03-09", None),
        person("late", "Agent", "2026-07-01", None),
        person("leaver", "Agent", "2025-01-01", Some("2026-03-15")),
        person("stays", "Agent", "2025-01-01", None),
        person("seller", "Seller", "2025-01-01", None),
    ];
    let holders = [("leaver", true), ("stays", true)];
    let ladder = json!(["disable", { "release_seat": "after 10d" }, { "delete": "after 30d" }]);
    let found = forecast(&policy(&ladder), &people, &holders, &[]);
    assert_eq!(
        moves(&found),
        ["03-02 +hire", "03-26 -leaver"],
        "a week before the first day; ten days after the last one"
    );
    assert_eq!((found.held, found.most()), (2, (Some(at("2026-03-02")), 3)));
    assert_eq!(found.short_from(), Some(at("2026-03-02")), "two are bought, and the leaver still has one");
    assert_eq!((found.held_at(at("2026-03-20")), found.held_at(at("2026-05-01"))), (3, 2));
    assert_eq!(found.per_seat.to_string(), "1380.00 USD");
    // A way that gives the seat back at once leaves enough for the newcomer only when it comes first.
    let early = [person("hire", "Agent", "2026-04-13", None), people[2].clone(), people[3].clone()];
    let found = forecast(&policy(&json!(["disable", "release_seat"])), &early, &holders, &[]);
    assert_eq!(moves(&found), ["03-16 -leaver", "04-06 +hire"]);
    assert_eq!((found.most(), found.short_from()), ((None, 2), None));
    // One that never does keeps it.
    let found = forecast(&policy(&json!(["disable"])), &people[2..], &holders, &[]);
    assert_eq!(moves(&found), Vec::<String>::new());
}

#[test]
fn grants_begin_and_end_movers_have_their_grace_and_what_nobody_knows_stays() {
    let people = [
        person("granted", "Seller", "2025-01-01", None),
        person("moved", "Seller", "2025-01-01", None),
        person("unknown", "Seller", "2025-01-01", None),
        person("waiting", "Agent", "2025-01-01", None),
    ];
    let holders = [("moved", true), ("unknown", false), ("nobody", false)];
    let what: tenure_policy::EntitlementKey = "desk/licence:pro".parse().unwrap();
    let grant = Grant::new("g-1".parse().unwrap(), "granted".parse().unwrap(), what, GrantSource::Exception)
        .from(at("2026-03-01"))
        .until(at("2026-04-01"))
        .approved("boss", "the quarter's end");
    let found = forecast(&policy(&json!(["disable", "release_seat"])), &people, &holders, &[grant]);
    assert_eq!(
        moves(&found),
        ["02-01 +waiting", "02-06 -moved", "03-01 +granted", "04-06 -granted"],
        "whoever waits takes one with the next plan; five days of grace follow what has ended"
    );
    assert_eq!((found.held, found.held_at(at("2026-05-01"))), (3, 3));
}
