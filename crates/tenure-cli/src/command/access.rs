//! `tenure access`: who could reach data of a class, now or on a day.

use chrono::{DateTime, TimeDelta, Utc};
use tenure_engine::report::Report;
use tenure_store::AsOf;

use super::Session;
use crate::args::AccessArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::present;
use crate::project::Project;

pub(super) async fn run(session: &Session, args: &AccessArgs) -> Result<Exit, Failure> {
    let engine = Project::load(&session.global.config)?.engine().await?;
    let end_of_day = |next: DateTime<Utc>| next - TimeDelta::microseconds(1);
    let end = args.on.and_then(|day| Some(end_of_day(day.succ_opt()?.and_hms_opt(0, 0, 0)?.and_utc())));
    let effective = end.unwrap_or(session.now).min(session.now);
    let when = AsOf { effective, known: session.now };
    let found = engine.access_to_class(&args.class, &when, session.now).await;
    let found = found.map_err(|e| Failure::engine("cannot find who could reach it", &e))?;
    let report = Report::of_class(&args.class, &found, effective, session.now);
    print!("{}", present::report(&report, session.paint));
    match &args.report {
        Some(path) => super::report::write(path, &report).map(|()| Exit::Done),
        None => Ok(Exit::Done),
    }
}
