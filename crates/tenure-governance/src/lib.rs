//! Governance over the engine: who asked for access, who approved it and why, and until when.
//!
//! A [`Governance`] joins an [`Engine`](tenure_engine::Engine) and [`Rules`], which are written beside the policy and read as
//! strictly as it is. Everything is durable and recorded in the audit trail; nothing needs a thread of its own: whoever embeds
//! the crate calls [`Governance::advance`] now and then, and all that time alone brings about (reminders, escalations, ends) is
//! done as far as it is due.
//!
//! | to do this | use |
//! |---|---|
//! | read the rules, every error with its place | [`Rules::read`] |
//! | see what a request would give and who would have to approve it | [`Governance::consider`] |
//! | ask for access for a person, for a time | [`Governance::submit`] |
//! | approve or deny what one has seen | [`Governance::decide`] |
//! | bring access back that has ended | [`Governance::ask_again`] |
//! | let another decide for a while | [`Governance::deputise`] |
//! | find what waits for a person | [`Governance::waiting_for`] |
//! | remind, escalate, let lapse, end | [`Governance::advance`] |
//! | open campaigns, remind, close, see that what was decided against goes | [`Governance::advance_reviews`] |
//! | review access | [`Governance::to_review`], [`Governance::judge`] |
//! | see what a review came to, and whether anybody looked | [`Governance::review_report`], [`measure`] |
//! | find what is not as it should be, and follow it until it is gone | [`Governance::advance_findings`], [`Governance::findings`] |
//! | begin a playbook for people, rehearse it, stop and undo it | [`Governance::run_playbook`], [`Governance::rehearse`], [`Governance::stop_run`] |
//! | keep a playbook beside those of the rules | [`Governance::save_playbook`], [`Governance::playbooks`] |
//! | do what is due of playbooks, and begin what triggers ask for | [`Governance::advance_playbooks`], [`Governance::finish_task`] |
//! | measure how long access takes, what is done by hand, which seats are wasted | [`Governance::measures`] |
//! | hold a pilot against the time before it | [`Governance::pilot`], [`Governance::advance_pilots`], [`Governance::say`] |
//! | tell other programs what happens | [`Governance::events`], [`Governance::deliver`], [`WebhookSecret`] |
//! | send messages | [`Governance::outbox`], [`Governance::sent`] |
//!
//! Each call takes the moment it happens at. The [guide](https://github.com/tenure-rs/tenure/blob/main/docs/GOVERNANCE-GUIDE.md) goes through all of it with one company.
//!
//! ```
//! use tenure_governance::Rules;
//! use tenure_policy::{Format, Policy, PolicyDocument};
//!
//! let policy = Policy::compile(PolicyDocument::from_json("policy.json", r#"{
//!     "version": 1, "targets": { "erp": { "mode": "managed" } }
//! }"#)?)?;
//! let rules = r#"{ "version": 1, "requests": { "approvals": [ { "id": "manager", "by": ["manager"], "remind": "1bd" } ] } }"#;
//! assert!(Rules::read("governance.json", Format::Json, rules, &policy).is_ok());
//!
//! // All that is wrong is told at once, each with its place.
//! let wrong = rules.replace("manager\"]", "boss\"]").replace("1bd", "soon");
//! let error = Rules::read("governance.json", Format::Json, &wrong, &policy).unwrap_err();
//! println!("{error}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Errors
//!
//! [`GovernanceError`] says who may not do what and why, that the consequences have changed since they were shown, that another has changed the same thing at the same
//! moment, or what the engine or the store refused. Nothing of a call that failed is kept.
//!
//! # Limits
//!
//! The crate has no timer: what time brings about is done when [`Governance::advance`] and its sisters are called. Deadlines count business days of the calendar in
//! the rules. Messages and events stay in the store until they are taken.

mod calendar;
mod error;
mod event;
mod finding;
mod governance;
mod keep;
mod look;
mod measures;
mod message;
mod playbook;
mod reclaim;
mod request;
mod review;
mod rules;
mod webhook;

pub use calendar::{Calendar, Term};
pub use error::{GovernanceError, Result};
pub use event::{Delivery, Event, Sender, WebhookSpec};
pub use finding::{Finding, FindingAdvance, FindingKind, FindingState};
pub use governance::Governance;
pub use measures::{
    Cause, Compared, Feedback, MeasureScope, Measures, PilotResult, RequestCount, SeatWaste, StepCount,
    Timing, Unit,
};
pub use message::{Message, MessageKind};
pub use playbook::{PlaybookAdvance, Run, StepState};
pub use request::{
    Advance, Considered, Decision, Deputy, Difference, Gain, Happening, Request, RequestDraft, RequestState,
    Stage, StageState, Tally, Vote, tally,
};
pub use review::{
    Campaign, Earlier, Evidence, Item, Judgement, Peers, Remedy, ReviewAdvance, ReviewerMeasure, Verdict,
    measure,
};
pub use rules::{
    ApprovalRule, Approver, Baseline, Escalation, FindingsSpec, GovernanceDocument, MeasuresSpec, Moves,
    OnViolation, PilotSpec, PlaybookAction, PlaybookSpec, PlaybookStep, PlaybookTrigger, RequestsSpec,
    ReviewSpec, Rules, Scope, When,
};
pub use webhook::WebhookSecret;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/GOVERNANCE-GUIDE.md")]
struct Guide;
