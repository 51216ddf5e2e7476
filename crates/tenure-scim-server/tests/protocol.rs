//! Discovery, authentication, limits and hostile requests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use common::*;
use serde_json::{Value, json};
use tenure_scim_server::{
    Audit, AuditEntry, BearerTokens, Features, Limits, PersonalFilters, Principal, RateLimit, ReadOnly,
};

#[tokio::test]
async fn discovery_says_what_is_served() {
    let server = server();
    let config = get(&server, "/ServiceProviderConfig").await.body;
    for feature in ["patch", "bulk", "filter", "sort", "etag"] {
        assert_eq!(config[feature]["supported"], true, "{feature}");
    }
    assert_eq!(config["pagination"]["cursor"], true);
    let types = get(&server, "/ResourceTypes").await.body;
    let names: Vec<&str> =
        types["Resources"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"User") && names.contains(&"Group"), "{names:?}");
    let schemas = get(&server, "/Schemas").await.body;
    assert!(schemas["totalResults"].as_u64().unwrap() >= 3);
    let ids: Vec<&str> =
        schemas["Resources"].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap()).collect();
    assert!(ids.iter().all(|id| !id.contains(":api:messages:")), "{ids:?}");
    let one = get(&server, "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User").await;
    assert_eq!((one.status, &one.body["name"]), (200, &json!("User")));
    assert_eq!(get(&server, "/Schemas/urn:none").await.status, 404);
    assert_eq!(get(&server, "/Schemas?filter=name+pr").await.status, 403);
}

#[tokio::test]
async fn what_is_not_announced_is_refused() {
    let mut features = Features::default();
    features.patch = false;
    features.bulk = false;
    features.filter = false;
    features.sort = false;
    features.cursor = false;
    let server = builder().features(features).build().unwrap();
    let id = create_user(&server, "anna").await;
    let config = get(&server, "/ServiceProviderConfig").await.body;
    for feature in ["patch", "bulk", "filter", "sort"] {
        assert_eq!(config[feature]["supported"], false, "{feature}");
    }
    let change = patch(json!([{"op": "replace", "path": "active", "value": false}]));
    assert_eq!(send(&server, "PATCH", &format!("/Users/{id}"), Some(change)).await.status, 501);
    assert_eq!(send(&server, "POST", "/Bulk", Some(json!({"Operations": []}))).await.status, 501);
    for query in ["filter=userName+pr", "sortBy=userName", "cursor="] {
        assert_eq!(get(&server, &format!("/Users?{query}")).await.status, 501, "{query}");
    }
    assert_eq!(get(&server, "/Me").await.status, 501);
}

#[tokio::test]
async fn a_version_is_expected_in_vain_of_a_service_that_announces_none() {
    let mut features = Features::default();
    features.etag = false;
    let server = builder().features(features).build().unwrap();
    let id = create_user(&server, "anna").await;
    let (path, expects) = (format!("/Users/{id}"), [("if-match", "W/\"1\"")]);
    assert_eq!(get(&server, &path).await.header("etag"), "");
    let change = || Some(patch(json!([{"op": "replace", "path": "title", "value": "Agent"}])));
    for (method, body) in [("PATCH", change()), ("PUT", Some(user("anna"))), ("DELETE", None)] {
        assert_eq!(send_with(&server, method, &path, body, &expects).await.status, 412, "{method}");
    }
    let members = Some(patch(json!([{"op": "add", "path": "members", "value": [{"value": id}]}])));
    let group = send(&server, "POST", "/Groups", Some(group("Support"))).await.id();
    let join = send_with(&server, "PATCH", &format!("/Groups/{group}"), members, &expects).await;
    assert_eq!(join.status, 412);
    assert_eq!(get(&server, &path).await.body["title"], Value::Null);
    // That it is there can be expected of anything.
    assert_eq!(send_with(&server, "PATCH", &path, change(), &[("if-match", "*")]).await.status, 200);
}

