//! Several tiers of paid seats: each has a pool of its own, and seats are taken back as a plan.

use std::sync::Arc;

use crate::common::{Company, at, id, target, titles, worker};
use tenure_connector::entitlement::Entitlement;
use tenure_connector::memory::MemoryConnector;
use tenure_connector::{
    Capabilities, Context, EntitlementRef, ObjectClass, Operation, OperationKind, OperationSupport, Result,
    SideEffect, WriteRequest,
};
use tenure_engine::{ApplyOptions, EngineError, NoticeKind, Plan, SeatReclaim};
use tenure_layers::{Call, Layer, Next, Reply, wrap};
use tenure_policy::{Grant, GrantSource, Override, OverrideKind, SeatVerdict};

const ONE: &str = "    seat: { tier: professional, price: 115.00 USD, per: month, billed: annually, idle_after: 30d, owned: 50 }\n";

/// Agents have a professional seat, leads a light one, which is held by a role.
fn company(owned: (u32, u32), more: &str) -> Company {
    let mut company = Company::new();
    let (professional, light) = owned;
    let tiers = format!(
        "    seat:\n      - {{ tier: professional, price: 115.00 USD, per: month, billed: annually, idle_after: 30d, owned: {professional}{more} }}\n      - {{ tier: light, held_by: role, price: 9.00 USD, per: month, billed: month, owned: {light} }}\n"
    );
    assert!(company.policy.contains(ONE));
    company.policy = company.policy.replace(ONE, &tiers).replace("role: lead,", "roles: [lead, light],");
    let tenant = company.desk.with_tenant(|tenant| tenant.clone());
    let tenant = tenant.with_entitlement(Entitlement::new("role", "light"));
    company.desk = MemoryConnector::over("desk", tenant);
    company
}

fn waiting(plan: &Plan) -> Vec<&str> {
    let found = plan.notices.iter().filter(|found| found.kind == NoticeKind::WaitingForSeat);
    found.map(|found| found.text.as_str()).collect()
}

#[tokio::test]
async fn each_tier_has_its_pool_and_a_freed_seat_returns_to_its_own() {
    let mut company = company((1, 1), "");
    company.settle(at("2026-03-02")).await;
    company.workers.push(worker("w5", "Gil", "Dahl", "Support", "Agent", Some("w1")));
    company.workers.push(worker("w6", "Hal", "Eck", "Support", "Lead", Some("w1")));
    let (plan, report) = company.cycle(at("2026-03-03")).await;
    assert!(report.is_success(), "{:#?}", report.problems().collect::<Vec<_>>());
    assert_eq!(
        waiting(&plan),
        [
            "grant licence:professional to Gil Dahl in desk waits: every seat `professional` is taken",
            "grant role:light to Hal Eck in desk waits: every seat `light` is taken",
        ]
    );
    // Mara sells from now on: her light seat is for who waits for a light one.
    company.worker("w1").department = Some("Sales".to_owned());
    company.worker("w1").title = Some("Seller".to_owned());
    let (plan, report) = company.cycle(at("2026-03-09")).await;
    assert!(report.is_success(), "{:#?}", report.problems().collect::<Vec<_>>());
    assert_eq!(
        waiting(&plan),
        ["grant licence:professional to Gil Dahl in desk waits: every seat `professional` is taken"]
    );
    let step = |title: &str| plan.steps.iter().find(|step| step.title() == title).unwrap();
    let (freed, taken) =
        (step("revoke role:light from Mara Lind in desk"), step("grant role:light to Hal Eck in desk"));
    assert!(taken.after.contains(&freed.id), "{taken:#?}");
    assert_eq!(taken.cost.as_ref().unwrap().to_string(), "108.00 USD");
    let seats = company.engine().seats(at("2026-03-09")).await.unwrap();
    let used: Vec<_> = seats.tiers.iter().map(|tier| (tier.tier.as_str(), tier.used, tier.owned)).collect();
    assert_eq!(used, [("professional", 1, Some(1)), ("light", 1, Some(1))]);
}

