//! One HR feed, one policy, four kinds of systems: an LDAP directory, a PostgreSQL server, an application with SCIM, and
//! doors that only a person can open.
//!
//! ```sh
//! cargo run --release --example hybrid
//! ```
//!
//! The directory and the database are real servers: `TENURE_HYBRID_LDAP` is the address of an OpenLDAP server with
//! `dc=hybrid,dc=example`, `TENURE_HYBRID_POSTGRES` the connection of a superuser. What is not there is skipped, and said.

mod systems;

use std::error::Error;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tenure_connector::{Context, Fields, ObjectClass, ObjectRef};
use tenure_connector_csv::{CsvSource, CsvSourceConfig};
use tenure_engine::{Action, ApplyOptions, Engine, Plan, PlanOptions, SourceOptions};
use tenure_examples::Export;
use tenure_policy::{Policy, PolicyDocument};
use tenure_store::MemoryStore;
use tenure_terminal::{ColorChoice, Detail, Paint};

use self::systems::Systems;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let folder = std::env::temp_dir().join(format!("tenure-hybrid-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let told = tell(&folder).await;
    std::fs::remove_dir_all(&folder)?;
    told
}

async fn tell(folder: &std::path::Path) -> Result<()> {
    let workers = folder.join("workers.csv");
    let mut export = Export::parse(include_str!("../data/hybrid.csv"))?;
    let systems = Systems::connect(folder).await?;
    let mut document = PolicyDocument::from_yaml("hybrid.yaml", include_str!("../data/hybrid.yaml"))?;
    systems.leave_out_what_is_missing(&mut document);
    let hr = CsvSource::new(CsvSourceConfig::workers(&workers))?;
    let mut engine = Engine::builder(Policy::compile(document)?, Arc::new(MemoryStore::new()));
    engine = engine.source("hr", SourceOptions::default(), Arc::new(hr));
    for (name, connector) in &systems.all {
        engine = engine.target(name.parse()?, Arc::clone(connector));
    }
    let engine = engine.build()?;

    export.write(&workers)?;
    let monday: DateTime<Utc> = "2026-03-02T09:00:00Z".parse()?;
    settle(&engine, "six people join", monday).await?;
    expect(&systems, "directory", "h1", Some(true)).await?;
    expect(&systems, "warehouse", "h1", Some(true)).await?;
    expect(&systems, "warehouse", "h3", None).await?;
    expect(&systems, "desk", "h3", Some(true)).await?;

    export.set("H3", "department", "Finance")?.set("H4", "endDate", "2026-03-02")?;
    export.write(&workers)?;
    let tuesday: DateTime<Utc> = "2026-03-03T09:00:00Z".parse()?;
    settle(&engine, "Ingrid moves from Support to Finance, Rafael leaves", tuesday).await?;
    expect(&systems, "warehouse", "h3", Some(true)).await?;
    expect(&systems, "directory", "h4", Some(false)).await?;
    expect(&systems, "warehouse", "h4", Some(false)).await?;

    engine.observe(tuesday).await?;
    let again = engine.plan(tuesday, &PlanOptions::default()).await?;
    if !again.steps.is_empty() {
        return Err(format!("expected nothing left to change, found {} steps", again.steps.len()).into());
    }
    println!("\nA third run finds nothing to change.");
    systems.clean_up().await
}

/// Makes the systems agree with the feed, and closes the tasks that no program can do. What a person has to do at the doors
/// stays open.
async fn settle(engine: &Engine, happened: &str, now: DateTime<Utc>) -> Result<Plan> {
    let paint = Paint::stdout(ColorChoice::Auto);
    println!("\n{}: {happened}\n", now.format("%A"));
    engine.observe(now).await?;
    let plan = engine.plan(now, &PlanOptions::default()).await?;
    print!("{}", tenure_terminal::plan(&plan, paint, Detail::Steps(24)));
    let report = engine.apply(&plan, &ApplyOptions::new(now)).await?;
    print!("{}", tenure_terminal::run(&report, paint));
    for step in &plan.steps {
        if let Action::Manual(task) = &step.action {
            engine.complete_task(&task.id, true, "facility manager", now).await?;
        }
    }
    Ok(plan)
}

/// Asks a system itself whether an account is there and works.
async fn expect(systems: &Systems, system: &str, name: &str, expected: Option<bool>) -> Result<()> {
    let Some(connector) = systems.all.get(system) else { return Ok(()) };
    let object = ObjectRef::by(ObjectClass::USER, ObjectRef::USER_NAME, name);
    let found = match connector.get(&Context::new("look"), &object, &Fields::All).await {
        Ok(account) => account.resource.attr("active").and_then(|active| active.as_bool()),
        Err(error) if error.kind() == tenure_connector::ErrorKind::NotFound => None,
        Err(error) => return Err(error.into()),
    };
    match found == expected {
        true => Ok(()),
        false => Err(format!("{system}/{name}: expected active {expected:?}, found {found:?}").into()),
    }
}
