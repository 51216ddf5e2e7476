use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use serde::Serialize;
use tenure_connector::{ConnectorError, Context, Outcome, Result, WriteRequest};

use crate::{Call, Layer, Next, Reply};

/// Writes down every write before it is made and after it.
///
/// A write whose first entry cannot be kept is not made. Place: outermost, so that refusals are on record too.
#[derive(Debug)]
pub struct Audit {
    sink: Arc<dyn AuditSink>,
}

/// Keeps audit entries.
pub trait AuditSink: Send + Sync + fmt::Debug {
    /// Keeps one entry.
    ///
    /// # Errors
    ///
    /// When it cannot be kept; say so with certainty "not attempted".
    fn keep(&self, entry: &AuditEntry<'_>) -> Result<()>;
}

/// One entry of the record.
#[derive(Debug, Clone, Serialize)]
pub struct AuditEntry<'a> {
    /// The id of the call.
    pub correlation: &'a str,
    /// The write. It holds no secret.
    pub request: &'a WriteRequest,
    /// Where the write is.
    pub phase: AuditPhase<'a>,
}

/// Where a write is.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditPhase<'a> {
    /// It is about to be made.
    Asked,
    /// It was answered.
    Answered(&'a Outcome),
    /// It failed.
    Failed(&'a ConnectorError),
}

impl Audit {
    /// Keeps the record in a sink.
    #[must_use]
    pub fn new(sink: Arc<dyn AuditSink>) -> Self {
        Self { sink }
    }
}

#[async_trait]
impl Layer for Audit {
    async fn around(&self, ctx: &Context, call: Call<'_>, next: Next<'_>) -> Result<Reply> {
        let Call::Apply(request) = call else { return next.run(ctx, call).await };
        let entry = |phase| AuditEntry { correlation: ctx.correlation(), request, phase };
        self.sink.keep(&entry(AuditPhase::Asked))?;
        let answer = next.run(ctx, call).await;
        let kept = match &answer {
            Ok(Reply::Outcome(outcome)) => self.sink.keep(&entry(AuditPhase::Answered(outcome))),
            Ok(_) => Ok(()),
            Err(error) => self.sink.keep(&entry(AuditPhase::Failed(error))),
        };
        match (answer, kept) {
            (Ok(_), Err(error)) => Err(error.with_certainty(tenure_connector::Certainty::Unknown)),
            (answer, _) => answer,
        }
    }
}
