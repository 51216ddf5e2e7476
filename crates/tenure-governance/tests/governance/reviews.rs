//! Reviews: campaigns on a calendar, evidence, decisions that are carried out, silence, remedies, and whether anybody looked.

use std::sync::Arc;

use crate::common::company::{account, held};
use crate::common::{House, ask, ask_and_approve, at, id, key};
use chrono::TimeDelta;
use tenure_connector::{EntitlementRef, ObjectClass, ObjectRef, Operation, WriteRequest};
use tenure_governance::{Deputy, Governance, GovernanceError, Item, MessageKind, Peers, Verdict, measure};
use tenure_store::{CrashAction, CrashPoint, CrashStore};

const REVIEWS: &str = r#"
reviews:
  - id: access
    first: 2026-04-01
    every: 90d
    by: [owner, manager]
    due: 5bd
    remind: 2bd
    escalate: { after: 3bd, to: [{ people: [w7] }] }
    remedy_within: 2bd
"#;

fn house() -> House {
    let mut house = House::new();
    house.rules.push_str(REVIEWS);
    house
}

/// Anna holds what a request gave, what a rule gives, and what somebody gave her by hand in the target itself.
async fn filled(house: &House) -> Governance {
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    ask_and_approve(&governance, &ask("w2", "w2", key("erp/permission:pay")), &["w1", "w5"], now).await;
    house.run(now).await;
    by_hand(house, "w2", "audit");
    house.run(now).await;
    governance
}

/// Gives a permission in the target itself.
fn by_hand(house: &House, who: &str, permission: &str) {
    let account = account(&house.company.erp, who).unwrap();
    let object = ObjectRef::new(ObjectClass::USER, account.id().unwrap());
    let entitlement = EntitlementRef::new("permission", permission);
    let grant = Operation::Grant { object, entitlement, parameters: Default::default() };
    let request = WriteRequest::new(format!("by hand {who} {permission}"), grant);
    house.company.erp.with_tenant(|tenant| tenant.apply(&request, None)).unwrap();
}

fn item<'a>(items: &'a [Item], what: &str) -> &'a Item {
    items.iter().find(|item| item.entitlement.to_string() == what).unwrap()
}

const ROUND: &str = "access-2026-04-01";

#[tokio::test]
async fn campaigns_open_on_their_calendar_once_and_a_missed_one_is_not_made_up_for() {
    let house = house();
    let governance = filled(&house).await;
    let mut seen = Vec::new();
    for day in ["2026-03-31", "2026-04-01", "2026-04-01", "2026-04-20", "2026-12-30"] {
        let done = governance.advance_reviews(at(day)).await.unwrap();
        seen.push((day, done.opened.join(" ")));
    }
    let expected = [
        ("2026-03-31", ""),
        ("2026-04-01", ROUND),
        ("2026-04-01", ""),
        ("2026-04-20", ""),
        ("2026-12-30", "access-2026-12-27"),
    ];
    assert_eq!(seen, expected.map(|(day, opened)| (day, opened.to_owned())));
}

#[tokio::test]
async fn items_show_why_access_is_held_who_else_has_it_and_what_has_changed() {
    let mut house = house();
    let governance = filled(&house).await;
    governance.advance_reviews(at("2026-04-01")).await.unwrap();
    let round = governance.campaign(ROUND).await.unwrap();
    let items = governance.review_items(ROUND).await.unwrap();
    let what: Vec<String> =
        items.iter().map(|item| format!("{} {}", item.person, item.entitlement)).collect();
    assert_eq!(what, ["Anna Berg erp/permission:audit", "Anna Berg erp/permission:pay"]);
    let by_rule: Vec<String> = round.by_rule.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
    assert_eq!(by_rule, ["agents 4", "employees 7", "leads 3", "sellers 2"], "rules are judged as rules");
    let pay = &item(&items, "erp/permission:pay").evidence;
    assert!(pay.why().starts_with("request `r-20260302-"), "{}", pay.why());
    assert_eq!((pay.until, pay.active), (Some(at("2026-03-02") + TimeDelta::days(90)), true));
    assert_eq!(pay.work["department"], "Support");
    assert_eq!(pay.peers, None, "nobody else has this department and title");
    assert_eq!(item(&items, "erp/permission:audit").evidence.why(), "nobody knows why");

    // The owner keeps one; Anna moves, and somebody joins her; the next campaign tells.
    let pay = item(&items, "erp/permission:pay").id.clone();
    let now = at("2026-04-02");
    governance.judge(ROUND, &pay, &id("w5"), Verdict::Keep, "until June", now).await.unwrap();
    let longer = ask("w2", "w2", key("erp/permission:pay")).until(at("2026-08-01"));
    ask_and_approve(&governance, &longer, &["w1", "w5"], now).await;
    let later = at("2026-06-30");
    house.company.worker("w2").title = Some("Seller".to_owned());
    house.company.worker("w2").department = Some("Sales".to_owned());
    house.run(later).await;
    let governance = house.governance();
    let done = governance.advance_reviews(later).await.unwrap();
    let items = governance.review_items(&done.opened[0]).await.unwrap();
    let evidence = &item(&items, "erp/permission:pay").evidence;
    assert_eq!(
        evidence.earlier.as_ref().map(|found| (found.by.as_str(), found.verdict)),
        Some(("w5", Verdict::Keep))
    );
    assert_eq!(evidence.changes[..2], ["department: Support became Sales", "title: Agent became Seller"]);
    assert_eq!(evidence.peers, Some(Peers { holders: 0, of: 1 }), "Bo does the same work and has it not");
}

