//! `tenure playbook`: named lists of steps, begun for people.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chrono::{DateTime, Utc};
use tenure_engine::Engine;
use tenure_governance::{Governance, PlaybookSpec};
use tenure_policy::{Condition, Format, Identity, IdentityId, Phase, Written};

use super::Session;
use super::requests::{cannot, open, who};
use crate::args::{PlaybookAction, PlaybookArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::present::{self, Paint};
use crate::project::unreadable;

pub(super) async fn run(session: &Session, args: &PlaybookArgs) -> Result<Exit, Failure> {
    let (governance, engine) = open(session).await?;
    match &args.action {
        None => {
            let playbooks = governance.playbooks().await.map_err(|e| cannot("read the playbooks", &e))?;
            print!("{}", present::playbooks(&playbooks, session.paint));
            let runs = governance.runs(false).await.map_err(|e| cannot("read the runs", &e))?;
            print!("{}", present::runs(&runs, session.paint));
        }
        Some(PlaybookAction::Ended) => {
            let runs = governance.runs(true).await.map_err(|e| cannot("read the runs", &e))?;
            print!("{}", present::runs(&runs, session.paint));
        }
        Some(PlaybookAction::Show { run }) => {
            let run = governance.run(run).await.map_err(|e| cannot("find the run", &e))?;
            print!("{}", present::steps(&run, session.paint));
        }
        Some(PlaybookAction::Save { file, by }) => {
            let by = who(session, &engine, by).await?;
            let saved = governance.save_playbook(read(file)?, &by, session.now).await;
            let saved = saved.map_err(|e| cannot("save the playbook", &e))?;
            println!("playbook {} is saved as version {}", saved.id, saved.version);
        }
        Some(PlaybookAction::Remove { name, by }) => {
            let by = who(session, &engine, by).await?;
            let removed = governance.remove_playbook(name, &by, session.now).await;
            removed.map_err(|e| cannot("remove the playbook", &e))?;
            println!("playbook {name} is removed");
        }
        Some(PlaybookAction::Stop { run, by, undo }) => {
            let by = who(session, &engine, by).await?;
            let stopped = governance.stop_run(run, &by, *undo, session.now).await;
            print!("{}", present::steps(&stopped.map_err(|e| cannot("stop the run", &e))?, session.paint));
        }
        Some(PlaybookAction::Run { name, people, filter, by, parameters, dry_run }) => {
            let by = who(session, &engine, by).await?;
            let mut meant = Vec::new();
            for person in people {
                meant.push(who(session, &engine, person).await?);
            }
            if let Some(filter) = filter {
                let found = of_whom_it_holds(&engine, filter, session.now).await?;
                meant.extend(found.into_iter().filter(|id| !people.contains(&id.to_string())));
            }
            meant.sort();
            meant.dedup();
            let parameters: BTreeMap<String, String> = parameters.iter().cloned().collect();
            if *dry_run {
                let runs = governance.rehearse(name, &meant, &parameters, &by, session.now).await;
                for run in runs.map_err(|e| cannot("rehearse the playbook", &e))? {
                    print!("{}", present::steps(&run, session.paint));
                }
                return Ok(Exit::Done);
            }
            let begun = governance.run_playbook(name, &meant, &parameters, &by, session.now).await;
            let begun = begun.map_err(|e| cannot("run the playbook", &e))?;
            advance(session.paint, &governance, session.now).await?;
            for run in begun {
                let now = governance.run(&run.id).await.map_err(|e| cannot("read the run", &e))?;
                print!("{}", present::steps(&now, session.paint));
            }
        }
    }
    Ok(Exit::Done)
}

/// Reads one playbook; everything that is wrong with the text is told with its place.
fn read(path: &Path) -> Result<PlaybookSpec, Failure> {
    let text = fs::read_to_string(path)
        .map_err(|e| Failure::failed(format!("cannot read `{}`", path.display()), e))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let written = Written::read(&name, Format::of(&name), &text);
    written.map(|written| written.value).map_err(|errors| unreadable(&errors, path, &name, &text))
}

/// Begins what triggers ask for and does what is due.
pub(super) async fn advance(
    paint: Paint,
    governance: &Governance,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let done = governance.advance_playbooks(now).await.map_err(|e| cannot("advance the playbooks", &e))?;
    for run in &done.begun {
        println!("playbook {run}: begun by its trigger");
    }
    if done.steps > 0 {
        println!("playbooks: {}", present::count(done.steps, "step"));
    }
    for run in &done.ended {
        println!("playbook {run}: {}", paint.text(present::Tone::Faint, "ended"));
    }
    Ok(())
}

async fn of_whom_it_holds(
    engine: &Engine,
    filter: &str,
    now: DateTime<Utc>,
) -> Result<Vec<IdentityId>, Failure> {
    let policy = engine.policy(now).map_err(|e| Failure::engine("cannot read the policy", &e))?;
    let selector = policy.selector(&Condition::new(filter)).map_err(|errors| {
        let text: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Failure::usage(text.join("; "), "expected a filter as conditions of the policy are written")
    })?;
    let census = engine.census(now).await.map_err(|e| Failure::engine("cannot read who there is", &e))?;
    let at_work = |found: &&Identity| census.policy().state(found, now).phase == Phase::Active;
    let people = census.identities().filter(|found| found.as_person().is_some()).filter(at_work);
    Ok(people.filter(|found| selector.holds(found, now)).map(|found| found.id().clone()).collect())
}
