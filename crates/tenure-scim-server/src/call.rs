//! What a handler knows about the request it answers.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

use http::StatusCode;
use serde_json::Value;
use tenure_connector::{
    Connector, Context, Object, ObjectRef, Operation, OperationKind, Outcome, Version, WriteRequest,
};
use tenure_scim::{AttrPath, Fired, Projection, Resource, ResourceSchema, ScimError, ValueRef};

use crate::audit::AuditEntry;
use crate::auth::Principal;
use crate::authorize::{Action, ActionKind};
use crate::etag::tag;
use crate::fault::Answer;
use crate::projection::is_whole;
use crate::reply::{Body, Reply};
use crate::server::{Inner, class_of};

/// One authenticated request.
pub(crate) struct Call<'a> {
    pub(crate) server: &'a Inner,
    pub(crate) principal: Principal,
    pub(crate) ctx: Context,
    /// The id of the request.
    pub(crate) id: String,
    /// Names the writes of this request.
    pub(crate) key: Key,
}

/// What the writes of a request are named by.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) text: String,
    /// Whether it was made up for this one attempt, so that nobody comes back with it.
    pub(crate) once: bool,
}

impl Key {
    /// The key of a part of the request.
    pub(crate) fn part(&self, part: impl fmt::Display) -> Self {
        Self { text: format!("{}/{part}", self.text), once: self.once }
    }

    /// A write under this key.
    pub(crate) fn write(&self, operation: Operation, expected: Option<Version>) -> WriteRequest {
        let mut request = WriteRequest::new(self.text.as_str(), operation);
        (request.expected, request.once) = (expected, self.once);
        request
    }
}

