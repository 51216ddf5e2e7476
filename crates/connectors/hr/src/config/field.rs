use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Where one attribute of a worker comes from.
///
/// In a configuration it is one name, a list of names of which the first that has a value counts, or a table.
///
/// # Examples
///
/// ```
/// use tenure_connector_hr::Field;
///
/// let status: Field = serde_json::from_str(
///     r#"{ "from": "Status", "values": { "A": "active", "X": "rescinded" }, "default": "active" }"#,
/// )?;
/// assert_eq!(status.from, ["Status"]);
/// assert_eq!(serde_json::from_str::<Field>(r#"["Rufname", "Vorname"]"#)?, Field::first_of(["Rufname", "Vorname"]));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct Field {
    /// Names of fields; the first that has a value counts. A dot leads into an object: `supervisor.id`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
    /// Names of fields whose values are joined with `:`; each must have a value. In place of `from`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub join: Vec<String>,
    /// What its texts mean, in any case. A text that is not here stays as it is.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// What holds when there is no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The length to which digits are filled with zeros on the left, because a spreadsheet ate them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pad: Option<usize>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Name(String),
    Names(Vec<String>),
    Table(Table),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    from: Names,
    #[serde(default)]
    join: Vec<String>,
    #[serde(default)]
    values: BTreeMap<String, String>,
    default: Option<String>,
    pad: Option<usize>,
}

#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Several(Vec<String>),
    #[default]
    None,
}

impl From<Written> for Field {
    fn from(written: Written) -> Self {
        match written {
            Written::Name(name) => Self::named(&name),
            Written::Names(from) => Self { from, ..Self::default() },
            Written::Table(table) => Self {
                from: match table.from {
                    Names::One(name) => vec![name],
                    Names::Several(names) => names,
                    Names::None => Vec::new(),
                },
                join: table.join,
                values: table.values,
                default: table.default,
                pad: table.pad,
            },
        }
    }
}

impl Field {
    /// One field.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { from: vec![name.to_owned()], ..Self::default() }
    }

    /// The first of these fields that has a value.
    #[must_use]
    pub fn first_of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self { from: names.into_iter().map(str::to_owned).collect(), ..Self::default() }
    }

    /// Says what a text means.
    #[must_use]
    pub fn meaning(mut self, text: &str, value: &str) -> Self {
        self.values.insert(text.to_owned(), value.to_owned());
        self
    }
}
