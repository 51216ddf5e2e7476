#![doc = include_str!("../README.md")]

mod access;
mod capabilities;
mod config;
mod fields;
mod organization;
mod projects;
mod system;

pub use self::config::AtlassianConfig;
pub use self::organization::with_organization;
pub use self::system::Atlassian;
pub use tenure_connector_rest::Auth;
use tenure_connector_rest::system::SystemConnector;

/// Provisions into one site of Atlassian, and, with [`with_organization`], into the organisation above it.
///
/// # Examples
///
/// ```
/// use tenure_connector::{Connector as _, Secret};
/// use tenure_connector_atlassian::{AtlassianConfig, AtlassianConnector, Auth};
///
/// let config = AtlassianConfig::site("https://meridian.atlassian.net".parse()?);
/// let auth = Auth::basic("admin@example.com", &Secret::new("ATATT…"));
/// let connector = AtlassianConnector::new(config, auth, reqwest::Client::new())?;
/// assert_eq!(connector.info().instance, "meridian.atlassian.net");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type AtlassianConnector = SystemConnector<Atlassian>;
