use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use tenure_engine::report::{Bar, Column, Report, ReportTable};
use tenure_policy::IdentityId;

use super::{Campaign, Item, Remedy, Verdict, measure};
use crate::governance::named;
use crate::{Governance, Result};

type Names = BTreeMap<IdentityId, String>;

impl Governance {
    /// A campaign as a report: what was decided, by whom, how fast, what is gone and what is not.
    ///
    /// # Errors
    ///
    /// `NotFound`, when there is no such campaign; `Store` or `Corrupt`, when the store fails.
    pub async fn review_report(&self, campaign: &str, now: DateTime<Utc>) -> Result<Report> {
        let round = self.campaign(campaign).await?;
        let items = self.review_items(campaign).await?;
        let mut remedies = self.remedies(false).await?;
        remedies.extend(self.remedies(true).await?);
        let prefix = format!("{campaign}.");
        remedies.retain(|remedy| remedy.id.starts_with(&prefix));
        let deciders = items.iter().filter_map(|item| Some(item.judgement.as_ref()?.by.clone()));
        let others = remedies.iter().flat_map(|remedy| [remedy.identity.clone(), remedy.owner.clone()]);
        let names = self.names(&deciders.chain(others).collect()).await?;
        Ok(report(&round, &items, &remedies, &names, now))
    }
}

fn report(
    round: &Campaign,
    items: &[Item],
    remedies: &[Remedy],
    names: &Names,
    now: DateTime<Utc>,
) -> Report {
    let count =
        |verdict| items.iter().filter(|i| i.judgement.as_ref().map(|j| j.verdict) == Some(verdict)).count();
    let (kept, removed) = (count(Verdict::Keep), count(Verdict::Remove));
    let gone = remedies.iter().filter(|remedy| remedy.verified.is_some()).count();
    let measures = measure(items);
    let bars = measures.iter().map(|found| Bar {
        label: named(names, &found.reviewer),
        value: i64::try_from(found.decided).unwrap_or(i64::MAX),
        marked: i64::try_from(found.decided - found.kept).unwrap_or(i64::MAX),
        text: format!("{} decided, {} removed", found.decided, found.decided - found.kept),
    });
    let bars: Vec<Bar> = bars.collect();
    let signs = measures.iter().filter(|found| !found.signs.is_empty());
    let notes = signs.map(|found| format!("{}: {}", named(names, &found.reviewer), found.signs.join(", ")));
    let notes: Vec<String> = notes.collect();
    let ended = round.closed.map_or("open".to_owned(), |at| format!("closed on {}", day(at)));
    Report::new(&format!("Access review {}", round.id), now)
        .with_basis(format!("opened on {}, due on {}, {ended}", day(round.opened), day(round.due)))
        .with_figure("Items", items.len())
        .with_figure("Kept", kept)
        .with_figure("To be removed", removed)
        .with_figure("Of these gone", gone)
        .with_figure("Nobody decided", items.len() - kept - removed)
        .with_chart("Decisions by reviewer", bars)
        .with_table(item_table(items, names))
        .with_table(remedy_table(remedies, names))
        .with_table(reviewer_table(&measures, names))
        .with_table(rule_table(round))
        .with_notes(notes)
}

fn item_table(items: &[Item], names: &Names) -> ReportTable {
    // What is short comes first: a page of paper may end before the last columns.
    let first = ["who", "what", "decision", "by", "reason"].map(Column::text).into_iter();
    let last = ["why it is held", "since", "last used", "peers", "changes"].map(Column::text);
    let columns = first.chain([Column::number("cost a year")]).chain(last);
    let mut table = ReportTable::new("Items", columns);
    for item in items {
        let evidence = &item.evidence;
        let (verdict, by, reason) = match &item.judgement {
            Some(judged) => {
                let word = if judged.verdict == Verdict::Keep { "keep" } else { "remove" };
                (word, named(names, &judged.by), judged.reason.clone())
            }
            None => ("nobody decided", String::new(), String::new()),
        };
        let peers = evidence.peers.map(|peers| format!("{} of {}", peers.holders, peers.of));
        table.row([
            item.person.clone(),
            item.entitlement.to_string(),
            verdict.to_owned(),
            by,
            reason,
            evidence.yearly.as_ref().map(ToString::to_string).unwrap_or_default(),
            evidence.why(),
            day(evidence.since),
            evidence.last_used.map_or("not known".to_owned(), day),
            peers.unwrap_or_default(),
            evidence.changes.join("; "),
        ]);
    }
    table
}

fn remedy_table(remedies: &[Remedy], names: &Names) -> ReportTable {
    let columns = ["whose", "what", "owner", "due", "state", "what was done"].map(Column::text);
    let mut table = ReportTable::new("What was decided against", columns);
    for remedy in remedies {
        let state = match (remedy.verified, remedy.by_hand) {
            (Some(at), _) => format!("gone since {}", day(at)),
            (None, true) => "waits for a person".to_owned(),
            (None, false) => "not gone yet".to_owned(),
        };
        table.row([
            named(names, &remedy.identity),
            remedy.entitlement.to_string(),
            named(names, &remedy.owner),
            day(remedy.due),
            state,
            remedy.steps.join("; "),
        ]);
    }
    table
}

fn reviewer_table(measures: &[super::ReviewerMeasure], names: &Names) -> ReportTable {
    let columns = [
        Column::text("reviewer"),
        Column::number("decided"),
        Column::number("kept"),
        Column::number("with a reason"),
        Column::number("seconds a decision"),
        Column::text("signs that nobody looked"),
    ];
    let mut table = ReportTable::new("Reviewers", columns);
    for found in measures {
        table.row([
            named(names, &found.reviewer),
            found.decided.to_string(),
            found.kept.to_string(),
            found.reasoned.to_string(),
            found.median_seconds.map(|seconds| seconds.to_string()).unwrap_or_default(),
            found.signs.join(", "),
        ]);
    }
    table
}

fn rule_table(round: &Campaign) -> ReportTable {
    let columns = [Column::text("rule"), Column::number("entitlements")];
    let mut table = ReportTable::new("Given by rules, to be judged there", columns);
    for (rule, count) in &round.by_rule {
        table.row([rule.to_string(), count.to_string()]);
    }
    table
}

fn day(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y").to_string()
}
