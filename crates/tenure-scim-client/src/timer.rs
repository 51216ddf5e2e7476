use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// Measures and passes time for a client that waits: between attempts, and to keep a pace.
///
/// The program gives it, so that the client has no clock of its own and a test can pass an hour at once. `TokioTimer`
/// (feature `tokio`) is the one for programs on tokio.
pub trait Timer: Send + Sync + fmt::Debug {
    /// How long since some fixed moment; never goes back.
    fn elapsed(&self) -> Duration;

    /// Ends after this long. Dropping the future stops the waiting.
    fn sleep(&self, wait: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>>;
}

/// Waits on tokio's clock.
#[cfg(feature = "tokio")]
#[derive(Debug, Clone, Copy)]
pub struct TokioTimer {
    start: tokio::time::Instant,
}

#[cfg(feature = "tokio")]
impl TokioTimer {
    /// Starts counting now.
    #[must_use]
    pub fn new() -> Self {
        Self { start: tokio::time::Instant::now() }
    }
}

#[cfg(feature = "tokio")]
impl Default for TokioTimer {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(feature = "tokio")]
impl Timer for TokioTimer {
    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    fn sleep(&self, wait: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>> {
        Box::pin(tokio::time::sleep(wait))
    }
}
