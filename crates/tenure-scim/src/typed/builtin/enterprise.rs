//! The enterprise extension of `User`.

use crate::typed::{Reference, Rest};
use crate::{Complex, Extension};

/// What an enterprise knows about a user.
///
/// Spec: RFC 7643 section 4.3.
#[derive(Debug, Clone, PartialEq, Default, Extension)]
#[scim(schema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")]
pub struct EnterpriseUser {
    /// The number that the organisation gave the person.
    pub employee_number: Option<String>,
    /// The cost centre.
    pub cost_center: Option<String>,
    /// The organisation.
    pub organization: Option<String>,
    /// The division.
    pub division: Option<String>,
    /// The department.
    pub department: Option<String>,
    /// The manager.
    pub manager: Option<Manager>,
    /// What has no field.
    #[scim(rest)]
    pub rest: Rest,
}

/// The manager of a user.
#[derive(Debug, Clone, PartialEq, Default, Complex)]
pub struct Manager {
    /// The `id` of the manager.
    #[scim(case_exact)]
    pub value: Option<String>,
    /// The URI of the manager.
    #[scim(rename = "$ref", reference("User"))]
    pub reference: Option<Reference>,
    /// The name of the manager, as the service provider knows it.
    #[scim(mutability = "readOnly")]
    pub display_name: Option<String>,
    /// What has no field.
    #[scim(rest)]
    pub rest: Rest,
}
