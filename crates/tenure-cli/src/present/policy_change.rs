use std::fmt::Write as _;

use tenure_engine::PolicyChange;

use super::{Paint, Tone, count, money, short_hash};

/// What another policy changes, in a few lines.
pub fn policy_change(change: &PolicyChange, paint: Paint) -> String {
    let (gain, lose) = change.people();
    let mut text = format!(
        "{} {} takes the place of {}: of {}, {gain} gain and {lose} lose something\n",
        paint.text(Tone::Warn, "the policy has changed:"),
        short_hash(change.after.as_str()),
        short_hash(change.before.as_str()),
        count(change.impact.population, "identity"),
    );
    for (seat, change) in change.impact.seats.iter().filter(|(_, change)| change.before != change.after) {
        let cost = |cost: &Option<tenure_policy::Money>| cost.as_ref().map(money).unwrap_or_default();
        let _ = writeln!(
            text,
            "  {seat}: {} seats instead of {}, {} a year instead of {}",
            change.after,
            change.before,
            cost(&change.cost_after),
            cost(&change.cost_before)
        );
    }
    let violations: usize = change.impact.rows.iter().map(|row| row.new_violations.len()).sum();
    if violations > 0 {
        let _ = writeln!(text, "  {}", paint.text(Tone::Bad, count(violations, "new violation")));
    }
    text
}
