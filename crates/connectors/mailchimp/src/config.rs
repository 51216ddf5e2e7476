use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

/// Where the tasks are kept, and what is bought. Holds no secret.
///
/// # Examples
///
/// ```
/// use tenure_connector_mailchimp::MailchimpConfig;
///
/// let config: MailchimpConfig = serde_json::from_str(r#"{ "ledger": "mailchimp.csv", "seats": 5 }"#)?;
/// assert_eq!((config.seats, config.base_url), (Some(5), None));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailchimpConfig {
    /// The file of tasks; JSON when its name ends in `.json`, CSV otherwise.
    pub ledger: PathBuf,
    /// Who does the tasks.
    #[serde(default)]
    pub assignee: Option<String>,
    /// How many users the plan has, the owner among them.
    #[serde(default)]
    pub seats: Option<u64>,
    /// The address of the API; that of the data centre that the key names when absent.
    #[serde(default)]
    pub base_url: Option<Url>,
    /// How many seconds one request may take.
    #[serde(default = "thirty")]
    pub timeout_seconds: u32,
}

impl MailchimpConfig {
    /// Names the file of tasks.
    #[must_use]
    pub fn new(ledger: impl Into<PathBuf>) -> Self {
        Self { ledger: ledger.into(), assignee: None, seats: None, base_url: None, timeout_seconds: thirty() }
    }
}

fn thirty() -> u32 {
    30
}
