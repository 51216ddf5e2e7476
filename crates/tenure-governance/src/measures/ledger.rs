//! The audit trail is read once: what it says about access is kept by month, and a measure reads the months that it is about.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tenure_store::{AuditRecord, Write};

use super::trail::{Given, Notes, Trail};
use crate::keep::{self, Change, Kept};
use crate::{Governance, GovernanceError, Result};

/// How far the trail has been read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    /// Its last record that was.
    after: u64,
    /// The first and the last month of what was kept, as numbers.
    months: Option<(i64, i64)>,
    /// Since when each version of the policy is in use.
    policies: BTreeMap<String, DateTime<Utc>>,
}

const HEAD: &str = "governance/measures/head";
const GIVEN: &str = "governance/measures/given/";
const MONTH: &str = "governance/measures/month/";

impl Governance {
    /// What the trail says from a moment on.
    pub(super) async fn trail_since(&self, from: DateTime<Utc>) -> Result<Trail> {
        let mut trail = Trail::default();
        let Some((first, last)) = self.read_on().await?.months else { return Ok(trail) };
        for month in month_of(from).max(first)..=last {
            for kept in keep::list::<Trail>(self.store(), &format!("{MONTH}{month:06}/"), "measures").await? {
                trail.moved.extend(kept.value.moved.into_iter().filter(|moved| moved.at >= from));
                trail.steps.extend(kept.value.steps.into_iter().filter(|done| done.at >= from));
            }
        }
        Ok(trail)
    }

    /// Reads what has been added to the trail, page by page. Each page is kept whole or not at all, and once.
    async fn read_on(&self) -> Result<Head> {
        loop {
            let kept: Option<Kept<Head>> = keep::read(self.store(), HEAD, "measures").await?;
            let head = kept.as_ref().map(|kept| kept.value.clone()).unwrap_or_default();
            let records = self.store().audit(head.after, PAGE).await.map_err(GovernanceError::Store)?;
            let Some(last) = records.last() else { return Ok(head) };
            match self.keep_page(kept, head, &records, last).await {
                // Another program reads the same page.
                Ok(()) | Err(GovernanceError::Raced { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }

    async fn keep_page(
        &self,
        kept: Option<Kept<Head>>,
        mut head: Head,
        records: &[AuditRecord],
        last: &AuditRecord,
    ) -> Result<()> {
        let people: BTreeSet<&str> = records
            .iter()
            .filter(|record| Notes::means(record))
            .filter_map(|r| r.draft.identity.as_deref())
            .collect();
        let mut before: BTreeMap<String, Given> = BTreeMap::new();
        for who in people {
            let known: Option<Kept<Given>> =
                keep::read(self.store(), &format!("{GIVEN}{who}"), "measures").await?;
            before.insert(who.to_owned(), known.map(|known| known.value).unwrap_or_default());
        }
        let mut notes = Notes { policies: head.policies, given: before.clone(), trail: Trail::default() };
        records.iter().for_each(|record| notes.note(record));
        let mut change = Change::new("measures", last.draft.at);
        for (who, given) in &notes.given {
            if before.get(who) != Some(given) {
                let value = if given.is_empty() { Value::Null } else { value_of(given)? };
                change.write(Write::Value { key: format!("{GIVEN}{who}"), value });
            }
        }
        for (month, trail) in by_month(notes.trail) {
            let (first, last_month) = head.months.unwrap_or((month, month));
            head.months = Some((first.min(month), last_month.max(month)));
            let key = format!("{MONTH}{month:06}/{:020}", last.seq);
            change.write(Write::Value { key, value: value_of(&trail)? });
        }
        (head.after, head.policies) = (last.seq, notes.policies);
        match &kept {
            Some(kept) => change.replace(kept, &head)?,
            None => change.create(HEAD, &head)?,
        }
        change.commit(self.store()).await
    }
}

fn by_month(trail: Trail) -> BTreeMap<i64, Trail> {
    let mut months: BTreeMap<i64, Trail> = BTreeMap::new();
    for moved in trail.moved {
        months.entry(month_of(moved.at)).or_default().moved.push(moved);
    }
    for done in trail.steps {
        months.entry(month_of(done.at)).or_default().steps.push(done);
    }
    months
}

/// Months, counted from the year nought.
fn month_of(at: DateTime<Utc>) -> i64 {
    i64::from(at.year()) * 12 + i64::from(at.month0())
}

fn value_of<T: Serialize>(value: &T) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| GovernanceError::corrupt("measures", &error))
}

/// How many records are read at once.
const PAGE: usize = 1_000;
