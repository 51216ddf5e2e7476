use std::fmt;

use async_trait::async_trait;
use tenure_connector::{
    Capabilities, Certainty, ChangePage, CheckReport, Connector, ConnectorError, ConnectorInfo,
    ConnectorSchema, Context, DeltaToken, ErrorKind, Fields, JobRef, ListQuery, Object, ObjectClass,
    ObjectRef, Outcome, Page, Result, WriteRequest,
};
use tenure_scim::{ResourceSchema, SchemaRegistry};
use tenure_tls::postgres::Server;
use tokio_postgres::GenericClient;

use crate::capabilities::capabilities;
use crate::list::unsupported;
use crate::role::{Role, SELECT};
use crate::{PostgresConfig, error, schema, session};

/// Provisions the roles of a PostgreSQL server.
///
/// It opens a connection for each call and needs a tokio runtime. A write is one transaction, but for what the server
/// does not do in one: see the notes on deletion and ownership.
pub struct PostgresConnector {
    pub(crate) config: PostgresConfig,
    pub(crate) server: Server,
    schema: ConnectorSchema,
    registry: SchemaRegistry,
}

impl PostgresConnector {
    /// Makes a connector; connects to nothing yet.
    ///
    /// # Errors
    ///
    /// `Config`, when the connection string cannot be read, or asks for TLS that the program does not have.
    pub fn new(config: PostgresConfig) -> Result<Self> {
        let schema = schema::schema()?;
        Ok(Self { server: session::read(&config)?, registry: schema.registry()?, schema, config })
    }

    pub(crate) fn compiled(&self, class: &ObjectClass) -> Result<&ResourceSchema> {
        self.registry.resource(class.as_str()).ok_or_else(|| ConnectorError::unknown_class(class))
    }

    /// The role of a reference; nothing when it is not there, or is of the other class.
    pub(crate) async fn find<C: GenericClient + Sync>(
        &self,
        client: &C,
        object: &ObjectRef,
    ) -> Result<Option<Role>> {
        let failed = |failed| error::statement("read a role", &failed);
        let found = if object.id.is_empty() {
            let key = if object.class == ObjectClass::USER {
                ObjectRef::USER_NAME
            } else {
                ObjectRef::DISPLAY_NAME
            };
            let name = object.secondary(key).ok_or_else(|| {
                let detail = format!("`{object}` has no identifier that the server can look up");
                ConnectorError::invalid_input("object", detail)
            })?;
            // Names that differ only in case are two roles; the exact one is meant first.
            let sql = format!(
                "{SELECT} WHERE lower(r.rolname) = lower($1) ORDER BY r.rolname <> $1, r.oid LIMIT 1"
            );
            client.query_opt(&sql, &[&name]).await.map_err(failed)?
        } else {
            let Ok(oid) = object.id.parse::<u32>() else { return Ok(None) };
            client.query_opt(&format!("{SELECT} WHERE r.oid = $1"), &[&oid]).await.map_err(failed)?
        };
        let role = found.as_ref().map(Role::read).transpose()?;
        Ok(role.filter(|role| role.class() == object.class))
    }

    async fn read_one(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        let schema = self.compiled(&object.class)?;
        let client = session::open(&self.server, None, session::limit(&self.config, ctx)).await?;
        let found = match object.class.as_str() {
            "User" | "Group" => self.find(&client, object).await?.map(|role| role.object()),
            _ => self.read_derived(&client, object).await?,
        };
        let found = found.ok_or_else(|| ConnectorError::not_found(object))?;
        Ok(Object { resource: fields.project(&found.resource, schema), ..found })
    }
}

#[async_trait]
impl Connector for PostgresConnector {
    fn info(&self) -> ConnectorInfo {
        let instance = self.server.address();
        ConnectorInfo::new("postgres", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), instance)
    }

    fn capabilities(&self) -> Capabilities {
        capabilities()
    }

    async fn schema(&self, _: &Context) -> Result<ConnectorSchema> {
        Ok(self.schema.clone())
    }

    async fn check(&self, ctx: &Context) -> Result<CheckReport> {
        let limit = session::limit(&self.config, ctx);
        session::within(limit, Certainty::NotAttempted, async {
            let client = session::open(&self.server, None, limit).await?;
            let sql = "SELECT rolsuper OR rolcreaterole AS may, current_setting('server_version') AS version \
                       FROM pg_roles WHERE rolname = current_user";
            let row =
                client.query_one(sql, &[]).await.map_err(|failed| error::statement("check", &failed))?;
            let mut report = CheckReport::ok(capabilities());
            report.system_version = row.try_get("version").ok();
            if !row.try_get("may").unwrap_or(false) {
                let classes = report.capabilities.classes.iter_mut();
                let needed_for = classes
                    .flat_map(|(class, of)| {
                        let kinds: Vec<_> = std::mem::take(&mut of.operations).into_keys().collect();
                        kinds.into_iter().map(|kind| (class.clone(), kind))
                    })
                    .collect();
                let permission = "CREATEROLE".to_owned();
                report.missing.push(tenure_connector::MissingPermission { permission, needed_for });
            }
            Ok(report)
        })
        .await
    }

    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        let limit = session::limit(&self.config, ctx);
        session::within(limit, Certainty::NotAttempted, self.read_one(ctx, object, fields)).await
    }

    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        let limit = session::limit(&self.config, ctx);
        self.compiled(&query.class)?;
        session::within(limit, Certainty::NotAttempted, async {
            let client = session::open(&self.server, None, limit).await?;
            self.read_page(&client, query).await
        })
        .await
    }

    async fn changes(&self, _: &Context, class: &ObjectClass, _: Option<&DeltaToken>) -> Result<ChangePage> {
        Err(unsupported(&format!("PostgreSQL does not tell changes of class `{class}`")))
    }

    async fn apply(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        let (class, kind) = (request.operation.class(), request.operation.kind());
        self.compiled(class)?;
        if let Some(because) = capabilities().why_not(class, kind) {
            return Err(ConnectorError::unsupported(class, kind).with_detail(because.detail));
        }
        let limit = session::limit(&self.config, ctx);
        session::within(limit, Certainty::Unknown, self.write(ctx, limit, request)).await
    }

    async fn poll(&self, _: &Context, job: &JobRef) -> Result<Outcome> {
        let detail = format!("PostgreSQL starts no jobs, so there is none called `{}`", job.id);
        Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted).with_detail(detail))
    }
}

impl fmt::Debug for PostgresConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresConnector").field("config", &self.config).finish_non_exhaustive()
    }
}
