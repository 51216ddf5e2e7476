//! Taking up what an earlier process has accepted and left.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use serde_json::Value;
use tenure_scim::event::EventToken;

use super::BacklogError;
use super::record::Record;
use super::run::{complete, tell};
use crate::Server;
use crate::dispatch::Admitted;
use crate::job::Unfinished;
use crate::reply::Reply;
use crate::server::Inner;

impl Server {
    /// Takes up what was accepted for later and is not done: by a process that ended, or one that ends meanwhile. Returns how
    /// many requests that are; their work goes on, one after the other, after this returns.
    ///
    /// What was kept or worked on within `untouched` is left to whoever does that. One process that has the
    /// [`Backlog`](crate::Backlog) for itself asks once, at its start and with none; several that share it ask now and then, with
    /// longer than any request takes. A write that was done before its process ended is not done again where the connector
    /// remembers the keys of its writes, as a directory does; its event can come twice, with one transaction.
    ///
    /// # Errors
    ///
    /// When the backlog does not answer.
    pub async fn resume(&self, untouched: Duration) -> Result<usize, BacklogError> {
        let Some(later) = &self.inner.later else { return Ok(0) };
        let before = match TimeDelta::from_std(untouched).unwrap_or(TimeDelta::days(365)) {
            // The clock may have been ahead when it was kept.
            none if none.is_zero() => self.inner.now() + TimeDelta::days(1),
            some => self.inner.now() - some,
        };
        let mut left = Vec::new();
        loop {
            let some = later.answers.backlog.take(before, self.inner.now()).await?;
            let known = left.len();
            left.extend(some.into_iter().filter(|(txn, _)| left_out(&left, txn)).collect::<Vec<_>>());
            if left.len() == known {
                break;
            }
        }
        let count = left.len();
        if count > 0 {
            let server = Arc::clone(&self.inner);
            (later.answers.spawn)(Box::pin(async move {
                for (txn, text) in left {
                    take_up(&server, &txn, &text).await;
                }
            }));
        }
        Ok(count)
    }
}

fn left_out(known: &[(String, String)], txn: &str) -> bool {
    !known.iter().any(|(other, _)| other == txn)
}

async fn take_up(server: &Arc<Inner>, txn: &str, text: &str) {
    let Some(later) = &server.later else { return };
    let Some(record) = Record::read(text) else {
        tracing::warn!("a text of the backlog is none of an accepted request");
        return drop(later.answers.backlog.end(txn, text, server.now()).await);
    };
    if let Some(claims) = record.claims.clone() {
        return tell(server, later, txn, &record, &tokens(claims)).await;
    }
    let again = record.sent.as_ref().and_then(|sent| {
        let request = sent.request()?;
        Some(Admitted::again(server, record.who(), request, sent.id(), &sent.key))
    });
    let Some(request) = again else {
        tracing::warn!("an accepted request was kept without what it asks for");
        return drop(later.answers.backlog.end(txn, text, server.now()).await);
    };
    let reply = match record.job.clone() {
        Some(job) => Reply::unfinished(Unfinished { job, poll_after: Duration::ZERO }),
        None => request.serve().await,
    };
    complete(&request, txn, record, reply).await;
}

fn tokens(claims: Value) -> Vec<EventToken> {
    let all = match claims {
        Value::Array(all) => all,
        one => vec![one],
    };
    all.into_iter().filter_map(|claims| serde_json::from_value(claims).ok()).collect()
}
