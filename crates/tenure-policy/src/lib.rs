//! Which accounts, roles and entitlements should exist, and why: the lifecycle policy as a pure function
//!
//! `desired = policy(identity, facts)`: no clock, no socket, no randomness. The same input gives the same bytes.
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
//! | list the exceptions on record | [`Policy::exceptions`] |
//! | see which targets are covered | [`Policy::coverage`] |
//! | know which playbooks to run | [`Policy::playbooks`] |
//! | know a target's security settings | [`Policy::security`] |
//!
//! Everything is a level, not an event: what was missed yesterday is a difference today. [`Evaluation::next_change_at`] is the next
//! instant at which time alone changes the answer, so that nobody has to poll the calendar.
//!
//! Features add formats and nothing else: `yaml`, `toml`, `csv` (tables), `cel` (expressions).

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
pub use evaluate::{Desired, Evaluator, GrantCheck, Outcome, ReinstateError, Restorable, Way};
pub use explain::{Explanation, NearMiss, WhyNot};
pub use facts::{Directory, Facts, HeldAccount, MemoryNames, NameOwner, NameRegistry};
pub use grant::{Grant, GrantSource, Granted, HeldGrant, Origin};
pub use id::{
    ConstraintId, EngagementId, GrantId, IdError, IdentityId, MappingId, RequestId, RoleId, RuleId, TargetId,
};
pub use identity::{Engagement, Hold, HoldKind, Identity, Leave, Override, OverrideKind, Person, Workload};
pub use lifecycle::{
    AccessEnd, LastDay, LeaveAccess, LeaveRule, LeaverConfig, LifecycleConfig, LifecycleState, Phase,
    Reinstatement, TemporaryConfig,
};
pub use mapping::{Expression, LookupTable, ReferenceTo, Settled, name_key, settle, transliterate};
pub use matching::{Matcher, RuleMatch};
pub use mine::{Holding, MinedEntitlement, MinedRole, MinedRule, Mining, MiningOptions, Usage};
pub use money::{BillingPeriod, Money, MoneyError, SeatPrice};
pub use read::{Format, Opened};
pub use review::{
    Coverage, Drift, DuePlaybook, RecordedException, SecuritySettings, UnusedGrant, unused_grants,
};
pub use target::{
    AccountClass, Apply, AttributeMapping, Confidence, Correlation, CorrelationRule, CredentialPolicy,
    Evidence, ExclusiveGroup, Guard, GuardLimit, LadderRung, LeaverAction, Login, Mode, Modes, Recipient,
    Remove, SeatPolicy, TargetPolicy, UsernamePolicy,
};
pub use time::{Span, SpanError, Zone, ZoneError, instant, start_of_day};
pub use whatif::{
    Entitled, Forecast, ForecastEvent, Impact, ImpactRow, Population, Reclaim, RuleChange, SeatChange,
    SeatHolder, SeatReview, SeatRow, SeatVerdict, Suggestion, suggest_from_peers,
};

#[cfg(doctest)]
#[doc = include_str!("../../../docs/POLICY-GUIDE.md")]
struct Guide;
