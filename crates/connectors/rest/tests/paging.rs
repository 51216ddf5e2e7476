//! Every style of paging over real sockets: all items once, whatever the page size.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod server;

use std::collections::HashMap;

use serde_json::{Value, json};
use server::{Reply, Seen, Server, reply};
use tenure_connector::{Context, Cursor, ErrorKind, Secret};
use tenure_connector_rest::{Auth, HttpOptions, Paging, RestClient, http_client};

const ITEMS: u64 = 7;

fn query(seen: &Seen) -> HashMap<String, String> {
    let query = seen.line.split_once('?').map_or("", |(_, query)| query);
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// Serves the numbers from zero in all styles at once.
fn serve(seen: &Seen) -> Reply {
    let query = query(seen);
    let number = |name: &str| query.get(name).and_then(|text| text.parse::<u64>().ok());
    let limit = number("limit").unwrap_or(3);
    let start =
        number("offset").or(number("page").map(|page| (page - 1) * limit)).or(number("after")).unwrap_or(0);
    let items: Vec<_> = (start..ITEMS.min(start + limit)).collect();
    let end = start + items.len() as u64;
    let more = end < ITEMS;
    let next = format!("/list?limit={limit}&after={end}&note=a%2Cb");
    let body = json!({
        "items": items,
        "total": ITEMS,
        "meta": { "after": if more { json!(end.to_string()) } else { json!("") } },
        "next": if more { json!(next) } else { Value::Null },
    });
    let answer = reply(200, body).header("link", "<https://a.example/a,b>; rel=\"self\"");
    if more { answer.header("link", format!("<{next}>; title=\"x\"; rel=\"last next\"")) } else { answer }
}

async fn walk(paging: &Paging, limit: u64) -> Vec<u64> {
    let server = Server::start(serve).await;
    let http = http_client(&HttpOptions::default()).unwrap();
    let client =
        RestClient::new(server.address.parse().unwrap(), Auth::bearer(&Secret::new("t")), http).unwrap();
    let (mut all, mut cursor): (Vec<u64>, Option<Cursor>) = (Vec::new(), None);
    loop {
        let first = client.get(&["list"]).unwrap().with_query("limit", limit.to_string());
        let request = paging.resume(first, cursor.as_ref()).unwrap();
        let answer = client.send(&Context::new("x"), &request).await.unwrap();
        let items: Vec<u64> =
            serde_json::from_value(answer.json::<Value>().unwrap()["items"].take()).unwrap();
        all.extend(&items);
        match paging.next(&request, &answer, items.len()).unwrap() {
            // A cursor survives being written down.
            Some(next) => {
                cursor = Some(serde_json::from_str(&serde_json::to_string(&next).unwrap()).unwrap())
            }
            None => return all,
        }
    }
}

fn styles() -> Vec<Paging> {
    let text = str::to_owned;
    vec![
        Paging::Link,
        Paging::Address { at: text("/next") },
        Paging::Cursor { at: text("/meta/after"), parameter: text("after") },
        Paging::Offset { parameter: text("offset"), size: text("limit"), total: Some(text("/total")) },
        Paging::Offset { parameter: text("offset"), size: text("limit"), total: None },
        Paging::Page { parameter: text("page"), first: 1, size: text("limit") },
    ]
}

#[tokio::test]
async fn every_style_gives_every_item_once() {
    for paging in styles() {
        for limit in [1, 2, 3, 7, 100] {
            assert_eq!(
                walk(&paging, limit).await,
                (0..ITEMS).collect::<Vec<_>>(),
                "{paging:?}, {limit} a page"
            );
        }
    }
}

#[tokio::test]
async fn a_next_page_elsewhere_or_in_a_circle_is_refused() {
    for (paging, header, body) in [
        (Paging::Link, "<https://evil.example/list>; rel=next", json!({})),
        (Paging::Link, "</list?limit=2>; rel=next", json!({})),
        (Paging::Address { at: "/next".to_owned() }, "", json!({ "next": "//evil.example/" })),
        (
            Paging::Cursor { at: "/next".to_owned(), parameter: "limit".to_owned() },
            "",
            json!({ "next": "2" }),
        ),
    ] {
        let server = Server::start(move |_| reply(200, &body).header("link", header)).await;
        let http = http_client(&HttpOptions::default()).unwrap();
        let client = RestClient::new(server.address.parse().unwrap(), Auth::none(), http).unwrap();
        let request = client.get(&["list"]).unwrap().with_query("limit", "2");
        let answer = client.send(&Context::new("x"), &request).await.unwrap();
        let error = paging.next(&request, &answer, 2).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{paging:?}");
    }
}

#[test]
fn a_foreign_cursor_is_refused() {
    let http = http_client(&HttpOptions::default()).unwrap();
    let client = RestClient::new("https://a.example".parse().unwrap(), Auth::none(), http).unwrap();
    let page = Paging::Page { parameter: "page".to_owned(), first: 1, size: "limit".to_owned() };
    for (paging, cursor) in [(Paging::Link, "https://evil.example/x"), (page, "not a number")] {
        let error = paging.resume(client.get(&["list"]).unwrap(), Some(&Cursor::new(cursor))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}
