use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Which system people work in, and where their tasks are kept.
///
/// # Examples
///
/// ```
/// use tenure_connector_manual::ManualConfig;
///
/// let config: ManualConfig = serde_json::from_str(r#"{ "system": "Mailchimp", "ledger": "mailchimp.csv" }"#)?;
/// assert_eq!(config, ManualConfig::new("Mailchimp", "mailchimp.csv"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManualConfig {
    /// The system, in the words of those who work in it.
    pub system: String,
    /// The file of tasks; JSON when its name ends in `.json`, CSV otherwise.
    pub ledger: PathBuf,
    /// Who does the tasks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// Where the system is opened; the first step of every task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

impl ManualConfig {
    /// Names the system and its ledger.
    #[must_use]
    pub fn new(system: &str, ledger: impl Into<PathBuf>) -> Self {
        Self { system: system.to_owned(), ledger: ledger.into(), assignee: None, address: None }
    }
}
