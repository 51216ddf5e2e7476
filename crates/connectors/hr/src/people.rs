//! Puts the records of one person together.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use tenure_connector::RejectedItem;
use tenure_connector::record::WorkerRecord;

use crate::read::Draft;

/// The engagements that are in effect or to come, in the order of their ids.
pub(crate) fn assemble(
    drafts: Vec<Draft>,
    now: DateTime<Utc>,
    rejected: &mut Vec<RejectedItem>,
) -> Vec<WorkerRecord> {
    let drafts = in_effect(drafts, now, rejected);
    let drafts = under_one_id(drafts, rejected);
    one_primary(drafts)
}

/// Of the records of one engagement, the one that is in effect today in the worker's zone; the first to come where none is.
fn in_effect(drafts: Vec<Draft>, now: DateTime<Utc>, rejected: &mut Vec<RejectedItem>) -> Vec<Draft> {
    let mut engagements: BTreeMap<String, Vec<Draft>> = BTreeMap::new();
    for draft in drafts {
        engagements.entry(draft.worker.engagement_id.clone()).or_default().push(draft);
    }
    let mut chosen = Vec::new();
    for (id, mut rows) in engagements {
        rows.sort_by_key(|row| row.effective);
        let twice = rows.iter().zip(rows.iter().skip(1)).find(|(a, b)| a.effective == b.effective);
        if let Some((first, second)) = twice {
            let expected = match second.effective {
                Some(day) => format!("one record of engagement `{id}` with effect from {day}"),
                None => format!("one record of engagement `{id}`"),
            };
            let item = RejectedItem::new(&second.place, expected, "a second one").with_item(&id);
            rejected.push(item.with_help(format!(
                "the first is at {}; map `engagementId` to what tells two jobs apart, or `effectiveFrom`",
                first.place
            )));
            continue;
        }
        let begun = rows.iter().rposition(|row| row.effective.is_none_or(|day| day <= today(now, row.zone)));
        let row = rows.into_iter().nth(begun.unwrap_or(0));
        chosen.extend(row.filter(|row| !row.deleted));
    }
    chosen
}

fn today(now: DateTime<Utc>, zone: Option<Tz>) -> NaiveDate {
    now.with_timezone(&zone.unwrap_or(Tz::UTC)).date_naive()
}

/// Gives a person who came back, or changed sides, under a new number the number that they had first.
fn under_one_id(drafts: Vec<Draft>, rejected: &mut Vec<RejectedItem>) -> Vec<Draft> {
    let before: BTreeMap<String, String> = drafts
        .iter()
        .filter_map(|draft| Some((draft.worker.worker_id.clone(), draft.previous.clone()?)))
        .filter(|(id, previous)| id != previous)
        .collect();
    let mut kept = Vec::with_capacity(drafts.len());
    for mut draft in drafts {
        match first_id(&before, &draft.worker.worker_id) {
            Some(first) => {
                draft.worker.worker_id = first.to_owned();
                let manager = draft.worker.manager_id.as_deref();
                draft.worker.manager_id = manager.map(|id| first_id(&before, id).unwrap_or(id).to_owned());
                kept.push(draft);
            }
            None => {
                let id = &draft.worker.worker_id;
                let found = draft.previous.clone().unwrap_or_default();
                let item =
                    RejectedItem::new(&draft.place, "an earlier id that does not lead back here", found);
                rejected.push(item.with_item(id));
            }
        }
    }
    kept
}

/// The first of a person's ids; `None` when they go round in a circle.
fn first_id<'a>(before: &'a BTreeMap<String, String>, id: &'a str) -> Option<&'a str> {
    let mut seen = BTreeSet::from([id]);
    let mut first = id;
    while let Some(previous) = before.get(first) {
        if !seen.insert(previous) {
            return None;
        }
        first = previous;
    }
    Some(first)
}

/// One engagement of each person decides: the one that says so, else the one that began first.
fn one_primary(drafts: Vec<Draft>) -> Vec<WorkerRecord> {
    let mut leading: BTreeMap<&str, &Draft> = BTreeMap::new();
    let rank = |draft: &Draft| {
        (
            draft.primary != Some(true),
            draft.primary == Some(false),
            draft.worker.start_date,
            draft.worker.engagement_id.clone(),
        )
    };
    for draft in &drafts {
        let best = leading.entry(&draft.worker.worker_id).or_insert(draft);
        if rank(draft) < rank(best) {
            *best = draft;
        }
    }
    let leading: BTreeSet<String> =
        leading.into_values().map(|draft| draft.worker.engagement_id.clone()).collect();
    drafts
        .into_iter()
        .map(|draft| WorkerRecord { primary: leading.contains(&draft.worker.engagement_id), ..draft.worker })
        .collect()
}
