use http::StatusCode;
use tenure_scim::message::SearchRequest;
use tenure_scim::{Fired, ResourceSchema};

use crate::authorize::ActionKind;
use crate::call::Call;
use crate::dispatch::status_of;
use crate::etag::Conditions;
use crate::fault::Answer;
use crate::projection::fields;
use crate::reply::Reply;

/// `GET /Users/{id}`.
pub(crate) async fn read(
    call: &Call<'_>,
    schema: &ResourceSchema,
    id: &str,
    query: &SearchRequest,
    conditions: &Conditions,
) -> Answer {
    let answer = one(call, schema, id, query, conditions).await;
    call.record(ActionKind::Read, Some(schema), Some(id), status_of(&answer), &Fired::default());
    answer
}

async fn one(
    call: &Call<'_>,
    schema: &ResourceSchema,
    id: &str,
    query: &SearchRequest,
    conditions: &Conditions,
) -> Answer {
    call.permit(ActionKind::Read, Some(schema), Some(id)).await?;
    let projection = &query.projection;
    let object = call.read(schema, id, &fields(projection, schema)).await?;
    let version = object.version.as_ref().map(|version| version.as_str());
    if call.server.features.etag && conditions.has_it(version) {
        return Ok(call.versioned(Reply::new(StatusCode::NOT_MODIFIED, None), &object));
    }
    Ok(call.answer(StatusCode::OK, schema, object, projection, &Default::default()))
}