#[tokio::test]
async fn filters_with_values_of_people_are_kept_out_of_addresses_where_that_is_wanted() {
    let server = builder().personal_filters(PersonalFilters::OnlyInBodies).build().unwrap();
    let id = create_user(&server, "anna").await;
    for filter in [
        "userName+eq+%22anna%22",
        "not+(emails%5Btype+eq+%22work%22%5D)",
        "active+eq+true+and+name.familyName+sw+%22B%22",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber+eq+%227%22",
    ] {
        for endpoint in ["/Users", ""] {
            let answer = get(&server, &format!("{endpoint}?filter={filter}")).await;
            assert_eq!(answer.error(), (403, "sensitive"), "{endpoint} {filter}");
            assert!(!answer.body.to_string().contains("anna"), "{}", answer.body);
        }
    }
    let since = "meta.lastModified+gt+%222026-01-01T00:00:00Z%22";
    for filter in ["active+eq+true", "title+pr+or+userName+pr", &format!("id+eq+%22{id}%22"), since] {
        let answer = get(&server, &format!("/Users?filter={filter}")).await;
        assert_eq!((answer.status, &answer.body["totalResults"]), (200, &json!(1)), "{filter}");
    }
    let body = search(json!({"filter": "userName eq \"anna\""}));
    let found = send(&server, "POST", "/Users/.search", Some(body)).await;
    assert_eq!((found.status, &found.body["totalResults"]), (200, &json!(1)));
}

