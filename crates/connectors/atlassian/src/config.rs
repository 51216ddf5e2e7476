use serde::Deserialize;
use url::Url;

/// Which site and organisation, and what the connector has to know about them. Holds no secret.
///
/// # Examples
///
/// ```
/// use tenure_connector_atlassian::AtlassianConfig;
///
/// let config: AtlassianConfig = serde_json::from_str(
///     r#"{ "base_url": "https://meridian.atlassian.net", "organization": "0a1b", "products": ["jira-software"] }"#,
/// )?;
/// assert_eq!((config.organization_url.as_str(), config.managed), ("https://api.atlassian.com/", false));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AtlassianConfig {
    /// The address of the site.
    pub base_url: Url,
    /// The products that a new user gets; those that the site gives everybody when empty.
    #[serde(default)]
    pub products: Vec<String>,
    /// The keys of the projects whose roles are entitlements.
    #[serde(default)]
    pub projects: Vec<String>,
    /// The id of the organisation, which suspends users and knows when they were active.
    #[serde(default)]
    pub organization: Option<String>,
    /// The address of the organisation's API.
    #[serde(default = "organization_url")]
    pub organization_url: Url,
    /// Whether the accounts are managed, by a verified domain: they are disabled as a whole, in Trello too.
    #[serde(default)]
    pub managed: bool,
    /// Whether the last activity of each seat is read, which takes a call for each user.
    #[serde(default)]
    pub last_active: bool,
    /// How many seconds one request may take.
    #[serde(default = "thirty")]
    pub timeout_seconds: u32,
}

impl AtlassianConfig {
    /// Starts with a site and the defaults.
    #[must_use]
    pub fn site(base_url: Url) -> Self {
        Self {
            base_url,
            products: Vec::new(),
            projects: Vec::new(),
            organization: None,
            organization_url: organization_url(),
            managed: false,
            last_active: false,
            timeout_seconds: thirty(),
        }
    }
}

#[expect(clippy::expect_used, reason = "a constant address parses")]
fn organization_url() -> Url {
    "https://api.atlassian.com".parse().expect("a constant address parses")
}

fn thirty() -> u32 {
    30
}
