//! Which accounts, roles and entitlements should exist, and why: the lifecycle policy as a pure function
//!
//! `desired = policy(identity, facts)`: no clock, no socket, no randomness. The same input gives the same bytes.

mod analyse;
mod compile;
mod correlator;
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
mod money;
mod read;
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
    Condition, ConstraintSpec, EntitlementSpec, Gives, Inclusion, MemberRef, Mitigation, PolicyDocument,
    Risk, RoleSpec, RuleSpec, TableRow, TableSpec,
};
pub use entitlement::{EntitlementKey, EntitlementKeyError, EntitlementKind};
pub use error::{PolicyError, PolicyErrors};
pub use evaluate::ReinstateError;
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
pub use mapping::{Expression, LookupTable, ReferenceTo, name_key, transliterate};
pub use money::{BillingPeriod, Money, MoneyError, SeatPrice};
pub use read::{Format, Opened};
pub use target::{
    AccountClass, Apply, AttributeMapping, Confidence, Correlation, CorrelationRule, CredentialPolicy,
    Evidence, ExclusiveGroup, Guard, GuardLimit, LadderRung, LeaverAction, Login, Mode, Modes, Recipient,
    Remove, SeatPolicy, TargetPolicy, UsernamePolicy,
};
pub use time::{Span, SpanError, Zone, ZoneError, instant, start_of_day};
pub use whatif::{
    Forecast, ForecastEvent, Impact, ImpactRow, Reclaim, SeatChange, SeatHolder, SeatReview, SeatRow,
    SeatVerdict,
};
