use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use tenure_connector::{
    Capabilities, Certainty, ChangePage, CheckReport, Connector, ConnectorError, ConnectorInfo,
    ConnectorSchema, Context, DeltaToken, ErrorKind, Fields, JobRef, ListQuery, Object, ObjectClass,
    ObjectRef, Outcome, Page, Result, WriteRequest,
};

use crate::LdapConfig;
use crate::link::Link;
use crate::model::Model;
use crate::read::Walks;
use crate::{capabilities, check};

/// Provisions into a directory.
///
/// It opens a connection with the first call and keeps it; each walk through a list has one of its own, because
/// servers keep the state of a paged search with its connection. It needs a tokio runtime. It never waits and never
/// repeats; layers around it do.
pub struct LdapConnector {
    pub(crate) config: LdapConfig,
    pub(crate) model: Model,
    pub(crate) link: Link,
    pub(crate) walks: Walks,
}

impl LdapConnector {
    /// Makes a connector; connects to nothing yet.
    ///
    /// # Errors
    ///
    /// `Config`, when the URL, the layout or the certificates cannot be used, or when the connector's own password would
    /// be sent without TLS.
    pub fn new(config: LdapConfig) -> Result<Self> {
        let model = Model::new(&config)?;
        let link = Link::new(&config)?;
        Ok(Self { config, model, link, walks: Walks::new() })
    }

    pub(crate) fn limit(&self, ctx: &Context) -> Duration {
        ctx.deadline().map_or(self.config.timeout, |deadline| deadline.min(self.config.timeout))
    }

    pub(crate) fn capabilities_now(&self) -> Capabilities {
        capabilities::of(&self.config, &self.model.dialect)
    }
}

#[async_trait]
impl Connector for LdapConnector {
    fn info(&self) -> ConnectorInfo {
        let url = &self.config.url;
        let host = url.host_str().filter(|host| !host.is_empty()).unwrap_or("localhost");
        let instance = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        ConnectorInfo::new("ldap", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), instance)
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities_now()
    }

    async fn schema(&self, _: &Context) -> Result<ConnectorSchema> {
        Ok(self.model.schema.clone())
    }

    async fn check(&self, ctx: &Context) -> Result<CheckReport> {
        check::check(self, &self.link.open(ctx).await?).await
    }

    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        self.model.compiled(&object.class)?;
        self.read_one(&self.link.shared(ctx).await?, object, fields).await
    }

    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        self.read_page(ctx, query).await
    }

    async fn changes(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        self.model.compiled(class)?;
        self.read_changes(ctx, class, since).await
    }

    async fn apply(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        let (class, kind) = (request.operation.class(), request.operation.kind());
        self.model.compiled(class)?;
        if let Some(because) = self.capabilities_now().why_not(class, kind) {
            return Err(ConnectorError::unsupported(class, kind).with_detail(because.detail));
        }
        self.write(&self.link.shared(ctx).await?, ctx, request).await
    }

    async fn poll(&self, _: &Context, job: &JobRef) -> Result<Outcome> {
        let detail = format!("a directory starts no jobs, so there is none called `{}`", job.id);
        Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted).with_detail(detail))
    }
}

impl fmt::Debug for LdapConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LdapConnector").field("config", &self.config).finish_non_exhaustive()
    }
}
