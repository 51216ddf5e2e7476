#![doc = include_str!("../README.md")]

mod access;
mod capabilities;
mod config;
mod fields;
mod system;
mod transfer;

pub use self::config::{GoogleConfig, Sku};
pub use self::system::Google;
use tenure_connector_rest::system::SystemConnector;
pub use tenure_connector_rest::system::WorkersFrom;
pub use tenure_connector_rest::{Auth, ErrorRules};

/// Provisions into one customer of Google Workspace, and reads its people.
///
/// # Examples
///
/// ```
/// use tenure_connector::{Connector as _, Secret};
/// use tenure_connector_google_workspace::{Auth, GoogleConfig, GoogleConnector};
/// use tenure_connector_rest::{HttpOptions, http_client};
///
/// let auth = Auth::bearer(&Secret::new("ya29.…"));
/// let http = http_client(&HttpOptions::default())?;
/// let connector = GoogleConnector::new(GoogleConfig::default(), auth, http)?;
/// assert_eq!(connector.info().instance, "my_customer");
/// # Ok::<(), tenure_connector::ConnectorError>(())
/// ```
pub type GoogleConnector = SystemConnector<Google>;
