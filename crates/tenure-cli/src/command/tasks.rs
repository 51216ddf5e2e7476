//! `tenure tasks`: what waits for a person, and what a person says about it; and what is tried again.

use std::sync::Arc;

use tenure_connector_manual::{ManualConfig, ManualConnector, TaskStatus};
use tenure_engine::Engine;
use tenure_governance::GovernanceError;

use super::Session;
use super::requests::{cannot, who};
use crate::args::TaskAnswer;
use crate::config::{Config, Target};
use crate::exit::Exit;
use crate::failure::{Failure, chain};
use crate::present;
use crate::project::Project;

/// Who answers on the command line.
const BY: &str = "command line";

pub(super) async fn run(session: &Session, answer: Option<&TaskAnswer>) -> Result<Exit, Failure> {
    let project = Project::load(&session.global.config)?;
    let engine = Arc::new(project.engine().await?);
    if let Some(answer) = answer
        && !of_playbook(session, &project, &engine, answer).await?
    {
        record(session, &project.config, &engine, answer).await?;
    }
    settle(session, &engine).await?;
    let tasks = engine.open_tasks().await.map_err(|e| Failure::engine("cannot read the tasks", &e))?;
    print!("{}", present::tasks(&tasks, session.paint));
    let retries = engine.retries().await.map_err(|e| Failure::engine("cannot read the retries", &e))?;
    print!("{}", present::retries(&retries, session.paint));
    Ok(Exit::Done)
}

/// Asks how earlier jobs and tasks are doing, and says which have ended.
pub(super) async fn settle(session: &Session, engine: &Engine) -> Result<(), Failure> {
    let settled = engine.poll(session.now).await;
    for title in settled.map_err(|e| Failure::engine("cannot ask about earlier steps", &e))? {
        println!("{}", present::settled(&title, session.paint));
    }
    Ok(())
}

/// Answers a task of a playbook; whether it was one.
async fn of_playbook(
    session: &Session,
    project: &Project,
    engine: &Arc<Engine>,
    answer: &TaskAnswer,
) -> Result<bool, Failure> {
    let (id, done, by, because) = match answer {
        TaskAnswer::Done { id, by, .. } => (id, true, by, ""),
        TaskAnswer::Reject { id, by, because } => (id, false, by, because.as_str()),
    };
    let Some((run, step)) = id.rsplit_once('/') else { return Ok(false) };
    let governance = project.governance(engine, session.now)?;
    match governance.run(run).await {
        Ok(_) => {}
        Err(GovernanceError::NotFound { .. }) => return Ok(false),
        Err(e) => return Err(cannot("read the run", &e)),
    }
    let Some(by) = by else {
        return Err(Failure::usage(
            format!("`{id}` is a task of a playbook"),
            "say who answers, with `--by WHO`: its owner or an administrator",
        ));
    };
    let by = who(session, engine, by).await?;
    let finished = governance.finish_task(run, step, &by, done, because, session.now).await;
    finished.map_err(|e| cannot("finish the task", &e))?;
    super::playbook::advance(session.paint, &governance, session.now).await?;
    Ok(true)
}

// A task of a system without an API stands in that system's ledger, which is the one place where it is answered.
async fn record(
    session: &Session,
    config: &Config,
    engine: &Engine,
    answer: &TaskAnswer,
) -> Result<(), Failure> {
    let (id, done, account, because) = match answer {
        TaskAnswer::Done { id, account, .. } => (id, true, account.as_deref(), None),
        TaskAnswer::Reject { id, because, .. } => (id, false, None, Some(because.as_str())),
    };
    let status = if done { TaskStatus::Done } else { TaskStatus::Rejected };
    if let Some((ledger, number)) = ledger_of(config, id) {
        let closed = ManualConnector::new(ledger.clone()).close(number, status, account, because);
        return closed.map_err(|e| Failure::failed(format!("cannot close the task `{id}`"), chain(&e)));
    }
    let recorded = engine.complete_task(id, done, BY, session.now).await;
    recorded.map_err(|e| Failure::engine("cannot close the task", &e))
}

fn ledger_of<'a>(config: &'a Config, id: &'a str) -> Option<(&'a ManualConfig, &'a str)> {
    let (target, number) = id.split_once('/')?;
    match config.targets.get(target)? {
        Target::Manual(ledger) => Some((ledger, number)),
        _ => None,
    }
}
