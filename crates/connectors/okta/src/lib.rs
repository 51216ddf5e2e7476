#![doc = include_str!("../README.md")]

mod access;
mod capabilities;
mod changes;
mod config;
mod fields;
mod system;

pub use self::config::{NotActive, OktaConfig, api_token};
pub use self::system::Okta;
pub use tenure_connector_rest::Auth;
use tenure_connector_rest::system::SystemConnector;
pub use tenure_connector_rest::system::WorkersFrom;

/// Provisions into one organisation of Okta, and reads its people.
///
/// # Examples
///
/// ```
/// use tenure_connector::{Connector as _, Secret};
/// use tenure_connector_okta::{OktaConfig, OktaConnector, api_token};
/// use tenure_connector_rest::{HttpOptions, http_client};
///
/// let config = OktaConfig::new("https://meridian.okta.com".parse()?);
/// let http = http_client(&HttpOptions::default())?;
/// let connector = OktaConnector::new(config, api_token(&Secret::new("00a…")), http)?;
/// assert_eq!(connector.info().instance, "meridian.okta.com");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type OktaConnector = SystemConnector<Okta>;
