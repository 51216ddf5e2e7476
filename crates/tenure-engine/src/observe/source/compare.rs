//! Compares what a source tells with what is stored of it, a part at a time.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use tenure_connector::{ObjectClass, RejectedItem};
use tenure_policy::{EngagementId, Identity, IdentityId, Person};
use tenure_store::{IdentityRecord, PageRequest, SnapshotRecord, Write, canonical_json, sha256_hex};

use super::group::Rows;
use super::told::Told;
use super::{kind_of, scope};
use crate::observe::record::Recorder;
use crate::observe::{Look, SourceReport};
use crate::planner::outlook::due;
use crate::source::{Absence, Source};
use crate::world::load::{decode, identity_id};
use crate::{Engine, Result, assemble};

/// How many identities are read in one go.
const PAGE: usize = 2_000;

/// Records what changes by what a source told of a class.
pub(super) async fn compare(
    engine: &Engine,
    source: &Source,
    class: &ObjectClass,
    told: &mut Told<'_>,
    look: Look,
    now: DateTime<Utc>,
    recorder: &mut Recorder<'_>,
) -> Result<SourceReport> {
    let mut comparison = Comparison {
        engine,
        source,
        class,
        now,
        rejected: std::mem::take(&mut told.rejected),
        doubt: told.doubt.take(),
        read: told.read,
        found: 0,
        before: 0,
        new: 0,
        changed: 0,
        absent: Vec::new(),
        torn: Vec::new(),
        digest: Sha256::new(),
        recorder,
    };
    match look {
        Look::All => comparison.with_everybody(told).await?,
        Look::Changes => comparison.with_some(told).await?,
    }
    comparison.judge();
    comparison.finish(look).await
}

/// A comparison under way. What differs is recorded as it is found; only whom something is missing of is remembered.
struct Comparison<'a, 'e> {
    engine: &'a Engine,
    source: &'a Source,
    class: &'a ObjectClass,
    now: DateTime<Utc>,
    rejected: Vec<RejectedItem>,
    doubt: Option<String>,
    read: usize,
    /// How many identities were put together.
    found: usize,
    /// How many there were before.
    before: usize,
    new: usize,
    changed: usize,
    /// Those that were there before and are not now.
    absent: Vec<IdentityId>,
    /// Those who lack engagements that they had. What becomes of these depends on whether absence is believed.
    torn: Vec<(IdentityId, Rows)>,
    digest: Sha256,
    recorder: &'a mut Recorder<'e>,
}

impl Comparison<'_, '_> {
    /// Both lists are in the order of the ids.
    async fn with_everybody(&mut self, told: &mut Told<'_>) -> Result<()> {
        let mut page = PageRequest::first(PAGE);
        loop {
            let records = self.engine.store.identities(&page).await?;
            let Some(last) = records.last() else { break };
            page = PageRequest::after(last.id.clone(), PAGE);
            for record in records {
                let id = identity_id(&record.id)?;
                while let Some((new, rows)) = told.next_before(&id).await? {
                    self.put(new, rows, None)?;
                    self.recorder.pause().await?;
                }
                let known = self.is_ours(&record).then_some(record);
                self.before += usize::from(known.as_ref().is_some_and(|known| self.is_present(known)));
                match told.next_of(&id).await? {
                    Some((id, rows)) => self.put(id, rows, known)?,
                    None if known.is_some_and(|known| self.is_present(&known)) => self.absent.push(id),
                    None => {}
                }
                self.recorder.pause().await?;
            }
        }
        while let Some((id, rows)) = told.next().await? {
            self.put(id, rows, None)?;
            self.recorder.pause().await?;
        }
        Ok(())
    }

    /// What is not among the changes is not absent.
    async fn with_some(&mut self, told: &mut Told<'_>) -> Result<()> {
        loop {
            let mut part = Vec::new();
            while let Some(next) = told.next().await? {
                part.push(next);
                if part.len() == PAGE {
                    break;
                }
            }
            if part.is_empty() {
                return Ok(());
            }
            let mut known = self.known_of(part.iter().map(|(id, _)| id)).await?;
            for (id, rows) in part {
                let known = known.remove(&id);
                self.before += usize::from(known.as_ref().is_some_and(|known| self.is_present(known)));
                self.put(id, rows, known)?;
                self.recorder.pause().await?;
            }
        }
    }

    /// Puts an identity together and records it where it is not what it was.
    fn put(&mut self, id: IdentityId, rows: Rows, known: Option<IdentityRecord>) -> Result<()> {
        let before = known.as_ref().map(identity_of).transpose()?;
        let before = before.as_ref().and_then(Identity::as_person);
        let identity = match self.assemble(&id, &rows, before) {
            Ok(identity) => identity,
            Err(rejected) => {
                self.rejected.push(rejected);
                // Somebody who cannot be read is not here; the list is doubted for it.
                if known.is_some_and(|known| self.is_present(&known)) {
                    self.absent.push(id);
                }
                return Ok(());
            }
        };
        self.found += 1;
        match (identity.as_person(), before) {
            (Some(person), Some(before)) if lacks_engagements(person, before) => self.torn.push((id, rows)),
            _ => self.record(&identity, known),
        }
        Ok(())
    }

    fn assemble(
        &self,
        id: &IdentityId,
        rows: &Rows,
        before: Option<&Person>,
    ) -> std::result::Result<Identity, RejectedItem> {
        let zone = self.engine.zone;
        match rows {
            Rows::Worker(rows) => assemble::person(id, rows, before, zone, self.now).map(Identity::Person),
            Rows::Workload(row) => assemble::workload(id, row, zone).map(Identity::Workload),
        }
    }

