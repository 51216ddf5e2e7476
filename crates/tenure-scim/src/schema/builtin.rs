//! The schemas of RFC 7643, with the verified errata, and the device schemas of RFC 9944.
//!
//! Beyond section 8.7.2 of RFC 7643, the service provider configuration has what its section 5 requires and the listing
//! left out (`etag`, `authenticationSchemes.type`), `pagination` of RFC 9865 and `securityEvents` of RFC 9967.

use std::sync::LazyLock;

use super::{ResourceType, Schema, SchemaRegistry};
use crate::uri::{self, SchemaUri};

static BUILTIN: LazyLock<SchemaRegistry> = LazyLock::new(build);

/// The registry of everything that is built in.
pub(super) fn registry() -> SchemaRegistry {
    BUILTIN.clone()
}

#[expect(clippy::expect_used, reason = "the texts are part of the crate and a test reads all of them")]
fn build() -> SchemaRegistry {
    let mut registry = SchemaRegistry::new();
    for text in TEXTS {
        let schema: Schema = serde_json::from_str(text).expect("a built-in schema is valid");
        registry.add_schema(schema);
    }
    for resource_type in resource_types() {
        registry.add_resource_type(resource_type).expect("the schemas of a built-in type are built in");
    }
    registry
}

fn resource_types() -> [ResourceType; 5] {
    let new = |name, endpoint, description: &str, schema| {
        let mut new = ResourceType::new(name, endpoint, SchemaUri::from_static(schema));
        new.description = Some(description.to_owned());
        new
    };
    [
        new("User", "/Users", "User Account", uri::USER)
            .with_extension(SchemaUri::from_static(uri::ENTERPRISE_USER), false),
        new("Group", "/Groups", "Group", uri::GROUP),
        new(
            "ServiceProviderConfig",
            "/ServiceProviderConfig",
            "What the service provider supports",
            uri::SERVICE_PROVIDER_CONFIG,
        ),
        new("ResourceType", "/ResourceTypes", "Kinds of resources", uri::RESOURCE_TYPE),
        new("Schema", "/Schemas", "Attributes of resources", uri::SCHEMA),
    ]
}

/// Adds the device resources of RFC 9944.
///
/// Where its text, its tables and its JSON differ, the tables count, as a rule. Deviations from all three: the key of Just
/// Works is not required, since it is always `null`; uniqueness among the devices of a manufacturer is `global` and within
/// an enterprise `server`.
#[expect(clippy::expect_used, reason = "the text is part of the crate and a test reads it")]
pub(super) fn add_devices(registry: &mut SchemaRegistry) {
    let schemas: Vec<Schema> =
        serde_json::from_str(include_str!("builtin/devices.json")).expect("the device schemas are valid");
    let mut device = ResourceType::new("Device", "/Devices", SchemaUri::from_static(uri::DEVICE));
    let app = ResourceType::new("EndpointApp", "/EndpointApps", SchemaUri::from_static(uri::ENDPOINT_APP));
    for schema in schemas {
        if !schema.id.is_core() {
            device = device.with_extension(schema.id.clone(), false);
        }
        registry.add_schema(schema);
    }
    for resource_type in [device, app] {
        registry.add_resource_type(resource_type).expect("the schemas of the devices were added");
    }
}

const TEXTS: [&str; 6] = [
    include_str!("builtin/user.json"),
    include_str!("builtin/group.json"),
    include_str!("builtin/enterprise_user.json"),
    include_str!("builtin/service_provider_config.json"),
    include_str!("builtin/resource_type.json"),
    include_str!("builtin/schema.json"),
];
