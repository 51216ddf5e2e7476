use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::gather::Batch;
use super::{groups, groups_of};
use crate::directory::db::{Param, Row, Server};
use crate::directory::error::Result;
use crate::directory::row::{COLUMN_COUNT, COLUMNS, Stored};

/// A live resource to be read by its id, whatever its class.
pub(super) struct Get {
    pub(super) id: String,
}

/// A resource and the groups that it is in.
#[derive(Debug, Clone)]
pub(super) struct Got {
    pub(super) class: String,
    pub(super) stored: Stored,
    pub(super) groups: Vec<Value>,
}

impl Got {
    /// How many columns a row of one has: those of the resource, its class, its groups.
    pub(super) const COLUMN_COUNT: usize = COLUMN_COUNT + 2;

    pub(super) fn read(row: &mut Row) -> Result<Self> {
        let stored = Stored::read(row)?;
        Ok(Self { class: row.text(COLUMN_COUNT)?, groups: groups(row.maybe_text(COLUMN_COUNT + 1))?, stored })
    }
}

impl Batch for Get {
    type Answer = Got;

    async fn run(server: &Server, all: &[Self]) -> Result<Vec<Option<Got>>> {
        let ids = Param::Texts(all.iter().map(|one| one.id.as_str()).collect());
        let mut found: HashMap<String, Got> = HashMap::new();
        for mut row in server.at_once(&GET, &[ids]).await? {
            let got = Got::read(&mut row)?;
            found.insert(got.stored.id.clone(), got);
        }
        Ok(all.iter().map(|one| found.get(&one.id).cloned()).collect())
    }
}

static GET: LazyLock<String> = LazyLock::new(|| {
    let groups = groups_of("r.id");
    format!(
        "SELECT {COLUMNS}, r.class, {groups} FROM unnest(?1::text[]) j(value) JOIN resource r ON r.id = j.value \
         WHERE r.deleted IS NULL"
    )
});
