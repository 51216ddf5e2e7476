use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Bar, Column, Report, ReportTable, day};
use crate::{Access, Found};

impl Report {
    /// Everything that one person or service holds, and why, for an audit or for the person.
    #[must_use]
    pub fn of_person(found: &Found, held: &[Access], now: DateTime<Utc>) -> Self {
        let mut systems: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
        let mut table = ReportTable::new(
            "What is held, and why",
            ["system", "entitlement", "account", "since", "because"].map(Column::text),
        );
        for access in held {
            let (all, unknown) = systems.entry(access.target.as_str()).or_default();
            *all += 1;
            let why: Vec<String> = access.origins.iter().map(ToString::to_string).collect();
            if why.is_empty() {
                *unknown += 1;
            }
            table.row([
                access.target.to_string(),
                access.entitlement.to_string(),
                access.account.clone(),
                day(access.since),
                if why.is_empty() { "nobody knows".to_owned() } else { why.join("; ") },
            ]);
        }
        let unknown: i64 = systems.values().map(|(_, unknown)| unknown).sum();
        let bar = |(system, (all, unknown)): (&&str, &(i64, i64))| Bar {
            label: (*system).to_owned(),
            value: *all,
            marked: *unknown,
            text: format!("{all} held, {unknown} without a known reason"),
        };
        Self::new(&found.name, now)
            .with_basis(format!("{}, {}: {}", found.identity, found.state.phase, found.state.reason))
            .with_figure("entitlements", held.len())
            .with_figure("systems", systems.len())
            .with_figure("without a known reason", unknown)
            .with_chart("By system; marked: without a known reason", systems.iter().map(bar).collect())
            .with_table(table)
    }
}
