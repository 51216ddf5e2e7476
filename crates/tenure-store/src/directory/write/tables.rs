//! What every write keeps true: keys, versions, counters and the feed of changes.

use std::sync::PoisonError;

use serde_json::Value;
use tenure_connector::{ErrorKind, Fields};
use tenure_scim::Resource;

use super::Write;
use crate::directory::db::{OnlyWriter, Param, Statement};
use crate::directory::error::{Result, refused};
use crate::directory::fields::drop_attribute;
use crate::directory::row::{Rows, Stored, live_counter, stamp};
use crate::directory::shape::Shape;

impl Write<'_> {
    /// Writes a changed resource, whose keys were `before`: its body, its keys, its version. Returns the new version.
    pub(super) async fn save(
        &self,
        shape: &Shape,
        stored: &Stored,
        before: &Value,
        resource: &Resource,
    ) -> Result<i64> {
        let bare = bare(shape, resource.clone());
        let keys = shape.keys(&bare)?;
        self.check_unique(shape, Some(before), &keys, Some(stored.seq)).await?;
        for index in shape.indexes.iter().filter(|index| index.multi) {
            if index.keys(&keys) != index.keys(before) {
                let sql = "DELETE FROM lookup WHERE seq = ?1 AND name = ?2";
                self.later(sql, [stored.seq.into(), index.rows(shape).into()]);
                self.index(shape, index, stored.seq, &keys);
            }
        }
        let (modified, body) = (self.modified(stored), text(&bare)?);
        if self.show && !shape.has_members {
            let (id, body) = (stored.id.clone(), body.clone());
            let row = Stored { id, version: stored.version + 1, modified, body, ..*stored };
            self.showing(Rows::read(self.session, shape, &Fields::All, vec![row]).await?);
        }
        let mut sql = "UPDATE resource SET version = version + 1, modified = ?2, body = ?3".to_owned();
        let mut params: Vec<Param<'static>> = vec![stored.seq.into(), modified.into(), body.into()];
        // Keys that are as they were are left alone, and with them their indexes.
        if keys != *before {
            sql.push_str(", keys = ?4");
            params.push(json(&keys)?.into());
            let changed = self.session.only_writer().map(|writer| writer.columns.changed(before, &keys));
            for (column, key) in changed.into_iter().flatten() {
                params.push(key.into_owned());
                sql.push_str(&format!(", {column} = ?{}", params.len()));
            }
        }
        sql.push_str(" WHERE seq = ?1");
        self.late(Statement { sql: sql.into(), params });
        self.feed(shape, &stored.id, Fed::Changed);
        Ok(stored.version + 1)
    }

    fn index(&self, shape: &Shape, index: &crate::directory::shape::Index, seq: i64, keys: &Value) {
        for key in index.keys(keys) {
            self.later(LOOK_UP, [index.rows(shape).into(), key.to_owned().into(), seq.into()]);
        }
    }

    /// Gives a resource a new version and time of change.
    pub(super) fn touch(&self, shape: &Shape, stored: &Stored) -> i64 {
        let sql = "UPDATE resource SET version = version + 1, modified = ?2 WHERE seq = ?1";
        self.later(sql, [stored.seq.into(), self.modified(stored).into()]);
        self.feed(shape, &stored.id, Fed::Changed);
        stored.version + 1
    }

    /// A clock that was set back does not make a resource older.
    fn modified(&self, stored: &Stored) -> i64 {
        stamp(self.now).max(stored.modified)
    }

    /// Says in the feed what became of a resource.
    pub(super) fn feed(&self, shape: &Shape, id: &str, fed: Fed) {
        let class = shape.class.as_str().to_owned();
        if self.session.only_writer().is_some() {
            let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
            counted.changes.push((class, id.to_owned(), fed));
            return;
        }
        let sql = "INSERT INTO change (class, id, n, gone) VALUES (?1, ?2, pg_current_xact_id(), ?3) \
                   ON CONFLICT (class, id) DO UPDATE SET n = excluded.n, gone = excluded.gone";
        self.later(sql, [class.into(), id.to_owned().into(), Param::Flag(fed == Fed::Gone)]);
    }

    /// Adds to the number of live resources of a class.
    pub(super) fn count_live(&self, shape: &Shape, by: i64) {
        let counter = live_counter(shape.class.as_str());
        if self.session.only_writer().is_some() {
            self.counted.lock().unwrap_or_else(PoisonError::into_inner).live.push((counter, by));
            return;
        }
        let sql = "INSERT INTO counter (name, shard, value) VALUES (?1, pg_backend_pid() % 16, ?2) \
                   ON CONFLICT (name, shard) DO UPDATE SET value = counter.value + ?2";
        self.later(sql, [counter.into(), by.into()]);
    }

    /// Carries out what was put off.
    pub(super) async fn settle(&self) -> Result<()> {
        let late = std::mem::take(&mut *self.late.lock().unwrap_or_else(PoisonError::into_inner));
        self.session.execute_all(&late).await?;
        let Some(OnlyWriter { tally, .. }) = self.session.only_writer() else { return Ok(()) };
        let counted = std::mem::take(&mut *self.counted.lock().unwrap_or_else(PoisonError::into_inner));
        for (class, id, fed) in counted.changes {
            let number = tally.next_change(self.session).await?;
            let sql = match fed {
                Fed::Made => "INSERT INTO change (class, id, n, gone) VALUES (?1, ?2, ?3, ?4)",
                Fed::Changed | Fed::Gone => {
                    "INSERT INTO change (class, id, n, gone) VALUES (?1, ?2, ?3, ?4) \
                     ON CONFLICT (class, id) DO UPDATE SET n = excluded.n, gone = excluded.gone"
                }
            };
            let gone = Param::Flag(fed == Fed::Gone);
            self.session.execute(sql, &[class.into(), id.into(), number.into(), gone]).await?;
        }
        // Nothing fails any more: what is counted here stands for a write that is kept.
        counted.live.into_iter().for_each(|(counter, by)| tally.add(counter, by));
        Ok(())
    }
}

/// What the feed says of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fed {
    /// It is new, so the feed knows nothing of it yet.
    Made,
    Changed,
    Gone,
}

/// What a write counts, where there is one writer to count it.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// Class, id, and what became of the resource.
    changes: Vec<(String, String, Fed)>,
    live: Vec<(String, i64)>,
}

/// The resource without what is not in the `body` column.
pub(super) fn bare(shape: &Shape, mut resource: Resource) -> Resource {
    let rows = [shape.has_members.then_some("members"), shape.has_groups.then_some("groups")];
    for name in ["id", "meta", "password"].into_iter().chain(rows.into_iter().flatten()) {
        if resource.as_object().get(name).is_some() {
            drop_attribute(&mut resource, name);
        }
    }
    resource
}

/// The statement that writes down a value of an indexed multi-valued attribute.
pub(super) const LOOK_UP: &str = "INSERT INTO lookup (name, key, seq) VALUES (?1, ?2, ?3)";

/// The text of the `body` column.
pub(super) fn text(bare: &Resource) -> Result<String> {
    json(bare)
}

/// A value as JSON text.
pub(super) fn json(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| refused(ErrorKind::Unexpected, error.to_string()))
}
