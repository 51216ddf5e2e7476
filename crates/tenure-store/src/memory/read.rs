use std::collections::BTreeSet;
use std::ops::Bound;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::MemoryStore;
use crate::rules;
use crate::{
    AccountRecord, ApprovalRecord, AsOf, AuditHead, AuditRecord, Batch, Claim, Glance, GrantRecord,
    HeldRecord, IdentityRecord, JournalEntry, Known, KnownTexts, LinkRecord, Lookup, NameRecord,
    OutlookRecord, PageRequest, PlanHead, PlanRecord, Result, Select, SnapshotRecord, StagedRow, Store,
    Surroundings, Take, TaskRecord, Ticket, Told, Whom, WorkCount,
};

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, batch: Batch) -> Result<()> {
        self.lock().apply(batch)
    }

    async fn identities(&self, page: &PageRequest) -> Result<Vec<IdentityRecord>> {
        let start = page.after.clone().map_or(Bound::Unbounded, Bound::Excluded);
        Ok(self
            .lock()
            .identities
            .range((start, Bound::Unbounded))
            .filter_map(|(_, versions)| versions.last().cloned())
            .take(page.limit)
            .collect())
    }

    async fn identity(&self, id: &str) -> Result<Option<IdentityRecord>> {
        Ok(self.lock().identities.get(id).and_then(|versions| versions.last().cloned()))
    }

    async fn identity_as_of(&self, id: &str, when: &AsOf) -> Result<Option<IdentityRecord>> {
        let versions = self.lock().identities.get(id).cloned().unwrap_or_default();
        Ok(rules::identity_as_of(versions, when))
    }

    async fn identities_of(&self, ids: &[String]) -> Result<Vec<IdentityRecord>> {
        let state = self.lock();
        let ids: BTreeSet<&String> = ids.iter().collect();
        Ok(ids.into_iter().filter_map(|id| state.identities.get(id)?.last().cloned()).collect())
    }

    async fn workloads(&self, page: &PageRequest) -> Result<Vec<IdentityRecord>> {
        let start = page.after.clone().map_or(Bound::Unbounded, Bound::Excluded);
        let state = self.lock();
        let found = state.identities.range((start, Bound::Unbounded)).filter_map(|(_, all)| all.last());
        Ok(found.filter(|record| record.kind == IdentityRecord::WORKLOAD).take(page.limit).cloned().collect())
    }

    async fn glance(&self, page: &PageRequest) -> Result<Glance> {
        let identities = self.identities(page).await?;
        self.lock().glance(&identities)
    }

    async fn outlooks(&self, page: &PageRequest) -> Result<Vec<OutlookRecord>> {
        Ok(self.lock().outlooks.page(page, |_| true))
    }

    async fn outlooks_of(&self, ids: &[String]) -> Result<Vec<OutlookRecord>> {
        Ok(self.lock().outlooks.of(ids))
    }

    async fn due(&self, by: DateTime<Utc>, page: &PageRequest) -> Result<Vec<OutlookRecord>> {
        Ok(self.lock().outlooks.page(page, |record| record.due.is_some_and(|due| due <= by)))
    }

    async fn next_due(&self, after: DateTime<Utc>, except: &[String]) -> Result<Option<DateTime<Utc>>> {
        Ok(self.lock().outlooks.next(after, except))
    }

    async fn dependants(&self, on: &[String]) -> Result<Vec<String>> {
        Ok(self.lock().outlooks.dependants(on))
    }

    async fn unlinked(&self, target: &str, page: &PageRequest) -> Result<Vec<AccountRecord>> {
        let after = page.after.as_deref();
        let start = Bound::Included((target.to_owned(), after.unwrap_or_default().to_owned()));
        let state = self.lock();
        let found = state.accounts.range((start, Bound::Unbounded));
        Ok(found
            .take_while(|((found, _), _)| found == target)
            .filter(|((_, id), _)| Some(id.as_str()) != after)
            .filter(|(key, _)| !state.links.get(*key).is_some_and(LinkRecord::is_live))
            .map(|(_, record)| record.clone())
            .take(page.limit)
            .collect())
    }

    async fn count_accounts(&self, target: &str) -> Result<u64> {
        let start = Bound::Included((target.to_owned(), String::new()));
        let state = self.lock();
        let found = state.accounts.range((start, Bound::Unbounded));
        Ok(found.take_while(|((found, _), _)| found == target).count() as u64)
    }

    async fn accounts(&self, target: &str, page: &PageRequest) -> Result<Vec<AccountRecord>> {
        let after = page.after.as_deref();
        let start = Bound::Included((target.to_owned(), after.unwrap_or_default().to_owned()));
        Ok(self
            .lock()
            .accounts
            .range((start, Bound::Unbounded))
            .take_while(|((found, _), _)| found == target)
            .filter(|((_, id), _)| Some(id.as_str()) != after)
            .map(|(_, record)| record.clone())
            .take(page.limit)
            .collect())
    }

    async fn account(&self, target: &str, id: &str) -> Result<Option<AccountRecord>> {
        Ok(self.lock().accounts.get(&(target.to_owned(), id.to_owned())).cloned())
    }

    async fn count_unlinked(&self, target: &str) -> Result<u64> {
        Ok(self.unlinked(target, &PageRequest::first(usize::MAX)).await?.len() as u64)
    }

    async fn changed_accounts(&self, mut accounts: Vec<AccountRecord>) -> Result<Vec<AccountRecord>> {
        let state = self.lock();
        accounts.retain(|account| {
            let stored = state.accounts.get(&(account.target.clone(), account.id.clone()));
            !stored.is_some_and(|stored| stored.is_as(account))
        });
        Ok(accounts)
    }

    async fn told(&self, target: &str, accounts: Vec<String>) -> Result<Vec<Told>> {
        let state = self.lock();
        let told = accounts.into_iter().map(|id| state.told.get(&(target.to_owned(), id)).cloned());
        Ok(told.map(Option::unwrap_or_default).collect())
    }

    async fn account_ids(&self, target: &str, page: &PageRequest) -> Result<Vec<String>> {
        Ok(self.accounts(target, page).await?.into_iter().map(|account| account.id).collect())
    }

    async fn links(&self, select: &Select) -> Result<Vec<LinkRecord>> {
        Ok(pick(self.lock().links.values(), select, |link| (Some(&link.identity), Some(&link.target))))
    }

    async fn grants(&self, select: &Select) -> Result<Vec<GrantRecord>> {
        Ok(pick(self.lock().grants.values(), select, |grant| (Some(&grant.identity), None)))
    }

    async fn grant(&self, id: &str) -> Result<Option<GrantRecord>> {
        Ok(self.lock().grants.get(id).cloned())
    }

    async fn held(&self, select: &Select) -> Result<Vec<HeldRecord>> {
        Ok(pick(self.lock().held.values(), select, |held| (held.identity.as_ref(), Some(&held.target))))
    }

    async fn count_held(&self, target: &str) -> Result<u64> {
        Ok(self.lock().held_in(target, None).count() as u64)
    }

    async fn held_by(&self, target: &str, page: &PageRequest) -> Result<Vec<HeldRecord>> {
        let state = self.lock();
        let (mut held, mut accounts) = (Vec::<HeldRecord>::new(), 0);
        for record in state.held_in(target, page.after.as_deref()) {
            if held.last().is_none_or(|last| last.account != record.account) {
                accounts += 1;
            }
            if accounts > page.limit {
                break;
            }
            held.push(record.clone());
        }
        Ok(held)
    }

    async fn held_as_of(&self, identity: &str, when: &AsOf) -> Result<Vec<HeldRecord>> {
        let state = self.lock();
        let events =
            state.held_history.iter().filter(|event| event.held.identity.as_deref() == Some(identity));
        Ok(rules::held_as_of(events.cloned(), when))
    }

    async fn name(&self, space: &str, key: &str) -> Result<Option<NameRecord>> {
        Ok(self.lock().names.get(&(space.to_owned(), key.to_owned())).cloned())
    }

    async fn names_among(&self, names: &[(String, String)]) -> Result<Vec<NameRecord>> {
        let state = self.lock();
        Ok(names.iter().filter_map(|name| state.names.get(name).cloned()).collect())
    }

    async fn names(&self, select: &Select) -> Result<Vec<NameRecord>> {
        let state = self.lock();
        let wanted = |name: &&NameRecord| match select {
            Select::All => true,
            Select::Identity(identity) => name.identity == *identity,
            Select::Identities(identities) => identities.contains(&name.identity),
            Select::Target(target) => {
                name.space.strip_prefix(target.as_str()).is_some_and(|rest| rest.starts_with('/'))
            }
        };
        Ok(state.names.values().filter(wanted).cloned().collect())
    }

    async fn plan(&self, hash: &str) -> Result<Option<PlanRecord>> {
        Ok(self.lock().plans.get(hash).cloned())
    }

    async fn plan_head(&self, hash: &str) -> Result<Option<PlanHead>> {
        Ok(self.lock().plans.get(hash).map(head))
    }

    async fn unfinished_plans(&self) -> Result<Vec<PlanHead>> {
        let state = self.lock();
        let open = state.plans.values().filter(|plan| plan.status.is_open());
        let mut plans: Vec<PlanHead> = open.map(head).collect();
        plans.sort_by(|a, b| (a.created, &a.hash).cmp(&(b.created, &b.hash)));
        Ok(plans)
    }

    async fn journal(&self, plan: &str) -> Result<Vec<JournalEntry>> {
        Ok(self.lock().journal.iter().filter(|entry| entry.plan == plan).cloned().collect())
    }

    async fn guard_count(&self, target: &str, operation: &str, after: DateTime<Utc>) -> Result<u64> {
        let state = self.lock();
        let counted = |count: &&crate::GuardCount| {
            count.target == target && count.operation == operation && count.at > after
        };
        Ok(state.guards.iter().filter(counted).map(|count| count.count).sum())
    }

    async fn approvals(&self, plan: &str) -> Result<Vec<ApprovalRecord>> {
        Ok(self.lock().approvals.iter().filter(|approval| approval.plan == plan).cloned().collect())
    }

    async fn tasks(&self, select: &Select) -> Result<Vec<TaskRecord>> {
        Ok(pick(self.lock().tasks.values(), select, |task| (task.identity.as_ref(), task.target.as_ref())))
    }

    async fn snapshot(&self, scope: &str) -> Result<Option<SnapshotRecord>> {
        Ok(self.lock().snapshots.get(scope).cloned())
    }

    async fn staged(&self, area: &str, page: &PageRequest) -> Result<Vec<StagedRow>> {
        let state = self.lock();
        let after = page.after.clone().map_or(Bound::Unbounded, Bound::Excluded);
        let rows =
            state.staged.get(area).into_iter().flat_map(|rows| rows.range((after.clone(), Bound::Unbounded)));
        Ok(rows.take(page.limit).flat_map(|(_, rows)| rows.iter().cloned()).collect())
    }

    async fn value(&self, key: &str) -> Result<Option<Value>> {
        Ok(self.lock().values.get(key).cloned())
    }

    async fn values(&self, prefix: &str) -> Result<Vec<(String, Value)>> {
        let state = self.lock();
        let found = state.values.iter().filter(|(key, _)| key.starts_with(prefix));
        Ok(found.map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    async fn audit(&self, after: u64, limit: usize) -> Result<Vec<AuditRecord>> {
        Ok(self.lock().audit.iter().filter(|record| record.seq > after).take(limit).cloned().collect())
    }

    async fn audit_head(&self) -> Result<AuditHead> {
        Ok(self.lock().head())
    }

    async fn check_queue(&self) -> Result<()> {
        Ok(())
    }

    async fn take(&self, ask: &Take) -> Result<Vec<Claim>> {
        Ok(self.lock().works.take(ask))
    }

    async fn keep(&self, tickets: &[Ticket], now: DateTime<Utc>, lease: TimeDelta) -> Result<Vec<Ticket>> {
        Ok(self.lock().works.keep(tickets, now, lease))
    }

    async fn has_work(&self, run: &str) -> Result<bool> {
        Ok(self.lock().works.count(run).left() > 0)
    }

    async fn count_works(&self, run: &str) -> Result<WorkCount> {
        Ok(self.lock().works.count(run))
    }

    async fn ended_works(&self, run: &str) -> Result<Vec<(String, String)>> {
        Ok(self.lock().works.ended(run))
    }

    async fn known_of(&self, whom: &Whom) -> Result<Known> {
        let (identities, asked) = match whom {
            Whom::Page(page) => (self.identities(page).await?, [].as_slice()),
            Whom::These(ids) => (self.identities_of(ids).await?, ids.as_slice()),
        };
        Ok(self.lock().known_of(identities, asked))
    }

    async fn known_texts(&self, ids: &[String]) -> Result<KnownTexts> {
        let identities = self.identities_of(ids).await?;
        self.lock().known_texts(identities, ids)
    }

    async fn look_up(&self, lookup: &Lookup) -> Result<Surroundings> {
        Ok(self.lock().look_up(lookup))
    }
}

fn pick<'a, T: Clone + 'a>(
    records: impl Iterator<Item = &'a T>,
    select: &Select,
    keys: impl Fn(&T) -> (Option<&String>, Option<&String>),
) -> Vec<T> {
    records
        .filter(|record| {
            let (identity, target) = keys(record);
            match select {
                Select::All => true,
                Select::Identity(wanted) => identity == Some(wanted),
                Select::Identities(wanted) => identity.is_some_and(|found| wanted.contains(found)),
                Select::Target(wanted) => target == Some(wanted),
            }
        })
        .cloned()
        .collect()
}

fn head(plan: &PlanRecord) -> PlanHead {
    PlanHead { hash: plan.hash.clone(), created: plan.created, status: plan.status }
}
