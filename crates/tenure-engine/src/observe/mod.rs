//! Looks at sources and targets and stores what is there.

mod report;
mod source;
pub(crate) mod target;
mod walk;

pub use report::{ObserveReport, SourceReport, TargetReport};

use chrono::{DateTime, Utc};
use futures_util::StreamExt as _;
use futures_util::stream;

use crate::{Engine, Result};

/// How many sources and targets are read at the same time.
const AT_ONCE: usize = 8;

impl Engine {
    /// Reads every source and target in pages and stores what is there: identities, accounts, entitlements held.
    ///
    /// A snapshot counts as complete only with proof. What an incomplete, empty or suddenly short one lacks is kept as
    /// it was, and the report says why. Writes nothing to any system.
    ///
    /// # Errors
    ///
    /// * `Connector`, when a source could not be read at all; a target that could not is told in the report, and nothing is
    ///   planned for it until it can;
    /// * `Rejected`, when a source has unreadable rows and its options do not say to continue; nothing of any source is
    ///   stored then;
    /// * `Store`, when the store failed.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future keeps what was stored; the next call reads everything anew.
    pub async fn observe(&self, now: DateTime<Utc>) -> Result<ObserveReport> {
        let sources: Vec<Result<source::Reading>> = stream::iter(&self.sources)
            .map(|found| source::read(self, found))
            .buffered(AT_ONCE)
            .collect()
            .await;
        let readings = sources.into_iter().collect::<Result<Vec<_>>>()?;
        let mut report = ObserveReport::default();
        let mut prepared = Vec::new();
        for reading in readings {
            prepared.push(source::assemble(self, reading, now).await?);
        }
        for (source_reports, batch) in prepared {
            self.store.commit(batch).await?;
            report.sources.extend(source_reports);
        }
        let targets: Vec<Result<TargetReport>> = stream::iter(&self.targets)
            .map(|(target, connector)| target::observe(self, target, connector, now))
            .buffered(AT_ONCE)
            .collect()
            .await;
        report.targets = targets.into_iter().collect::<Result<Vec<_>>>()?;
        tracing::info!(sources = report.sources.len(), targets = report.targets.len(), "observed");
        Ok(report)
    }
}
