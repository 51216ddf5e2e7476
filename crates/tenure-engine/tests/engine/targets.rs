//! How targets are treated: windows, limits, breakers, quarantine, and objects that fail alone.

use std::sync::Arc;

use crate::common::{Company, at, target, titles};
use crate::troubled::{Trouble, Troubled};
use chrono::TimeDelta;
use tenure_engine::{
    ApplyOptions, Engine, HealthState, NoticeKind, PlanOptions, Quarantine, RunReport, StepOutcome,
    TargetOptions, Window,
};
use tenure_store::JournalPhase;

const NOON: &str = "2026-03-02T12:00:00Z";

fn engine(company: &Company, options: TargetOptions, desk: Arc<Troubled>) -> Engine {
    company.engine_for(desk, options)
}

fn quiet(company: &Company) -> Arc<Troubled> {
    Arc::new(Troubled::new(company.desk.clone(), Trouble::None))
}

async fn run(engine: &Engine, now: &str) -> RunReport {
    let now = at(now);
    engine.observe(now).await.unwrap();
    let plan = engine.plan(now, &PlanOptions::default()).await.unwrap();
    engine.apply(&plan, &ApplyOptions::new(now).observe_again(false)).await.unwrap()
}

fn in_desk(report: &RunReport) -> Vec<StepOutcome> {
    let steps = report.steps.iter().filter(|step| step.step.as_str().starts_with("desk/"));
    steps.map(|step| step.outcome).collect()
}

fn night() -> Window {
    Window::daily("22:00:00".parse().unwrap(), "04:00:00".parse().unwrap(), "Europe/Berlin".parse().unwrap())
}

#[tokio::test]
async fn outside_its_window_a_target_is_not_written_to_and_the_steps_wait_durably() {
    let company = Company::new();
    let desk = quiet(&company);
    let engine = engine(&company, TargetOptions::default().with_window(night()), desk.clone());
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let (noon, told) = (at(NOON), seen.clone());
    engine.observe(noon).await.unwrap();
    let plan = engine.plan(noon, &PlanOptions::default()).await.unwrap();
    let options = ApplyOptions::new(noon).observe_again(false).on_progress(move |event| {
        if let tenure_engine::Progress::StepFinished { outcome: StepOutcome::Window, detail, .. } = event {
            told.lock().unwrap().push(detail.clone());
        }
    });
    let report = engine.apply(&plan, &options).await.unwrap();
    assert!(in_desk(&report).contains(&StepOutcome::Window));
    assert!(
        in_desk(&report).iter().all(|outcome| matches!(outcome, StepOutcome::Window | StepOutcome::Held))
    );
    assert!(report.count(StepOutcome::Done) > 0, "the other target has no window");
    assert_eq!(desk.writes(), 0);
    assert_eq!(report.next, Some(at("2026-03-02T21:00:00Z")), "22 o'clock in Berlin");
    assert!(seen.lock().unwrap()[0].contains("2026-03-02 21:00:00 UTC"));
    let journal = engine.store().journal(&report.plan).await.unwrap();
    let waits =
        |entry: &&tenure_store::JournalEntry| entry.phase == JournalPhase::Held && entry.next == report.next;
    assert!(journal.iter().filter(waits).count() > 0);
    let report = run(&engine, "2026-03-02T21:00:00Z").await;
    assert!(report.is_success() && report.count(StepOutcome::Window) == 0);
    assert!(desk.writes() > 0);
}

#[tokio::test]
async fn round_leaves_what_waits_for_a_window_to_a_later_plan_and_wakes_for_it() {
    let company = Company::new();
    let engine = engine(&company, TargetOptions::default().with_window(night()), quiet(&company));
    let round = engine.cycle(&ApplyOptions::new(at(NOON))).await.unwrap();
    assert!(round.plan.steps.iter().all(|step| step.target == target("erp")), "{:?}", titles(&round.plan));
    assert!(round.plan.notices.iter().any(|notice| notice.kind == NoticeKind::WaitingForWindow));
    assert_eq!(round.next(), Some(at("2026-03-02T21:00:00Z")));
}

#[tokio::test]
async fn urgent_steps_pass_a_window_only_when_told_so() {
    for (options, outcome) in [
        (TargetOptions::default().with_window(night()), StepOutcome::Window),
        (TargetOptions::default().with_window(night()).urgent_any_time(), StepOutcome::Done),
    ] {
        let mut company = Company::new();
        company.settle(at("2026-03-01")).await;
        company.worker("w3").end_date = Some("2026-03-01".parse().unwrap());
        let report = run(&engine(&company, options, quiet(&company)), NOON).await;
        let disabled = report.steps.iter().find(|step| step.title == "disable Bo Ek in desk").unwrap();
        assert_eq!(disabled.outcome, outcome);
    }
}

