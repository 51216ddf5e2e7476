use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use tenure_connector::{
    Capabilities, Certainty, ChangePage, CheckReport, Connector, ConnectorError, ConnectorInfo,
    ConnectorSchema, Context, DeltaToken, ErrorKind, Fields, JobRef, ListQuery, Object, ObjectClass,
    ObjectRef, Outcome, Page, Result, WriteRequest,
};
use tenure_scim::{ResourceSchema, SchemaRegistry};
use tokio::sync::Mutex;

use crate::capabilities::capabilities;
use crate::files::Host;
use crate::runner::{Command, Finished, Runner, Through};
use crate::{LinuxConfig, schema};

/// Provisions the local accounts and groups of a Linux host.
///
/// It reads the host's files and writes with the host's own tools, one command for one change. It needs a tokio runtime.
pub struct LinuxConnector {
    pub(crate) config: LinuxConfig,
    runner: Arc<dyn Runner>,
    /// Between a look and the change that follows from it no other change is made.
    pub(crate) writing: Mutex<()>,
    /// One command at a time: the tools refuse to work side by side.
    running: Arc<Mutex<()>>,
    schema: ConnectorSchema,
    registry: SchemaRegistry,
}

impl LinuxConnector {
    /// Makes a connector; runs nothing yet.
    ///
    /// # Errors
    ///
    /// `Config`, when the range of ids has room for `root`, or no room at all.
    pub fn new(config: LinuxConfig) -> Result<Self> {
        let runner = Through { before: config.through.clone(), remote_shell: config.remote_shell };
        Self::over(config, Arc::new(runner))
    }

    /// Makes a connector whose commands are run by something else.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn over(config: LinuxConfig, runner: Arc<dyn Runner>) -> Result<Self> {
        let (first, last) = config.ids;
        if first == 0 || last < first {
            let error = ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted);
            return Err(
                error.with_detail(format!("expected a range of ids without 0, found {first} to {last}"))
            );
        }
        let schema = schema::schema()?;
        let (writing, running) = (Mutex::new(()), Arc::default());
        Ok(Self { config, runner, writing, running, registry: schema.registry()?, schema })
    }

    pub(crate) fn compiled(&self, class: &ObjectClass) -> Result<&ResourceSchema> {
        self.registry.resource(class.as_str()).ok_or_else(|| ConnectorError::unknown_class(class))
    }

    pub(crate) fn is_running(&self) -> bool {
        self.config.root.is_none()
    }

    /// A path of the host, where its commands find it.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.config.root.as_deref().unwrap_or_default().trim_end_matches('/'))
    }

    /// Runs a command to its end, also when the call is dropped: a tool that is stopped half-way leaves its locks and half of
    /// its files. What comes next waits, and sees what it did.
    pub(crate) async fn run(&self, command: &Command) -> Result<Finished> {
        let alone = Arc::clone(&self.running).lock_owned().await;
        let (runner, command) = (Arc::clone(&self.runner), command.clone());
        let ended = tokio::spawn(async move {
            let finished = runner.run(&command).await;
            drop(alone);
            finished
        });
        ended.await.unwrap_or_else(|_| {
            Err(ConnectorError::new(ErrorKind::Unexpected, Certainty::Unknown)
                .with_detail("the runner panicked"))
        })
    }

    /// What the host's files say.
    pub(crate) async fn host(&self) -> Result<Host> {
        let mut texts = Vec::new();
        for file in ["/etc/passwd", "/etc/shadow", "/etc/group"] {
            let finished = self.run(&Command::new(["cat", "--", &self.path(file)])).await?;
            if finished.code != Some(0) {
                let denied = finished.complaint.contains("Permission denied");
                let kind = if denied { ErrorKind::Permission } else { ErrorKind::Unavailable };
                let error = ConnectorError::new(kind, Certainty::NotAttempted);
                return Err(error.with_detail(format!("cannot read `{file}` of `{}`", self.config.host)));
            }
            let text = String::from_utf8(finished.output).map_err(|_| {
                ConnectorError::new(ErrorKind::Protocol, Certainty::Refused)
                    .with_detail(format!("expected text in `{file}`, found bytes"))
            })?;
            texts.push(text);
        }
        match texts.as_slice() {
            [passwd, shadow, group] => Host::read(passwd, shadow, group),
            _ => Ok(Host::default()),
        }
    }

    async fn within<T>(
        &self,
        ctx: &Context,
        certainty: Certainty,
        call: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let limit = ctx.deadline().map_or(self.config.timeout, |deadline| deadline.min(self.config.timeout));
        tokio::time::timeout(limit, call).await.unwrap_or_else(|_| {
            let late = ConnectorError::new(ErrorKind::Timeout, certainty);
            Err(late.with_detail("the host did not answer in time"))
        })
    }
}

#[async_trait]
impl Connector for LinuxConnector {
    fn info(&self) -> ConnectorInfo {
        ConnectorInfo::new("linux", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), &self.config.host)
    }

    fn capabilities(&self) -> Capabilities {
        capabilities(self.is_running())
    }

    async fn schema(&self, _: &Context) -> Result<ConnectorSchema> {
        Ok(self.schema.clone())
    }

    async fn check(&self, ctx: &Context) -> Result<CheckReport> {
        self.within(ctx, Certainty::NotAttempted, async {
            let host = self.host().await?;
            let mut report = CheckReport::ok(self.capabilities());
            for name in self.config.grantable.iter().filter(|name| host.group_named(name).is_none()) {
                report.warnings.push(format!("the host has no group `{name}` that could be granted"));
            }
            Ok(report)
        })
        .await
    }

    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        let schema = self.compiled(&object.class)?;
        self.within(ctx, Certainty::NotAttempted, async {
            let found = self.one(&self.host().await?, object)?;
            let found = found.ok_or_else(|| ConnectorError::not_found(object))?;
            Ok(Object { resource: fields.project(&found.resource, schema), ..found })
        })
        .await
    }

    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        self.compiled(&query.class)?;
        self.within(ctx, Certainty::NotAttempted, async { self.page(&self.host().await?, query) }).await
    }

    async fn changes(&self, _: &Context, class: &ObjectClass, _: Option<&DeltaToken>) -> Result<ChangePage> {
        Err(unsupported(format!("a host does not tell changes of class `{class}`")))
    }

    async fn apply(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        let (class, kind) = (request.operation.class(), request.operation.kind());
        self.compiled(class)?;
        if let Some(because) = self.capabilities().why_not(class, kind) {
            return Err(ConnectorError::unsupported(class, kind).with_detail(because.detail));
        }
        self.within(ctx, Certainty::Unknown, self.write(ctx, request)).await
    }

    async fn poll(&self, _: &Context, job: &JobRef) -> Result<Outcome> {
        Err(unsupported(format!("a host starts no jobs, so there is none called `{}`", job.id)))
    }
}

impl fmt::Debug for LinuxConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinuxConnector").field("config", &self.config).finish_non_exhaustive()
    }
}

pub(crate) fn unsupported(detail: impl Into<String>) -> ConnectorError {
    ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted).with_detail(detail)
}
