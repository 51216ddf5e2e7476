//! Requests that are meant to harm: what they cost is bounded, and what they get is an error.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use common::*;
use http::{HeaderValue, Request};
use serde_json::{Value, json};
use tenure_scim_server::{Action, ActionKind, Authorize, Limits, Principal, Tenants};

fn escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[tokio::test]
async fn filters_that_are_deep_or_long_or_wide_are_refused() {
    let server = server();
    create_user(&server, "anna").await;
    let deep = format!("{}userName pr{}", "(".repeat(500), ")".repeat(500));
    let not = format!("{}userName pr{}", "not (".repeat(500), ")".repeat(500));
    let wide = vec!["userName eq \"a\""; 3_000].join(" or ");
    let long = format!("userName eq \"{}\"", "a".repeat(100_000));
    for filter in [&deep, &not, &wide, &long] {
        let path = format!("/Users?filter={}", escaped(filter));
        // An address has an end, which HTTP libraries see to; a body of a search is the server's own affair.
        if path.len() < 60_000 {
            let answer = get(&server, &path).await;
            assert_eq!(
                (answer.status, &answer.body["Resources"]),
                (400, &Value::Null),
                "{}",
                filter.get(..40).unwrap_or_default()
            );
        }
        let body = search(json!({"filter": filter}));
        let answer = send(&server, "POST", "/Users/.search", Some(body)).await;
        assert_eq!(answer.status, 400, "{}", filter.get(..40).unwrap_or_default());
    }
}

#[tokio::test]
async fn numbers_without_measure_are_answered_or_refused_and_cost_nothing() {
    let server = server();
    create_user(&server, "anna").await;
    let huge = "9".repeat(400);
    for (query, expected) in [
        ("count=9223372036854775807".to_owned(), 200),
        ("count=-9223372036854775808".to_owned(), 200),
        ("startIndex=9223372036854775807&count=9223372036854775807".to_owned(), 200),
        ("count=18446744073709551615".to_owned(), 400),
        (format!("count={huge}"), 400),
        (format!("startIndex=-{huge}"), 400),
        ("count=1e9".to_owned(), 400),
        ("count=0x10".to_owned(), 400),
    ] {
        let answer = get(&server, &format!("/Users?{query}")).await;
        assert_eq!(answer.status, expected, "{query}: {}", answer.body);
        if answer.status == 200 {
            assert_eq!(answer.body["totalResults"], 1, "{query}");
        }
    }
    for number in ["1e400", &huge, "-0", "1e-400"] {
        let body = format!(
            "{{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":\"b\",\"x\":{number}}}"
        );
        let answer = raw(&server, "POST", "/Users", body.into(), &[]).await;
        assert!([201, 400, 409].contains(&answer.status), "{number}: {}", answer.body);
    }
}

#[tokio::test]
async fn members_and_operations_beyond_the_limit_are_refused_before_anything_happens() {
    let mut limits = Limits::default();
    (limits.values, limits.patch_operations) = (100, 10);
    let server = builder().limits(limits).build().unwrap();
    let id = send(&server, "POST", "/Groups", Some(group("Desk"))).await.id();
    let path = format!("/Groups/{id}");
    let many: Vec<Value> = (0..101).map(|n| json!({"value": n.to_string()})).collect();
    let add = patch(json!([{"op": "add", "path": "members", "value": many}]));
    assert_eq!(send(&server, "PATCH", &path, Some(add)).await.status, 413);
    let mut whole = group("Desk");
    whole["members"] = json!(many);
    assert_eq!(send(&server, "PUT", &path, Some(whole)).await.status, 413);
    let one = json!({"op": "add", "path": "displayName", "value": "X"});
    let steps = patch(json!(vec![one; 11]));
    assert_eq!(send(&server, "PATCH", &path, Some(steps)).await.status, 413);
    let desk = get(&server, &path).await.body;
    assert_eq!((&desk["displayName"], &desk["members"]), (&json!("Desk"), &Value::Null));
}

#[tokio::test]
async fn headers_of_any_bytes_and_any_number_do_no_harm() {
    let server = server();
    let id = create_user(&server, "anna").await;
    let names = [
        "if-match",
        "if-none-match",
        "x-request-id",
        "idempotency-key",
        "accept",
        "content-type",
        "prefer",
        "content-encoding",
        "authorization",
        "transfer-encoding",
        "host",
    ];
    let long = "x".repeat(60_000);
    let values: [&[u8]; 8] =
        [b"", b"\xff\xfe\x80", b"W/\"", b"\"\"\"", b",,,,", b"*", b";;==,,", long.as_bytes()];
    for name in names {
        for value in values {
            for (method, path) in [("GET", format!("/Users/{id}")), ("PUT", format!("/Users/{id}"))] {
                let mut request = Request::builder().method(method).uri(format!("{BASE}{path}"));
                if name != "authorization" {
                    request = request.header("authorization", format!("Bearer {TOKEN}"));
                }
                // Twice, as a proxy could read the first and this server the second.
                for _ in 0..2 {
                    request = request.header(name, HeaderValue::from_bytes(value).unwrap());
                }
                let body = if method == "PUT" { user("anna").to_string() } else { String::new() };
                let answer = server.handle(request.body(Bytes::from(body)).unwrap()).await;
                let status = answer.status().as_u16();
                assert!(status < 500, "{name}: {} {status}", String::from_utf8_lossy(value));
                if name == "authorization" {
                    assert_eq!(status, 401);
                }
                let told = answer.headers()["x-request-id"].to_str().unwrap();
                assert!(told.len() <= 128 && told.is_ascii(), "{told}");
            }
        }
    }
    assert_eq!(get(&server, &format!("/Users/{id}")).await.body["userName"], "anna");
}

