//! Bulk requests (RFC 7644 section 3.7).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::*;
use serde_json::{Value, json};
use tenure_scim_server::{Limits, Server};

async fn bulk(server: &Server, mut body: Value) -> Answer {
    body["schemas"] = json!(["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]);
    send(server, "POST", "/Bulk", Some(body)).await
}

fn post_user(bulk_id: &str, name: &str) -> Value {
    json!({"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": user(name)})
}

fn statuses(answer: &Answer) -> Vec<&str> {
    let operations = answer.body["Operations"].as_array().unwrap_or_else(|| panic!("{}", answer.body));
    operations.iter().map(|operation| operation["status"].as_str().unwrap()).collect()
}

/// RFC 7644 section 3.7.2, with the group before the user it refers to.
#[tokio::test]
async fn a_reference_may_point_forward() {
    let server = server();
    let mut team = group("Tour Guides");
    team["members"] = json!([{"type": "User", "value": "bulkId:qwerty"}]);
    let answer = bulk(
        &server,
        json!({"Operations": [
            {"method": "POST", "path": "/Groups", "bulkId": "ytrewq", "data": team},
            post_user("qwerty", "Alice"),
        ]}),
    )
    .await;
    assert_eq!((answer.status, statuses(&answer)), (200, vec!["201", "201"]));
    let groups = get(&server, "/Groups").await.body;
    let users = get(&server, "/Users").await.body;
    assert_eq!(groups["Resources"][0]["members"][0]["value"], users["Resources"][0]["id"]);
    let location = answer.body["Operations"][1]["location"].as_str().unwrap();
    assert!(location.starts_with(&format!("{BASE}/Users/")), "{location}");
}

/// RFC 7644 section 3.7.1: a server tries to resolve circular references.
#[tokio::test]
async fn groups_that_contain_each_other_are_created() {
    let server = server();
    let team = |name: &str, bulk_id: &str, other: &str| {
        let mut team = group(name);
        team["members"] = json!([{"type": "Group", "value": format!("bulkId:{other}")}]);
        json!({"method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": team})
    };
    let answer = bulk(&server, json!({"Operations": [team("A", "a", "b"), team("B", "b", "a")]})).await;
    assert_eq!(statuses(&answer), ["201", "201"], "{}", answer.body);
    let groups = get(&server, "/Groups?sortBy=displayName").await.body;
    let (a, b) = (&groups["Resources"][0], &groups["Resources"][1]);
    assert_eq!((&a["members"][0]["value"], &b["members"][0]["value"]), (&b["id"], &a["id"]));
}

#[tokio::test]
async fn a_failure_does_not_stop_the_others_unless_asked() {
    let server = server();
    let operations = || json!([post_user("a", "anna"), post_user("b", "ANNA"), post_user("c", "carla")]);
    let all = bulk(&server, json!({"Operations": operations()})).await;
    assert_eq!(statuses(&all), ["201", "409", "201"]);
    assert_eq!(all.body["Operations"][1]["response"]["scimType"], "uniqueness");
    assert_eq!(all.body["Operations"][1]["location"], Value::Null, "a failed create has no location");
    let stopped = bulk(&server, json!({"failOnErrors": 1, "Operations": operations()})).await;
    assert_eq!(statuses(&stopped), ["409"]);
}

#[tokio::test]
async fn every_method_and_versions_work() {
    let server = server();
    let id = create_user(&server, "anna").await;
    let path = format!("/Users/{id}");
    let change = patch(json!([{"op": "add", "path": "title", "value": "Lead"}]));
    let answer = bulk(
        &server,
        json!({"Operations": [
            {"method": "PATCH", "path": path, "version": "W/\"9\"", "data": change},
            {"method": "PATCH", "path": path, "version": "W/\"1\"", "data": change},
            {"method": "PUT", "path": path, "data": user("anna2")},
            {"method": "DELETE", "path": path},
            {"method": "DELETE", "path": path},
            {"method": "DELETE", "path": "/Users/bulkId:nobody"},
            {"method": "POST", "path": "/Nothing", "bulkId": "x", "data": {}},
        ]}),
    )
    .await;
    assert_eq!(statuses(&answer), ["412", "200", "200", "204", "404", "409", "404"]);
    assert_eq!(answer.body["Operations"][1]["version"], "W/\"2\"");
}

#[tokio::test]
async fn limits_are_named_in_the_refusal() {
    let mut limits = Limits::default();
    limits.bulk_operations = 2;
    limits.bulk_bytes = 2000;
    let server = builder().limits(limits).build().unwrap();
    let many: Vec<Value> = (0..3).map(|n| post_user(&format!("u{n}"), &format!("user{n}"))).collect();
    let refused = bulk(&server, json!({"Operations": many})).await;
    assert_eq!(refused.status, 413);
    assert!(
        refused.body["detail"].as_str().unwrap().contains("at most 2 operations (`maxOperations`)"),
        "{}",
        refused.body
    );
    let long = bulk(&server, json!({"Operations": [post_user("a", &"x".repeat(3000))]})).await;
    assert_eq!(long.status, 413);
    assert!(
        long.body["detail"].as_str().unwrap().contains("at most 2000 bytes (`maxPayloadSize`)"),
        "{}",
        long.body
    );
}
