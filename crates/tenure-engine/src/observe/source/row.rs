//! One row of a source.

use tenure_connector::record::{RecordError, WorkerRecord, WorkloadRecord};
use tenure_connector::{Object, ObjectClass, RejectedItem};
use tenure_policy::{IdentityId, Zone};
use tenure_scim::Resource;
use tenure_store::StagedRow;

use crate::{EngineError, Result, assemble};

/// What a row says.
#[derive(Debug)]
pub(super) enum Record {
    Worker(Box<WorkerRecord>),
    Workload(Box<WorkloadRecord>),
}

/// A row that can be made a part of an identity.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: IdentityId,
    /// Where it is, for messages.
    pub(super) place: String,
    pub(super) record: Record,
}

impl Row {
    pub(super) fn read(
        class: &ObjectClass,
        item: &Object,
        zone: Zone,
    ) -> std::result::Result<Self, RejectedItem> {
        let row = Self::parse(class, &item.resource, item.object.to_string())?;
        match &row.record {
            Record::Worker(record) => assemble::check(record, zone)?,
            Record::Workload(record) => drop(assemble::workload(&row.id, record, zone)?),
        }
        Ok(row)
    }

    pub(super) fn staged(&self) -> StagedRow {
        let resource = match &self.record {
            Record::Worker(record) => Resource::from(&**record),
            Record::Workload(record) => Resource::from(&**record),
        };
        StagedRow { identity: self.id.to_string(), place: self.place.clone(), row: resource.to_text() }
    }

    pub(super) fn from_staged(class: &ObjectClass, staged: StagedRow) -> Result<Self> {
        let resource: Resource =
            staged.row.parse().map_err(|error| EngineError::corrupt("row of a source", &error))?;
        Self::parse(class, &resource, staged.place)
            .map_err(|error| EngineError::corrupt("row of a source", &error))
    }

    /// What must not come twice of one identity.
    pub(super) fn part(&self) -> &str {
        match &self.record {
            Record::Worker(record) => &record.engagement_id,
            Record::Workload(_) => "",
        }
    }

    fn parse(
        class: &ObjectClass,
        resource: &Resource,
        place: String,
    ) -> std::result::Result<Self, RejectedItem> {
        let (id, record) = match *class == ObjectClass::WORKER {
            true => {
                let record = read(WorkerRecord::try_from(resource), &place)?;
                (record.worker_id.clone(), Record::Worker(Box::new(record)))
            }
            false => {
                let record = read(WorkloadRecord::try_from(resource), &place)?;
                (record.workload_id.clone(), Record::Workload(Box::new(record)))
            }
        };
        match IdentityId::parse(&id) {
            Ok(id) => Ok(Self { id, place, record }),
            Err(_) => Err(RejectedItem::new(place, "a usable id", id)),
        }
    }
}

fn read<T>(record: std::result::Result<T, RecordError>, place: &str) -> std::result::Result<T, RejectedItem> {
    record.map_err(|error| {
        let expected = format!("{} in `{}`", error.expected(), error.attribute());
        RejectedItem::new(place, expected, error.found())
    })
}
