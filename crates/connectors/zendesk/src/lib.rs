#![doc = include_str!("../README.md")]

mod access;
mod capabilities;
mod config;
mod fields;
mod system;
mod tickets;

pub use self::config::{OpenTickets, People, Seat, ZendeskConfig, api_token};
pub use self::system::Zendesk;
pub use tenure_connector_rest::Auth;
use tenure_connector_rest::system::SystemConnector;

/// Provisions into one instance of Zendesk Support.
///
/// # Examples
///
/// ```
/// use tenure_connector::{Connector as _, Secret};
/// use tenure_connector_zendesk::{ZendeskConfig, ZendeskConnector, api_token};
/// use tenure_connector_rest::{HttpOptions, http_client};
///
/// let config = ZendeskConfig::new("https://meridian.zendesk.com".parse()?);
/// let auth = api_token("admin@example.com", &Secret::new("token"));
/// let http = http_client(&HttpOptions::default())?;
/// let connector = ZendeskConnector::new(config, auth, http)?;
/// assert_eq!(connector.info().instance, "meridian.zendesk.com");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type ZendeskConnector = SystemConnector<Zendesk>;