#[tokio::test]
async fn breaker_stops_a_target_after_failures_in_a_row_and_tries_it_again_later() {
    let company = Company::new();
    let desk = Arc::new(Troubled::new(company.desk.clone(), Trouble::Unavailable));
    let options = TargetOptions::default().with_breaker(2).with_concurrency(1);
    let engine = engine(&company, options, desk.clone());
    let report = run(&engine, NOON).await;
    assert_eq!(report.count(StepOutcome::Retry), 2, "two failures, then nothing more is asked");
    assert!(report.steps.iter().any(|step| step.outcome == StepOutcome::Done), "the other target goes on");
    let health = engine.health(&target("desk")).await.unwrap().unwrap();
    assert_eq!((health.state, health.until), (HealthState::Broken, at(NOON) + TimeDelta::minutes(2)));
    assert_eq!(report.next, Some(health.until));
    let before = desk.writes();
    assert!(
        in_desk(&run(&engine, "2026-03-02T12:01:00Z").await)
            .iter()
            .all(|outcome| *outcome == StepOutcome::Held)
    );
    assert_eq!(desk.writes(), before, "it rests");
    // On trial one failure is enough, and it rests longer.
    run(&engine, "2026-03-02T12:30:00Z").await;
    assert_eq!(desk.writes(), before + 1);
    assert_eq!(engine.health(&target("desk")).await.unwrap().unwrap().trials, 2);
    desk.set(Trouble::None);
    assert!(run(&engine, "2026-03-02T15:00:00Z").await.is_success());
    assert_eq!(engine.health(&target("desk")).await.unwrap(), None);
}

#[tokio::test]
async fn rejected_credentials_quarantine_a_target_at_once_until_it_takes_them_again() {
    let company = Company::new();
    let desk = Arc::new(Troubled::new(company.desk.clone(), Trouble::Rejected));
    let engine = engine(&company, TargetOptions::default().with_concurrency(1), desk.clone());
    let report = run(&engine, NOON).await;
    assert_eq!(desk.writes(), 1, "one is enough: {:?}", in_desk(&report));
    let health = engine.health(&target("desk")).await.unwrap().unwrap();
    assert_eq!((health.state, health.until), (HealthState::Quarantined, at(NOON) + TimeDelta::hours(6)));
    assert!(
        in_desk(&run(&engine, "2026-03-02T12:10:00Z").await)
            .iter()
            .all(|outcome| *outcome == StepOutcome::Held)
    );
    assert_eq!(desk.writes(), 1);
    desk.set(Trouble::None);
    assert!(
        run(&engine, "2026-03-02T12:20:00Z").await.is_success(),
        "asked whether it takes them, it says yes"
    );
}

#[tokio::test]
async fn quarantine_grows_to_a_day_and_after_four_weeks_only_a_person_ends_it() {
    let company = Company::new();
    let desk = Arc::new(Troubled::new(company.desk.clone(), Trouble::Invalid));
    let quarantine = Quarantine::default().from_failures(1);
    let engine = engine(&company, TargetOptions::default().with_quarantine(quarantine), desk.clone());
    let mut now = at(NOON);
    let mut waits = Vec::new();
    for _ in 0..40 {
        engine.observe(now).await.unwrap();
        let plan = engine.plan(now, &PlanOptions::default()).await.unwrap();
        engine.apply(&plan, &ApplyOptions::new(now).observe_again(false)).await.unwrap();
        let health = engine.health(&target("desk")).await.unwrap().unwrap();
        if health.state == HealthState::Disabled {
            break;
        }
        waits.push((health.until - now).num_hours());
        now = health.until.max(now + TimeDelta::hours(24));
    }
    assert_eq!(waits[..4], [6, 12, 24, 24]);
    let health = engine.health(&target("desk")).await.unwrap().unwrap();
    assert_eq!(health.state, HealthState::Disabled);
    assert!(now - health.since >= TimeDelta::days(28));
    desk.set(Trouble::None);
    let later = (now + TimeDelta::days(30)).to_rfc3339();
    assert!(in_desk(&run(&engine, &later).await).iter().all(|outcome| *outcome == StepOutcome::Held));
    engine.release(&target("desk"), "mara", "repaired", now).await.unwrap();
    assert!(run(&engine, &later).await.is_success());
}

#[tokio::test]
async fn quarantine_begins_with_the_figures_that_are_the_default() {
    let company = Company::new();
    let desk = Arc::new(Troubled::new(company.desk.clone(), Trouble::Invalid));
    let engine = engine(&company, TargetOptions::default(), desk);
    run(&engine, NOON).await;
    assert_eq!(engine.health(&target("desk")).await.unwrap(), None, "three failures are no reason");
    let figures = Quarantine::default();
    assert_eq!((figures.least, figures.percent, figures.most), (5_000, 40, 40_000));
    assert_eq!((figures.most_with_references, figures.days), (60_000, 28));
}

