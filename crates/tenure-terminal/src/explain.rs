use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use tenure_engine::{Access, EngineExplanation};

use crate::{Cell, Paint, Table, Tone};

/// Why somebody has an entitlement with every path, or why not with what comes nearest.
pub fn explanation(answer: &EngineExplanation, paint: Paint) -> String {
    let policy = &answer.policy;
    let (sign, has, tone) = match (policy.desired, answer.held) {
        (true, true) => ("✓", "has", Tone::Good),
        (true, false) => ("+", "should have", Tone::Warn),
        (false, true) => ("−", "has, but should not have", Tone::Bad),
        (false, false) => ("✗", "does not have", Tone::Plain),
    };
    let mut text = format!(
        "{} {} {has} {}\n",
        paint.text(tone, sign),
        paint.text(Tone::Strong, &answer.person),
        paint.text(Tone::Strong, &policy.entitlement),
    );
    let mut line = |label: &str, what: &str| {
        let _ = writeln!(text, "    {} {what}", paint.text(Tone::Faint, format!("{label:<8}")));
    };
    for origin in &policy.why {
        line("because", &origin.to_string());
    }
    for reason in &policy.why_not {
        line("because", &reason.to_string());
    }
    if let Some(since) = answer.held_since.or(policy.since) {
        line("since", &day(since));
    }
    if let Some(until) = policy.until {
        line("until", &day(until));
    }
    if let Some(grace) = &policy.grace {
        line("grace", &format!("until {}", day(grace.until)));
    }
    if let Some(account) = &answer.account {
        line("account", account);
    }
    line("state", &format!("{}: {}", policy.state.phase, policy.state.reason));
    text
}

/// Everything that somebody holds, with its reasons.
pub fn access(held: &[Access], paint: Paint) -> String {
    let mut table = Table::new(paint, ["entitlement", "since", "because"]);
    for access in held {
        let why: Vec<String> = access.origins.iter().map(ToString::to_string).collect();
        let why = if why.is_empty() { "nobody knows".to_owned() } else { why.join("; ") };
        table.row([
            Cell::new(Tone::Strong, &access.entitlement),
            Cell::from(day(access.since)),
            Cell::new(Tone::Faint, why),
        ]);
    }
    table.to_string()
}

fn day(at: DateTime<Utc>) -> String {
    at.format("%-d %B %Y").to_string()
}
