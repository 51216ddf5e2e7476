//! A contract that ends, and comes back: the same account, with what it had.

use super::time;
use crate::Result;
use crate::world::World;

pub(crate) async fn show(world: &mut World) -> Result<()> {
    let sofia = "W1022";
    let ended = time("2026-03-21T08:00:00Z")?;
    world.scene(
        "A contract ends",
        ended,
        "Sofia Marchetti's contract ran out yesterday, Noah Bergmann started on the 16th, and the bot has a new owner",
    );
    world.services.set("S2002", "ownerId", "W1011")?;
    let engine = world.engine()?;
    let (plan, _) = world.settle(&engine, ended).await?;
    world.do_tasks(&engine, &plan, ended).await?;
    world.explain(&engine, sofia, "zendesk/role:agent", ended).await?;

    let back = time("2026-03-24T08:00:00Z")?;
    world.scene("The contract comes back", back, "it was prolonged until the end of September");
    world.export.set(sofia, "endDate", "2026-09-30")?;
    world.settle(&engine, back).await?;
    world.explain(&engine, sofia, "zendesk/role:agent", back).await
}
