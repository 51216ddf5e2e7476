use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tenure_policy::{IdentityId, Reclaim, SeatReview, SeatRow, SeatVerdict};
use tenure_store::{canonical_json, sha256_hex};

use super::{Bar, Column, Report, ReportTable, day, money};

impl Report {
    /// Every paid seat that is billed, with its verdict and how it is best taken back, for whoever signs the renewal.
    ///
    /// The basis is a hash of the rows, so that two people can see that they talk about the same state.
    #[must_use]
    pub fn of_renewal(
        reviews: &[SeatReview],
        names: &BTreeMap<IdentityId, String>,
        now: DateTime<Utc>,
    ) -> Self {
        let snapshot = canonical_json(&serde_json::to_value(reviews).unwrap_or_default());
        let rows = || reviews.iter().flat_map(|review| &review.rows);
        let needed = rows().filter(|row| row.verdict == SeatVerdict::InUse).count();
        let mut report = Self::new("Renewal of paid seats", now)
            .with_basis(format!("snapshot {}", sha256_hex(snapshot.as_bytes())))
            .with_figure("seats", rows().count())
            .with_figure("used and needed", needed);
        for review in reviews {
            report = report
                .with_figure(&format!("{} a year", review.target), money(&review.cost))
                .with_figure(&format!("{}: may be saved", review.target), money(&review.saving));
        }
        report
            .with_chart("Seats by system; marked: not needed", bars(reviews))
            .with_table(seats(reviews, names))
    }
}

fn bars(reviews: &[SeatReview]) -> Vec<Bar> {
    let amount = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let bar = |review: &SeatReview| {
        let needed = review.count(SeatVerdict::InUse);
        let other = review.rows.len() - needed;
        Bar {
            label: review.target.to_string(),
            value: amount(review.rows.len()),
            marked: amount(other),
            text: format!("{needed} needed, {other} not"),
        }
    };
    reviews.iter().map(bar).collect()
}

fn seats(reviews: &[SeatReview], names: &BTreeMap<IdentityId, String>) -> ReportTable {
    let columns =
        ["whose", "system", "account", "last used", "verdict", "best taken back by", "why it is wanted"];
    let mut table = ReportTable::new("Seats", columns.map(Column::text));
    for review in reviews {
        for row in &review.rows {
            let holder = &row.holder;
            let name = |id: &IdentityId| names.get(id).cloned().unwrap_or_else(|| id.to_string());
            table.row([
                holder.identity.as_ref().map_or("nobody".to_owned(), name),
                review.target.to_string(),
                holder.account.clone(),
                holder.last_use.map_or("never".to_owned(), day),
                verdict(row).to_owned(),
                row.reclaim.as_ref().map(reclaim).unwrap_or_default(),
                row.reasons.join("; "),
            ]);
        }
    }
    table
}

fn verdict(row: &SeatRow) -> &'static str {
    match row.verdict {
        SeatVerdict::InUse => "used and needed",
        SeatVerdict::Idle => "idle",
        SeatVerdict::OtherTier => "another tier is enough",
        SeatVerdict::NoReason => "no reason",
        SeatVerdict::Leaver => "has left",
        SeatVerdict::Orphan => "belongs to nobody",
    }
}

fn reclaim(way: &Reclaim) -> String {
    match way {
        Reclaim::Downgrade(key) => format!("downgrade to {}", key.value()),
        Reclaim::Remove => "taking the licence away".to_owned(),
        Reclaim::Suspend => "suspending the account".to_owned(),
    }
}
