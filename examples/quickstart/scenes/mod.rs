//! The scenes, in the order of the story.

mod contractor;
mod crash;
mod empty;
mod first_load;
mod leaver;
mod mover;
mod proof;
mod seats;
mod temporary;

use chrono::{DateTime, Utc};
use tenure_terminal::Tone;

use crate::Result;
use crate::folder::Folder;
use crate::world::World;

/// Tells the story, or finds that nothing is left to do when it was told before.
pub(crate) async fn tell(fresh: bool) -> Result<()> {
    let folder = Folder::standard();
    if folder.is_told() && !fresh {
        return again(folder).await;
    }
    folder.make_fresh()?;
    let mut world = World::open(folder, time("2026-03-02T08:00:00Z")?).await?;
    first_load::show(&mut world).await?;
    mover::show(&mut world).await?;
    leaver::show(&mut world).await?;
    contractor::show(&mut world).await?;
    empty::show(&mut world).await?;
    crash::show(&mut world).await?;
    seats::show(&mut world).await?;
    temporary::show(&mut world).await?;
    proof::show(&mut world).await?;
    world.folder.mark_told()?;
    proof::files(&world);
    Ok(())
}

// The end of the story again, over the files of the first run.
async fn again(folder: Folder) -> Result<()> {
    let now = proof::end()?;
    let mut world = World::open(folder, now).await?;
    // The files of the first run stay as they are; only what they say is observed again.
    world.scene("The same again", now, "nobody came, moved or left since the last run");
    let engine = world.engine()?;
    let plan = world.plan(&engine, now).await?;
    if !plan.is_empty() {
        return Err("a second run should have nothing to change".into());
    }
    println!("{} nothing changed since the last run", world.paint.text(Tone::Good, "✓"));
    proof::audit(&world, &engine).await?;
    proof::files(&world);
    Ok(())
}

/// An instant of the story.
fn time(text: &str) -> Result<DateTime<Utc>> {
    Ok(text.parse()?)
}
