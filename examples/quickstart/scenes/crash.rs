//! A crash: the process dies in the middle of applying, and a new one finishes the work.

use tenure_engine::{ApplyOptions, PlanOptions};
use tenure_terminal::{Tone, count};

use super::time;
use crate::world::World;
use crate::{Result, child};

/// The write to the journal that the process does not live to see.
const DIES_BEFORE: u64 = 9;

pub(crate) async fn show(world: &mut World) -> Result<()> {
    let now = time("2026-03-26T08:00:00Z")?;
    world.scene("A crash", now, "three people move to Support at once, and the process is killed half way");
    for worker in ["W1053", "W1061", "W1070"] {
        world.export.set(worker, "department", "Support")?.set(worker, "title", "Support Agent")?;
    }
    world.export.write(&world.folder.workers())?;
    let writes_before = world.provider.writes();
    let plan = world.plan(&world.engine()?, now).await?;

    let ended = child::die_before(world, DIES_BEFORE, now)?;
    println!(
        "  {} before write {DIES_BEFORE} of its journal, a step taken but not noted: {ended}",
        world.paint.text(Tone::Bad, "the process died")
    );

    let engine = world.engine()?;
    for report in engine.resume(&ApplyOptions::new(now)).await? {
        println!("  {} in a new process", world.paint.text(Tone::Warn, "resumed"));
        print!("{}", tenure_terminal::run(&report, world.paint));
    }
    // What the resumed run left to a later try is in the next plan; after it nothing is left.
    let rest = world.plan(&engine, now).await?;
    if !rest.is_empty() {
        world.apply(&engine, &rest, now).await?;
    }
    engine.observe(now).await?;
    if !engine.plan(now, &PlanOptions::default()).await?.is_empty() {
        return Err("after the crash something is left to do".into());
    }
    let writes = world.provider.writes() - writes_before;
    let expected = plan.steps.iter().filter(|s| s.target.as_str() == "zendesk").count();
    println!(
        "{} {} for zendesk in the plan, {} seen by zendesk: nothing was lost, nothing was done twice",
        world.paint.text(Tone::Good, "✓"),
        count(expected, "step"),
        count(writes, "write"),
    );
    Ok(())
}
