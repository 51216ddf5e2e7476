use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::{Tenant, memory_capabilities};
use crate::{
    Capabilities, Certainty, ChangePage, CheckReport, Connector, ConnectorError, ConnectorInfo,
    ConnectorSchema, Context, CredentialSource, DeltaToken, ErrorKind, Execution, Fields, JobRef, ListQuery,
    Object, ObjectClass, ObjectRef, Operation, OperationKind, Outcome, Page, Result, Secret, Support,
    WriteRequest,
};

/// A connector to a [`Tenant`] in memory. Clones share the tenant.
///
/// # Examples
///
/// ```
/// use tenure_connector::memory::MemoryConnector;
/// use tenure_connector::{Connector, Context, ListQuery, ObjectClass, Operation, WriteRequest};
/// use tenure_scim::Resource;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (ctx, desk) = (Context::new("example"), MemoryConnector::new("desk"));
/// let resource = Resource::new("urn:ietf:params:scim:schemas:core:2.0:User").with("userName", "anna")?;
/// let create = Operation::Create { class: ObjectClass::USER, resource };
/// desk.apply(&ctx, &WriteRequest::new("step-1", create)).await?;
///
/// let page = desk.list(&ctx, &ListQuery::new(ObjectClass::USER)).await?;
/// assert_eq!(page.items.len(), 1);
/// assert!(page.complete);
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct MemoryConnector {
    name: Arc<str>,
    job_kinds: Vec<OperationKind>,
    complete: bool,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    tenant: Tenant,
    jobs: Vec<Job>,
}

#[derive(Debug)]
struct Job {
    request: WriteRequest,
    secret: Option<Secret>,
    polls_left: u32,
    ended: Option<Result<Outcome>>,
}

const POLLS: u32 = 1;
const POLL_AFTER: Duration = Duration::from_millis(10);

impl MemoryConnector {
    /// Connects to an empty tenant.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self::over(name, Tenant::new())
    }

    /// Connects to a tenant.
    #[must_use]
    pub fn over(name: &str, tenant: Tenant) -> Self {
        Self {
            name: name.into(),
            job_kinds: Vec::new(),
            complete: true,
            state: Arc::new(Mutex::new(State { tenant, jobs: Vec::new() })),
        }
    }

    /// Answers this kind of operation with a job that ends at the second poll.
    #[must_use]
    pub fn with_job(mut self, kind: OperationKind) -> Self {
        self.job_kinds.push(kind);
        self
    }

    /// Says of every list that it may have missed something, as a source does that cannot prove its completeness.
    #[must_use]
    pub fn incomplete(mut self) -> Self {
        self.complete = false;
        self
    }

    /// Looks at the tenant or changes it behind the connector's back.
    pub fn with_tenant<T>(&self, look: impl FnOnce(&mut Tenant) -> T) -> T {
        look(&mut self.lock().tenant)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn secret_of(ctx: &Context, operation: &Operation) -> Result<Option<Secret>> {
        let (Operation::SetCredential { credential, .. } | Operation::RotateCredential { credential, .. }) =
            operation
        else {
            return Ok(None);
        };
        let Some(store) = ctx.secrets() else {
            return Err(ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted)
                .with_detail("the operation names a secret, but the context has no secret store")
                .with_help("give one with `Context::with_secrets`"));
        };
        match credential {
            CredentialSource::Reference(name) => store.read(name).await.map(Some),
            CredentialSource::Generate { keep_as } => {
                let secret = generate();
                store.keep(keep_as, secret.clone()).await?;
                Ok(Some(secret))
            }
        }
    }
}

/// A secret from the randomness that the standard library seeds its hash maps with: fit for a system in memory only.
fn generate() -> Secret {
    let word = || RandomState::new().build_hasher().finish();
    Secret::new(format!("{:016x}{:016x}", word(), word()))
}

#[async_trait]
impl Connector for MemoryConnector {
    fn info(&self) -> ConnectorInfo {
        ConnectorInfo::new("memory", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), &*self.name)
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = memory_capabilities();
        for class in capabilities.classes.values_mut() {
            for (_, support) in class.operations.iter_mut().filter(|(kind, _)| self.job_kinds.contains(kind))
            {
                if let Support::Supported(support) = support {
                    support.execution = Execution::Job;
                }
            }
        }
        capabilities
    }

    async fn schema(&self, _: &Context) -> Result<ConnectorSchema> {
        Ok(self.lock().tenant.schema())
    }

    async fn check(&self, _: &Context) -> Result<CheckReport> {
        Ok(CheckReport::ok(self.capabilities()))
    }

    async fn get(&self, _: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        self.lock().tenant.get(object, fields)
    }

    async fn list(&self, _: &Context, query: &ListQuery) -> Result<Page> {
        Ok(Page { complete: self.complete, ..self.lock().tenant.list(query)? })
    }

    async fn changes(
        &self,
        _: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        self.lock().tenant.changes(class, since)
    }

    async fn apply(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        let secret = Self::secret_of(ctx, &request.operation).await?;
        let mut state = self.lock();
        if !self.job_kinds.contains(&request.operation.kind()) {
            return state.tenant.apply(request, secret);
        }
        state.tenant.check_supported(&request.operation)?;
        let known = state.jobs.iter().position(|job| job.request.key == request.key);
        if known.and_then(|at| state.jobs.get(at)).is_some_and(|job| job.ended.is_some()) {
            return state.tenant.apply(request, secret);
        }
        let at = known.unwrap_or(state.jobs.len());
        if known.is_none() {
            state.jobs.push(Job { request: request.clone(), secret, polls_left: POLLS, ended: None });
        }
        Ok(Outcome::accepted(job_ref(at, &request.operation), POLL_AFTER))
    }

    async fn poll(&self, _: &Context, job: &JobRef) -> Result<Outcome> {
        let mut state = self.lock();
        let State { tenant, jobs } = &mut *state;
        let found = job.id.parse().ok().and_then(|at: usize| jobs.get_mut(at));
        let Some(found) = found else {
            return Err(ConnectorError::new(ErrorKind::NotFound, Certainty::Refused)
                .with_detail(format!("no job `{}`", job.id)));
        };
        if found.polls_left > 0 {
            found.polls_left -= 1;
            return Ok(Outcome::accepted(job.clone(), POLL_AFTER));
        }
        found.ended.get_or_insert_with(|| tenant.apply(&found.request, found.secret.take())).clone()
    }
}

fn job_ref(at: usize, operation: &Operation) -> JobRef {
    let job = JobRef::new(at.to_string(), operation.kind());
    match operation.object() {
        Some(object) => job.with_object(object.clone()),
        None => job,
    }
}
