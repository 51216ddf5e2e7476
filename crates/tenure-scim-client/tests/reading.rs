//! What the client reads from a real socket, and how it walks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod peer;

use futures_util::{StreamExt as _, TryStreamExt as _};
use peer::{Fault, Peer, user};
use serde_json::json;
use tenure_scim::Resource;
use tenure_scim_client::{Auth, Claim, Client, ErrorKind, HttpTransport, Limits, Projection, Query};

async fn connected() -> (Peer, Client) {
    let peer = Peer::start().await;
    let client =
        Client::new(peer.address.parse().unwrap(), Auth::bearer("secret"), reqwest::Client::new()).unwrap();
    (peer, client)
}

async fn with_users(count: usize) -> (Peer, Client) {
    let (peer, client) = connected().await;
    for i in 0..count {
        peer.seed("Users", user(&format!("user{i:03}")));
    }
    (peer, client)
}

fn names(resources: &[Resource]) -> Vec<&str> {
    resources.iter().filter_map(|resource| resource.text("userName")).collect()
}

#[tokio::test]
async fn a_read_says_who_asks_and_what_it_takes() {
    let (peer, client) = with_users(1).await;
    let path = vec!["userName".parse().unwrap(), "name.familyName".parse().unwrap()];
    let reply = client.correlated("run-7").get_with("User", "1", &Projection::Only(path)).await.unwrap();
    assert_eq!(reply.value.text("userName"), Some("user000"));
    assert_eq!(reply.version.as_deref(), Some("W/\"1\""));
    assert_eq!(peer.log(), ["GET /scim/v2/Users/1?attributes=userName%2Cname.familyName"]);
    let headers = peer.lock().seen[0].headers.clone();
    assert_eq!(headers["authorization"], "Bearer secret");
    assert_eq!(headers["accept"], "application/scim+json, application/json;q=0.9");
    assert!(headers["user-agent"].to_str().unwrap().starts_with("tenure-scim-client/"));
    assert_eq!(headers["x-request-id"], "run-7");
}

#[tokio::test]
async fn an_unchanged_resource_is_not_read_again() {
    let (_peer, client) = with_users(1).await;
    let unchanged = client.get_if_changed("User", "1", "W/\"1\"").await.unwrap();
    assert_eq!((unchanged.value, unchanged.status), (None, 304));
    let changed = client.get_if_changed("User", "1", "W/\"0\"").await.unwrap();
    assert_eq!(changed.value.unwrap().id(), Some("1"));
}

#[tokio::test]
async fn a_missing_resource_is_an_answer_with_its_scim_error() {
    let (_peer, client) = connected().await;
    let error = client.get("User", "nobody").await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Answer, Some(404)));
    assert_eq!(error.to_string(), "refused by the peer: 404: no such resource");
}

#[tokio::test]
async fn a_filter_is_encoded_whatever_is_in_it() {
    let (peer, client) = connected().await;
    peer.seed("Users", user("ä&b=c+d \"e\" #?/"));
    let filter = tenure_scim::Filter::compare(
        "userName".parse().unwrap(),
        tenure_scim::CompareOp::Eq,
        "ä&b=c+d \"e\" #?/",
    );
    for query in [Query::new().filtered(filter.clone()), Query::new().filtered(filter).posted()] {
        let page = client.list("User", &query).await.unwrap();
        assert_eq!(names(&page.resources), ["ä&b=c+d \"e\" #?/"]);
    }
    let log = peer.log();
    assert!(!log[0].contains('+'), "{}", log[0]);
    assert_eq!(log[1], "POST /scim/v2/Users/.search");
}

#[tokio::test]
async fn all_pages_together_are_the_whole_list_with_either_paging() {
    for cursors in [false, true] {
        for size in [1, 7, 25, 100] {
            let (peer, client) = with_users(25).await;
            peer.lock().cursors = cursors;
            let pages: Vec<_> = client
                .pages("User", Query::new().with_page_size(size))
                .into_stream()
                .try_collect()
                .await
                .unwrap();
            let all: Vec<_> = pages.iter().flat_map(|page| names(&page.resources)).collect();
            let expected: Vec<_> = (0..25).map(|i| format!("user{i:03}")).collect();
            assert_eq!(all, expected, "cursors {cursors}, size {size}");
            assert!(pages.iter().all(|page| page.complete));
            assert_eq!(pages.len(), 25_usize.div_ceil(size as usize));
        }
    }
}

