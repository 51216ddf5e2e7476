//! `tenure check`: reads everything, writes nothing.

use super::Session;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::present::{Tone, count, short_hash};
use crate::project::Project;

pub(super) async fn run(session: &Session) -> Result<Exit, Failure> {
    let tick = session.paint.text(Tone::Good, "✓");
    let project = Project::load(&session.global.config)?;
    println!("  {tick} project  {}", session.global.config.display());
    let document = project.policy.document();
    println!(
        "  {tick} policy   {}, {}, {}, {}  {}",
        count(document.rules.len(), "rule"),
        count(document.roles.len(), "role"),
        count(document.constraints.len(), "constraint"),
        count(document.targets.len(), "target"),
        session.paint.text(Tone::Faint, short_hash(&project.policy.version().to_string())),
    );
    for (name, class, rows) in project.check_sources().await? {
        println!("  {tick} source   {name}: {} of class {class}", count(rows, "row"));
    }
    Ok(Exit::Done)
}
