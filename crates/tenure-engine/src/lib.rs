//! Observe, correlate, plan, guard, apply and verify: makes every target agree with the policy.
//!
//! An [`Engine`] joins a policy, a store, sources of people and services, and targets. [`Engine::observe`] looks at all of
//! them, [`Engine::plan`] compares what should be with what is and returns a [`Plan`], which is data, and
//! [`Engine::apply`] carries a plan out as it is or not at all. Whatever stops a run, [`Engine::resume`] finishes it with
//! nothing lost and nothing done twice.
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
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let policy = Policy::compile(PolicyDocument::from_json("policy.json", r#"{
//!     "version": 1,
//!     "targets": { "desk": { "mode": "managed", "username": { "from": ["externalId"] } } },
//!     "rules": [ { "id": "support", "when": "department eq \"Support\"", "entitlements": ["desk/role:agent"] } ]
//! }"#)?)?;
//! let mut anna = WorkerRecord::new("W1", "E1", "Employee", "Anna", "Keller", "2026-03-01".parse()?);
//! anna.department = Some("Support".into());
//! let hr = MemoryConnector::over("hr", Tenant::new().with_worker(&anna));
//! let desk = MemoryConnector::over("desk", Tenant::new().with_entitlement(Entitlement::new("role", "agent")));
//! let engine = Engine::builder(policy, Arc::new(MemoryStore::new()))
//!     .source("hr", SourceOptions::default(), Arc::new(hr))
//!     .target("desk".parse()?, Arc::new(desk))
//!     .build()?;
//!
//! let now = "2026-03-02T08:00:00Z".parse()?;
//! engine.observe(now).await?;
//! let plan = engine.plan(now, &PlanOptions::default()).await?;
//! assert!(plan.steps.iter().all(|step| !step.reasons.is_empty()));
//! assert!(engine.apply(&plan, &ApplyOptions::new(now)).await?.is_success());
//!
//! // What is as it should be needs no plan.
//! engine.observe(now).await?;
//! assert!(engine.plan(now, &PlanOptions::default()).await?.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! | to do this | use |
//! |---|---|
//! | make one plan and carry it out | [`Engine::observe`], [`Engine::plan`], [`Engine::apply`] |
//! | go on after a crash | [`Engine::resume`] |
//! | keep the targets in agreement until told to stop | [`Engine::run`] |
//! | share the work among programs | [`QueueWorker`] over a store whose queues they share |
//! | know why somebody has something, or not | [`Engine::explain`] |
//! | undo what a plan did, as far as it can be undone | [`Engine::undo`] |
//!
//! # Errors
//!
//! [`EngineError`] names what refused: a policy and connectors that do not fit, a system that could not be read, a stale plan, guards, another run, a run that was
//! not finished, the store. What went wrong with one step of a plan is no error of the run: the report has it, with what is tried again and when.
//!
//! # Limits
//!
//! Of its own the engine runs four operations at a time in a target ([`ApplyOptions`]), doubts a snapshot that lacks a fifth of what is known
//! ([`SourceOptions`], [`TargetOptions`]), stops for a target after five temporary failures in a row, and asks the guards of the policy before the first write.
//! Plans and reports are held in memory, people are read in pages. There is no clock: `now` is an argument of every call.

mod apply;
mod approve;
mod assemble;
mod audit;
mod census;
mod change_policy;
mod cycle;
mod disown;
mod disposition;
mod engine;
mod error;
mod explain;
mod grants;
mod observe;
mod order;
mod plan;
mod planner;
mod preview;
mod reclaim;
pub mod reconcile;
mod renewal;
pub mod report;
mod retries;
mod seats;
mod sensitive;
mod source;
mod target;
mod undo;
mod version;
mod worker;
mod world;

pub use apply::{ApplyOptions, Cancel, Progress, RunReport, StepOutcome, StepResult};
pub use approve::Approval;
pub use audit::{Audit, EventExport};
pub use census::{Census, KnownAccount, Possessed};
pub use change_policy::PolicyChange;
pub use cycle::{Round, Schedule, Wake};
pub use disposition::{Disposed, Disposition, Unlinked};
pub use engine::{Engine, EngineBuilder};
pub use error::{EngineError, Result};
pub use explain::{Access, EngineExplanation, Found};
pub use observe::{ObserveReport, SourceReport, TargetReport};
pub use plan::{
    Action, Cost, GuardVerdict, Notice, NoticeKind, Plan, PlanOptions, Reference, Risk, Step, StepId,
    TaskDraft, Upcoming, Verb,
};
pub use preview::{Possession, Preview};
pub use reclaim::{ReclaimPlan, SeatReclaim};
pub use retries::PendingRetry;
pub use seats::{IdleSeat, SeatReport, SeatTier};
pub use sensitive::ClassAccess;
pub use source::{Absence, OnRejected, SourceOptions};
pub use target::{Health, HealthState, Quarantine, TargetOptions, Window};
pub use worker::{QueueWorker, WorkerOptions, WorkerReport};