#[tokio::test]
async fn a_walk_survives_serialisation() {
    let (_peer, client) = with_users(5).await;
    let query = Query::new().with_page_size(2);
    let first = client.list("User", &query).await.unwrap();
    let text = serde_json::to_string(&first.next.unwrap()).unwrap();
    let second = client.list_next("User", &query, &serde_json::from_str(&text).unwrap()).await.unwrap();
    assert_eq!(names(&second.resources), ["user002", "user003"]);
}

#[tokio::test]
async fn a_peer_without_totals_is_walked_until_a_page_is_short() {
    let (peer, client) = with_users(5).await;
    peer.lock().without_total = true;
    let all: Vec<_> =
        client.pages("User", Query::new().with_page_size(2)).into_resources().try_collect().await.unwrap();
    assert_eq!(all.len(), 5);
}

/// RFC 9865 section 2: the last page is the one without `nextCursor`.
#[tokio::test]
async fn a_peer_with_cursors_only_says_by_itself_which_page_is_the_last() {
    for size in 1..=6 {
        let (peer, _) = with_users(5).await;
        {
            let mut peer = peer.lock();
            (peer.cursors, peer.without_total, peer.ignores_start) = (true, true, true);
        }
        peer.fix("ServiceProviderConfig", 200, json!({ "pagination": { "cursor": true, "index": false } }));
        let client = Client::builder(peer.address.parse().unwrap())
            .transport(HttpTransport::new(reqwest::Client::new()))
            .build()
            .unwrap();
        let client = client.knowing(client.discover().await.unwrap());
        let all: Vec<_> = client
            .pages("User", Query::new().with_page_size(size))
            .into_resources()
            .try_collect()
            .await
            .unwrap_or_else(|error| panic!("{size}: {error}, {:?}", peer.log()));
        assert_eq!(all.len(), 5, "size {size}");
    }
}

#[tokio::test]
async fn a_peer_that_answers_the_same_page_again_ends_the_walk() {
    let (peer, client) = with_users(5).await;
    peer.lock().ignores_start = true;
    let mut pages = Box::pin(client.pages("User", Query::new().with_page_size(2)).into_stream());
    assert!(pages.next().await.unwrap().is_ok());
    let error = pages.next().await.unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "endless list: the peer answered two pages that start with the same resource"
    );
}

#[tokio::test]
async fn a_walk_has_a_limit_of_pages() {
    let (peer, _) = with_users(5).await;
    let client = Client::builder(peer.address.parse().unwrap())
        .transport(HttpTransport::new(reqwest::Client::new()))
        .limits(Limits { pages: 2, ..Limits::default() })
        .build()
        .unwrap();
    let mut pages = client.pages("User", Query::new().with_page_size(2));
    pages.next().await.unwrap();
    let error = pages.next().await.unwrap_err();
    assert_eq!(error.to_string(), "endless list: the list has more than 2 pages");
}

#[tokio::test]
async fn a_list_that_shrinks_or_breaks_off_or_has_a_bad_entry_is_not_complete() {
    let (peer, client) = with_users(3).await;
    let mut pages = client.pages("User", Query::new().with_page_size(2));
    assert!(pages.next().await.unwrap().unwrap().complete);
    peer.lock().resources.get_mut("Users").unwrap().remove(0);
    assert!(!pages.next().await.unwrap().unwrap().complete);

    let list =
        |total: usize, resources: serde_json::Value| json!({ "totalResults": total, "Resources": resources });
    peer.fix("Groups", 200, list(3, json!([])));
    assert!(!client.list("Group", &Query::new()).await.unwrap().complete);
    peer.fix("Groups", 200, list(2, json!([{ "id": "1" }, "what?"])));
    let page = client.list("Group", &Query::new()).await.unwrap();
    assert_eq!((page.complete, page.rejected[0].0), (false, 2));
}

