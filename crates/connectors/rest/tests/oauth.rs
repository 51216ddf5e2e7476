//! Tokens from a token endpoint over real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod server;

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};
use server::{Reply, Seen, Server, reply};
use tenure_connector::{Certainty, Context, ErrorKind, Result, Secret, SecretRef, SecretStore};
use tenure_connector_rest::{
    AssertionSigner, Auth, ClientProof, Grant, HttpOptions, OAuth, RestClient, TokenSource, http_client,
};

/// A clock that stands until the test moves it.
#[derive(Clone, Default)]
struct Hand(Arc<AtomicI64>);

impl Hand {
    fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    fn clock(&self) -> tenure_connector_rest::Clock {
        let hand = self.0.clone();
        Arc::new(move || DateTime::UNIX_EPOCH + TimeDelta::seconds(1_000_000 + hand.load(Ordering::SeqCst)))
    }
}

async fn endpoint(life: Value) -> Server {
    let count = AtomicUsize::new(0);
    Server::start(move |_| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        let body =
            json!({ "access_token": format!("token-{number}"), "token_type": "bearer", "expires_in": life });
        reply(200, body).after(Duration::from_millis(30))
    })
    .await
}

fn by_secret() -> Grant {
    Grant::ClientCredentials {
        client_id: "ten:ure".to_owned(),
        proof: ClientProof::SecretInHeader(Secret::new("hunter2&")),
    }
}

fn oauth(server: &Server, grant: Grant, hand: &Hand) -> OAuth {
    let address = format!("{}/token", server.address).parse().unwrap();
    OAuth::new(address, grant, http_client(&HttpOptions::default()).unwrap(), hand.clock()).unwrap()
}

fn form(seen: &Seen) -> Vec<(String, String)> {
    url::form_urlencoded::parse(seen.body.as_bytes()).into_owned().collect()
}

fn field(seen: &Seen, name: &str) -> Option<String> {
    form(seen).into_iter().find(|(other, _)| other == name).map(|(_, value)| value)
}

/// A place for one secret.
#[derive(Debug)]
struct Shelf(Mutex<Secret>);

#[async_trait]
impl SecretStore for Shelf {
    async fn read(&self, _: &SecretRef) -> Result<Secret> {
        Ok(self.0.lock().unwrap().clone())
    }

    async fn keep(&self, _: &SecretRef, secret: Secret) -> Result<()> {
        *self.0.lock().unwrap() = secret;
        Ok(())
    }
}

#[tokio::test]
async fn a_new_refresh_token_takes_the_place_of_the_old() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |_| {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        let body = json!({ "access_token": format!("token-{number}"), "refresh_token": format!("refresh-{number}") });
        reply(200, body)
    })
    .await;
    let shelf = Arc::new(Shelf(Mutex::new(Secret::new("refresh-0"))));
    let grant = Grant::RefreshToken {
        client_id: "tenure".to_owned(),
        proof: ClientProof::SecretInForm(Secret::new("hunter2")),
        store: shelf.clone(),
        name: SecretRef::new("desk"),
    };
    let source = oauth(&server, grant, &Hand::default());
    let first = source.token(None).await.unwrap();
    assert_eq!(source.token(Some(&first)).await.unwrap().expose(), "token-2");
    let shown: Vec<_> = server.seen().iter().map(|seen| field(seen, "refresh_token").unwrap()).collect();
    assert_eq!(shown, ["refresh-0", "refresh-1"]);
    assert_eq!(shelf.0.lock().unwrap().expose(), "refresh-2");
    assert!(!format!("{source:?}").contains("refresh-2"));
}

#[tokio::test]
async fn a_token_is_kept_until_shortly_before_its_end() {
    for life in [json!(3600), json!("3600")] {
        let (server, hand) = (endpoint(life).await, Hand::default());
        let source = oauth(&server, by_secret(), &hand);
        assert_eq!(source.token(None).await.unwrap().expose(), "token-1");
        hand.forward(3539);
        assert_eq!(source.token(None).await.unwrap().expose(), "token-1");
        hand.forward(1);
        assert_eq!(source.token(None).await.unwrap().expose(), "token-2");
    }
}

