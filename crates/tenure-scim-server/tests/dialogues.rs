//! What identity providers really send, in the order in which they send it.
//!
//! The bodies are minimal examples of shapes that the vendors document or that were met in the field; each names its
//! source.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::*;
use serde_json::{Value, json};
use tenure_scim::Profile;
use tenure_scim_server::Server;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn peer(name: &str) -> Server {
    builder().profile(Profile::named(name).unwrap()).build().unwrap()
}

async fn change(server: &Server, path: &str, operations: Value) -> Answer {
    let answer = send(server, "PATCH", path, Some(patch(operations.clone()))).await;
    assert!(matches!(answer.status, 200 | 204), "{operations}: {} {}", answer.status, answer.body);
    answer
}

/// learn.microsoft.com, use-scim-to-provision-users-and-groups.
#[tokio::test]
async fn entra_joins_changes_and_removes_a_user() {
    let server = peer("entra");
    // Test connection: a random user that does not exist, answered with an empty list.
    let probe = get(&server, "/Users?filter=userName+eq+%2218ee9b94-f0a0-4ed5-9e92-3b4ff42b2ab9%22").await;
    assert_eq!((probe.status, &probe.body["totalResults"]), (200, &json!(0)));
    assert_eq!(
        get(&server, "/Groups?excludedAttributes=members&filter=displayName+eq+%22x%22").await.status,
        200
    );

    let made = send(
        &server,
        "POST",
        "/Users",
        Some(json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
            "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
            "userName": "Test_User_ab6490ee",
            "active": true,
            "emails": [{"primary": true, "type": "work", "value": "Test_User_fd0ea19b@testuser.com"}],
            "meta": {"resourceType": "User"},
            "name": {"formatted": "givenName familyName", "familyName": "familyName", "givenName": "givenName"},
            "roles": [],
        })),
    )
    .await;
    assert_eq!(made.status, 201, "{}", made.body);
    let path = format!("/Users/{}", made.id());

    // Query before create: the same user is found whatever the case.
    let found = get(&server, "/Users?filter=userName+eq+%22test_user_ab6490ee%22").await;
    assert_eq!(found.body["totalResults"], 1);
    let by_mail = "emails%5Btype+eq+%22work%22%5D.value+eq+%22Test_User_fd0ea19b%40testuser.com%22";
    assert_eq!(get(&server, &format!("/Users?filter={by_mail}")).await.body["totalResults"], 1);

    change(
        &server,
        &path,
        json!([
            {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "updatedEmail@microsoft.com"},
            {"op": "Replace", "path": "name.familyName", "value": "updatedFamilyName"},
            {"op": "Add", "path": format!("{ENTERPRISE}:department"), "value": "Support"},
            {"op": "Add", "path": format!("{ENTERPRISE}:manager"), "value": "m1"},
        ]),
    )
    .await;
    let user = get(&server, &path).await.body;
    assert_eq!(user["emails"][0]["value"], "updatedEmail@microsoft.com");
    assert_eq!(user["name"]["familyName"], "updatedFamilyName");
    assert_eq!(user[ENTERPRISE]["department"], "Support");
    assert_eq!(user[ENTERPRISE]["manager"]["value"], "m1");

    // Consecutive adds to a filtered path that matches nothing make one element (SCIM-SDK issues 416 and 680).
    change(
        &server,
        &path,
        json!([
            {"op": "Add", "path": "addresses[type eq \"work\"].formatted", "value": "Hauptstr. 1"},
            {"op": "Add", "path": "addresses[type eq \"work\"].locality", "value": "Berlin"},
        ]),
    )
    .await;
    let addresses = get(&server, &path).await.body["addresses"].clone();
    assert_eq!(addresses, json!([{"type": "work", "formatted": "Hauptstr. 1", "locality": "Berlin"}]));

    // Soft delete with a boolean in text, then the real one.
    let off = change(&server, &path, json!([{"op": "Replace", "path": "active", "value": "False"}])).await;
    assert_eq!(off.body["active"], false);
    assert_eq!(send(&server, "DELETE", &path, None).await.status, 204);
    assert_eq!(get(&server, &path).await.status, 404);
    let used = server.tolerances();
    for tolerance in
        ["patch-op-case", "value-boolean-text", "filter-sub-after-value-path", "value-complex-text"]
    {
        assert!(used.contains_key(tolerance), "{tolerance}: {used:?}");
    }
}

