//! Systems that make up what they list, page by page, so that a population costs no memory here.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::memory::{MemoryConnector, Tenant};
use tenure_connector::record::WorkerRecord;
use tenure_connector::*;
use tenure_scim::Resource;

const PAGE: usize = 1_000;
/// Where an account points at the account of somebody's manager.
pub(crate) const MANAGER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value";

/// A source of workers, or a target in which each of them has one account.
#[derive(Debug)]
pub(crate) struct Mill {
    inner: MemoryConnector,
    people: usize,
    /// How many accounts it has besides those that were made here: none, or one for everybody.
    account: Option<Resource>,
    /// What each account holds.
    holds: Vec<EntitlementRef>,
    /// How many people have moved.
    pub(crate) moved: AtomicUsize,
    told: AtomicUsize,
}

impl Mill {
    pub(crate) fn source(people: usize) -> Self {
        let worker = Tenant::new().with_worker(&worker(0, false));
        Self::new(MemoryConnector::over("hr", worker), people, None)
    }

    /// A target that is empty, or whose accounts look like this one.
    pub(crate) fn target(name: &str, people: usize, account: Option<Resource>) -> Self {
        let tenant = holdings().fold(Tenant::new(), |tenant, held| {
            tenant.with_entitlement(Entitlement::new(held.kind.as_str(), held.id.as_str()))
        });
        Self::new(MemoryConnector::over(name, tenant), people, account)
    }

    fn new(inner: MemoryConnector, people: usize, account: Option<Resource>) -> Self {
        let holds = holdings().collect();
        Self { inner, people, account, holds, moved: AtomicUsize::new(0), told: AtomicUsize::new(0) }
    }

    fn moved(&self, number: usize) -> bool {
        let every = (self.people / 100).max(1);
        number.is_multiple_of(every) && number / every < self.moved.load(Ordering::SeqCst)
    }

    fn worker(&self, number: usize) -> Object {
        let record = worker(number, self.moved(number));
        let object = ObjectRef::new(ObjectClass::WORKER, record.engagement_id.as_str());
        Object::new(object, Resource::from(&record))
    }
}

/// What everybody holds in every target.
pub(crate) fn holdings() -> impl Iterator<Item = EntitlementRef> {
    [("role", "user"), ("group", "all")].into_iter().map(|(kind, id)| EntitlementRef::new(kind, id))
}

pub(crate) fn name(number: usize) -> String {
    format!("w{number:07}")
}

pub(crate) fn worker(number: usize, moved: bool) -> WorkerRecord {
    let id = name(number);
    let start = "2025-01-01".parse().unwrap();
    let mut record = WorkerRecord::new(&id, &format!("e{number:07}"), "Employee", "Given", &id, start);
    record.department = Some(if moved { "Moved" } else { "Sales" }.to_owned());
    record.manager_id = Some(name(number / 10));
    record
}

#[async_trait]
impl Connector for Mill {
    fn info(&self) -> ConnectorInfo {
        self.inner.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn schema(&self, ctx: &Context) -> Result<ConnectorSchema> {
        self.inner.schema(ctx).await
    }

    async fn check(&self, ctx: &Context) -> Result<CheckReport> {
        self.inner.check(ctx).await
    }

    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        self.inner.get(ctx, object, fields).await
    }

    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        let start: usize =
            query.cursor.as_ref().and_then(|cursor| cursor.as_str().parse().ok()).unwrap_or_default();
        let end = (start + PAGE).min(self.people);
        let mut items = Vec::with_capacity(PAGE);
        if query.class == ObjectClass::WORKER {
            items.extend((start..end).map(|number| self.worker(number)));
        } else if query.class == ObjectClass::USER || query.class == ObjectClass::GRANT {
            let Some(account) = &self.account else { return Ok(Page::last(Vec::new())) };
            for number in start..end {
                let id = name(number);
                if query.class == ObjectClass::USER {
                    let mut account = account.clone();
                    for (attribute, value) in named(&id) {
                        account.set(&attribute.parse().unwrap(), value);
                    }
                    let manager = MANAGER.parse().unwrap();
                    if account.get(&manager).is_some() {
                        account.set(&manager, name(number / 10));
                    }
                    items.push(Object::new(ObjectRef::new(ObjectClass::USER, id.as_str()), account));
                    continue;
                }
                for held in &self.holds {
                    let grant = GrantRecord::new(id.as_str(), held.clone());
                    let object = ObjectRef::new(ObjectClass::GRANT, format!("{id}/{held}"));
                    items.push(Object::new(object, Resource::from(&grant)));
                }
            }
        } else {
            return self.inner.list(ctx, query).await;
        }
        let mut page = Page::last(items);
        page.next = (end < self.people).then(|| Cursor::new(end.to_string()));
        Ok(page)
    }

    async fn changes(
        &self,
        _: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        let mut changes = Vec::new();
        let moved = self.moved.load(Ordering::SeqCst);
        if *class == ObjectClass::WORKER && since.is_some() && self.told.swap(moved, Ordering::SeqCst) < moved
        {
            let people = (0..self.people).step_by((self.people / 100).max(1)).take(moved);
            changes.extend(people.map(|number| Change::Upserted(self.worker(number))));
        }
        Ok(ChangePage { changes, token: DeltaToken::new("now"), more: false, rate: None })
    }

    async fn apply(&self, _: &Context, request: &WriteRequest) -> Result<Outcome> {
        let mut outcome = Outcome::done(true);
        if let Operation::Create { class, resource } = &request.operation {
            outcome.object =
                Some(ObjectRef::new(class.clone(), resource.text("userName").unwrap_or_default()));
        }
        Ok(outcome)
    }

    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        self.inner.poll(ctx, job).await
    }
}

/// The attributes of an account that carry who it is.
pub(crate) fn named(id: &str) -> [(&'static str, String); 4] {
    [
        ("id", id.to_owned()),
        ("userName", id.to_owned()),
        ("externalId", id.to_owned()),
        ("displayName", format!("Given {id}")),
    ]
}
