//! Filters, attributes, order and pages (RFC 7644 section 3.4.2, RFC 9865).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::*;
use serde_json::{Value, json};
use tenure_scim_server::Server;

async fn people(server: &Server) {
    for (name, title, active) in [
        ("anna", Some("Engineer"), true),
        ("Ben", None, true),
        ("carla", Some("Agent"), false),
        ("dora", Some("agent"), true),
    ] {
        let mut body = user(name);
        body["active"] = json!(active);
        if let Some(title) = title {
            body["title"] = json!(title);
        }
        body["emails"] = json!([{"type": "work", "value": format!("{name}@example.org")}, {"type": "home", "value": "x@home.org"}]);
        assert_eq!(send(server, "POST", "/Users", Some(body)).await.status, 201);
    }
}

fn escape(filter: &str) -> String {
    url::form_urlencoded::byte_serialize(filter.as_bytes()).collect()
}

fn names(body: &Value) -> Vec<&str> {
    body["Resources"].as_array().unwrap().iter().map(|user| user["userName"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn filters_find_what_they_say() {
    let server = server();
    people(&server).await;
    let cases: [(&str, &[&str]); 12] = [
        ("userName eq \"ANNA\"", &["anna"]),
        ("userName eq \"nobody\"", &[]),
        ("userName sw \"c\" or userName eq \"ben\"", &["Ben", "carla"]),
        ("title eq \"agent\" and active eq true", &["dora"]),
        ("not (title pr)", &["Ben"]),
        ("emails[type eq \"work\" and value co \"carla\"]", &["carla"]),
        ("emails[type eq \"home\" and value co \"carla\"]", &[]),
        ("emails.value eq \"DORA@example.org\"", &["dora"]),
        ("urn:ietf:params:scim:schemas:core:2.0:User:userName eq \"anna\"", &["anna"]),
        ("userName eq \"%\"", &[]),
        ("userName sw \"_\"", &[]),
        ("meta.resourceType eq \"User\" and userName gt \"carla\"", &["dora"]),
    ];
    for (filter, expected) in cases {
        let answer = get(&server, &format!("/Users?filter={}", escape(filter))).await;
        assert_eq!(answer.status, 200, "{filter}: {}", answer.body);
        assert_eq!(names(&answer.body), expected, "{filter}");
        assert_eq!(answer.body["totalResults"], expected.len(), "{filter}");
    }
}

#[tokio::test]
async fn a_filter_that_cannot_be_answered_is_an_error_and_never_all_rows() {
    let server = server();
    people(&server).await;
    for filter in
        ["", "userName", "userName xx \"a\"", "shoeSize eq 42", "active gt true", "userName eq \"a", "(((("]
    {
        let answer = get(&server, &format!("/Users?filter={}", escape(filter))).await;
        assert_eq!(answer.error(), (400, "invalidFilter"), "{filter}");
        let body = search(json!({"filter": filter}));
        assert_eq!(send(&server, "POST", "/Users/.search", Some(body)).await.status, 400, "{filter}");
    }
}

#[tokio::test]
async fn groups_are_found_by_member() {
    let server = server();
    let anna = create_user(&server, "anna").await;
    let mut body = group("Support");
    body["members"] = json!([{"value": anna}]);
    let id = send(&server, "POST", "/Groups", Some(body)).await.id();
    send(&server, "POST", "/Groups", Some(group("Sales"))).await;
    for filter in [
        format!("members.value eq \"{anna}\""),
        format!("members[value eq \"{anna}\"]"),
        format!("id eq \"{id}\" and members eq \"{anna}\""),
    ] {
        let found =
            get(&server, &format!("/Groups?filter={}&excludedAttributes=members", escape(&filter))).await;
        assert_eq!(found.status, 200, "{filter}: {}", found.body);
        assert_eq!(found.body["totalResults"], 1, "{filter}");
        assert_eq!(found.body["Resources"][0]["id"], json!(id));
        assert_eq!(found.body["Resources"][0]["members"], json!(null));
    }
    let members =
        get(&server, &format!("/Users?filter={}", escape(&format!("groups.value eq \"{id}\"")))).await;
    assert_eq!(names(&members.body), ["anna"]);
}

/// Addresses are made by the server; what is behind it knows types and ids.
#[tokio::test]
async fn resources_are_found_by_the_addresses_that_they_are_shown_with() {
    for server in [server(), builder().base_url("https://scim.example.com/scim/v2").build().unwrap()] {
        let anna = create_user(&server, "anna").await;
        let mut body = group("Staff");
        body["members"] = json!([{"value": anna}]);
        let staff = send(&server, "POST", "/Groups", Some(body)).await;
        let mut body = group("All");
        body["members"] = json!([{"value": staff.id(), "type": "Group"}]);
        send(&server, "POST", "/Groups", Some(body)).await;
        send(&server, "POST", "/Groups", Some(group("Nobody"))).await;
        let staff = get(&server, &format!("/Groups/{}", staff.id())).await.body;
        let to_anna = staff["members"][0]["$ref"].as_str().unwrap().to_owned();
        let to_staff = staff["meta"]["location"].as_str().unwrap().to_owned();
        assert!(to_anna.ends_with(&format!("/Users/{anna}")), "{to_anna}");
        let other = to_anna.replace("/Users/", "/Groups/");
        let cases: Vec<(&str, String, &[&str])> = vec![
            ("Groups", format!("members.$ref eq \"{to_anna}\""), &["Staff"]),
            ("Groups", format!("members[$ref eq \"{to_anna}\"]"), &["Staff"]),
            ("Groups", format!("members.$ref eq \"{to_staff}\""), &["All"]),
            ("Groups", format!("members.$ref eq \"{other}\""), &[]),
            ("Groups", format!("members.$ref ne \"{to_anna}\""), &["All", "Nobody"]),
            ("Groups", format!("not (members[$ref ne \"{to_anna}\"]) and members pr"), &["Staff"]),
            ("Groups", "members.$ref pr".to_owned(), &["All", "Staff"]),
            ("Groups", "not (members[$ref pr])".to_owned(), &["Nobody"]),
            ("Groups", "members.$ref eq \"https://elsewhere.example.com/Users/1\"".to_owned(), &[]),
            ("Groups", format!("meta.location eq \"{to_staff}\""), &["Staff"]),
            ("Groups", format!("meta.location eq \"{to_anna}\""), &[]),
            ("Groups", format!("meta.location ne \"{to_staff}\""), &["All", "Nobody"]),
            ("Groups", "members.type eq \"group\"".to_owned(), &["All"]),
            ("Users", format!("groups.$ref eq \"{to_staff}\""), &["anna"]),
            ("Users", format!("groups[type eq \"direct\" and $ref eq \"{to_staff}\"]"), &["anna"]),
            ("Users", format!("groups.$ref eq \"{to_anna}\""), &[]),
            ("Users", format!("meta.location eq \"{to_anna}\" and meta.location pr"), &["anna"]),
        ];
        for (endpoint, filter, expected) in cases {
            let name = if endpoint == "Users" { "userName" } else { "displayName" };
            let found = get(&server, &format!("/{endpoint}?sortBy={name}&filter={}", escape(&filter))).await;
            assert_eq!(found.status, 200, "{filter}: {}", found.body);
            let found: Vec<&str> = found.body["Resources"]
                .as_array()
                .unwrap()
                .iter()
                .map(|resource| resource[name].as_str().unwrap())
                .collect();
            assert_eq!(found, expected, "{filter}");
        }
        let root =
            get(&server, &format!("/?filter={}", escape(&format!("meta.location eq \"{to_anna}\"")))).await;
        assert_eq!(root.body["totalResults"], 1, "{}", root.body);
        for filter in ["members.$ref co \"Users\"", "meta.location sw \"http\"", "members[$ref ew \"1\"]"] {
            let refused = get(&server, &format!("/Groups?filter={}", escape(filter))).await;
            assert_eq!(refused.error(), (400, "invalidFilter"), "{filter}: {}", refused.body);
        }
    }
}

#[tokio::test]
async fn attributes_choose_what_comes_back() {
    let server = server();
    people(&server).await;
    let only = get(&server, "/Users?filter=userName+eq+%22anna%22&attributes=userName,emails.value").await;
    let shown = &only.body["Resources"][0];
    let keys: Vec<&String> = shown.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["emails", "id", "schemas", "userName"]);
    assert_eq!(shown["emails"][0], json!({"value": "anna@example.org"}));
    let except = get(&server, "/Users?excludedAttributes=emails,meta,id&count=1").await;
    let shown = &except.body["Resources"][0];
    assert_eq!((&shown["emails"], &shown["meta"]), (&Value::Null, &Value::Null));
    assert!(shown["id"].is_string(), "the id always comes");
    let both = get(&server, "/Users?attributes=userName&excludedAttributes=emails").await;
    assert_eq!(both.status, 400);
    let made = send(&server, "POST", "/Users?attributes=userName", Some(user("emil"))).await;
    assert_eq!(made.body["meta"], Value::Null);
}

#[tokio::test]
async fn every_answer_with_a_resource_has_what_was_asked_for() {
    let server = server();
    let id = send(&server, "POST", "/Users", Some(user("anna"))).await.id();
    let one = format!("/Users/{id}");
    let change = || patch(json!([{"op": "add", "path": "title", "value": "Lead"}]));
    let lead = || {
        let mut lead = user("anna");
        lead["title"] = json!("Lead");
        lead
    };
    let by_name = || json!({"filter": "title pr", "attributes": ["title"]});
    let without = || json!({"filter": "title pr", "excludedAttributes": ["userName", "meta", "active"]});
    for (method, path, body) in [
        ("PATCH", format!("{one}?attributes=title"), Some(change())),
        ("PATCH", format!("{one}?excludedAttributes=userName,meta,active"), Some(change())),
        ("GET", format!("{one}?attributes=title"), None),
        ("GET", format!("{one}?excludedAttributes=userName,meta,active"), None),
        ("GET", "/Users?attributes=title&cursor=".to_owned(), None),
        ("GET", "/Users?attributes=title&sortBy=userName".to_owned(), None),
        ("GET", "/?attributes=title".to_owned(), None),
        ("POST", "/Users/.search".to_owned(), Some(search(by_name()))),
        ("POST", "/Users/.search".to_owned(), Some(search(without()))),
        ("POST", "/.search".to_owned(), Some(search(by_name()))),
        ("POST", "/.search".to_owned(), Some(search(without()))),
        ("PUT", format!("{one}?attributes=title"), Some(lead())),
        ("PUT", format!("{one}?excludedAttributes=userName,meta,active"), Some(lead())),
    ] {
        let answer = send(&server, method, &path, body).await;
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.body);
        let shown = answer.body["Resources"].as_array().map_or(&answer.body, |all| &all[0]);
        let keys: Vec<&String> = shown.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["id", "schemas", "title"], "{method} {path}");
    }
    let made = send(&server, "POST", "/Users?excludedAttributes=meta,active", Some(user("ben"))).await;
    let keys: Vec<&String> = made.body.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["id", "schemas", "userName"]);
}

