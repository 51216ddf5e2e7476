//! The policy guide: its blocks are one policy, and it explains every key.
#![cfg(feature = "yaml")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use std::collections::BTreeSet;

use serde_json::Value;
use tenure_policy::{FindingKind, Format, Policy, PolicyDocument};

const GUIDE: &str = include_str!("../../../docs/POLICY-GUIDE.md");

/// The blocks of a language, each with the line it begins on.
fn blocks(language: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut inside = None;
    for (number, line) in GUIDE.lines().enumerate() {
        match (inside, line.strip_prefix("```")) {
            (None, Some(name)) => {
                inside = Some(name == language);
                if name == language {
                    found.push((number + 1, String::new()));
                }
            }
            (Some(_), Some(_)) => inside = None,
            (Some(true), None) => {
                let block = &mut found.last_mut().unwrap().1;
                block.push_str(line);
                block.push('\n');
            }
            _ => {}
        }
    }
    found
}

fn whole() -> PolicyDocument {
    let blocks = blocks("yaml");
    let names: Vec<String> = blocks.iter().map(|(line, _)| format!("guide-line-{line}.yaml")).collect();
    PolicyDocument::load("guide.yaml", &mut |name| {
        let text = match names.iter().position(|known| known == name) {
            Some(at) => blocks[at].1.clone(),
            None => format!("version: 1\ninclude: {names:?}\n"),
        };
        Ok((Format::Yaml, text))
    })
    .unwrap_or_else(|errors| {
        panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })
}

#[test]
fn the_blocks_of_the_guide_are_one_policy() {
    assert!(blocks("yaml").len() > 10);
    let policy = Policy::compile(whole()).unwrap_or_else(|errors| {
        panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    });
    // The wiki is only looked at, as the guide says; nothing else is wrong with it.
    let others: Vec<String> = policy
        .analyse()
        .into_iter()
        .filter(|finding| !(finding.kind == FindingKind::LeaverGap && finding.subject == "wiki"))
        .map(|finding| finding.to_string())
        .collect();
    assert_eq!(others, Vec::<String>::new());
}

#[test]
fn the_guide_explains_every_key_and_word_of_the_schema() {
    fn walk(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                if let Some(Value::Object(properties)) = map.get("properties") {
                    found.extend(properties.keys().cloned());
                }
                if let Some(Value::Array(words)) = map.get("enum") {
                    found.extend(words.iter().filter_map(Value::as_str).map(str::to_owned));
                }
                map.values().for_each(|inner| walk(inner, found));
            }
            Value::Array(all) => all.iter().for_each(|inner| walk(inner, found)),
            _ => {}
        }
    }
    let schema: Value = serde_json::from_str(PolicyDocument::JSON_SCHEMA).unwrap();
    let mut words = BTreeSet::new();
    walk(&schema, &mut words);
    assert!(words.len() > 100, "{}", words.len());
    // Words that say the same as another: both spellings are read.
    let spellings = ["monthly", "yearly"];
    let missing: Vec<&String> = words
        .iter()
        .filter(|word| !spellings.contains(&word.as_str()))
        .filter(|word| {
            !GUIDE.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|part| part == word.as_str())
        })
        .collect();
    assert_eq!(missing, Vec::<&String>::new());
}