#[tokio::test]
async fn text_that_is_no_utf_8_names_nothing_in_paths_and_queries() {
    let server = server();
    create_user(&server, "anna").await;
    for path in
        ["/Users/%ff", "/%ff", "/Users/%c3%28", "/Users/%e2%82", "/Users/a%00b", "/Users/%0d%0aSet-Cookie:x"]
    {
        assert_eq!(get(&server, path).await.status, 404, "{path}");
    }
    let answer = get(&server, "/Users?filter=userName+eq+%22%ff%22").await;
    assert!(answer.status == 400 || answer.body["totalResults"] == 0, "{}", answer.body);
}

#[tokio::test]
async fn an_idempotency_key_belongs_to_one_request_and_has_no_weight() {
    let server = server();
    let long = "k".repeat(60_000);
    let key = [("idempotency-key", long.as_str())];
    assert_eq!(send_with(&server, "DELETE", "/Users/nobody", None, &key).await.status, 404);
    let made = send_with(&server, "POST", "/Users", Some(user("anna")), &key).await;
    assert_eq!(made.status, 201, "the answer to another request does not come back: {}", made.body);
    let path = format!("/Users/{}", made.id());
    assert_eq!(send_with(&server, "DELETE", &path, None, &key).await.status, 204);
    assert_eq!(get(&server, &path).await.status, 404);
}

/// Two tenants behind one address: what belongs to one is nothing to the other, whatever way it is asked for.
#[tokio::test]
async fn ids_tokens_cursors_keys_and_references_of_one_tenant_are_nothing_to_another() {
    let tenant = |name: &str| {
        let token = format!("token-of-{name}");
        let server = tenure_scim_server::Server::builder(
            Arc::new(directory()),
            tenure_scim::SchemaRegistry::builtin(),
            clock(),
        );
        server.base_path(format!("/{name}")).token(&token, "client").build().unwrap()
    };
    let tenants = Tenants::new().with(tenant("one")).with(tenant("two"));
    let ask = async |who: &str, method: &str, path: &str, body: Value| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer token-of-{who}"))
            .header("idempotency-key", "the-same");
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let answer = tenants.handle(request.body(body).unwrap()).await;
        let status = answer.status().as_u16();
        (status, serde_json::from_slice::<Value>(answer.body()).unwrap_or_default())
    };
    let (_, theirs) = ask("two", "POST", "/two/Users", user("secret-of-two")).await;
    let id = theirs["id"].as_str().unwrap();
    assert_eq!(ask("one", "GET", "/two/Users", Value::Null).await.0, 401);
    assert_eq!(ask("one", "GET", "/one/../two/Users", Value::Null).await.0, 404);
    for (method, body) in [
        ("GET", Value::Null),
        ("DELETE", Value::Null),
        ("PUT", user("taken")),
        ("PATCH", patch(json!([{"op": "replace", "path": "active", "value": false}]))),
    ] {
        let (status, body) = ask("one", method, &format!("/one/Users/{id}"), body).await;
        assert_eq!(status, 404, "{method}");
        assert!(!body.to_string().contains("secret"), "{method}");
    }
    // The same idempotency key is another key there, so it brings back nobody else's answer.
    let (status, ours) = ask("one", "POST", "/one/Users", user("anna")).await;
    assert_eq!((status, &ours["userName"]), (201, &json!("anna")));
    let mut desk = group("Desk");
    desk["members"] = json!([{"value": id}]);
    let (_, made) = ask("one", "POST", "/one/Groups", desk).await;
    assert!(!made.to_string().contains("secret"), "{made}");
    let bulk = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [{"method": "DELETE", "path": format!("/Users/{id}")}]});
    let (_, answer) = ask("one", "POST", "/one/Bulk", bulk).await;
    assert_eq!(answer["Operations"][0]["status"], "404");
    let (_, found) = ask("one", "GET", "/one/Users?filter=userName+sw+%22secret%22", Value::Null).await;
    assert_eq!(found["totalResults"], 0);
    let (_, still) = ask("two", "GET", &format!("/two/Users/{id}"), Value::Null).await;
    assert_eq!((&still["userName"], &still["active"]), (&json!("secret-of-two"), &theirs["active"]));
}

/// May do everything but delete.
#[derive(Debug)]
struct Careful;

#[async_trait]
impl Authorize for Careful {
    async fn allows(&self, _: &Principal, action: &Action) -> bool {
        action.kind != ActionKind::Delete
    }
}

#[tokio::test]
async fn a_bulk_request_is_no_way_round_the_authorisation_hook() {
    let server = builder().authorize(Arc::new(Careful)).build().unwrap();
    let id = create_user(&server, "anna").await;
    let bulk = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [
        {"method": "DELETE", "path": format!("/Users/{id}")},
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": user("ben")},
    ]});
    let answer = send(&server, "POST", "/Bulk", Some(bulk)).await;
    assert_eq!(answer.body["Operations"][0]["status"], "403");
    assert_eq!(answer.body["Operations"][1]["status"], "201");
    assert_eq!(get(&server, &format!("/Users/{id}")).await.status, 200);
}
