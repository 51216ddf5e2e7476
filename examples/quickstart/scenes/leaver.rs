//! A leaver: the whole ladder, from sessions to the deletion that is due in a month.

use super::time;
use crate::Result;
use crate::world::World;

pub(crate) async fn show(world: &mut World) -> Result<()> {
    let now = time("2026-03-06T12:00:00Z")?;
    world.scene("A leaver", now, "Tyler Brooks had his last day yesterday; the chat handover bot was his");
    world.export.set("W1018", "endDate", "2026-03-05")?;
    let engine = world.engine()?;
    let (plan, _) = world.settle(&engine, now).await?;
    world.do_tasks(&engine, &plan, now).await?;
    world.explain(&engine, "W1018", "zendesk/role:agent", now).await
}
