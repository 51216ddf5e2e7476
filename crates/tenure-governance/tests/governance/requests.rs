//! Requests from the wish to the end of access: stages, quorums, deputies, what changes in between, and who may not.

use crate::common::company::held;
use crate::common::{House, approve, ask, ask_and_approve, at, id, key, role};
use chrono::TimeDelta;
use tenure_governance::{Decision, Deputy, GovernanceError, RequestState, StageState};
use tenure_policy::GrantId;

#[tokio::test]
async fn a_request_is_approved_in_stages_carried_out_by_the_next_plan_and_ends_after_ninety_days() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::on_disk(&folder);
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    let draft = ask("w2", "w2", key("erp/permission:pay"));

    let considered = governance.consider(&draft, now).await.unwrap();
    assert_eq!(considered.asked.until, Some(now + TimeDelta::days(90)), "ninety days, for want of an end");
    let gains: Vec<String> = considered.difference.gains.keys().map(ToString::to_string).collect();
    assert_eq!(gains, ["erp/permission:pay"]);
    let rules: Vec<&str> = considered.stages.iter().map(|stage| stage.rule.id.as_str()).collect();
    assert_eq!(rules, ["manager", "owners"], "stages follow from what would change");
    assert!(
        house.company.store.values("governance/").await.unwrap().is_empty(),
        "considering writes nothing"
    );

    let request = governance.submit(&draft, now).await.unwrap();
    assert_eq!(request.hash, considered.difference.hash());
    let inbox = governance.waiting_for(&id("w1"), now).await.unwrap();
    assert_eq!(inbox.len(), 1, "the manager has it before them");
    assert!(governance.waiting_for(&id("w5"), now).await.unwrap().is_empty(), "the owner does not yet");
    assert!(house.run(now).await.is_empty(), "nothing is given before everybody has approved");

    let request = approve(&governance, &request, "w1", now).await;
    assert_eq!(request.state, RequestState::Pending);
    assert_eq!(request.stages[0].state, StageState::Approved);
    // Another program, over the same file.
    let governance = house.governance();
    let request = approve(&governance, &request, "w5", now).await;
    assert_eq!((request.state.as_str(), request.approved_by().as_str()), ("granted", "w1, w5"));
    assert_eq!(house.run(now).await, ["grant permission:pay to Anna Berg in erp"]);
    assert_eq!(house.erp("w2"), ["permission:pay", "permission:self-service"]);
    governance.advance(now).await.unwrap();
    assert!(governance.request(request.id.as_str()).await.unwrap().fulfilled.is_some());

    let told = |kind: &str, found: &[tenure_governance::Message]| {
        found.iter().filter(|m| format!("{:?}", m.kind) == kind).map(|m| m.to.to_string()).collect::<Vec<_>>()
    };
    let messages = governance.outbox().await.unwrap();
    assert_eq!(told("Decide", &messages), ["w1", "w5"]);
    assert_eq!(told("Decided", &messages), ["w2"]);
    governance.sent(&messages, now).await.unwrap();

    for (day, kind) in [("2026-05-20", "EndsSoon"), ("2026-05-29", "EndsSoon")] {
        governance.advance(at(day)).await.unwrap();
        governance.advance(at(day)).await.unwrap();
        let messages = governance.outbox().await.unwrap();
        assert_eq!(told(kind, &messages), ["w2"], "once for each term, on {day}");
        governance.sent(&messages, at(day)).await.unwrap();
    }
    assert_eq!(house.run(at("2026-05-31")).await, ["revoke permission:pay from Anna Berg in erp"]);
    let ended = governance.request(request.id.as_str()).await.unwrap();
    assert_eq!(ended.state, RequestState::Ended);
    assert!(governance.open_requests().await.unwrap().is_empty());
    assert_eq!(
        house.trail("request.").await,
        [
            "w2 request.submit: pending",
            "w1 request.approve: pending",
            "w5 request.approve: approved",
            "tenure request.grant: granted",
            "tenure request.fulfilled: held",
            "tenure request.remind: granted",
            "tenure request.remind: granted",
            "tenure request.end: ended",
        ]
    );
}

