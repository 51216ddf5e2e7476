//! What was accepted for later outlives the process that accepted it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use common::*;
use serde_json::{Value, json};
use tenure_scim::SchemaRegistry;
use tenure_scim::event::EventToken;
use tenure_scim_server::{
    Action, AsyncAnswers, Authorize, Backlog, BacklogError, Clock, EventSink, Principal, Remembered, Server,
    Work,
};
use tenure_store::directory::{AcceptedWork, DirectoryConnector};

const LATER: [(&str, &str); 1] = [("prefer", "respond-async")];

/// The database, of which a process can be cut off.
#[derive(Debug)]
struct Kept {
    work: AcceptedWork,
    /// How many more writes reach it.
    left: AtomicUsize,
}

impl Kept {
    fn write(&self) -> Result<(), BacklogError> {
        let left = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        left.map(drop).map_err(|_| "the process is gone".into())
    }
}

#[async_trait]
impl Backlog for Kept {
    async fn keep(&self, txn: &str, text: &str, now: DateTime<Utc>) -> Result<(), BacklogError> {
        self.write()?;
        Ok(self.work.keep(txn, text, now).await?)
    }

    async fn end(&self, txn: &str, text: &str, now: DateTime<Utc>) -> Result<(), BacklogError> {
        self.write()?;
        Ok(self.work.end(txn, text, now).await?)
    }

    async fn find(&self, txn: &str) -> Result<Option<Remembered>, BacklogError> {
        let found = self.work.find(txn).await?;
        Ok(found.map(|found| Remembered { text: found.text, ended: found.done.then_some(found.at) }))
    }

    async fn take(
        &self,
        before: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Vec<(String, String)>, BacklogError> {
        Ok(self.work.take(before, now).await?)
    }

    async fn forget_ended(&self, before: DateTime<Utc>) -> Result<(), BacklogError> {
        Ok(self.work.forget_ended(before).await?)
    }
}

/// A process: its work is done when the test says so, or never.
#[derive(Default)]
struct Process {
    events: Mutex<Vec<(String, Value)>>,
    work: Mutex<Vec<Work>>,
}

impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Process")
    }
}

#[async_trait]
impl EventSink for Process {
    async fn deliver(&self, principal: &Principal, event: &EventToken) {
        let event = (principal.name.clone(), serde_json::to_value(event).unwrap());
        self.events.lock().unwrap().push(event);
    }
}

impl Process {
    async fn work(&self) {
        let work: Vec<Work> = self.work.lock().unwrap().drain(..).collect();
        for work in work {
            work.await;
        }
    }

    fn statuses(&self) -> Vec<(String, String)> {
        let events = self.events.lock().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let status =
            |event: &Value| text(&event["events"]["urn:ietf:params:scim:event:misc:asyncresp"]["status"]);
        events.iter().map(|(_, event)| (text(&event["txn"]), status(event))).collect()
    }
}

/// Starts a process over a directory. `writes` is how often it reaches the backlog before it is gone.
fn start(directory: &DirectoryConnector, clock: &Clock, writes: usize) -> (Arc<Process>, Server) {
    let process = Arc::new(Process::default());
    let queue = Arc::clone(&process);
    let spawn = Arc::new(move |work| queue.work.lock().unwrap().push(work));
    let kept = Kept { work: directory.accepted(), left: AtomicUsize::new(writes) };
    let answers = AsyncAnswers::new("https://scim.example.com", process.clone(), spawn)
        .with_backlog(Arc::new(kept))
        .with_keep(Duration::from_secs(60));
    let server = Server::builder(Arc::new(directory.clone()), SchemaRegistry::builtin(), clock.clone())
        .token(TOKEN, "test")
        .async_answers(answers);
    (process, server.build().unwrap())
}

const ALIVE: usize = usize::MAX;

async fn accepted(server: &Server, method: &str, path: &str, body: Option<Value>) -> (String, String) {
    let answer = send_with(server, method, path, body, &LATER).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    let status = answer.header("location").strip_prefix(BASE).unwrap().to_owned();
    (answer.header("set-txn").to_owned(), status)
}

#[tokio::test]
async fn what_a_killed_process_accepted_is_done_by_the_next_one_and_told() {
    let (directory, clock) = (directory(), clock());
    let (killed, server) = start(&directory, &clock, ALIVE);
    let anna = create_user(&server, "anna").await;
    let (made, at_made) = accepted(&server, "POST", "/Users", Some(user("ben"))).await;
    let (taken, _) = accepted(&server, "POST", "/Users", Some(user("ANNA"))).await;
    let operations = json!([{"op": "replace", "path": "active", "value": false}]);
    let (changed, _) = accepted(&server, "PATCH", &format!("/Users/{anna}"), Some(patch(operations))).await;
    let (gone, _) = accepted(&server, "DELETE", "/Users/nobody", None).await;
    drop((killed, server));

    // Its clock is behind that of the first.
    let clock = common::clock();
    let (next, server) = start(&directory, &clock, ALIVE);
    assert_eq!(get(&server, &at_made).await.status, 202, "the client can ask for it before");
    assert_eq!(server.resume(Duration::ZERO).await.unwrap(), 4);
    assert_eq!(server.resume(Duration::from_secs(3600)).await.unwrap(), 0, "somebody works on them");
    next.work().await;
    let mut expected = [(made, "201"), (taken, "409"), (changed, "200"), (gone, "404")]
        .map(|(txn, status)| (txn, status.to_owned()));
    let mut told = next.statuses();
    told.sort();
    expected.sort();
    assert_eq!(told, expected);
    assert!(next.events.lock().unwrap().iter().all(|(principal, _)| principal == "test"));
    assert_eq!(get(&server, &format!("/Users/{anna}")).await.body["active"], false);
    assert_eq!(get(&server, &at_made).await.status, 200);
    assert_eq!(server.resume(Duration::ZERO).await.unwrap(), 0, "nothing is left");

    // Another process, and long after: the end of it is known for a while, and what was sent is not kept.
    let (_, another) = start(&directory, &clock, ALIVE);
    assert_eq!(get(&another, &at_made).await.status, 200);
    let txn = at_made.rsplit('/').next().unwrap();
    let text = directory.accepted().find(txn).await.unwrap().unwrap().text;
    assert!(!text.contains("ben"), "{text}");
    for _ in 0..70 {
        get(&another, "/ServiceProviderConfig").await;
    }
    assert_eq!(get(&another, &at_made).await.status, 404);
}

