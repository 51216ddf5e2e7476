//! `tenure seats`: paid seats, used and idle.

use super::Session;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::present;
use crate::project::Project;

pub(super) async fn run(session: &Session) -> Result<Exit, Failure> {
    let engine = Project::load(&session.global.config)?.engine().await?;
    engine.observe(session.now).await.map_err(|e| Failure::engine("cannot observe", &e))?;
    let report = engine.seats(session.now).await.map_err(|e| Failure::engine("cannot count seats", &e))?;
    print!("{}", present::seats(&report, session.paint));
    Ok(Exit::Done)
}
