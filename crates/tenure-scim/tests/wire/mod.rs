//! What peers write, and reading it.
#![allow(dead_code, reason = "each test uses some of it")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value, json};
use tenure_scim::message::ServiceProviderConfig;
use tenure_scim::{
    Filter, FilterLimits, Fired, Patch, Profile, Resource, SchemaRegistry, ScimError, profile, uri,
};

pub(crate) const ENTERPRISE: &str = uri::ENTERPRISE_USER;

/// What a peer sends.
pub(crate) enum Shape {
    Filter(&'static str),
    /// A whole PATCH body.
    Patch(Value),
    /// Operations of a PATCH.
    Operations(Value),
    /// The body of a create request; the first entry of `before` is the resource type's name.
    Body(Value),
    Config(Value),
    Error(Value),
}

/// Reads what a peer sends; gives the result as JSON.
pub(crate) fn read(shape: &Shape, profile: &Profile, fired: &mut Fired) -> Result<Value, ScimError> {
    let registry = SchemaRegistry::builtin();
    let users = registry.resource("User").unwrap();
    let patch = |body: Value, fired: &mut Fired| {
        let mut user = Resource::from_json(before()).unwrap();
        let report = Patch::from_json(body, profile, fired)?.apply_with(&mut user, users, profile)?;
        fired.merge(&report.fired);
        Ok(user.to_json())
    };
    match shape {
        Shape::Filter(text) => {
            let mut filter = Filter::parse_with(text, &FilterLimits::default(), profile, fired)?;
            filter.normalise(users, profile, fired);
            filter.check(users)?;
            Ok(filter.to_string().into())
        }
        Shape::Patch(body) => patch(body.clone(), fired),
        Shape::Operations(operations) => {
            patch(json!({"schemas": [uri::PATCH_OP], "Operations": operations}), fired)
        }
        Shape::Body(body) => {
            let kind = if body["displayName"].is_string() { "Group" } else { "User" };
            let schema = registry.resource(kind).unwrap();
            let mut resource = Resource::from_json(body.clone()).unwrap();
            profile::normalise(&mut resource, schema, profile, fired)?;
            Ok(schema.validate_create(&resource)?.to_json())
        }
        Shape::Config(document) => {
            Ok(ServiceProviderConfig::from_json(document.clone(), profile, fired)?.to_json())
        }
        Shape::Error(body) => {
            Ok(serde_json::to_value(ScimError::from_json(body.clone(), profile, fired)?).unwrap())
        }
    }
}

pub(crate) fn before() -> Value {
    json!({
        "schemas": [uri::USER, ENTERPRISE],
        "userName": "babs",
        "active": true,
        "emails": [{"value": "w@x.org", "type": "work"}, {"value": "h@x.org", "type": "home"}],
        ENTERPRISE: {"manager": {"value": "m1"}}
    })
}
