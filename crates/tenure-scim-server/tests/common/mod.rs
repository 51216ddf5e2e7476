//! A server on an empty directory in memory, and a client that is a function call.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::needless_pass_by_value,
    reason = "each test file uses a part of this, as short as can be"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, Request};
use serde_json::{Value, json};
use tenure_scim::SchemaRegistry;
use tenure_scim_server::{Clock, Server, ServerBuilder};
use tenure_store::directory::DirectoryConnector;

pub const TOKEN: &str = "a-long-random-token";
pub const BASE: &str = "/scim/v2";

/// A clock that goes on by one second each time it is read.
pub fn clock() -> Clock {
    let start: DateTime<Utc> = "2026-11-21T10:00:00Z".parse().unwrap();
    let ticks = AtomicI64::new(0);
    Arc::new(move || start + TimeDelta::seconds(ticks.fetch_add(1, Ordering::Relaxed)))
}

pub fn directory() -> DirectoryConnector {
    DirectoryConnector::builder(SchemaRegistry::builtin(), clock()).in_memory().unwrap()
}

pub fn builder() -> ServerBuilder {
    Server::builder(Arc::new(directory()), SchemaRegistry::builtin(), clock()).token(TOKEN, "test")
}

pub fn server() -> Server {
    builder().build().unwrap()
}

/// One answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn id(&self) -> String {
        self.body["id"].as_str().unwrap_or_default().to_owned()
    }

    /// The status with the scimType, as tests compare it.
    pub fn error(&self) -> (u16, &str) {
        (self.status, self.body["scimType"].as_str().unwrap_or_default())
    }
}

pub async fn send(server: &Server, method: &str, path: &str, body: Option<Value>) -> Answer {
    send_with(server, method, path, body, &[]).await
}

pub async fn send_with(
    server: &Server,
    method: &str,
    path: &str,
    body: Option<Value>,
    headers: &[(&str, &str)],
) -> Answer {
    let bytes = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
    raw(server, method, path, bytes, headers).await
}

pub async fn raw(server: &Server, method: &str, path: &str, body: Bytes, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("{BASE}{path}"));
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("authorization")) {
        request = request.header("authorization", format!("Bearer {TOKEN}"));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = server.handle(request.body(body).unwrap()).await;
    let (parts, body) = response.into_parts();
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}

pub async fn get(server: &Server, path: &str) -> Answer {
    send(server, "GET", path, None).await
}

pub fn user(name: &str) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name})
}

pub fn group(name: &str) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name})
}

pub fn patch(operations: Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})
}

pub async fn create_user(server: &Server, name: &str) -> String {
    let answer = send(server, "POST", "/Users", Some(user(name))).await;
    assert_eq!(answer.status, 201, "{:?}", answer.body);
    answer.id()
}

pub fn search(mut body: Value) -> Value {
    body["schemas"] = json!(["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]);
    body
}
