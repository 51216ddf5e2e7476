use std::fmt;

use async_trait::async_trait;
use tenure_connector::{
    Capabilities, Certainty, ChangePage, CheckReport, ClassSchema, Clock, Connector, ConnectorError,
    ConnectorInfo, ConnectorSchema, Context, DeltaToken, ErrorKind, Fields, JobRef, ListQuery, Object,
    ObjectClass, ObjectRef, Outcome, Page, Result, WriteRequest,
};
use tenure_scim::SchemaRegistry;

use super::builder::DirectoryBuilder;
use super::capabilities::capabilities;
use super::changes::Changes;
use super::db::{Backend, Work};
use super::derived::{Derived, DerivedOne, classes, is_derived};
use super::error::Fault;
use super::query::List;
use super::read::{Check, Get};
use super::shape::{Shape, Shapes};
#[cfg(feature = "postgres")]
use super::together::Together;
use super::write::Apply;

/// SCIM resources in an SQL database, as a connector.
///
/// Cheap to clone; clones share the database.
#[derive(Clone)]
pub struct DirectoryConnector {
    backend: Backend,
    /// Where calls that wait at the same time are gathered; SQLite gathers writes in its only writer.
    #[cfg(feature = "postgres")]
    together: Option<Together>,
    shapes: Shapes,
    clock: Clock,
    scan: usize,
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

    pub(super) fn new(backend: Backend, shapes: Shapes, clock: Clock, scan: usize, place: &str) -> Self {
        #[cfg(feature = "postgres")]
        let together = backend.server().map(|server| Together::new(server, &shapes));
        Self {
            backend,
            #[cfg(feature = "postgres")]
            together,
            shapes,
            clock,
            scan,
            place: place.to_owned(),
        }
    }

    pub(super) fn backend(&self) -> Backend {
        self.backend.clone()
    }

    async fn write(&self, request: &WriteRequest, show: bool) -> Result<(Outcome, Option<Object>)> {
        let apply = Apply::new(self.shapes.clone(), request, (self.clock)(), show)?;
        #[cfg(feature = "postgres")]
        if let Some(together) = &self.together
            && let Some(done) = together.write(&apply, request, show).await?
        {
            return Ok(done);
        }
        let made = apply.made();
        let (outcome, rows) = self.backend.write(apply).await?;
        let shape = self.shape(request.operation.class())?;
        let shown = match (rows, made) {
            // What was written stays written when it cannot be shown; a read says why.
            (Some(rows), _) => rows.object(shape, &Fields::All).ok().flatten(),
            (None, Some(made)) if show && outcome.changed() => made.shown(shape),
            _ => None,
        };
        Ok((outcome, shown))
    }

    fn shape(&self, class: &ObjectClass) -> Result<&Shape> {
        self.shapes.get(class).ok_or_else(|| ConnectorError::unknown_class(class))
    }

    async fn read<W: Work>(&self, work: W) -> Result<W::Answer> {
        self.backend.read(work).await.map_err(unread)
    }
}

/// A read that was not answered changed nothing.
fn unread(fault: Fault) -> ConnectorError {
    let error = ConnectorError::from(fault);
    match error.certainty() {
        Certainty::Unknown => error.with_certainty(Certainty::Refused),
        _ => error,
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
        let stored = self.shapes.iter().fold(ConnectorSchema::new(), |all, shape| {
            let extensions = shape.schema.extensions().map(|(schema, _)| schema.clone());
            let class = ClassSchema {
                resource_type: shape.schema.resource_type().clone(),
                schemas: std::iter::once(shape.schema.base().clone()).chain(extensions).collect(),
                found_by: shape.indexes.iter().map(|index| index.path.to_string()).collect(),
            };
            all.with(shape.class.clone(), class)
        });
        let derived = classes().into_iter().filter(|(class, _)| is_derived(&self.shapes, class));
        Ok(derived.fold(stored, |all, (class, described)| all.with(class, described)))
    }

    async fn check(&self, _ctx: &Context) -> Result<CheckReport> {
        self.read(Check).await?;
        Ok(CheckReport::ok(self.capabilities()))
    }

    async fn get(&self, _ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        let shapes = self.shapes.clone();
        if is_derived(&shapes, &object.class) {
            return self.read(DerivedOne { shapes, object: object.clone(), fields: fields.clone() }).await;
        }
        #[cfg(feature = "postgres")]
        if let Some(together) = &self.together
            && let Some(found) = together
                .get(object)
                .await
                .map_err(unread)?
                .and_then(|rows| rows.object(self.shape(&object.class).ok()?, fields).ok()?)
        {
            return Ok(found);
        }
        let get = Get { shapes, object: object.clone(), fields: fields.clone() };
        let found = self.read(get).await?.object(self.shape(&object.class)?, fields)?;
        found.ok_or_else(|| ConnectorError::not_found(object))
    }

    async fn list(&self, _ctx: &Context, query: &ListQuery) -> Result<Page> {
        let (shapes, scan) = (self.shapes.clone(), self.scan);
        if is_derived(&shapes, &query.class) {
            return self.read(Derived { shapes, query: query.clone(), scan }).await;
        }
        #[cfg(feature = "postgres")]
        if let Some(together) = &self.together
            && let Some(found) = together.find(query).await.map_err(unread)?
        {
            return Ok(found.page(self.shape(&query.class)?, &query.fields)?);
        }
        let found = self.read(List { shapes, query: query.clone(), scan }).await?;
        Ok(found.page(self.shape(&query.class)?, &query.fields)?)
    }

    async fn changes(
        &self,
        _ctx: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        let shapes = self.shapes.clone();
        self.read(Changes { shapes, class: class.clone(), since: since.cloned() }).await
    }

    async fn apply(&self, _ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        self.write(request, false).await.map(|(outcome, _)| outcome)
    }

    async fn apply_and_show(
        &self,
        _ctx: &Context,
        request: &WriteRequest,
    ) -> Result<(Outcome, Option<Object>)> {
        self.write(request, true).await
    }

    async fn poll(&self, _ctx: &Context, job: &JobRef) -> Result<Outcome> {
        Err(ConnectorError::new(ErrorKind::NotFound, Certainty::NotAttempted)
            .with_detail(format!("a directory has no jobs, so there is no job `{}`", job.id)))
    }
}