#[tokio::test]
async fn items_show_the_last_use_and_the_cost_and_go_to_the_next_who_can_decide() {
    let mut house = house();
    house.rules = house
        .rules
        .replace("    by: [owner, manager]\n", "    scope: { birthright: true }\n    by: [owner, manager]\n");
    house.company.worker("w1").manager_id = None;
    house.run(at("2026-03-02")).await;
    let desk = account(&house.company.desk, "w2").unwrap();
    let user = ObjectRef::new(ObjectClass::USER, desk.id().unwrap());
    let arguments = std::collections::BTreeMap::from([("at".to_owned(), "2026-03-05T12:00:00Z".into())]);
    let login = Operation::Custom { object: user, name: "record_login".to_owned(), arguments };
    house.company.desk.with_tenant(|tenant| tenant.apply(&WriteRequest::new("login", login), None)).unwrap();
    house.run(at("2026-03-06")).await;
    let (governance, now) = (house.governance(), at("2026-04-01"));
    governance.advance_reviews(now).await.unwrap();
    let items = governance.review_items(ROUND).await.unwrap();
    let of = |who: &str, what: &str| {
        let found =
            items.iter().find(|item| item.identity == id(who) && item.entitlement.to_string() == what);
        found.unwrap_or_else(|| panic!("{who} {what}: {items:#?}")).clone()
    };
    let seat = of("w2", "desk/licence:professional").evidence;
    assert_eq!(seat.last_used, Some(at("2026-03-05T12:00:00Z")));
    assert_eq!(seat.yearly.unwrap().to_string(), "1380.00 USD");
    let role = of("w3", "desk/role:reader").evidence;
    assert_eq!((role.last_used, role.yearly), (None, None), "he has not used it, and it costs nothing");
    let report = governance.review_report(ROUND, now).await.unwrap();
    let csv = report.tables[0].to_csv();
    let row = csv.lines().find(|row| row.contains("Anna Berg,desk/licence:professional")).unwrap();
    assert!(row.contains(",5 Mar 2026,") && row.contains(",1380.00 USD,rule"), "{row}");

    // Nobody owns the desk: the manager decides. Who has none is the administrators'; an owner's own is their manager's.
    for (who, item, reviewer) in [
        ("w2", "desk/role:agent", "w1"),
        ("w1", "desk/role:lead", "w4"),
        ("w2", "erp/permission:self-service", "w5"),
        ("w5", "erp/permission:self-service", "w4"),
    ] {
        let item = of(who, item).id;
        for other in ["w1", "w4", "w5"] {
            let waits = governance.to_review(&id(other), now).await.unwrap();
            let waits = waits.iter().any(|found| found.id == item);
            assert_eq!(waits, other == reviewer, "{who} {other}");
        }
    }
}

