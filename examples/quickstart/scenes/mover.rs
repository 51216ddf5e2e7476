//! A mover: old access goes, new access comes, nothing accumulates.

use super::time;
use crate::Result;
use crate::world::World;

pub(crate) async fn show(world: &mut World) -> Result<()> {
    let now = time("2026-03-03T08:00:00Z")?;
    world.scene("A mover", now, "Grace Okonkwo goes from Support to Sales");
    let grace = "W1017";
    world.export.set(grace, "department", "Sales")?.set(grace, "team", "Direct")?;
    world.export.set(grace, "title", "Account Executive")?.set(grace, "managerId", "W1005")?;
    let engine = world.engine()?;
    world.settle(&engine, now).await?;
    world.explain(&engine, grace, "zendesk/role:agent", now).await?;
    world.explain(&engine, grace, "zendesk/role:light-agent", now).await
}
