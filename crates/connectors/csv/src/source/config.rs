use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Where an export lies and how it is written.
///
/// # Examples
///
/// ```
/// use tenure_connector_csv::CsvSourceConfig;
///
/// let config: CsvSourceConfig = serde_json::from_str(
///     r#"{ "workers": "export/workers.csv", "dates": ["%d.%m.%Y"], "columns": { "Abteilung": "department" } }"#,
/// )?;
/// assert_eq!(config.dates, ["%d.%m.%Y"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CsvSourceConfig {
    /// The file of workers, `.csv` or `.json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workers: Option<PathBuf>,
    /// The file of services, `.csv` or `.json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub services: Option<PathBuf>,
    /// What separates the cells; found out from the header when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub separator: Option<char>,
    /// The encoding by its label, for instance `windows-1252`; UTF-8 when absent. A byte order mark wins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// How dates are written, tried in this order, in the letters of `strftime`.
    pub dates: Vec<String>,
    /// What a header means, where the export has names of its own: header to column.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, String>,
    /// Headers whose cells are kept as extra attributes.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub keep: BTreeSet<String>,
    /// Headers that are read over.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub ignore: BTreeSet<String>,
    /// The engagement type of rows that have none.
    pub default_engagement_type: String,
    /// What proves that the export holds everybody.
    pub completeness: Completeness,
}

/// What proves that an export holds everybody, besides that every row of it could be read and that it has rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Completeness {
    /// The file ends with a line break, so that it was not cut off.
    #[default]
    WholeFile,
    /// There are at least this many rows.
    AtLeast(u64),
    /// A file beside it, with `.count` behind its name, holds the number of its rows.
    CountFile,
    /// Nothing does: absence never means anything.
    Never,
}

impl Default for CsvSourceConfig {
    fn default() -> Self {
        Self {
            workers: None,
            services: None,
            separator: None,
            encoding: None,
            dates: vec!["%Y-%m-%d".to_owned()],
            columns: BTreeMap::new(),
            keep: BTreeSet::new(),
            ignore: BTreeSet::new(),
            default_engagement_type: "Employee".to_owned(),
            completeness: Completeness::default(),
        }
    }
}

impl CsvSourceConfig {
    /// Reads a file of workers, everything else as usual.
    #[must_use]
    pub fn workers(path: impl Into<PathBuf>) -> Self {
        Self { workers: Some(path.into()), ..Self::default() }
    }

    /// Adds a file of services.
    #[must_use]
    pub fn with_services(mut self, path: impl Into<PathBuf>) -> Self {
        self.services = Some(path.into());
        self
    }
}