#[tokio::test]
async fn poisoned_object_fails_alone() {
    let company = Company::new();
    let desk = Arc::new(Troubled::new(company.desk.clone(), Trouble::InvalidFor("w2".to_owned())));
    let engine = engine(&company, TargetOptions::default().with_breaker(1), desk.clone());
    let report = run(&engine, NOON).await;
    let failed: Vec<&str> = report.problems().map(|step| step.step.as_str()).collect();
    assert!(!failed.is_empty() && failed.iter().all(|step| step.starts_with("desk/w2/")), "{failed:?}");
    assert_eq!(company.held("w1"), ["group:g-1", "role:lead"]);
    assert!(company.account("w3").is_some());
    assert_eq!(engine.health(&target("desk")).await.unwrap(), None);
    // It is tried again later, the others have nothing to do.
    let writes = desk.writes();
    assert!(run(&engine, "2026-03-02T13:00:00Z").await.steps.is_empty());
    assert_eq!(desk.writes(), writes);
    desk.set(Trouble::None);
    assert!(run(&engine, "2026-03-02T18:00:00Z").await.is_success());
    assert!(company.account("w2").is_some());
}

#[tokio::test]
async fn what_failed_is_listed_until_it_succeeds() {
    let company = Company::new();
    let desk = Arc::new(Troubled::new(company.desk.clone(), Trouble::InvalidFor("w2".to_owned())));
    let engine = engine(&company, TargetOptions::default(), desk.clone());
    let report = run(&engine, NOON).await;
    let failed: Vec<_> = report.problems().filter(|step| step.outcome != StepOutcome::Held).collect();
    let pending = engine.retries().await.unwrap();
    assert_eq!(pending.len(), failed.len());
    let retry = &pending[0];
    assert_eq!(retry.step, failed[0].step);
    assert_eq!((retry.target.as_ref(), retry.attempts), (Some(&target("desk")), 1));
    assert_eq!(retry.identity.as_ref().unwrap().as_str(), "w2");
    assert!(retry.title.starts_with("create ") && !retry.error.is_empty(), "{retry:?}");
    assert!(retry.next > at(NOON));
    let (first, evening) = (retry.next, "2026-03-02T18:00:00Z");
    run(&engine, evening).await;
    let again = engine.retries().await.unwrap();
    assert_eq!(again[0].attempts, 2);
    assert!(again[0].next > first && again[0].next > at(evening));
    desk.set(Trouble::None);
    assert!(run(&engine, "2026-03-04T18:00:00Z").await.is_success());
    assert!(engine.retries().await.unwrap().is_empty());
}

#[tokio::test]
async fn target_that_cannot_be_read_keeps_nobody_waiting_and_is_not_planned_for() {
    let company = Company::new();
    let desk = Arc::new(Troubled::new(company.desk.clone(), Trouble::Unreadable));
    let engine = engine(&company, TargetOptions::default(), desk.clone());
    let observed = engine.observe(at(NOON)).await.unwrap();
    assert!(observed.targets.iter().any(|report| report.failed.is_some()));
    let plan = engine.plan(at(NOON), &PlanOptions::default()).await.unwrap();
    assert!(!plan.steps.is_empty() && plan.steps.iter().all(|step| step.target == target("erp")));
    assert!(plan.notices.iter().any(|notice| notice.kind == NoticeKind::Unread));
    desk.set(Trouble::None);
    assert!(run(&engine, "2026-03-02T13:00:00Z").await.is_success());
    assert!(company.account("w1").is_some());
}

#[tokio::test]
async fn no_more_operations_run_at_once_than_the_target_allows() {
    for (limit, most) in [(1, 1), (2, 2)] {
        let company = Company::new();
        let desk = quiet(&company);
        let options = TargetOptions::default().with_concurrency(limit);
        let engine = engine(&company, options, desk.clone());
        let now = at(NOON);
        engine.observe(now).await.unwrap();
        let plan = engine.plan(now, &PlanOptions::default()).await.unwrap();
        let options = ApplyOptions::new(now).observe_again(false).concurrency(8);
        assert!(engine.apply(&plan, &options).await.unwrap().is_success());
        assert_eq!(desk.most_at_once(), most);
    }
}

#[tokio::test]
async fn reference_that_fails_has_a_budget_of_its_own() {
    let mut company = Company::new();
    // Two who manage each other: one of them has to be pointed at afterwards.
    company.worker("w1").manager_id = Some("w2".to_owned());
    let desk = Arc::new(Troubled::new(company.desk.clone(), Trouble::UnavailableFor("manager".to_owned())));
    let engine = engine(&company, TargetOptions::default().with_breaker(1), desk.clone());
    let report = run(&engine, NOON).await;
    let problems: Vec<&str> = report.problems().map(|step| step.step.as_str()).collect();
    assert!(
        !problems.is_empty() && problems.iter().all(|step| step.contains("/set_reference/")),
        "{problems:?}"
    );
    assert_eq!(engine.health(&target("desk")).await.unwrap(), None, "it stops nothing");
    assert_eq!(company.held("w1"), ["group:g-1", "role:lead"]);
    desk.set(Trouble::None);
    assert!(run(&engine, "2026-03-02T14:00:00Z").await.is_success());
    let manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value";
    let (one, other) = (company.account("w1").unwrap(), company.account("w2").unwrap());
    assert_eq!(one.attr(manager).and_then(|value| value.as_str()), other.id());
    assert_eq!(other.attr(manager).and_then(|value| value.as_str()), one.id());
}
