//! A support team's year in Zendesk: joiner, promotion, renewal, leaver. HR file, policy document, engine, connector, and
//! the stateful fake of the vendor.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::json;
use tenure_connector::Secret;
use tenure_connector_csv::{CsvSource, CsvSourceConfig};
use tenure_connector_rest::{HttpOptions, http_client};
use tenure_connector_zendesk::{ZendeskConfig, ZendeskConnector, api_token};
use tenure_engine::{ApplyOptions, Engine, Round, SourceOptions};
use tenure_examples::Export;
use tenure_policy::{Policy, PolicyDocument, Reclaim, SeatVerdict};
use tenure_store::MemoryStore;
use tenure_testkit::vendor::Fake;
use tenure_testkit::vendor::zendesk::{Ticket, Zendesk};

const HR: &str = "\
workerId,engagementId,engagementType,givenName,familyName,email,department,title,startDate,endDate,managerId
W1,E1,Employee,Mara,Lind,mara@example.com,Support,Team Lead,2025-01-01,,
W2,E2,Employee,Anna,Berg,anna@example.com,Support,Agent,2026-03-02,,W1
W3,E3,Employee,Bo,Ek,bo@example.com,Sales,Manager,2025-01-01,,W1
W4,E4,Employee,Cid,Dahl,cid@example.com,Support,Agent,2025-06-01,,W1
";

struct Company {
    fake: Fake<Zendesk>,
    engine: Engine,
    hr: Export,
    folder: tempfile::TempDir,
    lead: u64,
}

impl Company {
    fn new() -> Self {
        let fake = Fake::start(Zendesk::new("olga@example.com", "planted-token")).unwrap();
        let fake = match std::env::var_os("TENURE_VENDOR_SPECS") {
            Some(folder) => {
                let file = std::path::Path::new(&folder).join("zendesk/zendesk-support-users.json");
                fake.checked_against(&file).unwrap()
            }
            None => fake,
        };
        let lead = fake.with(|zendesk| {
            zendesk.seed_user("customer@elsewhere.example", "Carla Customer", "end-user");
            // Bo helped out in a rollout once, and kept the seat.
            let bo = zendesk.seed_user("bo@example.com", "Bo Ek", "agent");
            zendesk.set(bo, "external_id", json!("W3"));
            zendesk.seed_organization("Meridian");
            zendesk.seed_group("Support");
            zendesk.seed_group("Support Leads");
            zendesk.seed_role("Team lead", 0)
        });
        let folder = tempfile::tempdir().unwrap();
        let workers = folder.path().join("workers.csv");
        let hr = Export::parse(HR).unwrap();
        hr.write(&workers).unwrap();
        let mut config = ZendeskConfig::new(fake.address().parse().unwrap());
        config.seat.tier = "professional".to_owned();
        config.seat.owned = Some(20);
        let auth = api_token("olga@example.com", &Secret::new("planted-token"));
        let http = http_client(&HttpOptions::default()).unwrap();
        let zendesk = ZendeskConnector::new(config, auth, http).unwrap();
        let text = include_str!("../../data/zendesk.yaml");
        let policy = Policy::compile(PolicyDocument::from_yaml("zendesk.yaml", text).unwrap()).unwrap();
        let source = CsvSource::new(CsvSourceConfig::workers(workers)).unwrap();
        let engine = Engine::builder(policy, Arc::new(MemoryStore::new()))
            .source("hr", SourceOptions::default(), Arc::new(source))
            .target("zendesk".parse().unwrap(), Arc::new(zendesk))
            .worker("test")
            .build()
            .unwrap();
        Self { fake, engine, hr, folder, lead }
    }

    /// One round; what it did, in words.
    async fn round(&self, now: &str) -> (Round, Vec<String>) {
        self.fake.advance(Duration::from_secs(120));
        let round = self.engine.cycle(&ApplyOptions::new(at(now))).await.unwrap();
        let report = round.report.as_ref().expect("no guard trips");
        let steps = report.steps.iter().map(|step| format!("{}: {}", step.title, step.outcome)).collect();
        (round, steps)
    }

    async fn settle(&self, now: &str) {
        let (round, steps) = self.round(now).await;
        assert!(round.report.as_ref().unwrap().is_success(), "{steps:#?} {:#?}", self.fake.requests());
        let (_, again) = self.round(now).await;
        assert_eq!(again, [""; 0], "a second round has nothing to do");
    }

    fn edit(&mut self, worker: &str, column: &str, value: &str) {
        self.hr.set(worker, column, value).unwrap();
        self.hr.write(&self.folder.path().join("workers.csv")).unwrap();
    }

    fn id(&self, email: &str) -> u64 {
        self.fake.with(|zendesk| zendesk.id_of(email)).unwrap()
    }

    fn shown(&self, email: &str, member: &str) -> serde_json::Value {
        let id = self.id(email);
        self.fake.with(|zendesk| zendesk.user(id).unwrap()[member].clone())
    }

    fn groups(&self, email: &str) -> Vec<String> {
        let id = self.id(email);
        self.fake.with(|zendesk| zendesk.groups_of(id).into_iter().map(str::to_owned).collect())
    }
}

fn at(text: &str) -> DateTime<Utc> {
    format!("{text}T09:00:00Z").parse().unwrap()
}

