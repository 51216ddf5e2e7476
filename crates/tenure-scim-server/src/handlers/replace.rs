use serde_json::Value;
use tenure_scim::message::SearchRequest;
use tenure_scim::{Fired, ResourceSchema};

use super::create::read_resource;
use super::write::{Change, change};
use crate::authorize::ActionKind;
use crate::call::Call;
use crate::dispatch::status_of;
use crate::etag::Conditions;
use crate::fault::Answer;
use crate::projection::{fields, written};
use crate::reply::Reply;

/// `PUT /Users/{id}`.
pub(crate) async fn replace(
    call: &Call<'_>,
    schema: &ResourceSchema,
    id: &str,
    body: Value,
    query: &SearchRequest,
    conditions: &Conditions,
) -> Answer {
    let mut fired = Fired::default();
    let answer = put(call, schema, id, body, query, conditions, &mut fired).await;
    call.record(ActionKind::Replace, Some(schema), Some(id), status_of(&answer), &fired);
    answer
}

async fn put(
    call: &Call<'_>,
    schema: &ResourceSchema,
    id: &str,
    body: Value,
    query: &SearchRequest,
    conditions: &Conditions,
    fired: &mut Fired,
) -> Answer {
    call.permit(ActionKind::Replace, Some(schema), Some(id)).await?;
    let sent = read_resource(call, schema, body, fired)?;
    let options = &call.server.validation;
    let mut wanted = |existing: &tenure_scim::Resource| {
        Ok(schema.validate_replace_with(existing, &sent, options)?.resource)
    };
    if change(call, schema, id, conditions, &mut wanted).await? == Change::Accepted {
        return Ok(super::accepted());
    }
    let object = call.read(schema, id, &fields(&query.projection, schema)).await?;
    let location = call.server.location(schema, id);
    let reply =
        Reply::ok(call.show(schema, &object, &query.projection, &written(&sent))).located(Some(&location));
    Ok(call.answer(reply, &object))
}
