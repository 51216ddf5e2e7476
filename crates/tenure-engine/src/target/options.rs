use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use tenure_policy::TargetId;

use super::{Quarantine, Window};
use crate::plan::Verb;

/// How a target is treated.
///
/// # Examples
///
/// ```
/// use tenure_engine::{TargetOptions, Window};
///
/// let night = Window::daily("22:00:00".parse()?, "04:00:00".parse()?, "Europe/Berlin".parse()?);
/// let options = TargetOptions::default().with_window(night).with_concurrency(1);
/// assert_eq!(options.quarantine.least, 5_000);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TargetOptions {
    /// How many operations run at the same time at most; what the run allows when absent.
    pub concurrency: Option<usize>,
    /// When it may be written to; always, when there are none.
    pub windows: Vec<Window>,
    /// Whether sessions are ended and accounts disabled outside the windows as well.
    pub urgent_any_time: bool,
    /// The targets in which somebody's account has to be before it is made here, and from which it goes after it is gone
    /// here.
    pub after: BTreeSet<TargetId>,
    /// How many temporary failures in a row stop the run for this target.
    pub breaker: u32,
    /// When it is asked more seldom.
    pub quarantine: Quarantine,
    /// From which share of missing accounts on a snapshot is doubted, in percent.
    pub shrink_percent: u8,
    /// Up to how many missing accounts are believed whatever their share.
    pub shrink_least: usize,
}

impl Default for TargetOptions {
    fn default() -> Self {
        Self {
            concurrency: None,
            windows: Vec::new(),
            urgent_any_time: false,
            after: BTreeSet::new(),
            breaker: 5,
            quarantine: Quarantine::default(),
            shrink_percent: 20,
            shrink_least: 5,
        }
    }
}

impl TargetOptions {
    /// Limits how many operations run at the same time.
    #[must_use]
    pub fn with_concurrency(mut self, concurrency: usize) -> Self {
        self.concurrency = Some(concurrency.max(1));
        self
    }

    /// Adds a time in which it may be written to. Outside of all of them steps wait.
    #[must_use]
    pub fn with_window(mut self, window: Window) -> Self {
        self.windows.push(window);
        self
    }

    /// Ends sessions and disables accounts outside the windows as well.
    #[must_use]
    pub fn urgent_any_time(mut self) -> Self {
        self.urgent_any_time = true;
        self
    }

    /// Makes accounts here only after those in another target, and deletes them there only after those here.
    #[must_use]
    pub fn after(mut self, target: TargetId) -> Self {
        self.after.insert(target);
        self
    }

    /// Chooses how many temporary failures in a row stop the run for this target.
    #[must_use]
    pub fn with_breaker(mut self, failures: u32) -> Self {
        self.breaker = failures.max(1);
        self
    }

    /// Chooses when it is quarantined.
    #[must_use]
    pub fn with_quarantine(mut self, quarantine: Quarantine) -> Self {
        self.quarantine = quarantine;
        self
    }

    /// Chooses when a shrunken list of accounts is doubted.
    #[must_use]
    pub fn with_shrink(mut self, percent: u8, least: usize) -> Self {
        (self.shrink_percent, self.shrink_least) = (percent, least);
        self
    }

    /// When a step may go, if it has to wait for a window.
    pub(crate) fn waits_until(&self, verb: Verb, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let urgent = self.urgent_any_time && matches!(verb, Verb::RevokeSessions | Verb::Disable);
        if urgent || self.windows.is_empty() || self.windows.iter().any(|window| window.is_open(now)) {
            return None;
        }
        self.windows.iter().filter_map(|window| window.opens(now)).min()
    }
}
