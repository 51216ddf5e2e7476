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

/// A step of an earlier run that has ended meanwhile.
pub fn settled(title: &str, paint: Paint) -> String {
    format!("{} settled: {title}", paint.text(Tone::Good, "✓"))
}
