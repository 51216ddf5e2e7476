//! Changing a resource: read, compute the wanted state, write the difference, begin again when it changed meanwhile.

use tenure_connector::{ErrorKind, Fields, ObjectRef, Operation, OutcomeStatus, Version, WriteRequest};
use tenure_scim::{Resource, ResourceSchema, ScimError, diff};

use super::precondition::changed;
use crate::call::Call;
use crate::etag::Conditions;
use crate::fault::Answer;
use crate::server::class_of;

/// How a change ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// The resource is as wanted.
    Done,
    /// The system behind works on it.
    Accepted,
}

/// Makes a resource what `wanted` says of its present state.
pub(crate) async fn change(
    call: &Call<'_>,
    schema: &ResourceSchema,
    id: &str,
    conditions: &Conditions,
    wanted: &mut (dyn FnMut(&Resource) -> Result<Resource, ScimError> + Send),
) -> Answer<Change> {
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
            Ok(outcome) => {
                return Ok(match outcome.status {
                    OutcomeStatus::Accepted { .. } | OutcomeStatus::Manual { .. } => Change::Accepted,
                    _ => Change::Done,
                });
            }
            Err(error) if error.kind() == ErrorKind::Conflict && conditions.asks() => return Err(changed()),
            Err(error) if error.kind() == ErrorKind::Conflict && attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

const ATTEMPTS: u32 = 5;
