//! What accounts can hold, and who holds what, as typed views of SCIM resources.
//!
//! A connector lists the class [`ENTITLEMENT`](crate::ObjectClass::ENTITLEMENT) so that policies can be checked against
//! what exists, and the class [`GRANT`](crate::ObjectClass::GRANT) so that held access can be compared with wanted
//! access, in one walk instead of one call an account.

mod definition;
mod grant;
#[cfg(test)]
mod tests;

pub use self::definition::Entitlement;
pub use self::grant::GrantRecord;
use crate::ClassSchema;
use crate::record::class;

/// The URI of the schema of [`Entitlement`].
pub const ENTITLEMENT_SCHEMA: &str = "urn:tenure:params:scim:schemas:1.0:Entitlement";
/// The URI of the schema of [`GrantRecord`].
pub const GRANT_SCHEMA: &str = "urn:tenure:params:scim:schemas:1.0:Grant";

/// Describes the objects of the class [`ENTITLEMENT`](crate::ObjectClass::ENTITLEMENT).
#[must_use]
pub fn entitlement_class() -> ClassSchema {
    class("Entitlement", "/Entitlements", include_str!("entitlement.json"), &[])
}

/// Describes the objects of the class [`GRANT`](crate::ObjectClass::GRANT).
#[must_use]
pub fn grant_class() -> ClassSchema {
    class("Grant", "/Grants", include_str!("grant.json"), &[])
}
