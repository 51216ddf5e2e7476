use std::sync::Arc;

use tenure_connector::Connector;

/// How a source of people or services is read.
///
/// # Examples
///
/// ```
/// use tenure_engine::{Absence, SourceOptions};
///
/// let options = SourceOptions::default().with_absence(Absence::Ignore);
/// assert_eq!(options.shrink_percent, 20);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SourceOptions {
    /// What it means that a complete snapshot lacks someone.
    pub absence: Absence,
    /// From which share of missing identities on a snapshot is doubted, in percent of those known.
    pub shrink_percent: u8,
    /// Up to how many missing identities are believed whatever their share. An empty snapshot never is.
    pub shrink_least: usize,
    /// What to do when rows cannot be read.
    pub on_rejected: OnRejected,
}

impl Default for SourceOptions {
    fn default() -> Self {
        Self {
            absence: Absence::Terminate,
            shrink_percent: 20,
            shrink_least: 3,
            on_rejected: OnRejected::Refuse,
        }
    }
}

impl SourceOptions {
    /// Chooses what absence means.
    #[must_use]
    pub fn with_absence(mut self, absence: Absence) -> Self {
        self.absence = absence;
        self
    }

    /// Chooses when a shrunken snapshot is doubted.
    #[must_use]
    pub fn with_shrink(mut self, percent: u8, least: usize) -> Self {
        self.shrink_percent = percent;
        self.shrink_least = least;
        self
    }

    /// Chooses what to do when rows cannot be read.
    #[must_use]
    pub fn with_rejected(mut self, on_rejected: OnRejected) -> Self {
        self.on_rejected = on_rejected;
        self
    }
}

/// What it means that a complete snapshot lacks someone who was in it before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Absence {
    /// Their engagements end at the moment of the snapshot; those that had not begun count as called off.
    Terminate,
    /// Nothing: only dates and status end an engagement.
    Ignore,
}

/// What to do when rows of a source cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnRejected {
    /// Take nothing over from the source.
    Refuse,
    /// Take the readable rows over; absence is not believed.
    Continue,
}

#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) options: SourceOptions,
    pub(crate) connector: Arc<dyn Connector>,
}
