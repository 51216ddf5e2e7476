use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

use super::{canonical, canonical_hash, canonical_json, sha256_hex};

fn streamed(value: &impl Serialize) -> String {
    let mut text = Vec::new();
    canonical::write(value, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

fn tree(value: &impl Serialize) -> String {
    canonical_json(&serde_json::to_value(value).unwrap())
}

#[derive(Serialize)]
struct Backwards {
    z: Vec<Inner>,
    b: Option<f32>,
    a: HashMap<String, u64>,
    numbered: BTreeMap<i32, char>,
    #[serde(flatten)]
    more: BTreeMap<String, Value>,
}

#[derive(Serialize)]
enum Inner {
    Unit,
    Named { y: f64, x: &'static str },
    Pair(i8, bool),
}

fn backwards(b: f32) -> Backwards {
    Backwards {
        z: vec![Inner::Unit, Inner::Named { y: f64::NAN, x: "\u{1f}\"" }, Inner::Pair(-1, true)],
        b: Some(b),
        a: [("q".to_owned(), 1), ("\"".to_owned(), 2), ("A\n".to_owned(), 3), ("A\u{b}".to_owned(), 4)]
            .into(),
        numbered: [(10, 'x'), (9, 'y'), (-1, 'z')].into(),
        more: [("m".to_owned(), json!({})), ("zz".to_owned(), json!([{}, [], null]))].into(),
    }
}

#[test]
fn what_is_streamed_is_what_a_tree_of_values_says() {
    let value = backwards(0.1);
    assert_eq!(streamed(&value), tree(&value));
    assert_eq!(canonical_hash(&value), sha256_hex(tree(&value).as_bytes()));
}

#[test]
fn of_a_member_that_comes_twice_the_last_one_counts() {
    #[derive(Serialize)]
    struct Twice {
        b: u8,
        #[serde(flatten)]
        more: BTreeMap<&'static str, u8>,
    }

    let value = Twice { b: 1, more: [("a", 2), ("b", 3), ("c", 4)].into() };
    assert_eq!(streamed(&value), r#"{"a":2,"b":3,"c":4}"#);
    assert_eq!(streamed(&value), tree(&value));
}

#[test]
fn what_is_no_json_has_the_hash_of_null() {
    let value: HashMap<Vec<u8>, u8> = [(vec![1], 1)].into();
    assert_eq!(canonical_hash(&value), sha256_hex(b"null"));
}

fn anything() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    scalar.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((".{0,3}", inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Members in any order, as a struct has them.
struct Members(Vec<(String, Value)>);

impl Serialize for Members {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

proptest! {
    #[test]
    fn members_in_any_order_are_streamed_as_a_tree_of_values_has_them(
        members in prop::collection::vec((".{0,3}", anything()), 0..8),
    ) {
        let members = Members(members);
        prop_assert_eq!(streamed(&members), tree(&members));
    }
}
