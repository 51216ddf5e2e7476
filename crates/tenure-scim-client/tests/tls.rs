//! The client over TLS: whom it trusts, whom it does not, and how it proves who it is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod secure;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::routing::get;
use axum::{Json, Router};
use secure::{Authority, serve};
use serde_json::json;
use tenure_scim::{Resource, uri};
use tenure_scim_client::{Auth, Certainty, Client, ErrorKind};

/// A peer with one user, and how many requests came as far as it.
async fn peer(authority: &Authority, name: &str, clients: Option<&Authority>) -> (u16, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let user = move || {
        count.fetch_add(1, Ordering::Relaxed);
        async { Json(json!({"schemas": [uri::USER], "id": "1", "userName": "anna"})) }
    };
    let router = Router::new()
        .route("/scim/v2/Users/1", get(user.clone()))
        .route("/scim/v2/Users", get(user.clone()).post(user));
    (serve(|_| router, authority.signs(name), clients).await, asked)
}

fn client(http: reqwest::ClientBuilder, port: u16) -> Client {
    let base = format!("https://localhost:{port}/scim/v2");
    Client::new(base.parse().unwrap(), Auth::bearer("T"), http.build().unwrap()).unwrap()
}

#[tokio::test]
async fn a_peer_is_spoken_to_when_its_certificate_is_trusted() {
    let authority = Authority::new();
    let (port, asked) = peer(&authority, "localhost", None).await;
    let anna = client(authority.client(), port).get("User", "1").await.unwrap();
    assert_eq!((anna.value.text("userName"), asked.load(Ordering::Relaxed)), (Some("anna"), 1));
}

#[tokio::test]
async fn nothing_is_sent_to_a_peer_that_nobody_trusts_or_that_has_another_name() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let (unknown, asked_unknown) = peer(&theirs, "localhost", None).await;
    let (elsewhere, asked_elsewhere) = peer(&ours, "scim.example.com", None).await;
    let anna = Resource::new(uri::USER).with("userName", "anna").unwrap();
    for port in [unknown, elsewhere] {
        let client = client(ours.client(), port);
        for error in
            [client.get("User", "1").await.unwrap_err(), client.create("User", &anna).await.unwrap_err()]
        {
            assert_eq!((error.kind(), error.certainty()), (ErrorKind::Connect, Certainty::NotAttempted));
        }
    }
    let asked = [asked_unknown, asked_elsewhere].map(|asked| asked.load(Ordering::Relaxed));
    assert_eq!(asked, [0, 0], "neither the token nor the name of anybody has left");
}

#[tokio::test]
async fn a_client_certificate_opens_a_door_that_is_shut_to_others() {
    let (authority, staff) = (Authority::new(), Authority::new());
    let (port, asked) = peer(&authority, "localhost", Some(&staff)).await;
    let known = authority.client().identity(staff.signs("tenure").identity());
    assert_eq!(client(known, port).get("User", "1").await.unwrap().value.id(), Some("1"));
    assert_eq!(asked.swap(0, Ordering::Relaxed), 1);

    let stranger = authority.client().identity(Authority::new().signs("tenure").identity());
    for http in [authority.client(), stranger] {
        client(http, port).get("User", "1").await.unwrap_err();
    }
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}
