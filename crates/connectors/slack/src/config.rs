use serde::Deserialize;
use url::Url;

/// Which workspace, and what the connector has to know about it. Holds no secret.
///
/// # Examples
///
/// ```
/// use tenure_connector_slack::SlackConfig;
///
/// let config: SlackConfig = serde_json::from_str(r#"{ "team": "T0123", "channels": true, "seats": 80 }"#)?;
/// assert_eq!(config.scim_url.as_str(), "https://api.slack.com/scim/v2");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlackConfig {
    /// The id of the workspace, `T…`, in which roles are given.
    pub team: String,
    /// The address of SCIM.
    #[serde(default = "scim_url")]
    pub scim_url: Url,
    /// The address of the Web API.
    #[serde(default = "api_url")]
    pub api_url: Url,
    /// Whether channels are entitlements. Reading who is in them takes a call for each.
    #[serde(default)]
    pub channels: bool,
    /// The tier of the paid seat, as the policy names it.
    #[serde(default = "tier")]
    pub tier: String,
    /// How many seats are bought; the API does not tell.
    #[serde(default)]
    pub seats: Option<u64>,
    /// How many lines of the access log are read, newest first, to find out who was there last; 0 on a free plan.
    #[serde(default)]
    pub login_lines: u32,
    /// Deactivating ends sessions. Not stated in Slack's reference: leave it off to have them ended first.
    #[serde(default)]
    pub deactivation_ends_sessions: bool,
    /// How many seconds one request may take.
    #[serde(default = "thirty")]
    pub timeout_seconds: u32,
}

impl SlackConfig {
    /// Starts with a workspace and the defaults.
    #[must_use]
    pub fn workspace(team: &str) -> Self {
        Self {
            team: team.to_owned(),
            scim_url: scim_url(),
            api_url: api_url(),
            channels: false,
            tier: tier(),
            seats: None,
            login_lines: 0,
            deactivation_ends_sessions: false,
            timeout_seconds: thirty(),
        }
    }
}

#[expect(clippy::expect_used, reason = "a constant address parses")]
fn address(text: &str) -> Url {
    text.parse().expect("a constant address parses")
}

fn scim_url() -> Url {
    address("https://api.slack.com/scim/v2")
}

fn api_url() -> Url {
    address("https://slack.com/api")
}

fn tier() -> String {
    "member".to_owned()
}

fn thirty() -> u32 {
    30
}
