use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::{
    AccountRecord, ApprovalRecord, AuditHead, AuditRecord, Batch, Claim, Glance, GrantRecord, HeldRecord,
    IdentityRecord, JournalEntry, Known, KnownTexts, LinkRecord, Lookup, NameRecord, OutlookRecord, PlanHead,
    PlanRecord, Result, SnapshotRecord, StagedRow, Surroundings, Take, TaskRecord, Ticket, Told, WorkCount,
};

/// Durable state. Object-safe: an engine holds an `Arc<dyn Store>`.
///
/// All changes go through [`commit`](Store::commit); everything else reads. When `commit` returns `Ok` the batch
/// survives a power failure (as far as the implementation is durable at all); when it returns an error nothing of
/// the batch was applied. Lists come in the order of their keys.
///
/// # Errors
///
/// Every method fails with [`StoreError::Unavailable`](crate::StoreError::Unavailable) when the database cannot be
/// used, and with [`StoreError::Corrupt`](crate::StoreError::Corrupt) when a stored document cannot be read.
///
/// # Cancel safety
///
/// Dropping the future of `commit` leaves the batch either applied or not applied.
#[async_trait]
pub trait Store: Send + Sync + std::fmt::Debug {
    /// Applies a batch whole or not at all.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`](crate::StoreError::Conflict) when a condition does not hold or a write contradicts
    /// what is stored.
    async fn commit(&self, batch: Batch) -> Result<()>;

    /// Reads a page of identities, each in its latest version.
    async fn identities(&self, page: &PageRequest) -> Result<Vec<IdentityRecord>>;

    /// Reads an identity in its latest version.
    async fn identity(&self, id: &str) -> Result<Option<IdentityRecord>>;

    /// Reads an identity as it was at one moment, as known at another.
    async fn identity_as_of(&self, id: &str, when: &AsOf) -> Result<Option<IdentityRecord>>;

    /// Reads some identities, each in its latest version. Those that do not exist are left out.
    async fn identities_of(&self, ids: &[String]) -> Result<Vec<IdentityRecord>>;

    /// Reads a page of the identities that are workloads, each in its latest version.
    async fn workloads(&self, page: &PageRequest) -> Result<Vec<IdentityRecord>>;

    /// Reads a page of all identities with their outlooks and explicit grants, of one state of the store.
    async fn glance(&self, page: &PageRequest) -> Result<Glance>;

    /// Reads a page of the outlooks of all identities.
    async fn outlooks(&self, page: &PageRequest) -> Result<Vec<OutlookRecord>>;

    /// Reads the outlooks of some identities, of those that have one.
    async fn outlooks_of(&self, ids: &[String]) -> Result<Vec<OutlookRecord>>;

    /// Reads a page of the outlooks of the identities that have to be looked at by a moment.
    async fn due(&self, by: DateTime<Utc>, page: &PageRequest) -> Result<Vec<OutlookRecord>>;

    /// The first moment after another at which an identity has to be looked at that is not among some.
    async fn next_due(&self, after: DateTime<Utc>, except: &[String]) -> Result<Option<DateTime<Utc>>>;

    /// Reads which identities depend on others.
    async fn dependants(&self, on: &[String]) -> Result<Vec<String>>;

    /// Reads a page of a target's accounts that have no live link.
    async fn unlinked(&self, target: &str, page: &PageRequest) -> Result<Vec<AccountRecord>>;

    /// Counts a target's accounts as last seen.
    async fn count_accounts(&self, target: &str) -> Result<u64>;

    /// Reads a page of a target's accounts as last seen.
    async fn accounts(&self, target: &str, page: &PageRequest) -> Result<Vec<AccountRecord>>;

    /// Reads an account as last seen.
    async fn account(&self, target: &str, id: &str) -> Result<Option<AccountRecord>>;

    /// Counts a target's accounts that have no live link.
    async fn count_unlinked(&self, target: &str) -> Result<u64>;

    /// Returns, of some accounts, those that are not stored as they are here, whenever they were seen.
    async fn changed_accounts(&self, accounts: Vec<AccountRecord>) -> Result<Vec<AccountRecord>>;

    /// Reads what a target told of some of its accounts, in their order: nothing, where that is not known any more.
    async fn told(&self, target: &str, accounts: Vec<String>) -> Result<Vec<Told>>;

    /// Reads a page of the ids of a target's accounts.
    async fn account_ids(&self, target: &str, page: &PageRequest) -> Result<Vec<String>>;

    /// Reads links, tombstones included.
    async fn links(&self, select: &Select) -> Result<Vec<LinkRecord>>;

    /// Reads explicit grants, past ones included. [`Select::Target`] selects none: grants are per identity.
    async fn grants(&self, select: &Select) -> Result<Vec<GrantRecord>>;

    /// Reads one explicit grant.
    async fn grant(&self, id: &str) -> Result<Option<GrantRecord>>;

    /// Reads the entitlements that are held now.
    async fn held(&self, select: &Select) -> Result<Vec<HeldRecord>>;

    /// Counts the entitlements that are held now in a target.
    async fn count_held(&self, target: &str) -> Result<u64>;

    /// Reads the entitlements that are held now by some of a target's accounts: those after an account, the entitlements of
    /// at most as many accounts as the page has room for.
    async fn held_by(&self, target: &str, page: &PageRequest) -> Result<Vec<HeldRecord>>;

