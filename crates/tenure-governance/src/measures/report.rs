use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tenure_engine::report::{Bar, Column, Report, ReportTable};
use tenure_policy::IdentityId;

use super::model::{Measures, Timing};
use super::pilot::{Compared, PilotResult, Unit};
use super::{Feedback, MeasureScope};
use crate::governance::named;
use crate::{Governance, Result, Term};

impl Governance {
    /// What was measured, as a report.
    ///
    /// # Errors
    ///
    /// As [`measures`](Self::measures).
    pub async fn measures_report(&self, scope: &MeasureScope, now: DateTime<Utc>) -> Result<Report> {
        let measures = self.measures(scope, now).await?;
        Ok(with_measures(Report::new("Measures", now).with_basis(window(scope)), &measures))
    }

    /// A pilot held against the time before it, as a report.
    ///
    /// # Errors
    ///
    /// As [`pilot`](Self::pilot).
    pub async fn pilot_report(&self, id: &str, now: DateTime<Utc>) -> Result<Report> {
        let result = self.pilot(id, now).await?;
        let said = self.feedback().await?;
        let names = self.names(&said.iter().map(|said| said.by.clone()).collect()).await?;
        Ok(pilot_report(&result, &said, &names))
    }
}

fn pilot_report(result: &PilotResult, said: &[Feedback], names: &BTreeMap<IdentityId, String>) -> Report {
    let PilotResult { pilot, before, after, compared, .. } = result;
    let targets: Vec<&str> = pilot.targets.iter().map(tenure_policy::TargetId::as_str).collect();
    let places = if targets.is_empty() { "all systems".to_owned() } else { targets.join(", ") };
    let basis = format!(
        "{} of {} days, {} people and services, {places}; compared with the {} days before",
        (after.scope.until - after.scope.from).num_days(),
        pilot.days(),
        result.people,
        (before.scope.until - before.scope.from).num_days(),
    );
    let mut report = Report::new(&format!("Pilot {}", pilot.id), result.at).with_basis(basis);
    for what in ["time to access", "time to removal", "done without anybody"] {
        if let Some(row) = compared.iter().find(|row| row.what == what) {
            report = report.with_figure(what, told(row.unit, row.after));
        }
    }
    let better = compared.iter().filter(|row| row.is_better() == Some(true)).count();
    let worse = compared.iter().filter(|row| row.is_better() == Some(false)).count();
    report =
        report.with_figure("better", better).with_figure("worse", worse).with_table(comparison(compared));
    for row in compared.iter().filter(|row| {
        row.before.and(row.after).is_some() && row.unit != Unit::Count && row.before.max(row.after) > Some(0)
    }) {
        let bars = [("before", row.before), ("after", row.after)].into_iter().filter_map(|(label, value)| {
            let value = value?;
            Some(Bar { label: label.to_owned(), value, marked: 0, text: told(row.unit, Some(value)) })
        });
        report = report.with_chart(&capital(&row.what), bars.collect());
    }
    let mut words =
        ReportTable::new("What people said", ["when", "who", "what", "in their words"].map(Column::text));
    for said in said.iter().filter(|said| after.scope.has(said.at)) {
        let sort = if said.praise { "praise" } else { "complaint" };
        words.row([day(said.at), named(names, &said.by), sort.to_owned(), said.text.clone()]);
    }
    report
        .with_table(timings("During the pilot", after))
        .with_table(timings("Before", before))
        .with_table(seats(after))
        .with_table(words)
        .with_notes([
            "Times are the middle one of all cases, from the moment an event is known and in force to the last thing it gives or takes."
                .to_owned(),
        ])
}

fn with_measures(report: Report, measures: &Measures) -> Report {
    let share = |share: Option<u32>| told(Unit::Percent, share.map(i64::from));
    let bars = measures.by_cause.iter().flat_map(|(cause, (access, removal))| {
        [("access", access), ("removal", removal)].into_iter().filter(|(_, timing)| timing.cases > 0).map(
            move |(word, timing)| Bar {
                label: format!("{cause}: {word}"),
                value: count(timing.cases),
                marked: count(timing.cases - timing.in_time),
                text: format!("{} in time, {} late", timing.in_time, timing.cases - timing.in_time),
            },
        )
    });
    let days: i64 = measures.seats.iter().map(|seat| seat.days).sum();
    report
        .with_figure("access in time", share(measures.access.percent_in_time()))
        .with_figure("removal in time", share(measures.removal.percent_in_time()))
        .with_figure("done without anybody", share(measures.steps.percent_automatic()))
        .with_figure("requests by administrators", share(measures.requests.percent_by_administrators()))
        .with_figure("seat-days nobody used", days)
        .with_chart("Cases by cause; marked: late", bars.collect())
        .with_table(timings("How long it took", measures))
        .with_table(requests(measures))
        .with_table(seats(measures))
}

