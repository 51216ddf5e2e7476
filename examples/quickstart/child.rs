//! The process that is killed in the middle of applying.

use std::process::Command;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tenure_engine::{ApplyOptions, PlanOptions};
use tenure_store::{CrashAction, CrashPoint, CrashStore, SqliteStore};

use crate::Result;
use crate::folder::Folder;
use crate::world::{self, World};

/// The first argument of the process that is killed.
pub(crate) const FLAG: &str = "--dies";

/// Starts this program again as a process that plans, applies, and dies before a write to
/// its journal: the step is taken, but nobody noted it. Returns how it ended.
pub(crate) fn die_before(world: &World, write: u64, now: DateTime<Utc>) -> Result<String> {
    let status = Command::new(std::env::current_exe()?)
        .args([FLAG, &world.provider.url, &write.to_string(), &now.to_rfc3339()])
        .status()?;
    if status.success() {
        return Err("the process should have died".into());
    }
    Ok(status.to_string())
}

/// What that process does.
pub(crate) async fn run(arguments: &[String]) -> Result<()> {
    let [_, url, write, now] = arguments else {
        return Err("expected an URL, a number and an instant".into());
    };
    let (write, now): (u64, DateTime<Utc>) = (write.parse()?, now.parse()?);
    let folder = Folder::standard();
    let store = Arc::new(SqliteStore::open(folder.store())?);
    let engine = world::engine(&folder, url, world::policy()?, store.clone())?;
    engine.observe(now).await?;
    let plan = engine.plan(now, &PlanOptions::default()).await?;

    let dying = CrashStore::new(store, Some(CrashPoint::Before(write)), CrashAction::Abort);
    let engine = world::engine(&folder, url, world::policy()?, Arc::new(dying))?;
    // One step at a time, so that the process always dies at the same place.
    engine.apply(&plan, &ApplyOptions::new(now).concurrency(1)).await?;
    Ok(())
}
