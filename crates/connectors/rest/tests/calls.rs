//! Requests, credentials and errors over real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod server;

use std::time::Duration;

use serde_json::json;
use server::{Reply, Server, reply};
use tenure_connector::{Certainty, Context, ErrorKind, Retry, Secret};
use tenure_connector_rest::{Auth, ErrorRules, HttpOptions, RestClient, http_client};

fn client(server: &Server, auth: Auth) -> RestClient {
    let base = format!("{}/api/v2/", server.address).parse().unwrap();
    RestClient::new(base, auth, http_client(&HttpOptions::default()).unwrap()).unwrap()
}

fn ctx() -> Context {
    Context::new("test")
}

#[tokio::test]
async fn each_sort_of_credential_goes_where_it_belongs() {
    let server = Server::start(|_| reply(200, "{}")).await;
    let secret = Secret::new("hunter2");
    for (auth, header, expected) in [
        (Auth::bearer(&secret), "authorization", "Bearer hunter2"),
        (Auth::basic("a@b.c/token", &secret), "authorization", "Basic YUBiLmMvdG9rZW46aHVudGVyMg=="),
        (Auth::api_token("authorization", "SSWS", &secret), "authorization", "SSWS hunter2"),
        (Auth::api_token("x-api-key", "", &secret), "x-api-key", "hunter2"),
    ] {
        let client = client(&server, auth);
        assert!(!format!("{client:?}").contains("hunter2"), "{client:?}");
        client.send(&ctx(), &client.get(&["me"]).unwrap()).await.unwrap();
        assert_eq!(server.seen().last().unwrap().headers[header], expected);
    }
}

