//! What `PUT` and `PATCH` share: read, compute the wanted state, write the difference, begin again when the resource
//! changed meanwhile, answer.

use std::collections::BTreeSet;

use http::StatusCode;
use tenure_connector::{
    Connector, ErrorKind, Fields, Object, ObjectRef, Operation, OperationKind, Outcome, Version,
};
use tenure_scim::message::SearchRequest;
use tenure_scim::patch::Patch;
use tenure_scim::{AttrPath, Fired, Resource, ResourceSchema, ScimError, diff};

use super::precondition::{changed, no_versions};
use crate::authorize::ActionKind;
use crate::call::Call;
use crate::dispatch::status_of;
use crate::etag::Conditions;
use crate::fault::Answer;
use crate::job::{Unfinished, unfinished};
use crate::projection::fields;
use crate::reply::Reply;
use crate::server::class_of;

/// The one resource that a request is about, and what the request says besides its body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) schema: &'a ResourceSchema,
    pub(crate) id: &'a str,
    pub(crate) query: &'a SearchRequest,
    pub(crate) conditions: &'a Conditions,
}

/// How a change ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    /// The resource is as wanted, and as it is then where that is known.
    Done(Option<Box<Object>>),
    /// The system behind works on it.
    Unfinished(Unfinished),
}

/// A change and how to answer it.
#[derive(Debug, Clone)]
pub(crate) struct Changed {
    pub(crate) change: Change,
    /// The attributes that the client wrote.
    pub(crate) written: BTreeSet<AttrPath>,
    /// Whether the answer has no body unless the client asks for attributes.
    pub(crate) brief: bool,
}

/// Records how a change ended and answers with the resource as it is now.
pub(crate) async fn finish(
    call: &Call<'_>,
    kind: ActionKind,
    target: Target<'_>,
    changed: Answer<Changed>,
    fired: &Fired,
) -> Answer {
    let answer = match changed {
        Ok(changed) => answer(call, target, changed).await,
        Err(failure) => Err(failure),
    };
    call.record(kind, Some(target.schema), Some(target.id), status_of(&answer), fired);
    answer
}

async fn answer(call: &Call<'_>, target: Target<'_>, changed: Changed) -> Answer {
    let Target { schema, id, query, .. } = target;
    let location = call.server.location(schema, id);
    let shown = match changed.change {
        Change::Unfinished(work) => return Ok(Reply::unfinished(work).located(Some(&location))),
        Change::Done(shown) => shown,
    };
    // SPEC: RFC 7644 section 3.5.2: a PATCH that names `attributes` is answered with 200.
    if changed.brief && query.projection.is_default() {
        return Ok(Reply::no_content().located(Some(&location)));
    }
    let object = match shown {
        Some(shown) => *shown,
        None => call.read(schema, id, &fields(&query.projection, schema)).await?,
    };
    Ok(call.answer(StatusCode::OK, schema, object, &query.projection, &changed.written))
}

/// Makes a resource what `wanted` says of its present state.
pub(crate) async fn change(
    call: &Call<'_>,
    target: Target<'_>,
    wanted: &mut (dyn FnMut(&Resource) -> Result<Resource, ScimError> + Send),
) -> Answer<Change> {
    let Target { schema, id, conditions, .. } = target;
    let object = ObjectRef::new(class_of(schema), id);
    let mut attempt = 0;
    loop {
        let existing = call.server.connector.get(&call.ctx, &object, &Fields::All).await?;
        let version = existing.version.clone();
        let shown = version.as_ref().filter(|_| call.server.features.etag);
        if !conditions.allows(shown.map(Version::as_str)) {
            return Err(if call.server.features.etag { changed() } else { no_versions() });
        }
        let patch = difference(&existing, wanted(&existing.resource)?, schema);
        if patch.operations.is_empty() {
            return Ok(Change::Done(Some(Box::new(existing))));
        }
        let operation = Operation::Update { object: object.clone(), patch };
        let request = call.key.part(attempt).write(operation, version);
        match call.server.connector.apply_and_show(&call.ctx, &request).await {
            Ok((outcome, shown)) => return Ok(Change::of(&outcome, shown)),
            Err(error) if error.kind() == ErrorKind::Conflict && conditions.asks() => return Err(changed()),
            Err(error) if error.kind() == ErrorKind::Conflict && attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// What makes an object what is wanted.
fn difference(existing: &Object, mut wanted: Resource, schema: &ResourceSchema) -> Patch {
    if existing.partial.is_empty() {
        return diff(&existing.resource, &wanted, schema);
    }
    // A value that is missing from a list that was read in part is not there to be compared.
    let mut known = existing.resource.clone();
    for path in &existing.partial {
        known.remove(path);
        wanted.remove(path);
    }
    diff(&known, &wanted, schema)
}

impl Change {
    /// How an update went.
    pub(crate) fn of(outcome: &Outcome, shown: Option<Object>) -> Self {
        match unfinished(outcome, OperationKind::Update) {
            Some(work) => Self::Unfinished(work),
            None => Self::Done(shown.map(Box::new)),
        }
    }
}

const ATTEMPTS: u32 = 5;
