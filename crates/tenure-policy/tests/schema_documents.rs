//! The published JSON Schema and the reader say the same of whole documents: good ones, and thousands of spoilt ones.
#![cfg(feature = "yaml")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

use serde_json::{Map, Value, json};
use tenure_policy::{Policy, PolicyDocument};

/// As much of JSON Schema as the published schema uses; a keyword it does not know fails the test.
struct Schema {
    root: Value,
}

impl Schema {
    fn published() -> Self {
        Self { root: serde_json::from_str(PolicyDocument::JSON_SCHEMA).unwrap() }
    }

    fn allows(&self, document: &Value) -> bool {
        self.valid(&self.root, document)
    }

    fn valid(&self, schema: &Value, value: &Value) -> bool {
        let Value::Object(schema) = schema else { return schema.as_bool().unwrap() };
        schema.iter().all(|(keyword, asked)| self.keyword(schema, keyword, asked, value))
    }

    fn keyword(&self, schema: &Map<String, Value>, keyword: &str, asked: &Value, value: &Value) -> bool {
        match keyword {
            "$schema" | "$id" | "$defs" | "title" | "description" | "examples" | "format" => true,
            "$ref" => {
                self.valid(self.root.pointer(asked.as_str().unwrap().trim_start_matches('#')).unwrap(), value)
            }
            "anyOf" => asked.as_array().unwrap().iter().any(|one| self.valid(one, value)),
            "oneOf" => asked.as_array().unwrap().iter().filter(|one| self.valid(one, value)).count() == 1,
            "enum" => asked.as_array().unwrap().contains(value),
            "const" => asked == value,
            "type" => match asked {
                Value::Array(all) => all.iter().any(|kind| is(kind.as_str().unwrap(), value)),
                kind => is(kind.as_str().unwrap(), value),
            },
            "minimum" => value.as_f64().is_none_or(|n| n >= asked.as_f64().unwrap()),
            "maximum" => value.as_f64().is_none_or(|n| n <= asked.as_f64().unwrap()),
            "minItems" => value.as_array().is_none_or(|all| all.len() as u64 >= asked.as_u64().unwrap()),
            "minProperties" => {
                value.as_object().is_none_or(|all| all.len() as u64 >= asked.as_u64().unwrap())
            }
            "maxProperties" => {
                value.as_object().is_none_or(|all| all.len() as u64 <= asked.as_u64().unwrap())
            }
            "pattern" => value.as_str().is_none_or(|text| matches(asked.as_str().unwrap(), text)),
            "required" => value.as_object().is_none_or(|map| {
                asked.as_array().unwrap().iter().all(|key| map.contains_key(key.as_str().unwrap()))
            }),
            "items" => value.as_array().is_none_or(|all| all.iter().all(|item| self.valid(asked, item))),
            "properties" => value.as_object().is_none_or(|map| {
                map.iter().all(|(key, value)| asked.get(key).is_none_or(|asked| self.valid(asked, value)))
            }),
            "additionalProperties" => value.as_object().is_none_or(|map| {
                let own = |key: &str| schema.get("properties").is_some_and(|own| own.get(key).is_some());
                map.iter().all(|(key, value)| own(key) || self.valid(asked, value))
            }),
            other => panic!("the keyword `{other}` is not known here"),
        }
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("the type `{other}` is not known here"),
    }
}

/// The few patterns of the schema, by hand.
fn matches(pattern: &str, text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match pattern {
        "^(after )?([0-9]+[mhdw]|0|immediately)$" => {
            let text = text.strip_prefix("after ").unwrap_or(text);
            text == "0"
                || text == "immediately"
                || text.strip_suffix(['m', 'h', 'd', 'w']).is_some_and(digits)
        }
        "^[^/]+/.+$" => {
            text.split_once('/').is_some_and(|(target, rest)| !target.is_empty() && !rest.is_empty())
        }
        "^(end_of_last_day|start_of_last_day|[0-2][0-9]:[0-5][0-9])$" => {
            let time = |(hours, minutes): (&str, &str)| digits(hours) && digits(minutes) && hours.len() == 2;
            text == "end_of_last_day" || text == "start_of_last_day" || text.split_once(':').is_some_and(time)
        }
        "^-?[0-9]+([.][0-9]+)? [A-Za-z]{3}$" => text.split_once(' ').is_some_and(|(amount, currency)| {
            currency.len() == 3 && amount.trim_start_matches('-').split('.').all(digits)
        }),
        other => panic!("the pattern `{other}` is not known here"),
    }
}