#[tokio::test]
async fn a_short_token_is_used_for_half_of_its_life() {
    let (server, hand) = (endpoint(json!(20)).await, Hand::default());
    let source = oauth(&server, by_secret(), &hand);
    source.token(None).await.unwrap();
    hand.forward(9);
    assert_eq!(source.token(None).await.unwrap().expose(), "token-1");
    hand.forward(2);
    assert_eq!(source.token(None).await.unwrap().expose(), "token-2");
}

#[tokio::test]
async fn many_requests_at_once_ask_once() {
    let (server, hand) = (endpoint(json!(3600)).await, Hand::default());
    let source = Arc::new(oauth(&server, by_secret(), &hand));
    let asking: Vec<_> = (0..20)
        .map(|_| {
            let source = source.clone();
            tokio::spawn(async move { source.token(None).await.unwrap().expose().to_owned() })
        })
        .collect();
    for one in asking {
        assert_eq!(one.await.unwrap(), "token-1");
    }
    assert_eq!(server.lines().len(), 1);
    // Also when all of them were refused the same token.
    let old = Secret::new("token-1");
    let (a, b) = tokio::join!(source.token(Some(&old)), source.token(Some(&old)));
    assert_eq!((a.unwrap().expose(), b.unwrap().expose()), ("token-2", "token-2"));
    assert_eq!(server.lines().len(), 2);
}

#[tokio::test]
async fn a_refused_token_is_replaced_and_the_request_sent_once_more() {
    let (tokens, hand) = (endpoint(json!(3600)).await, Hand::default());
    let api = Server::start(|seen| match seen.headers["authorization"].to_str().unwrap() {
        "Bearer token-2" => reply(200, "{}"),
        _ => reply(401, ""),
    })
    .await;
    let auth = Auth::source(oauth(&tokens, by_secret(), &hand));
    let http = http_client(&HttpOptions::default()).unwrap();
    let client = RestClient::new(api.address.parse().unwrap(), auth, http).unwrap();
    let request = client.post(&["users"]).unwrap();
    client.send(&Context::new("x"), &request).await.unwrap();
    assert_eq!((api.lines().len(), tokens.lines().len()), (2, 2));

    let never = Server::start(|_| reply(401, "")).await;
    let auth = Auth::source(oauth(&tokens, by_secret(), &hand));
    let http = http_client(&HttpOptions::default()).unwrap();
    let client = RestClient::new(never.address.parse().unwrap(), auth, http).unwrap();
    let error = client.send(&Context::new("x"), &client.get(&["x"]).unwrap()).await.unwrap_err();
    assert_eq!((error.kind(), never.lines().len()), (ErrorKind::Auth, 2));
}

#[tokio::test]
async fn the_secret_goes_into_the_header_or_into_the_form() {
    let (server, hand) = (endpoint(json!(60)).await, Hand::default());
    let source =
        oauth(&server, by_secret(), &hand).with_scopes(&["a", "b"]).with_parameter("audience", "https://x");
    source.token(None).await.unwrap();
    let in_form = Grant::ClientCredentials {
        client_id: "ten:ure".to_owned(),
        proof: ClientProof::SecretInForm(Secret::new("hunter2&")),
    };
    let source = oauth(&server, in_form, &hand);
    assert!(!format!("{source:?}").contains("hunter2"));
    source.token(None).await.unwrap();
    let seen = server.seen();
    // `ten%3Aure:hunter2%26`, because a colon parts the two.
    assert_eq!(seen[0].headers["authorization"], "Basic dGVuJTNBdXJlOmh1bnRlcjIlMjY=");
    assert_eq!(field(&seen[0], "grant_type").as_deref(), Some("client_credentials"));
    assert_eq!(field(&seen[0], "scope").as_deref(), Some("a b"));
    assert_eq!(field(&seen[0], "audience").as_deref(), Some("https://x"));
    assert_eq!(field(&seen[0], "client_secret"), None);
    assert_eq!(field(&seen[1], "client_id").as_deref(), Some("ten:ure"));
    assert_eq!(field(&seen[1], "client_secret").as_deref(), Some("hunter2&"));
    assert!(!seen[1].headers.contains_key("authorization"));
}

