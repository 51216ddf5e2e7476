use tenure_governance::{PlaybookSpec, Run, StepState};

use super::{Cell, Paint, Table, Tone, count};

/// Playbooks, one line each.
pub fn playbooks(playbooks: &[PlaybookSpec], paint: Paint) -> String {
    if playbooks.is_empty() {
        return "no playbook is written\n".to_owned();
    }
    let mut table = Table::new(paint, ["playbook", ">version", "steps", "parameters"]);
    for playbook in playbooks {
        let steps: Vec<&str> = playbook.steps.iter().map(|step| step.id.as_str()).collect();
        let parameters = playbook.parameters.iter().map(|(name, usual)| match usual {
            Some(usual) => format!("{name}={usual}"),
            None => name.clone(),
        });
        table.row([
            Cell::new(Tone::Strong, &playbook.id),
            Cell::number(playbook.version),
            Cell::from(steps.join(", ")),
            Cell::new(Tone::Faint, parameters.collect::<Vec<_>>().join(", ")),
        ]);
    }
    table.to_string()
}

/// Runs of playbooks, one line each.
pub fn runs(runs: &[Run], paint: Paint) -> String {
    if runs.is_empty() {
        return format!("{} no run\n", paint.text(Tone::Good, "✓"));
    }
    let mut table = Table::new(paint, ["run", "for", "since", "by", "state"]);
    for run in runs {
        let open =
            run.steps.values().filter(|state| matches!(state, StepState::Waiting | StepState::Task { .. }));
        let (tone, state) = match (run.ended, run.has_failed()) {
            (Some(at), false) => (Tone::Good, format!("ended on {}", at.format("%-d %b %Y"))),
            (Some(at), true) => (Tone::Bad, format!("failed on {}", at.format("%-d %b %Y"))),
            (None, _) => (Tone::Task, format!("{} to go", count(open.count(), "step"))),
        };
        table.row([
            Cell::new(Tone::Strong, &run.id),
            Cell::from(run.person.clone()),
            Cell::new(Tone::Faint, run.started.format("%-d %b %Y")),
            Cell::from(run.by.clone()),
            Cell::new(tone, state),
        ]);
    }
    table.to_string()
}

/// One run with its steps, in the order of the playbook.
pub fn steps(run: &Run, paint: Paint) -> String {
    let name = paint.text(Tone::Strong, &run.id);
    let mut text =
        format!("{name} {} version {} for {}\n", run.playbook.id, run.playbook.version, run.person);
    for step in &run.playbook.steps {
        let Some(state) = run.steps.get(&step.id) else { continue };
        let (tone, sign, what) = match state {
            StepState::Waiting => (Tone::Faint, "·", "waits".to_owned()),
            StepState::Task { owner, due } => {
                let due = due.map(|due| due.format(", by %-d %b %Y").to_string());
                (Tone::Task, "?", format!("to be done by {owner}{}", due.unwrap_or_default()))
            }
            StepState::Done { what, .. } => (Tone::Good, "✓", what.clone()),
            StepState::LeftOut { reason, .. } => (Tone::Faint, "-", format!("left out: {reason}")),
            StepState::Failed { reason, .. } => (Tone::Bad, "✗", reason.clone()),
            StepState::Undone { .. } => (Tone::Warn, "↶", "undone".to_owned()),
            other => (Tone::Plain, " ", format!("{other:?}")),
        };
        text.push_str(&format!("  {} {}: {what}\n", paint.text(tone, sign), step.id));
    }
    text
}
