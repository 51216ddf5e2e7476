//! What `PUT` and `PATCH` share: read, compute the wanted state, write the difference, begin again when the resource
//! changed meanwhile, answer.

use std::collections::BTreeSet;

use http::StatusCode;
use tenure_connector::{
    Connector, ErrorKind, Fields, ObjectRef, Operation, OperationKind, Outcome, Version, WriteRequest,
};
use tenure_scim::message::SearchRequest;
use tenure_scim::{AttrPath, Fired, Resource, ResourceSchema, ScimError, diff};

use super::precondition::changed;
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// The resource is as wanted.
    Done,
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
    if let Change::Unfinished(work) = changed.change {
        return Ok(Reply::unfinished(work).located(Some(&location)));
    }
    // SPEC: RFC 7644 section 3.5.2: a PATCH that names `attributes` is answered with 200.
    if changed.brief && query.projection.is_default() {
        return Ok(Reply::no_content().located(Some(&location)));
    }
    let object = call.read(schema, id, &fields(&query.projection, schema)).await?;
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
        if call.server.features.etag && !conditions.allows(version.as_ref().map(Version::as_str)) {
            return Err(changed());
        }
        let mut before = existing.resource.clone();
        let mut after = wanted(&before)?;
        // A value that is missing from a list that was read in part is not there to be compared.
        for path in &existing.partial {
            before.remove(path);
            after.remove(path);
        }
        let patch = diff(&before, &after, schema);
        if patch.operations.is_empty() {
            return Ok(Change::Done);
        }
        let mut request = WriteRequest::new(
            format!("{}/{attempt}", call.key),
            Operation::Update { object: object.clone(), patch },
        );
        request.expected = version;
        match call.server.connector.apply(&call.ctx, &request).await {
            Ok(outcome) => return Ok(outcome.into()),
            Err(error) if error.kind() == ErrorKind::Conflict && conditions.asks() => return Err(changed()),
            Err(error) if error.kind() == ErrorKind::Conflict && attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

impl From<Outcome> for Change {
    fn from(outcome: Outcome) -> Self {
        unfinished(&outcome, OperationKind::Update).map_or(Self::Done, Self::Unfinished)
    }
}

const ATTEMPTS: u32 = 5;
