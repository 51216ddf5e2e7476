use serde::Deserialize;
use url::Url;

/// Which account, and what the connector has to know about it. Holds no secret.
///
/// # Examples
///
/// ```
/// use tenure_connector_onelogin::OneloginConfig;
///
/// let config: OneloginConfig =
///     serde_json::from_str(r#"{ "base_url": "https://meridian.onelogin.com", "seats": 80 }"#)?;
/// assert_eq!((config.tier.as_str(), config.seats), ("user", Some(80)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneloginConfig {
    /// The address, `https://` and the subdomain.
    pub base_url: Url,
    /// The tier of the licence, as the policy names it.
    #[serde(default = "tier")]
    pub tier: String,
    /// How many licences are bought; the API does not tell.
    #[serde(default)]
    pub seats: Option<u64>,
    /// The number of the events that tell of a deleted user.
    #[serde(default = "seventeen")]
    pub deleted_event: u32,
    /// How many seconds one request may take.
    #[serde(default = "thirty")]
    pub timeout_seconds: u32,
}

impl OneloginConfig {
    /// Starts with an address and the defaults.
    #[must_use]
    pub fn new(base_url: Url) -> Self {
        Self { base_url, tier: tier(), seats: None, deleted_event: seventeen(), timeout_seconds: thirty() }
    }
}

fn tier() -> String {
    "user".to_owned()
}

fn thirty() -> u32 {
    30
}

fn seventeen() -> u32 {
    17
}
