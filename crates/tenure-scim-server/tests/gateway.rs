//! The server in front of connectors that are no directory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;
mod poor;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use common::*;
use serde_json::{Value, json};
use tenure_connector::memory::MemoryConnector;
use tenure_connector::{
    Capabilities, Certainty, Connector, ConnectorError, Context, Cursor, ErrorKind, ListQuery, Result,
};
use tenure_layers::{Call, Layer, Next, Reply, wrap};
use tenure_scim::SchemaRegistry;
use tenure_scim_server::{Features, Limits, Server};

fn in_front_of(connector: Arc<dyn Connector>, limits: Limits) -> Server {
    Server::builder(connector, SchemaRegistry::builtin(), clock())
        .token(TOKEN, "test")
        .limits(limits)
        .build()
        .unwrap()
}

fn names(body: &Value) -> Vec<&str> {
    body["Resources"].as_array().unwrap().iter().map(|user| user["userName"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_memory_connector_is_served() {
    let server = in_front_of(Arc::new(MemoryConnector::new("crm")), Limits::default());
    let id = create_user(&server, "anna").await;
    let path = format!("/Users/{id}");
    let read = get(&server, &path).await;
    assert_eq!((read.header("etag"), &read.body["meta"]["version"]), ("W/\"1\"", &json!("W/\"1\"")));
    let change = patch(json!([{"op": "replace", "path": "active", "value": false}]));
    let stale = send_with(&server, "PATCH", &path, Some(change.clone()), &[("if-match", "W/\"9\"")]).await;
    assert_eq!(stale.status, 412);
    let fresh = send_with(&server, "PATCH", &path, Some(change), &[("if-match", "W/\"1\"")]).await;
    assert_eq!((fresh.status, &fresh.body["active"]), (200, &json!(false)), "{}", fresh.body);
    assert_eq!(send(&server, "POST", "/Users", Some(user("ANNA"))).await.error(), (409, "uniqueness"));
    assert_eq!(get(&server, "/Users?filter=active+eq+false").await.body["totalResults"], 1);
    assert_eq!(send(&server, "DELETE", &path, None).await.status, 204);
    assert_eq!(get(&server, &path).await.status, 404);
}

/// RFC 7643 section 3.1.
#[tokio::test]
async fn s14_no_id_with_the_reserved_word_is_given_out() {
    let server = in_front_of(poor::plain(MemoryConnector::new("plain")), Limits::default());
    let answer = send(&server, "POST", "/Users", Some(user("reserved"))).await;
    assert_eq!(answer.status, 500, "{}", answer.body);
    assert!(answer.body["detail"].as_str().unwrap().contains("without `bulkId` in it"), "{}", answer.body);
}

#[tokio::test]
async fn the_server_filters_sorts_and_pages_where_the_connector_cannot() {
    let server = in_front_of(poor::plain(MemoryConnector::new("plain")), Limits::default());
    for n in (0..20).rev() {
        create_user(&server, &format!("user{n:02}")).await;
    }
    let found =
        get(&server, "/Users?filter=userName+sw+%22user1%22&sortBy=userName&startIndex=3&count=4").await;
    assert_eq!(found.body["totalResults"], 10, "{}", found.body);
    assert_eq!(names(&found.body), ["user12", "user13", "user14", "user15"]);
    let first = get(&server, "/Users?sortBy=userName&count=15&cursor=").await;
    let cursor = first.body["nextCursor"].as_str().unwrap();
    let second = get(&server, &format!("/Users?sortBy=userName&count=15&cursor={cursor}")).await;
    assert_eq!(names(&second.body), ["user15", "user16", "user17", "user18", "user19"]);
    let all = get(&server, "/Users?startIndex=9&count=8").await;
    assert_eq!((names(&all.body).len(), &all.body["totalResults"]), (8, &json!(20)));
}

#[tokio::test]
async fn what_is_too_much_to_look_through_is_refused_and_never_half_answered() {
    let mut limits = Limits::default();
    limits.scan = 10;
    let server = in_front_of(poor::plain(MemoryConnector::new("plain")), limits);
    for n in 0..20 {
        create_user(&server, &format!("user{n:02}")).await;
    }
    let filtered = get(&server, "/Users?filter=userName+eq+%22user01%22").await;
    assert_eq!(filtered.error(), (400, "tooMany"), "{}", filtered.body);
    // Without a filter the pages go on by cursor, as the number of resources is not known.
    let page = get(&server, "/Users?count=5").await;
    assert_eq!((page.status, &page.body["totalResults"]), (200, &Value::Null));
    assert!(page.body["nextCursor"].is_string(), "{}", page.body);
}

/// A system whose pages are small and say nothing of how many there are.
#[derive(Debug)]
struct Uncounted;

#[async_trait]
impl Layer for Uncounted {
    async fn around(&self, ctx: &Context, call: Call<'_>, next: Next<'_>) -> Result<Reply> {
        let Call::List(query) = call else { return next.run(ctx, call).await };
        let mut query = query.clone();
        query.page_size = Some(query.page_size.unwrap_or(3).min(3));
        match next.run(ctx, Call::List(&query)).await? {
            Reply::Page(page) => Ok(Reply::Page(tenure_connector::Page { total: None, ..page })),
            other => Ok(other),
        }
    }
}

#[tokio::test]
async fn s66_a_client_is_led_on_by_cursor_where_the_number_is_not_known() {
    let mut limits = Limits::default();
    limits.scan = 5;
    let server = in_front_of(wrap(Arc::new(directory()), Arc::new(Uncounted)), limits);
    for n in 0..25 {
        create_user(&server, &format!("user{n:02}")).await;
    }
    let mut page = get(&server, "/Users?count=4").await.body;
    let mut seen = Vec::new();
    loop {
        assert_eq!((&page["startIndex"], &page["totalResults"]), (&Value::Null, &Value::Null), "{page}");
        seen.extend(names(&page).into_iter().map(str::to_owned));
        let Some(next) = page["nextCursor"].as_str() else { break };
        page = get(&server, &format!("/Users?count=4&cursor={next}")).await.body;
    }
    assert_eq!(seen, (0..25).map(|n| format!("user{n:02}")).collect::<Vec<_>>());
}

/// RFC 9865 section 2.3: the cursor holds for the `count` that was asked, which may be more than a page has.
#[tokio::test]
async fn whoever_asks_for_large_pages_is_led_on_too() {
    let mut limits = Limits::default();
    (limits.scan, limits.page_max) = (5, 4);
    let server = in_front_of(wrap(Arc::new(directory()), Arc::new(Uncounted)), limits);
    for n in 0..10 {
        create_user(&server, &format!("user{n:02}")).await;
    }
    let first = get(&server, "/Users?count=1000").await.body;
    let next = first["nextCursor"].as_str().unwrap();
    let second = get(&server, &format!("/Users?count=1000&cursor={next}")).await.body;
    assert_eq!((names(&first).len(), names(&second)), (4, vec!["user04", "user05", "user06", "user07"]));
    assert_eq!(get(&server, "/Users?count=1000&cursor=").await.error(), (400, "invalidCount"));
}

#[tokio::test]
async fn no_cursor_is_given_out_where_none_is_taken() {
    let (mut limits, mut features) = (Limits::default(), Features::default());
    (limits.scan, features.cursor) = (5, false);
    let connector = wrap(Arc::new(directory()), Arc::new(Uncounted));
    let builder = Server::builder(connector, SchemaRegistry::builtin(), clock()).token(TOKEN, "test");
    let server = builder.limits(limits).features(features).build().unwrap();
    for n in 0..10 {
        create_user(&server, &format!("user{n:02}")).await;
    }
    assert_eq!(get(&server, "/Users?count=4").await.error(), (400, "tooMany"));
    assert_eq!(get(&server, "/Users?count=4&startIndex=8").await.body["totalResults"], 10);
}

/// A system that finds no place by its number, and whose cursors belong to one query and are soon forgotten.
#[derive(Debug, Default)]
struct Forgetful {
    known: Mutex<BTreeMap<String, ListQuery>>,
}

impl Forgetful {
    fn forget(&self) {
        self.known.lock().unwrap().clear();
    }

    fn check(&self, cursor: &Cursor, query: &ListQuery) -> Result<()> {
        let known = self.known.lock().unwrap();
        match known.get(cursor.as_str()) {
            None => Err(ConnectorError::new(ErrorKind::TokenExpired, Certainty::NotAttempted)),
            Some(begun) if begun == query => Ok(()),
            Some(_) => Err(ConnectorError::invalid_input("cursor", "the cursor belongs to another query")),
        }
    }
}

#[async_trait]
impl Layer for Forgetful {
    async fn around(&self, ctx: &Context, call: Call<'_>, next: Next<'_>) -> Result<Reply> {
        let Call::List(query) = call else { return next.run(ctx, call).await };
        let begun = ListQuery { cursor: None, page_size: None, ..query.clone() };
        assert_eq!(query.skip, 0, "nothing can be skipped here");
        if let Some(cursor) = &query.cursor {
            self.check(cursor, &begun)?;
        }
        let reply = next.run(ctx, call).await?;
        if let Reply::Page(page) = &reply
            && let Some(cursor) = &page.next
        {
            self.known.lock().unwrap().insert(cursor.as_str().to_owned(), begun);
        }
        Ok(reply)
    }

    fn capabilities(&self, mut below: Capabilities) -> Capabilities {
        below.classes.values_mut().for_each(|class| class.skips = false);
        below
    }
}

/// RFC 7644 section 3.4.2.4: pages by index have no session, so any of them is answered at any time.
#[tokio::test]
async fn pages_by_index_do_not_hang_on_what_the_system_remembers() {
    let system = Arc::new(Forgetful::default());
    let server = in_front_of(wrap(Arc::new(directory()), Arc::clone(&system) as _), Limits::default());
    for n in 0..9 {
        create_user(&server, &format!("user{n}")).await;
    }
    let jump = get(&server, "/Users?startIndex=5&count=2&attributes=userName").await;
    assert_eq!((jump.status, names(&jump.body)), (200, vec!["user4", "user5"]), "{}", jump.body);
    let next = get(&server, "/Users?startIndex=7&count=2").await;
    assert_eq!((next.status, names(&next.body)), (200, vec!["user6", "user7"]), "{}", next.body);
    system.forget();
    for start in [7, 9] {
        let page = get(&server, &format!("/Users?startIndex={start}&count=2")).await;
        let wanted = if start == 7 { vec!["user6", "user7"] } else { vec!["user8"] };
        assert_eq!((page.status, names(&page.body)), (200, wanted), "{}", page.body);
    }
    for attributes in ["userName", "userName,active"] {
        let all = get(&server, &format!("/?startIndex=3&count=2&attributes={attributes}")).await;
        assert_eq!((all.status, names(&all.body)), (200, vec!["user2", "user3"]), "{}", all.body);
        let more = get(&server, &format!("/?startIndex=5&count=2&attributes={attributes}")).await;
        assert_eq!((more.status, names(&more.body)), (200, vec!["user4", "user5"]), "{}", more.body);
    }
}
