use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Deserializer};
use tenure_connector::Secret;
use tenure_scim_client::{Auth, Dialect};
use url::Url;

/// How to reach a SCIM service provider, and what is known about it. Debug shows no secret.
///
/// # Examples
///
/// ```
/// use tenure_connector_scim::ScimConfig;
///
/// let config: ScimConfig = serde_json::from_str(r#"{
///     "base_url": "https://scim.example.com/v2",
///     "auth": { "bearer": "token" },
///     "dialect": "aws"
/// }"#)?;
/// assert_eq!(config.dialect.max_page_size, Some(50));
/// assert!(!format!("{config:?}").contains("token"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScimConfig {
    /// The base address, for instance `https://example.com/scim/v2`.
    pub base_url: Url,
    /// The credentials.
    #[serde(default)]
    pub auth: AuthConfig,
    /// The dialect in which the peer is written to: a name such as `rfc`, `aws`, `slack`, or all its settings.
    #[serde(default, deserialize_with = "dialect")]
    pub dialect: Dialect,
    /// The page size when the caller has no wish.
    #[serde(default)]
    pub page_size: Option<u32>,
    /// How long one request may take.
    #[serde(default = "thirty", rename = "timeout_seconds", deserialize_with = "seconds")]
    pub timeout: Duration,
    /// The only attributes that the peer can search for with `eq`; all filters are passed on when absent.
    #[serde(default)]
    pub searchable: Option<BTreeSet<String>>,
    /// Creates a group that a grant names and that is not there.
    #[serde(default)]
    pub create_groups: bool,
    /// Reads the members of each group on its own, for a peer that leaves them out of lists.
    #[serde(default)]
    pub read_groups_singly: bool,
    /// Lists `roles` and `entitlements` of users as grants, which takes a walk through all users.
    #[serde(default = "yes")]
    pub read_roles: bool,
    /// The peer takes passwords.
    #[serde(default)]
    pub passwords: bool,
    /// Deactivating a user ends the sessions, as the peer's documentation says.
    #[serde(default)]
    pub deactivation_ends_sessions: bool,
    /// Deactivating a user frees the seat, as the peer's documentation says.
    #[serde(default)]
    pub deactivation_frees_seat: bool,
    /// Sends credentials to another machine without TLS. For tests in a closed network only.
    #[serde(default)]
    pub allow_plain_http: bool,
}

/// The credentials for a SCIM service provider.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AuthConfig {
    /// None.
    #[default]
    None,
    /// A bearer token.
    Bearer(#[serde(deserialize_with = "secret")] Secret),
    /// User name and password.
    Basic {
        /// The user name.
        user: String,
        /// The password.
        #[serde(deserialize_with = "secret")]
        password: Secret,
    },
    /// A header of the vendor's own.
    Header {
        /// The name of the header.
        name: String,
        /// Its value.
        #[serde(deserialize_with = "secret")]
        value: Secret,
    },
    /// Bearer tokens from an OAuth 2.0 token endpoint, by client credentials; needs
    /// [`ScimConnector::with_clock`](crate::ScimConnector::with_clock).
    Oauth(OauthConfig),
}

/// Where bearer tokens come from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OauthConfig {
    /// The token endpoint.
    pub token_url: Url,
    /// The id of the client.
    pub client_id: String,
    /// The secret of the client.
    #[serde(deserialize_with = "secret")]
    pub client_secret: Secret,
    /// The scopes to ask for.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Further parameters that the endpoint wants, for instance `audience`.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
}

impl ScimConfig {
    /// Starts with an address, no credentials, and a peer that follows RFC 7644.
    #[must_use]
    pub fn new(base_url: Url) -> Self {
        Self {
            base_url,
            auth: AuthConfig::None,
            dialect: Dialect::rfc(),
            page_size: None,
            timeout: thirty(),
            searchable: None,
            create_groups: false,
            read_groups_singly: false,
            read_roles: true,
            passwords: false,
            deactivation_ends_sessions: false,
            deactivation_frees_seat: false,
            allow_plain_http: false,
        }
    }

    /// Sends this bearer token.
    #[must_use]
    pub fn with_bearer(mut self, token: impl Into<String>) -> Self {
        self.auth = AuthConfig::Bearer(Secret::new(token));
        self
    }

    /// Writes in this dialect.
    #[must_use]
    pub fn with_dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = dialect;
        self
    }
}

impl AuthConfig {
    pub(crate) fn to_auth(&self) -> Result<Auth, tenure_scim_client::ClientError> {
        Ok(match self {
            Self::None => Auth::none(),
            Self::Bearer(token) => Auth::bearer(token.expose()),
            Self::Basic { user, password } => Auth::basic(user, password.expose()),
            Self::Header { name, value } => Auth::header(name, value.expose())?,
            // Filled in by the connector, which has the clock.
            Self::Oauth(_) => Auth::none(),
        })
    }
}

fn yes() -> bool {
    true
}

fn thirty() -> Duration {
    Duration::from_secs(30)
}

fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    u32::deserialize(from).map(|seconds| Duration::from_secs(seconds.into()))
}

fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
    String::deserialize(from).map(Secret::new)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Spelling {
    Named(String),
    Whole(Box<Dialect>),
}

fn dialect<'de, D: Deserializer<'de>>(from: D) -> Result<Dialect, D::Error> {
    match Spelling::deserialize(from)? {
        Spelling::Whole(dialect) => Ok(*dialect),
        Spelling::Named(name) => Dialect::named(&name).ok_or_else(|| {
            let known: Vec<_> = Dialect::all().into_iter().map(|known| known.name).collect();
            let message = format!("expected a dialect ({}), found `{name}`", known.join(", "));
            serde::de::Error::custom(message)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_and_an_unknown_dialect_are_refused() {
        let wrong = |text: &str| serde_json::from_str::<ScimConfig>(text).unwrap_err().to_string();
        let message = wrong(r#"{ "base_url": "https://a.example", "dialect": "awz" }"#);
        let expected = "expected a dialect (rfc, entra, okta, aws, slack, interop, put-only), found `awz`";
        assert!(message.starts_with(expected), "{message}");
        assert!(wrong(r#"{ "base_url": "https://a.example", "pagesize": 1 }"#).contains("`pagesize`"));
    }

    #[test]
    fn no_secret_is_shown() {
        for auth in [
            r#"{ "bearer": "hunter2" }"#,
            r#"{ "basic": { "user": "a", "password": "hunter2" } }"#,
            r#"{ "header": { "name": "x-key", "value": "hunter2" } }"#,
            r#"{ "oauth": { "token_url": "https://b.example", "client_id": "c", "client_secret": "hunter2" } }"#,
        ] {
            let text = format!(r#"{{ "base_url": "https://a.example", "auth": {auth} }}"#);
            let config: ScimConfig = serde_json::from_str(&text).unwrap();
            let shown = format!("{config:?} {:?}", config.auth.to_auth().unwrap());
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }
}
