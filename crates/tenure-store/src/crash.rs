use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::{
    AccountRecord, ApprovalRecord, AsOf, AuditHead, AuditRecord, Batch, Claim, Glance, GrantRecord,
    HeldRecord, IdentityRecord, JournalEntry, Known, KnownTexts, LinkRecord, Lookup, NameRecord,
    OutlookRecord, PageRequest, PlanHead, PlanRecord, Result, Select, SnapshotRecord, StagedRow, Store,
    StoreError, Surroundings, Take, TaskRecord, Ticket, Told, Whom, WorkCount,
};

/// A store that counts the commits of another store and crashes at a chosen one. For tests of crash recovery.
#[derive(Debug)]
pub struct CrashStore {
    inner: Arc<dyn Store>,
    commits: AtomicU64,
    crashed: AtomicBool,
    point: Option<CrashPoint>,
    action: CrashAction,
}

/// Which commit crashes, and on which side of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashPoint {
    /// Just before the commit with this number, counted from one: the batch is lost.
    Before(u64),
    /// Just after it: the batch is stored, but the caller never learns of it.
    After(u64),
}

/// What a crash does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashAction {
    /// Every call from then on fails with [`StoreError::Crashed`].
    Fail,
    /// The process is aborted, as if it were killed.
    Abort,
}

impl CrashStore {
    /// Wraps a store. Without a point it only counts.
    #[must_use]
    pub fn new(inner: Arc<dyn Store>, point: Option<CrashPoint>, action: CrashAction) -> Self {
        Self { inner, commits: AtomicU64::new(0), crashed: AtomicBool::new(false), point, action }
    }

    /// The number of commits that were asked for.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::SeqCst)
    }

    /// Whether the crash point was reached.
    #[must_use]
    pub fn crashed(&self) -> bool {
        self.crashed.load(Ordering::SeqCst)
    }

    /// Crashes now, whatever the point: every later call fails.
    pub fn crash_now(&self) {
        self.crashed.store(true, Ordering::SeqCst);
    }

    fn alive(&self) -> Result<&dyn Store> {
        if self.crashed() { Err(StoreError::Crashed) } else { Ok(&*self.inner) }
    }

    fn crash(&self) -> StoreError {
        if self.action == CrashAction::Abort {
            std::process::abort();
        }
        self.crashed.store(true, Ordering::SeqCst);
        StoreError::Crashed
    }
}

#[async_trait]
impl Store for CrashStore {
    async fn commit(&self, batch: Batch) -> Result<()> {
        let inner = self.alive()?;
        let number = self.commits.fetch_add(1, Ordering::SeqCst) + 1;
        if self.point == Some(CrashPoint::Before(number)) {
            return Err(self.crash());
        }
        inner.commit(batch).await?;
        if self.point == Some(CrashPoint::After(number)) {
            return Err(self.crash());
        }
        Ok(())
    }

    async fn identities(&self, page: &PageRequest) -> Result<Vec<IdentityRecord>> {
        self.alive()?.identities(page).await
    }

    async fn identity(&self, id: &str) -> Result<Option<IdentityRecord>> {
        self.alive()?.identity(id).await
    }

    async fn identity_as_of(&self, id: &str, when: &AsOf) -> Result<Option<IdentityRecord>> {
        self.alive()?.identity_as_of(id, when).await
    }

    async fn identities_of(&self, ids: &[String]) -> Result<Vec<IdentityRecord>> {
        self.alive()?.identities_of(ids).await
    }

    async fn workloads(&self, page: &PageRequest) -> Result<Vec<IdentityRecord>> {
        self.alive()?.workloads(page).await
    }

    async fn glance(&self, page: &PageRequest) -> Result<Glance> {
        self.alive()?.glance(page).await
    }

    async fn outlooks(&self, page: &PageRequest) -> Result<Vec<OutlookRecord>> {
        self.alive()?.outlooks(page).await
    }

    async fn outlooks_of(&self, ids: &[String]) -> Result<Vec<OutlookRecord>> {
        self.alive()?.outlooks_of(ids).await
    }

    async fn due(&self, by: DateTime<Utc>, page: &PageRequest) -> Result<Vec<OutlookRecord>> {
        self.alive()?.due(by, page).await
    }

    async fn next_due(&self, after: DateTime<Utc>, except: &[String]) -> Result<Option<DateTime<Utc>>> {
        self.alive()?.next_due(after, except).await
    }

    async fn dependants(&self, on: &[String]) -> Result<Vec<String>> {
        self.alive()?.dependants(on).await
    }

    async fn unlinked(&self, target: &str, page: &PageRequest) -> Result<Vec<AccountRecord>> {
        self.alive()?.unlinked(target, page).await
    }

    async fn count_accounts(&self, target: &str) -> Result<u64> {
        self.alive()?.count_accounts(target).await
    }

    async fn accounts(&self, target: &str, page: &PageRequest) -> Result<Vec<AccountRecord>> {
        self.alive()?.accounts(target, page).await
    }

    async fn account(&self, target: &str, id: &str) -> Result<Option<AccountRecord>> {
        self.alive()?.account(target, id).await
    }

