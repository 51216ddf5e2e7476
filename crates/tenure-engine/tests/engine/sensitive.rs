//! Who could reach data of a class, on which day and why.

use crate::common::{Company, account, at};
use tenure_connector::{EntitlementRef, ObjectClass, ObjectRef, Operation, WriteRequest};
use tenure_engine::EngineError;
use tenure_store::AsOf;

#[tokio::test]
async fn who_could_reach_data_of_a_class_is_told_for_any_day_with_the_reason() {
    let mut company = Company::new();
    let sensitive = "entitlements:\n  desk/role:reader: { data_class: health }\n  desk/role:admin: { risk: privileged, birthright: false, data_class: health }\n";
    company.policy = company
        .policy
        .replace("entitlements:\n  desk/role:admin: { risk: privileged, birthright: false }\n", sensitive);
    company.settle(at("2026-03-02")).await;
    // Bo reads by a rule; Anna gets the same in the system itself, and loses it there; Bo leaves.
    let found = account(&company.desk, "w2").unwrap();
    let by_hand = |give: bool| {
        let object = ObjectRef::new(ObjectClass::USER, found.id().unwrap());
        let entitlement = EntitlementRef::new("role", "reader");
        let operation = match give {
            true => Operation::Grant { object, entitlement, parameters: Default::default() },
            false => Operation::Revoke { object, entitlement },
        };
        let request = WriteRequest::new(format!("by hand {give}"), operation);
        company.desk.with_tenant(|tenant| tenant.apply(&request, None)).unwrap();
    };
    by_hand(true);
    company.cycle(at("2026-03-05")).await;
    by_hand(false);
    company.cycle(at("2026-03-10")).await;
    let mut company = company;
    company.worker("w3").end_date = Some("2026-03-15".parse().unwrap());
    company.cycle(at("2026-03-17")).await;

    let now = at("2026-04-01");
    let who = async |day: &str| {
        let when = AsOf { effective: at(day), known: now };
        let found = company.engine().access_to_class("health", &when, now).await.unwrap();
        let line = |found: &tenure_engine::ClassAccess| {
            let why = if found.access.origins.is_empty() { "unknown" } else { "known" };
            format!("{} {} {why}", found.person, found.access.entitlement)
        };
        found.iter().map(line).collect::<Vec<_>>()
    };
    assert!(who("2026-03-01").await.is_empty());
    assert_eq!(who("2026-03-03").await, ["Bo Ek desk/role:reader known"]);
    assert_eq!(
        who("2026-03-06").await,
        ["Anna Berg desk/role:reader unknown", "Bo Ek desk/role:reader known"]
    );
    assert_eq!(who("2026-03-11").await, ["Bo Ek desk/role:reader known"]);
    assert!(who("2026-03-20").await.is_empty(), "nobody any more");
    let unknown = company.engine().access_to_class("payment", &AsOf::at(now), now).await.unwrap_err();
    assert!(matches!(unknown, EngineError::NotFound { what: "data class", .. }), "{unknown}");
}
