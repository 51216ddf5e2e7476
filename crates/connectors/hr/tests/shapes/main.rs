//! What HR exports do to whoever reads them: the shapes, the mistakes, and what is said about each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod broken;
mod people;
mod proof;
mod vendors;

use std::sync::Arc;

use tenure_connector::record::WorkerRecord;
use tenure_connector::{Connector, Context, ListQuery, ObjectClass, Page, Result};
use tenure_connector_hr::{Field, HrConfig, HrSource, Mapping};

/// The day on which every test reads.
const NOW: &str = "2026-03-02T08:00:00Z";

fn clock(now: &'static str) -> tenure_connector::Clock {
    Arc::new(move || now.parse().unwrap())
}

async fn first_page(source: &HrSource) -> Result<Page> {
    source.list(&Context::new("test"), &ListQuery::new(ObjectClass::WORKER)).await
}

/// The page that a file with this text gives.
async fn read_at(now: &'static str, name: &str, text: &[u8], config: HrConfig) -> Result<Page> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    first_page(&HrSource::file(path, config, clock(now))?).await
}

async fn read(name: &str, text: &str, config: HrConfig) -> Result<Page> {
    read_at(NOW, name, text.as_bytes(), config).await
}

fn workers(page: &Page) -> Vec<WorkerRecord> {
    page.items.iter().map(|item| WorkerRecord::try_from(&item.resource).unwrap()).collect()
}

fn told(page: &Page) -> Vec<String> {
    page.rejected.iter().map(ToString::to_string).collect()
}

/// The shortest mapping: id, names, start.
fn short() -> Mapping {
    Mapping::new()
        .with("workerId", Field::named("id"))
        .with("givenName", Field::named("first"))
        .with("familyName", Field::named("last"))
        .with("startDate", Field::named("start"))
}
