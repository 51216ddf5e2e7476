//! A broken export: refused, because absence is not an order.

use chrono::{DateTime, Utc};
use tenure_engine::{EngineError, PlanOptions};
use tenure_examples::Export;
use tenure_terminal::{Tone, count};

use super::time;
use crate::Result;
use crate::world::World;

pub(crate) async fn show(world: &mut World) -> Result<()> {
    let now = time("2026-03-25T08:00:00Z")?;
    world.scene(
        "A broken export",
        now,
        "the HR job failed over night: first an empty file, then one that lacks half of the people",
    );
    let mut broken = world.export.clone();
    broken.truncate(0);
    refused(world, &broken, "an empty export", now).await?;
    let mut broken = world.export.clone();
    broken.truncate(22);
    refused(world, &broken, "half an export", now).await?;
    Ok(world.export.write(&world.folder.workers())?)
}

// A broken export must neither be believed nor change anything.
async fn refused(world: &World, export: &Export, what: &str, now: DateTime<Utc>) -> Result<()> {
    export.write(&world.folder.workers())?;
    let engine = world.engine()?;
    let reasons = match engine.observe(now).await {
        Ok(observed) => observed.refusals(),
        Err(EngineError::Rejected { rejected, .. }) => rejected.iter().map(ToString::to_string).collect(),
        Err(e) => return Err(e.into()),
    };
    for reason in &reasons {
        println!("  {} {what}: {reason}", world.paint.text(Tone::Bad, "refused"));
    }
    let plan = engine.plan(now, &PlanOptions::default()).await?;
    if reasons.is_empty() || !plan.is_empty() {
        return Err(format!("{what} must be refused and change nothing").into());
    }
    println!(
        "  {} nobody leaves because of it: {}",
        world.paint.text(Tone::Good, "✓"),
        count(plan.steps.len(), "step")
    );
    Ok(())
}
