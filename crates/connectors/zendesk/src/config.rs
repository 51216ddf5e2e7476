use serde::Deserialize;
use tenure_connector::Secret;
use tenure_connector_rest::Auth;
use url::Url;

/// Which instance, and what the connector has to know about it. Holds no secret.
///
/// # Examples
///
/// ```
/// use tenure_connector_zendesk::{OpenTickets, ZendeskConfig};
///
/// let config: ZendeskConfig = serde_json::from_str(r#"{
///     "base_url": "https://meridian.zendesk.com",
///     "seat": { "tier": "professional", "owned": 20 },
///     "open_tickets": "refuse"
/// }"#)?;
/// assert_eq!((config.seat.owned, config.open_tickets), (Some(20), OpenTickets::Refuse));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZendeskConfig {
    /// The address, `https://` and the subdomain.
    pub base_url: Url,
    /// Which users are accounts.
    #[serde(default)]
    pub people: People,
    /// Whether organisations are entitlements; off for an instance with thousands of customers' organisations.
    #[serde(default = "yes")]
    pub organizations: bool,
    /// The paid seat.
    #[serde(default)]
    pub seat: Seat,
    /// What becomes of the open tickets of an agent who loses the paid role.
    #[serde(default)]
    pub open_tickets: OpenTickets,
    /// Lets Zendesk send a mail that asks a new user to verify the address.
    #[serde(default)]
    pub welcome_mail: bool,
    /// How many seconds one request may take.
    #[serde(default = "thirty")]
    pub timeout_seconds: u32,
}

/// Which users are accounts. Zendesk keeps customers and staff in one list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum People {
    /// All of them. Right for up to some ten thousand users.
    #[default]
    All,
    /// Agents and administrators, and the end users of this organisation: former agents stay in sight as its members. New
    /// accounts are put into it.
    Organization(u64),
}

/// The paid seat, which comes with the role of an agent or an administrator, not with that of a light agent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Seat {
    /// The tier, as the policy names it.
    pub tier: String,
    /// How many are bought; the API does not tell.
    pub owned: Option<u64>,
    /// The role that comes with a licence: `agent`, or the id of a custom role.
    pub role: String,
    /// The role that is left when a licence is released: the id of the light agents' role. Without one the account becomes
    /// an end user, and loses its groups.
    pub release_to: Option<String>,
}

/// What becomes of the open tickets of an agent who loses the paid role. Zendesk itself gives them to whoever took the
/// role away.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OpenTickets {
    /// They go back to their group, without an assignee.
    #[default]
    Unassign,
    /// The role is not taken away as long as there are any: transfer them first.
    Refuse,
    /// They go to this agent.
    GiveTo(u64),
}

impl ZendeskConfig {
    /// Starts with an address and the defaults.
    #[must_use]
    pub fn new(base_url: Url) -> Self {
        Self {
            base_url,
            people: People::All,
            organizations: true,
            seat: Seat::default(),
            open_tickets: OpenTickets::Unassign,
            welcome_mail: false,
            timeout_seconds: thirty(),
        }
    }
}

impl Default for Seat {
    fn default() -> Self {
        Self { tier: "agent".to_owned(), owned: None, role: "agent".to_owned(), release_to: None }
    }
}

/// The credentials of an API token. Zendesk wants `/token` behind the e-mail address; it may be there already.
#[must_use]
pub fn api_token(email: &str, token: &Secret) -> Auth {
    let email = email.strip_suffix("/token").unwrap_or(email);
    Auth::basic(&format!("{email}/token"), token)
}

fn yes() -> bool {
    true
}

fn thirty() -> u32 {
    30
}
