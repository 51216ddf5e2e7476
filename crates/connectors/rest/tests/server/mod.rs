//! A server on a loopback port that answers what the test says, and remembers what it was asked.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::needless_pass_by_value,
    reason = "shared by tests, none of which needs all of it"
)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;

#[derive(Debug, Clone)]
pub struct Seen {
    pub line: String,
    pub headers: HeaderMap,
    pub body: String,
}

#[derive(Debug, Clone, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
    pub delay: Duration,
}

type Answer = Box<dyn FnMut(&Seen) -> Reply + Send>;

pub struct Shared {
    seen: Vec<Seen>,
    answer: Answer,
}

#[derive(Clone)]
pub struct Server {
    pub address: String,
    shared: Arc<Mutex<Shared>>,
}

impl Server {
    pub async fn start(answer: impl FnMut(&Seen) -> Reply + Send + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Mutex::new(Shared { seen: Vec::new(), answer: Box::new(answer) }));
        let app = Router::new().fallback(serve).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, shared }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.shared.lock().unwrap().seen.clone()
    }

    pub fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }
}

async fn serve(
    State(shared): State<Arc<Mutex<Shared>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let seen =
        Seen { line: format!("{method} {uri}"), headers, body: String::from_utf8_lossy(&body).into_owned() };
    let reply = {
        let mut shared = shared.lock().unwrap();
        shared.seen.push(seen.clone());
        (shared.answer)(&seen)
    };
    tokio::time::sleep(reply.delay).await;
    let response = Response::builder().status(reply.status);
    let response =
        reply.headers.iter().fold(response, |response, (name, value)| response.header(name, value));
    response.body(Body::from(reply.body)).unwrap()
}

pub fn reply(status: u16, body: impl ToString) -> Reply {
    Reply { status, body: body.to_string(), ..Reply::default() }
}

impl Reply {
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}
