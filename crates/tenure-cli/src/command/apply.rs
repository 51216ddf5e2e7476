//! `tenure apply`: makes the targets agree with the policy.

use std::fs;
use std::io::{self, IsTerminal, Write as _};
use std::path::Path;
use std::sync::Arc;

use tenure_engine::{ApplyOptions, Engine, Plan, Progress, RunReport};

use super::{Session, plan};
use crate::args::ApplyArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::present::{self, Bar, Detail, Diagnostic, Tone};
use crate::project::{Project, Reach};

/// Steps of a long plan that are shown before it is applied.
const SHOWN: usize = 25;

pub(super) async fn run(session: &Session, args: &ApplyArgs) -> Result<Exit, Failure> {
    let project = Project::load(&session.global.config)?;
    project.check_sources(Reach::Files).await?;
    let engine = Arc::new(project.engine().await?);
    let mut exit = finish_interrupted(session, &engine).await?;
    let plan = match &args.plan {
        Some(path) => read(path)?,
        None => plan::make(session, &project, &engine, args.pilot.as_deref(), false).await?,
    };
    print!("{}", present::plan(&plan, session.paint, Detail::Steps(SHOWN)));
    if plan.is_empty() {
        return Ok(exit);
    }
    if !args.yes && !confirmed()? {
        println!("nothing was changed");
        return Ok(Exit::Done);
    }
    let report = apply(session, &engine, &plan).await?;
    print!("{}", present::run(&report, session.paint));
    if !report.is_success() {
        exit = Exit::InPart;
    }
    Ok(exit)
}

// A run that was killed is finished first: the facts are not known before its unknown outcomes are read back.
async fn finish_interrupted(session: &Session, engine: &Engine) -> Result<Exit, Failure> {
    let options = ApplyOptions::new(session.now);
    let reports =
        engine.resume(&options).await.map_err(|e| Failure::engine("cannot resume an interrupted run", &e))?;
    let mut exit = Exit::Done;
    for report in &reports {
        println!("{} an interrupted run", session.paint.text(Tone::Warn, "Resumed"));
        print!("{}", present::run(report, session.paint));
        if !report.is_success() {
            exit = Exit::InPart;
        }
    }
    Ok(exit)
}

async fn apply(session: &Session, engine: &Engine, plan: &Plan) -> Result<RunReport, Failure> {
    let bar = Bar::new(plan.steps.len(), "applying");
    let shown = bar.clone();
    let options = ApplyOptions::new(session.now).on_progress(move |progress: &Progress| {
        if let Progress::StepFinished { title, .. } = progress {
            shown.step(title.as_str());
        }
    });
    let report = engine.apply(plan, &options).await;
    bar.finish();
    report.map_err(|e| Failure::engine("cannot apply the plan", &e))
}

fn read(path: &Path) -> Result<Plan, Failure> {
    let text = fs::read_to_string(path)
        .map_err(|e| Failure::failed(format!("cannot read `{}`", path.display()), e))?;
    serde_json::from_str(&text).map_err(|e| {
        Failure::Input(vec![Diagnostic {
            title: format!("this is no plan: {e}"),
            path: path.display().to_string(),
            place: None,
            help: Some("write one with `tenure plan --out`".into()),
        }])
    })
}

fn confirmed() -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::refused("nobody is there to confirm", Some("add `--yes`")));
    }
    print!("Apply? [y/N] ");
    let mut answer = String::new();
    let read = io::stdout().flush().and_then(|()| io::stdin().read_line(&mut answer));
    read.map_err(|e| Failure::failed("cannot ask", e))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
