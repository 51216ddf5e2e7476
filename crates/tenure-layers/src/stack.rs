use std::fmt;
use std::sync::Arc;

use tenure_connector::Connector;

use crate::{
    Audit, Breaker, CapabilityCheck, DryRun, Guard, Layer, Pace, ReadCache, Recording, Retry, Timeout, wrap,
};

/// Puts layers around a connector, in the safe order whatever the order of the calls here.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use tenure_connector::memory::MemoryConnector;
/// use tenure_connector::{ConnectorExt, Context, ObjectClass};
/// use tenure_layers::{DryRun, Retry, Stack, Timeout, TokioTimer};
/// use tenure_scim::Resource;
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
/// let timer = Arc::new(TokioTimer::new());
/// let dry = Arc::new(DryRun::new());
/// let desk = Stack::new(Arc::new(MemoryConnector::new("desk")))
///     .retry(Retry::new(timer.clone()))
///     .attempt_timeout(Timeout::new(timer, Duration::from_secs(10)))
///     .dry_run(dry.clone())
///     .build();
/// let anna = Resource::new("urn:ietf:params:scim:schemas:core:2.0:User").with("userName", "anna")?;
/// desk.create(&Context::new("example"), "step-1", ObjectClass::USER, anna).await?;
/// assert_eq!(dry.withheld().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub struct Stack {
    connector: Arc<dyn Connector>,
    places: [Option<Arc<dyn Layer>>; PLACES],
}

const PLACES: usize = 10;

impl Stack {
    /// Starts with a connector and the check of its capabilities.
    pub fn new(connector: Arc<dyn Connector>) -> Self {
        Self { connector: wrap(connector, Arc::new(CapabilityCheck)), places: [const { None }; PLACES] }
    }

    fn put(mut self, place: usize, layer: Arc<dyn Layer>) -> Self {
        if let Some(slot) = self.places.get_mut(place) {
            *slot = Some(layer);
        }
        self
    }

    /// Records writes.
    pub fn audit(self, layer: impl Into<Arc<Audit>>) -> Self {
        self.put(0, layer.into())
    }

    /// Limits the damage.
    pub fn guard(self, layer: impl Into<Arc<Guard>>) -> Self {
        self.put(1, layer.into())
    }

    /// Withholds writes.
    pub fn dry_run(self, layer: impl Into<Arc<DryRun>>) -> Self {
        self.put(2, layer.into())
    }

    /// Remembers reads.
    pub fn cache(self, layer: impl Into<Arc<ReadCache>>) -> Self {
        self.put(3, layer.into())
    }

    /// Bounds a call with all its attempts.
    pub fn total_timeout(self, layer: impl Into<Arc<Timeout>>) -> Self {
        self.put(4, layer.into())
    }

    /// Tries again.
    pub fn retry(self, layer: impl Into<Arc<Retry>>) -> Self {
        self.put(5, layer.into())
    }

    /// Keeps to a rate.
    pub fn pace(self, layer: impl Into<Arc<Pace>>) -> Self {
        self.put(6, layer.into())
    }

    /// Stops calling a system that is not there.
    pub fn breaker(self, layer: impl Into<Arc<Breaker>>) -> Self {
        self.put(7, layer.into())
    }

    /// Bounds one attempt.
    pub fn attempt_timeout(self, layer: impl Into<Arc<Timeout>>) -> Self {
        self.put(8, layer.into())
    }

    /// Records calls.
    pub fn recording(self, layer: impl Into<Arc<Recording>>) -> Self {
        self.put(9, layer.into())
    }

    /// Builds the connector.
    #[must_use]
    pub fn build(self) -> Arc<dyn Connector> {
        self.places.into_iter().rev().flatten().fold(self.connector, wrap)
    }
}

impl fmt::Debug for Stack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.places.iter().flatten()).finish()
    }
}
