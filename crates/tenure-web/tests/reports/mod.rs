//! One report of each kind, of a house in which something has happened.

use tenure_engine::report::Report;
use tenure_engine::{PlanOptions, SeatReport};
use tenure_governance::{MeasureScope, Verdict};

use crate::common::company::{seed_user, worker};
use crate::common::{House, ask, ask_and_approve, at, id, key};

const RULES: &str = r#"
reviews:
  - id: access
    scope: { birthright: true }
    first: 2026-03-16
    every: 90d
    by: [owner, manager]
    due: 5bd
pilots:
  - id: support
    from: 2026-03-02
    until: 2026-03-31
    who: 'department eq "Support"'
    baseline: { access: 5d, removal: 12d, automatic_percent: 10 }
"#;

pub(crate) async fn all() -> Vec<(&'static str, Report)> {
    let mut house = House::new();
    house.rules.push_str(RULES);
    let sensitive = "entitlements:\n  erp/permission:pay: { data_class: payment }\n  erp/permission:self-service: { data_class: payment }\n";
    house.company.policy = house
        .company
        .policy
        .replace("entitlements:\n  desk", &format!("{sensitive}  desk"))
        .replace("owned: 50", "owned: 2");
    house.run(at("2026-03-01")).await;
    let mut new = worker("w8", "Gil", "Dahl", "Support", "Agent", Some("w1"));
    new.start_date = "2026-03-09".parse().unwrap();
    house.company.workers.push(new);
    house.run(at("2026-03-05")).await;
    house.run(at("2026-03-09")).await;
    house.company.worker("w3").end_date = Some("2026-03-10".parse().unwrap());
    let governance = house.governance();
    let asked = ask("w2", "w2", key("erp/permission:pay"));
    ask_and_approve(&governance, &asked, &["w1", "w5"], at("2026-03-10")).await;
    seed_user(&house.company.erp, "ghost", None);
    house.run(at("2026-03-11")).await;

    let now = at("2026-03-16");
    governance.advance_reviews(now).await.unwrap();
    let round = "access-2026-03-16";
    for (number, item) in governance.review_items(round).await.unwrap().iter().enumerate() {
        let reason = if number % 3 == 0 { "moved to another team" } else { "" };
        let verdict = if number % 3 == 0 { Verdict::Remove } else { Verdict::Keep };
        for who in ["w5", "w1", "w4"] {
            if governance.judge(round, &item.id, &id(who), verdict, reason, now).await.is_ok() {
                break;
            }
        }
    }
    governance.advance_findings(now).await.unwrap();
    governance.say(&id("w1"), true, "everybody could work on the first day", now).await.unwrap();
    governance.say(&id("w2"), false, "it took two mails until I got the right to pay", now).await.unwrap();
    // What a plan would change: somebody moves, somebody leaves.
    house.company.worker("w2").end_date = Some("2026-03-16".parse().unwrap());
    house.company.worker("w8").title = Some("Lead".to_owned());
    for (id, name, day) in
        [("w20", "Ida", "2026-04-13"), ("w21", "Kai", "2026-04-20"), ("w22", "Lea", "2026-06-15")]
    {
        let mut hire = worker(id, name, "Vik", "Support", "Agent", Some("w1"));
        hire.start_date = day.parse().unwrap();
        house.company.workers.push(hire);
    }
    let engine = house.company.engine();
    let later = at("2026-03-17");
    engine.observe(later).await.unwrap();
    let plan = engine.plan(later, &PlanOptions::default()).await.unwrap();
    let anna = engine.find("w2", later).await.unwrap().remove(0);
    let held = engine.access(&anna.identity).await.unwrap();
    let seats: SeatReport = engine.seats(later).await.unwrap();
    let reviews = engine.review_seats(later).await.unwrap();
    let class = engine.access_to_class("payment", &tenure_store::AsOf::at(later), later).await.unwrap();
    let until = at("2026-08-01");
    let forecast = engine.forecast_seats(until, later).await.unwrap();
    let people = governance.names(&["w1", "w2", "w8"].map(id).into()).await.unwrap();
    let scope = MeasureScope::between(at("2026-03-01"), later);
    vec![
        ("plan", Report::of_plan(&plan)),
        ("person", Report::of_person(&anna, &held, later)),
        ("review", governance.review_report(round, later).await.unwrap()),
        ("seats", Report::of_seats(&seats, later)),
        ("renewal", Report::of_renewal(&reviews, &people, later)),
        ("access", Report::of_class("payment", &class, later, later)),
        ("forecast", Report::of_forecast(&forecast, &people, until, later)),
        ("findings", governance.findings_report(later).await.unwrap()),
        ("pilot", governance.pilot_report("support", later).await.unwrap()),
        ("measures", governance.measures_report(&scope, later).await.unwrap()),
    ]
}
