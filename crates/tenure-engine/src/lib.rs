//! Observe, correlate, plan, guard, apply and verify: makes every target agree with the policy.
//!
//! An [`Engine`] joins a policy, a store, sources of people and services, and targets. [`Engine::observe`] looks at all of
//! them, [`Engine::plan`] compares what should be with what is and returns a [`Plan`], which is data, and
//! [`Engine::apply`] carries a plan out as it is or not at all. Whatever stops a run, [`Engine::resume`] finishes it with
//! nothing lost and nothing done twice.

mod apply;
mod approve;
mod assemble;
mod audit;
mod census;
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
mod renewal;
pub mod report;
mod seats;
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
pub use seats::{IdleSeat, SeatReport, SeatTier};
pub use source::{Absence, OnRejected, SourceOptions};
pub use target::{Health, HealthState, Quarantine, TargetOptions, Window};
pub use worker::{QueueWorker, WorkerOptions, WorkerReport};
