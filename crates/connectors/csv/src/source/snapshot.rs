use std::collections::BTreeMap;
use std::path::Path;

use tenure_connector::memory::Tenant;
use tenure_connector::{ObjectClass, RejectedItem, Result};
use tenure_scim::Resource;

use super::field::Fields;
use super::header::Header;
use super::{Completeness, CsvSourceConfig, worker, workload};
use crate::columns::{self, Column};
use crate::table::{self, Row, Table, Writing, decode, read};

/// What one file says at one moment.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) tenant: Tenant,
    pub(super) rejected: Vec<RejectedItem>,
    pub(super) complete: bool,
}

pub(super) fn take(path: &Path, class: &ObjectClass, config: &CsvSourceConfig) -> Result<Snapshot> {
    let writing = Writing { separator: config.separator, encoding: config.encoding.as_deref() };
    let table = table::load(path, writing)?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let columns = columns_of(class);
    let header = Header::read(&table, columns, config, &name)?;
    let mut rejected = table.rejected.clone();
    let mut tenant = Tenant::new();
    let mut first_place: BTreeMap<String, String> = BTreeMap::new();
    for row in &table.rows {
        match read_row(class, &header, row, config, &mut first_place) {
            Ok(resource) => {
                tenant.seed(class, resource);
            }
            Err(item) => rejected.push(*item),
        }
    }
    if let Err(item) = prove(path, &name, &table, config) {
        rejected.push(*item);
    }
    let complete = rejected.is_empty() && config.completeness != Completeness::Never;
    Ok(Snapshot { tenant, rejected, complete })
}

fn columns_of(class: &ObjectClass) -> &'static [Column] {
    match *class == ObjectClass::WORKLOAD {
        true => columns::WORKLOAD,
        false => columns::WORKER,
    }
}

fn read_row(
    class: &ObjectClass,
    header: &Header,
    row: &Row,
    config: &CsvSourceConfig,
    first_place: &mut BTreeMap<String, String>,
) -> std::result::Result<Resource, Box<RejectedItem>> {
    let fields = Fields { header, row, dates: &config.dates };
    if *class == ObjectClass::WORKLOAD {
        let record = workload::read(&fields)?;
        once(first_place, &record.workload_id, "workloadId", &fields)?;
        return Ok(with_id(Resource::from(&record), &record.workload_id));
    }
    let record = worker::read(&fields, &config.default_engagement_type)?;
    let column = if fields.cell("engagementId").is_some() { "engagementId" } else { "workerId" };
    once(first_place, &record.engagement_id, column, &fields)?;
    Ok(with_id(Resource::from(&record), &record.engagement_id))
}

fn with_id(mut resource: Resource, id: &str) -> Resource {
    resource.set_id(id);
    resource
}

fn once(
    first_place: &mut BTreeMap<String, String>,
    id: &str,
    column: &str,
    fields: &Fields<'_>,
) -> std::result::Result<(), Box<RejectedItem>> {
    let place = fields.cell(column).map_or(&fields.row.place, |cell| &cell.place);
    match first_place.get(id) {
        None => {
            first_place.insert(id.to_owned(), place.clone());
            Ok(())
        }
        Some(first) => {
            let item =
                RejectedItem::new(place, format!("a `{column}` that no other row has"), id).with_item(id);
            Err(Box::new(item.with_help(format!("the first row with it is at {first}"))))
        }
    }
}

/// Says what is missing from the proof that the file holds everybody.
fn prove(
    path: &Path,
    name: &str,
    table: &Table,
    config: &CsvSourceConfig,
) -> std::result::Result<(), Box<RejectedItem>> {
    let rows = u64::try_from(table.rows.len()).unwrap_or(u64::MAX);
    let short = |expected: String| {
        let item = RejectedItem::new(name, expected, format!("{rows} rows"));
        Box::new(item.with_help("nobody is taken for a leaver from this export"))
    };
    if rows == 0 {
        return Err(short("at least one row".to_owned()));
    }
    match config.completeness {
        Completeness::AtLeast(least) if rows < least => Err(short(format!("at least {least} rows"))),
        Completeness::CountFile => {
            let mut beside = path.as_os_str().to_owned();
            beside.push(".count");
            let count = read(Path::new(&beside)).and_then(|bytes| decode(&bytes, name, None)).ok();
            match count.as_deref().map(str::trim) {
                Some(text) if text.parse() == Ok(rows) => Ok(()),
                Some(text) => Err(short(format!("{text} rows, as `{name}.count` says"))),
                None => Err(short(format!("a file `{name}.count` with the number of rows"))),
            }
        }
        _ => Ok(()),
    }
}
