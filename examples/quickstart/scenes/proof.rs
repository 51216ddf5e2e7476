//! The end: the audit chain, and where everything is.

use chrono::{DateTime, Utc};
use tenure_engine::Engine;
use tenure_terminal::{Table, Tone, count, short_hash};

use super::time;
use crate::Result;
use crate::world::World;

/// The time at which the story ends.
pub(crate) fn end() -> Result<DateTime<Utc>> {
    time("2026-06-29T15:00:00Z")
}

pub(crate) async fn show(world: &mut World) -> Result<()> {
    let now = end()?;
    world.scene(
        "Proof",
        now,
        "every change is a record in one chain; nothing can be edited, removed or reordered",
    );
    let engine = world.engine()?;
    audit(world, &engine).await
}

/// Verifies the chain, exports it, and verifies the export.
pub(crate) async fn audit(world: &World, engine: &Engine) -> Result<()> {
    let summary = engine.audit().verify(None).await?;
    let mut file = std::fs::File::create(world.folder.audit())?;
    engine.audit().export(&mut file).await?;
    let records = count(usize::try_from(summary.records)?, "record");
    let tick = world.paint.text(Tone::Good, "✓");
    println!("  {tick} {records} in one unbroken chain, head {}", short_hash(&summary.head.hash));
    Ok(())
}

/// Says where the files are.
pub(crate) fn files(world: &World) {
    let folder = &world.folder;
    let mut table = Table::new(world.paint, ["file", "what it is"]);
    let rows = [
        (folder.workers(), "the HR export of the last day"),
        (folder.store(), "what Tenure remembers: identities, grants, journal, audit chain (SQLite)"),
        (folder.directory(), "the accounts of the SCIM service provider (SQLite)"),
        (folder.erp(), "the second target: CSV files"),
        (folder.plans(), "every plan as JSON"),
        (folder.audit(), "the audit trail, one JSON object a line"),
    ];
    for (path, what) in rows {
        table.row([path.display().to_string().into(), what.into()]);
    }
    println!("\n{}\n{table}", world.paint.heading("Files"));
    println!("Run it again: nothing will change. `-- --fresh` tells the story anew.");
}
