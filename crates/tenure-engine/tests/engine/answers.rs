//! What the engine answers: why, since when, seats, reinstatement, jobs, workloads, history.

use std::sync::Arc;

use crate::common::{Company, at, held, id, target, titles};
use chrono::TimeDelta;
use proptest::prelude::*;
use tenure_connector::record::WorkloadRecord;
use tenure_connector::{ObjectClass, ObjectRef, Operation, OperationKind, WriteRequest};
use tenure_engine::{ApplyOptions, Approval, EngineError, NoticeKind, PlanOptions, StepOutcome, Verb};
use tenure_policy::{EntitlementKey, Grant, GrantSource};
use tenure_store::AsOf;

fn key(text: &str) -> EntitlementKey {
    text.parse().unwrap()
}

#[tokio::test]
async fn explanation_names_every_path_and_since_when() {
    let company = Company::new();
    company.settle(at("2026-03-02")).await;
    let engine = company.engine();
    let why = engine.explain(&id("w2"), &key("desk/role:agent"), at("2026-03-05")).await.unwrap();
    assert!(why.held && why.policy.desired);
    assert_eq!(why.person, "Anna Berg");
    assert_eq!(why.held_since, Some(at("2026-03-02")));
    let paths: Vec<String> = why.origins.iter().map(ToString::to_string).collect();
    assert_eq!(paths, ["rule `agents` (engagement `e-w2`) > role `agent`"]);
    let group = engine.explain(&id("w2"), &key("desk/group:Support"), at("2026-03-05")).await.unwrap();
    assert!(group.held, "a group is known by its name and by its id");
    let not = engine.explain(&id("w3"), &key("desk/role:agent"), at("2026-03-05")).await.unwrap();
    assert!(!not.held && !not.policy.desired);
    assert!(!not.policy.why_not.is_empty());
}

#[tokio::test]
async fn history_tells_who_had_what_when() {
    let mut company = Company::new();
    company.settle(at("2026-03-02")).await;
    company.worker("w2").department = Some("Sales".to_owned());
    company.worker("w2").title = Some("Seller".to_owned());
    company.settle(at("2026-04-01")).await;
    let engine = company.engine();
    assert_eq!(
        company_access(&company, at("2026-03-15")).await,
        ["desk/group:Support", "desk/licence:professional", "desk/role:agent", "erp/permission:self-service"]
    );
    let now = engine.access(&id("w2")).await.unwrap();
    let now: Vec<String> = now.iter().map(|access| access.entitlement.to_string()).collect();
    assert_eq!(now, ["desk/role:reader", "erp/permission:self-service"]);
}

async fn company_access(company: &Company, moment: chrono::DateTime<chrono::Utc>) -> Vec<String> {
    let access = company.engine().access_as_of(&id("w2"), &AsOf::at(moment)).await.unwrap();
    access.iter().map(|access| access.entitlement.to_string()).collect()
}

#[tokio::test]
async fn idle_seats_cost_what_they_cost() {
    let mut company = Company::new();
    for number in 1..=5 {
        let id = format!("a{number}");
        company.workers.push(crate::common::worker(&id, "Ann", &id, "Support", "Agent", None));
    }
    company.settle(at("2026-03-02")).await;
    let engine = company.engine();
    let fresh = engine.seats(at("2026-03-20")).await.unwrap();
    assert_eq!((fresh.tiers[0].used, fresh.tiers[0].idle.len()), (6, 0));
    assert_eq!(fresh.yearly().to_string(), "8280.00 USD");
    let report = engine.seats(at("2026-06-01")).await.unwrap();
    let tier = &report.tiers[0];
    assert_eq!((tier.owned, tier.used, tier.idle.len()), (Some(50), 6, 6));
    assert_eq!(tier.per_seat.to_string(), "1380.00 USD");
    assert_eq!(tier.idle[0].reason, "not used since 2026-03-02");
    assert_eq!(report.idle_yearly().to_string(), "8280.00 USD");
}

