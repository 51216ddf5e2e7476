//! What the client writes to a real socket, and what it makes of a peer that fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod peer;

use std::sync::Arc;
use std::time::Duration;

use peer::{Clock, Fault, Peer, group, user};
use serde_json::json;
use tenure_scim::{Patch, Resource};
use tenure_scim_client::{
    Auth, BulkOperation, Certainty, Claim, Client, Dialect, ErrorKind, HttpTransport, Limits, Rate,
    RetryPolicy, WriteOptions,
};

/// How long an answer that never comes is waited for.
const SHORT: Duration = Duration::from_secs(2);

fn client(peer: &Peer, dialect: Dialect, clock: Option<Arc<Clock>>) -> Client {
    client_within(Duration::from_secs(60), peer, dialect, clock)
}

fn client_within(attempt: Duration, peer: &Peer, dialect: Dialect, clock: Option<Arc<Clock>>) -> Client {
    let builder = Client::builder(peer.address.parse().unwrap())
        .auth(Auth::bearer("secret"))
        .transport(HttpTransport::new(reqwest::Client::new()))
        .limits(Limits { attempt, ..Limits::default() })
        .dialect(dialect);
    match clock {
        Some(clock) => {
            builder.patient(clock, RetryPolicy { attempts: 4, seed: Some(1), ..RetryPolicy::default() })
        }
        None => builder,
    }
    .build()
    .unwrap()
}

async fn connected() -> (Peer, Client) {
    let peer = Peer::start().await;
    let client = client(&peer, Dialect::rfc(), None);
    (peer, client)
}

fn anna() -> Resource {
    let mut anna = Resource::from_json(user("anna")).unwrap();
    anna.set(&"externalId".parse().unwrap(), "hr-7");
    anna
}

fn title(text: &str) -> Patch {
    Patch::default().replace("title".parse::<tenure_scim::PatchPath>().unwrap(), text)
}

fn answer(status: u16) -> Fault {
    Fault::Answer(status, Vec::new(), String::new())
}

#[tokio::test]
async fn a_resource_is_created_without_what_only_the_peer_sets() {
    let (peer, client) = connected().await;
    let mut sent = anna();
    sent.set_id("mine");
    let reply = client.create("User", &sent).await.unwrap();
    assert_eq!((reply.status, reply.value.id(), reply.recovered), (201, Some("1"), false));
    assert!(peer.lock().seen[0].body.get("id").is_none());
    assert_eq!(peer.lock().seen[0].headers["content-type"], "application/scim+json");
}

#[tokio::test]
async fn a_created_resource_without_a_body_is_read_at_its_address() {
    let (peer, client) = connected().await;
    peer.seed("Users", user("anna"));
    let here = vec![("location", format!("{}/Users/1", peer.address))];
    peer.fault(
        "POST Users",
        [Fault::Answer(201, here, String::new()), Fault::Answer(201, Vec::new(), String::new())],
    );
    assert_eq!(client.create("User", &anna()).await.unwrap().value.text("userName"), Some("anna"));
    let away = vec![("location", "https://elsewhere.example/Users/1".to_owned())];
    peer.fault("POST Groups", [Fault::Answer(201, away, String::new())]);
    let error = client.create("Group", &Resource::from_json(group("g", &[])).unwrap()).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Protocol, Certainty::Unknown));
}

#[tokio::test]
async fn a_lost_create_is_found_again_and_not_doubled() {
    for fault in [Fault::Silence, Fault::Lie(504), Fault::Lie(500)] {
        let peer = Peer::start().await;
        let client = client_within(SHORT, &peer, Dialect::rfc(), None);
        peer.fault("POST Users", [fault]);
        let reply = client.create("User", &anna()).await.unwrap();
        assert!(reply.recovered);
        assert_eq!(reply.value.id(), Some("1"));
        assert_eq!(peer.lock().resources["Users"].len(), 1);
        assert_eq!(peer.log()[1], "GET /scim/v2/Users?filter=externalId%20eq%20%22hr-7%22&count=2");
    }
}

