use std::collections::BTreeSet;
use std::fmt::Write as _;

use tenure_engine::{Plan, Step, Verb};

use crate::{Cell, Paint, Table, Tone, count, money, short_hash};

/// How much of a plan is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Counts, and the people who come first, up to this many steps.
    Steps(usize),
    /// Every step.
    All,
}

/// A plan for a person to read: what changes for whom and why, the guards, and what comes later.
pub fn plan(plan: &Plan, paint: Paint, detail: Detail) -> String {
    let mut text = if plan.is_empty() {
        format!("{} everything is as it should be, nothing to do\n\n", paint.text(Tone::Good, "✓"))
    } else {
        let (table, hidden) = steps(&plan.steps, paint, detail);
        let mut text = format!("{}\n\n", headline(plan, paint));
        if hidden > 0 {
            let _ = writeln!(text, "{}", summary(plan, paint));
        }
        let _ = write!(text, "{table}");
        if hidden > 0 {
            let _ = writeln!(
                text,
                "   {}",
                paint.text(Tone::Faint, format!("… and {}", count(hidden, "more step")))
            );
        }
        text + "\n"
    };
    for verdict in plan.tripped() {
        let _ = writeln!(text, "  {} {verdict}", paint.text(Tone::Bad, "guard"));
    }
    for notice in plan.notices.iter().take(NOTICES) {
        let _ = writeln!(text, "  {} {}", paint.text(Tone::Warn, "note"), notice.text);
    }
    if plan.notices.len() > NOTICES {
        let more = count(plan.notices.len() - NOTICES, "more note");
        let _ = writeln!(text, "  {}", paint.text(Tone::Faint, format!("… and {more}")));
    }
    text + &later(plan, paint)
}

/// Notices that are told one by one.
const NOTICES: usize = 10;

fn headline(plan: &Plan, paint: Paint) -> String {
    let people: BTreeSet<_> = plan.steps.iter().filter_map(|s| s.identity.as_ref()).collect();
    let targets: BTreeSet<_> = plan.steps.iter().map(|s| &s.target).collect();
    let hash = plan.hash();
    let mut text = format!(
        "{} {}  {} for {} on {}",
        paint.text(Tone::Strong, "Plan"),
        paint.text(Tone::Faint, short_hash(&hash)),
        count(plan.steps.len(), "step"),
        count(people.len(), "identity"),
        count(targets.len(), "target"),
    );
    let manual = plan.steps.iter().filter(|s| s.is_manual()).count();
    if manual > 0 {
        let _ = write!(text, ", {} for a person", paint.text(Tone::Task, count(manual, "task")));
    }
    for cost in plan.cost().amounts().map(money).filter(|cost| !cost.starts_with("0.00 ")) {
        let sign = if cost.starts_with('-') { "" } else { "+" };
        let _ = write!(text, ", {sign}{cost} a year");
    }
    text
}

fn summary(plan: &Plan, paint: Paint) -> String {
    let mut table = Table::new(paint, ["", ""]);
    for (target, verbs) in plan.summary() {
        let counts: Vec<String> = verbs.iter().map(|(verb, n)| counted(*verb, *n)).collect();
        table.row([Cell::new(Tone::Strong, target), counts.join(", ").into()]);
    }
    table.to_string()
}

fn counted(verb: Verb, n: usize) -> String {
    match verb {
        Verb::Create => count(n, "new account"),
        Verb::Delete => format!("{} deleted", count(n, "account")),
        Verb::Enable => format!("{} enabled", count(n, "account")),
        Verb::Disable => format!("{} disabled", count(n, "account")),
        Verb::Update => format!("{} updated", count(n, "account")),
        Verb::Link => format!("{} linked", count(n, "account")),
        Verb::Forget => format!("{} forgotten", count(n, "account")),
        Verb::Grant => format!("{} given", count(n, "entitlement")),
        Verb::Revoke => format!("{} taken away", count(n, "entitlement")),
        Verb::SetReference => format!("{} set", count(n, "reference")),
        Verb::ReleaseSeat => format!("{} released", count(n, "seat")),
        other => format!("{n} × {}", other.as_str().replace('_', " ")),
    }
}

// By person, so that one person's changes stand together; the order of execution is in the plan itself.
fn steps(steps: &[Step], paint: Paint, detail: Detail) -> (Table, usize) {
    let mut order: Vec<&Step> = steps.iter().collect();
    order.sort_by(|a, b| (&a.person, &a.target).cmp(&(&b.person, &b.target)));
    let shown = match detail {
        Detail::Steps(most) if order.len() > most + most / 4 => most,
        _ => order.len(),
    };
    let mut table = Table::new(paint, ["who", "target", "change", "why"]);
    let mut last = ("", "");
    for step in order.iter().take(shown) {
        let this = (step.person.as_str(), step.target.as_str());
        table.row([
            Cell::new(Tone::Strong, if last.0 == this.0 { "" } else { this.0 }),
            Cell::new(Tone::Faint, if last == this { "" } else { this.1 }),
            Cell::new(tone(step), change(step)),
            Cell::new(Tone::Faint, why(step)),
        ]);
        last = this;
    }
    (table, order.len() - shown)
}

/// One step in a few words, with a sign that needs no colour.
pub fn change(step: &Step) -> String {
    let what = &step.what;
    let text = match step.verb {
        Verb::Create => "account".to_owned(),
        Verb::Delete => "delete the account".to_owned(),
        Verb::Enable => "enable".to_owned(),
        Verb::Disable => "disable".to_owned(),
        Verb::RevokeSessions => "end sessions".to_owned(),
        Verb::TransferOwnership => format!("what is owned goes to {what}"),
        Verb::ReleaseSeat => format!("seat {what}"),
        Verb::Link => format!("link {what}"),
        Verb::Forget => format!("forget {what}"),
        _ => what.clone(),
    };
    format!("{} {text}", sign(step))
}

// The engagement that made a rule hold is told by `explain`; here it would hide the rule.
fn why(step: &Step) -> String {
    let mut told: Vec<String> = step.reasons.iter().map(|reason| brief(reason)).collect();
    told.dedup();
    told.join("; ")
}

fn brief(reason: &str) -> String {
    let mut text = String::new();
    let mut rest = reason;
    while let Some((before, after)) = rest.split_once(" (engagement `") {
        text += before;
        rest = after.split_once("`)").map_or("", |(_, rest)| rest);
    }
    text += rest;
    text.replace('`', "")
}

fn sign(step: &Step) -> &'static str {
    match step.verb {
        _ if step.is_manual() => "☐",
        Verb::Create | Verb::Grant | Verb::Enable => "+",
        verb if verb.takes_away() => "−",
        _ => "~",
    }
}

fn tone(step: &Step) -> Tone {
    match sign(step) {
        "☐" => Tone::Task,
        "+" => Tone::Good,
        "−" => Tone::Bad,
        _ => Tone::Warn,
    }
}

fn later(plan: &Plan, paint: Paint) -> String {
    if plan.upcoming.is_empty() {
        return String::new();
    }
    let mut table = Table::new(paint, ["later", "who", "target", "change"]);
    for coming in &plan.upcoming {
        let due = coming
            .due
            .map_or_else(|| "not before it is released".to_owned(), |t| t.format("%-d %b %Y").to_string());
        let held = coming.held_by.as_ref().map(|by| format!(" ({by})")).unwrap_or_default();
        table.row([
            Cell::from(due),
            Cell::new(Tone::Strong, &coming.person),
            Cell::new(Tone::Faint, &coming.target),
            Cell::from(format!("{}{held}", coming.action)),
        ]);
    }
    format!("{table}\n")
}
