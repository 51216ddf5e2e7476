//! The records of a class by the identity they are about.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use tenure_connector::record::{RecordError, WorkerRecord, WorkloadRecord};
use tenure_connector::{Object, ObjectClass, RejectedItem};
use tenure_policy::IdentityId;
use tenure_scim::Resource;

use crate::observe::walk::Walk;

/// What a source tells of one identity.
#[derive(Debug)]
pub(super) enum Rows {
    Worker(Vec<WorkerRecord>),
    Workload(Box<WorkloadRecord>),
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Worker(rows) => rows.len(),
            Self::Workload(_) => 1,
        }
    }
}

pub(super) type Groups = BTreeMap<IdentityId, Rows>;

/// Takes the items out of a walk. Those that cannot be read are added to what was rejected.
pub(super) fn group(class: &ObjectClass, found: &mut Walk) -> Groups {
    let mut groups = Groups::new();
    for item in std::mem::take(&mut found.items) {
        let added = match *class == ObjectClass::WORKER {
            true => parse(&item, |record: &WorkerRecord| &record.worker_id)
                .and_then(|(id, record)| add_worker(&mut groups, &item, id, record)),
            false => parse(&item, |record: &WorkloadRecord| &record.workload_id)
                .and_then(|(id, record)| add_workload(&mut groups, &item, id, record)),
        };
        found.rejected.extend(added.err());
    }
    groups
}

fn add_worker(
    groups: &mut Groups,
    item: &Object,
    id: IdentityId,
    record: WorkerRecord,
) -> Result<(), RejectedItem> {
    match groups.entry(id).or_insert_with(|| Rows::Worker(Vec::with_capacity(1))) {
        Rows::Worker(rows) if rows.iter().all(|row| row.engagement_id != record.engagement_id) => {
            rows.push(record);
            Ok(())
        }
        _ => {
            let expected = "an `engagementId` that comes once";
            let rejected = RejectedItem::new(place(item), expected, &record.engagement_id);
            Err(rejected.with_item(&record.worker_id))
        }
    }
}

fn add_workload(
    groups: &mut Groups,
    item: &Object,
    id: IdentityId,
    record: WorkloadRecord,
) -> Result<(), RejectedItem> {
    match groups.entry(id) {
        Entry::Vacant(free) => {
            free.insert(Rows::Workload(Box::new(record)));
            Ok(())
        }
        Entry::Occupied(taken) => {
            let expected = "a `workloadId` that comes once";
            Err(RejectedItem::new(place(item), expected, taken.key().as_str()))
        }
    }
}

fn parse<'a, T>(item: &'a Object, id: impl Fn(&T) -> &String) -> Result<(IdentityId, T), RejectedItem>
where
    T: TryFrom<&'a Resource, Error = RecordError>,
{
    let record = T::try_from(&item.resource).map_err(|error| {
        let expected = format!("{} in `{}`", error.expected(), error.attribute());
        RejectedItem::new(place(item), expected, error.found())
    })?;
    match IdentityId::parse(id(&record)) {
        Ok(found) => Ok((found, record)),
        Err(_) => Err(RejectedItem::new(place(item), "a usable id", id(&record))),
    }
}

fn place(item: &Object) -> String {
    item.object.to_string()
}
