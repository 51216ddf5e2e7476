//! Everybody who works here gets what they should have.

use super::time;
use crate::Result;
use crate::world::World;

pub(crate) async fn show(world: &mut World) -> Result<()> {
    let now = time("2026-03-02T08:00:00Z")?;
    world.scene("First load", now, "44 people and 3 service accounts, one of them starts in two weeks");
    let engine = world.engine()?;
    world.settle(&engine, now).await?;
    world.explain(&engine, "W1010", "zendesk/group:Support", now).await?;
    world.explain(&engine, "W1026", "zendesk/role:agent", now).await
}
