//! Paid seats: who uses theirs, and what the idle ones cost.

use super::time;
use crate::Result;
use crate::world::World;

/// Support people who have not logged in for a month or more.
const AWAY: &[&str] = &["W1014", "W1016", "W1019", "W1020", "W1023"];

pub(crate) async fn show(world: &mut World) -> Result<()> {
    let now = time("2026-03-30T08:00:00Z")?;
    world.scene("Seats", now, "Zendesk tells when each account was last used");
    world.provider.record_logins(AWAY, time("2026-02-03T09:30:00Z")?, time("2026-03-27T14:00:00Z")?).await?;
    let engine = world.engine()?;
    engine.observe(now).await?;
    print!("{}", tenure_terminal::seats(&engine.seats(now).await?, world.paint));
    Ok(())
}
