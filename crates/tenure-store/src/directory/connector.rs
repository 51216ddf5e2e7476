use std::fmt;
use std::path::Path;

use async_trait::async_trait;
use tenure_connector::{
    Capabilities, Certainty, ChangePage, CheckReport, ClassSchema, Clock, Connector, ConnectorError,
    ConnectorInfo, ConnectorSchema, Context, DeltaToken, ErrorKind, Fields, JobRef, ListQuery, Object,
    ObjectClass, ObjectRef, Outcome, Page, Result, WriteRequest,
};
use tenure_scim::SchemaRegistry;

use super::builder::{DirectoryBuilder, OpenError};
use super::capabilities::capabilities;
use super::error::Fault;
use super::pool::Pool;
use super::shape::{Shape, Shapes};
use super::write::Write;
use super::{changes, list, row};

/// SCIM resources in an SQLite database, as a connector.
///
/// Cheap to clone; clones share the database.
#[derive(Clone)]
pub struct DirectoryConnector {
    pool: Pool,
    shapes: Shapes,
    clock: Clock,
    place: String,
}

impl fmt::Debug for DirectoryConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DirectoryConnector").field("place", &self.place).finish_non_exhaustive()
    }
}

impl DirectoryConnector {
    /// Starts to open a directory of the resource types in `registry`.
    pub fn builder(registry: SchemaRegistry, clock: Clock) -> DirectoryBuilder {
        DirectoryBuilder::new(registry, clock)
    }

    /// Opens a directory in a file with the usual settings.
    ///
    /// # Errors
    ///
    /// As [`DirectoryBuilder::open`].
    pub fn open(
        path: impl AsRef<Path>,
        registry: SchemaRegistry,
        clock: Clock,
    ) -> std::result::Result<Self, OpenError> {
        Self::builder(registry, clock).open(path)
    }

    pub(super) fn new(pool: Pool, shapes: Shapes, clock: Clock, place: &str) -> Self {
        Self { pool, shapes, clock, place: place.to_owned() }
    }

    async fn read<T: Send + 'static>(
        &self,
        class: &ObjectClass,
        work: impl FnOnce(&rusqlite::Connection, &Shape) -> std::result::Result<T, Fault> + Send + 'static,
    ) -> Result<T> {
        let shapes = self.shapes.clone();
        let class = class.clone();
        let answer = self
            .pool
            .read(move |connection| match shapes.get(&class) {
                Some(shape) => work(connection, shape),
                None => Err(Fault::Connector(ConnectorError::unknown_class(&class))),
            })
            .await;
        // A read that was not answered changed nothing.
        let answer =
            answer.map_err(|closed| ConnectorError::from(closed).with_certainty(Certainty::Refused))?;
        answer.map_err(ConnectorError::from)
    }
}

#[async_trait]
impl Connector for DirectoryConnector {
    fn info(&self) -> ConnectorInfo {
        ConnectorInfo::new("directory", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), &self.place)
    }

    fn capabilities(&self) -> Capabilities {
        capabilities(&self.shapes)
    }

    async fn schema(&self, _ctx: &Context) -> Result<ConnectorSchema> {
        Ok(self.shapes.iter().fold(ConnectorSchema::new(), |all, shape| {
            let extensions = shape.schema.extensions().map(|(schema, _)| schema.clone());
            let class = ClassSchema {
                resource_type: shape.schema.resource_type().clone(),
                schemas: std::iter::once(shape.schema.base().clone()).chain(extensions).collect(),
                found_by: shape.indexes.iter().map(|index| index.path.to_string()).collect(),
            };
            all.with(shape.class.clone(), class)
        }))
    }

    async fn check(&self, _ctx: &Context) -> Result<CheckReport> {
        let class = self.shapes.iter().next().map_or(ObjectClass::USER, |shape| shape.class.clone());
        self.read(&class, |connection, _| {
            connection
                .query_row("select count(*) from counter", [], |row| row.get::<_, i64>(0))
                .map_err(Fault::from)
        })
        .await?;
        Ok(CheckReport::ok(self.capabilities()))
    }

    async fn get(&self, _ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        let (object, fields) = (object.clone(), fields.clone());
        let class = object.class.clone();
        self.read(&class, move |connection, shape| {
            row::find(connection, shape, &object)?.object(connection, shape, &fields)
        })
        .await
    }

    async fn list(&self, _ctx: &Context, query: &ListQuery) -> Result<Page> {
        let query = query.clone();
        let class = query.class.clone();
        self.read(&class, move |connection, shape| list::list(connection, shape, &query)).await
    }

    async fn changes(
        &self,
        _ctx: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        let since = since.cloned();
        self.read(class, move |connection, shape| changes::changes(connection, shape, since.as_ref())).await
    }

    async fn apply(&self, _ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        let shapes = self.shapes.clone();
        let now = (self.clock)();
        let request = request.clone();
        let answer = self
            .pool
            .write(move |connection| Write { connection, shapes: &shapes, now }.apply(&request))
            .await
            .map_err(ConnectorError::from)?;
        answer.map_err(ConnectorError::from)
    }

    async fn poll(&self, _ctx: &Context, job: &JobRef) -> Result<Outcome> {
        Err(ConnectorError::new(ErrorKind::NotFound, Certainty::NotAttempted)
            .with_detail(format!("a directory has no jobs, so there is no job `{}`", job.id)))
    }
}
