use tenure_connector::{DeleteMode, ObjectRef, Operation, OperationKind, OutcomeStatus};
use tenure_scim::{Fired, ResourceSchema, ScimError};

use super::precondition::expected_version;
use crate::authorize::ActionKind;
use crate::call::Call;
use crate::config::Deletion;
use crate::dispatch::status_of;
use crate::etag::Conditions;
use crate::fault::Answer;
use crate::job::unfinished;
use crate::reply::Reply;
use crate::server::class_of;

/// `DELETE /Users/{id}`.
pub(crate) async fn delete(
    call: &Call<'_>,
    schema: &ResourceSchema,
    id: &str,
    conditions: &Conditions,
) -> Answer {
    let answer = remove(call, schema, id, conditions).await;
    call.record(ActionKind::Delete, Some(schema), Some(id), status_of(&answer), &Fired::default());
    answer
}

async fn remove(call: &Call<'_>, schema: &ResourceSchema, id: &str, conditions: &Conditions) -> Answer {
    call.permit(ActionKind::Delete, Some(schema), Some(id)).await?;
    call.possible(OperationKind::Delete, schema)?;
    let expected = expected_version(call, schema, id, conditions).await?;
    let mode = match call.server.deletion {
        Deletion::Permanent => DeleteMode::Permanent,
        Deletion::Soft => DeleteMode::Soft,
    };
    let object = ObjectRef::new(class_of(schema), id);
    let (outcome, _) = call.write(Operation::Delete { object, mode }, expected).await?;
    match outcome.status {
        OutcomeStatus::AlreadySo { observed_missing: true } => {
            Err(ScimError::not_found(format!("there is no {} `{id}`", schema.name())).into())
        }
        _ => Ok(match unfinished(&outcome, OperationKind::Delete) {
            Some(work) => Reply::unfinished(work).located(Some(&call.server.location(schema, id))),
            None => Reply::no_content(),
        }),
    }
}
