//! `tenure seats`: paid seats, used and idle.

use std::path::Path;

use tenure_engine::report::Report;

use super::Session;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::present;
use crate::project::Project;

pub(super) async fn run(session: &Session, written: Option<&Path>) -> Result<Exit, Failure> {
    let engine = Project::load(&session.global.config)?.engine().await?;
    engine.observe(session.now).await.map_err(|e| Failure::engine("cannot observe", &e))?;
    let report = engine.seats(session.now).await.map_err(|e| Failure::engine("cannot count seats", &e))?;
    print!("{}", present::seats(&report, session.paint));
    if let Some(path) = written {
        super::report::write(path, &Report::of_seats(&report, session.now))?;
    }
    Ok(Exit::Done)
}

/// Every billed seat with its verdict.
pub(super) async fn renewal(session: &Session, written: Option<&Path>) -> Result<Exit, Failure> {
    let engine = Project::load(&session.global.config)?.engine().await?;
    engine.observe(session.now).await.map_err(|e| Failure::engine("cannot observe", &e))?;
    let cannot = |e| Failure::engine("cannot review the seats", &e);
    let reviews = engine.review_seats(session.now).await.map_err(cannot)?;
    let census = engine.census(session.now).await.map_err(cannot)?;
    let names =
        census.identities().map(|found| (found.id().clone(), found.display_name().to_owned())).collect();
    let report = Report::of_renewal(&reviews, &names, session.now);
    print!("{}", present::report(&report, session.paint));
    match written {
        Some(path) => super::report::write(path, &report).map(|()| Exit::Done),
        None => Ok(Exit::Done),
    }
}
