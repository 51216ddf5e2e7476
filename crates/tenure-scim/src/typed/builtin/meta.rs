//! The `meta` attribute.

use crate::Complex;
use crate::datetime::ScimDateTime;
use crate::typed::{Reference, Rest};

/// What the service provider knows about the resource itself.
///
/// Spec: RFC 7643 section 3.1.
#[derive(Debug, Clone, PartialEq, Default, Complex)]
pub struct Meta {
    /// The name of the resource type.
    #[scim(case_exact, mutability = "readOnly")]
    pub resource_type: Option<String>,
    /// When the resource was added.
    #[scim(mutability = "readOnly")]
    pub created: Option<ScimDateTime>,
    /// When the resource was last changed.
    #[scim(mutability = "readOnly")]
    pub last_modified: Option<ScimDateTime>,
    /// The URI of the resource.
    #[scim(mutability = "readOnly", case_exact, reference("uri"))]
    pub location: Option<Reference>,
    /// The version of the resource, as its entity tag.
    #[scim(case_exact, mutability = "readOnly")]
    pub version: Option<String>,
    /// What has no field.
    #[scim(rest)]
    pub rest: Rest,
}
