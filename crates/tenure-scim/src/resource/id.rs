//! What an `id` may be.

use crate::error::ScimError;

/// Checks an `id` before it is given to a resource.
///
/// ```
/// use tenure_scim::resource::check_id;
///
/// assert!(check_id("2819c223-7f76-453a-919d-413861904646").is_ok());
/// assert!(check_id("").is_err());
/// assert!(check_id("user-bulkId-1").is_err());
/// ```
///
/// # Errors
///
/// An empty `id`, or one with the reserved word `bulkId` in it, with which bulk requests refer to what has no `id` yet.
///
/// # Spec
///
/// RFC 7643 section 3.1.
pub fn check_id(id: &str) -> Result<(), ScimError> {
    if id.is_empty() {
        return Err(ScimError::invalid_value("expected an `id`, found empty text"));
    }
    if id.contains("bulkId") {
        return Err(ScimError::invalid_value(format!(
            "expected an `id` without `bulkId` in it, found `{id}`"
        )));
    }
    Ok(())
}
