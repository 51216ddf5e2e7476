use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use tenure_connector::record::{WorkerRecord, WorkloadRecord};
use tenure_connector::{Context, Object, ObjectClass, RejectedItem};
use tenure_policy::{EngagementId, Identity, IdentityId};
use tenure_scim::Resource;
use tenure_store::{Batch, IdentityRecord, PageRequest, SnapshotRecord, Write, canonical_json, sha256_hex};

use super::delta::{self, Delta};
use super::walk::{Walk, walk};
use super::{Look, SourceReport};
use crate::planner::outlook::due;
use crate::source::{Absence, OnRejected, Source};
use crate::world::load::decode;
use crate::{Engine, EngineError, Result, assemble};

/// What was read from one source, class by class.
pub(super) struct Reading<'a> {
    source: &'a Source,
    walks: Vec<(ObjectClass, Walk)>,
    deltas: Vec<(ObjectClass, Delta)>,
}

pub(super) async fn read<'a>(engine: &Engine, source: &'a Source, look: Look) -> Result<Reading<'a>> {
    let ctx = engine.context(Context::new(format!("observe/{}", source.name)));
    let capabilities = source.connector.capabilities();
    let mut reading = Reading { source, walks: Vec::new(), deltas: Vec::new() };
    for class in [ObjectClass::WORKER, ObjectClass::WORKLOAD] {
        let Some(found) = capabilities.class(&class).filter(|found| found.list.is_some()) else { continue };
        if look == Look::Changes {
            if found.changes.is_none() {
                continue;
            }
            let scope = scope(source, &class);
            let delta = Delta::read(engine, &*source.connector, &source.name, &scope, &class).await?;
            if let Some(delta) = delta.filter(|delta| delta.gone.is_empty())
                && let Some(whole) = complete(engine, source, &ctx, &class, delta).await?
            {
                reading.deltas.push((class, whole));
                continue;
            }
        }
        let token = delta::start(&*source.connector, &ctx, &class).await;
        let mut found = walk(&*source.connector, &source.name, &ctx, &class).await?;
        found.token = token;
        reading.walks.push((class, found));
    }
    Ok(reading)
}

fn scope(source: &Source, class: &ObjectClass) -> String {
    format!("source:{}/{class}", source.name)
}

/// Adds to changed rows the other rows of the same people. Nothing, when they cannot be had: a person is put together
/// from all of them.
async fn complete(
    engine: &Engine,
    source: &Source,
    ctx: &Context,
    class: &ObjectClass,
    mut delta: Delta,
) -> Result<Option<Delta>> {
    if *class != ObjectClass::WORKER {
        return Ok(Some(delta));
    }
    let mut rows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for object in delta.changed.values() {
        let Ok(record) = WorkerRecord::try_from(&object.resource) else { return Ok(None) };
        rows.entry(record.worker_id).or_default().insert(record.engagement_id);
    }
    for (worker, changed) in rows {
        let Some(record) = engine.store.identity(&worker).await? else { continue };
        let identity: Identity = decode("identity", record.document)?;
        let other = identity.as_person().is_some_and(|person| {
            person.engagements.iter().any(|known| !changed.contains(known.id.as_str()))
        });
        if !other {
            continue;
        }
        let found = delta::with_value(&*source.connector, ctx, class, "workerId", &worker).await;
        let found = found.map_err(|error| EngineError::Connector { system: source.name.clone(), error })?;
        let Some(found) = found else { return Ok(None) };
        delta.changed.extend(found.into_iter().map(|object| (object.object.id.clone(), object)));
    }
    Ok(Some(delta))
}

