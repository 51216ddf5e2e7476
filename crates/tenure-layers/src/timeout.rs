use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::{Either, select};
use tenure_connector::{Certainty, ConnectorError, Context, ErrorKind, Result, Timer};

use crate::{Call, Layer, Next, Reply};

/// Ends a call that takes too long; the outcome of a write is then unknown.
///
/// The context's own deadline counts when it is shorter. Place: once above retry for the whole, once below it for each
/// attempt.
#[derive(Debug)]
pub struct Timeout {
    timer: Arc<dyn Timer>,
    limit: Duration,
}

impl Timeout {
    /// Allows this long.
    #[must_use]
    pub fn new(timer: Arc<dyn Timer>, limit: Duration) -> Self {
        Self { timer, limit }
    }
}

#[async_trait]
impl Layer for Timeout {
    async fn around(&self, ctx: &Context, call: Call<'_>, next: Next<'_>) -> Result<Reply> {
        let limit = ctx.deadline().map_or(self.limit, |deadline| deadline.min(self.limit));
        let ctx = ctx.clone().with_deadline(limit);
        let running = pin!(next.run(&ctx, call));
        match select(running, self.timer.sleep(limit)).await {
            Either::Left((answer, _)) => answer,
            Either::Right(((), _)) => Err(ConnectorError::new(ErrorKind::Timeout, Certainty::Unknown)
                .with_detail(format!("no answer to `{}` within {} ms", call.method(), limit.as_millis()))),
        }
    }
}