#[tokio::test]
async fn s54_3_8_an_address_may_name_the_format() {
    let server = server();
    let id = create_user(&server, "anna").await;
    for path in ["/Users.scim", "/ServiceProviderConfig.scim", &format!("/Users/{id}.scim")] {
        let answer = get(&server, path).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/scim+json"), "{path}");
    }
    assert_eq!(get(&server, &format!("/Users/{id}.scim")).await.body["userName"], "anna");
    for path in ["/Users/nobody.scim", "/Users/.scim", "/.scim"] {
        assert_eq!(get(&server, path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn pages_and_cursors_are_held_to_their_limits() {
    let mut limits = Limits::default();
    (limits.page_default, limits.page_max, limits.cursor_life) = (2, 3, Duration::from_secs(30));
    let server = builder().limits(limits).build().unwrap();
    for name in ["anna", "ben", "cem", "dora"] {
        create_user(&server, name).await;
    }
    let config = get(&server, "/ServiceProviderConfig").await.body;
    assert_eq!(config["filter"]["maxResults"], 3);
    assert_eq!(
        (&config["pagination"]["defaultPageSize"], &config["pagination"]["maxPageSize"]),
        (&json!(2), &json!(3))
    );
    for (query, found) in [("", 2), ("?count=3", 3), ("?count=1000000", 3)] {
        assert_eq!(get(&server, &format!("/Users{query}")).await.body["itemsPerPage"], found, "{query}");
    }
    let cursor = get(&server, "/Users?cursor=").await.body["nextCursor"].as_str().unwrap().to_owned();
    assert_eq!(get(&server, &format!("/Users?cursor={cursor}")).await.status, 200);
    // The clock of these tests goes on by one second each time it is read.
    for _ in 0..40 {
        get(&server, "/ServiceProviderConfig").await;
    }
    assert_eq!(get(&server, &format!("/Users?cursor={cursor}")).await.error(), (400, "expiredCursor"));
}

#[tokio::test]
async fn a_request_without_a_good_token_is_refused() {
    let server = server();
    for value in ["", "Bearer", "Bearer wrong", "Basic YTpi", "bearer  "] {
        let answer = send_with(&server, "GET", "/Users", None, &[("authorization", value)]).await;
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, "Bearer"), "{value}");
        assert_eq!(answer.body["schemas"][0], "urn:ietf:params:scim:api:messages:2.0:Error");
    }
    let twice =
        [("authorization", "Bearer a-long-random-token"), ("authorization", "Bearer a-long-random-token")];
    assert_eq!(send_with(&server, "GET", "/Users", None, &twice).await.status, 401);
    let good =
        send_with(&server, "GET", "/Users", None, &[("authorization", "bearer a-long-random-token")]).await;
    assert_eq!(good.status, 200);
}

#[tokio::test]
async fn a_retired_token_ends_in_time_and_me_is_its_resource() {
    let tokens = Arc::new(BearerTokens::new());
    let server = builder().authenticate(tokens.clone()).build().unwrap();
    tokens.add("old", Principal::new("crm"));
    let as_old = [("authorization", "Bearer old")];
    let id = send_with(&server, "POST", "/Users", Some(user("anna")), &as_old).await.id();
    tokens.retire("old", "2026-11-21T10:00:00Z".parse().unwrap());
    assert_eq!(send_with(&server, "GET", "/Users", None, &as_old).await.status, 401);
    tokens.add("new", Principal::new("anna").with_me("User", &id));
    let me = send_with(&server, "GET", "/Me", None, &[("authorization", "Bearer new")]).await;
    assert_eq!((me.status, &me.body["userName"]), (200, &json!("anna")));
    assert_eq!(me.header("location"), format!("{BASE}/Users/{id}"));
}

#[tokio::test]
async fn the_authorisation_hook_is_asked() {
    let server = builder().authorize(Arc::new(ReadOnly)).build().unwrap();
    assert_eq!(get(&server, "/Users").await.status, 200);
    assert_eq!(send(&server, "POST", "/Users", Some(user("anna"))).await.status, 403);
    assert_eq!(send(&server, "DELETE", "/Users/x", None).await.status, 403);
}

#[derive(Debug, Default)]
struct Log(Mutex<Vec<AuditEntry>>);

impl Audit for Log {
    fn record(&self, entry: &AuditEntry) {
        self.0.lock().unwrap().push(entry.clone());
    }
}

#[tokio::test]
async fn the_audit_hook_sees_failures_too() {
    let log = Arc::new(Log::default());
    let server = builder().audit(log.clone()).build().unwrap();
    let id = create_user(&server, "anna").await;
    send_with(&server, "POST", "/Users", Some(user("anna")), &[("x-request-id", "r-7")]).await;
    let entries = log.0.lock().unwrap();
    let seen: Vec<_> = entries.iter().map(|e| (e.status, e.id.clone(), e.principal.as_str())).collect();
    assert_eq!(seen, [(201, Some(id), "test"), (409, None, "test")]);
    assert_eq!(entries[1].request, "r-7");
}

#[tokio::test]
async fn too_many_requests_are_told_when_to_come_back() {
    let mut limits = Limits::default();
    limits.rate = Some(RateLimit { per_second: 0.1, burst: 2 });
    let server = builder().limits(limits).build().unwrap();
    assert_eq!(get(&server, "/Users").await.status, 200);
    assert_eq!(get(&server, "/Users").await.status, 200);
    let refused = get(&server, "/Users").await;
    assert_eq!(refused.status, 429);
    assert!((1..=10).contains(&refused.header("retry-after").parse::<u64>().unwrap()));
}

#[tokio::test]
async fn whoever_guesses_tokens_is_slowed_and_takes_nothing_from_the_others() {
    let mut limits = Limits::default();
    limits.rate = Some(RateLimit { per_second: 0.1, burst: 3 });
    let server = builder().limits(limits).build().unwrap();
    let mut statuses = Vec::new();
    for guess in 0..5 {
        let token = format!("Bearer guess-{guess}");
        statuses.push(send_with(&server, "GET", "/Users", None, &[("authorization", &token)]).await.status);
    }
    assert_eq!(statuses, [401, 401, 401, 429, 429]);
    assert_eq!(get(&server, "/Users").await.status, 200, "a known client has a rate of its own");
}

#[tokio::test]
async fn a_request_id_is_kept_when_it_is_plain() {
    let server = server();
    let kept = send_with(&server, "GET", "/Users", None, &[("x-request-id", "abc-123")]).await;
    assert_eq!(kept.header("x-request-id"), "abc-123");
    let long = "x".repeat(5000);
    for odd in ["with space", "line\tbreak", &long] {
        let answer = send_with(&server, "GET", "/Users", None, &[("x-request-id", odd)]).await;
        assert_eq!(answer.header("x-request-id").len(), 36, "{odd}");
    }
}

#[tokio::test]
async fn the_answer_has_the_type_that_the_client_accepts() {
    let server = server();
    for (accept, expected) in [
        ("application/json", "application/json"),
        ("application/scim+json", "application/scim+json"),
        ("*/*", "application/scim+json"),
        ("application/scim+json, application/json", "application/scim+json"),
    ] {
        let answer = send_with(&server, "GET", "/Users", None, &[("accept", accept)]).await;
        assert_eq!(answer.header("content-type"), expected, "{accept}");
    }
}

#[tokio::test]
async fn wrong_methods_and_paths_are_named() {
    let server = server();
    let wrong = send(&server, "PUT", "/Users", Some(user("anna"))).await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, "GET, POST"));
    for path in
        ["/users", "/Nothing", "/Users/a/b", "/Users/..", "/Users/%2e%2e%2fx", "/../Users", "/Users/%00"]
    {
        let answer = get(&server, path).await;
        assert_eq!((answer.status, &answer.body["status"]), (404, &json!("404")), "{path}");
    }
    let request = http::Request::get("/scim/v2evil/Users").body(Bytes::new()).unwrap();
    assert_eq!(server.handle(request).await.status(), 404);
}

