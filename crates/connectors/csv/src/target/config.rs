use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where a target of files lies and how it is written.
///
/// # Examples
///
/// ```
/// use tenure_connector_csv::{CsvTargetConfig, FileFormat};
///
/// let config: CsvTargetConfig = serde_json::from_str(r#"{ "directory": "erp", "format": "json" }"#)?;
/// assert_eq!(config, CsvTargetConfig { format: FileFormat::Json, ..CsvTargetConfig::new("erp") });
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CsvTargetConfig {
    /// The directory; made at the first write.
    pub directory: PathBuf,
    /// How the files are written.
    #[serde(default)]
    pub format: FileFormat,
}

/// How the files of a target are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// A row an object, a column an attribute; lists and objects stand in their cell as JSON.
    #[default]
    Csv,
    /// An array of objects.
    Json,
}

impl CsvTargetConfig {
    /// Keeps CSV files in a directory.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into(), format: FileFormat::default() }
    }

    /// Chooses how the files are written.
    #[must_use]
    pub fn with_format(mut self, format: FileFormat) -> Self {
        self.format = format;
        self
    }
}
