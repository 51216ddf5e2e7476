//! What has to be done about a workload from time to time: new secrets, and a look at whether it is needed.

use chrono::NaiveDate;

use super::draft::Draft;
use crate::compile::{Dense, Parts};
use crate::desired::{OpenTask, TaskKind};
use crate::identity::Workload;
use crate::lifecycle::NextChange;
use crate::time::{Span, start_of_day};

/// The tasks that are due; notes when the others will be.
pub(super) fn tasks(
    parts: &Parts,
    dense: &Dense,
    draft: &Draft,
    workload: &Workload,
    next: &mut NextChange,
) -> Vec<OpenTask> {
    let mut tasks = Vec::new();
    for account in draft.accounts.iter().filter(|account| !account.gone) {
        let Some(target) = draft.target_id(dense, account.target) else { continue };
        let policy = parts.document.targets.get(target);
        let after = policy.and_then(|policy| policy.credential.as_ref()?.rotate_after);
        if let Some(why) = after.and_then(|after| overdue(workload, workload.rotated, after, next)) {
            tasks.push(OpenTask {
                kind: TaskKind::RotateSecret,
                subject: target.to_string(),
                text: format!("replace the secrets of `{}` in `{target}`: {why}", workload.id),
                due: None,
            });
        }
    }
    let after = parts.document.lifecycle.review_workloads_after;
    if let Some(why) = after.and_then(|after| overdue(workload, workload.reviewed, after, next)) {
        tasks.push(OpenTask {
            kind: TaskKind::ReviewWorkload,
            subject: workload.id.to_string(),
            text: format!("say whether `{}` is still needed, and its scope right: {why}", workload.id),
            due: None,
        });
    }
    tasks
}

/// Why something has to be done again; notes when it will have to be.
fn overdue(
    workload: &Workload,
    last: Option<NaiveDate>,
    after: Span,
    next: &mut NextChange,
) -> Option<String> {
    let Some(last) = last else { return Some("nobody knows when it was last done".to_owned()) };
    let due = after.after(start_of_day(last, workload.zone));
    if due <= next.now() {
        return Some(format!("it was last done on {last}, which is good for {after}"));
    }
    next.note(due);
    None
}
