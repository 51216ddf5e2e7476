use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Bar, Column, Report, ReportTable, day};
use crate::ClassAccess;

impl Report {
    /// Who could reach data of a class at a moment, by what and why, for whoever has to show it.
    #[must_use]
    pub fn of_class(class: &str, found: &[ClassAccess], at: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let mut keys: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        let mut table = ReportTable::new(
            "Who could reach it",
            ["who", "system", "entitlement", "account", "since", "because"].map(Column::text),
        );
        for ClassAccess { person, access, .. } in found {
            let (all, unknown) = keys.entry(access.entitlement.to_string()).or_default();
            *all += 1;
            let why: Vec<String> = access.origins.iter().map(ToString::to_string).collect();
            *unknown += i64::from(why.is_empty());
            table.row([
                person.clone(),
                access.target.to_string(),
                access.entitlement.to_string(),
                access.account.clone(),
                day(access.since),
                if why.is_empty() { "nobody knows".to_owned() } else { why.join("; ") },
            ]);
        }
        let people: std::collections::BTreeSet<_> = found.iter().map(|found| &found.identity).collect();
        let unknown: i64 = keys.values().map(|(_, unknown)| unknown).sum();
        let bar = |(key, (all, unknown)): (&String, &(i64, i64))| Bar {
            label: key.clone(),
            value: *all,
            marked: *unknown,
            text: format!("{all} held, {unknown} without a known reason"),
        };
        Self::new(&format!("Access to {class} data"), now)
            .with_basis(format!("as of {}", at.format("%-d %b %Y, %H:%M UTC")))
            .with_figure("people and services", people.len())
            .with_figure("without a known reason", unknown)
            .with_chart("By entitlement; marked: without a known reason", keys.iter().map(bar).collect())
            .with_table(table)
    }
}
