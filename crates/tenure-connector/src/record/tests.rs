use std::collections::BTreeMap;

use serde_json::json;
use tenure_scim::{AttrPath, Resource, SchemaRegistry};

use super::*;

fn full_worker() -> WorkerRecord {
    let day = |text: &str| text.parse().unwrap();
    let mut record = WorkerRecord::new("W1", "E1", "Employee", "Amélie", "Dubois", day("2021-09-01"));
    record.preferred_name = Some("Amy".into());
    record.email = Some("amy@example.com".into());
    record.end_date = Some(day("2026-12-31"));
    record.time_zone = Some("Europe/Paris".into());
    record.manager_id = Some("W2".into());
    record.department = Some("Finance".into());
    record.team = Some("Payables".into());
    record.title = Some("Accountant".into());
    record.cost_center = Some("300".into());
    record.location = Some("Paris".into());
    record.country = Some("FR".into());
    record.primary = false;
    record.leaves = vec![
        LeaveRecord { kind: "Parental".into(), from: day("2026-01-12"), until: Some(day("2026-06-30")) },
        LeaveRecord { kind: "Sabbatical".into(), from: day("2026-10-01"), until: None },
    ];
    record.status = WorkerStatus::Terminated;
    record.extra = BTreeMap::from([("badge".to_owned(), "77".to_owned())]);
    record
}

#[test]
fn a_worker_with_everything_survives_the_round_trip() {
    let record = full_worker();
    assert_eq!(WorkerRecord::try_from(&Resource::from(&record)).unwrap(), record);
}

#[test]
fn every_member_of_a_full_record_is_in_its_schema() {
    let mut registry = SchemaRegistry::builtin();
    for class in [worker_class(), workload_class()] {
        class.schemas.iter().for_each(|schema| registry.add_schema(schema.clone()));
        registry.add_resource_type(class.resource_type).unwrap();
    }
    let mut bot = WorkloadRecord::new("S1", "Bot", "W1", "Answers");
    bot.scope.insert("desk/role:agent".into());
    bot.expires = Some("2027-01-31".parse().unwrap());
    bot.rotated = Some("2026-01-31".parse().unwrap());
    bot.reviewed = Some("2026-02-28".parse().unwrap());
    bot.environment = Some("production".into());
    bot.extra.insert("cluster".into(), "a".into());
    for (name, resource) in [("Worker", Resource::from(&full_worker())), ("Workload", Resource::from(&bot))] {
        let schema = registry.resource(name).unwrap();
        for (member, _) in resource.attributes() {
            let path = AttrPath::parse(member).unwrap();
            assert!(schema.attribute(&path).is_some(), "{name}: {member}");
        }
    }
    assert_eq!(account_schema().id.as_str(), ACCOUNT_SCHEMA);
}

#[test]
fn a_wrong_member_is_named_with_what_was_expected() {
    let check = |change: serde_json::Value, message: &str| {
        let mut value = Resource::from(&full_worker()).to_json();
        value.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let error = WorkerRecord::try_from(&Resource::from_json(value).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), message);
    };
    check(json!({ "workerId": null }), "attribute `workerId`: expected a text, found `nothing`");
    check(
        json!({ "startDate": "2026-02-30" }),
        "attribute `startDate`: expected a date as YYYY-MM-DD, found `2026-02-30`",
    );
    check(json!({ "endDate": 7 }), "attribute `endDate`: expected a text, found `7`");
    check(json!({ "primary": "yes" }), "attribute `primary`: expected true or false, found `\"yes\"`");
    check(
        json!({ "status": "gone" }),
        "attribute `status`: expected active, rescinded or terminated, found `gone`",
    );
    check(
        json!({ "leaves": [{ "type": "X" }] }),
        "attribute `leaves.from`: expected a date as YYYY-MM-DD, found `nothing`",
    );
    check(json!({ "extra": "x" }), "attribute `extra`: expected a list of objects, found `\"x\"`");
}
