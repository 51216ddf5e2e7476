use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

/// Tells what time it is. A program passes its clock once; a test passes one that it moves itself.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Measures and passes time for whoever needs it: a layer that retries, a transport that times out, a poll loop.
///
/// The program gives it, so that this crate needs no runtime and a test can pass an hour at once.
pub trait Timer: Send + Sync + fmt::Debug {
    /// How long since some fixed moment; never goes back.
    fn elapsed(&self) -> Duration;

    /// Ends after this long. Dropping the future stops the waiting.
    fn sleep(&self, wait: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>>;
}
