//! Which accounts, roles and entitlements should exist, and why: the lifecycle policy as a pure function
//!
//! `desired = policy(identity, facts)`: no clock, no socket, no randomness. The same input gives the same bytes.
//!
//! # From a policy to an answer
//!
//! ```
//! use chrono::{DateTime, NaiveDate};
//! use tenure_policy::{AccountStatus, Engagement, EntitlementKey, Facts, HeldAccount, Person, Policy, PolicyDocument};
//! use tenure_scim::Resource;
//!
//! // Conditions are SCIM filters over a person's attributes. With the features of the formats the same may be YAML or TOML.
//! let document = PolicyDocument::from_json("policy.json", r#"{
//!     "version": 1,
//!     "lifecycle": { "prehire": "7d", "leaver": { "disable": "end_of_last_day" } },
//!     "targets": { "helpdesk": { "mode": "managed", "leaver": ["revoke_sessions", "disable", { "delete": "after 30d" }] } },
//!     "roles": { "agent": { "entitlements": [ { "target": "helpdesk", "role": "agent", "groups": ["Support"] } ] } },
//!     "rules": [ { "id": "support", "when": "department eq \"Support\"", "roles": ["agent"] } ]
//! }"#)?;
//! let policy = Policy::compile(document)?;
//!
//! // A person, and an engagement with civil dates in the worker's own zone.
//! let day = |month, day| NaiveDate::from_ymd_opt(2026, month, day).ok_or("no such day");
//! let attributes = Resource::default()
//!     .with("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "Support")?;
//! let job = Engagement::new("e-1".parse()?, "Employee", day(3, 2)?, "Europe/Berlin".parse()?).until(day(10, 25)?);
//! let anna = Person::new("p-1".parse()?, attributes).with_engagement(job).into();
//!
//! // What the policy is told of the world: the instant, and what is linked to the person already.
//! let at = |text| DateTime::parse_from_rfc3339(text).map(|at| at.to_utc());
//! let linked = [HeldAccount::new("helpdesk".parse()?)];
//! let facts = Facts::new(at("2026-04-01T08:00:00Z")?).with_accounts(&linked);
//!
//! // The joiner. Every entitlement knows each way by which it comes.
//! let wanted = policy.evaluate(&anna, &facts);
//! let group: EntitlementKey = "helpdesk/group:Support".parse()?;
//! let why: Vec<String> = wanted.entitlements[&group].origins.iter().map(ToString::to_string).collect();
//! assert_eq!(why, ["rule `support` (engagement `e-1`) > role `agent`"]);
//!
//! // Nothing has to be polled: the answer stays the same until the last day ends in Berlin, where the clocks change that night.
//! assert_eq!(wanted.next_change_at, Some(at("2026-10-25T23:00:00Z")?));
//! let left = policy.evaluate(&anna, &facts.at(at("2026-10-25T23:00:00Z")?));
//! assert!(left.entitlements.is_empty());
//! assert_eq!(left.accounts["helpdesk"].status, AccountStatus::Disabled);
//!
//! // Why not? The nearest rule, and what of it does not hold.
//! let lead: EntitlementKey = "helpdesk/role:lead".parse()?;
//! println!("{}", policy.explain(&anna, &facts, &lead));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The [policy guide](https://github.com/tenure-rs/tenure/blob/main/docs/POLICY-GUIDE.md) builds a whole policy part by part.
//!
//! # What the caller keeps
//!
//! The crate stores nothing. Whoever calls it keeps, and passes back in [`Facts`]: explicit [`Grant`]s, what the identity was given and
//! since when ([`HeldGrant`], for grace after a move), its linked accounts ([`HeldAccount`], for the way out of accounts), the workloads it
//! owns, and a registry of user names ([`NameRegistry`]), in which the [`Reservation`]s of an evaluation are to be written before the next.
//! `tenure-engine` with `tenure-store` does all of this.
//!
//! # Where to find what
//!
//! | to do this | use |
//! |---|---|
//! | read a document, every error at once with its place | [`PolicyDocument::load`], [`PolicyDocument::from_json`] |
//! | make it ready to run | [`Policy::compile`] |
//! | know what one identity should have at an instant | [`Policy::evaluate`] |
//! | know it of many identities, without allocating | [`Policy::evaluator`] |
//! | know which rules hold, for many identities | [`Policy::matcher`] |
//! | know why, or why not | [`Policy::explain`] |
//! | lay mapped values over an account that is there | [`DesiredAccount::settle`] |
//! | know who answers for a workload | [`Policy::owner_of`] |
//! | find whose account an account is | [`Policy::correlator`] |
//! | know what a grant would give and break, before it is made | [`Policy::check_grant`] |
//! | bring an expired grant back; what could come back for a rehire | [`Policy::reinstate`], [`Policy::restorable`] |
//! | find who breaks a constraint | [`Policy::violations`] |
//! | find rules that never hold, add nothing, or break a constraint | [`Policy::analyse`], [`Policy::analyse_population`] |
//! | compare two policies over a population | [`Policy::impact`] |
//! | know who has an entitlement | [`Policy::who`] |
//! | know who is to be evaluated again after a change of an attribute or a rule | [`Population`] |
//! | know which rules a changed attribute concerns | [`Policy::rules_reading`] |
//! | find the rules and roles that today's access suggests | [`Policy::mine`] |
//! | see the next ninety days | [`Policy::forecast`] |
//! | know who may do what for whom | [`Policy::may`] |
//! | review paid seats | [`Policy::review_seats`] |
//! | find what is held and not wanted, or wanted and not used | [`Evaluation::drift`], [`unused_grants`] |
//! | know of whom a condition holds | [`Policy::selector`] |
//! | read another document as strictly as the policy | [`Written`] |
//! | list the exceptions on record | [`Policy::exceptions`] |
//! | see which targets are covered | [`Policy::coverage`] |
//! | know which playbooks to run | [`Policy::playbooks`] |
//! | know a target's security settings | [`Policy::security`] |
//!
//! Everything is a level, not an event: what was missed yesterday is a difference today. [`Evaluation::next_change_at`] is the next
//! instant at which time alone changes the answer, so that nobody has to poll the calendar.
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `yaml`, `toml` | policy documents in these formats; JSON is always there |
//! | `csv` | tables of birthright from CSV text |
//! | `cel` | `cel:` expressions in attribute mappings |
//!
//! # Errors
//!
//! [`PolicyError`] holds everything that is wrong with a document at once: the place, what was expected, what was found, and a hint where something similar exists. A
//! policy that compiles does not fail: what an identity lacks is in the evaluation.
//!
//! # Limits
//!
//! Dates are civil days in a zone of the IANA database. Money is whole minor units of one currency an account. An expression in a mapping is bounded in steps. Population
//! analyses hold their result, not the population.

