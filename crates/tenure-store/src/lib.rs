//! Durable state for the engine, and the SQL-backed directory connector.
//!
//! A [`Store`] keeps what Tenure must not forget between runs: identities with their history, links between
//! identities and accounts, accounts last seen, grants and held entitlements with their origins, the identifier
//! registry, plans, the journal, guard counters, approvals, open tasks, the queues of workers and the audit chain.
//!
//! Every change is a [`Batch`] of [`Write`]s that is applied whole or not at all. Three implementations share one set
//! of contract tests: [`MemoryStore`] for tests and embedding experiments, `SqliteStore` (feature `sqlite`) as the
//! embedded default, and `PostgresStore` (feature `postgres`) for many programs that share one state.
//!
//! ```
//! use chrono::DateTime;
//! use tenure_store::{Batch, LinkRecord, MemoryStore, Select, Store, Write};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let store = MemoryStore::new();
//! let since = DateTime::from_timestamp(1_767_225_600, 0).ok_or("time")?;
//! let link = LinkRecord::new("zendesk", "u-1", "w-100", "created", since);
//! store.commit(Batch::new().with(Write::Link(link.clone()))).await?;
//! assert_eq!(store.links(&Select::Identity("w-100".into())).await?, [link]);
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `sqlite` | the embedded store and directory, over the system's SQLite |
//! | `sqlite-bundled` | the same, over a SQLite that is compiled in |
//! | `postgres` | the store and the directory for many programs |
//! | `rustls-ring`, `rustls-aws-lc` | TLS to PostgreSQL with this provider |
//! | `tls` | TLS with the provider that the program installs for its process |
//!
//! # Errors
//!
//! [`StoreError`] tells a write that contradicts what is stored, with what was expected and what was found, from a database that cannot be reached or was written by a newer
//! version. Nothing of a batch that failed is kept.
//!
//! # Limits
//!
//! A SQLite store belongs to one program at a time, and writes wait for the disk. PostgreSQL is spoken to over 16 connections. Nothing is encrypted: protect the file or
//! the database. Migrations only go forwards.

mod audit;
mod batch;
mod crash;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub mod directory;
mod error;
mod hash;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
mod record;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
mod row;
mod rules;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;
mod told;
mod touch;

pub use audit::{
    AuditCheck, AuditDraft, AuditError, AuditHead, AuditRecord, AuditSummary, export_trailer, verify_audit,
};
pub use batch::{Batch, Condition, Write};
pub use crash::{CrashAction, CrashPoint, CrashStore};
pub use error::{Result, StoreError};
pub use hash::{canonical_hash, canonical_json, sha256_hex};
pub use memory::MemoryStore;
#[cfg(feature = "postgres")]
pub use postgres::PostgresStore;
pub use record::{
    AccountRecord, ApprovalRecord, Claim, Glance, Glimpse, GrantRecord, GuardCount, HeldRecord,
    IdentityRecord, JournalEntry, JournalPhase, Known, KnownTexts, LinkRecord, Lookup, NameRecord, NameState,
    OutlookRecord, PersonTexts, PlanHead, PlanRecord, PlanStatus, Print, SnapshotRecord, StagedRow,
    Surroundings, Take, TaskRecord, TaskState, TextOf, Ticket, Told, ToldHeld, ToldRecord, WorkCount,
    WorkRecord,
};
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteStore;
pub use store::{AsOf, PageRequest, Select, Store, Whom};
