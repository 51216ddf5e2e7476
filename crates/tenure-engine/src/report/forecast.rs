use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use tenure_policy::{IdentityId, SeatForecast, SeatMove};
use tenure_store::canonical_hash;

use super::{Bar, Column, Report, ReportTable, day, money};

impl Report {
    /// The paid seats of the months to come: how many are held at the end of each, whether those that are bought are enough, and who
    /// takes one or gives one back.
    ///
    /// The basis is a hash of the forecast, so that two people can see that they talk about the same state.
    #[must_use]
    pub fn of_forecast(
        seats: &[SeatForecast],
        names: &BTreeMap<IdentityId, String>,
        until: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Self {
        let mut report = Self::new("Paid seats to come", now)
            .with_basis(format!("snapshot {}", canonical_hash(seats)))
            .with_figure("until", day(until));
        for tier in seats {
            let name = format!("{} {}", tier.target, tier.tier);
            let (since, most) = tier.most();
            let most =
                since.map_or_else(|| format!("{most}, now"), |since| format!("{most}, from {}", day(since)));
            report = report
                .with_figure(&format!("{name}: held now"), tier.held)
                .with_figure(&format!("{name}: most at once"), most);
            if let Some(short) = tier.short_from() {
                report = report.with_figure(&format!("{name}: not enough from"), day(short));
            }
        }
        for tier in seats {
            let title = format!(
                "{} {}, at the end of each month; marked: more than are bought",
                tier.target, tier.tier
            );
            report = report.with_chart(&title, bars(tier, until, now));
        }
        report
            .with_table(months(seats, until, now))
            .with_table(people(seats, names))
            .with_notes([NOTE.to_owned()])
    }
}

/// The end of each month from now on, and the end of the forecast.
fn ends(until: DateTime<Utc>, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let first = NaiveDate::from_ymd_opt(now.year(), now.month(), 1);
    let next = |months| first?.checked_add_months(Months::new(months))?.and_hms_opt(0, 0, 0);
    let mut ends: Vec<_> =
        (1..=MOST_MONTHS).map_while(next).map(|end| end.and_utc()).take_while(|end| *end < until).collect();
    ends.push(until);
    ends
}

/// The months with their last instants; the moment after a month is not part of it.
fn month(end: DateTime<Utc>) -> (String, DateTime<Utc>) {
    let last = end - chrono::TimeDelta::microseconds(1);
    (last.format("%b %Y").to_string(), last)
}

fn bars(tier: &SeatForecast, until: DateTime<Utc>, now: DateTime<Utc>) -> Vec<Bar> {
    let bar = |end| {
        let (label, last) = month(end);
        let held = tier.held_at(last);
        let over = tier.owned.map_or(0, |owned| held.saturating_sub(owned));
        let text = match tier.owned {
            Some(owned) => format!("{held} of {owned}"),
            None => held.to_string(),
        };
        Bar { label, value: i64::from(held), marked: i64::from(over), text }
    };
    ends(until, now).into_iter().map(bar).collect()
}

fn months(seats: &[SeatForecast], until: DateTime<Utc>, now: DateTime<Utc>) -> ReportTable {
    let columns = [
        Column::text("system"),
        Column::text("tier"),
        Column::text("month"),
        Column::number("taken"),
        Column::number("given back"),
        Column::number("held at its end"),
        Column::number("bought"),
        Column::number("free"),
        Column::number("cost a year"),
    ];
    let mut table = ReportTable::new("Seats by month", columns);
    for tier in seats {
        let mut before = DateTime::<Utc>::MIN_UTC;
        for end in ends(until, now) {
            let (label, last) = month(end);
            let within = |moved: &&SeatMove| before < moved.at && moved.at <= last;
            let count = |taken| tier.moves.iter().filter(within).filter(|moved| moved.taken == taken).count();
            let held = tier.held_at(last);
            let free = tier.owned.map(|owned| i64::from(owned) - i64::from(held));
            table.row([
                tier.target.to_string(),
                tier.tier.clone(),
                label,
                count(true).to_string(),
                count(false).to_string(),
                held.to_string(),
                tier.owned.map(|owned| owned.to_string()).unwrap_or_default(),
                free.map(|free| free.to_string()).unwrap_or_default(),
                tier.per_seat.checked_mul(i64::from(held)).map(|cost| money(&cost)).unwrap_or_default(),
            ]);
            before = last;
        }
    }
    table
}

fn people(seats: &[SeatForecast], names: &BTreeMap<IdentityId, String>) -> ReportTable {
    let columns = ["when", "whose", "system", "tier", "seat", "phase"].map(Column::text);
    let mut table = ReportTable::new("Who takes and gives back a seat", columns);
    for tier in seats {
        for moved in &tier.moves {
            table.row([
                day(moved.at),
                names.get(&moved.identity).cloned().unwrap_or_else(|| moved.identity.to_string()),
                tier.target.to_string(),
                tier.tier.clone(),
                if moved.taken { "taken" } else { "given back" }.to_owned(),
                moved.phase.to_string(),
            ]);
        }
    }
    table
}

const NOTE: &str = "What is known today: people who will begin or leave, grants that will begin or end. Every plan is taken to be \
     carried out on its day.";

/// Ten years.
const MOST_MONTHS: u32 = 120;
