//! One finding.

use std::fmt;

use serde::{Deserialize, Serialize};
use tenure_scim::Resource;

/// Something that is wrong with a policy, or looks so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What sort.
    pub kind: FindingKind,
    /// The rule, role, constraint or target it is about.
    pub subject: String,
    /// What is wrong, in words.
    pub message: String,
    /// Attributes of an identity that shows it, where one identity can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness: Option<Resource>,
}

impl Finding {
    pub(crate) fn new(kind: FindingKind, subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind, subject: subject.into(), message: message.into(), witness: None }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        if let Some(witness) = &self.witness {
            write!(f, "; for instance for {}", witness.to_json())?;
        }
        Ok(())
    }
}

/// What sort of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// A rule whose condition can never hold.
    Unreachable,
    /// A rule that gives nothing which another does not give anyway.
    Shadowed,
    /// Birthright rules that can break a constraint by themselves.
    BirthrightConflict,
    /// A target in which leavers keep something.
    LeaverGap,
    /// A constraint on something that nothing gives.
    UnknownMember,
    /// A role that nobody can get.
    UnusedRole,
    /// A target in which nothing is ever given.
    UnservedTarget,
    /// A rule that holds for nobody in a population.
    MatchesNobody,
    /// A rule with a condition that holds for everybody in a population.
    MatchesEverybody,
    /// A rule that holds for more of a population than the limit.
    OverBroad,
}
