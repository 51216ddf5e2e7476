#![doc = include_str!("../README.md")]

mod access;
mod capabilities;
mod config;
mod fields;
mod people;
mod repositories;
mod system;

pub use self::config::GithubConfig;
pub use self::system::Github;
pub use tenure_connector_rest::Auth;
use tenure_connector_rest::system::SystemConnector;

/// Provisions into one organisation of GitHub.
///
/// # Examples
///
/// ```
/// use tenure_connector::{Connector as _, Secret};
/// use tenure_connector_github::{Auth, GithubConfig, GithubConnector};
/// use tenure_connector_rest::{HttpOptions, http_client};
///
/// let auth = Auth::bearer(&Secret::new("ghp_…"));
/// let http = http_client(&HttpOptions::default())?;
/// let connector = GithubConnector::new(GithubConfig::organization("meridian"), auth, http)?;
/// assert_eq!(connector.info().instance, "meridian");
/// # Ok::<(), tenure_connector::ConnectorError>(())
/// ```
pub type GithubConnector = SystemConnector<Github>;
