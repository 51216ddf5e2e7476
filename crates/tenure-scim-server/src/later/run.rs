use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::{Either, select};
use http::StatusCode;
use http::header::{CONTENT_TYPE, ETAG, HeaderName, LOCATION};
use serde_json::Value;
use tenure_connector::{Connector, Context, OperationKind, Timer};
use tenure_scim::ScimError;
use tenure_scim::event::EventToken;

use super::event::events;
use super::record::Record;
use super::wish::Wish;
use super::{ENDPOINT, Later, PREFERENCE_APPLIED, SET_TXN};
use crate::dispatch::Admitted;
use crate::etag::tag;
use crate::fault::{Answer, Failure};
use crate::job::{Unfinished, unfinished};
use crate::reply::Reply;
use crate::server::{Inner, class_of};

/// Answers a request now if it is done within the time that the client waits for, else accepts it.
pub(crate) async fn answer(mut request: Admitted, later: &Later, wish: Wish) -> Reply {
    let txn = new_txn();
    request.txn = Some(txn.clone());
    let request = Arc::new(request);
    let sent = Arc::clone(&request);
    let work = Box::pin(async move { sent.serve().await });
    let work = match (wish.wait, &later.answers.timer) {
        (Some(wait), Some(timer)) if !wait.is_zero() => {
            match select(work, timer.sleep(wait.min(request.server.limits.time))).await {
                Either::Left((reply, _)) => return reply,
                Either::Right(((), work)) => work,
            }
        }
        _ => work,
    };
    let record = Record::of(&request);
    let record = if later.answers.durable { record.with_request(&request) } else { Some(record) };
    let accepted = match &record {
        Some(record) => accept(&request.server, later, &txn, record).await,
        None => None,
    };
    // A preference need not be honoured: what cannot be kept is done while the client waits.
    let (Some(accepted), Some(record)) = (accepted, record) else { return work.await };
    (later.answers.spawn)(Box::pin(async move {
        let reply = work.await;
        complete(&request, &txn, record, reply).await;
    }));
    accepted.with(PREFERENCE_APPLIED, "respond-async")
}

/// Follows what the system behind the service took as a job, although the client did not ask for it.
pub(crate) async fn hand_over(request: Admitted, later: &Later, reply: Reply) -> Reply {
    let txn = new_txn();
    let record = Record::of(&request);
    let record =
        if later.answers.durable { record.clone().with_request(&request).unwrap_or(record) } else { record };
    let record = match &reply.job {
        Some(work) => record.with_job(work),
        None => record,
    };
    let Some(accepted) = accept(&request.server, later, &txn, &record).await else { return reply };
    (later.answers.spawn)(Box::pin(async move { complete(&request, &txn, record, reply).await }));
    accepted
}

/// `GET` of the address that an accepted request was given.
pub(crate) async fn status(server: &Inner, principal: &str, txn: &str) -> Answer {
    let unknown = || ScimError::not_found("there is no such request, or no longer");
    let later = server.later.as_ref().ok_or_else(unknown)?;
    let known = later.answers.backlog.find(txn).await.map_err(|_| unavailable())?.ok_or_else(unknown)?;
    let record = Record::read(&known.text).filter(|record| record.principal == principal);
    let age = known.ended.map(|ended| (server.now() - ended).to_std().unwrap_or_default());
    match record.ok_or_else(unknown)?.claims {
        Some(_) if age.is_some_and(|age| age > later.answers.keep) => Err(unknown().into()),
        Some(claims) => Ok(Reply::ok(claims).with(CONTENT_TYPE, "application/json")),
        None => {
            Ok(Reply::new(StatusCode::ACCEPTED, None).with(SET_TXN, txn).retry_after(Duration::from_secs(1)))
        }
    }
}

fn unavailable() -> ScimError {
    ScimError::from_parts(503, None, "nobody knows now how the request ended")
}

fn new_txn() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// Keeps a request and says so; `None` when it could not be kept.
async fn accept(server: &Inner, later: &Later, txn: &str, record: &Record) -> Option<Reply> {
    if let Err(error) = later.answers.backlog.keep(txn, &record.write(), server.now()).await {
        tracing::warn!(%error, "an accepted request could not be kept");
        return None;
    }
    let location = server.address(&format!("/{ENDPOINT}/{txn}"));
    Some(Reply::new(StatusCode::ACCEPTED, None).with(SET_TXN, txn).located(Some(&location)))
}

