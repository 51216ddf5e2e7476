//! What another policy changes, what the next days bring, what seats cost.
#![cfg(feature = "yaml")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::needless_pass_by_value,
    reason = "tests"
)]

mod common;

use std::collections::BTreeMap;

use common::*;
use tenure_policy::*;

fn people() -> Vec<Identity> {
    let mut leaver = employee("p-4", user("Dan", "Iel", "Support", "Support Agent"), "2026-01-05");
    leaver.engagements[0].end = Some(day("2026-02-28"));
    vec![
        identity(&employee("p-1", user("Ann", "Ab", "Support", "Support Agent"), "2026-01-05")),
        identity(&employee("p-2", user("Bob", "Be", "Finance", "Accountant"), "2026-01-05")),
        identity(&employee("p-3", user("Cy", "Ce", "Sales", "Account Executive"), "2026-03-10")),
        identity(&leaver),
    ]
}

#[test]
fn the_impact_of_a_change_names_people_cost_and_violations() {
    let old = worked_policy();
    let mut document = old.document().clone();
    let sales = document.rules.iter_mut().find(|rule| rule.id == "sales-reads-tickets").unwrap();
    sales.when = Some(Condition::new("department eq \"Nothing\""));
    document.rules.push(RuleSpec {
        roles: vec!["support-agent".parse().unwrap(), "controller".parse().unwrap()],
        ..RuleSpec::new("accountants-help".parse().unwrap(), "title eq \"Accountant\"")
    });
    let new = Policy::compile(document).unwrap();
    let people = people();
    let impact = old.impact(&new, &people, |_| Facts::new(at("2026-03-20"))).unwrap();
    assert_eq!(impact.population, 4);
    let shown: Vec<(&str, Vec<String>, Vec<String>)> = impact
        .rows
        .iter()
        .map(|r| {
            (
                r.identity.as_str(),
                r.gains.iter().map(ToString::to_string).collect(),
                r.losses.iter().map(ToString::to_string).collect(),
            )
        })
        .collect();
    let texts = |all: &[&str]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        shown,
        [
            (
                "p-2",
                texts(&[
                    "fileshare/group:Approvals",
                    "helpdesk/group:Support",
                    "helpdesk/licence:professional",
                    "helpdesk/role:agent"
                ]),
                texts(&[])
            ),
            ("p-3", texts(&[]), texts(&["helpdesk/licence:light", "helpdesk/role:light-agent"])),
        ]
    );
    assert_eq!(impact.rows[0].new_violations.len(), 1, "pay and approve");
    assert_eq!(impact.rows[1].accounts_lost, ["helpdesk".parse().unwrap()].into());
    let seats = &impact.seats[&key("helpdesk/licence:professional")];
    assert_eq!((seats.before, seats.after), (1, 2));
    assert_eq!(seats.cost_after.as_ref().unwrap().to_string(), "2760.00 USD");
    let same = old.impact(&old, &people, |_| Facts::new(at("2026-03-20"))).unwrap();
    assert_eq!(same.rows, []);
}

#[test]
fn the_forecast_lists_what_happens_by_itself() {
    let policy = worked_policy();
    let people = people();
    let accounts = [HeldAccount::new("helpdesk".parse().unwrap())];
    let facts = |identity: &Identity| {
        let facts = Facts::new(at("2026-02-01"));
        if *identity.id() == "p-4" { facts.with_accounts(&accounts) } else { facts }
    };
    let forecast = policy.forecast(&people, facts, at("2026-05-02"));
    let shown: Vec<String> = forecast
        .events
        .iter()
        .map(|e| format!("{} {} {} > {}", e.at.format("%m-%d"), e.identity, e.phase.0, e.phase.1))
        .collect();
    assert_eq!(
        shown,
        [
            "02-28 p-4 active > terminated",
            "03-02 p-3 planned > pre-hire",
            "03-09 p-3 pre-hire > active",
            "03-30 p-4 terminated > retained",
        ]
    );
    assert_eq!(forecast.events[3].accounts, ["helpdesk: Disabled > Absent"]);
}

