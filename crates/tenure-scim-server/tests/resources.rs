//! Create, read, replace, change and delete (RFC 7644 sections 3.3 to 3.6).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::*;
use serde_json::json;

#[tokio::test]
async fn a_created_user_is_read_back() {
    let server = server();
    let mut body = user("anna");
    body["name"] = json!({"givenName": "Anna", "familyName": "Berg"});
    body["password"] = json!("secret");
    body["id"] = json!("chosen-by-the-client");
    let made = send(&server, "POST", "/Users", Some(body)).await;
    assert_eq!(made.status, 201);
    let id = made.id();
    assert_ne!(id, "chosen-by-the-client");
    assert_eq!(made.header("location"), format!("{BASE}/Users/{id}"));
    assert_eq!(made.header("etag"), "W/\"1\"");
    assert_eq!(made.header("content-type"), "application/scim+json");
    assert_eq!(made.body["meta"]["location"], format!("{BASE}/Users/{id}"));
    assert_eq!(made.body["meta"]["resourceType"], "User");
    assert_eq!(made.body["password"], json!(null));

    let read = get(&server, &format!("/Users/{id}")).await;
    assert_eq!((read.status, &read.body), (200, &made.body));
}

#[tokio::test]
async fn a_user_name_is_unique_by_its_precis_key() {
    let server = server();
    create_user(&server, "anna").await;
    for name in ["anna", "ANNA", "\u{ff41}nna"] {
        let again = send(&server, "POST", "/Users", Some(user(name))).await;
        assert_eq!(again.error(), (409, "uniqueness"), "{name}");
    }
    assert_eq!(get(&server, "/Users").await.body["totalResults"], 1);
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_its_name_is_free() {
    let server = server();
    let id = create_user(&server, "anna").await;
    let path = format!("/Users/{id}");
    assert_eq!(send(&server, "DELETE", &path, None).await.status, 204);
    for (method, body) in [("GET", None), ("DELETE", None), ("PUT", Some(user("anna")))] {
        assert_eq!(send(&server, method, &path, body).await.status, 404, "{method}");
    }
    let none = patch(json!([{"op": "replace", "path": "active", "value": false}]));
    assert_eq!(send(&server, "PATCH", &path, Some(none)).await.status, 404);
    assert_eq!(get(&server, "/Users").await.body["totalResults"], 0);
    create_user(&server, "anna").await;
}

#[tokio::test]
async fn put_replaces_and_leaves_read_only_attributes_alone() {
    let server = server();
    let mut body = user("anna");
    body["title"] = json!("Engineer");
    let id = send(&server, "POST", "/Users", Some(body)).await.id();
    let path = format!("/Users/{id}");
    let mut wanted = user("anna");
    wanted["nickName"] = json!("An");
    wanted["groups"] = json!([{"value": "x"}]);
    wanted["meta"] = json!({"created": "1999-01-01T00:00:00Z"});
    let put = send(&server, "PUT", &path, Some(wanted)).await;
    assert_eq!(put.status, 200, "{}", put.body);
    assert_eq!(put.body["nickName"], "An");
    assert_eq!(put.body["title"], json!(null));
    assert_eq!(put.body["groups"], json!(null));
    assert_ne!(put.body["meta"]["created"], "1999-01-01T00:00:00Z");
    assert_eq!(put.header("etag"), "W/\"2\"");
    assert_eq!(send(&server, "PUT", "/Users/none", Some(user("x"))).await.status, 404);
}

/// RFC 7644 sections 3.2 and 3.5.1.
#[tokio::test]
async fn s27_put_does_not_create() {
    let server = server();
    let answer = send(&server, "PUT", "/Users/nobody", Some(user("anna"))).await;
    assert_eq!(answer.error(), (404, ""));
    assert_eq!(get(&server, "/Users").await.body["totalResults"], 0);
}

#[tokio::test]
async fn a_patch_that_changes_nothing_leaves_the_version() {
    let server = server();
    let id = create_user(&server, "anna").await;
    let path = format!("/Users/{id}");
    let deactivate = || Some(patch(json!([{"op": "replace", "path": "active", "value": false}])));
    let first = send(&server, "PATCH", &path, deactivate()).await;
    assert_eq!((first.status, &first.body["active"]), (200, &json!(false)), "{}", first.body);
    assert_eq!(first.header("etag"), "W/\"2\"");
    let second = send(&server, "PATCH", &path, deactivate()).await;
    assert_eq!(second.header("etag"), "W/\"2\"");
    assert_eq!(second.body["meta"], first.body["meta"]);
}

#[tokio::test]
async fn a_failing_patch_changes_nothing() {
    let server = server();
    let id = create_user(&server, "anna").await;
    let path = format!("/Users/{id}");
    let before = get(&server, &path).await.body;
    let half = patch(json!([
        {"op": "add", "path": "title", "value": "Engineer"},
        {"op": "replace", "path": "emails[type eq \"work\"].value", "value": "a@x.org"},
    ]));
    assert_eq!(send(&server, "PATCH", &path, Some(half)).await.error(), (400, "noTarget"));
    let unknown = patch(json!([{"op": "add", "path": "shoeSize", "value": 42}]));
    assert_eq!(send(&server, "PATCH", &path, Some(unknown)).await.error(), (400, "invalidPath"));
    assert_eq!(get(&server, &path).await.body, before);
}

#[tokio::test]
async fn etags_guard_reads_and_writes() {
    let server = server();
    let id = create_user(&server, "anna").await;
    let path = format!("/Users/{id}");
    let read = send_with(&server, "GET", &path, None, &[("if-none-match", "W/\"1\"")]).await;
    assert_eq!((read.status, read.header("etag")), (304, "W/\"1\""));
    let change = || Some(patch(json!([{"op": "add", "path": "title", "value": "Lead"}])));
    for (method, body) in [("PATCH", change()), ("PUT", Some(user("anna"))), ("DELETE", None)] {
        let stale = send_with(&server, method, &path, body, &[("if-match", "W/\"9\"")]).await;
        assert_eq!(stale.status, 412, "{method}");
    }
    let fresh = send_with(&server, "PATCH", &path, change(), &[("if-match", "W/\"1\"")]).await;
    assert_eq!((fresh.status, fresh.header("etag")), (200, "W/\"2\""));
}

#[tokio::test]
async fn members_are_added_and_removed_without_the_group_coming_back() {
    let server = server();
    let anna = create_user(&server, "anna").await;
    let ben = create_user(&server, "ben").await;
    let id = send(&server, "POST", "/Groups", Some(group("Support"))).await.id();
    let path = format!("/Groups/{id}");
    let add = patch(json!([{"op": "add", "path": "members", "value": [{"value": anna}, {"value": ben}]}]));
    let answer = send(&server, "PATCH", &path, Some(add.clone())).await;
    assert_eq!((answer.status, &answer.body), (204, &json!(null)));
    let version = get(&server, &path).await.header("etag").to_owned();
    assert_eq!(send(&server, "PATCH", &path, Some(add)).await.status, 204);
    let group = get(&server, &path).await;
    assert_eq!(group.header("etag"), version, "adding members that are there changes nothing");
    assert_eq!(group.body["members"].as_array().unwrap().len(), 2);
    assert_eq!(get(&server, &format!("/Users/{anna}")).await.body["groups"][0]["display"], "Support");

    let remove = patch(json!([{"op": "remove", "path": format!("members[value eq \"{anna}\"]")}]));
    assert_eq!(send(&server, "PATCH", &path, Some(remove)).await.status, 204);
    let group = get(&server, &path).await;
    assert_eq!(group.body["members"][0]["value"], json!(ben));
    assert_eq!(get(&server, &format!("/Users/{anna}")).await.body["groups"], json!(null));
}

#[tokio::test]
async fn a_deleted_user_leaves_its_groups() {
    let server = server();
    let anna = create_user(&server, "anna").await;
    let mut body = group("Support");
    body["members"] = json!([{"value": anna}]);
    let id = send(&server, "POST", "/Groups", Some(body)).await.id();
    assert_eq!(get(&server, &format!("/Groups/{id}")).await.body["members"][0]["value"], json!(anna));
    send(&server, "DELETE", &format!("/Users/{anna}"), None).await;
    assert_eq!(get(&server, &format!("/Groups/{id}")).await.body["members"], json!(null));
}

#[tokio::test]
async fn put_of_a_group_replaces_its_members() {
    let server = server();
    let anna = create_user(&server, "anna").await;
    let ben = create_user(&server, "ben").await;
    let mut body = group("Support");
    body["members"] = json!([{"value": anna}]);
    let id = send(&server, "POST", "/Groups", Some(body.clone())).await.id();
    body["members"] = json!([{"value": ben}]);
    let put = send(&server, "PUT", &format!("/Groups/{id}"), Some(body)).await;
    assert_eq!(put.status, 200, "{}", put.body);
    let members = put.body["members"].as_array().unwrap();
    assert_eq!((members.len(), &members[0]["value"]), (1, &json!(ben)));
}

#[tokio::test]
async fn an_idempotency_key_makes_a_repeated_create_one() {
    let server = server();
    let key = [("idempotency-key", "order-1")];
    let first = send_with(&server, "POST", "/Users", Some(user("anna")), &key).await;
    let second = send_with(&server, "POST", "/Users", Some(user("anna")), &key).await;
    assert_eq!((first.status, second.status), (201, 201));
    assert_eq!(first.id(), second.id());
    assert_eq!(get(&server, "/Users").await.body["totalResults"], 1);
}

#[tokio::test]
async fn unknown_attributes_are_left_out_or_refused_as_the_server_is_set() {
    use tenure_scim::validate::{Unknown, ValidateOptions};
    let body = || {
        let mut body = user("anna");
        body["shoeSize"] = json!(42);
        Some(body)
    };
    let made = send(&server(), "POST", "/Users", body()).await;
    assert_eq!((made.status, &made.body["shoeSize"]), (201, &json!(null)));
    let strict = ValidateOptions::default().with_unknown(Unknown::Refuse);
    let server = builder().validation(strict).build().unwrap();
    assert_eq!(send(&server, "POST", "/Users", body()).await.error(), (400, "invalidSyntax"));
}