#[tokio::test]
async fn a_removal_goes_through_the_plan_and_is_closed_when_it_is_seen_to_be_gone() {
    let mut house = house();
    house.rules = house.rules.replace(
        "    by: [owner, manager]\n",
        "    scope: { birthright: true, targets: [erp] }\n    by: [owner, manager]\n",
    );
    let governance = filled(&house).await;
    governance.advance_reviews(at("2026-04-01")).await.unwrap();
    let now = at("2026-04-02T08:00:00Z");
    let items = governance.review_items(ROUND).await.unwrap();
    let of_anna: Vec<&Item> = items.iter().filter(|item| item.identity == id("w2")).collect();
    assert_eq!(of_anna.len(), 3);
    let remove = |item: &Item, reason: &'static str| {
        let (governance, item) = (governance.clone(), item.id.clone());
        async move { governance.judge(ROUND, &item, &id("w5"), Verdict::Remove, reason, now).await }
    };
    let silent = remove(of_anna[0], "").await.unwrap_err();
    assert_eq!(silent.to_string(), "expected a reason for the removal, found none");
    for item in &of_anna {
        remove(item, "not in this team").await.unwrap();
    }
    let twice = remove(of_anna[0], "again").await.unwrap_err();
    assert!(twice.to_string().ends_with("was decided already"), "{twice}");
    let open: Vec<String> = governance
        .remedies(false)
        .await
        .unwrap()
        .into_iter()
        .map(|found| {
            format!(
                "{} {} {}",
                found.entitlement,
                found.owner,
                found.steps.join("; ").split('`').next().unwrap().trim()
            )
        })
        .collect();
    let mut open = open;
    open.sort();
    assert_eq!(
        open,
        [
            "erp/permission:audit w5 nobody knew a reason for it: it was given up",
            "erp/permission:pay w5 the grant",
            "erp/permission:self-service w5 the rule",
        ]
    );
    // Nothing is gone before the target says so.
    assert!(governance.advance_reviews(now).await.unwrap().remedied.is_empty());
    assert_eq!(house.erp("w2").len(), 3);
    let mut done = house.run(now).await;
    done.sort();
    assert_eq!(
        done,
        ["revoke permission:audit from Anna Berg in erp", "revoke permission:pay from Anna Berg in erp"]
    );
    assert_eq!(governance.advance_reviews(now).await.unwrap().remedied.len(), 2);
    let left = governance.remedies(false).await.unwrap();
    assert!(left.len() == 1 && left[0].by_hand && left[0].verified.is_none());
    // Its owner is told once when it is overdue.
    for _ in 0..2 {
        governance.advance_reviews(at("2026-04-08")).await.unwrap();
    }
    let told = governance.outbox().await.unwrap();
    let overdue =
        told.iter().filter(|m| m.kind == MessageKind::Reminder && m.text.contains("by now")).count();
    assert_eq!(overdue, 1);
    // The rule is changed; then it is gone, and seen to be.
    house.company.policy = house
        .company
        .policy
        .replace("when: 'userType eq \"Employee\"', roles", "when: 'department eq \"Finance\"', roles")
        .replace(
            "includes: [employee]\n    entitlements: [{ target: desk, role: agent",
            "entitlements: [{ target: desk, role: agent",
        );
    house.run(at("2026-04-09")).await;
    let governance = house.governance();
    let gone = governance.advance_reviews(at("2026-04-09")).await.unwrap().remedied;
    assert_eq!(gone.len(), 1, "{gone:?}");
    assert!(governance.remedies(false).await.unwrap().is_empty());
    let report = governance.review_report(ROUND, at("2026-04-09")).await.unwrap();
    let html = report.to_html();
    assert!(html.contains("Access review access-2026-04-01") && html.contains("not in this team"));
    let figures: Vec<String> = report.figures.iter().map(|f| format!("{} {}", f.label, f.value)).collect();
    assert_eq!(figures, ["Items 9", "Kept 0", "To be removed 3", "Of these gone 3", "Nobody decided 6"]);
    assert!(report.tables[0].to_csv().contains("Anna Berg,erp/permission:pay,remove,Dan Falk"));
    serde_json::from_str::<tenure_engine::report::Report>(&serde_json::to_string(&report).unwrap()).unwrap();
}

#[tokio::test]
async fn silence_takes_nothing_from_anybody_and_is_told() {
    let house = house();
    let governance = filled(&house).await;
    let before = (house.erp("w2"), held(&house.company.desk, "w2"));
    let mut seen = Vec::new();
    for day in 1..=14 {
        let now = at(&format!("2026-04-{day:02}T09:00:00Z"));
        governance.sent(&governance.outbox().await.unwrap(), now).await.unwrap();
        let done = governance.advance_reviews(now).await.unwrap();
        let told: std::collections::BTreeSet<String> =
            governance.outbox().await.unwrap().iter().map(|message| message.to.to_string()).collect();
        let told: Vec<String> = told.into_iter().collect();
        for what in [
            ("opened", done.opened.len()),
            ("reminded", done.reminded.len()),
            ("escalated", done.escalated.len()),
            ("closed", done.closed.iter().map(|(_, left)| *left).sum()),
        ] {
            if what.1 > 0 {
                seen.push(format!("{day} {} {} to {}", what.0, what.1, told.join(" ")));
            }
        }
        let plan = house.run(now).await;
        assert!(plan.is_empty(), "{plan:?}");
    }
    assert_eq!(
        seen,
        [
            "1 opened 1 to w5",
            "7 reminded 1 to w5", // two business days later, as Good Friday and Easter Monday are none
            "8 escalated 1 to w5 w7",
            "9 reminded 1 to w5 w7",
            "10 closed 2 to w4",
        ]
    );
    assert_eq!((house.erp("w2"), held(&house.company.desk, "w2")), before);
    let items = governance.review_items(ROUND).await.unwrap();
    let late = at("2026-04-15");
    let late = governance.judge(ROUND, &items[0].id, &id("w5"), Verdict::Remove, "too late", late).await;
    assert!(late.unwrap_err().to_string().ends_with("closed"));
}