#[tokio::test]
async fn expired_grant_comes_back_with_an_approval_and_its_lineage() {
    let company = Company::new();
    company.settle(at("2026-03-02")).await;
    let engine = company.engine();
    let grant = Grant::new("g-1".parse().unwrap(), id("w3"), key("desk/role:admin"), GrantSource::Exception)
        .until(at("2026-03-20"))
        .approved("mara", "stands in");
    engine.grant(grant, "mara", at("2026-03-03")).await.unwrap();
    company.settle(at("2026-03-03")).await;
    assert_eq!(company.held("w3"), ["role:admin", "role:reader"]);
    let early = engine.reinstate(&"g-1".parse().unwrap(), "mara", "again", at("2026-03-10")).await;
    assert!(matches!(early, Err(EngineError::Refused { .. })), "{early:?}");
    company.settle_privileged(at("2026-03-21")).await;
    let back = engine.reinstate(&"g-1".parse().unwrap(), "mara", "again", at("2026-04-01")).await.unwrap();
    assert_eq!(back.reinstates, Some("g-1".parse().unwrap()));
    assert_eq!(back.until, Some(at("2026-06-30")), "for the default term of 90 days");
    company.settle(at("2026-04-01")).await;
    assert_eq!(company.held("w3"), ["role:admin", "role:reader"]);
    let lineage: Vec<_> =
        engine.grants(&id("w3")).await.unwrap().into_iter().map(|grant| grant.reinstates).collect();
    assert_eq!(lineage, [None, Some("g-1".parse().unwrap())]);
    let why = company.engine().explain(&id("w3"), &key("desk/role:admin"), at("2026-04-01")).await.unwrap();
    assert_eq!(why.lineage, [(back.id.clone(), vec!["g-1".parse().unwrap()])].into());
}

impl Company {
    /// Gives someone else the privilege first, so that the last holder rule does not stand in the way.
    async fn settle_privileged(&self, now: chrono::DateTime<chrono::Utc>) {
        let admin = crate::common::seed_user(&self.desk, "breakglass", None);
        self.desk.with_tenant(|tenant| {
            let entitlement = crate::common::role("admin");
            let grant = Operation::Grant { object: admin, entitlement, parameters: Default::default() };
            tenant.apply(&WriteRequest::new("by hand", grant), None).unwrap();
        });
        self.settle(now).await;
        assert_eq!(self.held("w3"), ["role:reader"]);
    }
}

#[tokio::test]
async fn job_is_asked_for_until_it_is_done() {
    let company = Company::new();
    let now = at("2026-03-02");
    let desk = Arc::new(company.desk.clone().with_job(OperationKind::Create));
    let engine = company.engine_with(desk, Arc::clone(&company.store));
    engine.observe(now).await.unwrap();
    let plan = engine.plan(now, &PlanOptions::default()).await.unwrap();
    let report = engine.apply(&plan, &ApplyOptions::new(now)).await.unwrap();
    assert_eq!(report.count(StepOutcome::Waiting), 3, "{report:#?}");
    let again = engine.plan(now, &PlanOptions::default()).await.unwrap();
    assert_eq!(titles(&again), Vec::<String>::new(), "what the target works on is not asked for again");
    assert_eq!(engine.poll(now).await.unwrap().len(), 3);
    engine.observe(now).await.unwrap();
    let plan = engine.plan(now, &PlanOptions::default()).await.unwrap();
    assert!(plan.steps.iter().all(|step| step.verb != Verb::Create), "{:?}", titles(&plan));
    assert!(engine.apply(&plan, &ApplyOptions::new(now)).await.unwrap().is_success());
    assert_eq!(company.held("w3"), ["role:reader"]);
}

#[tokio::test]
async fn workload_gets_its_scope_and_loses_it_when_it_expires() {
    let mut company = Company::new();
    let mut bot = WorkloadRecord::new("svc-1", "Ticket bot", "w1", "answers tickets at night");
    bot.scope = ["desk/role:reader".to_owned()].into();
    bot.expires = Some("2026-03-31".parse().unwrap());
    company.workloads.push(bot);
    company.settle(at("2026-03-02")).await;
    assert_eq!(company.held("svc-1"), ["role:reader"]);
    company.settle(at("2026-04-02")).await;
    assert_eq!(company.held("svc-1"), Vec::<String>::new());
    assert_eq!(company.account("svc-1").unwrap().attr("active").unwrap().as_bool(), Some(false));
}

#[tokio::test]
async fn secrets_that_have_grown_old_are_told_on_their_day() {
    let mut company = Company::new();
    let credential = "    credential: { login: none, rotate_after: 30d }\n    protected: [breakglass]";
    company.policy = crate::common::POLICY.replacen("    protected: [breakglass]", credential, 1);
    let mut bot = WorkloadRecord::new("svc-1", "Ticket bot", "w1", "answers tickets at night");
    bot.scope = ["desk/role:reader".to_owned()].into();
    bot.expires = Some("2027-03-31".parse().unwrap());
    bot.rotated = Some("2026-02-20".parse().unwrap());
    company.workloads.push(bot);
    let (plan, _) = company.settle(at("2026-03-02")).await;
    let told = |plan: &tenure_engine::Plan| {
        plan.notices.iter().any(|notice| notice.text.contains("replace the secrets of `svc-1` in `desk`"))
    };
    assert!(!told(&plan), "{:?}", plan.notices);
    assert_eq!(plan.next_change_at, Some(at("2026-03-21T23:00:00Z")));
    assert!(told(&company.plan(at("2026-03-21T23:00:00Z")).await));
    company.workloads[0].rotated = Some("2026-03-22".parse().unwrap());
    assert!(!told(&company.plan(at("2026-03-22")).await));
}

