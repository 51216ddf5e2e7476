//! Looks at sources and targets and stores what is there.

mod delta;
mod print;
mod record;
mod report;
mod seen;
mod source;
pub(crate) mod target;
mod trail;
mod walk;

pub use report::{ObserveReport, SourceReport, TargetReport};

use chrono::{DateTime, Utc};
use futures_util::StreamExt as _;
use futures_util::stream;
use tenure_store::{Batch, Condition};

use crate::{Engine, Result, order};

/// How much is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    All,
    Changes,
}

/// How many sources and targets are read at the same time.
const AT_ONCE: usize = 8;

/// How many changes of a source go into one commit. Each person's change stands by itself; how far the source was read comes last.
const PART: usize = 5_000;

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
    /// * `Store`, when the store failed, or somebody gave an order about a person meanwhile; look again then.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future keeps what was stored. The next call reads sources anew, and goes on with a target where the look at
    /// it stopped, as far as the connector's cursor holds; it begins anew there too after an hour, or when anything was done
    /// meanwhile.
    pub async fn observe(&self, now: DateTime<Utc>) -> Result<ObserveReport> {
        self.look(now, Look::All).await
    }

    /// Reads what changed since the last look, from the systems that can tell. The others are not read at all. A system
    /// whose changes cannot be followed any further, or that says that something is gone from a source or that much is gone
    /// from a target, is read as a whole, so that absence passes the same judgement as always.
    ///
    /// What accounts hold is read of those that changed, where a target can be asked for the grants of one account. That
    /// somebody took a grant away by hand, of which the account tells nothing, is found there by the next look at everything.
    ///
    /// # Errors
    ///
    /// Those of [`observe`](Self::observe).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future keeps what was stored; the next call goes on from there.
    pub async fn observe_changes(&self, now: DateTime<Utc>) -> Result<ObserveReport> {
        self.look(now, Look::Changes).await
    }

    async fn look(&self, now: DateTime<Utc>, look: Look) -> Result<ObserveReport> {
        let orders = self.store.value(order::COUNT).await?.unwrap_or_default();
        let engine = self.at(now)?;
        let sources: Vec<Result<source::Reading>> = stream::iter(&engine.sources)
            .map(|found| source::read(engine, found, look))
            .buffered(AT_ONCE)
            .collect()
            .await;
        let readings = sources.into_iter().collect::<Result<Vec<_>>>()?;
        let mut report = ObserveReport::default();
        let mut prepared = Vec::new();
        for reading in readings {
            prepared.push(source::assemble(engine, reading, now).await?);
        }
        for (source_reports, batch) in prepared {
            for part in parts(batch) {
                // What was ordered about people meanwhile is not in what was assembled.
                let key = order::COUNT.to_owned();
                self.store.commit(part.when(Condition::ValueIs { key, value: orders.clone() })).await?;
            }
            report.sources.extend(source_reports);
        }
        let targets: Vec<Result<Option<TargetReport>>> = stream::iter(&engine.targets)
            .map(|(target, connector)| target::observe(engine, target, connector, now, look))
            .buffered(AT_ONCE)
            .collect()
            .await;
        report.targets = targets.into_iter().filter_map(Result::transpose).collect::<Result<Vec<_>>>()?;
        tracing::info!(sources = report.sources.len(), targets = report.targets.len(), "observed");
        Ok(report)
    }
}

fn parts(batch: Batch) -> impl Iterator<Item = Batch> {
    let mut writes = batch.writes.into_iter().peekable();
    std::iter::from_fn(move || {
        writes.peek()?;
        Some(Batch { conditions: Vec::new(), writes: writes.by_ref().take(PART).collect() })
    })
}
