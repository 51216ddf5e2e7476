//! `tenure connector test`: the conformance suite against the configured targets.

use tenure_connector::ObjectRef;
use tenure_testkit::conformance::{Report, Subject, Verdict, run_live, sweep};

use super::Session;
use crate::args::{Connector, ConnectorTestArgs};
use crate::clock;
use crate::config::{Config, Target};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::present::{Paint, Tone};
use crate::project;

pub(super) async fn run(session: &Session, what: &Connector) -> Result<Exit, Failure> {
    match what {
        Connector::Test(args) => test(session, args).await,
    }
}

async fn test(session: &Session, args: &ConnectorTestArgs) -> Result<Exit, Failure> {
    let config = Config::load(args.project.as_ref().unwrap_or(&session.global.config))?;
    let prefix = match &args.prefix {
        Some(prefix) if prefix.trim().is_empty() => {
            return Err(Failure::usage("the prefix is empty", "everything that begins with it is removed"));
        }
        Some(prefix) => prefix.clone(),
        None => format!("tenure-test-{}-{}", clock::now().timestamp(), std::process::id()),
    };
    let mut exit = Exit::Done;
    for (name, target) in chosen(&config, args.target.as_deref())? {
        if let Target::Manual(_) = target {
            println!("{name}: people work in it, so there is nothing that a test could call");
            continue;
        }
        println!("{} in the sandbox `{prefix}`", session.paint.text(Tone::Strong, name));
        let subject = project::subject(name, target, &prefix).await?;
        if !test_one(session.paint, name, &subject).await? {
            exit = Exit::Failed;
        }
    }
    Ok(exit)
}

fn chosen<'a>(config: &'a Config, name: Option<&str>) -> Result<Vec<(&'a String, &'a Target)>, Failure> {
    let Some(name) = name else { return Ok(config.targets.iter().collect()) };
    match config.targets.get_key_value(name) {
        Some(target) => Ok(vec![target]),
        None => {
            let known: Vec<_> = config.targets.keys().map(String::as_str).collect();
            let help = format!("expected one of: {}", known.join(", "));
            Err(Failure::usage(format!("`{name}` is no target of the project"), help))
        }
    }
}

/// Whether every trial that could be done passed, and nothing was left behind.
async fn test_one(paint: Paint, name: &str, subject: &Subject) -> Result<bool, Failure> {
    let cannot = |e| Failure::failed(format!("cannot test the target `{name}`"), e);
    let live = tokio::select! {
        live = run_live(subject, |trial, verdict| print_trial(paint, trial, verdict)) => live.map_err(cannot)?,
        _ = tokio::signal::ctrl_c() => {
            print_left(paint, &sweep(subject).await.map_err(cannot)?);
            return Err(Failure::failed(format!("the test of `{name}` was stopped"), "interrupted"));
        }
    };
    print_sum(paint, name, &live.report);
    print_left(paint, &live.left);
    Ok(live.report.failed().next().is_none() && live.left.is_empty())
}

fn print_trial(paint: Paint, trial: &str, verdict: &Verdict) {
    match verdict {
        Verdict::Passed => println!("  {} {trial}", paint.text(Tone::Good, "passed ")),
        Verdict::Skipped(skipped) => {
            println!("  {} {trial}: {}", paint.text(Tone::Faint, "skipped"), skipped.because);
        }
        Verdict::Failed(failure) => println!("  {} {trial}: {failure}", paint.text(Tone::Bad, "failed ")),
    }
}

fn print_sum(paint: Paint, name: &str, report: &Report) {
    let (failed, skipped) = (report.failed().count(), report.skipped().count());
    let passed = report.verdicts.len() - failed - skipped;
    let tone = if failed == 0 { Tone::Good } else { Tone::Bad };
    let failed = paint.text(tone, format!("{failed} failed"));
    println!("{name}: {passed} passed, {skipped} skipped, {failed}");
}

fn print_left(paint: Paint, left: &[ObjectRef]) {
    match left {
        [] => println!("everything that the suite made there is gone"),
        left => {
            for object in left {
                println!("  {} {object}", paint.text(Tone::Bad, "left behind"));
            }
        }
    }
}
