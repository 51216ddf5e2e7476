use std::sync::Arc;
use std::time::Duration;

use crate::SecretStore;

/// What accompanies a call: its correlation id, how long the caller waits, and where secrets are.
///
/// Cheap to clone. Holds no clock: a deadline is a length of time, and the layer or transport that enforces it has the
/// timer.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenure_connector::Context;
///
/// let ctx = Context::new("run-7/step-3").with_deadline(Duration::from_secs(30));
/// assert_eq!(ctx.correlation(), "run-7/step-3");
/// assert_eq!(ctx.deadline(), Some(Duration::from_secs(30)));
/// ```
#[derive(Debug, Clone)]
pub struct Context {
    correlation: Arc<str>,
    deadline: Option<Duration>,
    secrets: Option<Arc<dyn SecretStore>>,
}

impl Context {
    /// Starts a context with the id under which logs, audit records and vendor requests of this call are found.
    #[must_use]
    pub fn new(correlation: impl Into<String>) -> Self {
        Self { correlation: correlation.into().into(), deadline: None, secrets: None }
    }

    /// Limits how long the whole call may take.
    #[must_use]
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Gives the connector a place to read secrets from and to put generated ones.
    #[must_use]
    pub fn with_secrets(mut self, secrets: Arc<dyn SecretStore>) -> Self {
        self.secrets = Some(secrets);
        self
    }

    /// The id of the call.
    #[must_use]
    pub fn correlation(&self) -> &str {
        &self.correlation
    }

    /// How long the whole call may take.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// Where secrets are, if the caller gave a place.
    #[must_use]
    pub fn secrets(&self) -> Option<&dyn SecretStore> {
        self.secrets.as_deref()
    }
}
