//! Access for a time, as plans give and take it: from a day, until a day, and in the sandbox of temporary people.

use crate::common::company::{held, worker};
use crate::common::{House, ask, ask_and_approve, at, role};
use tenure_connector::entitlement::Entitlement;
use tenure_connector::memory::MemoryConnector;

#[tokio::test]
async fn granted_access_begins_on_its_first_day_and_ends_on_its_last() {
    let house = House::new();
    let now = at("2026-03-02");
    house.run(now).await;
    let draft = ask("w2", "w2", role("auditor")).from(at("2026-03-10")).until(at("2026-04-10"));
    let granted = ask_and_approve(&house.governance(), &draft, &["w1", "w5"], now).await;
    assert_eq!(granted.state.as_str(), "granted");
    for early in ["2026-03-02", "2026-03-10T11:59:59Z"] {
        assert!(house.run(at(early)).await.is_empty(), "{early}");
    }
    assert_eq!(house.run(at("2026-03-10")).await, ["grant permission:audit to Anna Berg in erp"]);
    assert!(house.run(at("2026-04-10T11:59:59Z")).await.is_empty());
    assert_eq!(house.run(at("2026-04-10")).await, ["revoke permission:audit from Anna Berg in erp"]);
}

#[tokio::test]
async fn who_comes_for_a_time_gets_the_sandbox_and_nothing_after_ninety_days() {
    let mut house = House::new();
    let mut whole = "temporary: { default: 90d, kinds: [Contractor],".to_owned();
    assert!(house.company.policy.contains(&whole));
    let old = whole.clone();
    whole.push_str(" sandbox: { desk: erp },");
    house.company.policy = house.company.policy.replace(&old, &whole);
    let erp = house.company.erp.with_tenant(|tenant| tenant.clone());
    house.company.erp =
        MemoryConnector::over("erp", erp.with_entitlement(Entitlement::new("role", "reader")));
    let seller = |id: &str, kind: &str| {
        let mut seller = worker(id, "Gil", "Dahl", "Sales", "Seller", Some("w1"));
        seller.engagement_type = kind.to_owned();
        seller.start_date = "2026-03-02".parse().unwrap();
        seller
    };
    house.company.workers.extend([seller("w8", "Contractor"), seller("w9", "Employee")]);
    house.run(at("2026-03-02")).await;
    let of = |house: &House, who: &str| (held(&house.company.desk, who), held(&house.company.erp, who));
    let both = ["permission:self-service".to_owned(), "role:reader".to_owned()];
    let [own, reader] = both.clone();
    assert_eq!(of(&house, "w8"), (Vec::new(), both.to_vec()), "the same work, in the sandbox");
    assert_eq!(of(&house, "w9"), (vec![reader], vec![own]), "who stays has the real one");
    assert!(house.run(at("2026-05-30")).await.is_empty(), "nobody knows the end, so it is ninety days");
    house.run(at("2026-06-01")).await;
    assert_eq!(of(&house, "w8"), (Vec::new(), Vec::new()));
}
