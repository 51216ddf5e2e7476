use serde::Deserialize;
use tenure_connector::Secret;
use tenure_connector_rest::Auth;
use tenure_connector_rest::system::WorkersFrom;
use url::Url;

/// Which organisation, and what the connector has to know about it. Holds no secret.
///
/// # Examples
///
/// ```
/// use tenure_connector_okta::{NotActive, OktaConfig};
///
/// let config: OktaConfig = serde_json::from_str(r#"{ "base_url": "https://meridian.okta.com", "apps": false }"#)?;
/// assert_eq!((config.activation_mail, config.not_active), (false, NotActive::Deactivate));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OktaConfig {
    /// The address, `https://` and the organisation.
    pub base_url: Url,
    /// Activates new users at once, upon which Okta sends them a mail. Without it they are staged, and become active by
    /// their status.
    #[serde(default)]
    pub activation_mail: bool,
    /// What becomes of a user who is to be suspended and is not active, which Okta refuses.
    #[serde(default)]
    pub not_active: NotActive,
    /// Whether assignments of applications are entitlements. Reading them takes a call for each application.
    #[serde(default = "yes")]
    pub apps: bool,
    /// Reads users as workers, when the directory is the source of people.
    #[serde(default)]
    pub workers: Option<WorkersFrom>,
    /// How many seconds one request may take.
    #[serde(default = "thirty")]
    pub timeout_seconds: u32,
}

/// What becomes of a user who is to be suspended and is not active: locked out, with an expired password, or never
/// activated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotActive {
    /// It is deactivated, which takes groups and applications, and nobody gets in.
    #[default]
    Deactivate,
    /// The suspension is refused.
    Refuse,
}

impl OktaConfig {
    /// Starts with an address and the defaults.
    #[must_use]
    pub fn new(base_url: Url) -> Self {
        Self {
            base_url,
            activation_mail: false,
            not_active: NotActive::Deactivate,
            apps: true,
            workers: None,
            timeout_seconds: thirty(),
        }
    }
}

/// The credentials of an API token.
#[must_use]
pub fn api_token(token: &Secret) -> Auth {
    Auth::api_token("authorization", "SSWS", token)
}

fn yes() -> bool {
    true
}

fn thirty() -> u32 {
    30
}
