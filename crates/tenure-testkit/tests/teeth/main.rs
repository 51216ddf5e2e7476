//! The suite has teeth: each way of breaking the reference connector is caught by the trial that is named with it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod broken;
mod defect;
#[path = "../reference/mod.rs"]
mod reference;

use std::sync::Arc;

use broken::Broken;
use defect::Defect;
use tenure_connector::OperationKind;
use tenure_connector::memory::MemoryConnector;
use tenure_testkit::conformance::{Subject, Verdict, run_all, run_trial};

fn block<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn broken(defect: Defect) -> Subject {
    let memory = match defect {
        Defect::JobThatNeverEnds => {
            MemoryConnector::over("desk", reference::tenant()).with_job(OperationKind::Create)
        }
        _ => MemoryConnector::over("desk", reference::tenant()),
    };
    let subject = Subject::new(Arc::new(Broken::new(memory.clone(), defect)));
    match defect {
        Defect::IntruderIsLetIn => subject.with_intruder(Arc::new(memory)),
        _ => subject.with_secret_text("tok-4711"),
    }
}

#[test]
fn every_defect_is_caught_by_its_trial() {
    assert!(Defect::ALL.len() >= 25, "only {} defects", Defect::ALL.len());
    let mut missed = Vec::new();
    for (defect, trial) in Defect::ALL {
        match block(run_trial(&broken(*defect), trial)) {
            Some(Verdict::Failed(_)) => {}
            other => missed.push(format!("{defect:?} by {trial}: {other:?}")),
        }
    }
    assert_eq!(missed, Vec::<String>::new());
}

#[test]
fn without_a_defect_nothing_fails_and_little_is_skipped() {
    let report = block(run_all(&reference::subject()));
    assert_eq!(report.failed().count(), 0, "{report}");
    let skipped: Vec<_> = report.skipped().map(|(name, _)| name).collect();
    assert_eq!(
        skipped,
        ["wrong_credentials_are_refused", "undeclared_operation_is_unsupported", "people_finish_their_tasks"]
    );
}

#[test]
fn jobs_are_followed_to_their_end() {
    let memory = MemoryConnector::over("desk", reference::tenant());
    let slow = [OperationKind::Create, OperationKind::Grant, OperationKind::Delete];
    let memory = slow.into_iter().fold(memory, MemoryConnector::with_job);
    let report = block(run_all(&Subject::new(Arc::new(memory))));
    assert_eq!(report.failed().count(), 0, "{report}");
}
