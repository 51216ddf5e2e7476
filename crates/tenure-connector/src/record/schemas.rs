use tenure_scim::{Schema, SchemaRegistry};

use crate::ClassSchema;

/// Describes the objects of the class [`WORKER`](crate::ObjectClass::WORKER).
#[must_use]
pub fn worker_class() -> ClassSchema {
    class("Worker", "/Workers", include_str!("worker.json"), &["workerId"])
}

/// Describes the objects of the class [`WORKLOAD`](crate::ObjectClass::WORKLOAD).
#[must_use]
pub fn workload_class() -> ClassSchema {
    class("Workload", "/Workloads", include_str!("workload.json"), &[])
}

/// The extension that tells an account's exact status and its last login.
#[must_use]
pub fn account_schema() -> Schema {
    parse(include_str!("account.json"))
}

/// The built-in resource types, with users that carry the extension of [`account_schema`].
///
/// # Examples
///
/// ```
/// use tenure_connector::record::{ACCOUNT_SCHEMA, account_registry};
///
/// let registry = account_registry();
/// let user = registry.resource("User").ok_or("User is built in")?.resource_type();
/// assert!(user.schema_extensions.iter().any(|extension| extension.schema.as_str() == ACCOUNT_SCHEMA));
/// # Ok::<(), &str>(())
/// ```
#[must_use]
pub fn account_registry() -> SchemaRegistry {
    let mut registry = SchemaRegistry::builtin();
    let account = account_schema();
    if let Some(user) = registry.resource("User").map(|user| user.resource_type().clone()) {
        let extended = user.with_extension(account.id.clone(), false);
        registry.add_schema(account);
        // The extension was added the line before, so it cannot be missing.
        drop(registry.add_resource_type(extended));
    }
    registry
}

pub(crate) fn class(name: &str, endpoint: &str, text: &str, found_by: &[&str]) -> ClassSchema {
    ClassSchema::new(name, endpoint, parse(text), Vec::new()).found_by(found_by)
}

#[expect(clippy::expect_used, reason = "the texts are part of the crate and a test reads each of them")]
fn parse(text: &str) -> Schema {
    let value = serde_json::from_str(text).expect("a built-in schema is JSON");
    Schema::from_json(value).expect("a built-in schema is a schema")
}
