//! The `User` resource.

use super::plural::{
    Address, Email, Entitlement, GroupMembership, InstantMessage, PhoneNumber, Photo, Role, X509Certificate,
};
use crate::typed::{EnterpriseUser, Meta, Password, Reference, Rest};
use crate::{Complex, Resource};

/// A user.
///
/// ```
/// use tenure_scim::Resource;
/// use tenure_scim::typed::{Email, User};
///
/// let open: Resource = r#"{
///     "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
///     "userName": "anna", "emails": [{ "value": "anna@example.com", "type": "work" }], "shoeSize": 43
/// }"#.parse()?;
/// let mut anna = User::try_from(&open)?;
/// assert_eq!(anna.emails.first().and_then(|e| e.value.as_deref()), Some("anna@example.com"));
/// assert_eq!(Resource::from(&anna), open);
///
/// anna.active = Some(false);
/// let off = Resource::from(anna);
/// assert_eq!((off.attr("active").and_then(|v| v.as_bool()), off.attr("shoeSize").and_then(|v| v.as_i64())), (Some(false), Some(43)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Spec: RFC 7643 section 4.1.
#[derive(Debug, Clone, PartialEq, Default, Resource)]
#[scim(schema = "urn:ietf:params:scim:schemas:core:2.0:User")]
pub struct User {
    /// The identifier that the service provider gave the user.
    pub id: Option<String>,
    /// The identifier of the user at the provisioning client.
    pub external_id: Option<String>,
    /// What the service provider knows about the resource itself.
    pub meta: Option<Meta>,
    /// The name the user signs in with, unique at the service provider.
    #[scim(uniqueness = "server")]
    pub user_name: String,
    /// The parts of the person's name.
    pub name: Option<Name>,
    /// The name for people.
    pub display_name: Option<String>,
    /// The casual name.
    pub nick_name: Option<String>,
    /// The page of the user.
    #[scim(reference("external"))]
    pub profile_url: Option<Reference>,
    /// The job title.
    pub title: Option<String>,
    /// How the user belongs to the organisation, for example `Employee`.
    pub user_type: Option<String>,
    /// The preferred written or spoken language, as RFC 7231 has it.
    pub preferred_language: Option<String>,
    /// The place for formats of dates, numbers and currencies, for example `en-US`.
    pub locale: Option<String>,
    /// The time zone by its IANA name, for example `Europe/Berlin`.
    pub timezone: Option<String>,
    /// Whether the user may use the service.
    pub active: Option<bool>,
    /// A password to set. It is never read back.
    #[scim(mutability = "writeOnly", returned = "never")]
    pub password: Option<Password>,
    /// E-mail addresses.
    pub emails: Vec<Email>,
    /// Telephone numbers.
    pub phone_numbers: Vec<PhoneNumber>,
    /// Instant messaging addresses.
    pub ims: Vec<InstantMessage>,
    /// Pictures.
    pub photos: Vec<Photo>,
    /// Postal addresses.
    pub addresses: Vec<Address>,
    /// The groups the user is in.
    #[scim(mutability = "readOnly")]
    pub groups: Vec<GroupMembership>,
    /// What the user has or may do.
    pub entitlements: Vec<Entitlement>,
    /// The roles of the user.
    pub roles: Vec<Role>,
    /// The certificates of the user.
    #[scim(rename = "x509Certificates")]
    pub certificates: Vec<X509Certificate>,
    /// What an enterprise knows about the user.
    #[scim(extension)]
    pub enterprise: Option<EnterpriseUser>,
    /// What has no field.
    #[scim(rest)]
    pub rest: Rest,
}

/// The parts of a person's name.
#[derive(Debug, Clone, PartialEq, Default, Complex)]
pub struct Name {
    /// The whole name, as it is shown.
    pub formatted: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// The given name.
    pub given_name: Option<String>,
    /// The middle names.
    pub middle_name: Option<String>,
    /// What stands in front, for example `Dr.`
    pub honorific_prefix: Option<String>,
    /// What stands behind, for example `III`
    pub honorific_suffix: Option<String>,
    /// What has no field.
    #[scim(rest)]
    pub rest: Rest,
}
