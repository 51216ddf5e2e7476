//! What time alone brings about, races and crashes.

use std::sync::Arc;

use crate::common::{House, approve, ask, ask_and_approve, at, id, key, role};
use tenure_governance::{Decision, GovernanceError, Happening, MessageKind, RequestState};
use tenure_store::{CrashAction, CrashPoint, CrashStore};

#[tokio::test]
async fn approvers_are_reminded_on_business_days_then_others_may_decide_then_it_lapses() {
    let house = House::new();
    let now = at("2026-04-02T09:00:00Z"); // the Thursday before Easter; Friday and Monday are holidays
    house.run(now).await;
    let governance = house.governance();
    let request = governance.submit(&ask("w2", "w2", role("auditor")), now).await.unwrap();
    let mut seen = Vec::new();
    for day in 2..=13 {
        let then = at(&format!("2026-04-{day:02}T09:00:00Z"));
        governance.sent(&governance.outbox().await.unwrap(), then).await.unwrap();
        for (_, happened) in governance.advance(then).await.unwrap().happened {
            let to: Vec<String> =
                governance.outbox().await.unwrap().iter().map(|message| message.to.to_string()).collect();
            seen.push((day, happened, to.join(" ")));
        }
    }
    use Happening::{Escalated, Lapsed, Reminded};
    let expected = [
        (7, Reminded, "w1"),
        (8, Reminded, "w1"),
        (9, Escalated, "w1 w5"),
        (10, Reminded, "w1 w5"),
        (13, Lapsed, "w2"),
    ];
    assert_eq!(seen, expected.map(|(day, what, to)| (day, what, to.to_owned())));
    let lapsed = governance.request(request.id.as_str()).await.unwrap();
    assert_eq!(lapsed.state, RequestState::Lapsed);
    let late = Decision::approve(&lapsed, "sorry");
    let refused =
        governance.decide(request.id.as_str(), &id("w1"), &late, at("2026-04-14")).await.unwrap_err();
    assert!(refused.to_string().starts_with("expected an open request"), "{refused}");
}

#[tokio::test]
async fn whoever_a_request_was_escalated_to_may_decide() {
    let house = House::new();
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    let request = governance.submit(&ask("w3", "w3", role("lead")), now).await.unwrap();
    let decision = Decision::approve(&request, "fine");
    governance.decide(request.id.as_str(), &id("w5"), &decision, now).await.unwrap_err();
    let then = at("2026-03-05");
    governance.advance(then).await.unwrap();
    let escalations = governance.outbox().await.unwrap();
    assert!(escalations.iter().any(|m| m.kind == MessageKind::Escalation && m.to == id("w5")));
    let request = governance.decide(request.id.as_str(), &id("w5"), &decision, then).await.unwrap();
    assert_eq!(request.state, RequestState::Granted);
}

#[tokio::test]
async fn of_two_who_decide_at_the_same_moment_each_vote_counts_once() {
    let house = House::new();
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    let request = ask_and_approve(&governance, &ask("w2", "w2", key("desk/role:admin")), &["w1"], now).await;
    let mut racing = tokio::task::JoinSet::new();
    for who in ["w5", "w6", "w7"] {
        let (governance, request) = (house.governance(), request.clone());
        racing.spawn(async move {
            let decision = Decision::approve(&request, "fine");
            loop {
                match governance.decide(request.id.as_str(), &id(who), &decision, now).await {
                    Err(GovernanceError::Raced { .. }) => {}
                    other => break other.is_ok(),
                }
            }
        });
    }
    let counted = racing.join_all().await.into_iter().filter(|counted| *counted).count();
    assert_eq!(counted, 2, "the third comes too late");
    let granted = governance.request(request.id.as_str()).await.unwrap();
    assert_eq!((granted.state.as_str(), granted.stages[1].votes.len()), ("granted", 2));
    let grants = house.company.engine().grants(&id("w2")).await.unwrap();
    assert_eq!(grants.len(), 1);
}

#[tokio::test]
async fn a_crash_at_any_write_of_the_last_approval_grants_once_or_not_at_all() {
    let mut crashed = 0;
    for number in 1.. {
        for point in [CrashPoint::Before(number), CrashPoint::After(number)] {
            let house = House::new();
            let now = at("2026-03-02");
            house.run(now).await;
            let governance = house.governance();
            let request = ask_and_approve(&governance, &ask("w2", "w2", role("auditor")), &["w1"], now).await;
            let store =
                Arc::new(CrashStore::new(house.company.store.clone(), Some(point), CrashAction::Fail));
            let engine = house.company.engine_with(Arc::new(house.company.desk.clone()), store.clone());
            let decision = Decision::approve(&request, "fine");
            let ended =
                house.governance_of(engine).decide(request.id.as_str(), &id("w5"), &decision, now).await;
            if !store.crashed() {
                assert_eq!(ended.unwrap().state, RequestState::Granted);
                assert!(crashed >= 6, "at least three writes on both sides");
                return;
            }
            crashed += 1;
            let after = house.governance();
            if after.request(request.id.as_str()).await.unwrap().state == RequestState::Pending {
                approve(&after, &request, "w5", now).await;
            }
            after.advance(now).await.unwrap();
            let state = after.request(request.id.as_str()).await.unwrap().state;
            assert_eq!(state, RequestState::Granted, "{point:?}");
            assert_eq!(house.company.engine().grants(&id("w2")).await.unwrap().len(), 1, "{point:?}");
            let wanted = ["grant permission:audit to Anna Berg in erp"];
            assert_eq!(house.run(now).await, wanted, "{point:?}");
            house.trail("").await;
        }
    }
}

#[tokio::test]
async fn when_a_manager_leaves_their_own_manager_decides() {
    let mut house = House::new();
    house.company.worker("w1").manager_id = Some("w6".to_owned());
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    let request = governance.submit(&ask("w2", "w2", role("auditor")), now).await.unwrap();
    assert!(governance.waiting_for(&id("w6"), now).await.unwrap().is_empty());
    house.company.worker("w1").end_date = Some("2026-03-02".parse().unwrap());
    let then = at("2026-03-03");
    house.company.engine().observe(then).await.unwrap();
    let governance = house.governance();
    assert_eq!(governance.waiting_for(&id("w6"), then).await.unwrap().len(), 1);
    assert!(
        governance.waiting_for(&id("w4"), then).await.unwrap().is_empty(),
        "it does not fall to the administrators"
    );
    assert_eq!(approve(&governance, &request, "w6", then).await.approved_by(), "w6");
}
