use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// An identifier that is, was or is about to be in use.
///
/// A name belongs to one identity for ever: a store refuses it to any other, except that an expired reservation
/// may be taken over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NameRecord {
    /// What the name is unique in, for example `zendesk/userName`.
    pub space: String,
    /// The comparison key of the name.
    pub key: String,
    /// The name as it is written.
    pub value: String,
    /// Whose it is.
    pub identity: String,
    /// Where it stands.
    pub state: NameState,
    /// When it came into this state.
    pub at: DateTime<Utc>,
}

/// Where an identifier stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum NameState {
    /// Held for a plan that has not been applied.
    Reserved {
        /// When the reservation lapses.
        until: DateTime<Utc>,
    },
    /// In use.
    Committed,
    /// No longer in use and never given to anyone else.
    Retired,
}
