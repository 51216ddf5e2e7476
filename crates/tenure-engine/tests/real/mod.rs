//! Real time for workers: a lease has to run out.
#![allow(dead_code, reason = "each test file uses a part")]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use tenure_connector::{Clock, Timer};

#[derive(Debug)]
pub(crate) struct Real(Instant);

impl Real {
    pub(crate) fn timer() -> Arc<dyn Timer> {
        Arc::new(Self(Instant::now()))
    }
}

impl Timer for Real {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, wait: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>> {
        Box::pin(tokio::time::sleep(wait))
    }
}

/// A clock that stands still.
pub(crate) fn still(at: DateTime<Utc>) -> Clock {
    Arc::new(move || at)
}

/// A clock that goes on from a moment.
pub(crate) fn going(from: DateTime<Utc>) -> Clock {
    let started = Instant::now();
    Arc::new(move || from + TimeDelta::from_std(started.elapsed()).unwrap())
}
