#![doc = include_str!("../README.md")]

mod access;
mod capabilities;
mod config;
mod fields;
mod system;

pub use self::config::{TrelloConfig, token};
pub use self::system::Trello;
pub use tenure_connector_rest::Auth;
use tenure_connector_rest::system::SystemConnector;

/// Provisions into one workspace of Trello.
///
/// # Examples
///
/// ```
/// use tenure_connector::{Connector as _, Secret};
/// use tenure_connector_trello::{TrelloConfig, TrelloConnector, token};
/// use tenure_connector_rest::{HttpOptions, http_client};
///
/// let config = TrelloConfig::workspace("meridian", "0a1b2c");
/// let auth = token(&config.key, &Secret::new("ATTA…"));
/// let http = http_client(&HttpOptions::default())?;
/// let connector = TrelloConnector::new(config, auth, http)?;
/// assert_eq!(connector.info().instance, "meridian");
/// # Ok::<(), tenure_connector::ConnectorError>(())
/// ```
pub type TrelloConnector = SystemConnector<Trello>;
