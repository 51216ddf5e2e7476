//! The rows of a class by the identity they are about.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use tenure_connector::RejectedItem;
use tenure_connector::record::{WorkerRecord, WorkloadRecord};
use tenure_policy::IdentityId;

use super::row::{Record, Row};

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

/// Groups rows. Those that say something twice are added to what was rejected.
pub(super) fn group(rows: impl IntoIterator<Item = Row>, rejected: &mut Vec<RejectedItem>) -> Groups {
    let mut groups = Groups::new();
    for Row { id, place, record } in rows {
        let added = match record {
            Record::Worker(record) => add_worker(&mut groups, place, id, *record),
            Record::Workload(record) => add_workload(&mut groups, place, id, record),
        };
        rejected.extend(added.err());
    }
    groups
}

fn add_worker(
    groups: &mut Groups,
    place: String,
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
            Err(RejectedItem::new(place, expected, &record.engagement_id).with_item(&record.worker_id))
        }
    }
}

fn add_workload(
    groups: &mut Groups,
    place: String,
    id: IdentityId,
    record: Box<WorkloadRecord>,
) -> Result<(), RejectedItem> {
    match groups.entry(id) {
        Entry::Vacant(free) => {
            free.insert(Rows::Workload(record));
            Ok(())
        }
        Entry::Occupied(taken) => {
            Err(RejectedItem::new(place, "a `workloadId` that comes once", taken.key().as_str()))
        }
    }
}