/// Turns what was read into changes of the store, without applying them.
pub(super) async fn assemble(
    engine: &Engine,
    reading: Reading<'_>,
    now: DateTime<Utc>,
) -> Result<(Vec<SourceReport>, Batch)> {
    let (mut reports, mut batch) = (Vec::new(), Batch::new());
    for (class, delta) in &reading.deltas {
        let found = Walk { items: delta.changed.values().cloned().collect(), ..Walk::default() };
        let ids = found.items.iter().filter_map(|item| match *class == ObjectClass::WORKER {
            true => WorkerRecord::try_from(&item.resource).ok().map(|record| record.worker_id),
            false => WorkloadRecord::try_from(&item.resource).ok().map(|record| record.workload_id),
        });
        let known = known_of(engine, &reading.source.name, ids.collect()).await?;
        reports.extend(step(engine, reading.source, class, found, &known, Look::Changes, now, &mut batch)?);
        if !delta.is_empty() {
            batch.push(delta.note(&scope(reading.source, class)));
        }
    }
    if reading.walks.is_empty() {
        return Ok((reports, batch));
    }
    let known = known(engine, &reading.source.name).await?;
    for (class, found) in reading.walks {
        let token = found.token.clone();
        let report = step(engine, reading.source, &class, found, &known, Look::All, now, &mut batch)?;
        let followed = token.as_ref().filter(|_| report.as_ref().is_some_and(|report| report.complete));
        batch.push(delta::note(&scope(reading.source, &class), followed));
        reports.extend(report);
    }
    Ok((reports, batch))
}

#[expect(clippy::too_many_arguments, reason = "they are the parts of one step")]
fn step(
    engine: &Engine,
    source: &Source,
    class: &ObjectClass,
    mut found: Walk,
    known: &BTreeMap<IdentityId, Known>,
    look: Look,
    now: DateTime<Utc>,
    batch: &mut Batch,
) -> Result<Option<SourceReport>> {
    if look == Look::Changes && found.items.is_empty() {
        return Ok(None);
    }
    let groups = group(class, &mut found);
    let mut step = Step { source, class, zone: engine.zone, now, found, known, look };
    let report = step.run(groups, batch);
    if !report.rejected.is_empty() && source.options.on_rejected == OnRejected::Refuse {
        let (source_name, rejected) = (source.name.clone(), report.rejected);
        return Err(EngineError::Rejected { source_name, rejected });
    }
    Ok(Some(report))
}

/// The records of a class by the identity they are about.
enum Groups {
    Workers(BTreeMap<IdentityId, Vec<WorkerRecord>>),
    Workloads(BTreeMap<IdentityId, WorkloadRecord>),
}

fn group(class: &ObjectClass, found: &mut Walk) -> Groups {
    let items = std::mem::take(&mut found.items);
    if *class == ObjectClass::WORKER {
        let mut groups: BTreeMap<IdentityId, Vec<WorkerRecord>> = BTreeMap::new();
        for item in &items {
            let Some((id, record)) =
                parse(item, &mut found.rejected, |record: &WorkerRecord| &record.worker_id)
            else {
                continue;
            };
            let rows = groups.entry(id).or_default();
            if rows.iter().any(|row| row.engagement_id == record.engagement_id) {
                let place = place(item);
                let rejected =
                    RejectedItem::new(place, "an `engagementId` that comes once", &record.engagement_id);
                found.rejected.push(rejected.with_item(&record.worker_id));
            } else {
                rows.push(record);
            }
        }
        Groups::Workers(groups)
    } else {
        let mut groups = BTreeMap::new();
        for item in &items {
            let Some((id, record)) =
                parse(item, &mut found.rejected, |record: &WorkloadRecord| &record.workload_id)
            else {
                continue;
            };
            match groups.entry(id) {
                Entry::Vacant(free) => drop(free.insert(record)),
                Entry::Occupied(taken) => {
                    let expected = "a `workloadId` that comes once";
                    found.rejected.push(RejectedItem::new(place(item), expected, taken.key().as_str()));
                }
            }
        }
        Groups::Workloads(groups)
    }
}

fn parse<'a, T>(
    item: &'a Object,
    rejected: &mut Vec<RejectedItem>,
    id: impl Fn(&T) -> &String,
) -> Option<(IdentityId, T)>
where
    T: TryFrom<&'a Resource, Error = tenure_connector::record::RecordError>,
{
    let record = match T::try_from(&item.resource) {
        Ok(record) => record,
        Err(error) => {
            let expected = format!("{} in `{}`", error.expected(), error.attribute());
            rejected.push(RejectedItem::new(place(item), expected, error.found()));
            return None;
        }
    };
    match IdentityId::parse(id(&record)) {
        Ok(found) => Some((found, record)),
        Err(_) => {
            rejected.push(RejectedItem::new(place(item), "a usable id", id(&record)));
            None
        }
    }
}

