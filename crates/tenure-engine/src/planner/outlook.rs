//! Who has to be looked at, and when again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tenure_policy::{Identity, IdentityId};
use tenure_store::{Batch, IdentityRecord, OutlookRecord, PageRequest, Write, canonical_hash};

use super::Seen;
use crate::plan::PlanOptions;
use crate::world::load::{decode, identity_id};
use crate::{Engine, Result};

/// Stands for everybody: it is made due when something happens that may concern anyone. No identity has an empty id.
pub(crate) const EVERYBODY: &str = "";
/// What the outlooks follow from besides the facts: the policy, and what the engine was told of targets.
const BASIS: &str = "outlook/basis";
/// How many outlooks are read or written in one go.
const PAGE: usize = 5_000;

/// Whom a plan is made for.
#[derive(Debug)]
pub(super) struct Scope {
    /// These; everybody, when absent.
    pub(super) people: Option<BTreeSet<IdentityId>>,
    /// Whether they were chosen because only they can have changed.
    pub(super) due_only: bool,
    /// What was known of when to look at them, read before anything else: of those who were chosen, of everybody as such. Not
    /// read when it is not going to be noted.
    pub(super) known: Option<BTreeMap<String, OutlookRecord>>,
}

/// A moment from which an identity has to be looked at again.
pub(crate) fn due(identity: &str, at: DateTime<Utc>) -> Write {
    Write::Due { identity: identity.to_owned(), at }
}

impl Scope {
    pub(super) async fn choose(engine: &Engine, now: DateTime<Utc>, options: &PlanOptions) -> Result<Self> {
        let limited = options.identities.is_some() || options.targets.is_some();
        if limited {
            return Ok(Self { people: options.identities.clone(), due_only: false, known: None });
        }
        if options.due_only && !everybody_is_due(engine).await? {
            let people = who_is_due(engine, now).await?;
            let ids: Vec<String> = people.iter().map(ToString::to_string).collect();
            let mut known = BTreeMap::new();
            for chunk in ids.chunks(PAGE) {
                let found = engine.store.outlooks_of(chunk).await?;
                known.extend(found.into_iter().map(|record| (record.identity.clone(), record)));
            }
            return Ok(Self { people: Some(people), due_only: true, known: Some(known) });
        }
        let mut known = None;
        if options.persist {
            let found = engine.store.outlooks_of(&[EVERYBODY.to_owned()]).await?;
            known = Some(found.into_iter().map(|record| (record.identity.clone(), record)).collect());
        }
        Ok(Self { people: None, due_only: false, known })
    }

    /// Whether the plan covers whom it looks at in every target.
    pub(super) fn is_whole(&self) -> bool {
        self.people.is_none() || self.due_only
    }

    /// Whether what is found out about when to look again is noted.
    pub(super) fn notes(&self) -> bool {
        self.known.is_some()
    }

    /// Whether the plan looks at whom a step is about.
    pub(super) fn looks_at(&self, step: &str) -> bool {
        let Some(people) = &self.people else { return true };
        // A step is named by its target, its identity and what it does.
        let Some((_, rest)) = step.split_once('/') else { return false };
        people.iter().any(|id| rest.strip_prefix(id.as_str()).is_some_and(|rest| rest.starts_with('/')))
    }

    /// Notes when everybody who was looked at has to be looked at again, where that is new.
    pub(super) async fn note(&self, engine: &Engine, seen: Vec<Seen>) -> Result<()> {
        let Some(known) = &self.known else { return Ok(()) };
        let mut batch = Batch::new();
        for Seen { before, now } in seen {
            if before == now {
                continue;
            }
            batch.push(Write::Outlook(now));
            if batch.writes.len() >= PAGE {
                engine.store.commit(std::mem::take(&mut batch)).await?;
            }
        }
        if self.people.is_none() {
            let before = known.get(EVERYBODY);
            if before.is_none_or(|before| before.due.is_some()) {
                batch.push(Write::Outlook(OutlookRecord {
                    marks: before.map_or(0, |before| before.marks),
                    ..OutlookRecord::default()
                }));
            }
            batch.push(Write::Value { key: BASIS.to_owned(), value: json!(basis(engine)) });
        }
        if !batch.is_empty() {
            engine.store.commit(batch).await?;
        }
        Ok(())
    }
}

/// Whether something happened that may concern anyone, or nobody was ever looked at.
async fn everybody_is_due(engine: &Engine) -> Result<bool> {
    let found = engine.store.outlooks_of(&[EVERYBODY.to_owned()]).await?;
    let basis_then = engine.store.value(BASIS).await?;
    Ok(found.first().is_none_or(|record| record.due.is_some()) || basis_then != Some(json!(basis(engine))))
}

/// Those who are due, those who own them, and those whose answer follows from theirs.
async fn who_is_due(engine: &Engine, now: DateTime<Utc>) -> Result<BTreeSet<IdentityId>> {
    let mut people = BTreeSet::new();
    let mut page = PageRequest::first(PAGE);
    loop {
        let found = engine.store.due(now, &page).await?;
        let Some(last) = found.last() else { return Ok(people) };
        page = PageRequest::after(last.identity.clone(), PAGE);
        let ids: Vec<String> = found.into_iter().map(|record| record.identity).collect();
        for id in engine.store.dependants(&ids).await?.iter().chain(&ids) {
            people.insert(identity_id(id)?);
        }
        // Whoever owns a workload is told of it before their own answer is known to depend on it.
        for record in engine
            .store
            .identities_of(&ids)
            .await?
            .into_iter()
            .filter(|it| it.kind == IdentityRecord::WORKLOAD)
        {
            let identity: Identity = decode("identity", record.document)?;
            people.extend(identity.as_workload().map(|workload| workload.owner.clone()));
        }
    }
}

fn basis(engine: &Engine) -> String {
    let options: BTreeMap<String, String> = engine
        .targets
        .keys()
        .map(|target| (target.to_string(), format!("{:?}", engine.options(target))))
        .collect();
    let value: Value = json!({
        "format": super::FORMAT,
        "policy": engine.policy.version(),
        "targets": options,
    });
    canonical_hash(&value)
}
