use std::fmt::Write as _;

use tenure_engine::SeatReport;

use crate::{Cell, Paint, Table, Tone, money};

/// Paid seats: one line a tier, then the idle ones with their cost.
pub fn seats(report: &SeatReport, paint: Paint) -> String {
    let mut tiers =
        Table::new(paint, ["target", "seat", ">owned", ">used", ">idle", ">cost a year", ">idle a year"]);
    let mut idle = Table::new(paint, ["idle seat of", "target", "seat", "last used", ">cost a year"]);
    for tier in &report.tiers {
        let wasted = if tier.idle.is_empty() { Tone::Plain } else { Tone::Warn };
        tiers.row([
            Cell::from(tier.target.to_string()),
            Cell::from(tier.tier.clone()),
            Cell::number(tier.owned.map_or_else(|| "–".to_owned(), |n| n.to_string())),
            Cell::number(tier.used),
            Cell::number(tier.idle.len()).toned(wasted),
            Cell::number(money(&tier.yearly)),
            Cell::number(money(&tier.idle_yearly)).toned(wasted),
        ]);
        for seat in &tier.idle {
            let last =
                seat.last_activity.map_or_else(|| "never".to_owned(), |t| t.format("%-d %b %Y").to_string());
            idle.row([
                Cell::new(Tone::Strong, &seat.person),
                Cell::new(Tone::Faint, &tier.target),
                Cell::from(tier.tier.clone()),
                Cell::from(last),
                Cell::number(money(&seat.yearly)),
            ]);
        }
    }
    let mut text = tiers.to_string();
    if !idle.is_empty() {
        let _ = write!(text, "\n{idle}");
    }
    text
}