mod analyse;
mod compile;
mod correlator;
mod delegate;
mod desired;
mod document;
mod entitlement;
mod error;
mod evaluate;
mod explain;
mod facts;
mod grant;
mod id;
mod identity;
mod lifecycle;
mod mapping;
mod matching;
mod mine;
mod money;
mod read;
mod review;
mod selector;
mod target;
mod time;
mod whatif;

pub use analyse::{Finding, FindingKind, PopulationLimits, RuleMatches};
pub use compile::{Policy, PolicyVersion};
pub use correlator::Correlator;
pub use desired::{
    AccountStatus, DesiredAccount, DesiredAttribute, DesiredEntitlement, DesiredReference, Evaluation, Grace,
    LadderStep, OpenTask, Reservation, TaskKind, Violation, ViolationKind, ViolationMember,
};
pub use document::{
    Condition, ConstraintSpec, DelegatedAction, DelegationSpec, EntitlementSpec, Gives, Inclusion, MemberRef,
    Mitigation, PolicyDocument, Risk, RoleSpec, RuleSpec, Setting, TableRow, TableSpec, TriggerSpec,
};
pub use entitlement::{EntitlementKey, EntitlementKeyError, EntitlementKind};
pub use error::{PolicyError, PolicyErrors};
pub use evaluate::{
    Desired, Evaluator, GrantCheck, MappedAccount, MappedAttribute, MappedReference, Outcome, ReinstateError,
    Restorable, Way,
};
pub use explain::{Explanation, NearMiss, WhyNot};
pub use facts::{Directory, Facts, HeldAccount, MemoryNames, NameOwner, NameRegistry};
pub use grant::{Grant, GrantSource, Granted, HeldGrant, Origin};
pub use id::{
    ConstraintId, EngagementId, GrantId, IdError, IdentityId, MappingId, RequestId, RoleId, RuleId, TargetId,
};
pub use identity::{
    Engagement, Hold, HoldKind, Identity, Leave, Override, OverrideKind, Person, Workload, read_ahead,
};
pub use lifecycle::{
    AccessEnd, LastDay, LeaveAccess, LeaveRule, LeaverConfig, LifecycleConfig, LifecycleState, Phase,
    Reinstatement, TemporaryConfig,
};
pub use mapping::{
    Expression, LookupTable, ReferenceTo, Settled, name_key, registry_key, settle, transliterate,
};
pub use matching::{Matcher, RuleMatch};
pub use mine::{Holding, MinedEntitlement, MinedRole, MinedRule, Mining, MiningOptions, Usage};
pub use money::{BillingPeriod, Money, MoneyError, SeatPrice};
pub use read::{Format, Opened, Written};
pub use review::{
    Coverage, Drift, DuePlaybook, RecordedException, SecuritySettings, UnusedGrant, unused_grants,
};
pub use selector::Selector;
pub use target::{
    AccountClass, Apply, AttributeMapping, Confidence, Correlation, CorrelationRule, CredentialPolicy,
    Evidence, ExclusiveGroup, Guard, GuardEach, GuardLimit, LadderRung, LeaverAction, Login, Mode, Modes,
    Recipient, ReclaimWay, Remove, SeatPolicy, TargetPolicy, UsernamePolicy,
};
pub use time::{Span, SpanError, Zone, ZoneError, instant, start_of_day};
pub use whatif::{
    Entitled, Forecast, ForecastEvent, Impact, ImpactRow, Population, Reclaim, RuleChange, SeatChange,
    SeatForecast, SeatHolder, SeatMove, SeatReview, SeatRow, SeatVerdict, Suggestion, TierReview,
    suggest_from_peers,
};

#[cfg(doctest)]
#[doc = include_str!("../../../docs/POLICY-GUIDE.md")]
struct Guide;