/// Follows a job to its end and tells how the request ended.
pub(super) async fn complete(request: &Admitted, txn: &str, record: Record, mut reply: Reply) {
    let Some(later) = &request.server.later else { return };
    if let (Some(work), Some(timer)) = (reply.job.take(), &later.answers.timer) {
        let record = record.clone().with_job(&work);
        reply = follow(request, later, (txn, &record), timer.as_ref(), work, &reply).await;
    }
    let place = (request.request.method(), request.request.uri().path());
    let events = events(&request.server, later, txn, place, &reply);
    let mut claims: Vec<Value> = events.iter().filter_map(|event| serde_json::to_value(event).ok()).collect();
    let claims = if reply.parts.is_empty() { claims.pop().unwrap_or_default() } else { claims.into() };
    let record = record.ended(claims);
    // Between the two a process that ends tells it once more, by the same transaction.
    keep(&request.server, later, txn, &record).await;
    tell(&request.server, later, txn, &record, &events).await;
}

/// Tells how a request ended, after which nothing is left to do.
pub(super) async fn tell(server: &Inner, later: &Later, txn: &str, record: &Record, events: &[EventToken]) {
    let who = record.who();
    for event in events {
        later.answers.sink.deliver(&who, event).await;
    }
    let (backlog, now) = (&later.answers.backlog, server.now());
    let keep = TimeDelta::from_std(later.answers.keep).unwrap_or(TimeDelta::days(365));
    if let Err(error) = backlog.end(txn, &record.write(), now).await {
        tracing::warn!(%error, "the end of an accepted request could not be kept");
    }
    if let Err(error) = backlog.forget_ended(now - keep).await {
        tracing::warn!(%error, "old requests could not be forgotten");
    }
}

async fn keep(server: &Inner, later: &Later, txn: &str, record: &Record) {
    if let Err(error) = later.answers.backlog.keep(txn, &record.write(), server.now()).await {
        tracing::warn!(%error, "an accepted request could not be kept");
    }
}

async fn follow(
    request: &Admitted,
    later: &Later,
    (txn, record): (&str, &Record),
    timer: &dyn Timer,
    mut work: Unfinished,
    accepted: &Reply,
) -> Reply {
    let server = &request.server;
    let begun = timer.elapsed();
    let ctx = Context::new(request.id.as_str()).with_deadline(server.limits.time);
    loop {
        if timer.elapsed().saturating_sub(begun) > later.answers.patience {
            let error = "the system behind this service did not finish in time";
            return ScimError::from_parts(504, None, error).into();
        }
        // Whoever follows a job says so, lest somebody else takes it up.
        keep(server, later, txn, record).await;
        timer.sleep(work.poll_after.max(SHORTEST)).await;
        let outcome = match server.connector.poll(&ctx, &work.job).await {
            Ok(outcome) => outcome,
            Err(error) => return Failure::from(error).into(),
        };
        if let Some(more) = unfinished(&outcome, work.job.operation) {
            work = more;
            continue;
        }
        let status = match work.job.operation {
            OperationKind::Create => StatusCode::CREATED,
            OperationKind::Delete => StatusCode::NO_CONTENT,
            _ => StatusCode::OK,
        };
        let reply = carry(accepted, Reply::new(status, None), &[LOCATION, ETAG]);
        let made = outcome.object.as_ref().and_then(|object| {
            let schema = server.served().find(|schema| class_of(schema) == object.class)?;
            Some(server.location(schema, &object.id))
        });
        let version = outcome.version.as_ref().filter(|_| server.features.etag);
        return reply
            .located(made.as_deref())
            .versioned(version.map(|version| tag(version.as_str())).as_deref());
    }
}

fn carry(from: &Reply, mut to: Reply, names: &[HeaderName]) -> Reply {
    for name in names {
        if let Some(value) = from.headers.get(name) {
            to.headers.insert(name, value.clone());
        }
    }
    to
}

/// No system is asked more often than this.
const SHORTEST: Duration = Duration::from_millis(100);
