//! Each layer does what it says, on a clock that the tests move.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod refusing;
mod remembering;
mod showing;
mod waiting;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tenure_connector::memory::MemoryConnector;
use tenure_connector::{
    Certainty, ConnectorError, Context, ErrorKind, ObjectClass, Operation, Result, WriteRequest,
};
use tenure_layers::{Call, Layer, Next, Notice, Observer, Recording, Reply, TokioTimer, wrap};
use tenure_scim::Resource;
use tenure_testkit::chaos::{ChaosConnector, ChaosEvent, Fault, Schedule};

type Chaos = ChaosConnector<MemoryConnector>;

fn ctx() -> Context {
    Context::new("test")
}

fn timer() -> Arc<TokioTimer> {
    Arc::new(TokioTimer::new())
}

fn create(key: &str, name: &str) -> WriteRequest {
    let resource =
        Resource::new("urn:ietf:params:scim:schemas:core:2.0:User").with("userName", name).unwrap();
    WriteRequest::new(key, Operation::Create { class: ObjectClass::USER, resource })
}

/// A tenant on which these calls go wrong in turn.
fn unlucky(faults: &[Fault]) -> Arc<Chaos> {
    let event = |(call, fault): (usize, &Fault)| ChaosEvent {
        call: call as u64,
        method: String::new(),
        fault: *fault,
    };
    let log: Vec<_> = faults.iter().enumerate().map(event).collect();
    Arc::new(ChaosConnector::new(MemoryConnector::new("desk"), Schedule::replay(&log)))
}

/// Counts what reaches a connector.
fn counted(
    inner: Arc<dyn tenure_connector::Connector>,
) -> (Arc<dyn tenure_connector::Connector>, Arc<Recording>) {
    let recording = Arc::new(Recording::new(timer()));
    (wrap(inner, recording.clone()), recording)
}

#[derive(Debug, Default)]
struct Seen(Mutex<Vec<Notice>>);

impl Observer for Seen {
    fn notice(&self, notice: &Notice) {
        self.0.lock().unwrap().push(notice.clone());
    }
}

/// Answers every call with an error of this kind, until it is told to stop.
#[derive(Debug)]
struct Failing(Mutex<Option<ErrorKind>>);

#[async_trait]
impl Layer for Failing {
    async fn around(&self, ctx: &Context, call: Call<'_>, next: Next<'_>) -> Result<Reply> {
        let kind = *self.0.lock().unwrap();
        match kind {
            Some(kind) => Err(ConnectorError::new(kind, Certainty::Refused)),
            None => next.run(ctx, call).await,
        }
    }
}

const SECOND: Duration = Duration::from_secs(1);
