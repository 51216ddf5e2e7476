//! `tenure measures`, `pilot` and `feedback`: how well it goes, before and after.

use chrono::{Days, NaiveDate};
use tenure_governance::MeasureScope;
use tenure_policy::{Policy, TargetId, start_of_day};

use super::Session;
use super::requests::{cannot, open, who};
use crate::args::{FeedbackArgs, MeasuresArgs, PilotArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::present;

pub(super) async fn run(session: &Session, args: &MeasuresArgs) -> Result<Exit, Failure> {
    let (governance, engine) = open(session).await?;
    let calendar = &governance.rules().document().calendar;
    let last = args.until.unwrap_or_else(|| calendar.day_of(session.now));
    let first = args.from.or_else(|| last.checked_sub_days(Days::new(30))).unwrap_or(last);
    let begins = |day: NaiveDate| start_of_day(day, calendar.zone);
    let mut scope = MeasureScope::between(begins(first), last.succ_opt().map_or(session.now, begins));
    let mut people = Vec::new();
    for name in &args.people {
        people.push(who(session, &engine, name).await?);
    }
    if !people.is_empty() {
        scope = scope.for_people(people);
    }
    if !args.target.is_empty() {
        let policy = engine.policy(session.now).map_err(|e| Failure::engine("cannot read the policy", &e))?;
        let targets: Result<Vec<TargetId>, Failure> =
            args.target.iter().map(|name| target(policy, name)).collect();
        scope = scope.in_targets(targets?);
    }
    let report = governance.measures_report(&scope, session.now).await;
    let report = report.map_err(|e| cannot("measure", &e))?;
    print!("{}", present::report(&report, session.paint));
    match &args.report {
        Some(path) => super::report::write(path, &report).map(|()| Exit::Done),
        None => Ok(Exit::Done),
    }
}

pub(super) async fn pilot(session: &Session, args: &PilotArgs) -> Result<Exit, Failure> {
    let (governance, _) = open(session).await?;
    let Some(pilot) = &args.pilot else {
        let pilots = &governance.rules().document().pilots;
        print!("{}", present::pilots(pilots, session.now.date_naive(), session.paint));
        return Ok(Exit::Done);
    };
    let report = governance.pilot_report(pilot, session.now).await;
    let report = report.map_err(|e| cannot("measure the pilot", &e))?;
    print!("{}", present::report(&report, session.paint));
    match &args.report {
        Some(path) => super::report::write(path, &report).map(|()| Exit::Done),
        None => Ok(Exit::Done),
    }
}

pub(super) async fn feedback(session: &Session, args: &FeedbackArgs) -> Result<Exit, Failure> {
    let (governance, engine) = open(session).await?;
    if let (Some(text), Some(by)) = (&args.text, &args.by) {
        let by = who(session, &engine, by).await?;
        let said = governance.say(&by, !args.complaint, text, session.now).await;
        said.map_err(|e| cannot("note it", &e))?;
    }
    let said = governance.feedback().await.map_err(|e| cannot("read what was said", &e))?;
    print!("{}", present::feedback(&said, session.paint));
    Ok(Exit::Done)
}

fn target(policy: &Policy, name: &str) -> Result<TargetId, Failure> {
    let known: Vec<&str> = policy.targets().map(|(id, _)| id.as_str()).collect();
    let found = policy.targets().find(|(id, _)| id.as_str() == name);
    let help = || format!("expected one of: {}", known.join(", "));
    found.map(|(id, _)| id.clone()).ok_or_else(|| Failure::usage(format!("`{name}` is no target"), help()))
}