fn reads(document: &Value) -> bool {
    PolicyDocument::from_json("p.json", &document.to_string()).is_ok()
}

fn compiles(document: &Value) -> bool {
    PolicyDocument::from_json("p.json", &document.to_string()).is_ok_and(|read| Policy::compile(read).is_ok())
}

/// The worked policy and the policy of the guide, as they are written.
fn documents() -> Vec<Value> {
    let guide = include_str!("../../../docs/POLICY-GUIDE.md");
    let mut whole = Map::new();
    for block in guide.split("```yaml\n").skip(1) {
        let text = block.split("```").next().unwrap();
        let part: Map<String, Value> = serde_saphyr::from_str(text).unwrap();
        for (key, value) in part {
            match (whole.get_mut(&key), value) {
                (Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
                (Some(Value::Array(known)), Value::Array(more)) => known.extend(more),
                (_, value) => {
                    whole.insert(key, value);
                }
            }
        }
    }
    vec![serde_saphyr::from_str(include_str!("data/policy.yaml")).unwrap(), Value::Object(whole)]
}

/// Calls `spoil` with every part of a document in turn.
fn parts(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(map) => map.iter().for_each(|(key, inner)| {
            parts(inner, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), found);
        }),
        Value::Array(all) => {
            all.iter().enumerate().for_each(|(i, inner)| parts(inner, &format!("{at}/{i}"), found))
        }
        _ => {}
    }
}

#[test]
fn what_people_write_and_what_is_written_back_is_as_the_schema_says() {
    let schema = Schema::published();
    for document in documents() {
        assert!(reads(&document) && schema.allows(&document), "{document}");
        let read = PolicyDocument::from_json("p.json", &document.to_string()).unwrap();
        let written = serde_json::to_value(&read).unwrap();
        assert!(reads(&written) && schema.allows(&written), "{written}");
        assert!(Policy::compile(read).is_ok());
    }
}

#[test]
fn a_spoilt_document_is_refused_by_both_or_by_neither() {
    let schema = Schema::published();
    let spoilt = [
        json!(null),
        json!(true),
        json!(-7),
        json!("~"),
        json!([]),
        json!({}),
        json!([[7]]),
        json!({ "zzz": 7 }),
    ];
    let (mut tried, mut refused, mut wrong) = (0, 0, Vec::new());
    for document in documents() {
        let mut places = Vec::new();
        parts(&document, "", &mut places);
        for (number, place) in places.iter().enumerate().skip(1) {
            // One of them at each place, in turn: there are many places of each kind.
            let other = &spoilt[number % spoilt.len()];
            let mut changed = document.clone();
            *changed.pointer_mut(place).unwrap() = other.clone();
            let (by_schema, by_reader) = (schema.allows(&changed), reads(&changed));
            tried += 1;
            refused += u32::from(!by_reader);
            // The reader knows more of texts (zones, names, dates) than a schema can say, and takes `null` for a key that is left out.
            let agree = match other {
                Value::Null => true,
                Value::String(_) => by_schema || !by_reader || !compiles(&changed),
                _ => by_schema == by_reader,
            };
            if !agree {
                wrong.push(format!("`{place}` as {other}: schema {by_schema}, reader {by_reader}"));
            }
        }
        // A key that nobody knows, in every map that is not a map of names.
        for place in &places {
            let mut changed = document.clone();
            let Value::Object(map) = changed.pointer_mut(place).unwrap() else { continue };
            map.insert("no_such_key".to_owned(), json!([[7]]));
            let (by_schema, by_reader) = (schema.allows(&changed), reads(&changed));
            if by_schema != by_reader {
                wrong.push(format!("`no_such_key` in `{place}`: schema {by_schema}, reader {by_reader}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried > 400 && refused > tried / 2, "{refused} of {tried}");
}
