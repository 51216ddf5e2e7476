//! Jobs that a system works on by itself: started, asked after, over.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod server;

use std::time::Duration;

use serde_json::{Value, json};
use server::{Server, reply};
use tenure_connector::{
    Certainty, ConnectorError, Context, ErrorKind, JobRef, ObjectClass, ObjectRef, OperationKind, Outcome,
    OutcomeStatus, Result,
};
use tenure_connector_rest::system::{Found, Jobs, text};
use tenure_connector_rest::{Auth, HttpOptions, RestClient, http_client};

const WAIT: Duration = Duration::from_secs(5);
const MOVE: OperationKind = OperationKind::TransferOwnership;

fn client(server: &Server) -> RestClient {
    let base = server.address.parse().unwrap();
    RestClient::new(base, Auth::none(), http_client(&HttpOptions::default()).unwrap()).unwrap()
}

fn ended(jobs: &[Value]) -> Result<bool> {
    match jobs.iter().any(|job| text(job, "/state") == Some("failed")) {
        true => Err(ConnectorError::new(ErrorKind::Policy, Certainty::Unknown)),
        false => Ok(jobs.iter().all(|job| text(job, "/state") == Some("done"))),
    }
}

fn three(client: &RestClient) -> Jobs {
    Jobs::new(client, "jobs?ids={id}", WAIT).named_at("/job/id").several("/jobs", 3).ended(ended)
}

async fn start(client: &RestClient, requests: usize) -> Result<Outcome> {
    let (ctx, class) = (Context::new("test"), ObjectClass::USER);
    let requests = (0..requests).map(|_| client.post(&["moves"]).unwrap()).collect();
    let of = Found { ctx: &ctx, class: &class, id: "7", item: &Value::Null };
    three(client).start(of, MOVE, requests).await
}

async fn poll(jobs: &Jobs, id: &str) -> Result<Outcome> {
    jobs.poll(&Context::new("test"), &JobRef::new(id, MOVE)).await
}

/// Answers the requests that start jobs with ids from 1 on, and fails from this one on.
async fn starter(fails_at: usize) -> Server {
    let count = std::sync::atomic::AtomicUsize::new(0);
    Server::start(move |_| match count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1 {
        n if n >= fails_at => reply(429, "{}"),
        n => reply(200, json!({ "job": { "id": format!("j{n}") } })),
    })
    .await
}

#[tokio::test]
async fn as_many_are_started_as_are_allowed_and_are_one_job_of_the_object() {
    let server = starter(9).await;
    let outcome = start(&client(&server), 5).await.unwrap();
    let OutcomeStatus::Accepted { job, poll_after } = outcome.status else { panic!("{outcome:?}") };
    let user = ObjectRef::new(ObjectClass::USER, "7");
    assert_eq!((job, poll_after), (JobRef::new("j1,j2,j3", MOVE).with_object(user), WAIT));
    assert_eq!(server.seen().len(), 3);
    assert!(start(&client(&server), 0).await.unwrap().is_already_so());
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn a_start_that_fails_is_refused_and_behind_a_started_job_unknown() {
    for (fails_at, certainty) in [(1, Certainty::Refused), (2, Certainty::Unknown)] {
        let server = starter(fails_at).await;
        let error = start(&client(&server), 3).await.unwrap_err();
        assert_eq!((error.kind(), error.certainty()), (ErrorKind::RateLimited, certainty));
    }
}

#[tokio::test]
async fn jobs_are_over_when_each_of_them_is() {
    for (states, expected) in [
        (["done", "done"], Ok(true)),
        (["done", "waiting"], Ok(false)),
        (["failed", "waiting"], Err(ErrorKind::Policy)),
    ] {
        let jobs = states.map(|state| json!({ "state": state }));
        let server = Server::start(move |_| reply(200, json!({ "jobs": jobs }))).await;
        let polled = poll(&three(&client(&server)), "j1,j2").await;
        assert_eq!(polled.map(|outcome| outcome.changed()).map_err(|error| error.kind()), expected);
        assert_eq!(server.seen()[0].line, "GET /jobs?ids=j1%2Cj2");
    }
}

#[tokio::test]
async fn a_job_that_is_missing_is_not_found() {
    let server = Server::start(|_| reply(200, json!({ "jobs": [{ "state": "done" }] }))).await;
    let known = three(&client(&server));
    assert!(poll(&known, "j1").await.unwrap().changed());
    for id in ["j1,j2", "", ","] {
        let error = poll(&known, id).await.unwrap_err();
        assert_eq!((error.kind(), error.certainty()), (ErrorKind::NotFound, Certainty::Refused), "{id}");
    }
    let server = Server::start(|_| reply(404, "{}")).await;
    let error = poll(&Jobs::new(&client(&server), "jobs/{id}", WAIT), "j1").await.unwrap_err();
    assert_eq!((error.kind(), error.detail()), (ErrorKind::NotFound, "no job `j1`"));
}