#[tokio::test]
async fn pages_by_index_and_by_cursor_have_each_resource_once() {
    let server = server();
    for n in 0..25 {
        create_user(&server, &format!("user{n:02}")).await;
    }
    let mut by_index = Vec::new();
    let mut start = 1;
    while by_index.len() < 25 {
        let page = get(&server, &format!("/Users?startIndex={start}&count=10")).await;
        assert_eq!((&page.body["totalResults"], &page.body["startIndex"]), (&json!(25), &json!(start)));
        by_index.extend(names(&page.body).into_iter().map(str::to_owned));
        start = by_index.len() + 1;
    }
    let mut by_cursor: Vec<String> = Vec::new();
    let mut cursor = String::new();
    loop {
        let page =
            get(&server, &format!("/Users?count=10&sortBy=userName&sortOrder=descending&cursor={cursor}"))
                .await;
        by_cursor.extend(names(&page.body).into_iter().map(str::to_owned));
        match page.body["nextCursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    by_cursor.reverse();
    assert_eq!(by_index, by_cursor);
    assert_eq!(by_index.len(), 25);
    let jump = get(&server, "/Users?startIndex=24&count=10").await;
    assert_eq!(names(&jump.body), ["user23", "user24"]);
    let behind = get(&server, "/Users?startIndex=26&count=10").await;
    assert_eq!((names(&behind.body).len(), &behind.body["totalResults"]), (0, &json!(25)));
}

#[tokio::test]
async fn counts_out_of_range_follow_the_rfcs() {
    let server = server();
    people(&server).await;
    let none = get(&server, "/Users?count=0").await;
    assert_eq!((&none.body["totalResults"], names(&none.body).len()), (&json!(4), 0));
    let negative = get(&server, "/Users?count=-3&startIndex=-7").await;
    assert_eq!((&negative.body["totalResults"], &negative.body["startIndex"]), (&json!(4), &json!(1)));
    let page = get(&server, "/Users?count=2&cursor=").await;
    let cursor = page.body["nextCursor"].as_str().unwrap().to_owned();
    for (path, expected) in [
        (format!("/Users?count=3&cursor={cursor}"), "invalidCount"),
        (format!("/Users?count=2&filter=title+pr&cursor={cursor}"), "invalidCursor"),
        (format!("/Groups?count=2&cursor={cursor}"), "invalidCursor"),
        ("/Users?count=2&cursor=forged".to_owned(), "invalidCursor"),
        ("/Users?count=100000&cursor=".to_owned(), "invalidCount"),
    ] {
        assert_eq!(get(&server, &path).await.error(), (400, expected), "{path}");
    }
}

#[tokio::test]
async fn a_page_stays_right_while_others_write() {
    let server = server();
    for name in ["a", "b", "c", "d"] {
        create_user(&server, name).await;
    }
    let first = get(&server, "/Users?startIndex=1&count=2").await;
    let gone = first.body["Resources"][0]["id"].as_str().unwrap().to_owned();
    send(&server, "DELETE", &format!("/Users/{gone}"), None).await;
    create_user(&server, "e").await;
    let second = get(&server, "/Users?startIndex=3&count=2").await;
    assert_eq!(names(&second.body), ["c", "d"], "nothing is skipped although a row before it went");
}

#[tokio::test]
async fn sorting_puts_what_has_no_value_last_and_first() {
    let server = server();
    people(&server).await;
    let up = get(&server, "/Users?sortBy=title").await;
    assert_eq!(names(&up.body), ["carla", "dora", "anna", "Ben"]);
    let down = get(&server, "/Users?sortBy=title&sortOrder=descending").await;
    assert_eq!(names(&down.body)[0], "Ben");
    let by_name = get(&server, "/Users?sortBy=userName").await;
    assert_eq!(names(&by_name.body), ["anna", "Ben", "carla", "dora"]);
    assert_eq!(get(&server, "/Users?sortBy=shoeSize").await.error(), (400, "invalidPath"));
}

#[tokio::test]
async fn the_root_search_looks_at_every_type() {
    let server = server();
    people(&server).await;
    send(&server, "POST", "/Groups", Some(group("Agents"))).await;
    let body = search(json!({"filter": "displayName eq \"Agents\" or userName eq \"anna\"", "count": 10}));
    let found = send(&server, "POST", "/.search", Some(body)).await;
    assert_eq!(found.status, 200, "{}", found.body);
    let mut types: Vec<&str> = found.body["Resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["meta"]["resourceType"].as_str().unwrap())
        .collect();
    types.sort_unstable();
    assert_eq!(types, ["Group", "User"]);
    let all = get(&server, "/?count=0").await;
    assert_eq!(all.body["totalResults"], 5);
    assert_eq!(get(&server, "/?filter=shoeSize+pr").await.error(), (400, "invalidFilter"));
}
