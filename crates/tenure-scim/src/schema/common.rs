//! The attributes that every resource has.

use super::Attribute;

/// `schemas`, `id`, `externalId` and `meta`.
///
/// Spec: RFC 7643 sections 3 and 3.1.
pub(super) fn common_attributes() -> Vec<Attribute> {
    #[expect(clippy::expect_used, reason = "the text is part of the crate and a test reads it")]
    serde_json::from_str(include_str!("common.json")).expect("the common attributes are valid")
}
