use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tenure_connector::memory::Tenant;
use tenure_connector::{
    Capabilities, Certainty, ChangePage, CheckReport, Connector, ConnectorError, ConnectorInfo,
    ConnectorSchema, Context, DeltaToken, ErrorKind, Fields, JobRef, ListQuery, Object, ObjectClass,
    ObjectRef, Outcome, Page, Result, WriteRequest, files,
};

use crate::capabilities::manual_capabilities;
use crate::replay::{is_seen, replay, subject};
use crate::{Guide, ManualConfig, Task, TaskStatus, instructions, ledger};

/// Writes tasks into a ledger and reads back which of them people have done.
///
/// A write whose wanted state holds already, by what the ledger says was done, is already so and makes no task; one that
/// waits in the ledger makes no second task.
///
/// # Examples
///
/// ```
/// use tenure_connector::{Connector, ConnectorExt, Context, JobRef, ObjectClass, OperationKind, OutcomeStatus};
/// use tenure_connector_manual::{ManualConfig, ManualConnector, TaskStatus};
/// use tenure_scim::Resource;
///
/// # let directory = tempfile::tempdir()?;
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let ledger = directory.path().join("mailchimp.csv");
/// let (ctx, people) = (Context::new("example"), ManualConnector::new(ManualConfig::new("Mailchimp", ledger)));
/// let resource = Resource::new("urn:ietf:params:scim:schemas:core:2.0:User").with("userName", "anna")?;
/// let outcome = people.create(&ctx, "step-1", ObjectClass::USER, resource).await?;
/// let OutcomeStatus::Manual { instructions } = outcome.status else { return Err("a task".into()) };
/// assert_eq!(instructions.title, "Create an account for anna in Mailchimp");
///
/// people.close(&instructions.id, TaskStatus::Done, Some("mc-77"), None)?;
/// let done = people.poll(&ctx, &JobRef::new(instructions.id, OperationKind::Create)).await?;
/// assert_eq!(done.object.map(|object| object.id).as_deref(), Some("mc-77"));
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct ManualConnector {
    config: ManualConfig,
    guide: Option<Guide>,
    one_at_a_time: Arc<Mutex<()>>,
}

impl ManualConnector {
    /// Takes a configuration. The ledger is made with the first task.
    #[must_use]
    pub fn new(config: ManualConfig) -> Self {
        Self { config, guide: None, one_at_a_time: Arc::default() }
    }

    /// Follows what is known of one vendor's system.
    #[must_use]
    pub fn guided_by(mut self, guide: Guide) -> Self {
        self.guide = Some(guide);
        self
    }

    /// Every task of the ledger, oldest first.
    ///
    /// # Errors
    ///
    /// `InvalidInput` with the place, when somebody damaged the ledger; `Permission` or `Unavailable`, when it cannot be
    /// read.
    pub fn tasks(&self) -> Result<Vec<Task>> {
        let _alone = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        ledger::read(&self.config.ledger)
    }

    /// Marks a task, as a person would in the file.
    ///
    /// # Errors
    ///
    /// Those of [`tasks`](Self::tasks); `NotFound`, when there is no such task.
    pub fn close(
        &self,
        id: &str,
        status: TaskStatus,
        account: Option<&str>,
        note: Option<&str>,
    ) -> Result<()> {
        self.edit(|tasks| {
            let task = tasks.iter_mut().find(|task| task.id == id).ok_or_else(|| no_task(id))?;
            task.status = status;
            task.account = account.map(str::to_owned).or(task.account.take());
            task.note = note.map(str::to_owned).or(task.note.take());
            Ok(())
        })
    }

    fn edit<T>(&self, change: impl FnOnce(&mut Vec<Task>) -> Result<T>) -> Result<T> {
        let _alone = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = self.config.ledger.parent().unwrap_or(std::path::Path::new("."));
        let _locked = files::lock(directory)?;
        let mut tasks = ledger::read(&self.config.ledger)?;
        let before = tasks.clone();
        let result = change(&mut tasks)?;
        if tasks != before {
            ledger::write(&self.config.ledger, &tasks)?;
        }
        Ok(result)
    }

    fn state(&self) -> Result<Tenant> {
        Ok(self.replay(&self.tasks()?))
    }

    fn replay(&self, tasks: &[Task]) -> Tenant {
        replay(tasks, self.guide.as_ref().and_then(Guide::tenant))
    }

    fn known(&self, class: &ObjectClass) -> Result<()> {
        match manual_capabilities().class(class) {
            Some(_) => Ok(()),
            None => Err(ConnectorError::unknown_class(class)),
        }
    }

