use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tenure_engine::report::{Bar, Column, Report, ReportTable};
use tenure_policy::IdentityId;

use super::coverage::{coverage, table};
use super::{Finding, FindingKind, FindingState};
use crate::governance::named;
use crate::{Governance, Result};

impl Governance {
    /// The register as a report: what is open and how old, what is accepted by whom and until when, what is overdue, and which parts of
    /// the lifecycle are covered in each target.
    ///
    /// # Errors
    ///
    /// `Store` or `Corrupt`, when the store fails; `Engine`, when no version of the policy holds yet.
    pub async fn findings_report(&self, now: DateTime<Utc>) -> Result<Report> {
        let findings = self.findings(true).await?;
        let accepted = findings.iter().filter_map(|finding| match &finding.state {
            FindingState::Accepted { by, .. } => Some(by.clone()),
            _ => None,
        });
        let owners = findings.iter().filter_map(|finding| finding.owner.clone());
        let names = self.names(&accepted.chain(owners).collect()).await?;
        let covered = coverage(self.engine.policy(now)?, &self.rules);
        Ok(report(&findings, &names, now).with_table(table(&covered)))
    }
}

fn report(findings: &[Finding], names: &BTreeMap<IdentityId, String>, now: DateTime<Utc>) -> Report {
    let of = |wanted: fn(&FindingState) -> bool| findings.iter().filter(move |found| wanted(&found.state));
    let is_open = |state: &FindingState| matches!(state, FindingState::Open);
    let overdue = |finding: &&Finding| finding.due <= now;
    let accepted = of(|state| matches!(state, FindingState::Accepted { .. })).count();
    let resolved = of(|state| matches!(state, FindingState::Resolved { .. })).count();
    let mut kinds: BTreeMap<FindingKind, (i64, i64)> = BTreeMap::new();
    for finding in of(is_open) {
        let (all, late) = kinds.entry(finding.kind).or_default();
        *all += 1;
        *late += i64::from(finding.due <= now);
    }
    let bars = kinds.iter().map(|(kind, (all, late))| Bar {
        label: kind.to_string(),
        value: *all,
        marked: *late,
        text: format!("{all} open, {late} overdue"),
    });
    let columns = [
        Column::text("finding"),
        Column::text("kind"),
        Column::text("what"),
        Column::number("days"),
        Column::text("owner"),
        Column::text("due"),
        Column::text("state"),
    ];
    let mut table = ReportTable::new("Findings", columns);
    for finding in findings.iter().filter(|finding| !matches!(finding.state, FindingState::Resolved { .. })) {
        let state = match &finding.state {
            FindingState::Accepted { by, reason, until } => {
                format!("accepted by {} until {}: {reason}", named(names, by), until.format("%-d %b %Y"))
            }
            _ if finding.due <= now => "overdue".to_owned(),
            _ => "open".to_owned(),
        };
        table.row([
            finding.id.clone(),
            finding.kind.to_string(),
            finding.text.clone(),
            finding.days(now).to_string(),
            finding.owner.as_ref().map_or("nobody".to_owned(), |owner| named(names, owner)),
            finding.due.format("%-d %b %Y").to_string(),
            state,
        ]);
    }
    Report::new("Findings", now)
        .with_basis("everything that was looked for at the last look")
        .with_figure("Open", of(is_open).count())
        .with_figure("Overdue", of(is_open).filter(overdue).count())
        .with_figure("Accepted for a time", accepted)
        .with_figure("Resolved", resolved)
        .with_chart("Open findings by kind", bars.collect())
        .with_table(table)
}
