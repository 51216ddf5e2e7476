use serde::{Deserialize, Serialize};

/// A row that a source told, kept aside until the look has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagedRow {
    /// The identity that it is about.
    pub identity: String,
    /// Where it is in the source, for messages.
    pub place: String,
    /// The row, as a text.
    pub row: String,
}
