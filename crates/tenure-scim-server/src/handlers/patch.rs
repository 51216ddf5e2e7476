use std::collections::BTreeSet;

use serde_json::Value;
use tenure_connector::{Connector, ErrorKind, ObjectRef, Operation, OperationKind};
use tenure_scim::patch::{Patch, PatchOp, PatchOperation};
use tenure_scim::{Fired, ScimError};

use super::precondition::{changed, expected_version};
use super::write::{Change, Changed, Target, change, finish};
use crate::authorize::ActionKind;
use crate::call::Call;
use crate::config::PatchAnswer;
use crate::fault::Answer;
use crate::server::class_of;

/// `PATCH /Users/{id}`.
pub(crate) async fn patch(call: &Call<'_>, target: Target<'_>, body: Value) -> Answer {
    let mut fired = Fired::default();
    let changed = apply(call, target, body, &mut fired).await;
    finish(call, ActionKind::Patch, target, changed, &fired).await
}

async fn apply(call: &Call<'_>, target: Target<'_>, body: Value, fired: &mut Fired) -> Answer<Changed> {
    if !call.server.features.patch {
        return Err(ScimError::not_implemented("this service has no PATCH").into());
    }
    let schema = target.schema;
    call.permit(ActionKind::Patch, Some(schema), Some(target.id)).await?;
    call.possible(OperationKind::Update, schema)?;
    let patch = Patch::from_json(without_inner_schemas(body), &call.server.profile, fired)?;
    let limit = call.server.limits.patch_operations;
    if patch.operations.len() > limit {
        return Err(ScimError::payload_too_large(format!("a PATCH has more than {limit} operations")).into());
    }
    let members_only = schema.name() == "Group" && patch.operations.iter().all(is_member_step);
    let mut written = BTreeSet::new();
    let change = if members_only {
        members(call, target, patch).await?
    } else {
        let profile = &call.server.profile;
        change(call, target, &mut |existing| {
            let mut wanted = existing.clone();
            let report = patch.apply_with(&mut wanted, schema, profile)?;
            fired.merge(&report.fired);
            written = report.touched;
            Ok(wanted)
        })
        .await?
    };
    let brief = match call.server.patch_answer {
        PatchAnswer::ResourceUnlessMembers => members_only,
        PatchAnswer::Resource => false,
        PatchAnswer::NoContent => true,
    };
    Ok(Changed { change, written, brief })
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
async fn members(call: &Call<'_>, target: Target<'_>, patch: Patch) -> Answer<Change> {
    let Target { schema, id, conditions, .. } = target;
    let expected = expected_version(call, schema, id, conditions).await?;
    let operation = Operation::Update { object: ObjectRef::new(class_of(schema), id), patch };
    let request = call.key.write(operation, expected);
    match call.server.connector.apply(&call.ctx, &request).await {
        Ok(outcome) => Ok(Change::of(&outcome, None)),
        Err(error) if error.kind() == ErrorKind::Conflict && conditions.asks() => Err(changed()),
        Err(error) => Err(error.into()),
    }
}

/// Whether an operation adds listed members or removes members by a filter, with nothing that a profile must decide.
fn is_member_step(operation: &PatchOperation) -> bool {
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
