//! Reads a source: the people and the workloads that it tells of.

mod compare;
mod group;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use tenure_connector::record::WorkerRecord;
use tenure_connector::{Context, ObjectClass};
use tenure_policy::Identity;
use tenure_store::Batch;

use super::delta::{self, Delta};
use super::walk::{Walk, walk};
use super::{Look, SourceReport};
use crate::source::Source;
use crate::world::load::decode;
use crate::{Engine, EngineError, Result};

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

fn kind_of(class: &ObjectClass) -> &'static str {
    if *class == ObjectClass::WORKER { "person" } else { "workload" }
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
    let source = reading.source;
    for (class, mut delta) in reading.deltas {
        let items = std::mem::take(&mut delta.changed).into_values().collect();
        let found = Walk { items, ..Walk::default() };
        let followed = !delta.gone.is_empty() || !found.items.is_empty();
        if !found.items.is_empty() {
            reports
                .push(compare::compare(engine, source, &class, found, Look::Changes, now, &mut batch).await?);
        }
        if followed {
            batch.push(delta.note(&scope(source, &class)));
        }
    }
    for (class, found) in reading.walks {
        let token = found.token.clone();
        let report = compare::compare(engine, source, &class, found, Look::All, now, &mut batch).await?;
        batch.push(delta::note(&scope(source, &class), token.as_ref().filter(|_| report.complete)));
        reports.push(report);
    }
    Ok((reports, batch))
}
