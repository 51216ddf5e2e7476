use serde::Deserialize;
use tenure_connector_rest::system::WorkersFrom;
use url::Url;

/// Which tenant, and what the connector has to know about it. Holds no secret.
///
/// # Examples
///
/// ```
/// use tenure_connector_entra::EntraConfig;
///
/// let config: EntraConfig = serde_json::from_str(
///     r#"{ "tenant": "meridian.example", "usage_location": "DE", "sign_in_activity": true }"#,
/// )?;
/// assert_eq!((config.base_url.as_str(), config.guests), ("https://graph.microsoft.com/", true));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EntraConfig {
    /// The tenant: a domain or an id.
    pub tenant: String,
    /// The address of Graph; another one in a national cloud.
    pub base_url: Url,
    /// Whether last sign-ins are read. Needs a P1 plan and `AuditLog.Read.All`, and makes pages smaller.
    pub sign_in_activity: bool,
    /// Whether guests are accounts.
    pub guests: bool,
    /// The country of users who have none when they get a licence, in two letters.
    pub usage_location: Option<String>,
    /// Roles of applications that are entitlements.
    pub app_roles: Vec<AppRole>,
    /// Reads users as workers, when the directory is the source of people.
    pub workers: Option<WorkersFrom>,
    /// How many days a token of changes is good for. Microsoft states none; seven is what is seen.
    pub delta_days: u32,
    /// How many seconds one request may take.
    pub timeout_seconds: u32,
}

/// A role of an application.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppRole {
    /// The object id of the application's service principal in the tenant.
    pub resource: String,
    /// The id of the role; all zeros for an application without roles.
    pub role: String,
    /// What people call it.
    pub name: String,
}

impl AppRole {
    /// The id of the entitlement: service principal and role.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}", self.resource, self.role)
    }
}

impl EntraConfig {
    /// Starts with a tenant and the defaults.
    #[must_use]
    pub fn tenant(name: &str) -> Self {
        Self { tenant: name.to_owned(), ..Self::default() }
    }
}

impl Default for EntraConfig {
    fn default() -> Self {
        #[expect(clippy::expect_used, reason = "a constant address parses")]
        let base_url = "https://graph.microsoft.com".parse().expect("a constant address parses");
        Self {
            tenant: "organizations".to_owned(),
            base_url,
            sign_in_activity: false,
            guests: true,
            usage_location: None,
            app_roles: Vec::new(),
            workers: None,
            delta_days: 7,
            timeout_seconds: 30,
        }
    }
}
