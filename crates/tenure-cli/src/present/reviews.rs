use chrono::{DateTime, Utc};
use tenure_governance::{Campaign, Finding, FindingState, Item, Verdict};

use super::{Cell, Paint, Table, Tone};

/// Campaigns, one line each.
pub fn campaigns(campaigns: &[Campaign], paint: Paint) -> String {
    if campaigns.is_empty() {
        return format!("{} no review has begun\n", paint.text(Tone::Good, "✓"));
    }
    let mut table = Table::new(paint, ["review", ">items", "opened", "due", "state"]);
    for campaign in campaigns {
        let (tone, state) = match campaign.closed {
            Some(at) => (Tone::Faint, format!("closed on {}", day(at))),
            None => (Tone::Task, "open".to_owned()),
        };
        table.row([
            Cell::new(Tone::Strong, &campaign.id),
            Cell::number(campaign.items),
            Cell::from(day(campaign.opened)),
            Cell::from(day(campaign.due)),
            Cell::new(tone, state),
        ]);
    }
    table.to_string()
}

/// Items of a review, one line each with what a reviewer should know.
pub fn items(items: &[Item], paint: Paint) -> String {
    if items.is_empty() {
        return format!("{} nothing is to be reviewed\n", paint.text(Tone::Good, "✓"));
    }
    let mut table = Table::new(paint, ["item", "who", "what", "decision", "why it is held", "used", "peers"]);
    for item in items {
        let evidence = &item.evidence;
        let (tone, decision) = match &item.judgement {
            None => (Tone::Task, "?".to_owned()),
            Some(judged) if judged.verdict == Verdict::Keep => (Tone::Good, format!("keep ({})", judged.by)),
            Some(judged) => (Tone::Bad, format!("remove ({}): {}", judged.by, judged.reason)),
        };
        let peers = evidence.peers.map(|peers| format!("{} of {}", peers.holders, peers.of));
        let why = [evidence.why(), evidence.changes.join("\n")].join("\n");
        table.row([
            Cell::new(Tone::Strong, &item.id),
            Cell::from(item.person.clone()),
            Cell::from(item.entitlement.to_string()),
            Cell::new(tone, decision),
            Cell::from(why.trim_end().to_owned()),
            Cell::new(Tone::Faint, evidence.last_used.map_or("not known".to_owned(), day)),
            Cell::from(peers.unwrap_or_default()),
        ]);
    }
    table.to_string()
}

/// Findings, one line each.
pub fn findings(findings: &[Finding], now: DateTime<Utc>, paint: Paint) -> String {
    if findings.is_empty() {
        return format!("{} nothing was found\n", paint.text(Tone::Good, "✓"));
    }
    let mut table = Table::new(paint, ["finding", "kind", "what", ">days", "owner", "due", "state"]);
    for finding in findings {
        let (tone, state) = match &finding.state {
            FindingState::Accepted { by, until, .. } => {
                (Tone::Faint, format!("accepted by {by} until {}", day(*until)))
            }
            _ if finding.due <= now => (Tone::Bad, "overdue".to_owned()),
            _ => (Tone::Warn, "open".to_owned()),
        };
        table.row([
            Cell::new(Tone::Strong, &finding.id),
            Cell::from(finding.kind.to_string()),
            Cell::from(finding.text.clone()),
            Cell::number(finding.days(now)),
            Cell::from(finding.owner.as_ref().map_or("nobody".to_owned(), ToString::to_string)),
            Cell::from(day(finding.due)),
            Cell::new(tone, state),
        ]);
    }
    table.to_string()
}

fn day(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y").to_string()
}
