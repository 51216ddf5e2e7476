use std::fmt::Write as _;

use tenure_engine::{RunReport, StepOutcome};

use crate::{Cell, Paint, Table, Tone, count};

/// What applying a plan came to: the figures, then every step that is not simply done.
pub fn run(report: &RunReport, paint: Paint) -> String {
    let figures: Vec<String> = OUTCOMES
        .iter()
        .map(|outcome| (outcome, report.count(*outcome)))
        .filter(|(_, n)| *n > 0)
        .map(|(outcome, n)| paint.text(tone(*outcome), format!("{} {outcome}", count(n, "step"))))
        .collect();
    let mut text = format!("{} {}\n", paint.text(Tone::Strong, "Result"), figures.join(", "));
    let mut table = Table::new(paint, ["", "", ""]);
    let told: Vec<_> = report
        .steps
        .iter()
        .filter(|s| !matches!(s.outcome, StepOutcome::Done | StepOutcome::Already))
        .collect();
    for step in told.iter().take(SHOWN) {
        table.row([
            Cell::new(tone(step.outcome), step.outcome),
            Cell::from(step.title.clone()),
            Cell::new(Tone::Faint, &step.detail),
        ]);
    }
    if !table.is_empty() {
        let _ = write!(text, "{table}");
    }
    if told.len() > SHOWN {
        let more = count(told.len() - SHOWN, "more step");
        let _ =
            writeln!(text, "   {}", paint.text(Tone::Faint, format!("… and {more}; see the audit trail")));
    }
    text
}

fn tone(outcome: StepOutcome) -> Tone {
    match outcome {
        StepOutcome::Done | StepOutcome::Already => Tone::Good,
        StepOutcome::Manual => Tone::Task,
        StepOutcome::Failed => Tone::Bad,
        _ => Tone::Warn,
    }
}

/// Steps that are told one by one.
const SHOWN: usize = 12;

const OUTCOMES: &[StepOutcome] = &[
    StepOutcome::Done,
    StepOutcome::Already,
    StepOutcome::Manual,
    StepOutcome::Waiting,
    StepOutcome::Retry,
    StepOutcome::Held,
    StepOutcome::NotStarted,
    StepOutcome::Failed,
];