    fn write_down(&self, tasks: &mut Vec<Task>, request: &WriteRequest) -> Result<Outcome> {
        if let Some(task) = tasks.iter().find(|task| task.key == request.key) {
            return match task.status {
                TaskStatus::Done => Ok(Outcome::already_so().with_object(subject(task))),
                _ => answer(task),
            };
        }
        if let Some(settled) = settled(&mut self.replay(tasks), request)? {
            return Ok(settled);
        }
        let waits = |task: &&Task| task.status == TaskStatus::Open && task.operation == request.operation;
        if let Some(task) = tasks.iter().find(waits) {
            return answer(task);
        }
        let way = self.guide.as_ref().map(|guide| (guide.steps)(&request.operation)).unwrap_or_default();
        let (title, steps) = instructions::write(&self.config, &request.operation, way);
        let task = Task {
            id: format!("T{}", tasks.len() + 1),
            status: TaskStatus::Open,
            title,
            steps,
            assignee: self.config.assignee.clone(),
            account: None,
            note: None,
            key: request.key.clone(),
            operation: request.operation.clone(),
        };
        let outcome = answer(&task);
        tasks.push(task);
        outcome
    }
}

/// The answer without a task, where the ledger already knows it: the state holds, or the request cannot be meant.
fn settled(state: &mut Tenant, request: &WriteRequest) -> Result<Option<Outcome>> {
    let unlocked = WriteRequest::new(request.key.clone(), request.operation.clone());
    if is_seen(request.operation.kind()) {
        let tried = state.apply(&unlocked, None)?;
        return Ok(tried.is_already_so().then_some(tried));
    }
    let Some(object) = request.operation.object() else { return Ok(None) };
    match state.get(object, &Fields::All) {
        Ok(_) => Ok(None),
        Err(error) if error.kind() == ErrorKind::NotFound && request.operation.satisfied_by_absence() => {
            Ok(Some(Outcome::already_gone()))
        }
        Err(error) => Err(error),
    }
}

fn answer(task: &Task) -> Result<Outcome> {
    match task.status {
        TaskStatus::Open => Ok(Outcome::manual(task.instructions())),
        TaskStatus::Done => Ok(Outcome::done(true).with_object(subject(task))),
        TaskStatus::Rejected => {
            let why = task.note.as_deref().unwrap_or("no reason given");
            Err(ConnectorError::new(ErrorKind::Policy, Certainty::Refused)
                .with_detail(format!("task `{}` was rejected: {why}", task.id)))
        }
    }
}

fn no_task(id: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::NotFound, Certainty::Refused)
        .with_detail(format!("no task `{id}` in the ledger"))
}

#[async_trait]
impl Connector for ManualConnector {
    fn info(&self) -> ConnectorInfo {
        let system = self.guide.as_ref().map_or("manual", |guide| guide.system.as_str());
        ConnectorInfo::new(system, env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), &self.config.system)
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = manual_capabilities();
        if let Some(guide) = &self.guide {
            guide.narrow(&mut capabilities);
        }
        capabilities
    }

    async fn schema(&self, _: &Context) -> Result<ConnectorSchema> {
        let mut schema = self.replay(&[]).schema();
        schema.classes.retain(|class, _| self.known(class).is_ok());
        Ok(schema)
    }

    async fn check(&self, _: &Context) -> Result<CheckReport> {
        self.tasks()?;
        Ok(CheckReport::ok(self.capabilities()))
    }

    async fn get(&self, _: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        self.known(&object.class)?;
        self.state()?.get(object, fields)
    }

    async fn list(&self, _: &Context, query: &ListQuery) -> Result<Page> {
        self.known(&query.class)?;
        self.state()?.list(query)
    }

    async fn changes(&self, _: &Context, class: &ObjectClass, _: Option<&DeltaToken>) -> Result<ChangePage> {
        self.known(class)?;
        Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted)
            .with_detail("a ledger tells no changes; list it and compare"))
    }

    async fn apply(&self, _: &Context, request: &WriteRequest) -> Result<Outcome> {
        let (class, kind) = (request.operation.class(), request.operation.kind());
        self.known(class)?;
        if let Some(because) = self.capabilities().why_not(class, kind) {
            return Err(ConnectorError::unsupported(class, kind).with_help(because.detail));
        }
        self.edit(|tasks| self.write_down(tasks, request))
    }

    async fn poll(&self, _: &Context, job: &JobRef) -> Result<Outcome> {
        let tasks = self.tasks()?;
        let task = tasks.iter().find(|task| task.id == job.id).ok_or_else(|| no_task(&job.id))?;
        answer(task)
    }
}