#[tokio::test]
async fn what_was_done_before_the_process_was_killed_is_not_done_again() {
    let (directory, clock) = (directory(), clock());
    // It keeps what it accepts and the work is done, but nothing that it says of that arrives.
    let (killed, server) = start(&directory, &clock, 2);
    let (made, _) = accepted(&server, "POST", "/Users", Some(user("anna"))).await;
    let post = |name: &str| json!({"method": "POST", "path": "/Users", "bulkId": name, "data": user(name)});
    let bulk = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [post("ben"), post("carla")],
    });
    let (both, _) = accepted(&server, "POST", "/Bulk", Some(bulk)).await;
    killed.work().await;
    assert_eq!(get(&server, "/Users").await.body["totalResults"], 3);
    drop((killed, server));

    let (next, server) = start(&directory, &clock, ALIVE);
    assert_eq!(server.resume(Duration::ZERO).await.unwrap(), 2);
    next.work().await;
    assert_eq!(get(&server, "/Users").await.body["totalResults"], 3);
    let mut expected = [made, format!("{both}:0"), format!("{both}:1")].map(|txn| (txn, "201".to_owned()));
    let mut told = next.statuses();
    told.sort();
    expected.sort();
    assert_eq!(told, expected, "what it did is told as if it had been told before");
}

#[tokio::test]
async fn what_was_told_last_is_told_again_as_it_was() {
    let (directory, clock) = (directory(), clock());
    // The end is kept, but not that it was told.
    let (killed, server) = start(&directory, &clock, 2);
    let (_, status) = accepted(&server, "POST", "/Users", Some(user("anna"))).await;
    killed.work().await;
    let told = killed.events.lock().unwrap().clone();
    drop(server);
    let (next, server) = start(&directory, &clock, ALIVE);
    assert_eq!(get(&server, &status).await.status, 200);
    assert_eq!(server.resume(Duration::ZERO).await.unwrap(), 1);
    next.work().await;
    assert_eq!(*next.events.lock().unwrap(), told);
    assert_eq!(server.resume(Duration::ZERO).await.unwrap(), 0);
}

#[tokio::test]
async fn what_cannot_be_kept_is_done_while_the_client_waits() {
    let (directory, clock) = (directory(), clock());
    let (process, server) = start(&directory, &clock, 0);
    let made = send_with(&server, "POST", "/Users", Some(user("anna")), &LATER).await;
    assert_eq!((made.status, made.header("set-txn"), made.header("preference-applied")), (201, "", ""));
    // What is no text cannot be kept either, and says so at once.
    let (_, server) = start(&directory, &clock, ALIVE);
    let broken = raw(&server, "POST", "/Users", b"{\"userName\": \"\xff\"}".as_slice().into(), &LATER).await;
    assert_eq!(broken.error(), (400, "invalidSyntax"));
    assert!(process.work.lock().unwrap().is_empty());
}

/// Whoever may no longer do a thing when its turn comes does not do it.
#[tokio::test]
async fn what_is_taken_up_is_asked_for_permission_again() {
    #[derive(Debug)]
    struct Nobody;

    #[async_trait]
    impl Authorize for Nobody {
        async fn allows(&self, _: &Principal, _: &Action) -> bool {
            false
        }
    }

    let (directory, clock) = (directory(), clock());
    let (_, server) = start(&directory, &clock, ALIVE);
    accepted(&server, "POST", "/Users", Some(user("anna"))).await;
    let process = Arc::new(Process::default());
    let queue = Arc::clone(&process);
    let spawn = Arc::new(move |work| queue.work.lock().unwrap().push(work));
    let kept = Kept { work: directory.accepted(), left: AtomicUsize::new(ALIVE) };
    let answers = AsyncAnswers::new("x", process.clone(), spawn).with_backlog(Arc::new(kept));
    let server = Server::builder(Arc::new(directory), SchemaRegistry::builtin(), clock)
        .token(TOKEN, "test")
        .authorize(Arc::new(Nobody))
        .async_answers(answers)
        .build()
        .unwrap();
    assert_eq!(server.resume(Duration::ZERO).await.unwrap(), 1);
    process.work().await;
    assert_eq!(process.statuses()[0].1, "403");
}
