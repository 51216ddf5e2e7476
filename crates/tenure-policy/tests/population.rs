//! Questions about many people: who has it, which rules a change concerns, large tables.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "tests"
)]

mod common;

use common::*;
use serde_json::json;
use tenure_policy::*;

const NOW: &str = "2026-06-01";

fn policy() -> Policy {
    json_policy(json!({
        "version": 1,
        "identity_attributes": ["level"],
        "targets": {
            "erp": {},
            "desk": { "exclusive": [{ "kind": "seat", "order": ["pro", "light"], "fallback": "light" }] }
        },
        "roles": {
            "agent": { "entitlements": [{ "target": "desk", "seat": "pro", "when": "title sw \"Support\"" }] }
        },
        "rules": [
            { "id": "support", "when": "department eq \"Support\"", "roles": ["agent"], "entitlements": ["desk/role:agent"] },
            { "id": "pay", "when": "department eq \"Finance\" and level ge \"3\"", "entitlements": ["erp/role:pay"] },
            { "id": "manager", "when": "manager.value pr", "entitlements": ["erp/role:approve"] },
            { "id": "name", "when": "name.familyName sw \"B\"", "entitlements": ["erp/role:b"] },
            { "id": "freeze", "when": "title eq \"Auditor\"", "deny": ["erp/role:pay"] },
            { "id": "all", "entitlements": ["erp/role:self"] }
        ]
    }))
}

fn people() -> Vec<Identity> {
    let level = |person: Person, level: &str| {
        let attributes = person.attributes.clone().with("level", level).unwrap();
        Identity::from(Person { attributes, ..person })
    };
    let mut left = employee("p-6", user("Fay", "Berg", "Finance", "Accountant"), "2025-01-01");
    left.engagements[0].end = Some(day("2025-12-31"));
    vec![
        level(employee("p-5", user("Eve", "Ek", "Finance", "Auditor"), "2025-01-01"), "5"),
        level(employee("p-1", user("Ann", "Ab", "Support", "Support Agent"), "2025-01-01"), "1"),
        level(employee("p-2", user("Bob", "Berg", "Finance", "Accountant"), "2025-01-01"), "3"),
        level(employee("p-3", user("Cy", "Ce", "Finance", "Accountant"), "2025-01-01"), "2"),
        level(employee("p-4", user("Dan", "De", "Support", "Driver"), "2025-01-01"), "3"),
        level(left, "7"),
        Workload::new("svc".parse().unwrap(), "p-1".parse().unwrap(), "export")
            .with_scope([key("erp/role:pay")])
            .into(),
    ]
}

#[test]
fn who_has_it_is_what_evaluating_everybody_finds() {
    let (policy, people, now) = (policy(), people(), at(NOW));
    let grants = [Grant::new(
        "g-1".parse().unwrap(),
        "p-3".parse().unwrap(),
        key("erp/role:pay"),
        GrantSource::Exception,
    )
    .from(at("2026-05-20"))
    .approved("mara", "month end")];
    let facts = |_: &Identity| Facts::new(now);
    let granted = |_: &Identity| Facts::new(now).with_grants(&grants);
    let mut asked: Vec<EntitlementKey> = [
        "erp/role:pay",
        "desk/seat:pro",
        "desk/seat:light",
        "desk/role:agent",
        "erp/role:b",
        "erp/role:none",
    ]
    .into_iter()
    .map(key)
    .collect();
    asked.push(EntitlementKey::account("desk".parse().unwrap()));
    for asked in &asked {
        for with in [false, true] {
            let found =
                if with { policy.who(asked, &people, granted) } else { policy.who(asked, &people, facts) };
            let mut expected: Vec<String> = people
                .iter()
                .map(|p| policy.evaluate(p, &if with { granted(p) } else { facts(p) }))
                .filter(|e| {
                    if asked.is_account() {
                        e.accounts.contains_key(&asked.target)
                    } else {
                        e.entitlements.contains_key(asked)
                    }
                })
                .map(|e| e.identity.to_string())
                .collect();
            expected.sort();
            let ids: Vec<String> = found.iter().map(|one| one.identity.to_string()).collect();
            assert_eq!(ids, expected, "{asked}");
        }
    }
    let found = policy.who(&key("erp/role:pay"), &people, facts);
    let shown: Vec<String> = found
        .iter()
        .flat_map(|one| one.origins.iter().map(move |origin| format!("{}: {origin}", one.identity)))
        .collect();
    assert_eq!(shown, ["p-2: rule `pay` (engagement `e-p-2`)", "svc: declared scope"]);
}

