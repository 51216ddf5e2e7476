use serde::Deserialize;
use url::Url;

/// Which organisation, and what the connector has to know about it. Holds no secret.
///
/// # Examples
///
/// ```
/// use tenure_connector_github::GithubConfig;
///
/// let config: GithubConfig = serde_json::from_str(r#"{ "organization": "meridian", "enterprise_cloud": true }"#)?;
/// assert_eq!((config.base_url.as_str(), config.audit_lines), ("https://api.github.com/", 0));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GithubConfig {
    /// The organisation, as its address has it.
    pub organization: String,
    /// The address of the API; `https://HOST/api/v3` on a server of one's own.
    #[serde(default = "base_url")]
    pub base_url: Url,
    /// Whether outside collaborators are accounts.
    #[serde(default = "yes")]
    pub outside_collaborators: bool,
    /// The plan is Enterprise Cloud with single sign-on: authorisations of tokens and keys can be revoked.
    #[serde(default)]
    pub enterprise_cloud: bool,
    /// How many lines of the audit log are read, newest first, to find out who was there last; 0 without Enterprise Cloud.
    #[serde(default)]
    pub audit_lines: u32,
    /// The repositories of the organisation whose permissions for single people are entitlements.
    #[serde(default)]
    pub repositories: Vec<String>,
    /// How many seconds one request may take.
    #[serde(default = "thirty")]
    pub timeout_seconds: u32,
}

impl GithubConfig {
    /// Starts with an organisation and the defaults.
    #[must_use]
    pub fn organization(name: &str) -> Self {
        Self {
            organization: name.to_owned(),
            base_url: base_url(),
            outside_collaborators: true,
            enterprise_cloud: false,
            audit_lines: 0,
            repositories: Vec::new(),
            timeout_seconds: thirty(),
        }
    }
}

#[expect(clippy::expect_used, reason = "a constant address parses")]
fn base_url() -> Url {
    "https://api.github.com".parse().expect("a constant address parses")
}

fn yes() -> bool {
    true
}

fn thirty() -> u32 {
    30
}
