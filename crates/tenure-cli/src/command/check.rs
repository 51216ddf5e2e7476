//! `tenure check`: reads everything, writes nothing.

use tenure_connector::CheckReport;

use super::Session;
use crate::args::CheckArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::present::{self, Tone, count, short_hash};
use crate::project::{Project, Reach};

pub(super) async fn run(session: &Session, args: &CheckArgs) -> Result<Exit, Failure> {
    let tick = session.paint.text(Tone::Good, "✓");
    let project = Project::load(&session.global.config)?;
    println!("  {tick} project  {}", session.global.config.display());
    for policy in &project.policies {
        let document = policy.document();
        let from = document.effective.map(|day| format!(", from {day}")).unwrap_or_default();
        println!(
            "  {tick} policy   {}, {}, {}, {}{from}  {}",
            count(document.rules.len(), "rule"),
            count(document.roles.len(), "role"),
            count(document.constraints.len(), "constraint"),
            count(document.targets.len(), "target"),
            session.paint.text(Tone::Faint, short_hash(policy.version().as_str())),
        );
    }
    print!("{}", present::versions(&project.policies, session.now, session.paint));
    if let (Some(path), Some(rules)) = (&project.config.governance, project.rules(session.now)?) {
        let approvals = count(rules.document().requests.approvals.len(), "approval rule");
        println!("  {tick} rules    {}: {approvals}", path.display());
    }
    let reach = if args.offline { Reach::Files } else { Reach::Network };
    for (name, class, rows) in project.check_sources(reach).await? {
        println!("  {tick} source   {name}: {} of class {class}", count(rows, "row"));
    }
    let mut exit = Exit::Done;
    if !args.offline {
        for (name, answer) in project.check_targets().await? {
            match answer {
                Ok(report) => print_target(session, &name, &report),
                Err(why) => {
                    println!("  {} target   {name}: {why}", session.paint.text(Tone::Bad, "✗"));
                    exit = Exit::Failed;
                }
            }
        }
    }
    Ok(exit)
}

fn print_target(session: &Session, name: &str, report: &CheckReport) {
    let whole = report.missing.is_empty() && report.warnings.is_empty();
    let mark =
        if whole { session.paint.text(Tone::Good, "✓") } else { session.paint.text(Tone::Warn, "!") };
    let version = report.system_version.as_deref().map(|v| format!(", {v}")).unwrap_or_default();
    println!("  {mark} target   {name}: reached{version}");
    for lacking in &report.missing {
        let needed: Vec<_> =
            lacking.needed_for.iter().map(|(class, kind)| format!("{kind} {class}")).collect();
        println!("      lacks `{}`, needed for: {}", lacking.permission, needed.join(", "));
    }
    for warning in &report.warnings {
        println!("      {warning}");
    }
}