/// learn.microsoft.com, the same page, group operations; `$ref: null` and `remove` with a value are sent without the flag.
#[tokio::test]
async fn entra_keeps_group_members() {
    let server = peer("entra");
    let (anna, ben) = (create_user(&server, "anna").await, create_user(&server, "ben").await);
    let made = send(
        &server,
        "POST",
        "/Groups",
        Some(json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group",
                "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
            "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
            "displayName": "displayName",
            "meta": {"resourceType": "Group"},
        })),
    )
    .await;
    assert_eq!(made.status, 201, "{}", made.body);
    let path = format!("/Groups/{}", made.id());
    let members = async || {
        let group = get(&server, &path).await.body;
        let members = group["members"].as_array().cloned().unwrap_or_default();
        members.iter().map(|m| m["value"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for id in [&anna, &ben] {
        let add = json!([{"op": "Add", "path": "members", "value": [{"$ref": null, "value": id}]}]);
        assert_eq!(change(&server, &path, add).await.status, 204);
    }
    assert_eq!(members().await.len(), 2);
    change(
        &server,
        &path,
        json!([{"op": "Remove", "path": "members", "value": [{"$ref": null, "value": anna}]}]),
    )
    .await;
    assert_eq!(members().await, std::slice::from_ref(&ben), "only the listed member goes");
    change(&server, &path, json!([{"op": "Replace", "path": "displayName", "value": "1879db59"}])).await;
    let membership = format!("id+eq+%22{}%22+and+members+eq+%22{ben}%22", made.id());
    let found = get(&server, &format!("/Groups?filter={membership}")).await;
    assert_eq!(found.body["totalResults"], 1, "{}", found.body);
    assert_eq!(send(&server, "DELETE", &path, None).await.status, 204);
}

/// learn.microsoft.com, application-provisioning-config-problem-scim-compatibility, with the flag aadOptscim062020.
#[tokio::test]
async fn entra_with_its_flag_sends_dotted_keys() {
    let server = peer("entra-scim062020");
    let id = create_user(&server, "anna").await;
    let answer = change(
        &server,
        &format!("/Users/{id}"),
        json!([{"op": "replace", "value": {
            "displayName": "Anna",
            "name.givenName": "Anna",
            format!("{ENTERPRISE}:employeeNumber"): "7",
        }}]),
    )
    .await;
    assert_eq!(answer.body["name"]["givenName"], "Anna");
    assert_eq!(answer.body[ENTERPRISE]["employeeNumber"], "7");
    let group = send(&server, "POST", "/Groups", Some(group("Support"))).await.id();
    let path = format!("/Groups/{group}");
    change(&server, &path, json!([{"op": "add", "path": "members", "value": [{"value": id}]}])).await;
    change(&server, &path, json!([{"op": "remove", "path": format!("members[value eq \"{id}\"]")}])).await;
    assert_eq!(get(&server, &path).await.body["members"], Value::Null);
}

/// developer.okta.com, SCIM 2.0 reference (`text/json`, numeric status and an echo of what it read are its own).
#[tokio::test]
async fn okta_custom_app_writes_whole_users() {
    let server = peer("okta-custom");
    let probe = get(&server, "/Users?startIndex=1&count=2").await;
    assert_eq!((probe.status, &probe.body["itemsPerPage"]), (200, &json!(0)));
    let lookup = "/Users?filter=userName+eq+%22test.user%40okta.local%22&startIndex=1&count=100";
    assert_eq!(get(&server, lookup).await.body["totalResults"], 0);
    let made = send(
        &server,
        "POST",
        "/Users",
        Some(json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": "test.user@okta.local",
            "name": {"givenName": "Test", "familyName": "User"},
            "emails": [{"primary": true, "value": "test.user@okta.local", "type": "work"}],
            "displayName": "Test User",
            "locale": "en-US",
            "externalId": "00ujl29u0le5T6Aj10h7",
            "groups": [],
            "password": "1mz050nq",
            "active": true,
        })),
    )
    .await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.body["password"], Value::Null);
    let path = format!("/Users/{}", made.id());

    // Read, modify, write: what the server said comes back with the change.
    let mut user = get(&server, &path).await.body;
    user["name"]["familyName"] = json!("Changed");
    user["groups"] = json!([]);
    let put = send(&server, "PUT", &path, Some(user.clone())).await;
    assert_eq!((put.status, &put.body["name"]["familyName"]), (200, &json!("Changed")));
    assert_eq!(put.body["active"], true, "nobody is suspended by an update");

    // Deactivation, and activation again when the user is assigned anew.
    user["active"] = json!(false);
    assert_eq!(send(&server, "PUT", &path, Some(user.clone())).await.body["active"], false);
    user["active"] = json!(true);
    assert_eq!(send(&server, "PUT", &path, Some(user)).await.body["active"], true);
    assert_eq!(
        send(
            &server,
            "POST",
            "/Users",
            Some(json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "TEST.user@okta.local"
            }))
        )
        .await
        .error(),
        (409, "uniqueness")
    );
}

