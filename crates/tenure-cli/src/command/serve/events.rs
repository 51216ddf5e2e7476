//! Answers that come later (RFC 9967): what was accepted is done, and its end is written to a file.

use std::fs::{File, OpenOptions};
use std::future::Future;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tenure_layers::TokioTimer;
use tenure_scim::event::EventToken;
use tenure_scim_server::{
    AsyncAnswers, Backlog, BacklogError, EventSink, Principal, Remembered, Server, Work,
};
use tenure_store::directory::{AcceptedWork, DirectoryConnector};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::failure::{Failure, chain};

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

/// What was accepted, in the database of the directory.
#[derive(Debug)]
struct Kept(AcceptedWork);

#[async_trait]
impl Backlog for Kept {
    async fn keep(&self, txn: &str, text: &str, now: DateTime<Utc>) -> Result<(), BacklogError> {
        Ok(self.0.keep(txn, text, now).await?)
    }

    async fn end(&self, txn: &str, text: &str, now: DateTime<Utc>) -> Result<(), BacklogError> {
        Ok(self.0.end(txn, text, now).await?)
    }

    async fn find(&self, txn: &str) -> Result<Option<Remembered>, BacklogError> {
        let found = self.0.find(txn).await?;
        Ok(found.map(|found| Remembered { text: found.text, ended: found.done.then_some(found.at) }))
    }

    async fn take(
        &self,
        before: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Vec<(String, String)>, BacklogError> {
        Ok(self.0.take(before, now).await?)
    }

    async fn forget_ended(&self, before: DateTime<Utc>) -> Result<(), BacklogError> {
        Ok(self.0.forget_ended(before).await?)
    }
}

/// Takes up what a process left that was killed. `shared` says that others may work on what is in the store.
pub(super) async fn resume(server: &Server, shared: bool) -> Result<(), Failure> {
    let failed = |e: BacklogError| Failure::failed("cannot read what was accepted before", chain(&*e));
    if !shared {
        return server.resume(Duration::ZERO).await.map(drop).map_err(failed);
    }
    server.resume(UNTOUCHED).await.map_err(failed)?;
    let server = server.clone();
    tokio::spawn(async move {
        loop {
            sleep(UNTOUCHED / 2).await;
            if let Err(error) = server.resume(UNTOUCHED).await {
                eprintln!("what was accepted before cannot be read: {error}");
            }
        }
    });
    Ok(())
}

/// Longer than any request takes.
const UNTOUCHED: Duration = Duration::from_secs(120);

/// Answers `Prefer: respond-async`, as `url`, with the events in the file at `path`.
pub(super) fn answers(
    path: &Path,
    url: &str,
    accepted: &Accepted,
    directory: &DirectoryConnector,
) -> Result<AsyncAnswers, Failure> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    let file = file.map_err(|e| Failure::failed(format!("cannot write to `{}`", path.display()), e))?;
    let accepted = accepted.clone();
    let spawn = Arc::new(move |work: Work| accepted.spawn(work));
    Ok(AsyncAnswers::new(url, Arc::new(EventFile(Mutex::new(file))), spawn)
        .with_backlog(Arc::new(Kept(directory.accepted())))
        .with_timer(Arc::new(TokioTimer::new())))
}
