//! Nothing by surprise: absence, staleness, guards, protection, ambiguity.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::common::{Company, account, at, id, role, seed_user, target, titles, users};
use tenure_connector::memory::{MemoryConnector, Tenant};
use tenure_connector::{ObjectClass, Operation, WriteRequest};
use tenure_engine::{
    Absence, ApplyOptions, Approval, Cancel, Engine, EngineError, NoticeKind, OnRejected, PlanOptions,
    SourceOptions, StepOutcome,
};
use tenure_policy::{Policy, PolicyDocument};

#[tokio::test]
async fn empty_feed_removes_nobody_and_says_why() {
    let mut company = Company::new();
    company.settle(at("2026-03-02")).await;
    company.workers.clear();
    let engine = company.engine();
    let report = engine.observe(at("2026-03-03")).await.unwrap();
    assert_eq!(
        report.refusals(),
        ["hr: the feed is empty, but 3 were in it before: it says that everyone left"]
    );
    let plan = engine.plan(at("2026-03-03"), &PlanOptions::default()).await.unwrap();
    assert_eq!(titles(&plan), Vec::<String>::new());
}

#[tokio::test]
async fn short_feed_removes_nobody() {
    let mut company = Company::new();
    for number in 10..30 {
        let id = format!("w{number}");
        company.workers.push(crate::common::worker(&id, "Ann", &id, "Sales", "Seller", None));
    }
    company.settle(at("2026-03-02")).await;
    company.workers.truncate(17);
    let engine = company.engine();
    let report = engine.observe(at("2026-03-03")).await.unwrap();
    assert_eq!(report.refusals(), ["hr: 6 of 23 are missing, more than the 20 percent that are believed"]);
    assert_eq!(
        titles(&engine.plan(at("2026-03-03"), &PlanOptions::default()).await.unwrap()),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn feed_that_does_not_vouch_for_itself_removes_nobody() {
    let company = Company::new();
    company.settle(at("2026-03-02")).await;
    let hr = company.workers[..2].iter().fold(Tenant::new(), |tenant, worker| tenant.with_worker(worker));
    let document = PolicyDocument::from_yaml("policy.yaml", &company.policy).unwrap();
    let engine = Engine::builder(Policy::compile(document).unwrap(), Arc::clone(&company.store))
        .source("hr", SourceOptions::default(), Arc::new(MemoryConnector::over("hr", hr).incomplete()))
        .target(target("desk"), Arc::new(company.desk.clone()))
        .target(target("erp"), Arc::new(company.erp.clone()))
        .build()
        .unwrap();
    let report = engine.observe(at("2026-03-03")).await.unwrap();
    assert_eq!(report.refusals(), ["hr: the system does not vouch for the list being complete"]);
    assert_eq!(
        titles(&engine.plan(at("2026-03-03"), &PlanOptions::default()).await.unwrap()),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn one_who_is_missing_from_a_complete_feed_has_left() {
    let mut company = Company::new();
    company.settle(at("2026-03-02")).await;
    company.workers.retain(|worker| worker.worker_id != "w3");
    let (plan, _) = company.settle(at("2026-03-03")).await;
    assert!(titles(&plan).contains(&"disable Bo Ek in desk".to_owned()), "{:?}", titles(&plan));

    let mut careful = Company::new();
    careful.options = SourceOptions::default().with_absence(Absence::Ignore);
    careful.settle(at("2026-03-02")).await;
    careful.workers.retain(|worker| worker.worker_id != "w3");
    let (plan, _) = careful.settle(at("2026-03-03")).await;
    assert_eq!(titles(&plan), Vec::<String>::new());
}

#[tokio::test]
async fn unreadable_rows_stop_everything_unless_told_to_continue() {
    let mut company = Company::new();
    company.worker("w2").time_zone = Some("Europe/Berlinn".to_owned());
    company.worker("w3").end_date = Some("2024-01-01".parse().unwrap());
    let error = company.engine().observe(at("2026-03-02")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "source `hr` has 2 unreadable rows, the first: worker w2, engagement e-w2: expected the IANA name of a time \
         zone in `timeZone`, found `Europe/Berlinn`"
    );
    let EngineError::Rejected { rejected, .. } = error else { panic!() };
    assert_eq!(
        rejected[1].to_string(),
        "worker w3, engagement e-w3: expected an `endDate` that is not before `startDate` 2025-01-01, found `2024-01-01`"
    );
    assert!(company.store.identity("w1").await.unwrap().is_none(), "nothing is written");

    company.options = SourceOptions::default().with_rejected(OnRejected::Continue);
    let (plan, _) = company.settle(at("2026-03-02")).await;
    assert!(plan.steps.iter().all(|step| step.identity == Some(id("w1"))));
}

#[tokio::test]
async fn stale_plan_is_refused() {
    let mut company = Company::new();
    let engine = company.engine();
    engine.observe(at("2026-03-02")).await.unwrap();
    let plan = engine.plan(at("2026-03-02"), &PlanOptions::default()).await.unwrap();
    company.worker("w2").title = Some("Lead".to_owned());
    let error = company.engine().apply(&plan, &ApplyOptions::new(at("2026-03-02"))).await.unwrap_err();
    assert_eq!(error.to_string(), "the plan is stale: what is known of `w2` has changed");
    assert!(users(&company.desk).is_empty());

    let error = engine.apply(&plan, &ApplyOptions::new(at("2026-03-04"))).await.unwrap_err();
    assert!(matches!(error, EngineError::Stale { .. }), "{error}");
}

#[tokio::test]
async fn change_in_the_target_makes_a_plan_stale() {
    let mut company = Company::new();
    company.settle(at("2026-03-02")).await;
    company.worker("w2").title = Some("Lead".to_owned());
    let plan = company.plan(at("2026-03-03")).await;
    let anna = company.account("w2").unwrap();
    company.desk.with_tenant(|tenant| {
        let object = tenure_connector::ObjectRef::new(ObjectClass::USER, anna.id().unwrap());
        let grant = Operation::Grant { object, entitlement: role("admin"), parameters: Default::default() };
        tenant.apply(&WriteRequest::new("by hand", grant), None).unwrap();
    });
    let error = company.engine().apply(&plan, &ApplyOptions::new(at("2026-03-03"))).await.unwrap_err();
    assert_eq!(error.to_string(), "the plan is stale: what is known of `w2` has changed");
}

#[tokio::test]
async fn guards_look_at_the_whole_plan_and_remember_earlier_runs() {
    let mut company = Company::new();
    company.policy =
        company.policy.replace("    seat: {", "    guard: { disable: { max: 1 }, window: 24h }\n    seat: {");
    company.settle(at("2026-03-02")).await;
    for worker in ["w2", "w3"] {
        company.worker(worker).end_date = Some("2026-03-02".parse().unwrap());
    }
    let (now, writes) = (at("2026-03-03"), company.desk.with_tenant(|tenant| tenant.writes()));
    let plan = company.plan(now).await;
    assert_eq!(plan.tripped().count(), 1);
    let error = company.engine().apply(&plan, &ApplyOptions::new(now)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the plan trips 1 of its guards: desk: 2 x disable among 3 accounts, allowed are 1"
    );
    assert_eq!(
        company.desk.with_tenant(|tenant| tenant.writes()),
        writes,
        "not even the first is carried out"
    );

    // One a run stays below the limit only as long as the window has passed.
    company.worker("w3").end_date = None;
    company.settle(now).await;
    company.worker("w3").end_date = Some("2026-03-02".parse().unwrap());
    let plan = company.plan(at("2026-03-03T18:00:00Z")).await;
    assert_eq!(plan.guards[0].earlier, 1);
    assert!(!plan.guards[0].allowed);

    let engine = company.engine();
    let late = at("2026-03-03T18:00:00Z");
    let expired = Approval::new("mara", "both left", late);
    assert!(engine.approve(&plan, expired, late).await.is_err());
    let approval = Approval::new("mara", "both left", at("2026-03-04")).overriding_guards();
    engine.approve(&plan, approval, late).await.unwrap();
    assert!(engine.apply(&plan, &ApplyOptions::new(late)).await.unwrap().is_success());
}

#[tokio::test]
async fn existing_accounts_are_linked_when_certain_and_left_alone_when_not() {
    let company = Company::new();
    seed_user(&company.desk, "anna.old", Some("w2"));
    seed_user(&company.desk, "breakglass", None);
    seed_user(&company.desk, "someone", None);
    let (plan, _) = company.settle(at("2026-03-02")).await;
    assert_eq!(titles(&plan)[0], "link account anna.old of desk to Anna Berg");
    assert_eq!(company.account("w2").unwrap().text("userName"), Some("anna.old"), "an adopted name stays");
    let unmatched: Vec<_> =
        plan.notices.iter().filter(|notice| notice.kind == NoticeKind::Unmatched).collect();
    assert_eq!(unmatched.len(), 1);
    assert_eq!(unmatched[0].text, "account someone belongs to nobody known");
}

#[tokio::test]
async fn uncertain_match_creates_no_second_account() {
    let company = Company::new();
    let user = seed_user(&company.desk, "a.berg", None);
    company.desk.with_tenant(|tenant| {
        let patch: tenure_scim::Patch = serde_json::from_value(serde_json::json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "displayName", "value": "Anna Berg"}]
        }))
        .unwrap();
        tenant.apply(&WriteRequest::new("k", Operation::Update { object: user, patch }), None).unwrap();
    });
    let (plan, _) = company.cycle(at("2026-03-02")).await;
    assert!(
        plan.steps.iter().all(|step| !(step.target == target("desk") && step.identity == Some(id("w2"))))
    );
    let text = "account a.berg may belong to Anna Berg (0.600: by-name `anna berg`)";
    assert!(plan.notices.iter().any(|notice| notice.text == text), "{:#?}", plan.notices);
}