fn comparison(compared: &[Compared]) -> ReportTable {
    let columns =
        [Column::text("measure"), Column::number("before"), Column::number("after"), Column::text("verdict")];
    let mut table = ReportTable::new("Before and after", columns);
    for row in compared {
        let verdict = match row.is_better() {
            Some(true) => "better",
            Some(false) => "worse",
            None if row.before.is_none() || row.after.is_none() => "nothing to compare",
            None => "the same",
        };
        let before = format!("{}{}", told(row.unit, row.before), if row.told { " (as told)" } else { "" });
        table.row([row.what.clone(), before, told(row.unit, row.after), verdict.to_owned()]);
    }
    table
}

fn timings(title: &str, measures: &Measures) -> ReportTable {
    let numbers = ["cases", "in time", "middle", "nine in ten", "longest", "objective"].map(Column::number);
    let mut table = ReportTable::new(title, [Column::text("what")].into_iter().chain(numbers));
    let mut row = |what: String, timing: &Timing| {
        if timing.cases == 0 {
            return;
        }
        table.row([
            what,
            timing.cases.to_string(),
            told(Unit::Percent, timing.percent_in_time().map(i64::from)),
            told(Unit::Seconds, timing.median),
            told(Unit::Seconds, timing.ninetieth),
            told(Unit::Seconds, timing.longest),
            in_words(timing.objective),
        ]);
    };
    row("access".to_owned(), &measures.access);
    row("removal".to_owned(), &measures.removal);
    for (cause, (access, removal)) in &measures.by_cause {
        row(format!("{cause}: access"), access);
        row(format!("{cause}: removal"), removal);
    }
    table
}

fn requests(measures: &Measures) -> ReportTable {
    let mut table =
        ReportTable::new("Requests and steps", [Column::text("what"), Column::number("how many")]);
    let (asked, steps) = (&measures.requests, &measures.steps);
    for (what, number) in [
        ("requests", asked.submitted),
        ("approved by a rule", asked.automatic),
        ("made by administrators for others", asked.by_administrators),
        ("denied", asked.denied),
        ("lapsed", asked.lapsed),
        ("waiting", asked.waiting),
        ("steps done by the program", steps.automatic),
        ("steps done by people", steps.by_hand),
        ("steps that repaired what somebody had undone", steps.repairs),
        ("praise", measures.praise),
        ("complaints", measures.complaints),
    ] {
        table.row([what.to_owned(), number.to_string()]);
    }
    table
}

fn seats(measures: &Measures) -> ReportTable {
    let columns = [
        Column::text("system"),
        Column::text("tier"),
        Column::text("looked at since"),
        Column::number("days"),
        Column::number("of leavers"),
        Column::number("cost"),
    ];
    let mut table = ReportTable::new("Paid seats that nobody used", columns);
    for seat in &measures.seats {
        table.row([
            seat.target.to_string(),
            seat.tier.clone(),
            seat.seen_since.map(|since| since.format("%-d %b %Y").to_string()).unwrap_or_default(),
            seat.days.to_string(),
            seat.of_leavers.to_string(),
            seat.cost.to_string(),
        ]);
    }
    table
}

/// A figure with its unit, in at most two parts: `2 d 4 h`.
fn told(unit: Unit, value: Option<i64>) -> String {
    let Some(value) = value else { return "none".to_owned() };
    match unit {
        Unit::Count => value.to_string(),
        Unit::Percent => format!("{value} %"),
        Unit::Seconds => {
            let parts = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
            let (mut rest, mut text) = (value.max(0), Vec::new());
            for (size, name) in parts {
                if rest >= size && text.len() < 2 {
                    text.push(format!("{} {name}", rest / size));
                    rest %= size;
                } else if !text.is_empty() {
                    break;
                }
            }
            if text.is_empty() { "at once".to_owned() } else { text.join(" ") }
        }
    }
}

fn in_words(term: Term) -> String {
    match term {
        Term::BusinessDays(1) => "1 business day".to_owned(),
        Term::BusinessDays(days) => format!("{days} business days"),
        Term::Time(span) => span.to_string(),
    }
}

fn window(scope: &MeasureScope) -> String {
    format!("{} to {}", day(scope.from), day(scope.until))
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn day(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_two_parts_at_most() {
        for (seconds, text) in [
            (0, "at once"),
            (59, "59 s"),
            (3_600, "1 h"),
            (3_661, "1 h 1 min"),
            (86_460, "1 d"),
            (187_200, "2 d 4 h"),
        ] {
            assert_eq!(told(Unit::Seconds, Some(seconds)), text);
        }
        assert_eq!((told(Unit::Percent, Some(7)), told(Unit::Count, None)), ("7 %".into(), "none".into()));
    }
}
