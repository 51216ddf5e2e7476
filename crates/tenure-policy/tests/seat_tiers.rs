//! Several tiers of paid seats in one target: what each costs, what becomes of each seat, and what is withheld.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tenure_policy::{
    Engagement, EntitlementKey, Evaluation, Facts, Grant, GrantSource, HeldAccount, HeldGrant, Identity,
    Origin, Override, Person, Policy, PolicyDocument, Reclaim, SeatHolder, SeatVerdict, TargetId, WhyNot,
};
use tenure_scim::Resource;

fn at(day: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(&format!("{day}T00:00:00Z")).unwrap().to_utc()
}

fn key(text: &str) -> EntitlementKey {
    text.parse().unwrap()
}

fn office() -> TargetId {
    "office".parse().unwrap()
}

fn tiers() -> Value {
    json!([
        { "tier": "e5", "price": "57.00 USD", "per": "month", "billed": "annually", "idle_after": "30d", "owned": 3 },
        { "tier": "e3", "price": "36.00 USD", "per": "month", "billed": "annually", "idle_after": "30d" },
        { "tier": "f3", "price": "96.00 USD", "per": "year", "billed": "annually", "owned": 10 },
    ])
}

fn document(seat: &Value, exclusive: &Value) -> Result<Policy, String> {
    let text = json!({
        "version": 1,
        "lifecycle": { "zone": "UTC" },
        "targets": { "office": {
            "seat": seat, "exclusive": exclusive,
            "leaver": ["disable", { "release_seat": "after 10d" }],
        } },
        "rules": [
            { "id": "chiefs", "when": "title eq \"Chief\"", "entitlements": ["office/licence:e5"] },
            { "id": "clerks", "when": "title eq \"Clerk\"", "entitlements": ["office/licence:e3", "office/role:writer"] },
            { "id": "workers", "when": "title eq \"Worker\"", "entitlements": ["office/licence:f3"] },
        ],
    });
    let document = PolicyDocument::from_json("policy.json", &text.to_string());
    let policy = document.and_then(Policy::compile);
    policy.map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

fn policy() -> Policy {
    document(&tiers(), &json!([{ "kind": "licence", "order": ["e5", "e3", "f3"] }])).unwrap()
}

fn person(id: &str, title: &str, end: Option<&str>) -> Person {
    let zone = "UTC".parse().unwrap();
    let start = "2025-01-01".parse().unwrap();
    let mut engagement = Engagement::new(format!("e-{id}").parse().unwrap(), "Employee", start, zone);
    engagement.end = end.map(|end| end.parse().unwrap());
    Person::new(id.parse().unwrap(), Resource::default().with("title", title).unwrap())
        .with_engagement(engagement)
}

fn holder(id: &str, tier: &str, last: Option<&str>) -> SeatHolder {
    let mut holder = SeatHolder::new(Some(id.parse().unwrap()), id, key(&format!("office/licence:{tier}")));
    holder.last_use = last.map(at);
    holder
}

#[test]
fn a_target_has_one_tier_or_a_list_and_what_cannot_be_is_told() {
    let one = tiers()[0].clone();
    let as_one = document(&one, &json!([])).unwrap();
    let as_list = document(&json!([one]), &json!([])).unwrap();
    assert_eq!(as_one.version(), as_list.version(), "the same policy, written in two ways");
    let written = serde_json::to_value(&as_one.document().targets[&office()]).unwrap();
    assert!(written["seat"].is_object(), "one tier is written as it always was: {written}");
    let several = policy();
    let written = serde_json::to_value(several.document()).unwrap();
    assert_eq!(
        PolicyDocument::from_json("again.json", &written.to_string()).unwrap().targets,
        several.document().targets
    );

    let tier =
        |tier: &str, price: &str| json!({ "tier": tier, "price": price, "per": "month", "billed": "month" });
    for (seat, expected) in [
        (json!([tier("a", "1 USD"), tier("a", "2 USD")]), "the tier `a` has a price twice"),
        (
            json!([tier("a", "1 USD"), tier("b", "2 EUR")]),
            "expected every tier of a target to cost the same money, found `EUR` and `USD`",
        ),
        (json!(tier("a", "99999999999999 USD")), "is more than can be counted"),
        (json!(tier(" ", "1 USD")), "expected a tier that is an entitlement of the target"),
        (json!([{ "tier": "a", "prize": "1 USD" }]), "unknown key `prize`"),
        (json!("a"), "expected a tier of paid seats, or a list of them"),
    ] {
        let told = document(&seat, &json!([])).unwrap_err();
        assert!(told.contains(expected), "{seat}:\n{told}");
    }
}

#[test]
fn each_seat_of_each_tier_has_its_verdict_its_cost_and_the_mildest_way_back() {
    let (policy, now) = (policy(), at("2026-06-01"));
    let people = [
        person("ada", "Chief", None),
        person("bo", "Chief", None),
        person("cid", "Worker", None),
        person("dora", "Clerk", None),
        person("ed", "Clerk", Some("2026-05-31")),
        person("fay", "Clerk", None),
    ];
    let evaluations: BTreeMap<_, Evaluation> = people
        .iter()
        .map(|one| (one.id.clone(), policy.evaluate(&Identity::from(one.clone()), &Facts::new(now))))
        .collect();
    let mut gone = holder("ed", "e3", Some("2026-05-30"));
    gone.suspending_frees = true;
    let holders = [
        holder("ada", "e5", Some("2026-05-30")),
        holder("bo", "e5", Some("2026-04-01")),
        holder("cid", "e5", Some("2026-05-30")),
        holder("dora", "f3", None),
        gone,
        holder("fay", "e3", Some("2026-05-30")),
        holder("fay", "f3", None),
        SeatHolder::new(None, "zombie", key("office/licence:f3")),
    ];
    let review = policy.review_seats(&office(), &holders, &evaluations, now).unwrap().unwrap();
    let rows: Vec<_> = review
        .rows
        .iter()
        .map(|row| {
            let tier = row.holder.seat.value();
            (row.holder.account.as_str(), tier, row.verdict, row.reclaim.clone(), row.saving.to_string())
        })
        .collect();
    let down = |tier: &str| Some(Reclaim::Downgrade(key(&format!("office/licence:{tier}"))));
    assert_eq!(
        rows,
        [
            ("ada", "e5", SeatVerdict::InUse, None, "0.00 USD".to_owned()),
            ("bo", "e5", SeatVerdict::Idle, down("e3"), "252.00 USD".to_owned()),
            ("cid", "e5", SeatVerdict::OtherTier, down("f3"), "588.00 USD".to_owned()),
            (
                "dora",
                "f3",
                SeatVerdict::OtherTier,
                Some(Reclaim::Change(key("office/licence:e3"))),
                "-336.00 USD".to_owned()
            ),
            ("ed", "e3", SeatVerdict::Leaver, Some(Reclaim::Suspend), "432.00 USD".to_owned()),
            ("fay", "e3", SeatVerdict::InUse, None, "0.00 USD".to_owned()),
            ("fay", "f3", SeatVerdict::OtherTier, Some(Reclaim::Remove), "96.00 USD".to_owned()),
            ("zombie", "f3", SeatVerdict::Orphan, Some(Reclaim::Remove), "96.00 USD".to_owned()),
        ]
    );
    let tiers: Vec<_> = review
        .tiers
        .iter()
        .map(|tier| {
            let Some(owned) = tier.owned else {
                return (tier.held, tier.needed, tier.cost.to_string(), tier.saving.to_string());
            };
            assert!(owned >= tier.held);
            (tier.held, tier.needed, tier.cost.to_string(), tier.saving.to_string())
        })
        .collect();
    assert_eq!(
        tiers,
        [
            (3, 1, "2052.00 USD".to_owned(), "840.00 USD".to_owned()),
            (2, 1, "864.00 USD".to_owned(), "432.00 USD".to_owned()),
            (3, 0, "288.00 USD".to_owned(), "-144.00 USD".to_owned()),
        ]
    );
    assert_eq!(
        (review.cost.to_string(), review.saving.to_string()),
        ("3204.00 USD".to_owned(), "1128.00 USD".to_owned())
    );
}

#[test]
fn the_policy_says_in_which_ways_a_seat_is_taken_back() {
    let ways = |ways: Value| {
        let mut seat = tiers()[0].clone();
        seat["reclaim"] = ways;
        // No exclusive group: the dearest tier that is cheaper takes its place, here one that a role is.
        let light = json!({ "tier": "reader", "held_by": "role", "price": "5.00 USD", "per": "month", "billed": "month" });
        let lighter = json!({ "tier": "guest", "held_by": "role", "price": "1.00 USD", "per": "month", "billed": "month" });
        let policy = document(&json!([lighter, seat, light]), &json!([])).unwrap();
        let now = at("2026-06-01");
        let chief = Identity::from(person("ada", "Chief", None));
        let evaluations = BTreeMap::from([(chief.id().clone(), policy.evaluate(&chief, &Facts::new(now)))]);
        let mut idle = holder("ada", "e5", Some("2026-01-01"));
        idle.suspending_frees = true;
        let row = policy.review_seats(&office(), &[idle], &evaluations, now).unwrap().unwrap().rows.remove(0);
        (row.reclaim.unwrap(), row.saving.to_string())
    };
    let reader = || Reclaim::Downgrade(key("office/role:reader"));
    for (said, expected) in [
        (json!([]), (reader(), "624.00 USD")),
        (json!(["downgrade"]), (reader(), "624.00 USD")),
        (json!(["suspend", "downgrade"]), (Reclaim::Suspend, "684.00 USD")),
        (json!(["remove"]), (Reclaim::Remove, "684.00 USD")),
    ] {
        assert_eq!(ways(said), (expected.0, expected.1.to_owned()));
    }
}

#[test]
fn what_is_withheld_comes_back_by_a_later_grant_only_and_another_tier_takes_its_place() {
    let policy = policy();
    let (e5, e3) = (key("office/licence:e5"), key("office/licence:e3"));
    let mut order = Override::withhold(e5.clone(), "the seat is idle", "mara").giving(e3.clone());
    (order.from, order.until) = (Some(at("2026-03-01")), Some(at("2026-09-01")));
    let ada = person("ada", "Chief", None).with_override(order);
    let identity = Identity::from(ada.clone());
    let held = [HeldGrant::new(e5.clone(), at("2026-01-01"))];
    let wanted = |day: &str, grants: &[Grant]| {
        let facts = Facts::new(at(day)).with_grants(grants).with_held(&held);
        let found = policy.evaluate(&identity, &facts);
        found.entitlements.keys().map(|key| key.value().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(wanted("2026-02-28", &[]), ["e5"]);
    assert_eq!(wanted("2026-03-01", &[]), ["e3"], "no grace keeps what was taken back");
    assert_eq!(wanted("2026-09-01", &[]), ["e5"], "until the time is over");
    let grant = |from: &str| {
        let source = GrantSource::Request("r".parse().unwrap());
        [Grant::new("g".parse().unwrap(), ada.id.clone(), e5.clone(), source)
            .from(at(from))
            .until(at("2026-08-01"))]
    };
    assert_eq!(
        wanted("2026-04-01", &grant("2026-02-01")),
        ["e3"],
        "an earlier grant gives it no more than a rule does"
    );
    assert_eq!(wanted("2026-04-01", &grant("2026-03-01")), ["e3"], "nor does one of the same instant");
    assert_eq!(wanted("2026-04-02", &grant("2026-04-01")), ["e5"], "a later one was thought about");
    let facts = Facts::new(at("2026-04-01"));
    let found = policy.evaluate(&identity, &facts);
    assert_eq!(found.next_change_at, Some(at("2026-09-01")));
    assert!(found.accounts[&office()].ladder.is_empty(), "the account stays");
    let chiefs = Origin::Rule { rule: "chiefs".parse().unwrap(), engagement: "e-ada".parse().unwrap() };
    assert_eq!(
        found.entitlements[&e3].origins,
        [chiefs].into(),
        "for the reason for which the other was given"
    );
    let why = policy.explain(&identity, &facts, &e5);
    let told = WhyNot::Withheld {
        reason: "the seat is idle".to_owned(),
        by: "mara".to_owned(),
        until: Some(at("2026-09-01")),
    };
    assert!(!why.desired && why.why_not.contains(&told), "{why}");
    assert!(policy.explain(&identity, &facts, &e3).desired);
    // Without another tier the account stays, with nothing.
    let order = Override::withhold(e5, "the seat is idle", "mara");
    let bare = Identity::from(person("ada", "Chief", None).with_override(order));
    let found = policy.evaluate(&bare, &facts);
    assert!(found.entitlements.is_empty() && found.accounts[&office()].ladder.is_empty(), "{found:#?}");
    assert!(!found.accounts[&office()].origins.is_empty());
}

#[test]
fn every_tier_is_forecast_by_itself_and_who_moves_takes_one_and_gives_one_back() {
    let policy = policy();
    let now = at("2026-02-01");
    // Bo is a clerk until the end of March, and a chief from then on.
    let mut bo = person("bo", "Clerk", Some("2026-03-31"));
    let mut chief = Engagement::new(
        "e-bo2".parse().unwrap(),
        "Employee",
        "2026-04-01".parse().unwrap(),
        "UTC".parse().unwrap(),
    );
    chief.attributes = Resource::default().with("title", "Chief").unwrap();
    bo.attributes = Resource::default();
    bo.engagements[0].attributes = Resource::default().with("title", "Clerk").unwrap();
    bo.engagements.push(chief);
    let people = [Identity::from(bo), Identity::from(person("ed", "Clerk", Some("2026-04-30")))];
    let holders = [holder("bo", "e3", None), holder("ed", "e3", None)];
    let held = |id: &str| {
        let mut held = HeldGrant::new(key("office/licence:e3"), at("2026-01-01"));
        held.origins.insert(Origin::Rule {
            rule: "clerks".parse().unwrap(),
            engagement: format!("e-{id}").parse().unwrap(),
        });
        vec![held]
    };
    let held: BTreeMap<String, Vec<HeldGrant>> = ["bo", "ed"].map(|id| (id.to_owned(), held(id))).into();
    let accounts = [HeldAccount::new(office())];
    let facts = |identity: &Identity| {
        Facts::new(now).with_held(&held[identity.id().as_str()]).with_accounts(&accounts)
    };
    let forecast = policy.forecast_seats(&people, facts, &holders, at("2026-12-01"));
    let shown: Vec<_> = forecast
        .iter()
        .map(|tier| {
            let moves: Vec<String> = tier
                .moves
                .iter()
                .map(|m| {
                    format!("{} {}{}", m.at.format("%m-%d"), if m.taken { '+' } else { '-' }, m.identity)
                })
                .collect();
            (tier.tier.as_str(), tier.held, moves.join(" "), tier.per_seat.to_string())
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("e5", 0, "04-01 +bo".to_owned(), "684.00 USD".to_owned()),
            ("e3", 2, "04-01 -bo 05-11 -ed".to_owned(), "432.00 USD".to_owned()),
            ("f3", 0, String::new(), "96.00 USD".to_owned()),
        ]
    );
    assert_eq!((forecast[0].short_from(), forecast[1].held_at(at("2026-12-01"))), (None, 0));
}
