use std::collections::BTreeSet;

use tenure_connector::RejectedItem;
use tenure_connector::record::WorkloadRecord;

use super::field::Fields;

pub(super) fn read(fields: &Fields<'_>) -> Result<WorkloadRecord, Box<RejectedItem>> {
    let workload_id = fields.required("workloadId")?;
    let with_id = |mut item: Box<RejectedItem>| {
        item.item.get_or_insert_with(|| workload_id.clone());
        item
    };
    read_with_id(fields, &workload_id).map_err(with_id)
}

fn read_with_id(fields: &Fields<'_>, workload_id: &str) -> Result<WorkloadRecord, Box<RejectedItem>> {
    Ok(WorkloadRecord {
        workload_id: workload_id.to_owned(),
        name: fields.required("name")?,
        owner_id: fields.required("ownerId")?,
        purpose: fields.required("purpose")?,
        scope: fields.text("scope").map(|text| scope(&text)).unwrap_or_default(),
        expires: fields.date("expires")?,
        rotated: fields.date("rotated")?,
        reviewed: fields.date("reviewed")?,
        environment: fields.text("environment"),
        extra: fields.extra().collect(),
    })
}

fn scope(text: &str) -> BTreeSet<String> {
    text.split(';').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}
