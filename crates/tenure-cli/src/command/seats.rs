//! `tenure seats`: paid seats, used and idle.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::TimeDelta;
use tenure_engine::Engine;
use tenure_engine::report::Report;
use tenure_policy::{Identity, IdentityId};

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
    let holders =
        reviews.iter().flat_map(|review| &review.rows).filter_map(|row| row.holder.identity.clone());
    let names = names(&engine, holders).await?;
    show(session, &Report::of_renewal(&reviews, &names, session.now), written)
}

/// The seats of the days to come.
pub(super) async fn forecast(session: &Session, days: u16, written: Option<&Path>) -> Result<Exit, Failure> {
    let engine = Project::load(&session.global.config)?.engine().await?;
    engine.observe(session.now).await.map_err(|e| Failure::engine("cannot observe", &e))?;
    let until = session.now + TimeDelta::days(i64::from(days));
    let seats = engine.forecast_seats(until, session.now).await;
    let seats = seats.map_err(|e| Failure::engine("cannot forecast the seats", &e))?;
    let people = seats.iter().flat_map(|tier| &tier.moves).map(|moved| moved.identity.clone());
    let names = names(&engine, people).await?;
    show(session, &Report::of_forecast(&seats, &names, until, session.now), written)
}

fn show(session: &Session, report: &Report, written: Option<&Path>) -> Result<Exit, Failure> {
    print!("{}", present::report(report, session.paint));
    match written {
        Some(path) => super::report::write(path, report).map(|()| Exit::Done),
        None => Ok(Exit::Done),
    }
}

/// The names to show of some people and services.
pub(super) async fn names(
    engine: &Engine,
    people: impl Iterator<Item = IdentityId>,
) -> Result<BTreeMap<IdentityId, String>, Failure> {
    let people: BTreeSet<String> = people.map(|id| id.to_string()).collect();
    let people: Vec<String> = people.into_iter().collect();
    let cannot = |e: &dyn std::fmt::Display| Failure::failed("cannot read the names", e);
    let mut names = BTreeMap::new();
    for chunk in people.chunks(AT_ONCE) {
        for record in engine.store().identities_of(chunk).await.map_err(|e| cannot(&e))? {
            let found: Identity = serde_json::from_value(record.document).map_err(|e| cannot(&e))?;
            names.insert(found.id().clone(), found.display_name().to_owned());
        }
    }
    Ok(names)
}

/// How many people are read at once.
const AT_ONCE: usize = 1_000;
