use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tenure_policy::{IdentityId, Reclaim, SeatReview, SeatRow, SeatVerdict, TierReview};
use tenure_store::canonical_hash;

use super::{Bar, Column, Report, ReportTable, day, money};

impl Report {
    /// Every paid seat that is billed, with its verdict, its cost and how it is best taken back, and what each tier comes to, for
    /// whoever signs the renewal.
    ///
    /// The basis is a hash of the rows, so that two people can see that they talk about the same state.
    #[must_use]
    pub fn of_renewal(
        reviews: &[SeatReview],
        names: &BTreeMap<IdentityId, String>,
        now: DateTime<Utc>,
    ) -> Self {
        let rows = || reviews.iter().flat_map(|review| &review.rows);
        let needed = rows().filter(|row| row.verdict == SeatVerdict::InUse).count();
        let mut report = Self::new("Renewal of paid seats", now)
            .with_basis(format!("snapshot {}", canonical_hash(reviews)))
            .with_figure("seats", rows().count())
            .with_figure("used and needed", needed);
        for review in reviews {
            report = report
                .with_figure(&format!("{} a year", review.target), money(&review.cost))
                .with_figure(&format!("{}: may be saved", review.target), money(&review.saving));
        }
        report
            .with_chart("Seats by tier; marked: not needed", bars(reviews))
            .with_table(tiers(reviews))
            .with_table(seats(reviews, names))
    }
}

fn bars(reviews: &[SeatReview]) -> Vec<Bar> {
    let bar = |tier: &TierReview| {
        let other = tier.held - tier.needed.min(tier.held);
        Bar {
            label: format!("{} {}", tier.seat.target, tier.seat.value()),
            value: i64::from(tier.held),
            marked: i64::from(other),
            text: format!("{} needed, {other} not", tier.needed),
        }
    };
    reviews.iter().flat_map(|review| &review.tiers).map(bar).collect()
}

fn tiers(reviews: &[SeatReview]) -> ReportTable {
    let columns = [
        Column::text("system"),
        Column::text("tier"),
        Column::number("bought"),
        Column::number("held"),
        Column::number("needed"),
        Column::number("free"),
        Column::number("one seat a year"),
        Column::number("cost a year"),
        Column::number("may be saved"),
        Column::text("renews"),
    ];
    let mut table = ReportTable::new("Tiers", columns);
    for tier in reviews.iter().flat_map(|review| &review.tiers) {
        let free = tier.owned.map(|owned| i64::from(owned) - i64::from(tier.held));
        table.row([
            tier.seat.target.to_string(),
            tier.seat.value().to_owned(),
            tier.owned.map(|owned| owned.to_string()).unwrap_or_default(),
            tier.held.to_string(),
            tier.needed.to_string(),
            free.map(|free| free.to_string()).unwrap_or_default(),
            money(&tier.per_seat),
            money(&tier.cost),
            money(&tier.saving),
            tier.renews.map(|day| day.format("%-d %b %Y").to_string()).unwrap_or_default(),
        ]);
    }
    table
}

fn seats(reviews: &[SeatReview], names: &BTreeMap<IdentityId, String>) -> ReportTable {
    let columns = [
        Column::text("whose"),
        Column::text("system"),
        Column::text("tier"),
        Column::text("last used"),
        Column::text("verdict"),
        Column::text("taken back by"),
        Column::number("cost a year"),
        Column::number("may be saved"),
        Column::text("why it is wanted"),
        Column::text("account"),
    ];
    let mut table = ReportTable::new("Seats", columns);
    for review in reviews {
        for row in &review.rows {
            let holder = &row.holder;
            let name = |id: &IdentityId| names.get(id).cloned().unwrap_or_else(|| id.to_string());
            table.row([
                holder.identity.as_ref().map_or("nobody".to_owned(), name),
                review.target.to_string(),
                holder.seat.value().to_owned(),
                holder.last_use.map_or("never".to_owned(), day),
                verdict(row).to_owned(),
                row.reclaim.as_ref().map(reclaim).unwrap_or_default(),
                money(&row.cost),
                money(&row.saving),
                row.reasons.join("; "),
                holder.account.clone(),
            ]);
        }
    }
    table
}

/// The verdict about a seat and how it is best taken back, in words.
#[must_use]
pub fn seat_words(row: &SeatRow) -> (String, String) {
    (verdict(row).to_owned(), row.reclaim.as_ref().map(reclaim).unwrap_or_default())
}

fn verdict(row: &SeatRow) -> &'static str {
    match row.verdict {
        SeatVerdict::InUse => "used and needed",
        SeatVerdict::Idle => "idle",
        SeatVerdict::OtherTier => "another tier is wanted",
        SeatVerdict::NoReason => "no reason",
        SeatVerdict::Leaver => "has left",
        SeatVerdict::Orphan => "belongs to nobody",
    }
}

fn reclaim(way: &Reclaim) -> String {
    match way {
        Reclaim::Downgrade(key) => format!("downgrade to {}", key.value()),
        Reclaim::Change(key) => format!("change to {}", key.value()),
        Reclaim::Remove => "taking the seat away".to_owned(),
        Reclaim::Suspend => "suspending the account".to_owned(),
        other => format!("{other:?}"),
    }
}