#[tokio::test]
async fn what_a_rule_approves_is_granted_at_once_and_the_record_names_the_rule() {
    let house = House::new();
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    let request = governance.submit(&ask("w2", "w2", key("desk/role:reader")), now).await.unwrap();
    assert_eq!(request.state, RequestState::Granted);
    assert_eq!(request.approved_by(), "rule `harmless`");
    assert_eq!(house.run(now).await, ["grant role:reader to Anna Berg in desk"]);
    let records = house.company.store.audit(0, 10_000).await.unwrap();
    let decided = records.iter().find(|record| record.draft.action == "request.approve").unwrap();
    assert_eq!(
        (decided.draft.outcome.as_str(), &decided.draft.why["rule"]),
        ("automatic", &"harmless".into())
    );
    // The rule speaks of one entitlement; a role that gives more is looked at by people.
    let more = governance.submit(&ask("w5", "w5", role("seller")), now).await.unwrap();
    assert!(more.automatic.is_some(), "all of it is the reader role, which Dan lacks");
    let more = governance.submit(&ask("w7", "w7", role("lead")), now).await.unwrap();
    assert_eq!((more.automatic, more.state), (None, RequestState::Pending));
}

#[tokio::test]
async fn nobody_decides_about_their_own_request_nor_for_another_twice() {
    let house = House::new();
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    // The manager asks for her report: her own manager decides.
    let request = governance.submit(&ask("w1", "w2", role("auditor")), now).await.unwrap();
    assert_eq!(request.delegation.as_ref().map(|rule| rule.as_str()), Some("managers"));
    for (who, because) in [
        ("w1", "nobody decides about their own request"),
        ("w2", "nobody decides about their own request"),
        ("w3", "they are none of the approvers of its open stage"),
    ] {
        let decision = Decision::approve(&request, "mine");
        let refused = governance.decide(request.id.as_str(), &id(who), &decision, now).await.unwrap_err();
        assert!(refused.to_string().ends_with(because), "{refused}");
    }
    // Standing in for an approver does not help either.
    let until = now + TimeDelta::days(3);
    let deputy = |principal: &str, deputy: &str| Deputy {
        principal: id(principal),
        deputy: id(deputy),
        from: now,
        until,
        reason: "holidays".to_owned(),
    };
    governance.deputise(deputy("w4", "w1"), now).await.unwrap();
    let decision = Decision::approve(&request, "for Cara");
    governance.decide(request.id.as_str(), &id("w1"), &decision, now).await.unwrap_err();
    governance.deputise(deputy("w4", "w7"), now).await.unwrap();
    assert_eq!(governance.waiting_for(&id("w7"), now).await.unwrap().len(), 1);
    let approved = governance.decide(request.id.as_str(), &id("w7"), &decision, now).await.unwrap();
    assert_eq!(approved.approved_by(), "w7 for w4");
    let late = governance.waiting_for(&id("w7"), until).await.unwrap();
    assert!(late.is_empty(), "and only for a while");
}

#[tokio::test]
async fn a_quorum_is_of_different_people_and_one_denial_is_enough() {
    let house = House::new();
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    let request =
        ask_and_approve(&governance, &ask("w2", "w2", key("desk/role:admin")), &["w1", "w5"], now).await;
    assert_eq!(request.stages[1].state, StageState::Open, "one of two");
    let twice = Decision::approve(&request, "again");
    let refused = governance.decide(request.id.as_str(), &id("w5"), &twice, now).await.unwrap_err();
    assert_eq!(refused.to_string(), "`w5` has decided about this stage already");
    let granted = approve(&governance, &request, "w6", now).await;
    assert_eq!(granted.state, RequestState::Granted);

    let request = ask_and_approve(&governance, &ask("w3", "w3", key("desk/role:admin")), &["w1"], now).await;
    let by = id("w7");
    let denied = |reason| governance.decide(request.id.as_str(), &by, reason, now);
    let silent = Decision::deny(&request, " ");
    assert_eq!(
        denied(&silent).await.unwrap_err().to_string(),
        "expected a reason for the denial, found none"
    );
    let spoken = Decision::deny(&request, "not in this team");
    let request = denied(&spoken).await.unwrap();
    assert_eq!(request.state, RequestState::Denied { by: by.clone(), reason: "not in this team".to_owned() });
    assert!(held(&house.company.desk, "w3").iter().all(|found| found != "role:admin"));
}

