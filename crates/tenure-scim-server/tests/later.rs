//! Asynchronous answers (RFC 9967 sections 2.5.1, 3 and 4).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use common::*;
use serde_json::{Value, json};
use tenure_scim::event::EventToken;
use tenure_scim_server::{AsyncAnswers, BearerTokens, EventSink, Principal, Server, Work};

const LATER: [(&str, &str); 1] = [("prefer", "respond-async")];

/// Keeps events and work; a test decides when the work is done.
#[derive(Default)]
struct Desk {
    events: Mutex<Vec<Value>>,
    work: Mutex<Vec<Work>>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Desk")
    }
}

#[async_trait]
impl EventSink for Desk {
    async fn deliver(&self, principal: &Principal, event: &EventToken) {
        assert_eq!(principal.name, "test");
        self.events.lock().unwrap().push(serde_json::to_value(event).unwrap());
    }
}

impl Desk {
    async fn work(&self) {
        let work: Vec<Work> = self.work.lock().unwrap().drain(..).collect();
        for work in work {
            work.await;
        }
    }

    fn events(&self) -> Vec<Value> {
        self.events.lock().unwrap().clone()
    }
}

fn answers(desk: &Arc<Desk>) -> AsyncAnswers {
    let queue = Arc::clone(desk);
    let spawn = Arc::new(move |work| queue.work.lock().unwrap().push(work));
    AsyncAnswers::new("https://scim.example.com", desk.clone(), spawn)
        .with_audience(["https://receiver.example.com"])
        .with_keep(Duration::from_secs(60))
}

fn served() -> (Arc<Desk>, Server) {
    let desk = Arc::new(Desk::default());
    let server = builder().async_answers(answers(&desk)).build().unwrap();
    (desk, server)
}

fn outcome(event: &Value) -> &Value {
    &event["events"]["urn:ietf:params:scim:event:misc:asyncresp"]
}

#[tokio::test]
async fn a_create_is_accepted_done_and_told() {
    let (desk, server) = served();
    let accepted = send_with(&server, "POST", "/Users", Some(user("anna")), &LATER).await;
    assert_eq!((accepted.status, &accepted.body), (202, &Value::Null));
    assert_eq!(accepted.header("preference-applied"), "respond-async");
    let txn = accepted.header("set-txn").to_owned();
    let status = accepted.header("location").strip_prefix(BASE).unwrap().to_owned();
    assert!(!txn.is_empty() && status.ends_with(&txn), "{status}");

    let running = get(&server, &status).await;
    assert_eq!((running.status, running.header("retry-after")), (202, "1"));
    assert_eq!(get(&server, "/Users").await.body["totalResults"], 0);

    desk.work().await;
    let users = get(&server, "/Users").await.body;
    let path = format!("/Users/{}", users["Resources"][0]["id"].as_str().unwrap());
    let events = desk.events();
    assert_eq!(events.len(), 1);
    let event = &events[0];
    assert_eq!((&event["txn"], &event["iss"]), (&json!(txn), &json!("https://scim.example.com")));
    assert_eq!(event["aud"], json!(["https://receiver.example.com"]));
    assert_eq!(event["sub_id"], json!({"format": "scim", "uri": path}));
    assert_eq!(
        outcome(event),
        &json!({"method": "POST", "status": "201", "location": format!("{BASE}{path}"), "version": "W/\"1\""})
    );
    let told = get(&server, &status).await;
    assert_eq!((told.status, told.header("content-type")), (200, "application/json"));
    assert_eq!(&told.body, event, "the same token at the address and at the sink");
}

#[tokio::test]
async fn a_failure_is_told_with_its_scim_error() {
    let (desk, server) = served();
    create_user(&server, "anna").await;
    send_with(&server, "POST", "/Users", Some(user("ANNA")), &LATER).await;
    send_with(&server, "DELETE", "/Users/nobody", None, &LATER).await;
    raw(&server, "PUT", "/Users/nobody", "{".into(), &LATER).await;
    desk.work().await;
    let events = desk.events();
    let told: Vec<_> =
        events.iter().map(|event| (&outcome(event)["method"], &outcome(event)["status"])).collect();
    assert_eq!(
        told,
        [(&json!("POST"), &json!("409")), (&json!("DELETE"), &json!("404")), (&json!("PUT"), &json!("400"))]
    );
    assert_eq!(outcome(&events[0])["response"]["scimType"], "uniqueness");
    assert_eq!(events[0]["sub_id"]["uri"], "/Users");
    assert_eq!(outcome(&events[2])["response"]["scimType"], "invalidSyntax");
    assert_eq!(events[2]["sub_id"]["uri"], "/Users/nobody");
}