#[tokio::test]
async fn protected_accounts_and_the_last_administrator_are_safe_in_the_executor() {
    let mut company = Company::new();
    company.policy = company.policy.replace(
        "entitlements: [{ target: desk, role: lead, group: Support }]",
        "entitlements: [{ target: desk, role: [lead, admin], group: Support }]",
    );
    company.policy =
        company.policy.replace("{ risk: privileged, birthright: false }", "{ risk: privileged }");
    company.settle(at("2026-03-02")).await;
    assert_eq!(company.held("w1"), ["group:g-1", "role:admin", "role:lead"]);
    company.worker("w1").end_date = Some("2026-03-02".parse().unwrap());
    let (_, report) = company.cycle(at("2026-03-03")).await;
    let failed: Vec<_> = report.steps.iter().filter(|step| step.outcome == StepOutcome::Failed).collect();
    assert_eq!(failed.len(), 2, "{failed:#?}");
    assert_eq!(failed[0].detail, "nobody else would hold `role:admin` in desk");
    assert_eq!(company.account("w1").unwrap().attr("active").unwrap().as_bool(), Some(true));
}

#[tokio::test]
async fn of_administrators_who_leave_at_the_same_time_one_stays() {
    let folder = tempfile::tempdir().unwrap();
    let store = tenure_store::SqliteStore::open(folder.path().join("t.db")).unwrap();
    let mut company = Company::over(Arc::new(store));
    company.policy = company.policy.replace(
        "entitlements: [{ target: desk, role: lead, group: Support }]",
        "entitlements: [{ target: desk, role: [lead, admin], group: Support }]",
    );
    company.policy =
        company.policy.replace("{ risk: privileged, birthright: false }", "{ risk: privileged }");
    company.worker("w2").title = Some("Lead".to_owned());
    company.settle(at("2026-03-02")).await;
    for worker in ["w1", "w2"] {
        assert_eq!(company.held(worker), ["group:g-1", "role:admin", "role:lead"]);
        company.worker(worker).end_date = Some("2026-03-02".parse().unwrap());
    }
    let (_, report) = company.cycle(at("2026-03-03")).await;
    let failed = report.steps.iter().filter(|step| step.outcome == StepOutcome::Failed);
    let details: BTreeSet<&str> = failed.map(|step| step.detail.as_str()).collect();
    assert_eq!(details, BTreeSet::from(["nobody else would hold `role:admin` in desk"]));
    let works = |worker: &&str| {
        let account = company.account(worker).unwrap();
        account.attr("active").unwrap().as_bool() == Some(true)
    };
    let left: Vec<&str> = ["w1", "w2"].into_iter().filter(works).collect();
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(company.held(left[0]).contains(&"role:admin".to_owned()));
}

