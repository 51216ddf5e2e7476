use std::collections::BTreeSet;

use super::{Bar, Column, Report, ReportTable, day, money};
use crate::plan::{Plan, Risk, Step};

impl Report {
    /// What a plan would change, for those who are to approve it: by person, with reasons, risk, cost and guards.
    #[must_use]
    pub fn of_plan(plan: &Plan) -> Self {
        let people: BTreeSet<_> = plan.steps.iter().filter_map(|step| step.identity.as_ref()).collect();
        let manual = plan.steps.iter().filter(|step| step.is_manual()).count();
        let high = plan.steps.iter().filter(|step| step.risk == Risk::High).count();
        let mut report = Self::new("What this plan would change", plan.made)
            .with_basis(format!("plan {}, policy {}", plan.hash(), plan.policy))
            .with_figure("steps", plan.steps.len())
            .with_figure("people and services", people.len())
            .with_figure("tasks for people", manual)
            .with_figure("steps of high risk", high);
        for amount in plan.cost().amounts() {
            report = report.with_figure("cost a year", money(amount));
        }
        report
            .with_chart("Steps by system; marked: what takes something away", by_target(plan))
            .with_table(guards(plan))
            .with_table(steps(plan))
            .with_table(later(plan))
            .with_notes(plan.notices.iter().map(|notice| notice.text.clone()))
    }
}

fn by_target(plan: &Plan) -> Vec<Bar> {
    let amount = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let bar = |(target, verbs): (tenure_policy::TargetId, std::collections::BTreeMap<crate::Verb, usize>)| {
        let all: usize = verbs.values().sum();
        let away: usize = verbs.iter().filter(|(verb, _)| verb.takes_away()).map(|(_, count)| count).sum();
        let told: Vec<String> = verbs
            .iter()
            .map(|(verb, count)| format!("{count} {}", verb.as_str().replace('_', " ")))
            .collect();
        Bar { label: target.to_string(), value: amount(all), marked: amount(away), text: told.join(", ") }
    };
    plan.summary().into_iter().map(bar).collect()
}

fn guards(plan: &Plan) -> ReportTable {
    let mut table = ReportTable::new("Guards", [Column::text("verdict"), Column::text("guard")]);
    for verdict in &plan.guards {
        table.row([if verdict.allowed { "within" } else { "tripped" }.to_owned(), verdict.to_string()]);
    }
    table
}

fn steps(plan: &Plan) -> ReportTable {
    let columns = ["who", "system", "change", "why", "risk"].map(Column::text);
    let mut table = ReportTable::new("Steps", columns.into_iter().chain([Column::number("cost a year")]));
    let mut order: Vec<&Step> = plan.steps.iter().collect();
    order.sort_by(|a, b| (&a.person, &a.target).cmp(&(&b.person, &b.target)));
    for step in order {
        let risk = match step.risk {
            Risk::Low => "low",
            Risk::Medium => "medium",
            Risk::High => "high",
        };
        table.row([
            step.person.clone(),
            step.target.to_string(),
            step.title(),
            step.reasons.join("; "),
            risk.to_owned(),
            step.cost.as_ref().map(money).unwrap_or_default(),
        ]);
    }
    table
}

fn later(plan: &Plan) -> ReportTable {
    let mut table = ReportTable::new("Due later", ["when", "who", "system", "what"].map(Column::text));
    for coming in &plan.upcoming {
        let due = coming.due.map_or_else(|| "not before it is released".to_owned(), day);
        table.row([due, coming.person.clone(), coming.target.to_string(), coming.action.to_string()]);
    }
    table
}
