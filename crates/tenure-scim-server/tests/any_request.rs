//! Whatever is sent, the server answers, with a SCIM error where it is wrong, and goes on working.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use bytes::Bytes;
use common::*;
use proptest::prelude::*;
use serde_json::{Value, json};
use tenure_scim_server::Server;

/// Texts that are nearly right, and some that are not at all.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("userName".to_owned()),
        Just("emails[type eq \"work\"].value".to_owned()),
        Just("members".to_owned()),
        Just("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager".to_owned()),
        Just("bulkId:a".to_owned()),
        Just("%2e%2e".to_owned()),
        Just("\u{0}".to_owned()),
        Just("userName eq \"a\" and (".to_owned()),
        "\\PC{0,12}",
    ]
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    let key = prop_oneof![
        Just("schemas"),
        Just("userName"),
        Just("Operations"),
        Just("op"),
        Just("path"),
        Just("value"),
        Just("members"),
        Just("emails"),
        Just("filter"),
        Just("method"),
        Just("bulkId"),
        Just("data"),
        Just("meta"),
        Just("name"),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone().prop_map(str::to_owned), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// A message that is right as far as its `schemas`, so that what is inside is looked at.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let schema = prop_oneof![
        Just("urn:ietf:params:scim:schemas:core:2.0:User"),
        Just("urn:ietf:params:scim:schemas:core:2.0:Group"),
        Just("urn:ietf:params:scim:api:messages:2.0:PatchOp"),
        Just("urn:ietf:params:scim:api:messages:2.0:BulkRequest"),
        Just("urn:ietf:params:scim:api:messages:2.0:SearchRequest"),
    ];
    let framed = (schema, json_value()).prop_map(|(schema, mut value)| {
        if let Some(object) = value.as_object_mut() {
            object.insert("schemas".to_owned(), json!([schema]));
        }
        value.to_string().into_bytes()
    });
    prop_oneof![4 => framed, 1 => prop::collection::vec(any::<u8>(), 0..64)]
}

fn target() -> impl Strategy<Value = String> {
    let path = prop_oneof![
        Just("/Users".to_owned()),
        Just("/Groups".to_owned()),
        Just("/Users/known".to_owned()),
        Just("/Bulk".to_owned()),
        Just("/.search".to_owned()),
        Just("/Users/.search".to_owned()),
        Just("/Me".to_owned()),
        Just("/Schemas".to_owned()),
        word().prop_map(|word| format!("/{}", escape(&word))),
        word().prop_map(|word| format!("/Users/{}", escape(&word))),
    ];
    let name = prop_oneof![
        Just("filter"),
        Just("attributes"),
        Just("excludedAttributes"),
        Just("sortBy"),
        Just("count"),
        Just("startIndex"),
        Just("cursor"),
        Just("sortOrder"),
    ];
    (path, prop::option::of((name, word()))).prop_map(|(path, query)| match query {
        Some((name, value)) => format!("{path}?{name}={}", escape(&value)),
        None => path,
    })
}

fn escape(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

async fn check(server: &Server, id: &str, method: &str, target: &str, body: Vec<u8>) {
    let target = target.replace("known", id);
    let answer = raw(server, method, &target, Bytes::from(body), &[]).await;
    assert!(answer.status != 500, "{method} {target}: {}", answer.body);
    if answer.status >= 400 {
        assert_eq!(answer.body["status"], answer.status.to_string(), "{method} {target}: {}", answer.body);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_request_is_answered(
        requests in prop::collection::vec(
            (prop::sample::select(vec!["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]), target(), message()),
            1..8,
        ),
    ) {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
            let server = server();
            let id = create_user(&server, "anna").await;
            for (method, target, body) in requests {
                check(&server, &id, method, &target, body).await;
            }
            let list = get(&server, "/Users").await;
            let shown = list.body["Resources"].as_array().unwrap().len();
            assert_eq!(list.body["totalResults"], shown, "the count and the list stay the same");
        });
    }
}
