//! Reads a source: the people and the workloads that it tells of.

mod compare;
mod group;
mod row;
mod stage;
mod told;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;
use tenure_connector::record::WorkerRecord;
use tenure_connector::{Context, ObjectClass};
use tenure_policy::Identity;
use tenure_store::Condition;

use super::delta::{self, Delta};
use super::record::Recorder;
use super::{Earlier, Look, SourceReport};
use crate::source::{OnRejected, Source};
use crate::world::load::decode;
use crate::{Engine, EngineError, Result, order};
pub(super) use stage::is_of_stage;
use told::Told;

/// What was read from one source, class by class.
pub(super) struct Reading<'e> {
    source: &'e Source,
    parts: Vec<Part<'e>>,
}

/// What was read of a class: everything, or what changed.
struct Part<'e> {
    class: ObjectClass,
    told: Told<'e>,
    /// Where changes are followed from, when only those were read.
    delta: Option<Delta>,
}

pub(super) async fn read<'e>(
    engine: &'e Engine,
    source: &'e Source,
    look: Look,
    earlier: Earlier,
    now: DateTime<Utc>,
) -> Result<Reading<'e>> {
    let mut reading = Reading { source, parts: Vec::new() };
    for class in [ObjectClass::WORKER, ObjectClass::WORKLOAD] {
        if let Err(error) = reading.read(engine, class, look, earlier, now).await {
            reading.give_up().await;
            return Err(error);
        }
    }
    Ok(reading)
}

/// All readings, or none of them: what one brought is not kept for later, when it has grown old.
pub(super) async fn all(readings: Vec<Result<Reading<'_>>>) -> Result<Vec<Reading<'_>>> {
    let (mut good, mut failure) = (Vec::new(), None);
    for reading in readings {
        match reading {
            Ok(reading) => {
                failure = failure.or(reading.refused());
                good.push(reading);
            }
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    let Some(failure) = failure else { return Ok(good) };
    for reading in good {
        reading.give_up().await;
    }
    Err(failure)
}

impl<'e> Reading<'e> {
    async fn read(
        &mut self,
        engine: &'e Engine,
        class: ObjectClass,
        look: Look,
        earlier: Earlier,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let source = self.source;
        let ctx = engine.context(Context::new(format!("observe/{}", source.name)));
        let capabilities = source.connector.capabilities();
        let Some(found) = capabilities.class(&class).filter(|found| found.list.is_some()) else {
            return Ok(());
        };
        if look == Look::Changes {
            if found.changes.is_none() {
                return Ok(());
            }
            let scope = scope(source, &class);
            let delta = Delta::read(engine, &*source.connector, &source.name, &scope, &class).await?;
            if let Some(delta) = delta.filter(|delta| delta.gone.is_empty())
                && let Some(mut delta) = complete(engine, source, &ctx, &class, delta).await?
            {
                let changed = std::mem::take(&mut delta.changed).into_values();
                let told = Told::of(&class, changed, engine.zone);
                self.parts.push(Part { class, told, delta: Some(delta) });
                return Ok(());
            }
        }
        let told = told::look(engine, source, &ctx, &class, earlier, now).await?;
        self.parts.push(Part { class, told, delta: None });
        Ok(())
    }

    /// Why nothing of the source may be taken over.
    fn refused(&self) -> Option<EngineError> {
        let rejected =
            self.parts.iter().map(|part| &part.told.rejected).find(|rejected| !rejected.is_empty());
        let rejected = rejected.filter(|_| self.source.options.on_rejected == OnRejected::Refuse)?.clone();
        Some(EngineError::Rejected { source_name: self.source.name.clone(), rejected })
    }

    async fn give_up(&self) {
        for part in &self.parts {
            part.told.give_up().await;
        }
    }

    /// Stores what is different from what was known. The last commit of a class says that the look at it has ended.
    pub(super) async fn store(
        self,
        engine: &Engine,
        now: DateTime<Utc>,
        orders: &Value,
    ) -> Result<Vec<SourceReport>> {
        let mut reports = Vec::new();
        for Part { class, mut told, delta } in self.parts {
            if delta.is_some() && told.is_empty() {
                continue;
            }
            // What was ordered about people meanwhile is not in what is put together here.
            let no_order = Condition::ValueIs { key: order::COUNT.to_owned(), value: orders.clone() };
            let conditions = [no_order].into_iter().chain(told.condition()).collect();
            let mut recorder = Recorder::of_source(engine, conditions);
            let look = if delta.is_some() { Look::Changes } else { Look::All };
            let report =
                compare::compare(engine, self.source, &class, &mut told, look, now, &mut recorder).await?;
            let scope = scope(self.source, &class);
            recorder.push(match &delta {
                Some(delta) => delta.note(&scope),
                None => delta::note(&scope, told.token.as_ref().filter(|_| report.complete)),
            });
            told.end().into_iter().for_each(|write| recorder.push(write));
            recorder.commit().await?;
            reports.push(report);
        }
        Ok(reports)
    }
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
