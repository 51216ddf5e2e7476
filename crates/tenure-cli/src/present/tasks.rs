use tenure_engine::PendingRetry;
use tenure_store::TaskRecord;

use super::{Cell, Paint, Table, Tone, count};

/// What waits for a person, one line a task with its steps below.
pub fn tasks(tasks: &[TaskRecord], paint: Paint) -> String {
    if tasks.is_empty() {
        return format!("{} nothing waits for a person\n", paint.text(Tone::Good, "✓"));
    }
    let mut table = Table::new(paint, ["task", "target", "since", "who", "what to do"]);
    for task in tasks {
        table.row([
            Cell::new(Tone::Strong, &task.id),
            Cell::from(task.target.clone().unwrap_or_default()),
            Cell::new(Tone::Faint, task.opened.format("%-d %b %Y")),
            Cell::from(task.owner.clone().unwrap_or_default()),
            Cell::new(Tone::Task, format!("{}\n{}", task.title, task.detail).trim_end()),
        ]);
    }
    let first = tasks.first().map_or("ID", |task| task.id.as_str());
    format!("{table}\n{}; answer with `tenure tasks done {first}`\n", count(tasks.len(), "open task"))
}

/// What failed and is tried again, one line a step; nothing, where there is none.
pub fn retries(retries: &[PendingRetry], paint: Paint) -> String {
    if retries.is_empty() {
        return String::new();
    }
    let mut table = Table::new(paint, ["tried again", "target", "attempts", "what", "why it failed"]);
    for retry in retries {
        let what = if retry.title.is_empty() { retry.step.as_str() } else { &retry.title };
        table.row([
            Cell::new(Tone::Faint, retry.next.format("%-d %b %Y %H:%M")),
            Cell::from(retry.target.as_ref().map(ToString::to_string).unwrap_or_default()),
            Cell::from(retry.attempts.to_string()),
            Cell::from(what.to_owned()),
            Cell::new(Tone::Bad, &retry.error),
        ]);
    }
    format!("\n{table}\n{} to be tried again\n", count(retries.len(), "step"))
}

/// A step of an earlier run that has ended meanwhile.
pub fn settled(title: &str, paint: Paint) -> String {
    format!("{} settled: {title}", paint.text(Tone::Good, "✓"))
}
