use chrono::{DateTime, Utc};
use tenure_store::canonical_hash;

use super::{Bar, Column, Report, ReportTable, day, money};
use crate::SeatReport;

impl Report {
    /// Paid seats for whoever renews the contract: bought, used, idle and what that costs, and every idle seat by name.
    ///
    /// The basis is a hash of the figures, so that two people can see that they talk about the same state.
    #[must_use]
    pub fn of_seats(seats: &SeatReport, now: DateTime<Utc>) -> Self {
        let (mut used, mut idle) = (0, 0);
        for tier in &seats.tiers {
            used += tier.used;
            idle += u32::try_from(tier.idle.len()).unwrap_or(u32::MAX);
        }
        let mut report = Self::new("Paid seats", now)
            .with_basis(format!("snapshot {}", canonical_hash(seats)))
            .with_figure("seats in use", used)
            .with_figure("of them idle", idle);
        for amount in seats.yearly().amounts() {
            report = report.with_figure("cost a year", money(amount));
        }
        for amount in seats.idle_yearly().amounts() {
            report = report.with_figure("idle a year", money(amount));
        }
        report
            .with_chart("Seats by contract; marked: idle", bars(seats))
            .with_table(contracts(seats))
            .with_table(idle_seats(seats))
    }
}

fn bars(seats: &SeatReport) -> Vec<Bar> {
    let bar = |tier: &crate::SeatTier| Bar {
        label: format!("{} {}", tier.target, tier.tier),
        value: i64::from(tier.used),
        marked: i64::try_from(tier.idle.len()).unwrap_or(i64::MAX),
        text: format!("{} used, {} idle", tier.used, tier.idle.len()),
    };
    seats.tiers.iter().map(bar).collect()
}

fn contracts(seats: &SeatReport) -> ReportTable {
    let columns = [
        Column::text("system"),
        Column::text("tier"),
        Column::number("bought"),
        Column::number("used"),
        Column::number("idle"),
        Column::number("one seat a year"),
        Column::number("cost a year"),
        Column::number("idle a year"),
        Column::text("renews"),
    ];
    let mut table = ReportTable::new("Contracts", columns);
    for tier in &seats.tiers {
        table.row([
            tier.target.to_string(),
            tier.tier.clone(),
            tier.owned.map(|owned| owned.to_string()).unwrap_or_default(),
            tier.used.to_string(),
            tier.idle.len().to_string(),
            money(&tier.per_seat),
            money(&tier.yearly),
            money(&tier.idle_yearly),
            tier.renews.map(|day| day.format("%-d %b %Y").to_string()).unwrap_or_default(),
        ]);
    }
    table
}

fn idle_seats(seats: &SeatReport) -> ReportTable {
    let columns = ["whose", "system", "tier", "last used", "why idle"].map(Column::text);
    let mut table =
        ReportTable::new("Idle seats", columns.into_iter().chain([Column::number("cost a year")]));
    for tier in &seats.tiers {
        for seat in &tier.idle {
            table.row([
                seat.person.clone(),
                tier.target.to_string(),
                tier.tier.clone(),
                seat.last_activity.map_or_else(|| "never".to_owned(), day),
                seat.reason.clone(),
                money(&seat.yearly),
            ]);
        }
    }
    table
}
