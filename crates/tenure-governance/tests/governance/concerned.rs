//! Who decides about somebody reads what that takes and nothing of anybody else.

use std::collections::BTreeMap;

use crate::common::{House, approve, ask, at, id, key, people};
use tenure_governance::{Deputy, MeasureScope, Verdict};
use tenure_store::{AccountRecord, Batch, Write};

const RULES: &str = r#"
reviews:
  - { id: erp, scope: { targets: [erp], birthright: true, who: 'department eq "Support"' }, first: 2026-03-01, every: 90d, by: [owner], due: 5bd }
playbooks:
  - id: quarter
    steps:
      - { id: audit, does: { grant: { what: { role: auditor }, term: 30d } } }
      - { id: check, does: { task: { title: "Look at {person}", to: [{ where: 'title eq "Controller"' }] } }, after: [audit] }
"#;

/// An account of Finn's that cannot be read: whoever reads everybody's accounts fails at it.
async fn spoil(house: &House) {
    let spoilt = AccountRecord {
        target: "erp".to_owned(),
        id: "spoilt".to_owned(),
        class: "User".to_owned(),
        version: None,
        resource: 17.into(),
        seen: at("2026-03-02"),
    };
    house.company.store.commit(Batch::new().with(Write::Account(spoilt))).await.unwrap();
    house.company.engine().census(at("2026-03-02")).await.unwrap_err();
}

#[tokio::test]
async fn nothing_is_read_of_those_whom_a_decision_does_not_concern() {
    let mut house = House::new();
    house.rules.push_str(RULES);
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    governance.advance_reviews(now).await.unwrap();
    spoil(&house).await;

    let deputy = Deputy {
        principal: id("w5"),
        deputy: id("w4"),
        from: now,
        until: at("2026-04-01"),
        reason: "away".to_owned(),
    };
    governance.deputise(deputy, now).await.unwrap();
    let draft = ask("w2", "w2", key("desk/role:admin"));
    assert_eq!(governance.consider(&draft, now).await.unwrap().stages.len(), 2);
    let asked = governance.submit(&draft, now).await.unwrap();
    let told = governance.outbox().await.unwrap();
    let decide =
        told.iter().filter(|message| message.about == asked.id.as_str()).map(|message| message.to.clone());
    assert_eq!(people(decide), ["w1"]);
    assert_eq!(governance.waiting_for(&id("w1"), now).await.unwrap().len(), 1);
    let asked = approve(&governance, &asked, "w1", now).await;
    // Those who are found by a condition are found among everybody.
    for who in ["w5", "w6", "w7"] {
        assert!(governance.show_request(asked.id.as_str(), &id(who), now).await.unwrap().1, "{who}");
    }
    approve(&governance, &asked, "w6", now).await;
    let asked = governance.request(asked.id.as_str()).await.unwrap();
    let asked = approve(&governance, &asked, "w7", now).await;
    assert_eq!(asked.state.as_str(), "granted");
    governance.advance(at("2026-03-03")).await.unwrap();
    governance.withdraw(asked.id.as_str(), &id("w2"), "not needed", at("2026-03-03")).await.unwrap();

    let round = "erp-2026-03-01";
    let items = governance.to_review(&id("w5"), now).await.unwrap();
    assert!(items.len() > 1, "{items:#?}");
    let judged =
        governance.judge(round, &items[0].id, &id("w5"), Verdict::Remove, "moved on", now).await.unwrap();
    governance.show_item(round, &judged.id, &id("w5"), now).await.unwrap();
    governance.advance_reviews(at("2026-03-03")).await.unwrap();
    assert_eq!(governance.remedies(false).await.unwrap().len(), 1, "it is held still");

    let none = BTreeMap::new();
    governance.rehearse("quarter", &[id("w2")], &none, &id("w4"), now).await.unwrap();
    let begun = governance.run_playbook("quarter", &[id("w2")], &none, &id("w4"), now).await.unwrap();
    let done = governance.advance_playbooks(now).await.unwrap();
    assert_eq!(done.steps, 2);
    governance.finish_task(&begun[0].id, "check", &id("w5"), true, "", now).await.unwrap();
    let scope = MeasureScope::between(at("2026-03-01"), at("2026-03-03"));
    assert!(governance.measures(&scope, at("2026-03-03")).await.unwrap().access.cases > 0);
}

#[tokio::test]
async fn triggers_look_again_at_those_alone_of_whom_something_has_changed() {
    let mut house = House::new();
    house.rules.push_str(RULES);
    house.company.policy = house.company.policy.replace(
        "\nrules:\n",
        "\ntriggers:\n  - { id: support, playbook: quarter, in: [active], when: 'department eq \"Support\"' }\nrules:\n",
    );
    let now = at("2026-03-02");
    house.run(now).await;
    assert_eq!(house.governance().advance_playbooks(now).await.unwrap().begun.len(), 2, "Mara and Anna");
    house.company.worker("w3").department = Some("Support".to_owned());
    house.company.engine().observe(at("2026-03-03")).await.unwrap();
    spoil(&house).await;
    let done = house.governance().advance_playbooks(at("2026-03-03")).await.unwrap();
    assert_eq!(done.begun.len(), 1, "Bo, who has moved");
    assert!(house.governance().advance_playbooks(at("2026-03-04")).await.unwrap().begun.is_empty());
}