#[tokio::test]
async fn hostile_bodies_get_an_error_and_do_no_harm() {
    let server = server();
    let deep = format!("{}1{}", "{\"a\":".repeat(5000), "}".repeat(5000));
    let wide =
        json!({"schemas": ["x"], "userName": "a", "emails": vec![json!({"value": "a@x.org"}); 30_000]})
            .to_string();
    let cases: [(&[u8], &[u16]); 9] = [
        (b"", &[400]),
        (b"null", &[400]),
        (b"[]", &[400]),
        (b"{\"userName\":", &[400]),
        (b"{\"userName\":\"\xff\"}", &[400]),
        (b"{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\"userName\":1e999999}", &[400]),
        (b"{\"userName\":\"a\",\"USERNAME\":\"b\"}", &[400]),
        (deep.as_bytes(), &[400]),
        (wide.as_bytes(), &[413]),
    ];
    for (body, expected) in cases {
        for (method, path) in
            [("POST", "/Users"), ("PUT", "/Users/x"), ("POST", "/Users/.search"), ("PATCH", "/Users/x")]
        {
            let answer = raw(&server, method, path, Bytes::copy_from_slice(body), &[]).await;
            let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            // A search body that names no parameter of a search is a search for everything.
            let harmless = path == "/Users/.search" && answer.status == 200 && shown.contains("USERNAME");
            assert!(
                harmless || (400..500).contains(&answer.status),
                "{method} {path} {shown}: {}",
                answer.status
            );
            if method == "POST" && path == "/Users" {
                assert!(expected.contains(&answer.status), "{shown}: {} {}", answer.status, answer.body);
            }
        }
    }
    assert_eq!(get(&server, "/Users").await.body["totalResults"], 0);
}

#[tokio::test]
async fn filter_metacharacters_have_no_meaning_elsewhere() {
    let server = server();
    create_user(&server, "anna").await;
    for value in ["' or 1=1 --", "%", "_", "*", ")(uid=*", "\\\"; drop table resource; --", "anna' --"] {
        let filter = format!("userName eq {}", Value::from(value));
        let path: String = url::form_urlencoded::byte_serialize(filter.as_bytes()).collect();
        let answer = get(&server, &format!("/Users?filter={path}")).await;
        assert_eq!((answer.status, &answer.body["totalResults"]), (200, &json!(0)), "{value}");
    }
    assert_eq!(get(&server, "/Users").await.body["totalResults"], 1);
}

#[tokio::test]
async fn one_tenant_cannot_reach_another() {
    let (one, two) = (server(), server());
    let id = create_user(&one, "anna").await;
    assert_eq!(get(&two, &format!("/Users/{id}")).await.status, 404);
    create_user(&one, "ben").await;
    let cursor = get(&one, "/Users?count=1&cursor=").await.body["nextCursor"].as_str().unwrap().to_owned();
    assert_eq!(get(&two, &format!("/Users?count=1&cursor={cursor}")).await.error(), (400, "invalidCursor"));
}

#[tokio::test]
async fn an_id_of_another_type_is_not_found() {
    let server = server();
    let id = create_user(&server, "anna").await;
    assert_eq!(get(&server, &format!("/Groups/{id}")).await.status, 404);
}