/// developer.okta.com: catalogue applications get activation and passwords by a PATCH without path.
#[tokio::test]
async fn okta_catalogue_app_deactivates_by_patch_and_pushes_groups() {
    let server = peer("okta-catalogue");
    let id = create_user(&server, "anna").await;
    let path = format!("/Users/{id}");
    let off = change(&server, &path, json!([{"op": "replace", "value": {"active": false}}])).await;
    assert_eq!(off.body["active"], false);
    change(&server, &path, json!([{"op": "replace", "value": {"password": "xyz"}}])).await;

    let mut body = group("Test SCIMv2");
    body["members"] = json!([]);
    let made = send(&server, "POST", "/Groups", Some(body)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let path = format!("/Groups/{}", made.id());
    change(
        &server,
        &path,
        json!([
            {"op": "replace", "value": {"id": made.id(), "displayName": "Test SCIMv2 renamed"}},
        ]),
    )
    .await;
    change(
        &server,
        &path,
        json!([{"op": "add", "path": "members", "value": [{"value": id, "display": "anna"}]}]),
    )
    .await;
    let group = get(&server, &path).await.body;
    assert_eq!(group["displayName"], "Test SCIMv2 renamed");
    assert_eq!(group["members"][0]["value"], json!(id), "a group read without a query has its members");
    assert_eq!(send(&server, "DELETE", &path, None).await.status, 204);
}

/// jumpcloud.com, custom SCIM identity management: the activation test makes and removes a user and a group.
#[tokio::test]
async fn jumpcloud_tests_with_a_real_user_and_group() {
    let server = peer("jumpcloud");
    let id = create_user(&server, "test.user.jc").await;
    let mut body = group("test group jc");
    body["members"] = json!([{"value": id}]);
    let made = send(&server, "POST", "/Groups", Some(body)).await;
    let path = format!("/Groups/{}", made.id());
    change(&server, &path, json!([{"op": "remove", "path": "members", "value": [{"value": id}]}])).await;
    assert_eq!(get(&server, &path).await.body["members"], Value::Null);
    assert_eq!(send(&server, "DELETE", &path, None).await.status, 204);
    assert_eq!(send(&server, "DELETE", &format!("/Users/{id}"), None).await.status, 204);
}

#[tokio::test]
async fn a_strict_server_refuses_what_only_a_profile_accepts() {
    let server = server();
    let id = create_user(&server, "anna").await;
    for operations in [
        json!([{"op": "Replace", "path": "active", "value": "False"}]),
        json!([{"op": "replace", "path": "active", "value": "False"}]),
        json!([{"op": "add", "path": format!("{ENTERPRISE}:manager"), "value": "m1"}]),
        json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "a@x.org"}]),
    ] {
        let answer = send(&server, "PATCH", &format!("/Users/{id}"), Some(patch(operations.clone()))).await;
        assert_eq!(answer.status, 400, "{operations}");
    }
    let filter = "emails%5Btype+eq+%22work%22%5D.value+eq+%22a%22";
    assert_eq!(get(&server, &format!("/Users?filter={filter}")).await.error(), (400, "invalidFilter"));
    assert!(server.tolerances().is_empty());
}

/// Entra's validator compares booleans with text (scimple pull request 1213).
#[tokio::test]
async fn booleans_in_quotes_are_booleans_in_filters_of_peers_that_write_them_so() {
    let server = peer("entra");
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "anna", "active": true,
        "emails": [{"primary": true, "type": "work", "value": "anna@example.com"}],
    });
    send(&server, "POST", "/Users", Some(user)).await;
    for (filter, count) in [
        ("emails%5Bprimary+eq+%22True%22%5D", 1),
        ("emails%5Bprimary+eq+%22False%22%5D", 0),
        ("active+eq+%22true%22", 1),
    ] {
        for from in ["/Users", "/"] {
            let found = get(&server, &format!("{from}?filter={filter}")).await;
            assert_eq!((found.status, &found.body["totalResults"]), (200, &json!(count)), "{from} {filter}");
        }
    }
    assert!(server.tolerances().contains_key("filter-boolean-text"));
    let strict = self::server();
    let refused = get(&strict, "/Users?filter=active+eq+%22true%22").await;
    assert_eq!(refused.error(), (400, "invalidFilter"));
}