fn place(item: &Object) -> String {
    item.object.to_string()
}

struct Step<'a> {
    source: &'a Source,
    class: &'a ObjectClass,
    zone: tenure_policy::Zone,
    now: DateTime<Utc>,
    found: Walk,
    known: &'a BTreeMap<IdentityId, Known>,
    look: Look,
}

struct Known {
    identity: Identity,
    record: IdentityRecord,
}

impl Step<'_> {
    fn run(&mut self, groups: Groups, batch: &mut Batch) -> SourceReport {
        let mut assembled: BTreeMap<IdentityId, (Identity, Vec<EngagementId>)> = BTreeMap::new();
        let mut read = 0;
        match groups {
            Groups::Workers(groups) => {
                for (id, rows) in groups {
                    read += rows.len();
                    let before = self.known.get(&id).and_then(|known| known.identity.as_person());
                    match assemble::person(&id, &rows, before, self.zone, self.now) {
                        Ok(person) => {
                            let keep =
                                person.engagements.iter().map(|engagement| engagement.id.clone()).collect();
                            assembled.insert(id, (Identity::Person(person), keep));
                        }
                        Err(rejected) => self.found.rejected.push(rejected),
                    }
                }
            }
            Groups::Workloads(groups) => {
                for (id, row) in groups {
                    read += 1;
                    match assemble::workload(&id, &row, self.zone) {
                        Ok(workload) => {
                            assembled.insert(id, (Identity::Workload(workload), Vec::new()));
                        }
                        Err(rejected) => self.found.rejected.push(rejected),
                    }
                }
            }
        }
        // What is not among the changes is not absent.
        let absent = match self.look {
            Look::All => self.absent(&assembled),
            Look::Changes => BTreeSet::new(),
        };
        self.judge(assembled.len(), absent.len());
        self.write(read, assembled, &absent, batch)
    }

    /// The identities of this source and class that were there before and are not now.
    fn absent(
        &self,
        assembled: &BTreeMap<IdentityId, (Identity, Vec<EngagementId>)>,
    ) -> BTreeSet<IdentityId> {
        let kind = kind_of(self.class);
        let here = |known: &Known| known.record.kind == kind && known.record.absent_since.is_none();
        self.known
            .iter()
            .filter(|(id, known)| here(known) && !assembled.contains_key(*id))
            .map(|(id, _)| id.clone())
            .collect()
    }

    fn judge(&mut self, found: usize, absent: usize) {
        let before = self
            .known
            .values()
            .filter(|known| known.record.kind == kind_of(self.class) && known.record.absent_since.is_none());
        let before = before.count();
        let options = &self.source.options;
        let doubt = &mut self.found.doubt;
        if doubt.is_none() && !self.found.rejected.is_empty() {
            *doubt = Some(format!("{} rows could not be read", self.found.rejected.len()));
        }
        if doubt.is_none() && found == 0 && before > 0 {
            *doubt = Some(format!(
                "the feed is empty, but {before} were in it before: it says that everyone left"
            ));
        }
        let too_many =
            absent > options.shrink_least && absent * 100 > before * usize::from(options.shrink_percent);
        if doubt.is_none() && too_many {
            *doubt = Some(format!(
                "{absent} of {before} are missing, more than the {} percent that are believed",
                options.shrink_percent
            ));
        }
    }

    fn write(
        &self,
        read: usize,
        assembled: BTreeMap<IdentityId, (Identity, Vec<EngagementId>)>,
        absent: &BTreeSet<IdentityId>,
        batch: &mut Batch,
    ) -> SourceReport {
        let believed = self.look == Look::All
            && self.found.doubt.is_none()
            && self.source.options.absence == Absence::Terminate;
        let (mut new, mut changed) = (0, 0);
        let mut digest = String::new();
        for (id, (mut identity, keep)) in assembled {
            let known = self.known.get(&id);
            if let (Identity::Person(person), Some(Identity::Person(before))) =
                (&mut identity, known.map(|known| &known.identity))
            {
                self.keep_missing_engagements(person, before, &keep, believed);
            }
            let record = self.record(&identity, None);
            digest.push_str(&canonical_json(&record.document));
            match known {
                Some(known)
                    if known.record.document == record.document && known.record.absent_since.is_none() =>
                {
                    continue;
                }
                Some(_) => changed += 1,
                None => new += 1,
            }
            batch.push(due(&record.id, self.now));
            batch.push(Write::Identity(record));
        }
        if believed {
            for known in absent.iter().filter_map(|id| self.known.get(id)) {
                batch.push(due(known.identity.id().as_str(), self.now));
                batch.push(Write::Identity(self.gone(&known.identity)));
            }
        }
        if self.look == Look::All {
            batch.push(Write::Snapshot(SnapshotRecord {
                scope: scope(self.source, self.class),
                at: self.now,
                count: read as u64,
                complete: self.found.doubt.is_none(),
                doubt: self.found.doubt.clone(),
                digest: sha256_hex(digest.as_bytes()),
            }));
        }
        SourceReport {
            name: self.source.name.clone(),
            class: self.class.to_string(),
            by_delta: self.look == Look::Changes,
            read,
            new,
            changed,
            absent: absent.len(),
            complete: self.found.doubt.is_none(),
            doubt: self.found.doubt.clone(),
            rejected: self.found.rejected.clone(),
        }
    }

    fn keep_missing_engagements(
        &self,
        person: &mut tenure_policy::Person,
        before: &tenure_policy::Person,
        keep: &[EngagementId],
        believed: bool,
    ) {
        if believed {
            assemble::end_absent(person, before, keep, self.now);
        } else {
            let missing = before.engagements.iter().filter(|old| !keep.contains(&old.id));
            person.engagements.extend(missing.cloned());
            person.engagements.sort_by(|a, b| a.id.cmp(&b.id));
        }
    }

    fn gone(&self, identity: &Identity) -> IdentityRecord {
        let mut identity = identity.clone();
        match &mut identity {
            Identity::Person(person) => {
                let before = person.clone();
                person.engagements.clear();
                assemble::end_absent(person, &before, &[], self.now);
            }
            Identity::Workload(workload) => assemble::expire_absent(workload, self.now),
        }
        self.record(&identity, Some(self.now))
    }

    fn record(&self, identity: &Identity, absent_since: Option<DateTime<Utc>>) -> IdentityRecord {
        IdentityRecord {
            id: identity.id().to_string(),
            kind: kind_of(self.class).to_owned(),
            source: self.source.name.clone(),
            // INVARIANT: an identity consists of texts, dates and JSON, which always serialise.
            document: serde_json::to_value(identity).unwrap_or_default(),
            effective: self.now,
            recorded: self.now,
            absent_since,
        }
    }
}

