//! `tenure plan`: what would change, and why.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tenure_engine::report::Report;
use tenure_engine::{Engine, Plan, PlanOptions};

use super::requests::cannot;
use super::{Session, report, tasks};
use crate::args::PlanArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::present::{self, Detail};
use crate::project::{Project, Reach};

/// Steps of a long plan that are shown unless all are asked for.
const SHOWN: usize = 40;

pub(super) async fn run(session: &Session, args: &PlanArgs) -> Result<Exit, Failure> {
    let project = Project::load(&session.global.config)?;
    project.check_sources(Reach::Files).await?;
    let engine = Arc::new(project.engine().await?);
    let plan = make(session, &project, &engine, args.pilot.as_deref(), args.closely).await?;
    let detail = if args.all { Detail::All } else { Detail::Steps(SHOWN) };
    print!("{}", present::plan(&plan, session.paint, detail));
    print!("{}", present::versions(&project.policies, session.now, session.paint));
    if let Some(path) = &args.report {
        report::write(path, &Report::of_plan(&plan))?;
    }
    if let Some(path) = &args.out {
        write(&plan, path)?;
        println!("written to {}; apply it with `tenure apply {}`", path.display(), path.display());
    }
    Ok(if args.exit_code && !plan.is_empty() { Exit::Changes } else { Exit::Done })
}

/// Observes, does what is due for requests, then plans.
pub(super) async fn make(
    session: &Session,
    project: &Project,
    engine: &Arc<Engine>,
    pilot: Option<&str>,
    closely: bool,
) -> Result<Plan, Failure> {
    tasks::settle(session, engine).await?;
    let observed = engine.observe(session.now).await.map_err(|e| Failure::engine("cannot observe", &e))?;
    if let Some(refusal) = observed.refusals().into_iter().next() {
        return Err(Failure::refused(
            refusal,
            Some("send the whole export, or raise the limit of the source"),
        ));
    }
    if project.config.governance.is_some() {
        let governance = project.governance(engine, session.now)?;
        super::requests::advance(session.paint, &governance, session.now).await?;
        let looked = governance.advance_seats(session.now).await;
        looked.map_err(|e| cannot("look at the seats", &e))?;
    }
    let mut options = PlanOptions::default();
    options.closely = closely;
    if let Some(pilot) = pilot {
        let governance = project.governance(engine, session.now)?;
        let scope = governance.pilot_scope(pilot, session.now).await;
        (options.identities, options.targets) = scope.map_err(|e| cannot("find the pilot", &e))?;
    }
    engine.plan(session.now, &options).await.map_err(|e| Failure::engine("cannot plan", &e))
}

pub(super) fn write(plan: &Plan, path: &Path) -> Result<(), Failure> {
    let cannot = |e: &dyn std::fmt::Display| Failure::failed(format!("cannot write `{}`", path.display()), e);
    let text = serde_json::to_string_pretty(plan).map_err(|e| cannot(&e))?;
    fs::write(path, text).map_err(|e| cannot(&e))
}