#[tokio::test]
async fn an_idle_seat_is_taken_back_as_a_plan_and_who_waits_takes_it() {
    let mut company = company((1, 5), "");
    company.settle(at("2026-03-02")).await;
    company.workers.push(worker("w5", "Gil", "Dahl", "Support", "Agent", Some("w1")));
    company.cycle(at("2026-05-01")).await;
    let (now, engine) = (at("2026-05-04"), company.engine());
    engine.observe(now).await.unwrap();
    let wish = SeatReclaim::new(target("desk"), [SeatVerdict::Idle], "mara").because("renewal");
    let made = engine.plan_reclaim(&wish, now).await.unwrap();
    assert_eq!(
        titles(&made.plan),
        ["revoke licence:professional from Anna Berg in desk", "grant role:light to Anna Berg in desk"]
    );
    let reasons: Vec<_> = made.plan.steps.iter().flat_map(|step| &step.reasons).collect();
    assert_eq!(reasons[0], "withheld by mara: renewal: the seat is idle, used last on 2026-03-02");
    assert!(reasons[1].contains("rule `agents`"), "{reasons:?}");
    assert_eq!(made.plan.cost().amounts().map(ToString::to_string).collect::<Vec<_>>(), ["-1272.00 USD"]);
    assert_eq!((made.seats.len(), made.left.len()), (1, 0));
    let again = engine.plan_reclaim(&wish, now).await.unwrap();
    assert_eq!(made.plan.hash(), again.plan.hash(), "what was approved by its hash is what is applied");
    // Nothing was decided by making it.
    assert_eq!(titles(&company.plan(now).await), Vec::<String>::new());
    assert!(company.held("w2").contains(&"licence:professional".to_owned()));

    let report = engine.apply(&made.plan, &ApplyOptions::new(now)).await.unwrap();
    assert!(report.is_success(), "{:#?}", report.problems().collect::<Vec<_>>());
    assert!(company.held("w2").contains(&"role:light".to_owned()));
    let trail = engine.store().audit(0, 10_000).await.unwrap();
    assert!(trail.iter().any(|record| record.draft.action == "person.order" && record.draft.actor == "mara"));
    // The freed seat goes to who waits, and the rule does not take it back.
    let (plan, _) = company.settle(at("2026-05-05")).await;
    assert_eq!(titles(&plan), ["grant licence:professional to Gil Dahl in desk"]);
    let why = engine
        .explain(&id("w2"), &"desk/licence:professional".parse().unwrap(), at("2026-05-05"))
        .await
        .unwrap();
    assert!(format!("{why:?}").contains("renewal: the seat is idle"), "{why:?}");
    // Who needs it again is granted it, as soon as there is one.
    let grant = Grant::new(
        "again".parse().unwrap(),
        id("w2"),
        "desk/licence:professional".parse::<tenure_policy::EntitlementKey>().unwrap(),
        GrantSource::Exception,
    );
    engine
        .grant(grant.until(at("2026-08-01")).approved("mara", "back on the desk"), "mara", at("2026-05-06"))
        .await
        .unwrap();
    assert_eq!(waiting(&company.plan(at("2026-05-06")).await).len(), 1);
    company.policy = company.policy.replace("owned: 1 }", "owned: 2 }");
    company.settle(at("2026-05-07")).await;
    let held = company.held("w2");
    assert!(
        held.contains(&"licence:professional".to_owned()) && !held.contains(&"role:light".to_owned()),
        "{held:?}"
    );
}

