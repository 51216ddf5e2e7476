use std::path::Path;

use serde::{Deserialize, Serialize};
use tenure_connector::{ConnectorError, Result, files};

use crate::{Task, TaskStatus};

/// Reads all tasks, in the order in which they were written.
pub(crate) fn read(path: &Path) -> Result<Vec<Task>> {
    let Some(text) = files::read(path)? else { return Ok(Vec::new()) };
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if is_json(path) {
        return serde_json::from_str(&text).map_err(|source| {
            let place = format!("{file}:{}:{}", source.line(), source.column());
            wrong(&place, "a list of tasks", &source.to_string()).with_source(source)
        });
    }
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let mut tasks = Vec::new();
    for row in reader.deserialize::<Row>() {
        let row = row.map_err(|source| {
            let line = source.position().map_or(1, csv::Position::line);
            wrong(&format!("{file}:{line}"), "a task", &source.to_string()).with_source(source)
        })?;
        tasks.push(row.task(&file)?);
    }
    Ok(tasks)
}

/// Replaces the ledger.
pub(crate) fn write(path: &Path, tasks: &[Task]) -> Result<()> {
    let text = match is_json(path) {
        true => serde_json::to_string_pretty(tasks).ok().map(|text| text + "\n"),
        false => csv_text(tasks),
    };
    let text = text.ok_or_else(|| ConnectorError::invalid_input("ledger", "the tasks cannot be written"))?;
    files::replace(path, &text)
}

fn csv_text(tasks: &[Task]) -> Option<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    tasks.iter().try_for_each(|task| writer.serialize(Row::of(task))).ok()?;
    String::from_utf8(writer.into_inner().ok()?).ok()
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

fn wrong(place: &str, expected: &str, found: &str) -> ConnectorError {
    ConnectorError::invalid_input("ledger", format!("{place}: expected {expected}, found `{found}`"))
}

/// A task as a line of a table that people edit: what they fill in comes first, what a program needs last.
#[derive(Debug, Serialize, Deserialize)]
struct Row {
    id: String,
    status: String,
    title: String,
    steps: String,
    assignee: Option<String>,
    account: Option<String>,
    note: Option<String>,
    key: String,
    operation: String,
}

impl Row {
    fn of(task: &Task) -> Self {
        Self {
            id: task.id.clone(),
            status: task.status.as_str().to_owned(),
            title: task.title.clone(),
            steps: task.steps.join("\n"),
            assignee: task.assignee.clone(),
            account: task.account.clone(),
            note: task.note.clone(),
            key: task.key.to_string(),
            operation: serde_json::to_string(&task.operation).unwrap_or_default(),
        }
    }

    fn task(self, file: &str) -> Result<Task> {
        let place = format!("{file}: task `{}`", self.id);
        let statuses = [TaskStatus::Open, TaskStatus::Done, TaskStatus::Rejected];
        let status =
            statuses.into_iter().find(|status| status.as_str().eq_ignore_ascii_case(self.status.trim()));
        let operation = serde_json::from_str(&self.operation).map_err(|source| {
            wrong(&place, "an operation as it was written", &self.operation).with_source(source)
        })?;
        Ok(Task {
            status: status.ok_or_else(|| wrong(&place, "open, done or rejected", &self.status))?,
            id: self.id,
            title: self.title,
            steps: self.steps.lines().map(str::to_owned).collect(),
            assignee: self.assignee,
            account: self.account,
            note: self.note,
            key: self.key.into(),
            operation,
        })
    }
}
