use serde::{Deserialize, Serialize};
use tenure_connector::RejectedItem;
use tenure_policy::TargetId;

/// What a look at all sources and targets brought.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ObserveReport {
    /// One entry for each class that a source has.
    pub sources: Vec<SourceReport>,
    /// One entry a target.
    pub targets: Vec<TargetReport>,
}

impl ObserveReport {
    /// Whether anything is different from what was known.
    #[must_use]
    pub fn found_changes(&self) -> bool {
        self.sources.iter().any(|report| report.new + report.changed > 0 || report.absent > 0)
            || self.targets.iter().any(|report| report.changed > 0 || report.failed.is_some())
    }

    /// Why absence from some snapshots was not believed, one text each.
    #[must_use]
    pub fn refusals(&self) -> Vec<String> {
        // A class that never had anything has nothing to miss.
        let about = |report: &&SourceReport| report.read > 0 || report.absent > 0;
        let sources = self.sources.iter().filter(about).map(|report| (report.name.as_str(), &report.doubt));
        let targets = self.targets.iter().map(|report| (report.target.as_str(), &report.doubt));
        sources
            .chain(targets)
            .filter_map(|(name, doubt)| doubt.as_ref().map(|doubt| format!("{name}: {doubt}")))
            .collect()
    }
}

/// What a look at one class of a source brought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SourceReport {
    /// The source.
    pub name: String,
    /// The class: `Worker` or `Workload`.
    pub class: String,
    /// Whether only what changed was read.
    #[serde(default)]
    pub by_delta: bool,
    /// How many records were read.
    pub read: usize,
    /// How many identities are new.
    pub new: usize,
    /// How many identities changed.
    pub changed: usize,
    /// How many identities are missing from it.
    pub absent: usize,
    /// Whether absence was believed.
    pub complete: bool,
    /// Why absence was not believed.
    pub doubt: Option<String>,
    /// Records that could not be read.
    pub rejected: Vec<RejectedItem>,
}

/// What a look at one target brought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TargetReport {
    /// The target.
    pub target: TargetId,
    /// Whether only what changed was read. The numbers are those of what was read.
    #[serde(default)]
    pub by_delta: bool,
    /// How much was found to be different from what was known.
    #[serde(default)]
    pub changed: usize,
    /// Why it could not be read; nothing is planned for it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// How many accounts it has.
    pub accounts: usize,
    /// How many entitlements its accounts hold.
    pub grants: usize,
    /// How many accounts are linked to nobody.
    pub unlinked: usize,
    /// How many linked accounts are gone.
    pub gone: usize,
    /// Whether absence was believed.
    pub complete: bool,
    /// Why absence was not believed.
    pub doubt: Option<String>,
}