#[tokio::test]
async fn a_joiner_starts_in_the_right_group_and_role_in_one_round() {
    let company = Company::new();
    company.settle("2026-03-02").await;
    assert_eq!(company.shown("anna@example.com", "role"), "agent");
    assert_eq!(company.shown("anna@example.com", "external_id"), "W2");
    assert_eq!(company.groups("anna@example.com"), ["Support"]);
    assert_eq!(company.shown("mara@example.com", "custom_role_id"), company.lead);
    assert_eq!(company.groups("mara@example.com"), ["Support Leads"]);
    assert_eq!(company.shown("customer@elsewhere.example", "role"), "end-user");
    assert_eq!(company.fake.with(|zendesk| zendesk.seats_taken()), 5, "owner, Bo, Mara, Anna, Cid");
}

#[tokio::test]
async fn a_promotion_changes_access_and_keeps_nothing_old() {
    let mut company = Company::new();
    company.settle("2026-03-02").await;
    company.edit("W2", "title", "Team Lead");
    company.settle("2026-04-01").await;
    assert_eq!(company.shown("anna@example.com", "custom_role_id"), company.lead);
    assert_eq!(company.groups("anna@example.com"), ["Support Leads"]);
    assert_eq!(company.fake.with(|zendesk| zendesk.seats_taken()), 5, "the seat stays hers");
}

#[tokio::test]
async fn the_renewal_report_has_every_billed_seat_with_verdict_and_cost() {
    let company = Company::new();
    company.settle("2026-03-02").await;
    for (email, login) in [
        ("mara@example.com", "2026-04-14T08:00:00Z"),
        ("anna@example.com", "2026-04-13T08:00:00Z"),
        ("bo@example.com", "2026-04-14T08:00:00Z"),
        ("cid@example.com", "2026-03-03T08:00:00Z"),
    ] {
        let id = company.id(email);
        company.fake.with(|zendesk| zendesk.set(id, "last_login_at", json!(login)));
    }
    company.engine.observe(at("2026-04-15")).await.unwrap();
    let reviews = company.engine.review_seats(at("2026-04-15")).await.unwrap();
    let [review] = reviews.as_slice() else { panic!("one target has seats") };
    let verdict = |email: &str| {
        let id = company.id(email).to_string();
        let row = review.rows.iter().find(|row| row.holder.account == id).unwrap();
        (row.verdict, row.reasons.is_empty())
    };
    assert_eq!(verdict("mara@example.com"), (SeatVerdict::InUse, false));
    assert_eq!(verdict("anna@example.com"), (SeatVerdict::InUse, false));
    assert_eq!(verdict("cid@example.com"), (SeatVerdict::Idle, false), "a reason, but no activity");
    assert_eq!(verdict("bo@example.com"), (SeatVerdict::NoReason, true), "activity, but no reason");
    assert_eq!(verdict("olga@example.com"), (SeatVerdict::Orphan, true));
    assert_eq!(review.rows.len(), 5);
    assert_eq!(review.cost.to_string(), "6900.00 USD", "five seats of 115 a month, billed annually");
    assert_eq!(review.saving.to_string(), "4140.00 USD");
    let idle = review.rows.iter().find(|row| row.verdict == SeatVerdict::Idle).unwrap();
    assert_eq!(idle.reclaim, Some(Reclaim::Remove));
    let report = company.engine.seats(at("2026-04-15")).await.unwrap();
    let names: Vec<_> = report.tiers[0].idle.iter().map(|seat| seat.person.as_str()).collect();
    assert_eq!((report.tiers[0].owned, names), (Some(20), vec!["Cid Dahl"]));
}

#[tokio::test]
async fn a_leaver_is_signed_out_suspended_downgraded_and_the_seat_is_free() {
    let mut company = Company::new();
    company.settle("2026-03-02").await;
    let (anna, mara) = (company.id("anna@example.com"), company.id("mara@example.com"));
    let ticket = company.fake.with(|zendesk| {
        zendesk.seed_session(anna);
        zendesk.seed_ticket(Ticket {
            requester: 1,
            assignee: Some(anna),
            group: None,
            status: "open".to_owned(),
        })
    });
    company.edit("W2", "endDate", "2026-04-14");
    let (_, steps) = company.round("2026-04-15").await;
    // The job that moves the tickets is still at work: what depends on it waits.
    assert_eq!(company.fake.with(|zendesk| zendesk.sessions_of(anna)), 0);
    assert_eq!(company.shown("anna@example.com", "suspended"), true);
    assert_eq!(company.shown("anna@example.com", "role"), "agent", "{steps:#?}");
    assert_eq!(company.fake.with(|zendesk| zendesk.seats_taken()), 5, "suspending does not free the seat");
    company.settle("2026-04-16").await;
    assert_eq!(company.fake.with(|zendesk| zendesk.ticket(ticket).unwrap().assignee), Some(mara));
    assert_eq!(company.shown("anna@example.com", "role"), "end-user");
    assert_eq!(company.shown("anna@example.com", "suspended"), true);
    assert_eq!(company.groups("anna@example.com"), [""; 0]);
    assert_eq!(company.fake.with(|zendesk| zendesk.seats_taken()), 4, "the seat is free");
}
