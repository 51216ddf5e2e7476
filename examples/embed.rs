//! The whole loop inside a program: it brings its own list of people, and its own users table is the target.
//!
//!     cargo run --example embed

use std::sync::Arc;

use tenure::connector::entitlement::Entitlement;
use tenure::memory::{MemoryConnector, Tenant};
use tenure::prelude::*;

const POLICY: &str = r#"
version: 1
roles:
  agent: { entitlements: [desk/role:agent, desk/group:Support] }
rules:
  - { id: support, when: 'department eq "Support"', roles: [agent] }
targets:
  desk:
    mode: managed
    username: { from: [{ slug: name.givenName }] }
    leaver: [disable, remove_entitlements]
"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let policy = Policy::compile(PolicyDocument::from_yaml("policy.yaml", POLICY)?)?;
    let hr = Arc::new(MemoryConnector::over("hr", Tenant::new()));
    let desk = Tenant::new()
        .with_entitlement(Entitlement::new("role", "agent"))
        .with_entitlement(Entitlement::new("group", "Support"));
    let engine = Engine::builder(policy, Arc::new(MemoryStore::new()))
        .source("hr", SourceOptions::default(), hr.clone())
        .target("desk".parse()?, Arc::new(MemoryConnector::over("desk", desk)))
        .build()?;

    let mut anna = WorkerRecord::new("W1", "E1", "Employee", "Anna", "Keller", "2026-03-01".parse()?);
    anna.department = Some("Support".to_owned());
    hr.with_tenant(|people| *people = Tenant::new().with_worker(&anna));
    run(&engine, "Anna joins", "2026-03-02T08:00:00Z").await?;

    anna.department = Some("Sales".to_owned());
    hr.with_tenant(|people| *people = Tenant::new().with_worker(&anna));
    run(&engine, "Anna moves to Sales", "2026-05-04T08:00:00Z").await?;

    anna.department = Some("Support".to_owned());
    anna.end_date = Some("2026-09-30".parse()?);
    hr.with_tenant(|people| *people = Tenant::new().with_worker(&anna));
    run(&engine, "Anna comes back to Support", "2026-06-01T08:00:00Z").await?;
    let done = run(&engine, "The day after Anna's last day", "2026-10-01T08:00:00Z").await?;
    assert!(done > 0, "a leaver loses everything");
    Ok(())
}

/// Observes, plans, prints and applies; returns how many steps there were.
async fn run(engine: &Engine, title: &str, at: &str) -> Result<usize, Box<dyn std::error::Error>> {
    let now = at.parse()?;
    engine.observe(now).await?;
    let plan = engine.plan(now, &PlanOptions::default()).await?;
    println!("\n{title}");
    for step in &plan.steps {
        println!("  {}, because {}", step.title(), step.reasons.join("; "));
    }
    let report = engine.apply(&plan, &ApplyOptions::new(now)).await?;
    assert!(report.is_success());
    Ok(plan.steps.len())
}
