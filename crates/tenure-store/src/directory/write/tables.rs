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
        let mut set = "version = version + 1, modified = ?2, body = ?3".to_owned();
        let mut params: Vec<Param<'static>> = vec![stored.seq.into(), modified.into(), body.into()];
        // Keys that are as they were are left alone, and with them their indexes.
        if keys != *before {
            set.push_str(", keys = ?4");
            params.push(json(&keys)?.into());
            let changed = self.session.only_writer().map(|writer| writer.columns.changed(before, &keys));
            for (column, key) in changed.into_iter().flatten() {
                params.push(key.into_owned());
                set.push_str(&format!(", {column} = ?{}", params.len()));
            }
        }
        self.change(&set, params).await?;
        Ok(stored.version + 1)
    }

    fn index(&self, shape: &Shape, index: &crate::directory::shape::Index, seq: i64, keys: &Value) {
        for key in index.keys(keys) {
            self.later(LOOK_UP, [index.rows(shape).into(), key.to_owned().into(), seq.into()]);
        }
    }

    /// Gives a resource a new version and time of change.
    pub(super) async fn touch(&self, stored: &Stored) -> Result<i64> {
        let params = vec![stored.seq.into(), self.modified(stored).into()];
        self.change("version = version + 1, modified = ?2", params).await?;
        Ok(stored.version + 1)
    }

    /// Changes the row whose number is the first parameter: `set` says what becomes of it. The feed tells it.
    pub(super) async fn change(&self, set: &str, mut params: Vec<Param<'static>>) -> Result<()> {
        let number = self.number(&mut params).await?;
        let sql = format!("UPDATE resource SET {set}, n = {number} WHERE seq = ?1");
        self.late(Statement { sql: sql.into(), params });
        Ok(())
    }

    /// A clock that was set back does not make a resource older.
    fn modified(&self, stored: &Stored) -> i64 {
        stamp(self.now).max(stored.modified)
    }

    /// Says in the feed that a resource is gone for good. As long as it has a row, that row says what became of it.
    pub(super) async fn gone(&self, shape: &Shape, id: &str) -> Result<()> {
        let mut params: Vec<Param<'static>> =
            vec![shape.class.as_str().to_owned().into(), id.to_owned().into(), Param::Flag(true)];
        let number = self.number(&mut params).await?;
        let sql = format!(
            "INSERT INTO change (class, id, gone, n) VALUES (?1, ?2, ?3, {number}) \
             ON CONFLICT (class, id) DO UPDATE SET n = excluded.n, gone = excluded.gone"
        );
        self.late(Statement { sql: sql.into(), params });
        Ok(())
    }

    /// The number of a change as SQL, which may be a parameter that it adds.
    async fn number(&self, params: &mut Vec<Param<'static>>) -> Result<String> {
        let Some(OnlyWriter { tally, .. }) = self.session.only_writer() else {
            return Ok("pg_current_xact_id()".to_owned());
        };
        params.push(tally.next_change(self.session).await?.into());
        Ok(format!("?{}", params.len()))
    }

    /// Adds to the number of live resources of a class.
    pub(super) fn count_live(&self, shape: &Shape, by: i64) {
        let counter = live_counter(shape.class.as_str());
        if self.session.only_writer().is_some() {
            self.counted.lock().unwrap_or_else(PoisonError::into_inner).push((counter, by));
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
        // Nothing fails any more: what is counted here stands for a write that is kept.
        counted.into_iter().for_each(|(counter, by)| tally.add(counter, by));
        Ok(())
    }
}

/// What a write adds to counters, where there is one writer to count it.
pub(super) type Counted = Vec<(String, i64)>;

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
