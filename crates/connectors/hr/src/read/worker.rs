use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use tenure_connector::RejectedItem;
use tenure_connector::record::{LeaveRecord, WorkerRecord, WorkerStatus};

use super::Columns;
use super::columns::Read;

/// A worker as one record has it, before the records of a person are put together.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) worker: WorkerRecord,
    pub(crate) place: String,
    /// The id that the person had before.
    pub(crate) previous: Option<String>,
    /// The day on which the record takes effect.
    pub(crate) effective: Option<NaiveDate>,
    pub(crate) zone: Option<Tz>,
    /// What the record says itself about being the primary engagement.
    pub(crate) primary: Option<bool>,
    pub(crate) deleted: bool,
}

pub(crate) fn read(columns: Columns<'_>) -> Read<Draft> {
    let worker_id = columns.required("workerId")?;
    draft(columns, &worker_id).map_err(|mut item| {
        item.item.get_or_insert(worker_id);
        item
    })
}

fn draft(columns: Columns<'_>, worker_id: &str) -> Read<Draft> {
    let deleted = columns.flag("deleted")?.unwrap_or(false);
    let engagement = columns.text("engagementId").unwrap_or_else(|| worker_id.to_owned());
    if deleted {
        // A record that says so often has nothing else.
        let worker = WorkerRecord::new(worker_id, &engagement, "", "", "", NaiveDate::MIN);
        return Ok(Draft {
            worker,
            place: columns.record.place().to_owned(),
            previous: None,
            effective: columns.date("effectiveFrom")?,
            zone: None,
            primary: None,
            deleted,
        });
    }
    let config = columns.config;
    let start = columns.required_date("startDate")?;
    let mut end = columns.date("endDate")?;
    if config.end_is_first_day_off {
        end = end.and_then(|day| day.checked_sub_days(Days::new(1)));
    }
    columns.in_order(start, "endDate", end)?;
    let kind = columns.text("engagementType").unwrap_or_else(|| config.default_engagement_type.clone());
    let (given, family) = (columns.required("givenName")?, columns.required("familyName")?);
    let zone = columns.zone()?;
    let mut worker = WorkerRecord::new(worker_id, &engagement, &kind, &given, &family, start);
    worker.end_date = end;
    worker.preferred_name = columns.text("preferredName");
    worker.email = columns.text("email");
    worker.time_zone = zone.map(|zone| zone.name().to_owned());
    worker.manager_id = columns.text("managerId");
    worker.department = columns.text("department");
    worker.team = columns.text("team");
    worker.title = columns.text("title");
    worker.cost_center = columns.text("costCenter");
    worker.location = columns.text("location");
    worker.country = columns.text("country");
    worker.leaves = leave(columns)?.into_iter().collect();
    worker.status = status(columns, end)?;
    let kept = config.keep.iter().filter_map(|name| Some((name.clone(), columns.record.cell(name)?.text)));
    worker.extra = kept.filter(|(_, text)| !text.is_empty()).collect();
    Ok(Draft {
        worker,
        place: columns.record.place().to_owned(),
        previous: columns.text("previousId"),
        effective: columns.date("effectiveFrom")?,
        zone,
        primary: columns.flag("primary")?,
        deleted,
    })
}

fn status(columns: Columns<'_>, end: Option<NaiveDate>) -> Read<WorkerStatus> {
    let Some(cell) = columns.cell("status") else { return Ok(WorkerStatus::Active) };
    if cell.text.eq_ignore_ascii_case("inactive") {
        return Ok(if end.is_some() { WorkerStatus::Active } else { WorkerStatus::Terminated });
    }
    cell.text.parse().map_err(|_| {
        let item = RejectedItem::new(&cell.place, "active, inactive, rescinded or terminated", &cell.text);
        Box::new(item.with_help("say what it means under `values`"))
    })
}

fn leave(columns: Columns<'_>) -> Read<Option<LeaveRecord>> {
    let until = columns.date("leaveUntil")?;
    let Some(from) = columns.date("leaveFrom")? else {
        let stray = columns.cell("leaveType").or_else(|| columns.cell("leaveUntil"));
        return match stray {
            None => Ok(None),
            Some(cell) => Err(Box::new(RejectedItem::new(&cell.place, "a `leaveFrom` with it", &cell.text))),
        };
    };
    columns.in_order(from, "leaveUntil", until)?;
    let kind = columns.text("leaveType").unwrap_or_else(|| "Leave".to_owned());
    Ok(Some(LeaveRecord { kind, from, until }))
}