#[tokio::test]
async fn nothing_of_a_leaver_is_deleted_while_a_workload_has_no_other_owner() {
    let mut company = Company::new();
    let mut bot = WorkloadRecord::new("svc-1", "Ticket bot", "w2", "answers tickets at night");
    bot.scope = ["desk/role:reader".to_owned()].into();
    company.workloads.push(bot);
    company.settle(at("2026-03-02")).await;
    company.worker("w2").end_date = Some("2026-03-31".parse().unwrap());
    company.settle(at("2026-04-01")).await;
    let (plan, _) = company.settle(at("2026-05-02")).await;
    assert_eq!(titles(&plan), Vec::<String>::new());
    assert!(company.account("w2").is_some());
    company.workloads[0].owner_id = "w1".to_owned();
    let (plan, _) = company.settle(at("2026-05-03")).await;
    assert_eq!(
        titles(&plan),
        ["update manager.value of Ticket bot in desk", "delete Anna Berg in desk", "delete Anna Berg in erp"]
    );
}

#[tokio::test]
async fn what_was_given_by_hand_stays_in_a_managed_target_and_goes_in_an_exclusive_one() {
    let mut company = Company::new();
    company.settle(at("2026-03-02")).await;
    let anna = company.account("w2").unwrap();
    company.desk.with_tenant(|tenant| {
        let object = ObjectRef::new(ObjectClass::USER, anna.id().unwrap());
        let grant = Operation::Grant {
            object,
            entitlement: crate::common::role("reader"),
            parameters: Default::default(),
        };
        tenant.apply(&WriteRequest::new("by hand", grant), None).unwrap();
    });
    let (plan, _) = company.settle(at("2026-03-03")).await;
    assert_eq!(titles(&plan), Vec::<String>::new());
    company.policy = company.policy.replacen("    mode: managed", "    mode: exclusive", 1);
    let (plan, _) = company.settle(at("2026-03-04")).await;
    assert_eq!(titles(&plan), ["revoke role:reader from Anna Berg in desk"]);
}

#[tokio::test]
async fn pilot_touches_only_its_scope() {
    let company = Company::new();
    let engine = company.engine();
    let now = at("2026-03-02");
    engine.observe(now).await.unwrap();
    let pilot = PlanOptions::default().for_identities([id("w2")]).in_targets([target("erp")]);
    let plan = engine.plan(now, &pilot).await.unwrap();
    assert_eq!(
        titles(&plan),
        ["create Anna Berg in erp", "grant permission:self-service to Anna Berg in erp"]
    );
}

#[tokio::test]
async fn undo_takes_back_what_can_be_taken_back() {
    let mut company = Company::new();
    company.settle(at("2026-03-02")).await;
    let before = (company.held("w2"), company.account("w2").unwrap().text("title").map(str::to_owned));
    company.worker("w2").department = Some("Sales".to_owned());
    company.worker("w2").title = Some("Seller".to_owned());
    let (plan, _) = company.settle(at("2026-04-01")).await;
    let engine = company.engine();
    let undo = engine.undo(&plan.hash(), at("2026-04-01T13:00:00Z")).await.unwrap();
    assert_eq!(undo.steps.len(), plan.steps.len());
    assert_eq!(undo.cost().to_string(), "1380.00 USD");
    let report = engine.apply(&undo, &ApplyOptions::new(at("2026-04-01T13:00:00Z"))).await.unwrap();
    assert!(report.is_success(), "{report:#?}");
    let after = (company.held("w2"), company.account("w2").unwrap().text("title").map(str::to_owned));
    assert_eq!(after, before);
    // The policy still wants the move, and says so.
    assert_eq!(company.plan(at("2026-04-02")).await.steps.len(), plan.steps.len());
    let missing = engine.undo("nothing", at("2026-04-02")).await.unwrap_err();
    assert_eq!(missing.to_string(), "there is no plan `nothing`");
}

