#![doc = include_str!("../README.md")]

mod access;
mod capabilities;
mod config;
mod fields;
mod ownership;
mod system;

pub use self::config::{Rooms, Suspension, SynapseConfig};
pub use self::system::Synapse;
pub use tenure_connector_rest::Auth;
use tenure_connector_rest::system::SystemConnector;

/// Provisions into one homeserver.
///
/// # Examples
///
/// ```
/// use tenure_connector::{Connector as _, Secret};
/// use tenure_connector_synapse::{Auth, SynapseConfig, SynapseConnector};
///
/// let config = SynapseConfig::new("https://matrix.example.com".parse()?, "example.com");
/// let token = Auth::bearer(&Secret::new("syt_…"));
/// let connector = SynapseConnector::new(config, token, reqwest::Client::new())?;
/// assert_eq!(connector.info().instance, "example.com");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type SynapseConnector = SystemConnector<Synapse>;