    /// Reads the entitlements that an identity held at one moment, as known at another.
    async fn held_as_of(&self, identity: &str, when: &AsOf) -> Result<Vec<HeldRecord>>;

    /// Reads a name.
    async fn name(&self, space: &str, key: &str) -> Result<Option<NameRecord>>;

    /// Reads those of some names that there are, by space and key, in any order.
    async fn names_among(&self, names: &[(String, String)]) -> Result<Vec<NameRecord>>;

    /// Reads every name, or those of one identity. [`Select::Target`] selects the spaces that start with `target/`.
    async fn names(&self, select: &Select) -> Result<Vec<NameRecord>>;

    /// Reads a plan.
    async fn plan(&self, hash: &str) -> Result<Option<PlanRecord>>;

    /// Finds out how far a plan has come, without reading it.
    async fn plan_head(&self, hash: &str) -> Result<Option<PlanHead>>;

    /// Tells which plans are being applied, oldest first.
    async fn unfinished_plans(&self) -> Result<Vec<PlanHead>>;

    /// Reads a plan's journal in the order of writing.
    async fn journal(&self, plan: &str) -> Result<Vec<JournalEntry>>;

    /// Counts guarded operations after a moment.
    async fn guard_count(&self, target: &str, operation: &str, after: DateTime<Utc>) -> Result<u64>;

    /// Reads the approvals of a plan.
    async fn approvals(&self, plan: &str) -> Result<Vec<ApprovalRecord>>;

    /// Reads tasks, closed ones included.
    async fn tasks(&self, select: &Select) -> Result<Vec<TaskRecord>>;

    /// Reads what the last look at a source or target brought.
    async fn snapshot(&self, scope: &str) -> Result<Option<SnapshotRecord>>;

    /// Reads the rows of an area that are about the identities after one, at most as many identities as the page has room for:
    /// in the order of the identities, and those of each in the order in which they came.
    async fn staged(&self, area: &str, page: &PageRequest) -> Result<Vec<StagedRow>>;

    /// Reads a small named value.
    async fn value(&self, key: &str) -> Result<Option<Value>>;

    /// Reads the small named values whose names start with a prefix.
    async fn values(&self, prefix: &str) -> Result<Vec<(String, Value)>>;

    /// Reads audit records after a sequence number (zero: from the start), at most `limit`.
    async fn audit(&self, after: u64, limit: usize) -> Result<Vec<AuditRecord>>;

    /// Reads the end of the audit chain.
    async fn audit_head(&self) -> Result<AuditHead>;

    /// Checks that works can be handed to workers through this store.
    ///
    /// # Errors
    ///
    /// [`StoreError::Queue`](crate::StoreError::Queue) when what that needs is missing.
    async fn check_queue(&self) -> Result<()>;

    /// Takes works out of a queue for a while: those that nobody has, or whose taker's lease has run out.
    ///
    /// A claim may be forgotten when the database itself crashes; whoever had it then finds it void.
    async fn take(&self, ask: &Take) -> Result<Vec<Claim>>;

    /// Extends the lease of works. Returns those that are still in the hands of who took them.
    async fn keep(&self, tickets: &[Ticket], now: DateTime<Utc>, lease: TimeDelta) -> Result<Vec<Ticket>>;

    /// Whether a run has works that have not ended.
    async fn has_work(&self, run: &str) -> Result<bool>;

    /// Counts the works of a run.
    async fn count_works(&self, run: &str) -> Result<WorkCount>;

    /// Reads how the works of a run ended that have, by their ids.
    async fn ended_works(&self, run: &str) -> Result<Vec<(String, String)>>;

    /// Reads identities with everything that belongs to them, in one go.
    async fn known_of(&self, whom: &Whom) -> Result<Known>;

    /// Reads the same of some identities, as far as they exist, and leaves its texts as they are.
    async fn known_texts(&self, ids: &[String]) -> Result<KnownTexts>;

    /// Reads what is around some identities and accounts of one target, in one go.
    async fn look_up(&self, lookup: &Lookup) -> Result<Surroundings>;
}

/// Which records to read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Select {
    /// Every record.
    All,
    /// The records of one identity.
    Identity(String),
    /// The records of some identities.
    Identities(Vec<String>),
    /// The records of one target.
    Target(String),
}

/// Whom to read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Whom {
    /// A page of all identities.
    Page(PageRequest),
    /// These, as far as they exist.
    These(Vec<String>),
}

/// A page of a list that is ordered by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// The last id of the page before.
    pub after: Option<String>,
    /// How many records at most.
    pub limit: usize,
}

impl PageRequest {
    /// Asks for the first records.
    #[must_use]
    pub fn first(limit: usize) -> Self {
        Self { after: None, limit }
    }

    /// Asks for the records after an id.
    #[must_use]
    pub fn after(id: impl Into<String>, limit: usize) -> Self {
        Self { after: Some(id.into()), limit }
    }
}

/// A point in both times: what held at `effective`, as it was known at `known`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsOf {
    /// The moment that is asked about.
    pub effective: DateTime<Utc>,
    /// The moment whose knowledge counts.
    pub known: DateTime<Utc>,
}

impl AsOf {
    /// Asks about a moment with the knowledge of that moment.
    #[must_use]
    pub fn at(moment: DateTime<Utc>) -> Self {
        Self { effective: moment, known: moment }
    }
}