#[tokio::test]
async fn a_request_is_what_was_asked_for() {
    let server =
        Server::start(|_| reply(201, json!({ "id": 7 })).header("x-zendesk-request-id", "r-1")).await;
    let client = client(&server, Auth::none()).with_user_agent("acme/1");
    let request = client
        .post(&["users", "a/b ü"])
        .unwrap()
        .with_query("q", "x y&z")
        .with_json(&json!({ "name": "A" }))
        .unwrap();
    let request = request.with_header("idempotency-key", "k-1").unwrap();
    let answer = client.send(&ctx(), &request).await.unwrap();
    assert_eq!((answer.status, answer.request_id()), (201, Some("r-1")));
    assert_eq!(answer.json::<serde_json::Value>().unwrap()["id"], 7);
    let seen = server.seen().remove(0);
    assert_eq!(seen.line, "POST /api/v2/users/a%2Fb%20%C3%BC?q=x+y%26z");
    assert_eq!(
        (seen.body.as_str(), seen.headers["idempotency-key"].to_str().unwrap()),
        (r#"{"name":"A"}"#, "k-1")
    );
    assert_eq!(
        (&seen.headers["user-agent"], &seen.headers["content-type"]),
        (&"acme/1".parse().unwrap(), &"application/json".parse().unwrap())
    );
    assert!(client.get(&["users", ".."]).is_err());
    assert!(client.get(&["x"]).unwrap().with_header("a b", "c").is_err());
}

#[tokio::test]
async fn a_status_gives_kind_retry_and_certainty() {
    for (status, write, kind, retry, certainty) in [
        (400, true, ErrorKind::InvalidInput, Retry::Permanent, Certainty::Refused),
        (401, false, ErrorKind::Auth, Retry::Permanent, Certainty::Refused),
        (403, false, ErrorKind::Permission, Retry::Permanent, Certainty::Refused),
        (404, true, ErrorKind::NotFound, Retry::Permanent, Certainty::Refused),
        (409, true, ErrorKind::Conflict, Retry::Permanent, Certainty::Refused),
        (422, true, ErrorKind::InvalidInput, Retry::Permanent, Certainty::Refused),
        (429, true, ErrorKind::RateLimited, Retry::Temporary, Certainty::Refused),
        (500, true, ErrorKind::Unavailable, Retry::Temporary, Certainty::Unknown),
        (500, false, ErrorKind::Unavailable, Retry::Temporary, Certainty::Refused),
        (501, true, ErrorKind::Unsupported, Retry::Permanent, Certainty::Refused),
        (503, true, ErrorKind::Unavailable, Retry::Temporary, Certainty::Unknown),
        (504, true, ErrorKind::Unavailable, Retry::Temporary, Certainty::Unknown),
        (302, false, ErrorKind::Protocol, Retry::Permanent, Certainty::Refused),
    ] {
        let server = Server::start(move |_| reply(status, "<html>no</html>")).await;
        let client = client(&server, Auth::none());
        let request = if write { client.post(&["x"]) } else { client.get(&["x"]) }.unwrap();
        let error = client.send(&ctx(), &request).await.unwrap_err();
        assert_eq!((error.kind(), error.retry(), error.certainty()), (kind, retry, certainty), "{status}");
        assert_eq!(error.http_status(), Some(status));
    }
}

#[tokio::test]
async fn a_vendors_codes_and_sentences_count_more_than_the_status() {
    let rules = || {
        ErrorRules::new()
            .code_at("/error/errors/0/reason")
            .code_at("/errorCode")
            .message_at("/error/message")
            .message_at("/message")
            .meaning("userRateLimitExceeded", ErrorKind::RateLimited)
            .meaning("E0000001", ErrorKind::AlreadyExists)
            .sentence("secondary rate limit", ErrorKind::RateLimited)
            .failed_when("/ok", false)
    };
    let google =
        json!({ "error": { "message": "slow\ndown", "errors": [{ "reason": "userRateLimitExceeded" }] } });
    for (answer, kind, detail) in [
        (reply(403, google), ErrorKind::RateLimited, "403: slow down"),
        (reply(400, json!({ "errorCode": "E0000001" })), ErrorKind::AlreadyExists, "400 `E0000001`"),
        (
            reply(403, json!({ "message": "You hit a Secondary Rate Limit" })),
            ErrorKind::RateLimited,
            "403: You hit a Secondary Rate Limit",
        ),
        (
            reply(200, json!({ "ok": false, "errorCode": "E0000001" })),
            ErrorKind::AlreadyExists,
            "200 `E0000001`",
        ),
        (reply(403, "").header("x-ratelimit-remaining", "0"), ErrorKind::RateLimited, "403"),
        (reply(403, "").header("retry-after", "9"), ErrorKind::RateLimited, "403"),
    ] {
        let shown = format!("{answer:?}");
        let server = Server::start(move |_| answer.clone()).await;
        let client = client(&server, Auth::none()).with_rules(rules());
        let error = client.send(&ctx(), &client.get(&["x"]).unwrap()).await.unwrap_err();
        assert_eq!((error.kind(), error.detail()), (kind, detail), "{shown}");
    }
}

#[tokio::test]
async fn throttling_says_how_long() {
    for (answer, seconds) in [
        (reply(429, "").header("retry-after", "7"), Some(7)),
        (reply(429, "").header("ratelimit-remaining", "0").header("ratelimit-reset", "12"), Some(12)),
        (reply(429, ""), None),
    ] {
        let server = Server::start(move |_| answer.clone()).await;
        let client = client(&server, Auth::none());
        let error = client.send(&ctx(), &client.post(&["x"]).unwrap()).await.unwrap_err();
        assert_eq!(error.retry_after(), seconds.map(Duration::from_secs));
        assert_eq!(error.certainty(), Certainty::Refused);
    }
}

#[tokio::test]
async fn time_is_up_at_the_shorter_of_two_limits() {
    let server = Server::start(|_| reply(200, "{}").after(Duration::from_secs(5))).await;
    let client = client(&server, Auth::none()).with_timeout(Duration::from_millis(100));
    let long = Context::new("x").with_deadline(Duration::from_secs(60));
    let error = client.send(&long, &client.put(&["x"]).unwrap()).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Timeout, Certainty::Unknown));
    let patient = client.with_timeout(Duration::from_secs(60));
    let short = Context::new("x").with_deadline(Duration::from_millis(100));
    let error = patient.send(&short, &patient.get(&["x"]).unwrap()).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Timeout, Certainty::NotAttempted));
}

#[tokio::test]
async fn nobody_there_is_certain_not_to_have_happened() {
    let client = RestClient::new(
        "http://127.0.0.1:9".parse().unwrap(),
        Auth::none(),
        http_client(&HttpOptions::default()).unwrap(),
    )
    .unwrap();
    let error = client.send(&ctx(), &client.post(&["x"]).unwrap()).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unavailable, Certainty::NotAttempted));
}

