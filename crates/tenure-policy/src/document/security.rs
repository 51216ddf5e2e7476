//! The value of a security setting as written.

use serde::{Deserialize, Serialize};

/// The value of a security setting: a switch, a number or a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected `true`, `false`, a whole number or a text")]
pub enum Setting {
    /// A switch.
    Bool(bool),
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}
