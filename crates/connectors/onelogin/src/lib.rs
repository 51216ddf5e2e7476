#![doc = include_str!("../README.md")]

mod access;
mod capabilities;
mod changes;
mod config;
mod fields;
mod system;

pub use self::config::OneloginConfig;
pub use self::system::Onelogin;
pub use tenure_connector_rest::Auth;
use tenure_connector_rest::system::SystemConnector;

/// Provisions into one account of OneLogin.
///
/// # Examples
///
/// ```
/// use tenure_connector::{Connector as _, Secret};
/// use tenure_connector_onelogin::{Auth, OneloginConfig, OneloginConnector};
/// use tenure_connector_rest::{HttpOptions, http_client};
///
/// let config = OneloginConfig::new("https://meridian.onelogin.com".parse()?);
/// let http = http_client(&HttpOptions::default())?;
/// let connector = OneloginConnector::new(config, Auth::bearer(&Secret::new("ab12…")), http)?;
/// assert_eq!(connector.info().instance, "meridian.onelogin.com");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type OneloginConnector = SystemConnector<Onelogin>;
