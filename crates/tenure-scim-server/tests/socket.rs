//! The router on a real socket on loopback.
#![cfg(feature = "axum")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::time::Duration;

use common::*;
use tenure_scim_server::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

async fn start(limits: Limits) -> std::net::SocketAddr {
    let server = builder().limits(limits).build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, server.router()).await });
    address
}

/// Sends bytes as they are and reads what comes until the server closes or answers.
async fn exchange(address: std::net::SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let read =
        tokio::time::timeout(Duration::from_secs(60), stream.read(&mut answer)).await.unwrap().unwrap();
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

fn post(body: &str, length: usize) -> String {
    format!(
        "POST /scim/v2/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\
         Content-Type: application/scim+json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

#[tokio::test]
async fn requests_come_and_go_over_a_socket() {
    let address = start(Limits::default()).await;
    let body = user("anna").to_string();
    let answer = exchange(address, &post(&body, body.len())).await;
    assert!(answer.starts_with("HTTP/1.1 201 Created"), "{answer}");
    assert!(answer.contains("location: /scim/v2/Users/"), "{answer}");
    let outside = exchange(address, "GET /elsewhere HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(outside.starts_with("HTTP/1.1 404"), "{outside}");
}

#[tokio::test]
async fn a_body_that_is_too_long_or_too_slow_is_refused() {
    let mut limits = Limits::default();
    limits.body_bytes = 1000;
    limits.bulk_bytes = 1000;
    limits.time = Duration::from_secs(2);
    let address = start(limits).await;
    let long = exchange(address, &post(&"x".repeat(2000), 2000)).await;
    assert!(long.starts_with("HTTP/1.1 413"), "{long}");
    let slow = exchange(address, &post("{\"userName\":", 500)).await;
    assert!(slow.starts_with("HTTP/1.1 408"), "{slow}");
}
