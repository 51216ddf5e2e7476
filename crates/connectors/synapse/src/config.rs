use serde::Deserialize;
use url::Url;

/// Which homeserver, and what the connector has to know about it. Holds no secret.
///
/// # Examples
///
/// ```
/// use tenure_connector_synapse::{Rooms, SynapseConfig};
///
/// let json = r#"{ "base_url": "https://matrix.example.com", "server_name": "example.com" }"#;
/// let config: SynapseConfig = serde_json::from_str(json)?;
/// assert_eq!((config.rooms, config.auth_provider), (Rooms::Aliased, None));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SynapseConfig {
    /// The address at which the admin API answers.
    pub base_url: Url,
    /// The name of the server, which every one of its ids ends in.
    pub server_name: String,
    /// The identity provider whose ids are the external ids, as Synapse calls it: `oidc-keycloak`, `saml`.
    #[serde(default)]
    pub auth_provider: Option<String>,
    /// Which rooms are entitlements.
    #[serde(default)]
    pub rooms: Rooms,
    /// What suspending an account does.
    #[serde(default)]
    pub suspension: Suspension,
    /// How many seconds one request may take.
    #[serde(default = "thirty")]
    pub timeout_seconds: u32,
}

/// Which rooms are entitlements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rooms {
    /// None.
    None,
    /// Those with an alias of their own, which conversations of two people have not.
    #[default]
    Aliased,
    /// All, conversations of two people too.
    All,
}

/// What suspending an account does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suspension {
    /// It is locked: nobody gets in with it, and nothing is lost.
    #[default]
    Lock,
    /// It can still sign in and read, and write nothing.
    ReadOnly,
}

impl SynapseConfig {
    /// Starts with an address, the name of the server, and the defaults.
    #[must_use]
    pub fn new(base_url: Url, server_name: &str) -> Self {
        Self {
            base_url,
            server_name: server_name.to_owned(),
            auth_provider: None,
            rooms: Rooms::default(),
            suspension: Suspension::default(),
            timeout_seconds: thirty(),
        }
    }

    /// Whether an id is one of this server.
    pub(crate) fn is_local(&self, id: &str) -> bool {
        let local = id.strip_prefix('@').and_then(|rest| rest.split_once(':'));
        local.is_some_and(|(name, server)| !name.is_empty() && server == self.server_name)
    }
}

fn thirty() -> u32 {
    30
}
