use serde::{Deserialize, Serialize};

/// Says which connector this is and which instance of which system it talks to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorInfo {
    /// The kind of system: `memory`, `csv`, `scim`, `zendesk`.
    pub system: String,
    /// The crate that implements the connector.
    pub connector: String,
    /// The version of that crate.
    pub version: String,
    /// Which instance of the system: a host, a tenant, a folder. Never a secret, never a URL with a query.
    pub instance: String,
}

impl ConnectorInfo {
    /// Describes a connector; pass `env!("CARGO_PKG_NAME")` and `env!("CARGO_PKG_VERSION")` of its crate.
    #[must_use]
    pub fn new(system: &str, connector: &str, version: &str, instance: impl Into<String>) -> Self {
        Self {
            system: system.to_owned(),
            connector: connector.to_owned(),
            version: version.to_owned(),
            instance: instance.into(),
        }
    }
}
