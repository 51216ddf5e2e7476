use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use http::StatusCode;
use http::header::{CONTENT_TYPE, ETAG, HeaderName, LOCATION};
use serde_json::Value;
use tenure_connector::{Connector, Context, OperationKind, Timer};
use tenure_scim::ScimError;

use super::event::events;
use super::kept::State;
use super::wish::Wish;
use super::{ENDPOINT, Later, PREFERENCE_APPLIED, SET_TXN};
use crate::dispatch::Admitted;
use crate::etag::tag;
use crate::fault::{Answer, Failure};
use crate::job::{Unfinished, unfinished};
use crate::reply::Reply;
use crate::server::{Inner, class_of};

/// Answers a request now if it is done within the time that the client waits for, else accepts it.
pub(crate) async fn answer(request: Admitted, later: &Later, wish: Wish) -> Reply {
    let server = Arc::clone(&request.server);
    let txn = new_txn();
    let accepted =
        accept(&server, later, &txn, &request.principal.name).with(PREFERENCE_APPLIED, "respond-async");
    let work = Box::pin(async move {
        let reply = request.serve().await;
        (request, reply)
    });
    let work = match (wish.wait, &later.answers.timer) {
        (Some(wait), Some(timer)) if !wait.is_zero() => {
            match select(work, timer.sleep(wait.min(server.limits.time))).await {
                Either::Left(((_, reply), _)) => {
                    later.kept.forget(&txn);
                    return reply;
                }
                Either::Right(((), work)) => work,
            }
        }
        _ => work,
    };
    (later.answers.spawn)(Box::pin(async move {
        let (request, reply) = work.await;
        complete(request, txn, reply).await;
    }));
    accepted
}

/// Follows what the system behind the service took as a job, although the client did not ask for it.
pub(crate) fn hand_over(request: Admitted, later: &Later, reply: Reply) -> Reply {
    let txn = new_txn();
    let accepted = accept(&request.server, later, &txn, &request.principal.name);
    (later.answers.spawn)(Box::pin(complete(request, txn, reply)));
    accepted
}

/// `GET` of the address that an accepted request was given.
pub(crate) fn status(server: &Inner, principal: &str, txn: &str) -> Answer {
    let kept = server.later.as_ref().and_then(|later| later.kept.find(txn, principal, server.now()));
    match kept {
        Some(State::Running) => {
            Ok(Reply::new(StatusCode::ACCEPTED, None).with(SET_TXN, txn).retry_after(Duration::from_secs(1)))
        }
        Some(State::Done(claims)) => Ok(Reply::ok(claims).with(CONTENT_TYPE, "application/json")),
        None => Err(ScimError::not_found("there is no such request, or no longer").into()),
    }
}

fn new_txn() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

fn accept(server: &Inner, later: &Later, txn: &str, principal: &str) -> Reply {
    later.kept.begin(txn, principal, server.now());
    let location = server.address(&format!("/{ENDPOINT}/{txn}"));
    Reply::new(StatusCode::ACCEPTED, None).with(SET_TXN, txn).located(Some(&location))
}

/// Follows a job to its end and tells how the request ended.
async fn complete(request: Admitted, txn: String, mut reply: Reply) {
    let Some(later) = &request.server.later else { return };
    if let (Some(work), Some(timer)) = (reply.job.take(), &later.answers.timer) {
        reply = follow(&request.server, later, &request.id, timer.as_ref(), work, &reply).await;
    }
    let place = (request.request.method(), request.request.uri().path());
    let events = events(&request.server, later, &txn, place, &reply);
    let mut claims: Vec<Value> = events.iter().filter_map(|event| serde_json::to_value(event).ok()).collect();
    let claims = if reply.parts.is_empty() { claims.pop().unwrap_or_default() } else { claims.into() };
    later.kept.end(&txn, claims, request.server.now());
    for event in &events {
        later.answers.sink.deliver(&request.principal, event).await;
    }
}

async fn follow(
    server: &Inner,
    later: &Later,
    id: &str,
    timer: &dyn Timer,
    mut work: Unfinished,
    accepted: &Reply,
) -> Reply {
    let begun = timer.elapsed();
    let ctx = Context::new(id).with_deadline(server.limits.time);
    loop {
        if timer.elapsed().saturating_sub(begun) > later.answers.patience {
            let error = "the system behind this service did not finish in time";
            return ScimError::from_parts(504, None, error).into();
        }
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