    fn record(&mut self, identity: &Identity, known: Option<IdentityRecord>) {
        let record = self.record_of(identity, None);
        self.digest.update(canonical_json(&record.document));
        match known {
            Some(known) if known.document == record.document && known.absent_since.is_none() => return,
            Some(_) => self.changed += 1,
            None => self.new += 1,
        }
        self.recorder.push(due(&record.id, self.now));
        self.recorder.push(Write::Identity(record));
    }

    fn judge(&mut self) {
        let (found, before, absent) = (self.found, self.before, self.absent.len());
        let options = &self.source.options;
        if !self.rejected.is_empty() {
            self.doubt.get_or_insert_with(|| format!("{} rows could not be read", self.rejected.len()));
        }
        if found == 0 && before > 0 {
            self.doubt.get_or_insert_with(|| {
                format!("the feed is empty, but {before} were in it before: it says that everyone left")
            });
        }
        if absent > options.shrink_least && absent * 100 > before * usize::from(options.shrink_percent) {
            let percent = options.shrink_percent;
            self.doubt.get_or_insert_with(|| {
                format!("{absent} of {before} are missing, more than the {percent} percent that are believed")
            });
        }
    }

    async fn finish(mut self, look: Look) -> Result<SourceReport> {
        let believed =
            look == Look::All && self.doubt.is_none() && self.source.options.absence == Absence::Terminate;
        self.mend(believed).await?;
        if believed {
            self.let_go().await?;
        }
        self.recorder.commit().await?;
        // What comes now goes into one commit: from then on the look has ended.
        if look == Look::All {
            self.recorder.push(Write::Snapshot(SnapshotRecord {
                scope: scope(self.source, self.class),
                at: self.now,
                count: self.read as u64,
                complete: self.doubt.is_none(),
                doubt: self.doubt.clone(),
                digest: sha256_hex(&self.digest.finalize()),
            }));
        }
        Ok(SourceReport {
            name: self.source.name.clone(),
            class: self.class.to_string(),
            by_delta: look == Look::Changes,
            read: self.read,
            new: self.new,
            changed: self.changed,
            absent: self.absent.len(),
            complete: self.doubt.is_none(),
            doubt: self.doubt,
            rejected: self.rejected,
        })
    }

    /// Ends the engagements that people lack, or keeps them as they were.
    async fn mend(&mut self, believed: bool) -> Result<()> {
        let mut torn = std::mem::take(&mut self.torn);
        while !torn.is_empty() {
            let part: Vec<_> = torn.drain(..torn.len().min(PAGE)).collect();
            let mut known = self.known_of(part.iter().map(|(id, _)| id)).await?;
            for (id, rows) in part {
                let known = known.remove(&id);
                let before = known.as_ref().map(identity_of).transpose()?;
                let before = before.as_ref().and_then(Identity::as_person);
                let (Ok(Identity::Person(mut person)), Some(before)) =
                    (self.assemble(&id, &rows, before), before)
                else {
                    continue;
                };
                let keep: Vec<EngagementId> =
                    person.engagements.iter().map(|engagement| engagement.id.clone()).collect();
                if believed {
                    assemble::end_absent(&mut person, before, &keep, self.now);
                } else {
                    let missing = before.engagements.iter().filter(|old| !keep.contains(&old.id));
                    person.engagements.extend(missing.cloned());
                    person.engagements.sort_by(|a, b| a.id.cmp(&b.id));
                }
                self.record(&Identity::Person(person), known);
                self.recorder.pause().await?;
            }
        }
        Ok(())
    }

    /// Records that those are gone who are absent.
    async fn let_go(&mut self) -> Result<()> {
        let absent = std::mem::take(&mut self.absent);
        for part in absent.chunks(PAGE) {
            for known in self.known_of(part.iter()).await?.into_values() {
                let gone = self.gone(identity_of(&known)?);
                self.recorder.push(due(&gone.id, self.now));
                self.recorder.push(Write::Identity(gone));
            }
            self.recorder.pause().await?;
        }
        self.absent = absent;
        Ok(())
    }

    fn gone(&self, mut identity: Identity) -> IdentityRecord {
        match &mut identity {
            Identity::Person(person) => {
                let before = person.clone();
                person.engagements.clear();
                assemble::end_absent(person, &before, &[], self.now);
            }
            Identity::Workload(workload) => assemble::expire_absent(workload, self.now),
        }
        self.record_of(&identity, Some(self.now))
    }

    fn record_of(&self, identity: &Identity, absent_since: Option<DateTime<Utc>>) -> IdentityRecord {
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

    /// Some of the identities that the source is known to have.
    async fn known_of(
        &self,
        ids: impl Iterator<Item = &IdentityId>,
    ) -> Result<BTreeMap<IdentityId, IdentityRecord>> {
        let ids: Vec<String> = ids.map(ToString::to_string).collect();
        let found = self.engine.store.identities_of(&ids).await?.into_iter();
        found
            .filter(|record| self.is_ours(record))
            .map(|record| Ok((identity_id(&record.id)?, record)))
            .collect()
    }

    fn is_ours(&self, record: &IdentityRecord) -> bool {
        record.source == self.source.name
    }

    fn is_present(&self, record: &IdentityRecord) -> bool {
        record.kind == kind_of(self.class) && record.absent_since.is_none()
    }
}

fn lacks_engagements(person: &Person, before: &Person) -> bool {
    let has = |id: &EngagementId| person.engagements.iter().any(|engagement| engagement.id == *id);
    before.engagements.iter().any(|old| !has(&old.id))
}

fn identity_of(record: &IdentityRecord) -> Result<Identity> {
    decode("identity", record.document.clone())
}
