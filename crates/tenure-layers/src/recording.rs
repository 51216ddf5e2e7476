use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;
use serde_json::Value;
use tenure_connector::{Context, Result, Timer};

use crate::{Call, Layer, Next, Reply};

/// Writes down every call that reaches the connector, with its answer.
///
/// The record holds personal data, but no secret: operations carry only the names of secrets, and errors are redacted
/// where they are made. Place: next to the connector, below retry, so that every attempt is in it.
#[derive(Debug)]
pub struct Recording {
    timer: Arc<dyn Timer>,
    calls: Mutex<Vec<Recorded>>,
}

/// One call and its answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recorded {
    /// The id of the call.
    pub correlation: String,
    /// When it began, on the timer's scale.
    pub began: Duration,
    /// How long it took.
    pub took: Duration,
    /// What was asked.
    pub call: Value,
    /// What was answered; an object with `error` when it failed.
    pub answer: Value,
}

impl Recording {
    /// Starts an empty record.
    #[must_use]
    pub fn new(timer: Arc<dyn Timer>) -> Self {
        Self { timer, calls: Mutex::default() }
    }

    /// What was recorded so far.
    #[must_use]
    pub fn calls(&self) -> Vec<Recorded> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Layer for Recording {
    async fn around(&self, ctx: &Context, call: Call<'_>, next: Next<'_>) -> Result<Reply> {
        let began = self.timer.elapsed();
        let answer = next.run(ctx, call).await;
        let recorded = Recorded {
            correlation: ctx.correlation().to_owned(),
            began,
            took: self.timer.elapsed().saturating_sub(began),
            call: call.to_json(),
            answer: match &answer {
                Ok(reply) => reply.to_json(),
                Err(error) => serde_json::json!({ "error": error }),
            },
        };
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(recorded);
        answer
    }
}
