use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::gather::Batch;
use super::{groups, groups_of};
use crate::directory::db::{Param, Server};
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

impl Batch for Get {
    type Answer = Got;

    async fn run(server: &Server, all: &[Self]) -> Result<Vec<Option<Got>>> {
        let ids = Param::Texts(all.iter().map(|one| one.id.as_str()).collect());
        let mut found: HashMap<String, Got> = HashMap::new();
        for mut row in server.at_once(&GET, &[ids]).await? {
            let stored = Stored::read(&mut row)?;
            let got = Got {
                class: row.text(COLUMN_COUNT)?,
                groups: groups(row.maybe_text(COLUMN_COUNT + 1))?,
                stored,
            };
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
