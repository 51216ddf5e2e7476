use serde::Deserialize;
use tenure_connector::Secret;
use tenure_connector_rest::Auth;
use url::Url;

/// Which workspace, and what the connector has to know about it. Holds no secret.
///
/// # Examples
///
/// ```
/// use tenure_connector_trello::TrelloConfig;
///
/// let config: TrelloConfig = serde_json::from_str(r#"{ "workspace": "meridian", "key": "0a1b2c", "seats": 20 }"#)?;
/// assert_eq!((config.base_url.as_str(), config.paid), ("https://api.trello.com/1", true));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrelloConfig {
    /// The workspace, by its short name or id.
    pub workspace: String,
    /// The key of the application whose token is used. It names the application and opens nothing by itself.
    pub key: String,
    /// The address of the API.
    #[serde(default = "base_url")]
    pub base_url: Url,
    /// Whether the workspace is a paid one, in which members can be deactivated.
    #[serde(default = "yes")]
    pub paid: bool,
    /// The enterprise that the workspace belongs to, whose licences are given and taken.
    #[serde(default)]
    pub enterprise: Option<String>,
    /// The tier of the seat, as the policy names it.
    #[serde(default = "tier")]
    pub tier: String,
    /// How many seats are bought; the API does not tell.
    #[serde(default)]
    pub seats: Option<u64>,
    /// How many seconds one request may take.
    #[serde(default = "thirty")]
    pub timeout_seconds: u32,
}

impl TrelloConfig {
    /// Starts with a workspace, an application's key and the defaults.
    #[must_use]
    pub fn workspace(name: &str, key: &str) -> Self {
        Self {
            workspace: name.to_owned(),
            key: key.to_owned(),
            base_url: base_url(),
            paid: true,
            enterprise: None,
            tier: tier(),
            seats: None,
            timeout_seconds: thirty(),
        }
    }
}

/// The credentials of a token, in a header: in the address they would be logged on the way.
#[must_use]
pub fn token(key: &str, token: &Secret) -> Auth {
    let pair = format!("oauth_consumer_key=\"{key}\", oauth_token=\"{}\"", token.expose());
    Auth::api_token("authorization", "OAuth", &Secret::new(pair))
}

#[expect(clippy::expect_used, reason = "a constant address parses")]
fn base_url() -> Url {
    "https://api.trello.com/1".parse().expect("a constant address parses")
}

fn yes() -> bool {
    true
}

fn tier() -> String {
    "member".to_owned()
}

fn thirty() -> u32 {
    30
}
