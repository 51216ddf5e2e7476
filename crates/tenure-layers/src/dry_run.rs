use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use tenure_connector::{ConnectorError, Context, ErrorKind, Fields, Outcome, Result, WriteRequest};

use crate::{Call, Layer, Next, Reply};

/// Lets reads through and withholds writes, answering what they would most likely be answered.
///
/// Whether the object is there is looked up; everything else is assumed to succeed. Place: below the guard.
#[derive(Debug, Default)]
pub struct DryRun {
    withheld: Mutex<Vec<WriteRequest>>,
}

impl DryRun {
    /// Starts with nothing withheld.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The writes that were not sent, in order.
    #[must_use]
    pub fn withheld(&self) -> Vec<WriteRequest> {
        self.withheld.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Layer for DryRun {
    async fn around(&self, ctx: &Context, call: Call<'_>, next: Next<'_>) -> Result<Reply> {
        let Call::Apply(request) = call else { return next.run(ctx, call).await };
        let operation = &request.operation;
        if let Some(because) = next.capabilities().why_not(operation.class(), operation.kind()) {
            return Err(
                ConnectorError::unsupported(operation.class(), operation.kind()).with_help(because.detail)
            );
        }
        if let Some(object) = operation.object() {
            match next.run(ctx, Call::Get { object, fields: &Fields::All }).await {
                Err(error) if error.kind() == ErrorKind::NotFound && operation.satisfied_by_absence() => {
                    return Ok(Reply::Outcome(Outcome::already_gone()));
                }
                Err(error) if error.kind() != ErrorKind::Unsupported => return Err(error),
                _ => {}
            }
        }
        self.withheld.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        Ok(Reply::Outcome(Outcome::done(true)))
    }
}
