//! A system that does not answer holds no request longer than the server's time limit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use common::*;
use serde_json::Value;
use tenure_connector::{Context, Result, Timer};
use tenure_layers::{Call, Layer, Next, Reply, wrap};
use tenure_scim::SchemaRegistry;
use tenure_scim_server::{Limits, Server, ServerBuilder};

/// Never answers reads of one object, lists and writes, whatever their deadline says.
#[derive(Debug)]
struct Hangs;

#[async_trait]
impl Layer for Hangs {
    async fn around(&self, ctx: &Context, call: Call<'_>, next: Next<'_>) -> Result<Reply> {
        match call {
            Call::Get { .. } | Call::List(_) | Call::Apply(_) => std::future::pending().await,
            call => next.run(ctx, call).await,
        }
    }
}

/// All time is over at once.
#[derive(Debug)]
struct Quick;

impl Timer for Quick {
    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'static>> {
        Box::pin(std::future::ready(()))
    }
}

fn hanging() -> ServerBuilder {
    let connector = wrap(Arc::new(directory()), Arc::new(Hangs));
    Server::builder(connector, SchemaRegistry::builtin(), clock()).token(TOKEN, "test")
}

#[tokio::test]
async fn a_system_that_does_not_answer_is_given_up_after_the_limit() {
    let server = hanging().timer(Arc::new(Quick)).build().unwrap();
    for (method, path, body) in [
        ("GET", "/Users/1", None),
        ("GET", "/Users", None),
        ("GET", "/Users?filter=userName+eq+%22anna%22", None),
        ("POST", "/Users", Some(user("anna"))),
        ("PUT", "/Users/1", Some(user("anna"))),
        ("DELETE", "/Users/1", None),
    ] {
        let answer = send(&server, method, path, body).await;
        assert_eq!(answer.status, 504, "{method} {path}: {}", answer.body);
        assert!(!answer.header("retry-after").is_empty(), "{method} {path}");
        assert_eq!(answer.body["Resources"], Value::Null);
    }
}

#[tokio::test]
async fn more_requests_at_a_time_than_the_limit_are_sent_away_until_one_ends() {
    let mut limits = Limits::default();
    limits.concurrency = 2;
    let server = hanging().limits(limits).build().unwrap();
    let begin = || {
        let server = server.clone();
        tokio::spawn(async move { get(&server, "/Users").await })
    };
    let begun = [begin(), begin()];
    // The only thread is theirs until both wait for the system.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    for path in ["/Users", "/ServiceProviderConfig"] {
        let refused = get(&server, path).await;
        assert_eq!((refused.status, refused.header("retry-after")), (503, "1"), "{path}");
    }
    for request in begun {
        request.abort();
        drop(request.await);
    }
    assert_eq!(get(&server, "/ServiceProviderConfig").await.status, 200);
}

/// Whoever gives up a place of many hanging requests can be served again.
#[cfg(feature = "axum")]
#[tokio::test(start_paused = true)]
async fn a_router_brings_its_own_timer() {
    use tower_service::Service;

    let mut limits = Limits::default();
    (limits.time, limits.concurrency) = (Duration::from_secs(2), 1);
    let mut router = hanging().limits(limits).build().unwrap().router();
    for _ in 0..3 {
        let request = axum::extract::Request::get(format!("{BASE}/Users"))
            .header("authorization", format!("Bearer {TOKEN}"))
            .body(axum::body::Body::empty())
            .unwrap();
        let began = tokio::time::Instant::now();
        let answer = router.call(request).await.unwrap();
        assert_eq!((answer.status().as_u16(), began.elapsed().as_secs()), (504, 2));
    }
}
