use tenure_connector::RejectedItem;
use tenure_connector::record::{LeaveRecord, WorkerRecord, WorkerStatus};

use super::field::Fields;

pub(super) fn read(fields: &Fields<'_>, default_type: &str) -> Result<WorkerRecord, Box<RejectedItem>> {
    let worker_id = fields.required("workerId")?;
    let with_id = |mut item: Box<RejectedItem>| {
        item.item.get_or_insert_with(|| worker_id.clone());
        item
    };
    read_with_id(fields, &worker_id, default_type).map_err(with_id)
}

fn read_with_id(
    fields: &Fields<'_>,
    worker_id: &str,
    default_type: &str,
) -> Result<WorkerRecord, Box<RejectedItem>> {
    let start_date = fields.required_date("startDate")?;
    let end_date = fields.date("endDate")?;
    fields.in_order(start_date, "endDate", end_date)?;
    Ok(WorkerRecord {
        worker_id: worker_id.to_owned(),
        engagement_id: fields.text("engagementId").unwrap_or_else(|| worker_id.to_owned()),
        engagement_type: fields.text("engagementType").unwrap_or_else(|| default_type.to_owned()),
        given_name: fields.required("givenName")?,
        family_name: fields.required("familyName")?,
        preferred_name: fields.text("preferredName"),
        email: fields.text("email"),
        start_date,
        end_date,
        time_zone: fields.zone("timeZone")?,
        manager_id: fields.text("managerId"),
        department: fields.text("department"),
        team: fields.text("team"),
        title: fields.text("title"),
        cost_center: fields.text("costCenter"),
        location: fields.text("location"),
        country: fields.text("country"),
        primary: fields.flag("primary", true)?,
        leaves: leave(fields)?.into_iter().collect(),
        status: status(fields)?,
        extra: fields.extra().collect(),
    })
}

fn leave(fields: &Fields<'_>) -> Result<Option<LeaveRecord>, Box<RejectedItem>> {
    let (kind, until) = (fields.cell("leaveType"), fields.date("leaveUntil")?);
    let Some(from) = fields.date("leaveFrom")? else {
        let stray = kind.or_else(|| fields.cell("leaveUntil"));
        return match stray {
            None => Ok(None),
            Some(cell) => Err(Box::new(RejectedItem::new(&cell.place, "a `leaveFrom` with it", &cell.text))),
        };
    };
    fields.in_order(from, "leaveUntil", until)?;
    let kind = kind.map_or_else(|| "Leave".to_owned(), |cell| cell.text.clone());
    Ok(Some(LeaveRecord { kind, from, until }))
}

fn status(fields: &Fields<'_>) -> Result<WorkerStatus, Box<RejectedItem>> {
    let Some(cell) = fields.cell("status") else { return Ok(WorkerStatus::Active) };
    let wrong = |_| RejectedItem::new(&cell.place, "active, rescinded or terminated", &cell.text);
    cell.text.parse().map_err(|error| Box::new(wrong(error)))
}
