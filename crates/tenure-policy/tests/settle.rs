//! The table of `apply` and `remove`: every combination in every situation, compared with the table that is checked in.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use tenure_policy::{Apply, DesiredAttribute, Remove, settle};
use tenure_scim::Resource;

const APPLY: [(Apply, &str); 4] = [
    (Apply::Always, "always"),
    (Apply::OnChange, "on_change"),
    (Apply::IfEmpty, "if_empty"),
    (Apply::OnCreate, "on_create"),
];
const REMOVE: [(Remove, &str); 3] =
    [(Remove::OwnValues, "own_values"), (Remove::AllOthers, "all_others"), (Remove::Never, "never")];

/// What is in the account, what the mapping wrote last, what it gives now. A letter is a text, `ab` in a list its elements; `-` is
/// nothing, `null` an empty source.
const SITUATIONS: [(&str, &str, &str, &str); 15] = [
    ("first write", "-", "-", "a"),
    ("first write over another's", "x", "-", "a"),
    ("nothing new", "a", "a", "a"),
    ("changed in the target", "x", "a", "a"),
    ("emptied in the target", "-", "a", "a"),
    ("changed in the source", "a", "a", "b"),
    ("changed in both", "x", "a", "b"),
    ("the source is empty", "a", "a", "null"),
    ("the source is empty, changed in the target", "x", "a", "null"),
    ("the source is empty, never written", "x", "-", "null"),
    ("the source is empty, as the last time", "x", "null", "null"),
    ("the source is back", "-", "null", "a"),
    ("the condition does not hold", "a", "a", "-"),
    ("the condition does not hold, changed in the target", "x", "a", "-"),
    ("the condition does not hold, never written", "x", "-", "-"),
];

/// In lists there is somebody else's `x` beside what the mapping wrote.
const LISTS: [(&str, &str, &str, &str); 9] = [
    ("first write", "-", "-", "ab"),
    ("first write beside another's", "x", "-", "ab"),
    ("nothing new", "xab", "ab", "ab"),
    ("one taken away in the target", "xb", "ab", "ab"),
    ("changed in the source", "xab", "ab", "bc"),
    ("the source is empty", "xab", "ab", "null"),
    ("the source is empty, never written", "x", "-", "null"),
    ("the condition does not hold", "xab", "ab", "-"),
    ("the condition does not hold, never written", "x", "-", "-"),
];

fn value(text: &str, list: bool) -> Option<Value> {
    match text {
        "-" => None,
        "null" => Some(Value::Null),
        text if list => Some(text.chars().map(|c| json!({ "value": c.to_string() })).collect()),
        text => Some(text.into()),
    }
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None => "-".to_owned(),
        Some(Value::Null) => "null".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(all)) => all.iter().map(|item| item["value"].as_str().unwrap()).collect(),
        Some(other) => other.to_string(),
    }
}

/// What is in the account afterwards, and what the mapping has written by then.
fn run(apply: Apply, remove: Remove, list: bool, (now, last, gives): (&str, &str, &str)) -> (String, String) {
    let to = if list { "emails" } else { "title" };
    let mapping = DesiredAttribute {
        mapping: "m".parse().unwrap(),
        to: to.parse().unwrap(),
        value: value(gives, list),
        apply,
        remove,
    };
    let mut account = Resource::default().with("nickName", "untouched").unwrap();
    if let Some(now) = value(now, list) {
        account = account.with(to, now).unwrap();
    }
    let id = mapping.mapping.clone();
    let written: BTreeMap<_, _> = value(last, list).map(|last| (id.clone(), last)).into_iter().collect();
    let settled = settle(&account, std::slice::from_ref(&mapping), &written);
    assert_eq!(settled.attributes.text("nickName"), Some("untouched"));

    // A second run with nothing new changes nothing: neither the account nor what is remembered.
    let again = settle(&settled.attributes, &[mapping], &settled.written);
    assert_eq!(again, settled, "{apply:?} {remove:?} {now} {last} {gives}");

    let found = settled.attributes.get(&to.parse().unwrap()).map(|value| value.to_json());
    (shown(found.as_ref()), shown(settled.written.get(&id)))
}

fn table() -> String {
    let mut out = String::from(
        "# The value in the account, what the mapping wrote last, what it gives now -> the value afterwards (what is remembered as written).\n",
    );
    for (title, list, situations) in [("single values", false, &SITUATIONS[..]), ("lists", true, &LISTS[..])]
    {
        for (name, now, last, gives) in situations {
            writeln!(out, "\n## {title}: {name}: {now} {last} {gives}").unwrap();
            for (apply, apply_name) in APPLY {
                let mut line = format!("{apply_name:<10}");
                for (remove, remove_name) in REMOVE {
                    let (value, written) = run(apply, remove, list, (now, last, gives));
                    write!(line, " {remove_name} -> {:<14}", format!("{value} ({written})")).unwrap();
                }
                writeln!(out, "{}", line.trim_end()).unwrap();
            }
        }
    }
    out
}

#[test]
fn every_combination_of_apply_and_remove_is_as_the_table_says() {
    let (found, expected) = (table(), include_str!("data/settle.txt"));
    for (found, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.lines().count(), expected.lines().count(), "{found}");
}

#[test]
fn two_mappings_to_one_list_keep_to_their_own() {
    let one = |id: &str, gives: &str| DesiredAttribute {
        mapping: id.parse().unwrap(),
        to: "emails".parse().unwrap(),
        value: value(gives, true),
        apply: Apply::Always,
        remove: Remove::OwnValues,
    };
    let emails = |resource: &Resource| {
        shown(resource.get(&"emails".parse().unwrap()).map(|value| value.to_json()).as_ref())
    };
    let account = Resource::default().with("emails", value("x", true).unwrap()).unwrap();
    let first = settle(&account, &[one("work", "a"), one("home", "b")], &BTreeMap::new());
    assert_eq!(emails(&first.attributes), "xab");
    let then = settle(&first.attributes, &[one("work", "c"), one("home", "-")], &first.written);
    assert_eq!(emails(&then.attributes), "xc");
}

#[test]
fn an_element_keeps_what_the_mapping_does_not_speak_of() {
    let mapping = DesiredAttribute {
        mapping: "m".parse().unwrap(),
        to: "emails".parse().unwrap(),
        value: Some(json!([{ "value": "A@x.org", "type": "work" }])),
        apply: Apply::Always,
        remove: Remove::OwnValues,
    };
    let there = json!([{ "value": "a@x.org", "display": "kept" }, { "value": "b@x.org" }]);
    let account = Resource::default().with("emails", there).unwrap();
    let settled = settle(&account, &[mapping], &BTreeMap::new());
    assert_eq!(
        settled.attributes.get(&"emails".parse().unwrap()).unwrap().to_json(),
        json!([{ "value": "A@x.org", "display": "kept", "type": "work" }, { "value": "b@x.org" }])
    );
}