#[derive(Debug)]
struct Stamp;

#[async_trait]
impl AssertionSigner for Stamp {
    fn algorithm(&self) -> &str {
        "RS256"
    }

    fn key_id(&self) -> Option<&str> {
        None
    }

    async fn sign(&self, _text: &[u8]) -> Result<Vec<u8>> {
        Ok(b"signed".to_vec())
    }
}

fn claims(assertion: &str) -> Value {
    let parts: Vec<_> = assertion.split('.').collect();
    assert_eq!(parts[2], "c2lnbmVk");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap()
}

#[tokio::test]
async fn a_service_account_asks_with_a_signed_assertion() {
    let (server, hand) = (endpoint(json!(3600)).await, Hand::default());
    let grant = Grant::JwtBearer {
        issuer: "robot@project.example".to_owned(),
        subject: Some("admin@example.com".to_owned()),
        audience: None,
        signer: Arc::new(Stamp),
    };
    oauth(&server, grant, &hand).with_scopes(&["users"]).token(None).await.unwrap();
    let seen = server.seen().remove(0);
    assert_eq!(field(&seen, "grant_type").as_deref(), Some("urn:ietf:params:oauth:grant-type:jwt-bearer"));
    assert_eq!(field(&seen, "scope"), None);
    let expected = json!({
        "iss": "robot@project.example", "sub": "admin@example.com", "scope": "users",
        "aud": format!("{}/token", server.address), "iat": 1_000_000, "exp": 1_000_300,
    });
    assert_eq!(claims(&field(&seen, "assertion").unwrap()), expected);
}

#[cfg(feature = "assertion-ring")]
#[tokio::test]
async fn a_key_file_of_a_service_account_gets_tokens_for_an_administrator() {
    use tenure_connector_rest::{Credentials, SecretSource, ServiceAccountSettings};

    let (server, hand) = (endpoint(json!(3600)).await, Hand::default());
    let file = json!({
        "type": "service_account", "client_email": "robot@project.example", "private_key_id": "key-7",
        "private_key": include_str!("keys/test-only-rsa.pem"), "token_uri": format!("{}/token", server.address),
    });
    let shelf: Arc<dyn SecretStore> = Arc::new(Shelf(Mutex::new(Secret::new(file.to_string()))));
    let credentials = Credentials::ServiceAccount(Box::new(ServiceAccountSettings {
        key: SecretSource::Store(SecretRef::new("google")),
        subject: Some("admin@example.com".to_owned()),
        scopes: vec!["users".to_owned(), "groups".to_owned()],
        token_url: None,
    }));
    let http = http_client(&HttpOptions::default()).unwrap();
    let auth = credentials.auth(Some(&shelf), &http, &hand.clock()).await.unwrap();
    assert!(!format!("{auth:?} {credentials:?}").contains("PRIVATE"));
    let client = RestClient::new(server.address.parse().unwrap(), auth, http.clone()).unwrap();
    client.send(&Context::new("t"), &client.get(&["users"]).unwrap()).await.unwrap();
    let assertion = field(&server.seen()[0], "assertion").unwrap();
    let payload = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(claims["iss"], "robot@project.example");
    assert_eq!((&claims["sub"], &claims["scope"]), (&json!("admin@example.com"), &json!("users groups")));
    assert_eq!(server.seen()[1].headers["authorization"], "Bearer token-1");

    let broken = Shelf(Mutex::new(Secret::new("{\"private_key\": \"hunter2\"}")));
    let broken: Arc<dyn SecretStore> = Arc::new(broken);
    let error = credentials.auth(Some(&broken), &http, &hand.clock()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_client_proves_itself_with_a_signed_assertion() {
    let (server, hand) = (endpoint(json!(3600)).await, Hand::default());
    let grant = Grant::ClientCredentials {
        client_id: "c".to_owned(),
        proof: ClientProof::Assertion(Arc::new(Stamp)),
    };
    oauth(&server, grant, &hand).with_scopes(&["s"]).token(None).await.unwrap();
    let seen = server.seen().remove(0);
    assert_eq!(field(&seen, "scope").as_deref(), Some("s"));
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    assert_eq!(field(&seen, "client_assertion_type").as_deref(), Some(kind));
    let claims = claims(&field(&seen, "client_assertion").unwrap());
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!("c"), &json!("c")));
}