#[test]
fn a_changed_attribute_concerns_the_rules_that_read_it() {
    let policy = policy();
    let check = |attribute: &str, expected: &[&str]| {
        let found: Vec<String> =
            policy.rules_reading(&attribute.parse().unwrap()).into_iter().map(ToString::to_string).collect();
        assert_eq!(found, expected, "{attribute}");
    };
    check("department", &["support", "pay"]);
    check("Department", &["support", "pay"]);
    check(&format!("{ENTERPRISE}:department"), &["support", "pay"]);
    check("title", &["support", "freeze"]);
    check("urn:ietf:params:scim:schemas:core:2.0:User:title", &["support", "freeze"]);
    check("level", &["pay"]);
    check("manager", &["manager"]);
    check("manager.value", &["manager"]);
    check("manager.displayName", &[]);
    check("name", &["name"]);
    check("name.givenName", &[]);
    check("nickName", &[]);
}

#[test]
fn the_rules_that_a_changed_attribute_concerns_are_matched_alone() {
    let (policy, now) = (policy(), at(NOW));
    for person in &people() {
        let mut matcher = policy.matcher();
        for attribute in ["department", "title", "level", "name", "manager"] {
            let attribute = attribute.parse().unwrap();
            let reading = policy.rules_reading(&attribute);
            let all: Vec<String> = matcher
                .matches(person, now)
                .filter(|found| reading.contains(&found.rule))
                .map(|found| found.rule.to_string())
                .collect();
            let alone: Vec<String> = policy
                .matches_reading(&attribute, person, now)
                .iter()
                .map(|found| found.rule.to_string())
                .collect();
            assert_eq!(alone, all, "{} {attribute}", person.id());
        }
    }
}

#[test]
fn a_matcher_sees_every_engagement_in_force() {
    let policy = policy();
    let mut person = employee("p-1", user("Ann", "Ab", "Support", "Auditor"), "2025-01-01");
    let second = Engagement::new(
        "e-2".parse().unwrap(),
        "Contractor",
        day("2026-06-10"),
        "Europe/Berlin".parse().unwrap(),
    )
    .with_attributes(user("Ann", "Berg", "Finance", "Auditor"));
    person.engagements.push(second);
    let person = Identity::from(person);
    let mut matcher = policy.matcher();
    let mut found = |when: &str| -> Vec<String> {
        matcher.matches(&person, at(when)).map(|m| format!("{}@{}", m.rule, m.engagement)).collect()
    };
    let first = ["support@e-p-1", "freeze@e-p-1", "all@e-p-1"];
    assert_eq!(found("2026-06-01"), first);
    assert_eq!(found("2026-06-20"), [&first[..], &["name@e-2", "freeze@e-2", "all@e-2"][..]].concat());
    assert_eq!(found("2024-12-01"), Vec::<String>::new());
}

#[cfg(feature = "csv")]
#[test]
fn a_table_of_ten_thousand_rows_is_read_and_answers() {
    let mut table = String::from("department,costCenter,roles,entitlements\n");
    for row in 0..10_000 {
        table.push_str(&format!("Unit {},{},member,erp/role:r{}\n", row / 100, row % 100, row));
    }
    let document = r#"{"version": 1, "targets": {"erp": {}}, "roles": {"member": {"entitlements": ["erp/group:all"]}},
        "tables": [{"id": "birthright", "keys": ["department", "costCenter"], "file": "table.csv"}]}"#;
    let document = PolicyDocument::load("policy.json", &mut |name| match name {
        "policy.json" => Ok((Format::Json, document.to_owned())),
        "table.csv" => Ok((Format::Json, table.clone())),
        other => Err(format!("no file {other}")),
    })
    .unwrap();
    let policy = Policy::compile(document).unwrap();
    let mut matcher = policy.matcher();
    for (department, cost_center, row) in
        [("unit 0", "0", 0), ("Unit 57", "31", 5_731), ("UNIT 99", "99", 9_999)]
    {
        let attributes = user("Ann", "Ab", department, "Clerk")
            .with(&format!("{ENTERPRISE}:costCenter"), cost_center)
            .unwrap();
        let person = identity(&employee("p-1", attributes, "2025-01-01"));
        let rules: Vec<String> = matcher.matches(&person, at(NOW)).map(|m| m.rule.to_string()).collect();
        assert_eq!(rules, [format!("birthright#{}", row + 2)]);
        let wanted = policy.evaluate(&person, &Facts::new(at(NOW)));
        assert_eq!(keys(&wanted), ["erp/group:all".to_owned(), format!("erp/role:r{row}")]);
    }
}