impl<'a> Call<'a> {
    /// One operation of a bulk request, which has a key of its own.
    pub(crate) fn part(&self, position: usize, completion: bool) -> Call<'a> {
        let half = if completion { "b" } else { "" };
        Call {
            server: self.server,
            principal: self.principal.clone(),
            ctx: self.ctx.clone(),
            id: self.id.clone(),
            key: self.key.part(format_args!("{position}{half}")),
        }
    }

    /// The resource type of an endpoint.
    pub(crate) fn served(&self, endpoint: &str) -> Result<&'a ResourceSchema, ScimError> {
        self.server.by_endpoint(endpoint).ok_or_else(|| ScimError::not_found("there is no such endpoint"))
    }

    /// Refuses what the system behind the service cannot do.
    pub(crate) fn possible(&self, kind: OperationKind, schema: &ResourceSchema) -> Result<(), ScimError> {
        match self.server.capabilities.why_not(&class_of(schema), kind) {
            None => Ok(()),
            Some(because) => Err(ScimError::not_implemented(format!(
                "the system behind this service has no `{kind}` of a {}: {}",
                schema.name(),
                because.detail
            ))),
        }
    }

    /// Asks the authorisation hook.
    pub(crate) async fn permit(
        &self,
        kind: ActionKind,
        schema: Option<&ResourceSchema>,
        id: Option<&str>,
    ) -> Answer<()> {
        let action = Action {
            kind,
            resource_type: schema.map(|schema| schema.name().to_owned()),
            id: id.map(str::to_owned),
        };
        if self.server.authorize.allows(&self.principal, &action).await {
            Ok(())
        } else {
            Err(ScimError::forbidden("the client may not do this").into())
        }
    }

    /// Tells the audit hook how an operation ended.
    pub(crate) fn record(
        &self,
        kind: ActionKind,
        schema: Option<&ResourceSchema>,
        id: Option<&str>,
        status: u16,
        fired: &Fired,
    ) {
        self.server.count_tolerances(fired);
        if let Some(audit) = &self.server.audit {
            audit.record(&AuditEntry {
                at: self.server.now(),
                request: self.id.clone(),
                principal: self.principal.name.clone(),
                kind,
                resource_type: schema.map(|schema| schema.name().to_owned()),
                id: id.map(str::to_owned),
                status,
                tolerances: fired.iter().map(|(tolerance, _)| tolerance.id().to_owned()).collect(),
            });
        }
    }

    /// Reads one resource.
    pub(crate) async fn read(
        &self,
        schema: &ResourceSchema,
        id: &str,
        fields: &tenure_connector::Fields,
    ) -> Answer<Object> {
        let object = ObjectRef::new(class_of(schema), id);
        Ok(self.server.connector.get(&self.ctx, &object, fields).await?)
    }

    /// Writes, with the object as it is then where the connector knows it.
    pub(crate) async fn write(
        &self,
        operation: Operation,
        expected: Option<Version>,
    ) -> Answer<(Outcome, Option<Object>)> {
        let request = self.key.write(operation, expected);
        Ok(self.server.connector.apply_and_show(&self.ctx, &request).await?)
    }

    /// The resource as the client sees it: its location and version filled in, projected.
    pub(crate) fn show(
        &self,
        schema: &ResourceSchema,
        object: Object,
        projection: &Projection,
        written: &BTreeSet<AttrPath>,
    ) -> Resource {
        let resource = self.complete(schema, object);
        match is_whole(projection, schema, &resource) {
            true => resource,
            false => projection.apply(&resource, schema, written),
        }
    }

    /// Answers with one resource.
    pub(crate) fn answer(
        &self,
        status: StatusCode,
        schema: &ResourceSchema,
        object: Object,
        projection: &Projection,
        written: &BTreeSet<AttrPath>,
    ) -> Reply {
        let reply = Reply::new(status, None).located(Some(&self.server.location(schema, &object.object.id)));
        let mut reply = self.versioned(reply, &object);
        reply.body = Some(Body::Resource(self.show(schema, object, projection, written)));
        reply
    }

    /// Adds the version of an object.
    pub(crate) fn versioned(&self, reply: Reply, object: &Object) -> Reply {
        match &object.version {
            Some(version) if self.server.features.etag => reply.versioned(Some(&tag(version.as_str()))),
            _ => reply,
        }
    }

    fn complete(&self, schema: &ResourceSchema, object: Object) -> Resource {
        let Object { object, mut resource, version, .. } = object;
        if resource.id().is_none() {
            resource.set_id(&object.id);
        }
        if !resource.has_schema(schema.base().id.as_str()) {
            resource.add_schema(schema.base().id.as_str());
        }
        let Some(paths) = &*PATHS else { return resource };
        set(&mut resource, &paths.resource_type, schema.name());
        set(&mut resource, &paths.location, &self.server.location(schema, &object.id));
        for (path, (_, fallback)) in paths.links.iter().zip(LINKS) {
            self.link(&mut resource, path, fallback);
        }
        match version {
            Some(version) if self.server.features.etag => {
                set(&mut resource, &paths.version, &tag(version.as_str()));
            }
            _ => {}
        }
        resource
    }

    /// Adds to the elements of a list of references the addresses of what they refer to.
    fn link(&self, resource: &mut Resource, path: &AttrPath, fallback: &str) {
        let Some(Value::Array(mut elements)) = resource.get(path).map(|value| value.to_json()) else {
            return;
        };
        for element in elements.iter_mut().filter_map(Value::as_object_mut) {
            let kind = element
                .get("type")
                .and_then(Value::as_str)
                .filter(|kind| *kind != "direct")
                .unwrap_or(fallback);
            let schema = self.server.served().find(|schema| schema.name().eq_ignore_ascii_case(kind));
            let id = element.get("value").and_then(Value::as_str);
            if let (Some(schema), Some(id)) = (schema, id) {
                let address = self.server.location(schema, id);
                element.insert("$ref".to_owned(), address.into());
            }
        }
        resource.set(path, Value::Array(elements));
    }
}

/// Lists of references, and the type of an element that names none.
pub(crate) const LINKS: [(&str, &str); 2] = [("members", "User"), ("groups", "Group")];

/// Where the server writes.
struct Paths {
    resource_type: AttrPath,
    location: AttrPath,
    version: AttrPath,
    links: Vec<AttrPath>,
}

static PATHS: LazyLock<Option<Paths>> = LazyLock::new(|| {
    let path = |text: &str| AttrPath::parse(text).ok();
    Some(Paths {
        resource_type: path("meta.resourceType")?,
        location: path("meta.location")?,
        version: path("meta.version")?,
        links: LINKS.iter().map(|(list, _)| path(list)).collect::<Option<_>>()?,
    })
});

/// Reading is cheaper than writing what is there already.
fn set(resource: &mut Resource, path: &AttrPath, value: &str) {
    if resource.get(path).and_then(ValueRef::as_str) != Some(value) {
        resource.set(path, value);
    }
}
