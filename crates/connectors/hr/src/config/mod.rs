mod field;
mod mapping;
mod presets;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use self::field::Field;
pub use self::mapping::Mapping;

/// How the records of a feed are to be read, wherever they come from.
///
/// # Examples
///
/// ```
/// use tenure_connector_hr::HrConfig;
///
/// let config: HrConfig = serde_json::from_str(
///     r#"{
///         "map": { "workerId": { "from": "Personalnummer", "pad": 8 }, "givenName": "Vorname",
///                  "familyName": "Nachname", "startDate": ["Eintritt", "Ersteintritt"] },
///         "dates": ["%d.%m.%Y"],
///         "proof": { "at_least": 40 }
///     }"#,
/// )?;
/// assert_eq!(config.proof.at_least, Some(40));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HrConfig {
    /// Which field of a record means what.
    pub map: Mapping,
    /// Fields that are kept as extra attributes, under their own names.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub keep: BTreeSet<String>,
    /// How dates are written, tried in this order, in the letters of `strftime`. A date and time is read as its date.
    pub dates: Vec<String>,
    /// Texts that mean nothing, besides the empty one.
    pub empty: BTreeSet<String>,
    /// Whether `endDate` is the first day off instead of the last day of work.
    pub end_is_first_day_off: bool,
    /// The engagement type of records that have none.
    pub default_engagement_type: String,
    /// What proves that the feed holds everybody.
    pub proof: Proof,
    /// The most records that are read.
    pub max_records: usize,
}

/// What a feed has to bring before somebody's absence means anything. That every record could be read, that there is at
/// least one, and that every page came, is always asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Proof {
    /// There are at least this many records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// This place of the JSON (a pointer such as `/total`) holds the number of records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<String>,
    /// The last line of the file holds the number of records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trailer: Option<Trailer>,
    /// Nothing proves it: absence never means anything.
    pub never: bool,
}

/// A last line such as `TRAILER,44`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trailer {
    /// What it begins with; the first number behind it is the number of records.
    pub begins: String,
}

impl Default for HrConfig {
    fn default() -> Self {
        Self {
            map: Mapping::default(),
            keep: BTreeSet::new(),
            dates: vec!["%Y-%m-%d".to_owned()],
            empty: BTreeSet::from(["0000-00-00".to_owned()]),
            end_is_first_day_off: false,
            default_engagement_type: "Employee".to_owned(),
            proof: Proof::default(),
            max_records: 2_000_000,
        }
    }
}

impl HrConfig {
    /// Reads with this mapping, everything else as usual.
    #[must_use]
    pub fn new(map: Mapping) -> Self {
        Self { map, ..Self::default() }
    }
}