#[tokio::test]
async fn a_redirect_takes_no_credentials_along() {
    let thief = Server::start(|_| reply(200, "{}")).await;
    let target = format!("{}/steal", thief.address);
    let server = Server::start(move |_| reply(307, "").header("location", target.clone())).await;
    let client = client(&server, Auth::bearer(&Secret::new("hunter2")));
    let error = client.send(&ctx(), &client.post(&["x"]).unwrap()).await.unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::Protocol, Some(307)));
    assert!(thief.lines().is_empty());
    // A request of another client is not sent with this one's credentials.
    let other = RestClient::new(
        thief.address.parse().unwrap(),
        Auth::none(),
        http_client(&HttpOptions::default()).unwrap(),
    )
    .unwrap();
    let error = client.send(&ctx(), &other.get(&["x"]).unwrap()).await.unwrap_err();
    assert_eq!(error.certainty(), Certainty::NotAttempted);
    assert!(thief.lines().is_empty());
}

#[tokio::test]
async fn an_answer_that_is_too_large_or_no_json_is_unusable() {
    let server = Server::start(|_| reply(200, "x".repeat(5000))).await;
    let client = client(&server, Auth::none());
    let answer = client.send(&ctx(), &client.post(&["x"]).unwrap()).await.unwrap();
    let error = answer.json::<serde_json::Value>().unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Protocol, Certainty::Unknown));
    let small = client.with_max_body(1000);
    let error = small.send(&ctx(), &small.post(&["x"]).unwrap()).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Protocol, Certainty::Unknown));
    let error = small.send(&ctx(), &small.post(&["x"]).unwrap().reading()).await.unwrap_err();
    assert_eq!(error.certainty(), Certainty::NotAttempted);
}

#[tokio::test]
async fn no_secret_reaches_an_error() {
    let server = Server::start(|seen| {
        let echoed = seen.headers["authorization"].to_str().unwrap().to_owned();
        Reply { headers: vec![("www-authenticate".into(), echoed.clone())], ..reply(401, echoed) }
    })
    .await;
    let client = client(&server, Auth::bearer(&Secret::new("hunter2")));
    let request = client.get(&["x"]).unwrap().with_query("email", "anna@example.com");
    let error = client.send(&ctx(), &request).await.unwrap_err();
    let shown = format!("{error} {error:?} {}", serde_json::to_string(&error).unwrap());
    assert!(!shown.contains("hunter2") && !shown.contains("anna"), "{shown}");
}

#[tokio::test]
async fn a_recording_has_every_attempt_and_no_secret() {
    let server = Server::start(|seen| match seen.line.as_str() {
        "GET /api/v2/lost" => reply(200, "{}").after(Duration::from_secs(5)),
        _ => reply(201, json!({ "id": 7, "token": "planted-answer", "echo": seen.headers["x-api-key"].to_str().unwrap() }))
            .header("set-cookie", "sid=planted-cookie"),
    })
    .await;
    let clock = std::sync::Arc::new(|| chrono::DateTime::UNIX_EPOCH);
    let har = tenure_connector_rest::HarRecorder::new(clock);
    let client =
        client(&server, Auth::api_token("x-api-key", "", &Secret::new("planted-key"))).with_har(har.clone());
    let request = client.post(&["users"]).unwrap().with_query("access_token", "planted-query");
    let request = request.with_json(&json!({ "name": "Anna", "password": "planted-password" })).unwrap();
    let answer = client.send(&ctx(), &request).await.unwrap();
    assert_eq!(answer.json::<serde_json::Value>().unwrap()["token"], "planted-answer");
    assert!(server.seen()[0].body.contains("planted-password"));
    let soon = ctx().with_deadline(Duration::from_millis(300));
    client.send(&soon, &client.get(&["lost"]).unwrap()).await.unwrap_err();

    let document = har.to_json();
    assert!(!document.to_string().contains("planted"), "{document}");
    let entries = document["log"]["entries"].as_array().unwrap();
    let url = format!("{}/api/v2/users?access_token=***", server.address);
    assert_eq!(
        (&entries[0]["request"]["url"], &entries[0]["response"]["status"]),
        (&json!(url), &json!(201))
    );
    assert_eq!(entries[0]["request"]["postData"]["text"], r#"{"name":"Anna","password":"***"}"#);
    assert_eq!(entries[0]["response"]["content"]["text"], r#"{"echo":"***","id":7,"token":"***"}"#);
    assert_eq!(entries[1]["response"]["comment"], "no whole answer in time");
    assert_eq!(entries.len(), 2);
}
