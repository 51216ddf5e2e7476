//! The `Group` resource.

use crate::typed::{Meta, Reference, Rest};
use crate::{Complex, Resource};

/// A group.
///
/// ```
/// use tenure_scim::Resource;
/// use tenure_scim::typed::{Group, Member};
///
/// let mut staff = Group { display_name: "Staff".to_owned(), ..Group::default() };
/// staff.members.push(Member { value: Some("2819c223".to_owned()), ..Member::default() });
/// let open = Resource::from(&staff);
/// assert_eq!(open.text("displayName"), Some("Staff"));
/// assert_eq!(Group::try_from(&open)?, Group { rest: Group::try_from(&open)?.rest, ..staff });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Spec: RFC 7643 section 4.2, with verified erratum 5368: `displayName` is required.
#[derive(Debug, Clone, PartialEq, Default, Resource)]
#[scim(schema = "urn:ietf:params:scim:schemas:core:2.0:Group")]
pub struct Group {
    /// The identifier that the service provider gave the group.
    pub id: Option<String>,
    /// The identifier of the group at the provisioning client.
    pub external_id: Option<String>,
    /// What the service provider knows about the resource itself.
    pub meta: Option<Meta>,
    /// The name for people.
    pub display_name: String,
    /// Who is in the group.
    pub members: Vec<Member>,
    /// What has no field.
    #[scim(rest)]
    pub rest: Rest,
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Default, Complex)]
pub struct Member {
    /// The `id` of the member.
    #[scim(mutability = "immutable")]
    pub value: Option<String>,
    /// The name of the member.
    #[scim(mutability = "immutable")]
    pub display: Option<String>,
    /// The URI of the member.
    #[scim(rename = "$ref", mutability = "immutable", reference("User", "Group"))]
    pub reference: Option<Reference>,
    /// Whether the member is a user or a group.
    #[scim(rename = "type", mutability = "immutable", canonical("User", "Group"))]
    pub kind: Option<String>,
    /// What has no field.
    #[scim(rest)]
    pub rest: Rest,
}
