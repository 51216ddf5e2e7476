use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{FindingKind, Term};

/// Findings: the `findings` part of a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FindingsSpec {
    /// Within how long a finding should be put right.
    pub within: Term,
    /// Within how long those of a kind should, where that differs, by the word of the kind: `orphan_account: 2bd`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub within_of: BTreeMap<String, Term>,
}

impl Default for FindingsSpec {
    fn default() -> Self {
        Self { within: Term::BusinessDays(10), within_of: BTreeMap::new() }
    }
}

impl FindingsSpec {
    pub(crate) fn due(&self, kind: FindingKind) -> Term {
        self.within_of.get(kind.as_str()).copied().unwrap_or(self.within)
    }
}
