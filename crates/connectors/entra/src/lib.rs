#![doc = include_str!("../README.md")]

mod access;
mod capabilities;
mod config;
mod fields;
mod licences;
mod ownership;
mod system;

pub use self::config::{AppRole, EntraConfig};
pub use self::system::Entra;
pub use tenure_connector_rest::Auth;
use tenure_connector_rest::system::SystemConnector;
pub use tenure_connector_rest::system::WorkersFrom;

/// Provisions into one tenant of Microsoft Entra ID, and reads its people.
///
/// # Examples
///
/// ```
/// use tenure_connector::{Connector as _, Secret};
/// use tenure_connector_entra::{Auth, EntraConfig, EntraConnector};
/// use tenure_connector_rest::{HttpOptions, http_client};
///
/// let auth = Auth::bearer(&Secret::new("eyJ0…"));
/// let http = http_client(&HttpOptions::default())?;
/// let connector = EntraConnector::new(EntraConfig::tenant("meridian.example"), auth, http)?;
/// assert_eq!(connector.info().instance, "meridian.example");
/// # Ok::<(), tenure_connector::ConnectorError>(())
/// ```
pub type EntraConnector = SystemConnector<Entra>;
