use http::StatusCode;
use tenure_connector::{Connector, Object, Operation, OperationKind};
use tenure_scim::message::SearchRequest;
use tenure_scim::resource::check_id;
use tenure_scim::{Fired, Resource, ResourceSchema, ScimError, profile};

use crate::authorize::ActionKind;
use crate::body::Sent;
use crate::call::Call;
use crate::dispatch::status_of;
use crate::fault::Answer;
use crate::job::unfinished;
use crate::projection::{fields, written};
use crate::reply::Reply;
use crate::server::class_of;

/// `POST /Users`.
pub(crate) async fn create(
    call: &Call<'_>,
    schema: &ResourceSchema,
    body: Sent,
    query: &SearchRequest,
) -> Answer {
    let mut fired = Fired::default();
    let mut id = None;
    let answer = make(call, schema, body, query, &mut fired, &mut id).await;
    call.record(ActionKind::Create, Some(schema), id.as_deref(), status_of(&answer), &fired);
    answer
}

async fn make(
    call: &Call<'_>,
    schema: &ResourceSchema,
    body: Sent,
    query: &SearchRequest,
    fired: &mut Fired,
    id: &mut Option<String>,
) -> Answer {
    call.permit(ActionKind::Create, Some(schema), None).await?;
    call.possible(OperationKind::Create, schema)?;
    let resource = read_resource(call, schema, body, fired)?;
    let resource = schema.validate_create_with(&resource, &call.server.validation)?.resource;
    let operation = Operation::Create { class: class_of(schema), resource: resource.clone() };
    let (outcome, made) = call.write(operation, None).await?;
    if let Some(work) = unfinished(&outcome, OperationKind::Create) {
        return Ok(Reply::unfinished(work));
    }
    let object = outcome.object.clone();
    let object =
        object.ok_or_else(|| ScimError::internal("the new resource has no name in the system behind"))?;
    *id = Some(object.id.clone());
    check_id(&object.id).map_err(|error| {
        ScimError::internal(format!(
            "the resource was made, but its name is none for SCIM: {}",
            error.detail()
        ))
    })?;
    let sent = written(&resource, schema);
    let object = match made {
        Some(made) => made,
        None => {
            let fields = fields(&query.projection, schema);
            // What was made can be unreadable for a moment where the system is eventually consistent; it is made all the
            // same.
            let read = call.server.connector.get(&call.ctx, &object, &fields).await;
            read.unwrap_or_else(|_| Object { version: outcome.version, ..Object::new(object, resource) })
        }
    };
    Ok(call.answer(StatusCode::CREATED, schema, object, &query.projection, &sent))
}

/// Reads a resource from a body, with the deviations that the profile accepts.
pub(crate) fn read_resource(
    call: &Call<'_>,
    schema: &ResourceSchema,
    body: Sent,
    fired: &mut Fired,
) -> Result<Resource, ScimError> {
    let mut resource = body.resource()?;
    profile::normalise(&mut resource, schema, &call.server.profile, fired)?;
    Ok(resource)
}
