//! A target that does nothing, and a population for it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use tenure_connector::entitlement::Entitlement;
use tenure_connector::memory::{MemoryConnector, Tenant};
use tenure_connector::record::WorkerRecord;
use tenure_connector::*;
use tenure_policy::{Policy, PolicyDocument};

/// Answers every write at once, or after a while, and keeps nothing.
#[derive(Debug)]
pub(crate) struct Nothing(MemoryConnector, Duration);

impl Nothing {
    pub(crate) fn new() -> Self {
        let tenant = Tenant::new()
            .with_entitlement(Entitlement::new("role", "user"))
            .with_entitlement(Entitlement::new("group", "all"));
        Self(MemoryConnector::over("t", tenant), Duration::ZERO)
    }

    /// Lets every write take a while.
    pub(crate) fn after(self, wait: Duration) -> Self {
        Self(self.0, wait)
    }
}

#[async_trait]
impl Connector for Nothing {
    fn info(&self) -> ConnectorInfo {
        self.0.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }

    async fn schema(&self, ctx: &Context) -> Result<ConnectorSchema> {
        self.0.schema(ctx).await
    }

    async fn check(&self, ctx: &Context) -> Result<CheckReport> {
        self.0.check(ctx).await
    }

    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        self.0.get(ctx, object, fields).await
    }

    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        self.0.list(ctx, query).await
    }

    async fn changes(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        self.0.changes(ctx, class, since).await
    }

    async fn apply(&self, _: &Context, request: &WriteRequest) -> Result<Outcome> {
        if !self.1.is_zero() {
            tokio::time::sleep(self.1).await;
        }
        let mut outcome = Outcome::done(true);
        if let Operation::Create { class, resource } = &request.operation {
            let id = resource.text("userName").unwrap_or_default();
            outcome.object = Some(ObjectRef::new(class.clone(), id));
        }
        Ok(outcome)
    }

    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        self.0.poll(ctx, job).await
    }
}

#[derive(Debug)]
pub(crate) struct Real(Instant);

impl Real {
    pub(crate) fn timer() -> Arc<dyn Timer> {
        Arc::new(Self(Instant::now()))
    }
}

impl Timer for Real {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, wait: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>> {
        Box::pin(tokio::time::sleep(wait))
    }
}

pub(crate) fn people(count: usize) -> Tenant {
    (0..count).fold(Tenant::new(), |tenant, number| {
        let id = format!("w{number:07}");
        let start = "2025-01-01".parse().unwrap();
        let record = WorkerRecord::new(&id, &format!("e{number}"), "Employee", "Given", &id, start);
        tenant.with_worker(&record)
    })
}

/// Each person has one account with a role and a group: three effects.
pub(crate) fn policy() -> Policy {
    let text = "
version: 1
lifecycle: { zone: Europe/Berlin }
roles: { all: { entitlements: [{ target: t, role: user, group: all }] } }
rules: [{ id: all, when: 'userType eq \"Employee\"', roles: [all] }]
targets:
  t:
    mode: managed
    username: { from: [{ slug: externalId }] }
    attributes:
      - { id: a, to: externalId, from: externalId }
      - { id: b, to: displayName, from: displayName }
    leaver: [disable, remove_entitlements]
";
    Policy::compile(PolicyDocument::from_yaml("bench.yaml", text).unwrap()).unwrap()
}
