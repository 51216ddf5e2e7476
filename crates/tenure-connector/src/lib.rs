//! The contract between Tenure and a target system.
//!
//! A [`Connector`] reads and writes the accounts, groups and entitlements of one instance of one system. Everything
//! that crosses the line is data: an [`Operation`] says what to do, an [`Outcome`] how it went, [`Capabilities`] what
//! can be done at all, and a [`ConnectorError`] what went wrong, whether trying again can help and whether anything
//! happened. Objects are SCIM resources of `tenure-scim`.
//!
//! ```
//! use tenure_connector::memory::MemoryConnector;
//! use tenure_connector::{ConnectorExt, Context, ListQuery, ObjectClass};
//! use tenure_scim::{Resource, uri};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (desk, context) = (MemoryConnector::new("desk"), Context::new("first day"));
//! let anna = Resource::new(uri::USER).with("userName", "anna")?;
//! desk.create(&context, "order-1", ObjectClass::USER, anna).await?;
//! let users = desk.list_all(&context, ListQuery::new(ObjectClass::USER), 1_000).await?;
//! assert_eq!(users.items.len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! | to do this | use |
//! |---|---|
//! | call a connector | [`ConnectorExt`], or [`Connector::apply`] with an [`Operation`] |
//! | write a connector | [`Connector`], beside [`memory`] as the reference |
//! | say what can be done, and why the rest cannot | [`Capabilities`], [`WhyNot`] |
//! | decide whether to repeat a call | [`ConnectorError::retry`], [`ConnectorError::certainty`] |
//! | describe people and services of a source | [`record`] |
//! | describe what an account may hold | [`entitlement`] |
//!
//! The crate has no HTTP client and no async runtime. Retry, pacing, audit and the like wrap any connector from
//! `tenure-layers`; `tenure-testkit` holds the conformance suite that every connector runs.
//!
//! # Errors
//!
//! Every call that can fail gives [`ConnectorError`], which says three things. [`ErrorKind`] is what went wrong; [`Retry`] is whether trying again can help;
//! [`Certainty`] is whether anything happened, so that a write whose outcome is unknown is read back before it is repeated. It serialises, for a journal,
//! and never holds a credential.
//!
//! # Limits
//!
//! Lists come in pages, whose largest size a connector states in its capabilities. [`ConnectorExt::list_all`] takes the number of objects that a program is ready to
//! hold, and calls an endless walk an error. A [`Context`] carries the deadline of a call. The in-memory connector holds everything and copies what it gives.

mod capability;
mod check;
mod class;
mod connector;
mod context;
mod effect;
pub mod entitlement;
mod error;
mod ext;
mod fields;
pub mod files;
mod info;
mod members;
pub mod memory;
mod millis;
mod object;
mod operation;
mod outcome;
mod page;
mod query;
mod rate;
pub mod record;
mod reference;
mod schema;
mod secret;
mod shape;
mod timer;
mod token;

pub use self::capability::{
    Capabilities, ClassCapabilities, DeltaCapability, Execution, FilterSupport, ListCapability,
    OperationSupport, Support, Unsupported, WhyNot,
};
pub use self::check::{CheckReport, MissingPermission};
pub use self::class::ObjectClass;
pub use self::connector::Connector;
pub use self::context::Context;
pub use self::effect::SideEffect;
pub use self::error::{Certainty, ConnectorError, ErrorKind, Result, Retry};
pub use self::ext::{ConnectorExt, Listing, Pages};
pub use self::fields::Fields;
pub use self::info::ConnectorInfo;
pub use self::members::MemberPatch;
pub use self::object::Object;
pub use self::operation::{
    AccountStatus, CredentialKind, CredentialSource, DeleteMode, Operation, OperationKind, OwnershipScope,
    SessionScope, WriteRequest,
};
pub use self::outcome::{ManualTask, Outcome, OutcomeStatus};
pub use self::page::{Change, ChangePage, Page, RejectedItem};
pub use self::query::{ListQuery, Sort};
pub use self::rate::RateSignal;
pub use self::reference::{EntitlementRef, ObjectRef};
pub use self::schema::{ClassSchema, ConnectorSchema, ExclusiveGroup};
pub use self::secret::{Secret, SecretRef, SecretStore};
pub use self::shape::check_shape;
pub use self::timer::{Clock, Timer};
pub use self::token::{Cursor, DeltaToken, IdempotencyKey, JobRef, Version};
