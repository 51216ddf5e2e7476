//! `tenure seats reclaim`: a plan that takes paid seats back.

use std::collections::BTreeMap;
use std::sync::Arc;

use tenure_engine::report::Report;
use tenure_engine::{ReclaimPlan, SeatReclaim};
use tenure_policy::{IdentityId, SeatVerdict, TargetId};

use super::requests::{cannot, who};
use super::{Session, plan, report, seats, tasks};
use crate::args::{ReclaimArgs, Verdict};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::present::{self, Detail};
use crate::project::Project;

pub(super) async fn run(session: &Session, args: &ReclaimArgs) -> Result<Exit, Failure> {
    let project = Project::load(&session.global.config)?;
    let engine = Arc::new(project.engine().await?);
    tasks::settle(session, &engine).await?;
    engine.observe(session.now).await.map_err(|e| Failure::engine("cannot observe", &e))?;
    let target =
        TargetId::parse(&args.target).map_err(|e| Failure::usage(e, "name a target of the policy"))?;
    let by = who(session, &engine, &args.by).await?;
    let mut wish = SeatReclaim::new(target, args.verdict.iter().copied().map(verdict), by.as_str());
    wish = wish.because(&args.because);
    wish.until = args.until;
    if !args.tier.is_empty() {
        wish = wish.of_tiers(args.tier.iter().map(String::as_str));
    }
    if !args.people.is_empty() {
        let mut people = Vec::new();
        for person in &args.people {
            people.push(who(session, &engine, person).await?);
        }
        wish = wish.of_people(people);
    }
    let made = match project.config.governance {
        Some(_) => {
            let governance = project.governance(&engine, session.now)?;
            let made = governance.plan_reclaim(wish, &by, session.now).await;
            made.map_err(|e| cannot("take seats back", &e))?
        }
        None => {
            let made = engine.plan_reclaim(&wish, session.now).await;
            made.map_err(|e| Failure::engine("cannot take seats back", &e))?
        }
    };
    let rows = made.seats.iter().chain(made.left.iter().map(|(row, _)| row));
    let names = seats::names(&engine, rows.filter_map(|row| row.holder.identity.clone())).await?;
    show(session, args, &made, &names)
}

fn show(
    session: &Session,
    args: &ReclaimArgs,
    made: &ReclaimPlan,
    names: &BTreeMap<IdentityId, String>,
) -> Result<Exit, Failure> {
    print!("{}", present::reclaim(made, names, session.paint));
    print!("{}", present::plan(&made.plan, session.paint, Detail::All));
    if let Some(path) = &args.report {
        report::write(path, &Report::of_plan(&made.plan))?;
    }
    if let Some(path) = &args.out {
        plan::write(&made.plan, path)?;
        println!("written to {}; apply it with `tenure apply {}`", path.display(), path.display());
    }
    Ok(Exit::Done)
}

fn verdict(word: Verdict) -> SeatVerdict {
    match word {
        Verdict::Idle => SeatVerdict::Idle,
        Verdict::OtherTier => SeatVerdict::OtherTier,
        Verdict::NoReason => SeatVerdict::NoReason,
        Verdict::Leaver => SeatVerdict::Leaver,
        Verdict::Orphan => SeatVerdict::Orphan,
    }
}