#[tokio::test]
async fn a_plan_that_takes_seats_back_is_stale_and_guarded_like_any_other() {
    let mut company = company((5, 5), ", reclaim: [remove]");
    company.policy = company.policy.replace(
        "    protected: [breakglass]",
        "    guard: { revoke: { max: 0 } }\n    protected: [breakglass]",
    );
    company.settle(at("2026-03-02")).await;
    let (now, engine) = (at("2026-05-04"), company.engine());
    engine.observe(now).await.unwrap();
    let wish = SeatReclaim::new(target("desk"), [SeatVerdict::Idle], "mara").until(at("2026-06-01"));
    let plan = engine.plan_reclaim(&wish, now).await.unwrap().plan;
    assert_eq!(titles(&plan), ["revoke licence:professional from Anna Berg in desk"]);
    assert_eq!(plan.tripped().count(), 1);
    let refused = engine.apply(&plan, &ApplyOptions::new(now)).await.unwrap_err();
    assert!(matches!(refused, EngineError::GuardsTripped { .. }), "{refused}");
    let approval =
        tenure_engine::Approval::new("helena", "the renewal", at("2026-05-05")).overriding_guards();
    engine.approve(&plan, approval, now).await.unwrap();
    engine.apply(&plan, &ApplyOptions::new(now)).await.unwrap();
    assert!(!company.held("w2").contains(&"licence:professional".to_owned()));
    // The same plan cannot be applied twice: what it follows from has changed.
    let stale = engine.apply(&plan, &ApplyOptions::new(now)).await.unwrap_err();
    assert!(matches!(stale, EngineError::Stale { .. }), "{stale}");
    // When its time is over the rule gives the seat again.
    company.settle(at("2026-05-31")).await;
    let (plan, _) = company.settle(at("2026-06-02")).await;
    assert_eq!(titles(&plan), ["grant licence:professional to Anna Berg in desk"]);

    for (wish, expected) in [
        (SeatReclaim::new(target("erp"), [SeatVerdict::Idle], "mara"), "`erp` has no paid seats"),
        (SeatReclaim::new(target("desk"), [SeatVerdict::Idle], " "), "expected who wants the seats back"),
        (
            SeatReclaim::new(target("desk"), [SeatVerdict::Idle], "mara").until(at("2026-01-01")),
            "expected an end in the future",
        ),
    ] {
        let refused = company.engine().plan_reclaim(&wish, at("2026-06-03")).await.unwrap_err();
        assert!(refused.to_string().contains(expected), "{refused}");
    }
}

#[tokio::test]
async fn a_leavers_seat_is_taken_before_its_day_and_what_is_nobodys_is_left_and_told() {
    let mut company = company((5, 5), "");
    company.policy = company.policy.replace("      - release_seat\n", "      - release_seat: after 20d\n");
    company.policy =
        company.policy.replace("      - remove_entitlements\n", "      - remove_entitlements: after 20d\n");
    company.settle(at("2026-03-02")).await;
    let stray = crate::common::seed_user(&company.desk, "stray", None);
    company.desk.with_tenant(|tenant| {
        let entitlement = EntitlementRef::new("licence", "professional");
        let grant = Operation::Grant { object: stray, entitlement, parameters: Default::default() };
        tenant.apply(&WriteRequest::new("by hand", grant), None).unwrap();
    });
    company.worker("w2").end_date = Some("2026-03-08".parse().unwrap());
    company.cycle(at("2026-03-09")).await;
    assert!(company.held("w2").contains(&"licence:professional".to_owned()), "its day has not come");
    let (now, engine) = (at("2026-03-10"), company.engine());
    engine.observe(now).await.unwrap();
    let wish = SeatReclaim::new(target("desk"), [SeatVerdict::Leaver, SeatVerdict::Orphan], "mara");
    let made = engine.plan_reclaim(&wish, now).await.unwrap();
    assert_eq!(titles(&made.plan), ["release seat licence:professional of Anna Berg in desk"]);
    let left: Vec<_> = made.left.iter().map(|(row, why)| (row.verdict, why.as_str())).collect();
    assert_eq!(left, [(SeatVerdict::Orphan, "the account belongs to nobody: say what becomes of it")]);
    let report = engine.apply(&made.plan, &ApplyOptions::new(now)).await.unwrap();
    assert!(report.is_success());
    assert!(!company.held("w2").contains(&"licence:professional".to_owned()));
    assert_eq!(titles(&company.plan(at("2026-03-11")).await), Vec::<String>::new());
    company.settle(at("2026-04-20")).await;
}