#[tokio::test]
async fn undo_of_a_leaver_says_what_cannot_be_taken_back_and_passes_the_guards() {
    let mut company = Company::new();
    company.settle(at("2026-03-02")).await;
    let before = company.held("w3");
    company.worker("w3").end_date = Some("2026-03-02".parse().unwrap());
    let (plan, _) = company.settle(at("2026-03-03")).await;
    assert!(company.held("w3").is_empty());
    company.policy = company.policy.replace("    seat: {", "    guard: { enable: { max: 0 } }\n    seat: {");
    let (engine, later) = (company.engine(), at("2026-03-03T13:00:00Z"));
    let undo = engine.undo(&plan.hash(), later).await.unwrap();
    let verbs: Vec<_> = undo.steps.iter().map(|step| step.verb).collect();
    assert!(verbs.contains(&Verb::Enable) && verbs.contains(&Verb::Grant), "{verbs:?}");
    let irreversible: Vec<_> =
        undo.notices.iter().filter(|notice| notice.kind == NoticeKind::Irreversible).collect();
    assert!(irreversible.iter().any(|notice| notice.text.contains("sessions")), "{:?}", undo.notices);
    assert_eq!(undo.steps.len() + irreversible.len(), plan.steps.len(), "each step is taken back or named");
    let tripped = engine.apply(&undo, &ApplyOptions::new(later)).await;
    assert!(matches!(tripped, Err(EngineError::GuardsTripped { .. })), "{tripped:?}");
    let approval = Approval::new("mara", "he stays", later + TimeDelta::days(1)).overriding_guards();
    engine.approve(&undo, approval, later).await.unwrap();
    assert!(engine.apply(&undo, &ApplyOptions::new(later)).await.unwrap().is_success());
    assert_eq!(company.held("w3"), before);
    let active = company.account("w3").unwrap().attr("active").and_then(|value| value.as_bool());
    assert_eq!(active, Some(true));
}

#[tokio::test]
async fn cycle_does_a_whole_round_and_says_when_to_come_back() {
    let mut company = Company::new();
    company.worker("w2").end_date = Some("2026-03-31".parse().unwrap());
    let round = company.engine().cycle(&ApplyOptions::new(at("2026-03-02"))).await.unwrap();
    assert!(round.report.as_ref().unwrap().is_success());
    assert_eq!(round.next(), Some(at("2026-03-31T22:00:00Z")), "the end of the last day in Berlin");
    company.policy = company.policy.replace("    seat: {", "    guard: { disable: { max: 0 } }\n    seat: {");
    let round = company.engine().cycle(&ApplyOptions::new(at("2026-04-01"))).await.unwrap();
    assert_eq!(round.report, None, "a plan that trips a guard waits");
}

#[derive(Debug, Clone, Copy)]
enum Change {
    Rule(bool),
    Give(u8),
    Take(u8),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        any::<bool>().prop_map(Change::Rule),
        (0..3_u8).prop_map(Change::Give),
        (0..3_u8).prop_map(Change::Take)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    /// Held by a rule, by grants, or by both, in any order of giving and taking.
    #[test]
    fn grant_goes_only_when_its_last_origin_goes(changes in prop::collection::vec(change(), 1..8)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut company = Company::new();
            let mut now = at("2026-03-02");
            company.settle(now).await;
            let (mut rule, mut given, mut made) = (true, [None, None, None], 0);
            for change in changes {
                now += TimeDelta::hours(1);
                let engine = company.engine();
                match change {
                    Change::Rule(holds) => {
                        rule = holds;
                        let department = if holds { "Sales" } else { "Finance" };
                        company.worker("w3").department = Some(department.to_owned());
                    }
                    Change::Give(slot) if given[slot as usize].is_none() => {
                        made += 1;
                        let grant_id = format!("g-{made}");
                        let grant = Grant::new(
                            grant_id.parse().unwrap(), id("w3"), key("desk/role:reader"), GrantSource::Exception,
                        );
                        engine.grant(grant.approved("mara", "needs it"), "mara", now).await.unwrap();
                        given[slot as usize] = Some(grant_id);
                    }
                    Change::Take(slot) => {
                        if let Some(grant) = given[slot as usize].take() {
                            engine.revoke_grant(&grant.parse().unwrap(), "mara", "done", now).await.unwrap();
                        }
                    }
                    Change::Give(_) => {}
                }
                company.settle(now).await;
                let origins = usize::from(rule) + given.iter().flatten().count();
                let holds = held(&company.desk, "w3").contains(&"role:reader".to_owned());
                assert_eq!(holds, origins > 0, "after {change:?}");
                let access = company.engine().access(&id("w3")).await.unwrap();
                let stored = access.iter().find(|access| access.entitlement == key("desk/role:reader"));
                assert_eq!(stored.map_or(0, |access| access.origins.len()), origins, "after {change:?}");
            }
        });
    }
}
