//! Small makers shared by the tests.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::unreachable,
    clippy::needless_pass_by_value,
    clippy::indexing_slicing,
    dead_code,
    reason = "tests"
)]

use chrono::{DateTime, NaiveDate, Utc};
use tenure_policy::{Engagement, EntitlementKey, Evaluation, Identity, Person, Policy, PolicyDocument};
use tenure_scim::Resource;

pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    let full = if text.contains('T') { text.to_owned() } else { format!("{text}T12:00:00Z") };
    DateTime::parse_from_rfc3339(&full).unwrap().to_utc()
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn key(text: &str) -> EntitlementKey {
    text.parse().unwrap()
}

pub(crate) fn json_policy(document: serde_json::Value) -> Policy {
    let document =
        PolicyDocument::from_json("policy.json", &document.to_string()).unwrap_or_else(|e| explain(&e));
    Policy::compile(document).unwrap_or_else(|e| explain(&e))
}

#[cfg(feature = "yaml")]
pub(crate) fn worked_policy() -> Policy {
    let text = include_str!("../data/policy.yaml");
    let document = PolicyDocument::from_yaml("policy.yaml", text).unwrap_or_else(|e| explain(&e));
    Policy::compile(document).unwrap_or_else(|e| explain(&e))
}

pub(crate) fn explain<T>(errors: &tenure_policy::PolicyErrors) -> T {
    let all: Vec<String> = errors.iter().map(|e| format!("{e} {}", e.help().unwrap_or(""))).collect();
    panic!("{}", all.join("\n"))
}

pub(crate) fn user(given: &str, family: &str, department: &str, title: &str) -> Resource {
    Resource::default()
        .with("name.givenName", given)
        .and_then(|r| r.with("name.familyName", family))
        .and_then(|r| r.with("displayName", format!("{given} {family}")))
        .and_then(|r| r.with("title", title))
        .and_then(|r| r.with(&format!("{ENTERPRISE}:department"), department))
        .unwrap()
}

pub(crate) fn employee(id: &str, attributes: Resource, start: &str) -> Person {
    person(id, attributes, "Employee", start)
}

pub(crate) fn person(id: &str, attributes: Resource, kind: &str, start: &str) -> Person {
    let engagement = Engagement::new(
        format!("e-{id}").parse().unwrap(),
        kind,
        day(start),
        "Europe/Berlin".parse().unwrap(),
    );
    Person::new(id.parse().unwrap(), attributes).with_engagement(engagement)
}

pub(crate) fn keys(evaluation: &Evaluation) -> Vec<String> {
    evaluation.entitlements.keys().map(ToString::to_string).collect()
}

pub(crate) fn identity(person: &Person) -> Identity {
    Identity::Person(person.clone())
}
