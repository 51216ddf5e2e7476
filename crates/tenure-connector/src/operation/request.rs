use serde::{Deserialize, Serialize};

use crate::{IdempotencyKey, Operation, Version};

/// A write together with what makes repeating it safe.
///
/// # Examples
///
/// ```
/// use tenure_connector::{DeleteMode, ObjectClass, ObjectRef, Operation, WriteRequest};
///
/// let request = WriteRequest::new(
///     "plan-9/step-1",
///     Operation::Delete { object: ObjectRef::new(ObjectClass::USER, "42"), mode: DeleteMode::Soft },
/// )
/// .expecting("W/\"7\"");
/// let json = serde_json::to_string(&request)?;
/// assert_eq!(serde_json::from_str::<WriteRequest>(&json)?, request);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WriteRequest {
    /// Names this write over retries and restarts.
    pub key: IdempotencyKey,
    /// The version the object must have; otherwise the write is refused with `Conflict`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Version>,
    /// What to do.
    pub operation: Operation,
    /// Whether nobody will repeat the write under its key, so that a connector need not remember the key.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub once: bool,
}

impl WriteRequest {
    /// Asks for an operation under a key.
    #[must_use]
    pub fn new(key: impl Into<IdempotencyKey>, operation: Operation) -> Self {
        Self { key: key.into(), expected: None, operation, once: false }
    }

    /// Says that nobody will repeat the write under its key: it was made up for this one attempt.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// Adds the version that the object must have.
    #[must_use]
    pub fn expecting(mut self, version: impl Into<Version>) -> Self {
        self.expected = Some(version.into());
        self
    }
}
