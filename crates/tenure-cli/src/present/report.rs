use std::fmt::Write as _;

use chrono::NaiveDate;
use tenure_engine::report::Report;
use tenure_governance::{Feedback, PilotSpec};

use super::{Cell, Paint, Table, Tone};

/// A report as text: its figures, then its tables.
pub fn report(report: &Report, paint: Paint) -> String {
    let mut text = format!("{}\n", paint.text(Tone::Strong, &report.title));
    if !report.basis.is_empty() {
        let _ = writeln!(text, "{}", paint.text(Tone::Faint, &report.basis));
    }
    for figure in &report.figures {
        let _ = writeln!(text, "  {}: {}", figure.label, paint.text(Tone::Strong, &figure.value));
    }
    for table in &report.tables {
        let heads = table.columns.iter().map(|column| match column.numeric {
            true => format!(">{}", column.name),
            false => column.name.clone(),
        });
        let mut shown = Table::with_heads(paint, heads);
        for row in &table.rows {
            let cells = row.iter().zip(&table.columns).map(|(cell, column)| match column.numeric {
                true => Cell::number(cell),
                false => Cell::from(cell.clone()),
            });
            shown.push(cells);
        }
        let _ = write!(text, "\n{}\n{shown}", paint.text(Tone::Strong, &table.title));
    }
    for note in &report.notes {
        let _ = writeln!(text, "\n{}", paint.text(Tone::Faint, note));
    }
    text
}

/// Pilots, one line each.
pub fn pilots(pilots: &[PilotSpec], today: NaiveDate, paint: Paint) -> String {
    if pilots.is_empty() {
        return "no pilot is written\n".to_owned();
    }
    let mut table = Table::new(paint, ["pilot", "from", "until", "systems", "state"]);
    for pilot in pilots {
        let (tone, state) = match (today < pilot.from, today > pilot.until) {
            (true, _) => (Tone::Faint, "to come"),
            (_, true) => (Tone::Good, "over"),
            _ => (Tone::Task, "under way"),
        };
        let systems: Vec<&str> = pilot.targets.iter().map(|target| target.as_str()).collect();
        table.row([
            Cell::new(Tone::Strong, &pilot.id),
            Cell::from(pilot.from.to_string()),
            Cell::from(pilot.until.to_string()),
            Cell::from(if systems.is_empty() { "all".to_owned() } else { systems.join(", ") }),
            Cell::new(tone, state),
        ]);
    }
    table.to_string()
}

/// What people said, one line each.
pub fn feedback(said: &[Feedback], paint: Paint) -> String {
    if said.is_empty() {
        return "nobody has said anything\n".to_owned();
    }
    let mut table = Table::new(paint, ["when", "who", "what", "in their words"]);
    for said in said {
        let (tone, sort) = if said.praise { (Tone::Good, "praise") } else { (Tone::Bad, "complaint") };
        table.row([
            Cell::new(Tone::Faint, said.at.format("%-d %b %Y")),
            Cell::from(said.by.to_string()),
            Cell::new(tone, sort),
            Cell::from(said.text.clone()),
        ]);
    }
    table.to_string()
}
