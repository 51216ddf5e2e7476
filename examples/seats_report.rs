//! Paid seats before a renewal: who holds one, who uses it, what the idle ones cost, as text and as one HTML file.
//!
//!     cargo run --example seats_report              # the report is written to seats.html in the temporary folder
//!     cargo run --example seats_report -- FILE.html

use std::path::PathBuf;
use std::sync::Arc;

use tenure::connector::entitlement::Entitlement;
use tenure::engine::report::Report;
use tenure::memory::{MemoryConnector, Tenant};
use tenure::prelude::*;

const POLICY: &str = r#"
version: 1
rules:
  - { id: support, when: 'department eq "Support"', entitlements: [desk/licence:professional] }
targets:
  desk:
    mode: managed
    username: { from: [{ slug: name.givenName }] }
    seat: { tier: professional, price: 115.00 USD, per: month, billed: annually, idle_after: 30d, renews: 2027-01-01 }
"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file =
        std::env::args_os().nth(1).map_or_else(|| std::env::temp_dir().join("seats.html"), PathBuf::from);
    let mut people = Tenant::new();
    for (number, name) in ["Anna", "Bert", "Cleo", "Dora", "Emil"].into_iter().enumerate() {
        let (worker, engagement) = (format!("W{number}"), format!("E{number}"));
        let mut record =
            WorkerRecord::new(&worker, &engagement, "Employee", name, "Example", "2026-03-01".parse()?);
        record.department = Some("Support".to_owned());
        people = people.with_worker(&record);
    }
    let desk = Tenant::new().with_entitlement(Entitlement::new("licence", "professional"));
    let policy = Policy::compile(PolicyDocument::from_yaml("policy.yaml", POLICY)?)?;
    let engine = Engine::builder(policy, Arc::new(MemoryStore::new()))
        .source("hr", SourceOptions::default(), Arc::new(MemoryConnector::over("hr", people)))
        .target("desk".parse()?, Arc::new(MemoryConnector::over("desk", desk)))
        .build()?;

    let joined = "2026-03-02T08:00:00Z".parse()?;
    engine.observe(joined).await?;
    let plan = engine.plan(joined, &PlanOptions::default()).await?;
    assert!(engine.apply(&plan, &ApplyOptions::new(joined)).await?.is_success());

    // Nobody has logged in since March.
    let now = "2026-06-01T08:00:00Z".parse()?;
    engine.observe(now).await?;
    let seats = engine.seats(now).await?;
    for tier in &seats.tiers {
        println!("{} {}: {} of {} seats are idle", tier.target, tier.tier, tier.idle.len(), tier.used);
        for seat in &tier.idle {
            println!("  {}, {}: {} a year", seat.person, seat.reason, seat.yearly);
        }
        assert_eq!(tier.idle_yearly.to_string(), "6900.00 USD");
    }
    std::fs::write(&file, Report::of_seats(&seats, now).to_html())?;
    println!("the report is {}", file.display());
    Ok(())
}