#[tokio::test]
async fn an_administrator_whom_a_person_is_about_to_disable_counts_no_more() {
    let mut company = Company::new();
    company.policy = company.policy.replace(
        "entitlements: [{ target: desk, role: lead, group: Support }]",
        "entitlements: [{ target: desk, role: [lead, admin], group: Support }]",
    );
    company.policy =
        company.policy.replace("{ risk: privileged, birthright: false }", "{ risk: privileged }");
    company.policy = company.policy.replace("      - remove_entitlements\n", "");
    company.worker("w2").title = Some("Lead".to_owned());
    company.settle(at("2026-03-02")).await;
    let without = common_without::Without(tenure_connector::OperationKind::SetStatus);
    let desk = tenure_layers::wrap(Arc::new(company.desk.clone()), Arc::new(without));
    let cycle = async |company: &Company, now| {
        let engine = company.engine_with(desk.clone(), Arc::clone(&company.store));
        engine.observe(now).await.unwrap();
        let plan = engine.plan(now, &PlanOptions::default()).await.unwrap();
        engine.apply(&plan, &ApplyOptions::new(now)).await.unwrap()
    };
    company.worker("w1").end_date = Some("2026-03-02".parse().unwrap());
    let report = cycle(&company, at("2026-03-03")).await;
    let manual = report.steps.iter().filter(|step| step.outcome == StepOutcome::Manual);
    assert_eq!(
        manual.map(|step| step.title.as_str()).collect::<Vec<_>>(),
        ["disable Mara Lind in desk (by hand)"]
    );
    assert!(company.held("w1").contains(&"role:admin".to_owned()));
    // The other one is no lead any more, and would be the last administrator by then.
    company.worker("w2").title = Some("Agent".to_owned());
    let report = cycle(&company, at("2026-03-04")).await;
    let failed = report.steps.iter().filter(|step| step.outcome == StepOutcome::Failed);
    let details: Vec<&str> = failed.map(|step| step.detail.as_str()).collect();
    assert_eq!(details, ["nobody else would hold `role:admin` in desk"]);
    assert!(company.held("w2").contains(&"role:admin".to_owned()));
}

