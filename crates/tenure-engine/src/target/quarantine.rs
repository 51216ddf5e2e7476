use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// When a target that keeps failing is asked more seldom, and when no more.
///
/// The defaults are those that large provisioning services publish: measured from 5,000 failures on, quarantined when
/// more than 40 percent of the operations failed, or 40,000 did. Rejected credentials quarantine at once. A target in
/// quarantine is tried after 6, 12 and 24 hours, then daily; after 28 days only when a person says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Quarantine {
    /// Below this number of failures the share of them says nothing.
    pub least: u64,
    /// The share of failed operations that is too much, in percent.
    pub percent: u64,
    /// The number of failures that is too much whatever their share.
    pub most: u64,
    /// The number that is too much when failed references are counted as well; they have a budget of their own.
    pub most_with_references: u64,
    /// For how many days it is tried.
    pub days: u32,
}

impl Default for Quarantine {
    fn default() -> Self {
        Self { least: 5_000, percent: 40, most: 40_000, most_with_references: 60_000, days: 28 }
    }
}

impl Quarantine {
    /// Measures from this number of failures on.
    #[must_use]
    pub fn from_failures(mut self, least: u64) -> Self {
        self.least = least;
        self
    }

    /// Why these figures are too much.
    pub(crate) fn reason(&self, asked: u64, failed: u64, references: u64) -> Option<String> {
        if failed > self.most {
            return Some(format!("{failed} operations failed, more than {}", self.most));
        }
        if failed + references > self.most_with_references {
            let limit = self.most_with_references;
            return Some(format!(
                "{} operations failed, references counted, more than {limit}",
                failed + references
            ));
        }
        (failed >= self.least.max(1) && failed * 100 > asked * self.percent)
            .then(|| format!("{failed} of {asked} operations failed, more than {} percent", self.percent))
    }

    /// How long to wait before the next trial.
    pub(crate) fn wait(trials: u32) -> TimeDelta {
        TimeDelta::hours(match trials {
            0 | 1 => 6,
            2 => 12,
            _ => 24,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Operations that were asked for, of which failed, and references that failed.
    fn quarantined(asked: u64, failed: u64, references: u64) -> bool {
        Quarantine::default().reason(asked, failed, references).is_some()
    }

    #[test]
    fn a_target_is_quarantined_for_a_share_from_5_000_failures_on_and_for_40_000_whatever_their_share() {
        assert!(!quarantined(4_999, 4_999, 0), "fewer than 5,000 say nothing");
        assert!(quarantined(5_000, 5_000, 0));
        assert!(!quarantined(12_500, 5_000, 0), "40 percent are not too many");
        assert!(quarantined(12_499, 5_000, 0));
        assert!(!quarantined(1_000_000, 40_000, 0));
        assert!(quarantined(1_000_000, 40_001, 0));
    }

    #[test]
    fn references_count_towards_60_000_only() {
        assert!(!quarantined(60_000, 0, 60_000));
        assert!(quarantined(60_001, 0, 60_001));
        assert!(!quarantined(1_000_000, 30_000, 30_000));
        assert!(quarantined(1_000_000, 30_000, 30_001));
    }

    #[test]
    fn waits_are_6_12_and_24_hours_and_then_a_day() {
        let hours: Vec<i64> = (1..=5).map(|trial| Quarantine::wait(trial).num_hours()).collect();
        assert_eq!(hours, [6, 12, 24, 24, 24]);
    }
}