fn kind_of(class: &ObjectClass) -> &'static str {
    if *class == ObjectClass::WORKER { "person" } else { "workload" }
}

/// Some of the identities that a source is known to have.
async fn known_of(
    engine: &Engine,
    source: &str,
    ids: BTreeSet<String>,
) -> Result<BTreeMap<IdentityId, Known>> {
    let mut known = BTreeMap::new();
    for id in ids {
        if let Some(record) = engine.store.identity(&id).await?.filter(|record| record.source == source) {
            let identity: Identity = decode("identity", record.document.clone())?;
            known.insert(identity.id().clone(), Known { identity, record });
        }
    }
    Ok(known)
}

async fn known(engine: &Engine, source: &str) -> Result<BTreeMap<IdentityId, Known>> {
    let mut known = BTreeMap::new();
    let mut page = PageRequest::first(1000);
    loop {
        let records = engine.store.identities(&page).await?;
        let Some(last) = records.last() else { return Ok(known) };
        page = PageRequest::after(last.id.clone(), page.limit);
        for record in records.into_iter().filter(|record| record.source == source) {
            let identity: Identity = serde_json::from_value(record.document.clone())
                .map_err(|error| EngineError::corrupt("identity", &error))?;
            known.insert(identity.id().clone(), Known { identity, record });
        }
    }
}