#[tokio::test]
async fn what_a_target_cannot_do_becomes_a_task_that_is_opened_once() {
    let mut company = Company::new();
    company.settle(at("2026-03-02")).await;
    company.worker("w2").end_date = Some("2026-03-02".parse().unwrap());
    let now = at("2026-03-03");
    let without = common_without::Without(tenure_connector::OperationKind::RevokeSessions);
    let desk = tenure_layers::wrap(Arc::new(company.desk.clone()), Arc::new(without));
    let engine = company.engine_with(desk.clone(), Arc::clone(&company.store));
    engine.observe(now).await.unwrap();
    let plan = engine.plan(now, &PlanOptions::default()).await.unwrap();
    assert_eq!(titles(&plan)[0], "end the sessions of Anna Berg in desk (by hand)");
    let report = engine.apply(&plan, &ApplyOptions::new(now)).await.unwrap();
    assert!(report.is_success());
    assert_eq!(report.count(StepOutcome::Manual), 1);
    let tasks = company.store.tasks(&tenure_store::Select::All).await.unwrap();
    assert_eq!(tasks.len(), 1);

    let later = at("2026-05-01");
    engine.observe(later).await.unwrap();
    let plan = engine.plan(later, &PlanOptions::default()).await.unwrap();
    assert_eq!(titles(&plan), ["delete Anna Berg in erp"], "the account stays until its sessions are ended");
    engine.complete_task(&tasks[0].id, true, "mara", later).await.unwrap();
    let plan = engine.plan(later, &PlanOptions::default()).await.unwrap();
    assert_eq!(titles(&plan), ["delete Anna Berg in desk", "delete Anna Berg in erp"]);
}

#[tokio::test]
async fn cancelled_run_stops_in_order_and_the_next_one_does_the_rest() {
    let company = Company::new();
    let engine = company.engine();
    let now = at("2026-03-02");
    engine.observe(now).await.unwrap();
    let plan = engine.plan(now, &PlanOptions::default()).await.unwrap();
    let cancel = Cancel::new();
    let stop = cancel.clone();
    let options = ApplyOptions::new(now).concurrency(1).cancel(cancel).on_progress(move |progress| {
        if matches!(progress, tenure_engine::Progress::StepFinished { index: 2, .. }) {
            stop.cancel();
        }
    });
    let report = engine.apply(&plan, &options).await.unwrap();
    assert!(report.cancelled);
    assert!(report.count(StepOutcome::NotStarted) > 0);
    assert!(report.count(StepOutcome::Done) >= 2);
    company.settle(now).await;
    assert_eq!(users(&company.desk).len(), 3);
}

#[tokio::test]
async fn plan_is_byte_stable_and_survives_serialisation() {
    let company = Company::new();
    let plan = company.plan(at("2026-03-02")).await;
    let again = company.plan(at("2026-03-02")).await;
    assert_eq!(plan.hash(), again.hash());
    let text = serde_json::to_string(&plan).unwrap();
    let back: tenure_engine::Plan = serde_json::from_str(&text).unwrap();
    assert_eq!(back.hash(), plan.hash());
    company.engine().apply(&back, &ApplyOptions::new(at("2026-03-02"))).await.unwrap();
    assert!(account(&company.desk, "w2").is_some());
}

mod common_without {
    //! A connector that cannot do one kind of operation.
    use async_trait::async_trait;
    use tenure_connector::*;
    use tenure_layers::{Call, Layer, Next, Reply};

    #[derive(Debug)]
    pub(crate) struct Without(pub(crate) OperationKind);

    #[async_trait]
    impl Layer for Without {
        async fn around(&self, ctx: &Context, call: Call<'_>, next: Next<'_>) -> Result<Reply> {
            if let Call::Apply(request) = call {
                assert_ne!(request.operation.kind(), self.0, "a plan has no impossible step");
            }
            next.run(ctx, call).await
        }

        fn capabilities(&self, mut below: Capabilities) -> Capabilities {
            for class in below.classes.values_mut() {
                class.operations.remove(&self.0);
            }
            below
        }
    }
}
