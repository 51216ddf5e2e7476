//! The records a store keeps.

mod account;
mod glance;
mod governance;
mod grant;
mod identity;
mod journal;
mod known;
mod name;
mod outlook;
mod snapshot;
mod staged;
mod texts;
mod told;
mod work;

pub use account::{AccountRecord, LinkRecord};
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use glance::others;
pub use glance::{Glance, Glimpse};
pub use governance::{ApprovalRecord, GuardCount, TaskRecord, TaskState};
pub use grant::{GrantRecord, HeldRecord};
pub use identity::IdentityRecord;
pub use journal::{JournalEntry, JournalPhase, PlanHead, PlanRecord, PlanStatus};
pub use known::Known;
pub use name::{NameRecord, NameState};
pub use outlook::OutlookRecord;
pub use snapshot::SnapshotRecord;
pub use staged::StagedRow;
pub use texts::{KnownTexts, PersonTexts, TextOf};
pub use told::{Print, Told, ToldHeld, ToldRecord};
pub use work::{Claim, Lookup, Surroundings, Take, Ticket, WorkCount, WorkRecord};
