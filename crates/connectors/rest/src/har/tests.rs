use std::sync::Arc;

use chrono::DateTime;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::{Value, json};

use super::*;

fn recorder() -> HarRecorder {
    HarRecorder::new(Arc::new(|| DateTime::UNIX_EPOCH))
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| ((*name).parse().unwrap(), HeaderValue::from_str(value).unwrap()))
        .collect()
}

/// Records one exchange and gives the text of its request's body, that of its answer, and the whole document.
fn record(url: &str, sent: (&HeaderMap, &str), got: (&HeaderMap, &str)) -> (Value, Value, String) {
    let har = recorder();
    let exchange = har.begin(&Method::POST, &url.parse().unwrap(), sent.0, sent.1.as_bytes());
    exchange.answered(200, got.0, got.1.as_bytes());
    let document = har.to_json();
    let entry = &document["log"]["entries"][0];
    let texts = (entry["request"]["postData"]["text"].clone(), entry["response"]["content"]["text"].clone());
    (texts.0, texts.1, document.to_string())
}

#[test]
fn no_planted_secret_is_in_the_document() {
    const JWT: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";
    let mut sent = headers(&[
        ("authorization", "Basic YWRtaW46cGxhbnRlZC1iYXNpYw=="),
        ("cookie", "theme=dark; sid=planted-cookie"),
        ("x-api-key", "planted-api-key"),
        ("x-vendor-auth", "planted-vendor"),
        ("referer", "https://user:planted-userinfo@example.com/?access_token=planted-referer"),
        ("content-type", "application/json"),
    ]);
    let mut marked = HeaderValue::from_static("planted-marked");
    marked.set_sensitive(true);
    sent.insert("x-free-name", marked);
    let request = json!({
        "userName": "anna",
        "password": "planted \"password\"",
        "client_secret": "planted-client",
        "Operations": [
            { "op": "replace", "path": "password", "value": "planted-patch" },
            { "op": "replace", "path": "urn:acme:User:apiKey", "value": { "deep": ["planted-deep"] } },
        ],
        "settings": [{ "name": "smtp_password", "value": "planted-setting" }],
        "pin": 471_100_815,
        "nested": { "credentials": { "login": "planted-login" } },
        "embedded": "{\"refreshToken\":\"planted-embedded\"}",
        "hook": "https://hooks.example.com/x?a=1,2&signature=planted-hook",
        "assertion": JWT,
        "free": format!("it is {JWT}"),
    });
    let got = headers(&[
        ("set-cookie", "sid=planted-set-cookie; Domain=example.com; HttpOnly"),
        ("location", "https://example.com/next?code=planted-code#planted-fragment"),
        ("link", "<https://example.com/p?cursor=5&api_key=planted-link>; rel=\"next\""),
        ("content-type", "application/scim+json"),
    ]);
    let answer = json!({
        "access_token": "planted-access",
        "detail": "the password planted \"password\" was used with planted-basic and planted-cookie before",
        "echo": "Bearer planted-bearer",
        "code": "weak_password",
    });
    let url = "https://admin:planted-url@api.example.com/users?q=anna&token=planted-query&key=planted-key";
    let (request, answer, document) = record(url, (&sent, &request.to_string()), (&got, &answer.to_string()));
    for secret in ["planted", "471100815", JWT, "cGxhbnRlZC", "YWRtaW46"] {
        assert!(!document.contains(secret), "`{secret}` in {document}");
    }
    for kept in ["anna", "q=anna", "cursor=5", "weak_password", "HttpOnly"] {
        assert_eq!(document.contains(kept), kept != "HttpOnly", "`{kept}` in {document}");
    }
    let request: Value = serde_json::from_str(request.as_str().unwrap()).unwrap();
    assert_eq!(request["Operations"][0], json!({ "op": "replace", "path": "password", "value": "***" }));
    assert_eq!(request["hook"], "https://hooks.example.com/x?a=1%2C2&signature=***");
    assert_eq!(request["embedded"], r#"{"refreshToken":"***"}"#);
    let answer: Value = serde_json::from_str(answer.as_str().unwrap()).unwrap();
    assert_eq!(answer["detail"], "the password *** was used with *** and *** before");
}

#[test]
fn a_form_is_kept_without_its_secrets() {
    let form = headers(&[("content-type", "application/x-www-form-urlencoded")]);
    let body = "grant_type=client_credentials&client_id=acme&client_secret=planted+one&assertion=planted-two&code=planted3";
    let (text, _, document) = record("https://id.example.com/token", (&form, body), (&HeaderMap::new(), ""));
    assert_eq!(text, "grant_type=client_credentials&client_id=acme&client_secret=***&assertion=***&code=***");
    assert!(!document.contains("planted"), "{document}");
}

#[test]
fn what_cannot_be_read_or_is_too_long_is_not_kept() {
    let check = |body: &str, comment: &str| {
        let har = recorder().with_options(HarOptions { max_body: 60, ..HarOptions::default() });
        let exchange =
            har.begin(&Method::GET, &"https://a.example/".parse().unwrap(), &HeaderMap::new(), b"");
        exchange.answered(200, &HeaderMap::new(), body.as_bytes());
        let content = har.to_json()["log"]["entries"][0]["response"]["content"].clone();
        let expected = json!({ "size": body.len(), "mimeType": "", "comment": comment });
        assert_eq!(content, expected);
    };
    check("<user password='planted'/>", "26 bytes that are neither JSON nor a form");
    check(r#"{"password":"pla"#, "16 bytes that are neither JSON nor a form");
    check(&format!("{{\"a\":\"{}\"}}", "x".repeat(60)), "68 bytes, of which at most 60 are recorded");
}

#[test]
fn the_document_has_what_har_asks_for_and_no_more_entries_than_allowed() {
    let har = recorder().with_options(HarOptions { max_entries: 2, ..HarOptions::default() });
    for number in 0..3 {
        let url = format!("https://a.example/users?page={number}").parse().unwrap();
        har.begin(&Method::GET, &url, &HeaderMap::new(), b"").answered(204, &HeaderMap::new(), b"");
    }
    let log = har.to_json()["log"].clone();
    assert_eq!(
        (&log["version"], &log["comment"], log["entries"].as_array().map(Vec::len)),
        (&json!("1.2"), &json!("1 earlier entries were dropped"), Some(2))
    );
    assert_eq!(
        log["entries"][0],
        json!({
            "startedDateTime": "1970-01-01T00:00:00.000Z",
            "time": 0,
            "request": {
                "method": "GET", "url": "https://a.example/users?page=1", "httpVersion": "HTTP/1.1",
                "cookies": [], "headers": [], "queryString": [{ "name": "page", "value": "1" }],
                "headersSize": -1, "bodySize": 0
            },
            "response": {
                "status": 204, "statusText": "No Content", "httpVersion": "HTTP/1.1", "cookies": [], "headers": [],
                "content": { "size": 0, "mimeType": "" }, "redirectURL": "", "headersSize": -1, "bodySize": 0
            },
            "cache": {},
            "timings": { "send": 0, "wait": 0, "receive": 0 }
        })
    );
}

#[test]
fn an_exchange_without_an_answer_says_why_and_shows_nothing() {
    let har = recorder();
    let url = "https://a.example/".parse().unwrap();
    let token = headers(&[("authorization", "Bearer planted-token")]);
    har.begin(&Method::GET, &url, &token, b"").failed("no whole answer for planted-token in time");
    drop(har.begin(&Method::GET, &url, &token, b""));
    let entries = har.to_json()["log"]["entries"].clone();
    let comment = |entry: usize| entries[entry]["response"]["comment"].as_str().unwrap().to_owned();
    assert_eq!((comment(0), comment(1)), ("no whole answer for *** in time".into(), "cancelled".into()));
    assert!(!format!("{har:?}{entries}").contains("planted"), "{har:?} {entries}");
}
