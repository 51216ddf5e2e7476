//! The resource types that a directory keeps.

use tenure_connector::record::{ACCOUNT_SCHEMA, account_schema};
use tenure_scim::{SchemaRegistry, SchemaUri};

/// The built-in resource types, with users that carry their exact status and when they were last active.
pub fn registry() -> SchemaRegistry {
    let mut registry = SchemaRegistry::builtin();
    registry.add_schema(account_schema());
    let user = registry.resource("User").map(|user| user.resource_type().clone());
    if let (Some(user), Ok(account)) = (user, SchemaUri::parse(ACCOUNT_SCHEMA)) {
        // The extension was added above and User is built in, so nothing can be missing.
        drop(registry.add_resource_type(user.with_extension(account, false)));
    }
    registry
}
