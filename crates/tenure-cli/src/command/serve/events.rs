//! Answers that come later (RFC 9967): what was accepted is done, and its end is written to a file.

use std::fs::{File, OpenOptions};
use std::future::Future;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tenure_layers::TokioTimer;
use tenure_scim::event::EventToken;
use tenure_scim_server::{AsyncAnswers, EventSink, Principal, Work};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::failure::Failure;

/// What goes on after its request was answered.
#[derive(Debug, Clone, Default)]
pub(super) struct Accepted(Arc<Mutex<JoinSet<()>>>);

impl Accepted {
    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(work);
    }

    /// Waits for what was accepted, but no longer than `patience`.
    pub(super) async fn finish(&self, patience: Duration) {
        let mut tasks = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let all = async { while tasks.join_next().await.is_some() {} };
        // Who does not end in time is stopped when the set is dropped.
        drop(timeout(patience, all).await);
    }
}

/// The completion events, one line of JSON each.
#[derive(Debug)]
struct EventFile(Mutex<File>);

#[async_trait]
impl EventSink for EventFile {
    async fn deliver(&self, _: &Principal, event: &EventToken) {
        let mut line = match serde_json::to_vec(event) {
            Ok(line) => line,
            Err(error) => return eprintln!("an event is not JSON: {error}"),
        };
        line.push(b'\n');
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = file.write_all(&line).and_then(|()| file.sync_data()) {
            eprintln!("an event could not be written: {error}");
        }
    }
}

/// Answers `Prefer: respond-async`, as `url`, with the events in the file at `path`.
pub(super) fn answers(path: &Path, url: &str, accepted: &Accepted) -> Result<AsyncAnswers, Failure> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    let file = file.map_err(|e| Failure::failed(format!("cannot write to `{}`", path.display()), e))?;
    let accepted = accepted.clone();
    let spawn = Arc::new(move |work: Work| accepted.spawn(work));
    Ok(AsyncAnswers::new(url, Arc::new(EventFile(Mutex::new(file))), spawn)
        .with_timer(Arc::new(TokioTimer::new())))
}
