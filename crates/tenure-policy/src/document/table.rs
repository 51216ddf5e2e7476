//! Large tables of rules: one row for each combination of attributes.

use serde::{Deserialize, Serialize};
use tenure_scim::AttrPath;

use crate::id::RuleId;

/// A birthright table: which roles go with which combination of attribute values. Row `n` is the rule `<id>#<n>`.
///
/// An empty cell in a key column matches anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableSpec {
    /// The table's key.
    pub id: RuleId,
    /// The attributes of the key columns.
    pub keys: Vec<AttrPath>,
    /// A CSV text to load the rows from: the key columns by name, then a column `roles` and a column `entitlements`, each with
    /// several values parted by `;`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The rows written in place, each with one cell a key, then the roles parted by `;`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<TableRow>,
}

impl TableSpec {
    /// The rule id of a row: by its line, else by its place from 1.
    pub(crate) fn row_id(&self, row: &TableRow, place: u64) -> Option<RuleId> {
        RuleId::parse(&format!("{}#{}", self.id, row.line.unwrap_or(place))).ok()
    }
}

/// One row of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TableRow {
    /// One cell a key.
    pub keys: Vec<String>,
    /// The roles given.
    pub roles: Vec<String>,
    /// The entitlements given.
    pub entitlements: Vec<String>,
    /// The line of the CSV text, for errors and rule ids.
    #[serde(skip)]
    pub line: Option<u64>,
    /// Where in that line the cells of `roles` and `entitlements` begin, counted from 1; for errors.
    #[serde(skip)]
    pub columns: Option<(u32, u32)>,
}