    async fn count_unlinked(&self, target: &str) -> Result<u64> {
        self.alive()?.count_unlinked(target).await
    }

    async fn changed_accounts(&self, accounts: Vec<AccountRecord>) -> Result<Vec<AccountRecord>> {
        self.alive()?.changed_accounts(accounts).await
    }

    async fn told(&self, target: &str, accounts: Vec<String>) -> Result<Vec<Told>> {
        self.alive()?.told(target, accounts).await
    }

    async fn account_ids(&self, target: &str, page: &PageRequest) -> Result<Vec<String>> {
        self.alive()?.account_ids(target, page).await
    }

    async fn links(&self, select: &Select) -> Result<Vec<LinkRecord>> {
        self.alive()?.links(select).await
    }

    async fn grants(&self, select: &Select) -> Result<Vec<GrantRecord>> {
        self.alive()?.grants(select).await
    }

    async fn grant(&self, id: &str) -> Result<Option<GrantRecord>> {
        self.alive()?.grant(id).await
    }

    async fn held(&self, select: &Select) -> Result<Vec<HeldRecord>> {
        self.alive()?.held(select).await
    }

    async fn count_held(&self, target: &str) -> Result<u64> {
        self.alive()?.count_held(target).await
    }

    async fn held_by(&self, target: &str, page: &PageRequest) -> Result<Vec<HeldRecord>> {
        self.alive()?.held_by(target, page).await
    }

    async fn held_as_of(&self, identity: &str, when: &AsOf) -> Result<Vec<HeldRecord>> {
        self.alive()?.held_as_of(identity, when).await
    }

    async fn name(&self, space: &str, key: &str) -> Result<Option<NameRecord>> {
        self.alive()?.name(space, key).await
    }

    async fn names_among(&self, names: &[(String, String)]) -> Result<Vec<NameRecord>> {
        self.alive()?.names_among(names).await
    }

    async fn names(&self, select: &Select) -> Result<Vec<NameRecord>> {
        self.alive()?.names(select).await
    }

    async fn plan(&self, hash: &str) -> Result<Option<PlanRecord>> {
        self.alive()?.plan(hash).await
    }

    async fn plan_head(&self, hash: &str) -> Result<Option<PlanHead>> {
        self.alive()?.plan_head(hash).await
    }

    async fn unfinished_plans(&self) -> Result<Vec<PlanHead>> {
        self.alive()?.unfinished_plans().await
    }

    async fn journal(&self, plan: &str) -> Result<Vec<JournalEntry>> {
        self.alive()?.journal(plan).await
    }

    async fn guard_count(&self, target: &str, operation: &str, after: DateTime<Utc>) -> Result<u64> {
        self.alive()?.guard_count(target, operation, after).await
    }

    async fn approvals(&self, plan: &str) -> Result<Vec<ApprovalRecord>> {
        self.alive()?.approvals(plan).await
    }

    async fn tasks(&self, select: &Select) -> Result<Vec<TaskRecord>> {
        self.alive()?.tasks(select).await
    }

    async fn snapshot(&self, scope: &str) -> Result<Option<SnapshotRecord>> {
        self.alive()?.snapshot(scope).await
    }

    async fn staged(&self, area: &str, page: &PageRequest) -> Result<Vec<StagedRow>> {
        self.alive()?.staged(area, page).await
    }

    async fn value(&self, key: &str) -> Result<Option<Value>> {
        self.alive()?.value(key).await
    }

    async fn values(&self, prefix: &str) -> Result<Vec<(String, Value)>> {
        self.alive()?.values(prefix).await
    }

    async fn audit(&self, after: u64, limit: usize) -> Result<Vec<AuditRecord>> {
        self.alive()?.audit(after, limit).await
    }

    async fn audit_head(&self) -> Result<AuditHead> {
        self.alive()?.audit_head().await
    }

    async fn check_queue(&self) -> Result<()> {
        self.alive()?.check_queue().await
    }

    async fn take(&self, ask: &Take) -> Result<Vec<Claim>> {
        self.alive()?.take(ask).await
    }

    async fn keep(&self, tickets: &[Ticket], now: DateTime<Utc>, lease: TimeDelta) -> Result<Vec<Ticket>> {
        self.alive()?.keep(tickets, now, lease).await
    }

    async fn has_work(&self, run: &str) -> Result<bool> {
        self.alive()?.has_work(run).await
    }

    async fn count_works(&self, run: &str) -> Result<WorkCount> {
        self.alive()?.count_works(run).await
    }

    async fn ended_works(&self, run: &str) -> Result<Vec<(String, String)>> {
        self.alive()?.ended_works(run).await
    }

    async fn known_of(&self, whom: &Whom) -> Result<Known> {
        self.alive()?.known_of(whom).await
    }

    async fn known_texts(&self, ids: &[String]) -> Result<KnownTexts> {
        self.alive()?.known_texts(ids).await
    }

    async fn look_up(&self, lookup: &Lookup) -> Result<Surroundings> {
        self.alive()?.look_up(lookup).await
    }
}