#[tokio::test]
async fn a_failing_endpoint_says_why_and_nothing_secret() {
    let answers: [(Reply, ErrorKind, &str); 6] = [
        (
            reply(401, json!({ "error": "invalid_client" })),
            ErrorKind::Auth,
            "the token endpoint gave no token: `invalid_client`",
        ),
        (reply(400, json!({ "error": "hunter2&" })), ErrorKind::Auth, "the token endpoint gave no token"),
        (
            reply(429, "").header("retry-after", "3"),
            ErrorKind::RateLimited,
            "the token endpoint gave no token",
        ),
        (reply(503, "hunter2&"), ErrorKind::Unavailable, "the token endpoint gave no token"),
        (reply(200, "hunter2&"), ErrorKind::Protocol, "the token endpoint answered no token"),
        (
            reply(200, json!({ "access_token": "x", "token_type": "mac" })),
            ErrorKind::Protocol,
            "the token endpoint answered a token that is no bearer token",
        ),
    ];
    for (answer, kind, detail) in answers {
        let server = Server::start(move |_| answer.clone()).await;
        let source = oauth(&server, by_secret(), &Hand::default());
        let error = source.token(None).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.certainty(), error.detail()),
            (kind, Certainty::NotAttempted, detail)
        );
        assert!(!format!("{error:?} {error}").contains("hunter2"));
    }
    let plain = "http://login.example.com/token".parse().unwrap();
    let http = http_client(&HttpOptions::default()).unwrap();
    assert_eq!(
        OAuth::new(plain, by_secret(), http, Hand::default().clock()).unwrap_err().kind(),
        ErrorKind::Config
    );
}

#[tokio::test]
async fn a_refresh_token_stands_in_a_file_and_the_new_one_takes_its_place() {
    use tenure_connector_rest::Credentials;

    let number = AtomicUsize::new(1);
    let server = Server::start(move |request| {
        if !request.line.contains(" /token") {
            return reply(200, json!({}));
        }
        let next = number.fetch_add(1, Ordering::SeqCst) + 1;
        let body = json!({
            "access_token": format!("token-{next}"), "expires_in": 3600, "refresh_token": format!("refresh-{next}"),
        });
        reply(200, body)
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("refresh"), "refresh-1\n").unwrap();
    std::fs::write(folder.join("secret"), "hunter2\n").unwrap();
    let text = json!({ "oauth": {
        "token_url": format!("{}/token", server.address), "client_id": "c",
        "client_secret": { "file": "secret" }, "refresh_token": { "file": "refresh" },
    } });
    let credentials: Credentials = serde_json::from_value(text).unwrap();
    let credentials = credentials.below(folder);
    let (http, hand) = (http_client(&HttpOptions::default()).unwrap(), Hand::default());
    // A second run begins with what the first one left.
    for (run, token) in [("refresh-1", "Bearer token-2"), ("refresh-2", "Bearer token-3")] {
        let auth = credentials.auth(None, &http, &hand.clock()).await.unwrap();
        let client = RestClient::new(server.address.parse().unwrap(), auth, http.clone()).unwrap();
        client.send(&Context::new("t"), &client.get(&["users"]).unwrap()).await.unwrap();
        let seen = server.seen();
        let (asked, used) = (&seen[seen.len() - 2], &seen[seen.len() - 1]);
        assert_eq!(field(asked, "grant_type").as_deref(), Some("refresh_token"));
        assert_eq!(field(asked, "refresh_token").as_deref(), Some(run));
        assert_eq!(used.headers["authorization"], token);
    }
    assert_eq!(std::fs::read_to_string(folder.join("refresh")).unwrap(), "refresh-3\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.join("refresh")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
