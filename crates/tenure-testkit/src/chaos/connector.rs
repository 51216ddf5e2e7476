use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tenure_connector::{
    Capabilities, Certainty, ChangePage, CheckReport, Connector, ConnectorError, ConnectorInfo,
    ConnectorSchema, Context, DeltaToken, ErrorKind, Fields, JobRef, ListQuery, Object, ObjectClass,
    ObjectRef, Outcome, Page, Result, Timer, WriteRequest,
};

use super::{ChaosEvent, Fault, Schedule};

/// Wraps a connector and makes calls go wrong as a [`Schedule`] says.
///
/// # Examples
///
/// ```
/// use tenure_connector::memory::MemoryConnector;
/// use tenure_connector::{Certainty, Connector, ConnectorExt, Context, ListQuery, ObjectClass};
/// use tenure_scim::Resource;
/// use tenure_testkit::chaos::{ChaosConnector, Fault, Schedule};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let ctx = Context::new("example");
/// let desk = ChaosConnector::new(MemoryConnector::new("desk"), Schedule::quiet());
/// desk.inject(Fault::LostAnswer);
/// let anna = Resource::new("urn:ietf:params:scim:schemas:core:2.0:User").with("userName", "anna")?;
/// let error = desk.create(&ctx, "step-1", ObjectClass::USER, anna).await.unwrap_err();
/// assert_eq!(error.certainty(), Certainty::Unknown);
/// assert_eq!(desk.list(&ctx, &ListQuery::new(ObjectClass::USER)).await?.items.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ChaosConnector<C> {
    inner: C,
    timer: Option<Arc<dyn Timer>>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    schedule: Schedule,
    injected: Option<Fault>,
    calls: u64,
    log: Vec<ChaosEvent>,
    crashed: bool,
    seen: BTreeMap<ObjectRef, Object>,
}

impl<C: Connector> ChaosConnector<C> {
    /// Wraps a connector.
    #[must_use]
    pub fn new(inner: C, schedule: Schedule) -> Self {
        let state = State {
            schedule,
            injected: None,
            calls: 0,
            log: Vec::new(),
            crashed: false,
            seen: BTreeMap::new(),
        };
        Self { inner, timer: None, state: Mutex::new(state) }
    }

    /// Lets slow answers pass time; without a timer they come at once.
    #[must_use]
    pub fn with_timer(mut self, timer: Arc<dyn Timer>) -> Self {
        self.timer = Some(timer);
        self
    }

    /// Makes the next call go wrong, whatever the schedule says.
    pub fn inject(&self, fault: Fault) {
        self.lock().injected = Some(fault);
    }

    /// Whether the program is dead.
    #[must_use]
    pub fn crashed(&self) -> bool {
        self.lock().crashed
    }

    /// Starts the program again.
    pub fn restart(&self) {
        self.lock().crashed = false;
    }

    /// What went wrong so far; [`Schedule::replay`] makes it happen again.
    #[must_use]
    pub fn log(&self) -> Vec<ChaosEvent> {
        self.lock().log.clone()
    }

    /// The connector that is wrapped, for a look without chaos.
    pub fn inner(&self) -> &C {
        &self.inner
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts the call and says what goes wrong with it; the errors of a call that never happens come from here.
    async fn begin(&self, method: &str, fits: impl Fn(Fault) -> bool) -> Result<Option<Fault>> {
        let fault = {
            let mut state = self.lock();
            if state.crashed {
                return Err(dead(Certainty::NotAttempted));
            }
            let call = state.calls;
            state.calls += 1;
            let scheduled = state.schedule.next(call);
            let fault = state.injected.take().or(scheduled).filter(|fault| fits(*fault));
            if let Some(fault) = fault {
                state.log.push(ChaosEvent { call, method: method.to_owned(), fault });
                state.crashed = fault == Fault::CrashBefore;
            }
            fault
        };
        match fault {
            Some(Fault::NotSent) => Err(ConnectorError::new(ErrorKind::Unavailable, Certainty::NotAttempted)
                .with_detail("the connection was refused")),
            Some(Fault::Throttled { retry_after }) => {
                let error = ConnectorError::new(ErrorKind::RateLimited, Certainty::Refused)
                    .with_detail("too many calls");
                Err(match retry_after {
                    Some(wait) => error.with_retry_after(wait),
                    None => error,
                })
            }
            Some(Fault::CrashBefore) => Err(dead(Certainty::NotAttempted)),
            Some(Fault::Slow { wait }) => {
                if let Some(timer) = &self.timer {
                    timer.sleep(wait).await;
                }
                Ok(fault)
            }
            _ => Ok(fault),
        }
    }

    /// Loses the answer of a call that happened, where that is the fault.
    fn end<T>(&self, fault: Option<Fault>, answer: Result<T>) -> Result<T> {
        match fault {
            Some(Fault::LostAnswer) => Err(ConnectorError::new(ErrorKind::Timeout, Certainty::Unknown)
                .with_detail("the answer did not come")),
            Some(Fault::CrashAfter) => {
                self.lock().crashed = true;
                Err(dead(Certainty::Unknown))
            }
            _ => answer,
        }
    }
}

fn dead(certainty: Certainty) -> ConnectorError {
    ConnectorError::new(ErrorKind::Unexpected, certainty).with_detail("the program died")
}

fn any_call(fault: Fault) -> bool {
    !matches!(fault, Fault::PartialPage | Fault::DuplicatedItem | Fault::StaleRead)
}

#[async_trait]
impl<C: Connector> Connector for ChaosConnector<C> {
    fn info(&self) -> ConnectorInfo {
        self.inner.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn schema(&self, ctx: &Context) -> Result<ConnectorSchema> {
        let fault = self.begin("schema", any_call).await?;
        let answer = self.inner.schema(ctx).await;
        self.end(fault, answer)
    }

    async fn check(&self, ctx: &Context) -> Result<CheckReport> {
        let fault = self.begin("check", any_call).await?;
        let answer = self.inner.check(ctx).await;
        self.end(fault, answer)
    }

    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        let fault = self.begin("get", |fault| any_call(fault) || fault == Fault::StaleRead).await?;
        if fault == Some(Fault::StaleRead)
            && let Some(stale) = self.lock().seen.get(object)
        {
            return Ok(stale.clone());
        }
        let answer = self.inner.get(ctx, object, fields).await;
        if let (Ok(fresh), Fields::All) = (&answer, fields) {
            self.lock().seen.insert(object.clone(), fresh.clone());
        }
        self.end(fault, answer)
    }

    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        let fault = self.begin("list", |fault| fault != Fault::StaleRead).await?;
        let mut answer = self.inner.list(ctx, query).await;
        if let Ok(page) = &mut answer {
            match fault {
                Some(Fault::PartialPage) => {
                    page.items.truncate(page.items.len() / 2);
                    page.complete = false;
                }
                Some(Fault::DuplicatedItem) => page.items.extend(page.items.first().cloned()),
                _ => {}
            }
        }
        self.end(fault, answer)
    }

    async fn changes(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        let fault = self.begin("changes", any_call).await?;
        let answer = self.inner.changes(ctx, class, since).await;
        self.end(fault, answer)
    }

    async fn apply(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        let fault = self.begin("apply", any_call).await?;
        let answer = self.inner.apply(ctx, request).await;
        self.end(fault, answer)
    }

    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        let fault = self.begin("poll", any_call).await?;
        let answer = self.inner.poll(ctx, job).await;
        self.end(fault, answer)
    }
}
