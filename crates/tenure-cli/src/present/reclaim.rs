use std::collections::BTreeMap;
use std::fmt::Write as _;

use tenure_engine::ReclaimPlan;
use tenure_engine::report::seat_words;
use tenure_policy::{IdentityId, SeatRow};

use super::{Cell, Paint, Table, Tone, money};

/// The seats that a plan takes back, with the way and what it saves, and those that it leaves, with the reason.
pub fn reclaim(made: &ReclaimPlan, names: &BTreeMap<IdentityId, String>, paint: Paint) -> String {
    let name = |row: &SeatRow| {
        let id = row.holder.identity.as_ref();
        id.map_or("nobody".to_owned(), |id| names.get(id).cloned().unwrap_or_else(|| id.to_string()))
    };
    let mut taken = Table::new(paint, ["seat of", "seat", "verdict", "taken back by", ">saves a year"]);
    for row in &made.seats {
        let (verdict, way) = seat_words(row);
        taken.row([
            Cell::new(Tone::Strong, name(row)),
            Cell::from(row.holder.seat.to_string()),
            Cell::from(verdict),
            Cell::from(way),
            Cell::number(money(&row.saving)),
        ]);
    }
    let mut left = Table::new(paint, ["left", "seat", "because"]);
    for (row, why) in &made.left {
        left.row([
            Cell::from(name(row)),
            Cell::from(row.holder.seat.to_string()),
            Cell::new(Tone::Warn, why),
        ]);
    }
    let mut text = String::new();
    for table in [taken, left] {
        if !table.is_empty() {
            let _ = writeln!(text, "{table}");
        }
    }
    if text.is_empty() {
        text.push_str("no seat has these verdicts\n");
    }
    text
}
