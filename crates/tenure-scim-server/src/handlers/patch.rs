use std::collections::BTreeSet;

use serde_json::Value;
use tenure_connector::{ErrorKind, ObjectRef, Operation, OutcomeStatus};
use tenure_scim::message::SearchRequest;
use tenure_scim::patch::{Patch, PatchOp};
use tenure_scim::{Fired, ResourceSchema, ScimError};

use super::precondition::{changed, expected_version};
use super::write::{Change, change};
use crate::authorize::ActionKind;
use crate::call::Call;
use crate::config::PatchAnswer;
use crate::dispatch::status_of;
use crate::etag::Conditions;
use crate::fault::Answer;
use crate::projection::fields;
use crate::reply::Reply;
use crate::server::class_of;

/// `PATCH /Users/{id}`.
pub(crate) async fn patch(
    call: &Call<'_>,
    schema: &ResourceSchema,
    id: &str,
    body: Value,
    query: &SearchRequest,
    conditions: &Conditions,
) -> Answer {
    let mut fired = Fired::default();
    let answer = apply(call, schema, id, body, query, conditions, &mut fired).await;
    call.record(ActionKind::Patch, Some(schema), Some(id), status_of(&answer), &fired);
    answer
}

async fn apply(
    call: &Call<'_>,
    schema: &ResourceSchema,
    id: &str,
    body: Value,
    query: &SearchRequest,
    conditions: &Conditions,
    fired: &mut Fired,
) -> Answer {
    if !call.server.features.patch {
        return Err(ScimError::not_implemented("this service has no PATCH").into());
    }
    call.permit(ActionKind::Patch, Some(schema), Some(id)).await?;
    let patch = Patch::from_json(without_inner_schemas(body), &call.server.profile, fired)?;
    let limit = call.server.limits.patch_operations;
    if patch.operations.len() > limit {
        return Err(ScimError::payload_too_large(format!("a PATCH has more than {limit} operations")).into());
    }
    let members_only = schema.name() == "Group" && patch.operations.iter().all(is_member_step);
    let mut touched = BTreeSet::new();
    let change = if members_only {
        members(call, schema, id, patch, conditions).await?
    } else {
        let profile = &call.server.profile;
        change(call, schema, id, conditions, &mut |existing| {
            let mut wanted = existing.clone();
            let report = patch.apply_with(&mut wanted, schema, profile)?;
            fired.merge(&report.fired);
            touched = report.touched;
            Ok(wanted)
        })
        .await?
    };
    if change == Change::Accepted {
        return Ok(super::accepted());
    }
    let brief = match call.server.patch_answer {
        PatchAnswer::ResourceUnlessMembers => members_only,
        PatchAnswer::Resource => false,
        PatchAnswer::NoContent => true,
    };
    // SPEC: RFC 7644 section 3.5.2: a PATCH that names `attributes` is answered with 200.
    if brief && query.projection.is_default() {
        return Ok(Reply::no_content());
    }
    let object = call.read(schema, id, &fields(&query.projection, schema)).await?;
    let location = call.server.location(schema, id);
    let reply = Reply::ok(call.show(schema, &object, &query.projection, &touched)).located(Some(&location));
    Ok(call.answer(reply, &object))
}

/// Removes `schemas` from the value of a whole extension.
///
/// A client that models an extension as a resource sends it there; it says what the path says already.
fn without_inner_schemas(mut body: Value) -> Value {
    let operations = body.get_mut("Operations").and_then(Value::as_array_mut);
    for operation in operations.into_iter().flatten().filter_map(Value::as_object_mut) {
        let urn = operation.get("path").and_then(Value::as_str).is_some_and(|path| path.starts_with("urn:"));
        if let (true, Some(Value::Object(value))) = (urn, operation.get_mut("value")) {
            value.remove("schemas");
        }
    }
    body
}

/// Hands single members on as they are, so that no group is read to change one of its members.
async fn members(
    call: &Call<'_>,
    schema: &ResourceSchema,
    id: &str,
    patch: Patch,
    conditions: &Conditions,
) -> Answer<Change> {
    let expected = expected_version(call, schema, id, conditions).await?;
    let operation = Operation::Update { object: ObjectRef::new(class_of(schema), id), patch };
    let mut request = tenure_connector::WriteRequest::new(call.key.clone(), operation);
    request.expected = expected;
    match call.server.connector.apply(&call.ctx, &request).await {
        Ok(outcome) => Ok(match outcome.status {
            OutcomeStatus::Accepted { .. } | OutcomeStatus::Manual { .. } => Change::Accepted,
            _ => Change::Done,
        }),
        Err(error) if error.kind() == ErrorKind::Conflict && conditions.asks() => Err(changed()),
        Err(error) => Err(error.into()),
    }
}

/// Whether an operation adds listed members or removes members by a filter, with nothing that a profile must decide.
fn is_member_step(operation: &tenure_scim::patch::PatchOperation) -> bool {
    let Some(path) = &operation.path else { return false };
    if path.attribute().name() != "members" || path.sub().is_some() || path.attribute().sub().is_some() {
        return false;
    }
    match (operation.op, path.filter(), &operation.value) {
        (PatchOp::Add, None, Some(Value::Array(elements))) => elements.iter().all(is_member),
        (PatchOp::Remove, Some(_), None) => true,
        _ => false,
    }
}

fn is_member(element: &Value) -> bool {
    element.get("value").and_then(Value::as_str).is_some_and(|id| !id.is_empty())
}