#[tokio::test]
async fn a_create_that_did_not_happen_is_tried_again_once_that_is_certain() {
    let peer = Peer::start().await;
    let clock = Arc::new(Clock::default());
    let client = client(&peer, Dialect::rfc(), Some(clock.clone()));
    peer.fault("POST Users", [answer(504), answer(500)]);
    let reply = client.create("User", &anna()).await.unwrap();
    assert!(!reply.recovered);
    assert_eq!(peer.lock().resources["Users"].len(), 1);
    assert_eq!(clock.waits().len(), 2);
    let posts = peer.log().iter().filter(|line| line.starts_with("POST")).count();
    assert_eq!(posts, 3);
}

#[tokio::test]
async fn somebody_elses_user_is_not_taken_for_the_lost_one() {
    let (peer, client) = connected().await;
    let mut other = user("anna");
    other["externalId"] = "hr-8".into();
    peer.seed("Users", other);
    peer.fault("POST Users", [answer(502)]);
    let error = client.create("User", &anna()).await.unwrap_err();
    assert_eq!(error.certainty(), Certainty::Unknown);
}

fn posts(peer: &Peer) -> usize {
    peer.log().iter().filter(|line| line.starts_with("POST")).count()
}

#[tokio::test]
async fn a_create_is_not_sent_again_as_long_as_the_first_may_have_been_carried_out() {
    let unsearchable = ("GET Users", answer(400));
    let unreachable = ("GET Users", answer(403));
    let nameless = Resource::from_json(json!({ "title": "Agent" })).unwrap();
    let named = Resource::from_json(user("anna")).unwrap();
    let mut only_known = Resource::from_json(json!({ "title": "Agent" })).unwrap();
    only_known.set(&"externalId".parse().unwrap(), "hr-7");
    for (resource, searches, why) in [
        (&nameless, vec![], "there is nothing to look for it by after"),
        (&only_known, vec![unsearchable.clone()], "there is nothing to look for it by after"),
        (&named, vec![unreachable.clone()], "looking for it failed (refused by the peer: 403"),
        // Nothing is found at first, and after the wait nobody can tell.
        (&named, vec![("GET Users", Fault::None), unreachable], "looking for it failed"),
    ] {
        let peer = Peer::start().await;
        let client = client(&peer, Dialect::rfc(), Some(Arc::default()));
        peer.fault("POST Users", [answer(504)]);
        for (start, fault) in searches {
            peer.fault(start, [fault]);
        }
        let error = client.create("User", resource).await.unwrap_err();
        assert_eq!((error.certainty(), posts(&peer)), (Certainty::Unknown, 1), "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[tokio::test]
async fn who_is_one_of_several_is_not_taken_for_the_lost_one_nor_made_again() {
    let peer = Peer::start().await;
    let client = client(&peer, Dialect::rfc(), Some(Arc::default()));
    let team = Resource::from_json(json!({ "displayName": "Support" })).unwrap();
    peer.seed("Groups", team.to_json());
    peer.fault("POST Groups", [Fault::Lie(504)]);
    let error = client.create("Group", &team).await.unwrap_err();
    assert_eq!((error.certainty(), posts(&peer)), (Certainty::Unknown, 1));
    assert!(error.to_string().contains("by `displayName` told nothing for sure"), "{error}");
}

#[tokio::test]
async fn what_a_peer_says_it_created_is_not_created_again() {
    let peer = Peer::start().await;
    let client = client(&peer, Dialect::rfc(), Some(Arc::default()));
    let location = format!("{}/Users/9", peer.address);
    peer.fault("POST Users", [Fault::Answer(201, vec![("location", location)], String::new())]);
    // The peer shows it nowhere yet.
    peer.fault("GET Users/9", vec![answer(503); 9]);
    let error = client.create("User", &anna()).await.unwrap_err();
    assert_eq!((error.certainty(), posts(&peer)), (Certainty::Unknown, 1), "{error}");
}

/// A filter that is ignored finds everybody, which says nothing about the one that is looked for.
#[tokio::test]
async fn a_peer_that_ignores_filters_is_not_believed_that_nobody_is_there() {
    let peer = Peer::start().await;
    let client = client(&peer, Dialect::rfc(), Some(Arc::default()));
    let others = [user("ben"), user("carla")];
    peer.fix("Users", 200, json!({ "totalResults": 9, "itemsPerPage": 2, "Resources": others }));
    peer.fault("POST Users", [answer(504)]);
    let error = client.create("User", &anna()).await.unwrap_err();
    assert_eq!((error.certainty(), posts(&peer)), (Certainty::Unknown, 1), "{error}");
}

#[tokio::test]
async fn a_conflict_is_refused_and_says_why() {
    let (peer, client) = connected().await;
    peer.seed("Users", user("anna"));
    let error = client.create("User", &anna()).await.unwrap_err();
    assert_eq!(error.to_string(), "refused by the peer: 409 uniqueness: taken");
    assert_eq!((error.certainty(), peer.log().len()), (Certainty::Refused, 1));
}

#[tokio::test]
async fn what_is_known_of_a_failed_write_follows_from_the_answer() {
    let peer = Peer::start().await;
    let client = client_within(SHORT, &peer, Dialect::rfc(), None);
    peer.seed("Users", user("anna"));
    let wait = || vec![("retry-after", "7".to_owned())];
    for (fault, expected) in [
        (answer(400), Certainty::Refused),
        (answer(429), Certainty::Refused),
        (answer(500), Certainty::Unknown),
        (answer(502), Certainty::Unknown),
        (answer(503), Certainty::Unknown),
        (Fault::Answer(503, wait(), String::new()), Certainty::Refused),
        (Fault::Silence, Certainty::Unknown),
        (Fault::Answer(200, Vec::new(), "{ broken".to_owned()), Certainty::Unknown),
    ] {
        peer.fault("PATCH Users/1", [fault.clone()]);
        let error = client.patch("User", "1", &title("x"), &WriteOptions::default()).await.unwrap_err();
        assert_eq!(error.certainty(), expected, "{fault:?}: {error}");
    }
    let nobody =
        Client::new("http://127.0.0.1:9/".parse().unwrap(), Auth::none(), reqwest::Client::new()).unwrap();
    let error = nobody.delete("User", "1").await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Connect, Certainty::NotAttempted));
}

#[tokio::test]
async fn the_peer_says_when_to_come_again() {
    let peer = Peer::start().await;
    let clock = Arc::new(Clock::default());
    let client = client(&peer, Dialect::rfc(), Some(clock.clone()));
    peer.seed("Users", user("anna"));
    let wait = |seconds: &str| Fault::Answer(429, vec![("retry-after", seconds.to_owned())], String::new());
    peer.fault("PATCH Users/1", [wait("30"), wait("40")]);
    client.patch("User", "1", &title("x"), &WriteOptions::default()).await.unwrap();
    assert_eq!(clock.waits(), [Duration::from_secs(30), Duration::from_secs(40)]);

    peer.fault("DELETE Users/1", [wait("86400")]);
    let error = client.delete("User", "1").await.unwrap_err();
    assert_eq!((error.status(), error.retry_after()), (Some(429), Some(Duration::from_secs(86400))));
}

#[tokio::test]
async fn only_what_may_be_repeated_is_repeated_after_an_unknown_outcome() {
    let peer = Peer::start().await;
    let client = client_within(SHORT, &peer, Dialect::rfc(), Some(Arc::default()));
    peer.seed("Users", user("anna"));
    let count = |start: &str| peer.log().iter().filter(|line| line.starts_with(start)).count();

    peer.fault("PATCH", [answer(502)]);
    assert!(client.patch("User", "1", &title("x"), &WriteOptions::default()).await.is_err());
    assert_eq!(count("PATCH"), 1);
    peer.fault("PUT", [answer(502), answer(504)]);
    client.replace("User", "1", &anna(), &WriteOptions::default()).await.unwrap();
    assert_eq!(count("PUT"), 3);
    peer.fault("PUT", [answer(502)]);
    assert!(client.replace("User", "1", &anna(), &WriteOptions::if_match("W/\"9\"")).await.is_err());
    assert_eq!(count("PUT"), 4);
    peer.fault("GET Users", [answer(500), Fault::Silence]);
    client.get("User", "1").await.unwrap();
}

#[tokio::test]
async fn a_version_guards_a_write() {
    let (peer, client) = connected().await;
    peer.seed("Users", user("anna"));
    let error = client.patch("User", "1", &title("x"), &WriteOptions::if_match("W/\"0\"")).await.unwrap_err();
    assert_eq!(error.status(), Some(412));
    let reply = client.patch("User", "1", &title("x"), &WriteOptions::if_match("W/\"1\"")).await.unwrap();
    assert_eq!(reply.version.as_deref(), Some("W/\"2\""));
    assert_eq!(
        client.delete_with("User", "1", &WriteOptions::if_match("W/\"1\"")).await.unwrap_err().status(),
        Some(412)
    );
}

#[tokio::test]
async fn a_peer_without_patch_is_served_by_put_and_remembered() {
    for refusal in [405, 501] {
        let (peer, client) = connected().await;
        peer.seed("Users", user("anna"));
        peer.fault("PATCH", [answer(refusal), Fault::Lie(200)]);
        client.patch("User", "1", &title("Boss"), &WriteOptions::default()).await.unwrap();
        client.patch("User", "1", &title("Chief"), &WriteOptions::default()).await.unwrap();
        let methods: Vec<_> = peer.lock().seen.iter().map(|seen| seen.method.clone()).collect();
        assert_eq!(methods, ["PATCH", "GET", "PUT", "GET", "PUT"]);
        assert_eq!(peer.lock().seen[2].headers["if-match"], "W/\"1\"");
        assert_eq!(peer.lock().resources["Users"][0].text("title"), Some("Chief"));
        assert_eq!(peer.lock().resources["Users"][0].text("userName"), Some("anna"));
    }
}

#[tokio::test]
async fn a_peer_that_denies_its_patch_is_sent_one_all_the_same() {
    let (peer, client) = connected().await;
    let no = json!({ "supported": false });
    peer.fix(
        "ServiceProviderConfig",
        200,
        json!({ "patch": no, "bulk": no, "filter": no, "sort": no, "etag": no }),
    );
    for path in ["Schemas", "ResourceTypes"] {
        peer.fix(path, 404, json!({}));
    }
    let client = client.knowing(client.discover().await.unwrap());
    assert_eq!(client.peer().unwrap().features.patch, Claim::No);
    peer.seed("Users", user("anna"));
    peer.forget();
    client.patch("User", "1", &title("Boss"), &WriteOptions::default()).await.unwrap();
    assert_eq!(peer.log(), ["PATCH /scim/v2/Users/1"]);
}

#[tokio::test]
async fn slack_is_written_to_as_plain_json_and_no_faster_than_it_allows() {
    let peer = Peer::start().await;
    let clock = Arc::new(Clock::default());
    let client = client(&peer, Dialect::slack(), Some(clock.clone()));
    peer.seed("Users", user("anna"));
    for n in 0..26 {
        client.patch("User", "1", &title(&n.to_string()), &WriteOptions::default()).await.unwrap();
    }
    assert_eq!(peer.lock().seen[0].headers["content-type"], "application/json");
    // 20 at once, then 3 a second.
    let waited: Duration = clock.waits().iter().sum();
    assert!(waited >= Duration::from_millis(1900) && waited < Duration::from_secs(4), "{waited:?}");
}

#[tokio::test]
async fn a_put_that_would_change_nothing_is_not_sent() {
    let peer = Peer::start().await;
    let client = client(&peer, Dialect::put_only(), None);
    peer.seed("Users", json!({ "schemas": [tenure_scim::uri::USER], "userName": "a", "title": "Boss" }));
    client.patch("User", "1", &title("Boss"), &WriteOptions::default()).await.unwrap();
    assert_eq!(peer.log(), ["GET /scim/v2/Users/1"]);
}

#[tokio::test]
async fn members_go_as_deltas_in_the_size_the_peer_takes() {
    let peer = Peer::start().await;
    let client = client(&peer, Dialect::aws(), None);
    peer.seed("Groups", group("staff", &["a"]));
    let many: Vec<_> = (0..250).map(|i| format!("u{i}")).collect();
    client.add_members("1", &many).await.unwrap();
    assert_eq!(peer.log(), ["PATCH /scim/v2/Groups/1"; 3]);
    let size = || {
        peer.lock().resources["Groups"][0].attr("members").and_then(|m| m.as_array()).map_or(0, |m| m.len())
    };
    assert_eq!(size(), 251);
    client.remove_members("1", &many).await.unwrap();
    assert_eq!(size(), 1);
    peer.forget();
    client.add_members("1", &[]).await.unwrap();
    assert!(peer.log().is_empty());
}

#[tokio::test]
async fn a_failure_after_some_parts_leaves_the_whole_undecided() {
    let peer = Peer::start().await;
    let client = client(&peer, Dialect { max_operations: Some(1), ..Dialect::rfc() }, None);
    peer.seed("Users", user("anna"));
    let nick: tenure_scim::PatchPath = "nickName".parse().unwrap();
    let both = title("x").replace(nick, "y");
    peer.fault("PATCH", [Fault::Lie(204), answer(400)]);
    let error = client.patch("User", "1", &both, &WriteOptions::default()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "refused by the peer, outcome unknown: part 2 of 2: 400 without a SCIM error"
    );
}

#[tokio::test]
async fn a_dry_run_shows_every_request_and_sends_no_write() {
    let peer = Peer::start().await;
    let client = client(&peer, Dialect::put_only(), None);
    peer.seed("Users", user("anna"));
    let (dry, record) = client.dry_run();
    dry.create("User", &anna()).await.unwrap();
    dry.patch("User", "1", &title("Boss"), &WriteOptions::default()).await.unwrap();
    dry.delete("User", "1").await.unwrap();
    assert_eq!(peer.log(), ["GET /scim/v2/Users/1"]);
    let shown: Vec<_> = record.requests().iter().map(|r| format!("{} {}", r.method, r.url)).collect();
    let base = &peer.address;
    assert_eq!(
        shown,
        [format!("POST {base}/Users"), format!("PUT {base}/Users/1"), format!("DELETE {base}/Users/1")]
    );
    assert_eq!(record.requests()[1].body.as_ref().unwrap()["title"], "Boss");
    assert_eq!(record.requests()[0].headers["authorization"], "***");
}

#[tokio::test]
async fn the_pace_of_the_dialect_is_kept() {
    let peer = Peer::start().await;
    let clock = Arc::new(Clock::default());
    let dialect = Dialect { reads: Some(Rate::per_minute(60, 2)), ..Dialect::rfc() };
    let client = client(&peer, dialect, Some(clock.clone()));
    peer.seed("Users", user("anna"));
    for _ in 0..5 {
        client.get("User", "1").await.unwrap();
    }
    let waited: Duration = clock.waits().iter().sum();
    assert_eq!(waited.as_secs(), 3);
}

mod bulk {
    use tenure_scim_client::BulkResult;

    use super::*;

    async fn discovered(operations: usize, bytes: usize) -> (Peer, Client) {
        let (peer, client) = connected().await;
        let bulk = json!({ "supported": true, "maxOperations": operations, "maxPayloadSize": bytes });
        peer.fix("ServiceProviderConfig", 200, json!({ "bulk": bulk }));
        let found = client.discover().await.unwrap();
        peer.forget();
        (peer, client.knowing(found))
    }

    fn staff() -> [BulkOperation; 3] {
        let boss = Resource::from_json(user("boss")).unwrap();
        let group = Resource::from_json(group("staff", &["bulkId:anna", "bulkId:boss"])).unwrap();
        [
            BulkOperation::create("User", "anna", &anna()),
            BulkOperation::create("User", "boss", &boss),
            BulkOperation::create("Group", "staff", &group),
        ]
    }

    fn ids(results: &[BulkResult]) -> Vec<Option<&str>> {
        results.iter().map(|result| result.id.as_deref()).collect()
    }

    #[tokio::test]
    async fn a_peer_without_bulk_gets_single_requests_with_names_resolved() {
        let (peer, client) = connected().await;
        let results = client.bulk(&staff(), None).await;
        assert_eq!(ids(&results), [Some("1"), Some("2"), Some("3")]);
        let group = peer.lock().resources["Groups"][0].to_json();
        assert_eq!(group["members"], json!([{ "value": "1" }, { "value": "2" }]));
    }

    #[tokio::test]
    async fn requests_keep_to_the_peers_limits_and_names_are_resolved_across_them() {
        let (peer, client) = discovered(2, 100_000).await;
        let answer = |bulk_id: &str, id: &str| {
            json!({
                "method": "POST", "bulkId": bulk_id, "status": "201",
                "location": format!("https://x.example/v2/Users/{id}"), "version": "W/\"1\"",
            })
        };
        let body = json!({ "Operations": [answer("anna", "17"), answer("boss", "18")] }).to_string();
        let last = json!({ "Operations": [{ "method": "POST", "status": { "code": "409" },
            "response": { "status": "409", "scimType": "uniqueness", "detail": "taken" } }] });
        peer.fault(
            "POST Bulk",
            [Fault::Answer(200, Vec::new(), body), Fault::Answer(200, Vec::new(), last.to_string())],
        );
        let results = client.bulk(&staff(), None).await;
        assert_eq!(ids(&results), [Some("17"), Some("18"), None]);
        let error = results[2].outcome.as_ref().unwrap_err();
        assert_eq!((error.status(), error.certainty()), (Some(409), Certainty::Refused));
        let seen = peer.lock().seen.clone();
        assert_eq!(seen[0].body["Operations"][0]["path"], "/Users");
        assert_eq!(
            seen[1].body["Operations"][0]["data"]["members"],
            json!([{ "value": "17" }, { "value": "18" }])
        );
    }

    #[tokio::test]
    async fn bytes_count_too_and_an_operation_that_is_too_large_is_not_sent() {
        let (peer, client) = discovered(100, 700).await;
        let mut large = anna();
        large.set(&"title".parse().unwrap(), "x".repeat(1000));
        let operations =
            [BulkOperation::create("User", "large", &large), BulkOperation::delete("User", "a/b")];
        peer.fault(
            "POST Bulk",
            [Fault::Answer(200, Vec::new(), json!({ "Operations": [{ "status": "204" }] }).to_string())],
        );
        let results = client.bulk(&operations, None).await;
        assert_eq!(results[0].outcome.as_ref().unwrap_err().kind(), ErrorKind::TooLarge);
        assert!(results[1].outcome.is_ok());
        assert_eq!(
            peer.lock().seen[0].body["Operations"],
            json!([{ "method": "DELETE", "path": "/Users/a%2Fb" }])
        );
    }

    #[tokio::test]
    async fn a_lost_answer_leaves_each_operation_of_the_request_undecided() {
        let (peer, client) = discovered(100, 100_000).await;
        peer.fault("POST Bulk", [answer(504)]);
        let results = client.bulk(&staff(), None).await;
        assert!(results.iter().all(|r| r.outcome.as_ref().unwrap_err().certainty() == Certainty::Unknown));
    }

    #[tokio::test]
    async fn after_enough_errors_nothing_more_is_sent() {
        let (peer, client) = discovered(1, 100_000).await;
        let refused = json!({ "Operations": [{ "status": "400" }] }).to_string();
        peer.fault("POST Bulk", [Fault::Answer(200, Vec::new(), refused)]);
        let results = client.bulk(&staff(), Some(1)).await;
        assert_eq!(peer.log().len(), 1);
        assert_eq!(peer.lock().seen[0].body["failOnErrors"], 1);
        let certainties: Vec<_> =
            results.iter().map(|r| r.outcome.as_ref().unwrap_err().certainty()).collect();
        assert_eq!(certainties, [Certainty::Refused, Certainty::NotAttempted, Certainty::NotAttempted]);
    }

    #[tokio::test]
    async fn a_peer_that_only_says_it_has_bulk_gets_single_requests() {
        let (peer, client) = discovered(100, 100_000).await;
        peer.fault("POST Bulk", [answer(501)]);
        let results = client.bulk(&staff(), None).await;
        assert!(results.iter().all(|result| result.outcome.is_ok()));
        assert_eq!(peer.log()[1], "POST /scim/v2/Users");
    }
}

#[tokio::test]
async fn typed_resources_keep_what_their_type_does_not_know() {
    use tenure_scim::typed::User;

    let (peer, client) = connected().await;
    let users = client.typed::<User>("User");
    let mut sent = anna();
    sent.set(&"urn:example:Badge:number".parse().unwrap(), 7);
    let created = users.create(User::try_from(&sent).unwrap()).await.unwrap();
    assert_eq!(created.value.user_name, "anna");
    let mut changed = users.get("1").await.unwrap().value;
    changed.title = Some("Boss".to_owned());
    users.replace("1", changed, &WriteOptions::default()).await.unwrap();
    let kept = peer.lock().resources["Users"][0].clone();
    assert_eq!((kept.text("title"), kept.external_id()), (Some("Boss"), Some("hr-7")));
    assert_eq!(kept.attr("urn:example:Badge:number").and_then(|value| value.as_i64()), Some(7));
    assert_eq!(users.all(tenure_scim_client::Query::new()).await.unwrap().len(), 1);
}
