use serde::Deserialize;
use tenure_connector_rest::system::WorkersFrom;
use url::Url;

/// Which customer, and what the connector has to know about it. Holds no secret.
///
/// # Examples
///
/// ```
/// use tenure_connector_google_workspace::GoogleConfig;
///
/// let config: GoogleConfig = serde_json::from_str(
///     r#"{ "licences": [{ "product": "Google-Apps", "sku": "1010020027", "owned": 50 }] }"#,
/// )?;
/// assert_eq!((config.customer.as_str(), config.licences[0].owned), ("my_customer", Some(50)));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GoogleConfig {
    /// The customer: `my_customer` is that of the administrator, else an id `C…`.
    pub customer: String,
    /// The address of the Directory and Data Transfer APIs.
    pub base_url: Url,
    /// The address of the Licensing API.
    pub licensing_url: Url,
    /// The address that tells what a token may do; when absent, Google's own if `base_url` is Google's, else `base_url`.
    pub token_info_url: Option<Url>,
    /// The licences that are looked after; Google lists none by itself.
    pub licences: Vec<Sku>,
    /// Reads users as workers, when the directory is the source of people.
    pub workers: Option<WorkersFrom>,
    /// How many days a deleted user can be brought back. Google's pages say 20.
    pub undelete_days: u32,
    /// How many seconds one request may take.
    pub timeout_seconds: u32,
}

/// A licence.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sku {
    /// The product: `Google-Apps`.
    pub product: String,
    /// The SKU: `1010020027`.
    pub sku: String,
    /// What people call it.
    #[serde(default)]
    pub name: Option<String>,
    /// How many are bought; the API does not tell.
    #[serde(default)]
    pub owned: Option<u64>,
}

impl Sku {
    /// The id of the entitlement: `Google-Apps/1010020027`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}/{}", self.product, self.sku)
    }
}

impl GoogleConfig {
    /// The address that tells what a token may do. A token goes to whoever takes it anyway, and to nobody else.
    pub(crate) fn token_info(&self) -> Url {
        let google = self.base_url.host_str() == Some("admin.googleapis.com");
        match &self.token_info_url {
            Some(url) => url.clone(),
            None if google => address("https://oauth2.googleapis.com"),
            None => self.base_url.clone(),
        }
    }
}

#[expect(clippy::expect_used, reason = "a constant address parses")]
fn address(text: &str) -> Url {
    text.parse().expect("a constant address parses")
}

impl Default for GoogleConfig {
    fn default() -> Self {
        Self {
            customer: "my_customer".to_owned(),
            base_url: address("https://admin.googleapis.com"),
            licensing_url: address("https://licensing.googleapis.com"),
            token_info_url: None,
            licences: Vec::new(),
            workers: None,
            undelete_days: 20,
            timeout_seconds: 30,
        }
    }
}
