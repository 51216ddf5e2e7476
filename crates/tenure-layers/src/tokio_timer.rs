use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use tenure_connector::Timer;
use tokio::time::Instant;

/// A timer on tokio's clock, which a test can pause.
#[derive(Debug, Clone)]
pub struct TokioTimer {
    started: Instant,
}

impl TokioTimer {
    /// Starts at nothing.
    #[must_use]
    pub fn new() -> Self {
        Self { started: Instant::now() }
    }
}

impl Default for TokioTimer {
    fn default() -> Self {
        Self::new()
    }
}

impl Timer for TokioTimer {
    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn sleep(&self, wait: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>> {
        Box::pin(tokio::time::sleep(wait))
    }
}