#[tokio::test]
async fn reviewers_are_who_the_review_names_whom_the_policy_lets_and_never_who_has_the_access() {
    let house = house();
    let governance = filled(&house).await;
    let now = at("2026-04-01");
    governance.advance_reviews(now).await.unwrap();
    let items = governance.review_items(ROUND).await.unwrap();
    assert_eq!(governance.to_review(&id("w5"), now).await.unwrap().len(), 2);
    assert!(governance.to_review(&id("w2"), now).await.unwrap().is_empty());
    for who in ["w2", "w3", "w6"] {
        let refused =
            governance.judge(ROUND, &items[0].id, &id(who), Verdict::Keep, "", now).await.unwrap_err();
        assert!(matches!(refused, GovernanceError::NotAllowed { .. }), "{refused}");
    }
    // Mara is no owner, but her manager's delegation lets her review for her people.
    governance.judge(ROUND, &items[0].id, &id("w1"), Verdict::Keep, "needed", now).await.unwrap();
    let until = now + TimeDelta::days(2);
    let reason = "holidays".to_owned();
    let deputy = Deputy { principal: id("w5"), deputy: id("w6"), from: now, until, reason };
    governance.deputise(deputy, now).await.unwrap();
    let judged = governance.judge(ROUND, &items[1].id, &id("w6"), Verdict::Keep, "", now).await.unwrap();
    assert_eq!(judged.judgement.unwrap().instead_of, Some(id("w5")));
    let closed = governance.advance_reviews(now).await.unwrap().closed;
    assert_eq!(
        closed,
        [(ROUND.to_owned(), 0)],
        "a campaign in which everything is decided is closed at once"
    );
}

#[tokio::test]
async fn decisions_that_nobody_thought_about_show() {
    let house = house();
    let governance = filled(&house).await;
    for who in ["w1", "w3", "w4", "w6", "w7"] {
        by_hand(&house, who, "pay");
        by_hand(&house, who, "audit");
    }
    house.run(at("2026-03-31")).await;
    let now = at("2026-04-01");
    governance.advance_reviews(now).await.unwrap();
    let items = governance.review_items(ROUND).await.unwrap();
    assert_eq!(items.len(), 12);
    for (number, item) in items.iter().enumerate() {
        let at = now + TimeDelta::seconds(3 * number as i64);
        governance.judge(ROUND, &item.id, &id("w5"), Verdict::Keep, "", at).await.unwrap();
    }
    let found = measure(&governance.review_items(ROUND).await.unwrap());
    assert_eq!((found[0].decided, found[0].kept, found[0].median_seconds), (12, 12, Some(3)));
    assert_eq!(
        found[0].signs,
        [
            "kept 12 of 12",
            "3 seconds a decision",
            "no decision has a reason",
            "kept 10 delicate items within 10 seconds"
        ]
    );
}

#[tokio::test]
async fn a_crash_at_any_write_of_an_opening_or_a_removal_loses_and_doubles_nothing() {
    for number in 1.. {
        let mut reached = false;
        for point in [CrashPoint::Before(number), CrashPoint::After(number)] {
            let house = house();
            filled(&house).await;
            let store =
                Arc::new(CrashStore::new(house.company.store.clone(), Some(point), CrashAction::Fail));
            let engine = house.company.engine_with(Arc::new(house.company.desk.clone()), store.clone());
            let crashing = house.governance_of(engine);
            let now = at("2026-04-01");
            let work = |governance: Governance| async move {
                governance.advance_reviews(now).await?;
                for item in governance.review_items(ROUND).await? {
                    if item.judgement.is_none() {
                        governance.judge(ROUND, &item.id, &id("w5"), Verdict::Remove, "gone", now).await?;
                    }
                }
                governance.advance_reviews(now).await
            };
            let ended = work(crashing).await;
            reached |= store.crashed();
            assert_eq!(ended.is_err(), store.crashed(), "{ended:?}");
            work(house.governance()).await.unwrap();
            let mut titles = house.run(now).await;
            titles.sort();
            assert_eq!(titles.len(), 2, "{point:?}: {titles:?}");
            house.governance().advance_reviews(now).await.unwrap();
            assert_eq!(house.governance().remedies(true).await.unwrap().len(), 2, "{point:?}");
            assert_eq!(house.governance().review_items(ROUND).await.unwrap().len(), 2);
            house.trail("").await;
        }
        if !reached {
            assert!(number > 6, "an opening and two removals are more writes than {number}");
            return;
        }
    }
}
