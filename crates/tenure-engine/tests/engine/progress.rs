//! What a run tells while it goes on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use crate::common::{Company, at};
use tenure_engine::{ApplyOptions, PlanOptions, Progress, StepOutcome};
use tenure_store::JournalPhase;

#[tokio::test]
async fn everything_that_a_run_does_is_told_in_order_as_it_happens() {
    let company = Company::new();
    let now = at("2026-03-02");
    let engine = company.engine();
    engine.observe(now).await.unwrap();
    let plan = engine.plan(now, &PlanOptions::default()).await.unwrap();
    let told: Arc<Mutex<Vec<Progress>>> = Arc::default();
    let heard = Arc::clone(&told);
    let options = ApplyOptions::new(now)
        .observe_again(false)
        .concurrency(4)
        .on_progress(move |event| heard.lock().unwrap().push(event.clone()));
    let report = engine.apply(&plan, &options).await.unwrap();
    let told = told.lock().unwrap();
    let total = plan.steps.len();
    assert!(total > 5);
    assert_eq!(told[0], Progress::RunStarted { plan: plan.hash(), total });
    assert_eq!(told[told.len() - 1], Progress::RunFinished { plan: plan.hash(), done: total, left: 0 });
    let (mut begun, mut phases, mut ended) = (BTreeSet::new(), BTreeMap::new(), BTreeMap::new());
    let mut lines = 0;
    for event in &told[1..told.len() - 1] {
        match event {
            Progress::StepStarted { index, total: all, step, title } => {
                assert_eq!(
                    (*all, &plan.steps[index - 1].id, title),
                    (total, step, &plan.steps[index - 1].title())
                );
                let after = &plan.steps[index - 1].after;
                assert!(after.iter().all(|before| ended.contains_key(before)), "{step} began too early");
                assert!(begun.insert(step.clone()), "{step} begins once");
            }
            Progress::Journalled { step, phase, number } => {
                lines += 1;
                assert_eq!(*number, lines, "lines are numbered without a gap");
                assert!(begun.contains(step) && !ended.contains_key(step), "{step}");
                phases.entry(step.clone()).or_insert_with(Vec::new).push(*phase);
            }
            Progress::StepFinished { step, outcome, .. } => {
                assert!(begun.contains(step), "{step}");
                assert_eq!(ended.insert(step.clone(), *outcome), None, "{step} ends once");
            }
            other => panic!("{other:?} amid a run"),
        }
    }
    assert_eq!(ended.len(), total);
    assert!(ended.values().all(|outcome| *outcome == StepOutcome::Done), "{ended:?}");
    assert!(report.steps.iter().all(|step| ended[&step.step] == step.outcome));
    // Before and after each effect.
    for (step, phases) in phases {
        assert_eq!(phases, [JournalPhase::Started, JournalPhase::Done], "{step}");
    }
    // What is told can be sent elsewhere and read there.
    for event in told.iter() {
        let text = serde_json::to_string(event).unwrap();
        assert_eq!(serde_json::from_str::<Progress>(&text).unwrap(), *event);
    }
}
