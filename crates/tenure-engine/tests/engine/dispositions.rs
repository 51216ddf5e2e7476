//! What is done with accounts that are linked to nobody: what correlation finds, and what people have said.

use crate::common::{Company, at, id, seed_user, target, titles};
use tenure_connector::Operation;
use tenure_engine::{
    Action, ApplyOptions, Disposed, Disposition, EngineError, NoticeKind, Plan, StepOutcome,
};
use tenure_store::{Select, TaskState};

const LOAD: &str = "2026-03-02";
const NEXT: &str = "2026-03-03";

fn disposed(disposition: Disposition) -> Disposed {
    Disposed::new(disposition, "mara", "looked into it", at(LOAD))
}

fn about<'a>(plan: &'a Plan, kind: NoticeKind, text: &str) -> Vec<&'a str> {
    let found = plan.notices.iter().filter(|notice| notice.kind == kind && notice.text.contains(text));
    found.map(|notice| notice.text.as_str()).collect()
}

/// A company in which one account is linked to nobody.
async fn stray() -> (Company, String) {
    let company = Company::new();
    let stray = seed_user(&company.desk, "stray", None);
    company.settle(at(LOAD)).await;
    (company, stray.id)
}

#[tokio::test]
async fn unlinked_account_is_a_case_until_somebody_says_more() {
    let (mut company, stray) = stray().await;
    let engine = company.engine();
    let found = engine.unlinked(at(LOAD)).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].account.as_str(), found[0].name.as_str(), found[0].active),
        (&*stray, "stray", true)
    );
    assert_eq!(found[0].disposed, None);
    engine.dispose(&target("desk"), &stray, disposed(Disposition::Case)).await.unwrap();
    let tasks = engine.store().tasks(&Select::Target("desk".to_owned())).await.unwrap();
    assert_eq!(tasks.iter().filter(|task| task.state == TaskState::Open).count(), 1);
    company.policy = company.policy.replacen("    mode: managed", "    mode: exclusive", 1);
    let plan = company.plan(at(NEXT)).await;
    assert_eq!(titles(&plan), Vec::<String>::new());
    assert_eq!(about(&plan, NoticeKind::Unmatched, "a person looks into it").len(), 1);
    engine.withdraw_disposition(&target("desk"), &stray, "mara", at(NEXT)).await.unwrap();
    assert_eq!(engine.unlinked(at(NEXT)).await.unwrap()[0].disposed, None);
}

#[tokio::test]
async fn adopted_account_is_linked_whatever_correlation_says() {
    let mut company = Company::new();
    company.workers.retain(|worker| worker.worker_id != "w3");
    let stray = seed_user(&company.desk, "bo.private", None).id;
    company.settle(at(LOAD)).await;
    let hired = Company::new().workers.pop().unwrap();
    company.workers.push(hired);
    let engine = company.engine();
    engine.observe(at(NEXT)).await.unwrap();
    let adopt = disposed(Disposition::Adopt { identity: id("w3") });
    engine.dispose(&target("desk"), &stray, adopt.clone()).await.unwrap();
    let (plan, _) = company.settle(at(NEXT)).await;
    assert!(
        titles(&plan).contains(&"link account bo.private of desk to Bo Ek".to_owned()),
        "{:?}",
        titles(&plan)
    );
    assert!(!titles(&plan).contains(&"create Bo Ek in desk".to_owned()));
    let again = company.engine().dispose(&target("desk"), &stray, adopt).await;
    assert!(matches!(again, Err(EngineError::Refused { .. })), "it is linked now: {again:?}");
}

#[tokio::test]
async fn service_account_is_left_alone_and_its_owner_is_asked_for_when_gone() {
    let (mut company, stray) = stray().await;
    company.policy = company.policy.replacen("    mode: managed", "    mode: exclusive", 1);
    let service = Disposition::ServiceAccount { owner: id("w3"), purpose: "nightly export".to_owned() };
    company.engine().dispose(&target("desk"), &stray, disposed(service)).await.unwrap();
    let plan = company.plan(at(NEXT)).await;
    assert!(plan.steps.iter().all(|step| step.identity.is_some()), "{:?}", titles(&plan));
    assert!(about(&plan, NoticeKind::Task, "nightly export").is_empty());
    company.worker("w3").end_date = Some(LOAD.parse().unwrap());
    let plan = company.plan(at(NEXT)).await;
    assert_eq!(about(&plan, NoticeKind::Task, "nightly export").len(), 1, "{:?}", plan.notices);
}

#[tokio::test]
async fn protected_account_is_refused_by_the_executor_as_well() {
    let (mut company, stray) = stray().await;
    company.policy = company.policy.replacen("    mode: managed", "    mode: exclusive", 1);
    let mut forged = company.plan(at(NEXT)).await;
    forged.steps.retain(|step| step.title() == "disable account stray in desk");
    assert_eq!(forged.steps.len(), 1);
    company.engine().dispose(&target("desk"), &stray, disposed(Disposition::Protected)).await.unwrap();
    assert!(!titles(&company.plan(at(NEXT)).await).contains(&"disable account stray in desk".to_owned()));
    forged.facts.clear();
    let report = company.engine().apply(&forged, &ApplyOptions::new(at(NEXT))).await.unwrap();
    assert_eq!(report.steps[0].outcome, StepOutcome::Failed, "{:?}", report.steps);
    assert_eq!(report.steps[0].detail, format!("account `{stray}` is protected"));
}

