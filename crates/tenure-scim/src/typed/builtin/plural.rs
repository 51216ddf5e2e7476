//! The multi-valued attributes of a user.

use crate::Complex;
use crate::typed::{Binary, Reference, Rest};

macro_rules! plural {
    ($(#[$doc:meta])* $name:ident, $value:ty, [$($value_option:meta)?], [$($kind_option:meta)?]) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Default, Complex)]
        pub struct $name {
            /// The value.
            $(#[$value_option])?
            pub value: Option<$value>,
            /// The value for people.
            pub display: Option<String>,
            /// What kind of value this is.
            #[scim(rename = "type")]
            $(#[$kind_option])?
            pub kind: Option<String>,
            /// Whether this is the preferred value; at most one is.
            pub primary: Option<bool>,
            /// What has no field.
            #[scim(rest)]
            pub rest: Rest,
        }
    };
}

plural! {
    /// An e-mail address.
    Email, String, [], [scim(canonical("work", "home", "other"))]
}

plural! {
    /// A telephone number.
    PhoneNumber, String, [], [scim(canonical("work", "home", "mobile", "fax", "pager", "other"))]
}

plural! {
    /// An instant messaging address.
    InstantMessage, String, [], [scim(canonical("aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"))]
}

plural! {
    /// A picture of the user.
    Photo, Reference, [scim(reference("external"))], [scim(canonical("photo", "thumbnail"))]
}

plural! {
    /// A thing the user has or may do.
    Entitlement, String, [], []
}

plural! {
    /// A role of the user.
    Role, String, [], []
}

plural! {
    /// A certificate of the user.
    X509Certificate, Binary, [], []
}

/// A postal address.
#[derive(Debug, Clone, PartialEq, Default, Complex)]
pub struct Address {
    /// The whole address, as it is written on a letter.
    pub formatted: Option<String>,
    /// Street, house number and whatever else comes before the town.
    pub street_address: Option<String>,
    /// The town.
    pub locality: Option<String>,
    /// The state or region.
    pub region: Option<String>,
    /// The postal code.
    pub postal_code: Option<String>,
    /// The country as ISO 3166-1 alpha-2, for example `DE`.
    pub country: Option<String>,
    /// What kind of address this is.
    #[scim(rename = "type", canonical("work", "home", "other"))]
    pub kind: Option<String>,
    /// Whether this is the preferred address; at most one is.
    pub primary: Option<bool>,
    /// What has no field.
    #[scim(rest)]
    pub rest: Rest,
}

/// A group the user is in. Only the service provider writes it; membership is changed in the group.
#[derive(Debug, Clone, PartialEq, Default, Complex)]
pub struct GroupMembership {
    /// The `id` of the group.
    #[scim(mutability = "readOnly")]
    pub value: Option<String>,
    /// The URI of the group.
    #[scim(rename = "$ref", mutability = "readOnly", reference("Group"))]
    pub reference: Option<Reference>,
    /// The name of the group.
    #[scim(mutability = "readOnly")]
    pub display: Option<String>,
    /// Whether the membership is `direct` or `indirect`, by way of another group.
    #[scim(rename = "type", mutability = "readOnly", canonical("direct", "indirect"))]
    pub kind: Option<String>,
    /// What has no field.
    #[scim(rest)]
    pub rest: Rest,
}
