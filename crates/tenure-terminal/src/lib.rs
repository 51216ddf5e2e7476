//! Plans, results, explanations and paid seats as text for a person at a terminal.
//!
//! Each function takes a value of the engine and gives text; nothing here decides or does anything. Colours only repeat what the signs say, so that the
//! text reads the same in a file: `+` something is given, `−` taken away, `~` changed, `☐` a task for a person.
//!
//! ```
//! use std::sync::Arc;
//!
//! use tenure_connector::entitlement::Entitlement;
//! use tenure_connector::memory::{MemoryConnector, Tenant};
//! use tenure_connector::record::WorkerRecord;
//! use tenure_engine::{ApplyOptions, Engine, PlanOptions, SourceOptions};
//! use tenure_policy::{Policy, PolicyDocument};
//! use tenure_store::MemoryStore;
//! use tenure_terminal::{Detail, Paint};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let policy = r#"
//! version: 1
//! rules:
//!   - { id: support, when: 'title eq "Agent"', entitlements: [desk/role:agent] }
//! targets:
//!   desk: { mode: managed, username: { from: [{ slug: name.givenName }] } }
//! "#;
//! let policy = Policy::compile(PolicyDocument::from_yaml("policy.yaml", policy)?)?;
//! let now = "2026-03-02T08:00:00Z".parse()?;
//! let mut anna = WorkerRecord::new("W1", "E1", "Employee", "Anna", "Keller", "2026-03-01".parse()?);
//! anna.title = Some("Agent".into());
//! let hr = MemoryConnector::over("hr", Tenant::new().with_worker(&anna));
//! let desk = Tenant::new().with_entitlement(Entitlement::new("role", "agent"));
//! let engine = Engine::builder(policy, Arc::new(MemoryStore::new()))
//!     .source("hr", SourceOptions::default(), Arc::new(hr))
//!     .target("desk".parse()?, Arc::new(MemoryConnector::over("desk", desk)))
//!     .build()?;
//!
//! engine.observe(now).await?;
//! let plan = engine.plan(now, &PlanOptions::default()).await?;
//! let shown = tenure_terminal::plan(&plan, Paint::plain(), Detail::All);
//! assert!(shown.contains("2 steps for 1 identity on 1 target"));
//! assert!(shown.contains("+ role:agent"));
//!
//! let report = engine.apply(&plan, &ApplyOptions::new(now)).await?;
//! assert_eq!(tenure_terminal::run(&report, Paint::plain()), "Result 2 steps done\n");
//! # Ok(())
//! # }
//! ```
//!
//! # Errors
//!
//! None: the functions give text, whatever the values are.
//!
//! # Limits
//!
//! A table is as wide as the terminal, at most 132 columns, and 132 where there is none. The text is for people: its form may change with any version, and a
//! program reads the values themselves, or their JSON. All words are English.

mod explain;
mod paint;
mod plan;
mod progress;
mod run;
mod seats;
mod table;
mod words;

pub use explain::{access, explanation};
pub use paint::{ColorChoice, Paint, Tone};
pub use plan::{Detail, change, plan};
pub use progress::Bar;
pub use run::run;
pub use seats::seats;
pub use table::{Cell, Table};
pub use words::{count, money, short_hash};