/// RFC 9967 section 2.5.1.2.
#[tokio::test]
async fn each_bulk_operation_has_an_event_named_by_its_position() {
    let (desk, server) = served();
    let post = |name: &str, bulk_id: &str| json!({"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": user(name)});
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "failOnErrors": 1,
        "Operations": [post("anna", "a"), {"method": "DELETE", "path": "/Users/nobody"}, post("ben", "b")],
    });
    let accepted = send_with(&server, "POST", "/Bulk", Some(body), &LATER).await;
    let txn = accepted.header("set-txn").to_owned();
    desk.work().await;
    let events = desk.events();
    let told: Vec<_> = events
        .iter()
        .map(|event| (event["txn"].as_str().unwrap().to_owned(), outcome(event)["status"].as_str().unwrap()))
        .collect();
    let name = |position: usize| format!("{txn}:{position}");
    // The third was never begun, but its client waits for it all the same.
    assert_eq!(told, [(name(0), "201"), (name(1), "404"), (name(2), "424")]);
    assert_eq!(outcome(&events[0])["bulkId"], "a");
    let all = get(&server, accepted.header("location").strip_prefix(BASE).unwrap()).await;
    assert_eq!(all.body, json!(events));
}

#[tokio::test]
async fn nobody_else_reads_how_a_request_ended_and_nobody_for_ever() {
    let desk = Arc::new(Desk::default());
    let tokens = Arc::new(BearerTokens::new());
    tokens.add(TOKEN, Principal::new("test"));
    tokens.add("another", Principal::new("another"));
    let server = builder().authenticate(tokens).async_answers(answers(&desk)).build().unwrap();
    let accepted = send_with(&server, "POST", "/Users", Some(user("anna")), &LATER).await;
    let status = accepted.header("location").strip_prefix(BASE).unwrap().to_owned();
    let as_other = [("authorization", "Bearer another")];
    assert_eq!(send_with(&server, "GET", &status, None, &as_other).await.status, 404);
    desk.work().await;
    assert_eq!(send_with(&server, "GET", &status, None, &as_other).await.status, 404);
    assert_eq!(get(&server, &status).await.status, 200);
    assert_eq!(get(&server, "/AsyncRequests/none").await.status, 404);
    // Each request takes the clock of the tests on by some seconds.
    for _ in 0..60 {
        get(&server, "/ServiceProviderConfig").await;
    }
    assert_eq!(get(&server, &status).await.status, 404);
}

