use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tenure_connector::entitlement::{Entitlement, GrantRecord};
use tenure_connector::memory::{SavedObject, Tenant, TenantRules};
use tenure_connector::{ConnectorError, ConnectorSchema, ObjectClass, Result, files};
use tenure_scim::Resource;

use super::cells::{self, wrong};
use super::{CsvTargetConfig, FileFormat};

const CLASSES: [(ObjectClass, &str); 2] = [(ObjectClass::USER, "accounts"), (ObjectClass::GROUP, "groups")];

/// The files of one target.
#[derive(Debug, Clone)]
pub(super) struct Store {
    pub(super) config: CsvTargetConfig,
}

#[derive(Debug, Serialize, Deserialize)]
struct Counter {
    next_id: u64,
}

impl Store {
    /// Reads everything.
    pub(super) fn load(&self) -> Result<Tenant> {
        let catalogue = self.read_catalogue()?;
        let rules = TenantRules::default().with_open_catalogue(catalogue.is_none());
        let mut tenant =
            catalogue.unwrap_or_default().into_iter().fold(Tenant::new(), Tenant::with_entitlement);
        tenant = tenant.with_rules(rules);
        let schema = tenant.schema();
        for (class, name) in &CLASSES {
            for saved in self.read_objects(class, name, &schema)? {
                tenant.load(class, saved);
            }
        }
        self.read_grants()?.into_iter().for_each(|grant| tenant.load_grant(grant));
        if let Some(text) = files::read(&self.counter_path())? {
            let counter: Counter = parse_json("counter.json", &text)?;
            tenant.reserve_ids_below(counter.next_id);
        }
        Ok(tenant)
    }

    /// Writes what differs between two states.
    ///
    /// The counter goes first, since a number that is never used does no harm, and grants last, since those of an
    /// account that is not there are dropped when they are read: whichever write is the last before a crash, the files
    /// hold either the state before the operation or the one after it.
    pub(super) fn save(&self, before: &Tenant, after: &Tenant) -> Result<()> {
        if before.next_id() != after.next_id() {
            files::replace(&self.counter_path(), &to_json(&Counter { next_id: after.next_id() })?)?;
        }
        for (class, name) in &CLASSES {
            let objects = after.save(class);
            if before.save(class) != objects {
                files::replace(&self.path(name), &self.write_objects(&objects)?)?;
            }
        }
        let grants = after.save_grants();
        if before.save_grants() != grants {
            files::replace(&self.path("grants"), &self.write_grants(&grants)?)?;
        }
        Ok(())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.config.directory.join(self.file(name))
    }

    fn file(&self, name: &str) -> String {
        match self.config.format {
            FileFormat::Csv => format!("{name}.csv"),
            FileFormat::Json => format!("{name}.json"),
        }
    }

    fn counter_path(&self) -> PathBuf {
        self.config.directory.join("counter.json")
    }

    fn read_objects(
        &self,
        class: &ObjectClass,
        name: &str,
        schema: &ConnectorSchema,
    ) -> Result<Vec<SavedObject>> {
        let Some(text) = files::read(&self.path(name))? else { return Ok(Vec::new()) };
        let file = self.file(name);
        if self.config.format == FileFormat::Json {
            return parse_json(&file, &text);
        }
        let registry = schema.registry()?;
        let described =
            registry.resource(class.as_str()).ok_or_else(|| ConnectorError::unknown_class(class))?;
        cells::read(&file, &text, described)
    }

    fn write_objects(&self, objects: &[SavedObject]) -> Result<String> {
        match self.config.format {
            FileFormat::Csv => cells::write(objects),
            FileFormat::Json => to_json(&objects),
        }
    }

    fn read_grants(&self) -> Result<Vec<GrantRecord>> {
        let file = self.file("grants");
        self.read_records("grants")?
            .iter()
            .map(|resource| {
                GrantRecord::try_from(resource).map_err(|error| {
                    ConnectorError::invalid_input(error.attribute(), format!("{file}: {error}"))
                })
            })
            .collect()
    }

    /// What can be granted, when the operator put a file of it beside the others; anything when not.
    fn read_catalogue(&self) -> Result<Option<Vec<Entitlement>>> {
        let file = self.file("entitlements");
        if files::read(&self.path("entitlements"))?.is_none() {
            return Ok(None);
        }
        let wrong = |error: tenure_connector::record::RecordError| {
            ConnectorError::invalid_input(error.attribute(), format!("{file}: {error}"))
        };
        let records = self.read_records("entitlements")?;
        records
            .iter()
            .map(|resource| Entitlement::try_from(resource).map_err(wrong))
            .collect::<Result<_>>()
            .map(Some)
    }

    fn read_records(&self, name: &str) -> Result<Vec<Resource>> {
        let Some(text) = files::read(&self.path(name))? else { return Ok(Vec::new()) };
        let file = self.file(name);
        match self.config.format {
            FileFormat::Json => parse_json(&file, &text),
            FileFormat::Csv => csv_records(&file, &text),
        }
    }

    fn write_grants(&self, grants: &[GrantRecord]) -> Result<String> {
        let resources: Vec<_> = grants.iter().map(Resource::from).collect();
        if self.config.format == FileFormat::Json {
            return to_json(&resources);
        }
        let header = ["principal", "kind", "value", "immutable", "parameters"].map(str::to_owned).to_vec();
        let row = |resource: &Resource| {
            let cell = |name: &str| match resource.attr(name).map(tenure_scim::ValueRef::to_json) {
                None => String::new(),
                Some(serde_json::Value::String(text)) => text,
                Some(other) => other.to_string(),
            };
            header.iter().map(|name| cell(name)).collect::<Vec<_>>()
        };
        let rows: Vec<_> = resources.iter().map(row).collect();
        cells::to_text(std::iter::once(header.clone()).chain(rows).collect())
    }
}

/// Reads flat records: a cell that is JSON other than text stands for itself.
fn csv_records(file: &str, text: &str) -> Result<Vec<Resource>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let broken = |source: csv::Error| {
        ConnectorError::invalid_input("file", format!("{file}: expected rows of cells")).with_source(source)
    };
    let header = reader.headers().map_err(broken)?.clone();
    let mut records = Vec::new();
    for record in reader.records() {
        let record = record.map_err(broken)?;
        let place = format!("{file}:{}", record.position().map_or(0, csv::Position::line));
        let mut resource = Resource::default();
        for (column, cell) in header.iter().zip(&record).filter(|(_, cell)| !cell.is_empty()) {
            let path =
                column.parse().map_err(|_| wrong(&place, column, "the name of an attribute", column))?;
            resource.set(&path, typed(column, cell));
        }
        records.push(resource);
    }
    Ok(records)
}

fn typed(column: &str, cell: &str) -> serde_json::Value {
    let plain = || serde_json::Value::from(cell);
    match column {
        "immutable" | "capacity" | "used" | "parameters" => {
            serde_json::from_str(cell).unwrap_or_else(|_| plain())
        }
        _ => plain(),
    }
}

fn parse_json<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|source| {
        let place = format!("{file}:{}:{}", source.line(), source.column());
        ConnectorError::invalid_input("file", format!("{place}: expected what this connector writes"))
            .with_source(source)
    })
}

fn to_json<T: Serialize>(value: &T) -> Result<String> {
    let text = serde_json::to_string_pretty(value);
    let mut text = text.map_err(|source| {
        ConnectorError::invalid_input("file", "the objects cannot be written as JSON").with_source(source)
    })?;
    text.push('\n');
    Ok(text)
}
