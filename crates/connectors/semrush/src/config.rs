use std::path::PathBuf;

use serde::Deserialize;

/// Where the tasks are kept, and what is bought.
///
/// # Examples
///
/// ```
/// use tenure_connector_semrush::SemrushConfig;
///
/// let config: SemrushConfig = serde_json::from_str(r#"{ "ledger": "semrush.csv", "seats": 5 }"#)?;
/// assert_eq!((config.seats, config.assignee), (Some(5), None));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SemrushConfig {
    /// The file of tasks; JSON when its name ends in `.json`, CSV otherwise.
    pub ledger: PathBuf,
    /// Who does the tasks.
    #[serde(default)]
    pub assignee: Option<String>,
    /// How many users the subscription has, the owner among them.
    #[serde(default)]
    pub seats: Option<u64>,
}

impl SemrushConfig {
    /// Names the file of tasks.
    #[must_use]
    pub fn new(ledger: impl Into<PathBuf>) -> Self {
        Self { ledger: ledger.into(), assignee: None, seats: None }
    }
}
