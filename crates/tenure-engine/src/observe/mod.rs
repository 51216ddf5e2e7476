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
use futures_util::{FutureExt as _, StreamExt as _, stream};
use tenure_store::StoreError;

use crate::{Engine, EngineError, Result, order};

/// How much is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    All,
    Changes,
}

/// What becomes of a look at a source that was interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Earlier {
    GoesOn,
    /// Another program goes on with it.
    IsLeft,
}

impl Engine {
    /// Reads every source and target in pages and stores what is there: identities, accounts, entitlements held; several at the same
    /// time, as [`EngineBuilder::readers`](crate::EngineBuilder::readers) says.
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
    /// Dropping the future keeps what was stored. The next call goes on where the look at a source or target stopped, as far as the
    /// connector's cursor holds. It begins anew with a source after six hours, and with a target after an hour or when anything
    /// was done meanwhile. What a source told in a look that has not ended counts for nothing.
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
        match self.look_once(now, look, Earlier::GoesOn).await {
            Err(EngineError::Store(StoreError::Conflict { key, .. })) if source::is_of_stage(&key) => {
                tracing::info!("another look has taken over what a source told; this one begins anew");
                self.look_once(now, look, Earlier::IsLeft).await
            }
            other => other,
        }
    }

    async fn look_once(&self, now: DateTime<Utc>, look: Look, earlier: Earlier) -> Result<ObserveReport> {
        let orders = self.store.value(order::COUNT).await?.unwrap_or_default();
        let engine = self.at(now)?;
        // Collected first: a closure inside of the stream would keep the future from being sent to another thread.
        let sources: Vec<_> = engine
            .sources
            .iter()
            .map(|found| source::read(engine, found, look, earlier, now).boxed())
            .collect();
        let sources: Vec<_> = stream::iter(sources).buffered(engine.readers).collect().await;
        let mut report = ObserveReport::default();
        for reading in source::all(sources).await? {
            report.sources.extend(reading.store(engine, now, &orders).await?);
        }
        let targets: Vec<_> = engine
            .targets
            .iter()
            .map(|(target, connector)| target::observe(engine, target, connector, now, look).boxed())
            .collect();
        let targets: Vec<_> = stream::iter(targets).buffered(engine.readers).collect().await;
        report.targets = targets.into_iter().filter_map(Result::transpose).collect::<Result<_>>()?;
        tracing::info!(sources = report.sources.len(), targets = report.targets.len(), "observed");
        Ok(report)
    }
}