#[tokio::test]
async fn sloppy_lists_are_read() {
    let (peer, client) = connected().await;
    for (body, expected) in [
        (json!({ "totalResults": 0 }), 0),
        (json!({ "totalresults": "1", "resources": [{ "id": "1" }] }), 1),
        (json!({ "totalResults": 0, "Resources": null }), 0),
        (json!({ "Resources": [{ "id": "1" }] }), 1),
    ] {
        peer.fix("Users", 200, body.clone());
        let page = client.list("User", &Query::new()).await.unwrap();
        assert_eq!(
            (page.resources.len(), page.complete, page.next.is_none()),
            (expected, true, true),
            "{body}"
        );
    }
    for body in [json!([]), json!({}), json!({ "Resources": 7 })] {
        peer.fix("Users", 200, body.clone());
        let error = client.list("User", &Query::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{body}");
    }
}

#[tokio::test]
async fn a_large_answer_is_not_read_to_its_end() {
    let (peer, _) = connected().await;
    peer.fix("Users/1", 200, json!({ "id": "1", "nickName": "x".repeat(10_000) }));
    let client = Client::builder(peer.address.parse().unwrap())
        .transport(HttpTransport::new(reqwest::Client::new()))
        .limits(Limits { answer: 1000, ..Limits::default() })
        .build()
        .unwrap();
    let error = client.get("User", "1").await.unwrap_err();
    assert_eq!(error.to_string(), "over a limit: the answer has more than 1000 bytes");
}

#[tokio::test]
async fn credentials_do_not_follow_a_redirect_to_another_host() {
    let (peer, client) = with_users(1).await;
    let elsewhere = Peer::start().await;
    let to = |address: String| vec![("location", address)];
    peer.fault(
        "GET Users/1",
        [Fault::Answer(308, to(format!("{}/Users/1", elsewhere.address)), String::new())],
    );
    // Also a client that follows redirects by itself gets no answer from elsewhere.
    let careful = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let careful = Client::new(peer.address.parse().unwrap(), Auth::bearer("secret"), careful).unwrap();
    let error = careful.get("User", "1").await.unwrap_err();
    assert_eq!(error.to_string(), "unintelligible answer: the peer redirected to another host, or nowhere");
    assert!(elsewhere.log().is_empty());

    peer.fault("GET Me", [Fault::Answer(308, to("/scim/v2/Users/1".to_owned()), String::new())]);
    assert_eq!(careful.me().await.unwrap().value.id(), Some("1"));
    drop(client);
}

#[tokio::test]
async fn discovery_takes_the_peer_as_it_is() {
    let (peer, client) = connected().await;
    // The plural, wrapped in a list, with text for booleans and numbers, and no word about PATCH.
    peer.fix("ServiceProviderConfig", 404, json!({ "detail": "no" }));
    peer.fix(
        "ServiceProviderConfigs",
        200,
        json!({ "Resources": [{
            "bulk": { "supported": "true", "maxOperations": "10" },
            "filter": { "supported": true, "maxResults": 200 },
            "etag": { "supported": false },
        }] }),
    );
    peer.fix(
        "Schemas",
        200,
        json!({ "Resources": [
        { "id": "urn:x:Badge", "name": null, "attributes": [{ "name": "number", "type": "integer" }] },
        { "no": "schema" },
    ] }),
    );
    peer.fix(
        "ResourceTypes",
        200,
        json!({ "Resources": [
        { "name": "User", "endpoint": "/Users", "schema": tenure_scim::uri::USER },
        { "name": "Badge", "endpoint": "/Badges", "schema": "urn:x:Badge",
          "schemaExtensions": [{ "schema": "urn:x:Hidden", "required": false }] },
    ] }),
    );
    let found = client.discover().await.unwrap();
    assert_eq!((found.features.patch, found.features.bulk), (Claim::Unsaid, Claim::Yes));
    assert_eq!((found.features.etag, found.features.bulk_limits.operations), (Claim::No, Some(10)));
    let kinds: Vec<_> = found.resource_types.iter().map(|kind| kind.name.as_str()).collect();
    assert_eq!(kinds, ["User", "Badge"]);
    assert!(found.schema("Badge").unwrap().attribute(&"number".parse().unwrap()).is_some());
    assert!(found.warnings.iter().any(|warning| warning.contains("`patch`")), "{:?}", found.warnings);
    assert!(found.warnings.iter().any(|warning| warning.contains("1 extensions")), "{:?}", found.warnings);

    let client = client.knowing(found);
    peer.forget();
    client.list("Badge", &Query::new()).await.unwrap();
    assert_eq!(peer.log(), ["GET /scim/v2/Badges"]);
}

#[tokio::test]
async fn a_peer_that_says_nothing_has_users_and_groups() {
    let (peer, client) = connected().await;
    for path in ["ServiceProviderConfig", "ServiceProviderConfigs", "Schemas", "ResourceTypes"] {
        peer.fix(path, 404, json!({}));
    }
    let found = client.discover().await.unwrap();
    assert!(found.resource_type("user").is_some() && found.resource_type("Group").is_some());
    peer.fix("ServiceProviderConfig", 401, json!({}));
    assert_eq!(client.discover().await.unwrap_err().status(), Some(401));
}