#[tokio::test]
async fn reads_and_searches_are_answered_at_once() {
    let (desk, server) = served();
    let id = create_user(&server, "anna").await;
    assert_eq!(send_with(&server, "GET", &format!("/Users/{id}"), None, &LATER).await.status, 200);
    let found = send_with(&server, "POST", "/Users/.search", Some(search(json!({}))), &LATER).await;
    assert_eq!((found.status, found.header("preference-applied")), (200, ""));
    assert_eq!(
        send_with(&server, "POST", "/Users", Some(user("b")), &[("prefer", "wait=5")]).await.status,
        201
    );
    assert!(desk.work.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_client_without_a_good_token_is_refused_at_once() {
    let (desk, server) = served();
    let headers = [LATER[0], ("authorization", "Bearer wrong")];
    assert_eq!(send_with(&server, "POST", "/Users", Some(user("anna")), &headers).await.status, 401);
    assert!(desk.work.lock().unwrap().is_empty());
}

#[tokio::test]
async fn it_is_announced_only_where_it_is_done() {
    let (_, server) = served();
    let events = &get(&server, "/ServiceProviderConfig").await.body["securityEvents"];
    let uris = json!(["urn:ietf:params:scim:event:misc:asyncresp"]);
    assert_eq!(events, &json!({"asyncRequest": "request", "eventUris": uris}));

    let plain = common::server();
    assert_eq!(get(&plain, "/ServiceProviderConfig").await.body["securityEvents"], Value::Null);
    let made = send_with(&plain, "POST", "/Users", Some(user("anna")), &LATER).await;
    assert_eq!((made.status, made.header("preference-applied")), (201, ""));
    assert_eq!(get(&plain, "/AsyncRequests/none").await.status, 404);
}

#[tokio::test]
async fn accepted_work_keeps_its_place_so_that_there_is_never_too_much_of_it() {
    let desk = Arc::new(Desk::default());
    let mut limits = tenure_scim_server::Limits::default();
    limits.concurrency = 2;
    let server = builder().limits(limits).async_answers(answers(&desk)).build().unwrap();
    for name in ["a", "b"] {
        assert_eq!(send_with(&server, "POST", "/Users", Some(user(name)), &LATER).await.status, 202);
    }
    let busy = send_with(&server, "POST", "/Users", Some(user("c")), &LATER).await;
    assert_eq!((busy.status, busy.header("retry-after")), (503, "1"));
    desk.work().await;
    assert_eq!(get(&server, "/Users").await.body["totalResults"], 2);
}

mod time {
    //! With a timer: the preference `wait`, and jobs of the system behind.

    use std::future::Future;
    use std::pin::Pin;
    use std::sync::atomic::{AtomicU64, Ordering};

    use tenure_connector::Timer;
    use tenure_connector_manual::{ManualConfig, ManualConnector, TaskStatus};
    use tenure_scim::SchemaRegistry;
    use tenure_scim_server::{Action, Authorize};

    use super::*;

    /// Waiting takes no time, but is counted.
    #[derive(Debug, Default)]
    struct Quick(AtomicU64);

    impl Timer for Quick {
        fn elapsed(&self) -> Duration {
            Duration::from_millis(self.0.load(Ordering::Relaxed))
        }

        fn sleep(&self, wait: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>> {
            self.0.fetch_add(u64::try_from(wait.as_millis()).unwrap(), Ordering::Relaxed);
            Box::pin(std::future::ready(()))
        }
    }

    /// Waits for ever.
    #[derive(Debug)]
    struct Never;

    impl Timer for Never {
        fn elapsed(&self) -> Duration {
            Duration::ZERO
        }

        fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>> {
            Box::pin(std::future::pending())
        }
    }

    const WAIT: [(&str, &str); 1] = [("prefer", "respond-async, wait=10")];

    #[tokio::test]
    async fn what_is_done_within_the_wait_is_answered_as_usual() {
        let desk = Arc::new(Desk::default());
        let server = builder().async_answers(answers(&desk).with_timer(Arc::new(Never))).build().unwrap();
        let made = send_with(&server, "POST", "/Users", Some(user("anna")), &WAIT).await;
        assert_eq!((made.status, made.header("set-txn")), (201, ""));
        assert!(desk.work.lock().unwrap().is_empty() && desk.events().is_empty());
    }

    /// Decides after all others had their turn.
    #[derive(Debug)]
    struct Slow;

    #[async_trait]
    impl Authorize for Slow {
        async fn allows(&self, _: &Principal, _: &Action) -> bool {
            tokio::task::yield_now().await;
            true
        }
    }

    #[tokio::test]
    async fn what_takes_longer_than_the_wait_is_accepted() {
        let desk = Arc::new(Desk::default());
        let later = answers(&desk).with_timer(Arc::new(Quick::default()));
        let server = builder().authorize(Arc::new(Slow)).async_answers(later).build().unwrap();
        let made = send_with(&server, "POST", "/Users", Some(user("anna")), &WAIT).await;
        assert_eq!(made.status, 202);
        desk.work().await;
        assert_eq!(desk.events().len(), 1);
        assert_eq!(get(&server, "/Users").await.body["totalResults"], 1, "done once");
    }

    /// A person does the work: the server asks until the task is done.
    #[tokio::test]
    async fn a_job_of_the_system_behind_is_followed_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let manual = ManualConnector::new(ManualConfig::new("CRM", folder.path().join("tasks.csv")));
        let desk = Arc::new(Desk::default());
        let timer = Arc::new(Quick::default());
        let later = answers(&desk).with_timer(timer.clone()).with_patience(Duration::from_secs(600));
        let server = Server::builder(Arc::new(manual.clone()), SchemaRegistry::builtin(), clock())
            .token(TOKEN, "test")
            .async_answers(later)
            .build()
            .unwrap();
        // The client did not ask for it, but there is no other answer.
        let accepted = send(&server, "POST", "/Users", Some(user("anna"))).await;
        assert_eq!(accepted.status, 202, "{}", accepted.body);
        assert!(!accepted.header("set-txn").is_empty());
        assert_eq!(accepted.header("preference-applied"), "");
        for task in manual.tasks().unwrap() {
            manual.close(&task.id, TaskStatus::Done, None, None).unwrap();
        }
        desk.work().await;
        let events = desk.events();
        assert_eq!(outcome(&events[0])["status"], "201", "{events:?}");

        let again = send(&server, "POST", "/Users", Some(user("ben"))).await;
        assert_eq!(again.status, 202);
        desk.work().await;
        let events = desk.events();
        assert_eq!(outcome(&events[1])["status"], "504", "nobody did it: {events:?}");
        assert!(timer.elapsed() > Duration::from_secs(600));
    }
}