#[test]
fn five_idle_seats_are_6900_a_year_and_every_seat_has_a_verdict() {
    let policy = worked_policy();
    let now = at("2026-06-01");
    let mut people: Vec<Identity> = (0..7)
        .map(|n| {
            identity(&employee(
                &format!("s{n}"),
                user("S", &format!("N{n}"), "Support", "Support Agent"),
                "2026-01-05",
            ))
        })
        .collect();
    people.extend(self::people());
    let evaluations: BTreeMap<IdentityId, Evaluation> =
        people.iter().map(|p| (p.id().clone(), policy.evaluate(p, &Facts::new(now)))).collect();
    let holder = |id: &str, last: Option<&str>| SeatHolder {
        identity: Some(id.parse().unwrap()),
        last_use: last.map(at),
        suspending_frees: id == "p-4",
        ..SeatHolder::new(None, id, key("helpdesk/licence:professional"))
    };
    let helpdesk = TargetId::parse("helpdesk").unwrap();
    let mut holders: Vec<SeatHolder> = (0..4).map(|n| holder(&format!("s{n}"), Some("2026-04-01"))).collect();
    holders.push(holder("s4", None));
    holders.push(holder("s5", Some("2026-05-20")));
    holders.push(holder("s6", Some("2026-05-30")));
    let review = policy.review_seats(&helpdesk, &holders, &evaluations, now).unwrap().unwrap();
    assert_eq!((review.count(SeatVerdict::Idle), review.count(SeatVerdict::InUse)), (5, 2));
    assert_eq!(review.saving.to_string(), "6900.00 USD");
    assert_eq!(review.cost.to_string(), "9660.00 USD");
    assert_eq!(review.rows[0].reclaim, Some(Reclaim::Downgrade(key("helpdesk/licence:light"))));
    assert_eq!(review.rows[0].reasons, ["rule `support` (engagement `e-s0`) > role `support-agent`"]);

    let others = [
        holder("p-4", Some("2026-05-30")),
        holder("p-2", Some("2026-05-30")),
        holder("p-3", Some("2026-05-30")),
        SeatHolder::new(None, "zombie", key("helpdesk/licence:professional")),
    ];
    let review = policy.review_seats(&helpdesk, &others, &evaluations, now).unwrap().unwrap();
    let verdicts: Vec<_> = review
        .rows
        .iter()
        .map(|row| (row.holder.account.as_str(), row.verdict, row.reclaim.clone()))
        .collect();
    assert_eq!(
        verdicts,
        [
            ("p-2", SeatVerdict::NoReason, Some(Reclaim::Remove)),
            ("p-3", SeatVerdict::OtherTier, Some(Reclaim::Downgrade(key("helpdesk/licence:light")))),
            ("p-4", SeatVerdict::Leaver, Some(Reclaim::Suspend)),
            ("zombie", SeatVerdict::Orphan, Some(Reclaim::Remove)),
        ]
    );
    assert_eq!(policy.review_seats(&"fileshare".parse().unwrap(), &others, &evaluations, now), Ok(None));
}

#[test]
fn the_forecast_tells_what_ends_and_begins_of_grants_rules_leaves_and_graces() {
    let policy = json_policy(serde_json::json!({
        "version": 1,
        "lifecycle": { "leave": { "Parental": { "access": "keep", "release_seats_after": "10d" } } },
        "targets": { "crm": { "grace": { "default": "5d" },
            "exclusive": [{ "kind": "licence", "order": ["full", "free"], "fallback": "free" }] } },
        "rules": [
            { "id": "base", "entitlements": ["crm/licence:full", "crm/role:a"] },
            { "id": "summer", "entitlements": ["crm/role:summer"], "from": "2026-06-01", "until": "2026-08-31" } ],
        "constraints": [{ "id": "apart", "of": ["crm/role:a", "crm/role:b"] }],
    }));
    let mut person = employee("p", user("A", "B", "X", "Y"), "2026-01-05");
    person.engagements[0].leaves.push(Leave::new("Parental", day("2026-07-01"), Some(day("2026-07-31"))));
    let people = [identity(&person)];
    let source = || GrantSource::Request("r".parse().unwrap());
    let grant = Grant::new("g".parse().unwrap(), "p".parse().unwrap(), key("crm/role:b"), source());
    let grants = [grant.from(at("2026-05-10")).until(at("2026-05-20"))];
    let held =
        [HeldGrant { lost: Some(at("2026-04-30")), ..HeldGrant::new(key("crm/role:old"), at("2026-01-01")) }];
    let facts = |_: &Identity| Facts::new(at("2026-05-01")).with_grants(&grants).with_held(&held);
    let forecast = policy.forecast(&people, facts, at("2026-05-01") + chrono::TimeDelta::days(130));
    let shown: Vec<String> = forecast
        .events
        .iter()
        .map(|event| {
            let set = |all: &std::collections::BTreeSet<EntitlementKey>, sign: char| {
                all.iter().map(|key| format!(" {sign}{}", key.value())).collect::<String>()
            };
            let change = event.change.as_ref().map_or_else(String::new, |row| {
                format!(
                    "{}{} violations -{}",
                    set(&row.gains, '+'),
                    set(&row.losses, '-'),
                    row.ended_violations.len()
                )
            });
            format!("{}{change} {} > {}", event.at.format("%m-%d"), event.phase.0, event.phase.1)
        })
        .collect();
    assert_eq!(
        shown,
        [
            "05-05 -old violations -0 active > active",
            "05-10 +b violations -1 active > active",
            "05-20 -b violations -1 active > active",
            "06-01 +summer violations -0 active > active",
            "06-30 active > on leave",
            "07-10 +free -full violations -0 on leave > on leave",
            "07-31 +full -free violations -0 on leave > active",
            "09-01 -summer violations -0 active > active",
        ],
        "the conflict of the tenth of May is foreseen before it begins, so that it counts as one that ends and one that is there"
    );
    // Nothing more by then: the same days asked in two halves bring the same.
    let whole = forecast.events.len();
    let half = policy.forecast(&people, facts, at("2026-06-15")).events.len();
    let rest = policy.forecast(
        &people,
        |i| facts(i).at(at("2026-06-15")),
        at("2026-05-01") + chrono::TimeDelta::days(130),
    );
    assert_eq!(half + rest.events.len(), whole);
}
