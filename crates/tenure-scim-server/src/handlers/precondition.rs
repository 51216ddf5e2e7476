use tenure_connector::{Fields, Version};
use tenure_scim::{AttrPath, ResourceSchema, ScimError};

use crate::call::Call;
use crate::etag::Conditions;
use crate::fault::{Answer, Failure};

/// The version that a write must find, after `If-Match` was compared with the present one.
pub(crate) async fn expected_version(
    call: &Call<'_>,
    schema: &ResourceSchema,
    id: &str,
    conditions: &Conditions,
) -> Answer<Option<Version>> {
    if !conditions.asks() {
        return Ok(None);
    }
    if !call.server.features.etag {
        // A write that ignored the condition would undo what the client did not see.
        return if conditions.allows(None) { Ok(None) } else { Err(no_versions()) };
    }
    let fields = AttrPath::parse("id").map(|path| Fields::Only([path].into())).unwrap_or_default();
    let object = call.read(schema, id, &fields).await?;
    if conditions.allows(object.version.as_ref().map(|version| version.as_str())) {
        Ok(object.version)
    } else {
        Err(changed())
    }
}

/// The client expects a version where none was ever shown.
pub(crate) fn no_versions() -> Failure {
    ScimError::precondition_failed("this service has no versions, so the request can expect none").into()
}

/// The resource is not as the client thinks it is.
pub(crate) fn changed() -> Failure {
    ScimError::precondition_failed("the resource has another version than the request expects").into()
}
