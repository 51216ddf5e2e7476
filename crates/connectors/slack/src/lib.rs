#![doc = include_str!("../README.md")]

mod access;
mod capabilities;
mod config;
mod fields;
mod system;

pub use self::config::SlackConfig;
pub use self::system::Slack;
pub use tenure_connector_rest::Auth;
use tenure_connector_rest::system::SystemConnector;

/// Provisions into one Slack workspace or organisation.
///
/// # Examples
///
/// ```
/// use tenure_connector::{Connector as _, Secret};
/// use tenure_connector_slack::{Auth, SlackConfig, SlackConnector};
/// use tenure_connector_rest::{HttpOptions, http_client};
///
/// let config = SlackConfig::workspace("T0123");
/// let http = http_client(&HttpOptions::default())?;
/// let connector = SlackConnector::new(config, Auth::bearer(&Secret::new("xoxp-…")), http)?;
/// assert_eq!(connector.info().instance, "T0123");
/// # Ok::<(), tenure_connector::ConnectorError>(())
/// ```
pub type SlackConnector = SystemConnector<Slack>;
