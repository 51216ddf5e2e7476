use std::time::Duration;

use async_trait::async_trait;
use tenure_connector::{
    Capabilities, Certainty, ChangePage, CheckReport, Connector, ConnectorError, ConnectorInfo,
    ConnectorSchema, Context, DeltaToken, ErrorKind, Fields, JobRef, ListQuery, Object, ObjectClass,
    ObjectRef, Outcome, Page, Result, WriteRequest,
};
use tenure_scim::{ResourceSchema, SchemaRegistry};

use crate::SqlConfig;
use crate::capabilities::capabilities;
use crate::db::Backend;
use crate::error::{unsupported, wrong};
use crate::layout::{Links, Rows, schema};

/// Provisions the users, groups and memberships in tables of any layout.
///
/// Every write is one transaction, reads the row that it wrote back, and needs a tokio runtime.
#[derive(Debug)]
pub struct SqlConnector {
    pub(crate) backend: Backend,
    pub(crate) users: Rows,
    pub(crate) groups: Option<Rows>,
    pub(crate) links: Option<Links>,
    pub(crate) page_size: u32,
    timeout: Duration,
    schema: ConnectorSchema,
    registry: SchemaRegistry,
}

impl SqlConnector {
    /// Makes a connector; connects to nothing yet.
    ///
    /// # Errors
    ///
    /// `Config`, when the layout contradicts itself, names an attribute that is not in a schema, or the program was built
    /// without the database's feature; or when a server on another machine is named without `allow_plain`.
    #[expect(clippy::needless_pass_by_value, reason = "a configuration becomes the connector, as everywhere")]
    pub fn new(config: SqlConfig) -> Result<Self> {
        let users = Rows::new(ObjectClass::USER, &config.users)?;
        let groups = config.groups.as_ref().map(|table| Rows::new(ObjectClass::GROUP, table)).transpose()?;
        if config.groups.as_ref().is_some_and(|table| table.status.is_some() || table.last_login.is_some()) {
            return Err(wrong("a group has neither a status nor a last login"));
        }
        let links = config.memberships.as_ref().map(Links::new).transpose()?;
        if links.is_some() && groups.is_none() {
            return Err(wrong(
                "expected the table of the `groups` that the `memberships` are of, found none",
            ));
        }
        let schema = schema(&users, groups.as_ref(), links.is_some())?;
        let (registry, backend) = (schema.registry()?, Backend::new(&config)?);
        let (page_size, timeout) = (config.page_size, config.timeout);
        Ok(Self { backend, users, groups, links, page_size, timeout, schema, registry })
    }

    pub(crate) fn compiled(&self, class: &ObjectClass) -> Result<&ResourceSchema> {
        self.registry.resource(class.as_str()).ok_or_else(|| ConnectorError::unknown_class(class))
    }

    /// The rows of a class that has a table of its own.
    pub(crate) fn rows(&self, class: &ObjectClass) -> Result<&Rows> {
        match &self.groups {
            _ if *class == ObjectClass::USER => Ok(&self.users),
            Some(groups) if *class == ObjectClass::GROUP => Ok(groups),
            _ => Err(ConnectorError::unknown_class(class)),
        }
    }

    /// Ends a call that takes too long. What a write did by then is unknown.
    async fn within<T>(
        &self,
        ctx: &Context,
        certainty: Certainty,
        call: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let limit = ctx.deadline().map_or(self.timeout, |deadline| deadline.min(self.timeout));
        tokio::time::timeout(limit, call).await.unwrap_or_else(|_| {
            let late = ConnectorError::new(ErrorKind::Timeout, certainty);
            Err(late.with_detail("the database did not answer in time"))
        })
    }
}

#[async_trait]
impl Connector for SqlConnector {
    fn info(&self) -> ConnectorInfo {
        ConnectorInfo::new("sql", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), self.backend.instance())
    }

    fn capabilities(&self) -> Capabilities {
        capabilities(&self.users, self.groups.as_ref(), self.links.is_some())
    }

    async fn schema(&self, _: &Context) -> Result<ConnectorSchema> {
        Ok(self.schema.clone())
    }

    async fn check(&self, ctx: &Context) -> Result<CheckReport> {
        self.within(ctx, Certainty::NotAttempted, self.look(self.capabilities())).await
    }

    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        let schema = self.compiled(&object.class)?;
        self.within(ctx, Certainty::NotAttempted, async {
            let found = self.read(object, fields).await?.ok_or_else(|| ConnectorError::not_found(object))?;
            Ok(Object { resource: fields.project(&found.resource, schema), ..found })
        })
        .await
    }

    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        self.compiled(&query.class)?;
        self.within(ctx, Certainty::NotAttempted, self.page(query)).await
    }

    async fn changes(&self, _: &Context, class: &ObjectClass, _: Option<&DeltaToken>) -> Result<ChangePage> {
        Err(unsupported(format!("a table does not tell changes of class `{class}`"))
            .with_help("list with a filter on `meta.lastModified`"))
    }

    async fn apply(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        let (class, kind) = (request.operation.class(), request.operation.kind());
        self.compiled(class)?;
        if let Some(because) = self.capabilities().why_not(class, kind) {
            return Err(ConnectorError::unsupported(class, kind).with_detail(because.detail));
        }
        self.within(ctx, Certainty::Unknown, self.write(request)).await
    }

    async fn poll(&self, _: &Context, job: &JobRef) -> Result<Outcome> {
        Err(unsupported(format!("a database starts no jobs, so there is none called `{}`", job.id)))
    }
}