#[tokio::test]
async fn whoever_answers_for_an_account_has_its_task_and_is_asked_for_when_gone() {
    let (mut company, stray) = stray().await;
    let engine = company.engine();
    let unknown = disposed(Disposition::Case).owned_by(id("nobody"));
    let refused = engine.dispose(&target("desk"), &stray, unknown).await;
    assert!(matches!(refused, Err(EngineError::NotFound { what: "identity", .. })), "{refused:?}");
    let case = disposed(Disposition::Case).owned_by(id("w3")).review(at("2026-03-20"));
    engine.dispose(&target("desk"), &stray, case).await.unwrap();
    let tasks = engine.store().tasks(&Select::Target("desk".to_owned())).await.unwrap();
    assert_eq!(tasks[0].owner.as_deref(), Some("w3"));
    assert_eq!(engine.unlinked(at(NEXT)).await.unwrap()[0].disposed.as_ref().unwrap().owner, Some(id("w3")));
    let plan = company.plan(at(NEXT)).await;
    assert!(about(&plan, NoticeKind::Task, "").is_empty(), "{:?}", plan.notices);
    // The loop wakes for it.
    assert!(plan.next_change_at.is_some_and(|next| next <= at("2026-03-20")));
    let plan = company.plan(at("2026-03-20")).await;
    let again = plan.notices.iter().find(|notice| notice.text.contains("looked at again")).unwrap();
    assert_eq!(again.identity, Some(id("w3")));
    company.worker("w3").end_date = Some(LOAD.parse().unwrap());
    let plan = company.plan(at(NEXT)).await;
    assert_eq!(
        about(&plan, NoticeKind::Task, "who answers for account stray").len(),
        1,
        "{:?}",
        plan.notices
    );
}

#[tokio::test]
async fn disposed_account_is_disabled_first_and_deleted_on_its_day() {
    let (company, stray) = stray().await;
    let delete = Disposition::DisableThenDelete { delete: at("2026-04-01") };
    company.engine().dispose(&target("desk"), &stray, disposed(delete)).await.unwrap();
    let (plan, _) = company.settle(at(NEXT)).await;
    assert_eq!(titles(&plan), ["disable account stray in desk"]);
    assert!(plan.next_change_at.is_some_and(|next| next <= at("2026-04-01")));
    let (plan, _) = company.settle(at("2026-04-01")).await;
    assert_eq!(titles(&plan), ["delete account stray in desk"]);
    assert!(matches!(plan.steps[0].action, Action::Operation(Operation::Delete { .. })));
}

#[tokio::test]
async fn disposition_needs_a_name_a_reason_and_an_account_and_asks_for_its_review() {
    let (company, stray) = stray().await;
    let engine = company.engine();
    let nameless = Disposed::new(Disposition::Protected, "", "because", at(LOAD));
    assert!(matches!(
        engine.dispose(&target("desk"), &stray, nameless).await,
        Err(EngineError::Refused { .. })
    ));
    let unknown = engine.dispose(&target("desk"), "nobody", disposed(Disposition::Protected)).await;
    assert!(matches!(unknown, Err(EngineError::NotFound { .. })), "{unknown:?}");
    let review = disposed(Disposition::Protected).review(at("2026-03-20"));
    engine.dispose(&target("desk"), &stray, review).await.unwrap();
    assert!(about(&company.plan(at(NEXT)).await, NoticeKind::Task, "looked at again").is_empty());
    assert_eq!(about(&company.plan(at("2026-03-21")).await, NoticeKind::Task, "looked at again").len(), 1);
}

/// Every cell of the table: who has the account by its history, how many it matches, whether the one matched has another
/// account, and whether it is protected. No cell takes anything away.
#[tokio::test]
async fn situations_have_a_total_table_and_none_destroys() {
    for protected in [false, true] {
        for (external, name, linked_elsewhere) in [
            (Some("w3"), "anything", false),
            (None, "Bo Ek", false),
            (None, "nobody", false),
            (Some("w2"), "anything", true),
        ] {
            let mut company = Company::new();
            if linked_elsewhere {
                company.settle(at(LOAD)).await;
            }
            let user_name = if protected { "breakglass" } else { "somebody" };
            let seeded = seed_user(&company.desk, user_name, external);
            if name != "anything" {
                company.desk.with_tenant(|tenant| {
                    let patch = serde_json::from_value(serde_json::json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
                        {"op": "replace", "path": "displayName", "value": name}]}));
                    let update = Operation::Update { object: seeded.clone(), patch: patch.unwrap() };
                    tenant.apply(&tenure_connector::WriteRequest::new("seed", update), None).unwrap();
                });
            }
            company.worker("w1").email = None;
            let plan = company.plan(at(NEXT)).await;
            let case = format!("protected {protected}, {external:?}, {name}, elsewhere {linked_elsewhere}");
            let takes = plan.steps.iter().any(|step| step.verb.takes_away());
            assert!(!takes, "{case}: {:?}", titles(&plan));
            let linked = titles(&plan).contains(&format!("link account {user_name} of desk to Bo Ek"));
            let created = titles(&plan).contains(&"create Bo Ek in desk".to_owned());
            let kinds: Vec<NoticeKind> = plan.notices.iter().map(|notice| notice.kind).collect();
            match (protected, external, name) {
                (true, ..) => assert!(!linked, "{case}"),
                (_, Some("w3"), _) => assert!(linked && !created, "{case}: {:?}", titles(&plan)),
                (_, None, "Bo Ek") => {
                    assert!(kinds.contains(&NoticeKind::Ambiguous) && !created, "{case}: {kinds:?}")
                }
                (_, None, _) => {
                    assert!(kinds.contains(&NoticeKind::Unmatched) && created, "{case}: {kinds:?}")
                }
                _ => assert!(kinds.contains(&NoticeKind::LinkedElsewhere), "{case}: {kinds:?}"),
            }
        }
    }
}