#[tokio::test]
async fn who_asks_for_whom_is_a_delegation_of_the_policy() {
    let house = House::new();
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    for (by, subject, message) in [
        ("w2", "w3", "`w2` may not ask for access for another: no delegation of the policy lets them"),
        ("w9", "w3", "there is no identity `w9`"),
        ("w1", "w9", "there is no identity `w9`"),
    ] {
        let refused = governance.submit(&ask(by, subject, role("auditor")), now).await.unwrap_err();
        assert_eq!(refused.to_string(), message);
    }
    let asked = governance.submit(&ask("w4", "w3", role("auditor")), now).await.unwrap();
    assert_eq!(asked.delegation, None, "an administrator asks for everybody");
    // Only who asked, who gets it and who may revoke take it back.
    let refused = governance.withdraw(asked.id.as_str(), &id("w2"), "no", now).await.unwrap_err();
    assert!(matches!(refused, GovernanceError::NotAllowed { .. }), "{refused}");
    let gone = governance.withdraw(asked.id.as_str(), &id("w3"), "not needed", now).await.unwrap();
    assert_eq!(gone.state.as_str(), "withdrawn");
}

#[tokio::test]
async fn wishes_that_make_no_sense_are_refused_with_the_reason() {
    let mut house = House::new();
    house.company.policy = house.company.policy.replace(
        "  desk/role:admin: {",
        "  erp/permission:approve: { requestable: false }\n  desk/role:admin: {",
    );
    house.company.worker("w3").end_date = Some("2026-03-01".parse().unwrap());
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    let mut silent = ask("w2", "w2", role("auditor"));
    silent.reason.clear();
    let past = ask("w2", "w2", role("auditor")).until(at("2026-03-01"));
    for (draft, message) in [
        (silent, "expected a reason, found none"),
        (past, "expected an end after 2026-03-02 12:00:00 UTC, found 2026-03-01 12:00:00 UTC"),
        (ask("w2", "w2", role("agent")), "expected something new, found that w2 has all of role agent"),
        (ask("w2", "w2", key("erp/permission:approve")), "erp/permission:approve may not be requested"),
        (ask("w2", "w2", role("king")), "there is no role `king`"),
        (ask("w1", "w3", role("auditor")), "expected somebody who works here, found `w3`, who has left"),
    ] {
        assert_eq!(governance.submit(&draft, now).await.unwrap_err().to_string(), message);
    }
    assert!(house.company.store.values("governance/").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_conflict_of_duties_is_refused_at_request_or_needs_its_own_stage() {
    let mut house = House::new();
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    ask_and_approve(&governance, &ask("w2", "w2", key("erp/permission:pay")), &["w1", "w5"], now).await;
    let draft = ask("w2", "w2", key("erp/permission:approve"));
    // The first grant is not even carried out yet.
    let refused = governance.submit(&draft, now).await.unwrap_err().to_string();
    assert!(
        refused.starts_with("it breaks the constraint `pay-and-approve`, which allows 1 of"),
        "{refused}"
    );
    // After the first grant has ended there is no conflict.
    let later = draft.clone().from(at("2026-07-01"));
    let fine = governance.submit(&later, now).await.unwrap();
    assert!(fine.difference.violations.is_empty());
    // Two grants that both begin later meet each other.
    house.rules = house.rules.replace(
        "  remind_before_end: [14d, 3d]\n  approvals:\n",
        "  violations: approve\n  approvals:\n    - { id: conflict, when: { violations: true }, by: [{ people: [w7] }] }\n",
    );
    let governance = house.governance();
    let request = governance.submit(&draft, now).await.unwrap();
    let rules: Vec<&str> = request.stages.iter().map(|stage| stage.rule.id.as_str()).collect();
    assert_eq!(rules, ["conflict", "manager", "owners"]);
    assert_eq!(
        request.stages[2].about,
        Some(key("erp/permission:approve")),
        "its own owner, not the target's"
    );
}

#[tokio::test]
async fn what_has_changed_since_it_was_shown_has_to_be_approved_anew() {
    let mut house = House::new();
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    let request = ask_and_approve(&governance, &ask("w2", "w2", role("auditor")), &["w1"], now).await;
    assert_eq!(request.stages[1].rule.id.as_str(), "owners");
    // Meanwhile the role is given more.
    let less = house.company.policy.clone();
    house.company.policy = less.replace("[erp/permission:audit]", "[erp/permission:audit, desk/role:admin]");
    let wider = house.governance();
    let decision = Decision::approve(&request, "as I saw it");
    let refused = wider.decide(request.id.as_str(), &id("w5"), &decision, now).await.unwrap_err();
    let about = request.id.as_str();
    assert_eq!(
        refused.to_string(),
        format!("the consequences of `{about}` have changed since they were shown: gives desk/role:admin")
    );
    let again = wider.request(about).await.unwrap();
    assert_eq!((again.restarts, again.state.as_str()), (1, "pending"));
    assert!(again.stages.iter().all(|stage| stage.votes.is_empty()), "earlier votes do not count");
    let rules: Vec<&str> = again.stages.iter().map(|stage| stage.rule.id.as_str()).collect();
    assert_eq!(rules, ["manager", "owners", "privileged"], "the new right needs its own approvers");
    let old = wider.decide(about, &id("w1"), &decision, now).await.unwrap_err();
    assert!(matches!(old, GovernanceError::Changed { .. }), "what was shown before is not what is pending");

    // When less is given than was approved, the approval holds.
    house.company.policy = less;
    let narrower = house.governance();
    let request = approve(&narrower, &again, "w1", now).await;
    assert_eq!(request.stages[0].state, StageState::Approved);
    assert!(house.trail("request.changed").await.len() == 1);
}

#[tokio::test]
async fn a_grant_that_would_give_more_than_was_approved_is_stopped_before_the_plan() {
    let mut house = House::new();
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    let request = ask_and_approve(&governance, &ask("w2", "w2", role("auditor")), &["w1", "w5"], now).await;
    assert_eq!(request.state, RequestState::Granted);
    house.company.policy =
        house.company.policy.replace("[erp/permission:audit]", "[erp/permission:audit, desk/role:admin]");
    assert_eq!(house.run(now).await, Vec::<String>::new(), "nothing of it is carried out");
    let governance = house.governance();
    let again = governance.request(request.id.as_str()).await.unwrap();
    assert_eq!((again.state.as_str(), again.restarts), ("pending", 1));
    let again = approve(&governance, &again, "w1", now).await;
    let again = approve(&governance, &again, "w5", now).await;
    let again = approve(&governance, &again, "w5", now).await;
    let again = approve(&governance, &again, "w6", now).await;
    assert_eq!(again.state, RequestState::Granted);
    assert_eq!(house.run(now).await.len(), 2);
}

#[tokio::test]
async fn ended_access_comes_back_by_request_with_its_lineage() {
    let house = House::new();
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    let request =
        governance.submit(&ask("w2", "w2", role("auditor")).until(at("2026-04-01")), now).await.unwrap();
    let request = approve(&governance, &request, "w1", now).await;
    let request = approve(&governance, &request, "w5", now).await;
    house.run(now).await;
    let early = governance.ask_again(&request.grant, &id("w2"), "again", now).await.unwrap_err();
    assert!(early.to_string().starts_with("expected a grant that has ended"), "{early}");
    house.run(at("2026-04-02")).await;
    assert_eq!(house.erp("w2"), ["permission:self-service"]);

    let later = at("2026-04-07");
    let again = governance.ask_again(&request.grant, &id("w2"), "the audit goes on", later).await.unwrap();
    assert_eq!(again.asked.reinstates.as_ref(), Some(&request.grant));
    assert!(house.run(later).await.is_empty(), "it needs its approvals again");
    let again = approve(&governance, &again, "w1", later).await;
    let again = approve(&governance, &again, "w5", later).await;
    assert_eq!(house.run(later).await, ["grant permission:audit to Anna Berg in erp"]);
    let why = house.company.engine().explain(&id("w2"), &key("erp/permission:audit"), later).await.unwrap();
    let lineage: Vec<&GrantId> = why.lineage.values().flatten().collect();
    assert_eq!((lineage, why.lineage.contains_key(&again.grant)), (vec![&request.grant], true));
}

#[tokio::test]
async fn a_leaver_keeps_no_granted_access_for_the_day_they_come_back() {
    let mut house = House::new();
    let now = at("2026-03-02");
    house.run(now).await;
    let governance = house.governance();
    let request = governance.submit(&ask("w2", "w2", key("desk/role:reader")), now).await.unwrap();
    house.run(now).await;
    let open = governance.submit(&ask("w2", "w2", role("auditor")), now).await.unwrap();
    house.company.worker("w2").end_date = Some("2026-03-04".parse().unwrap());
    house.run(at("2026-03-06")).await;
    house.run(at("2026-03-06")).await;
    let governance = house.governance();
    assert_eq!(governance.request(open.id.as_str()).await.unwrap().state.as_str(), "withdrawn");
    assert_eq!(governance.request(request.id.as_str()).await.unwrap().state.as_str(), "revoked");
    house.company.worker("w2").end_date = None;
    house.run(at("2026-03-20")).await;
    assert_eq!(held(&house.company.desk, "w2"), ["group:g-1", "licence:professional", "role:agent"]);
}