#[tokio::test]
async fn a_leavers_account_stops_at_once_where_that_was_ordered() {
    let mut company = company((5, 5), "");
    company.policy = company.policy.replace("      - disable\n", "      - disable: after 5d\n");
    company.settle(at("2026-03-02")).await;
    company.worker("w2").end_date = Some("2026-03-08".parse().unwrap());
    company.cycle(at("2026-03-09")).await;
    let active = |company: &Company| company.account("w2").unwrap().attr("active").and_then(|v| v.as_bool());
    assert_eq!(active(&company), Some(true), "its day has not come");
    let order = Override::new(OverrideKind::Suspend, "the seat is wanted", "mara").only_in(target("desk"));
    company.engine().order(&id("w2"), order, at("2026-03-10")).await.unwrap();
    let (plan, _) = company.cycle(at("2026-03-10")).await;
    let reasons: Vec<_> = plan.steps.iter().flat_map(|step| &step.reasons).collect();
    assert!(
        reasons.iter().any(|why| *why == "suspended here: ordered by mara: the seat is wanted"),
        "{reasons:?}"
    );
    assert_eq!(active(&company), Some(false));
    company.settle(at("2026-03-20")).await;
}

/// A system that charges nothing for whoever is suspended.
#[derive(Debug)]
struct FreeWhenSuspended;

#[async_trait::async_trait]
impl Layer for FreeWhenSuspended {
    async fn around(&self, ctx: &Context, call: Call<'_>, next: Next<'_>) -> Result<Reply> {
        next.run(ctx, call).await
    }

    fn capabilities(&self, mut below: Capabilities) -> Capabilities {
        let suspending = OperationSupport::new().idempotent().locking().with_effect(SideEffect::FreesSeat);
        let user = below.classes.remove(&ObjectClass::USER).unwrap();
        below.classes.insert(ObjectClass::USER, user.supports(OperationKind::SetStatus, suspending));
        below
    }
}

#[tokio::test]
async fn whose_seat_is_free_when_they_are_suspended_keeps_everything_else() {
    let company = company((5, 5), ", reclaim: [suspend, remove]");
    company.settle(at("2026-03-02")).await;
    let now = at("2026-05-04");
    let wish = SeatReclaim::new(target("desk"), [SeatVerdict::Idle], "mara");
    let plain = company.engine();
    plain.observe(now).await.unwrap();
    let removed = plain.plan_reclaim(&wish, now).await.unwrap().plan;
    assert_eq!(titles(&removed), ["revoke licence:professional from Anna Berg in desk"]);

    let desk = wrap(Arc::new(company.desk.clone()), Arc::new(FreeWhenSuspended));
    let engine = company.engine_with(desk, Arc::clone(&company.store));
    engine.observe(now).await.unwrap();
    let made = engine.plan_reclaim(&wish, now).await.unwrap();
    assert_eq!(titles(&made.plan), ["disable Anna Berg in desk"]);
    assert_eq!((made.seats.len(), made.left.len()), (1, 0));
    let report = engine.apply(&made.plan, &ApplyOptions::new(now)).await.unwrap();
    assert!(report.is_success(), "{:#?}", report.problems().collect::<Vec<_>>());
    let account = company.account("w2").unwrap();
    assert_eq!(account.attr("active").and_then(|value| value.as_bool()), Some(false));
    assert!(company.held("w2").contains(&"licence:professional".to_owned()));
    assert_eq!(titles(&company.plan(now).await), Vec::<String>::new(), "the order stands");
}
