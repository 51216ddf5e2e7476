//! What every write keeps true: the indexes, the unique keys, the counters and the feed of changes.

use rusqlite::{OptionalExtension, params};
use tenure_connector::{Certainty, ConnectorError, ErrorKind, ObjectRef};
use tenure_scim::Resource;

use super::Write;
use crate::directory::error::{Fault, Result, refused};
use crate::directory::list::live_counter;
use crate::directory::row::{Stored, drop_attribute, stamp};
use crate::directory::shape::{Index, Shape};

impl Write<'_> {
    /// Writes the index rows of a resource, refusing a unique value that another one has.
    pub(super) fn index(&self, shape: &Shape, seq: i64, resource: &Resource) -> Result<()> {
        for index in &shape.indexes {
            for key in index.keys(resource) {
                self.connection
                    .prepare_cached(
                        "insert or ignore into lookup (class, path, key, seq) values (?1, ?2, ?3, ?4)",
                    )?
                    .execute(params![shape.class.as_str(), index.name, key, seq])?;
                if index.unique {
                    self.take(shape, index, &key, seq)?;
                }
            }
        }
        Ok(())
    }

    /// Removes the index rows of a resource.
    pub(super) fn unindex(&self, seq: i64) -> Result<()> {
        self.connection.prepare_cached("delete from lookup where seq = ?1")?.execute([seq])?;
        self.connection.prepare_cached("delete from taken where seq = ?1")?.execute([seq])?;
        Ok(())
    }

    fn take(&self, shape: &Shape, index: &Index, key: &str, seq: i64) -> Result<()> {
        let taken = self
            .connection
            .prepare_cached("insert or ignore into taken (class, path, key, seq) values (?1, ?2, ?3, ?4)")?
            .execute(params![shape.class.as_str(), index.name, key, seq])?;
        if taken == 1 {
            return Ok(());
        }
        let holder: Option<String> = self
            .connection
            .prepare_cached(
                "select r.id from taken t join resource r on r.seq = t.seq \
                 where t.class = ?1 and t.path = ?2 and t.key = ?3 and t.seq <> ?4",
            )?
            .query_row(params![shape.class.as_str(), index.name, key, seq], |row| row.get(0))
            .optional()?;
        match holder {
            None => Ok(()),
            Some(holder) => Err(Fault::Connector(
                ConnectorError::new(ErrorKind::AlreadyExists, Certainty::Refused)
                    .with_detail(format!("another {} has the same `{}`", shape.class, index.path))
                    .with_attribute(index.path.to_string())
                    .with_conflicting(ObjectRef::new(shape.class.clone(), holder)),
            )),
        }
    }

    /// Writes a changed resource: its body, its indexes, its version. Returns the new version.
    pub(super) fn save(&self, shape: &Shape, stored: &Stored, resource: &Resource) -> Result<i64> {
        let body = body(shape, resource)?;
        self.connection
            .prepare_cached("update resource set body = ?2 where seq = ?1")?
            .execute(params![stored.seq, body])?;
        self.unindex(stored.seq)?;
        self.index(shape, stored.seq, resource)?;
        self.touch(shape, stored)
    }

    /// Gives a resource a new version and time of change.
    pub(super) fn touch(&self, shape: &Shape, stored: &Stored) -> Result<i64> {
        self.connection
            .prepare_cached("update resource set version = version + 1, modified = ?2 where seq = ?1")?
            .execute(params![stored.seq, stamp(self.now).max(stored.modified.clone())])?;
        self.feed(shape, &stored.id, false)?;
        Ok(stored.version + 1)
    }

    /// Says in the feed that a resource changed or went.
    pub(super) fn feed(&self, shape: &Shape, id: &str, gone: bool) -> Result<()> {
        let n = self.count("change", 1)?;
        self.connection
            .prepare_cached("insert or replace into change (class, id, n, gone) values (?1, ?2, ?3, ?4)")?
            .execute(params![shape.class.as_str(), id, n, gone])?;
        Ok(())
    }

    /// Adds to the number of live resources of a class.
    pub(super) fn count_live(&self, shape: &Shape, by: i64) -> Result<()> {
        self.count(&live_counter(shape.class.as_str()), by).map(drop)
    }

    fn count(&self, name: &str, by: i64) -> Result<i64> {
        Ok(self
            .connection
            .prepare_cached(
                "insert into counter (name, value) values (?1, ?2) \
                 on conflict (name) do update set value = value + ?2 returning value",
            )?
            .query_row(params![name, by], |row| row.get(0))?)
    }
}

/// The text of the `body` column.
pub(super) fn body(shape: &Shape, resource: &Resource) -> Result<String> {
    let mut bare = resource.clone();
    for name in ["id", "meta", "password"] {
        drop_attribute(&mut bare, name);
    }
    if shape.has_members {
        drop_attribute(&mut bare, "members");
    }
    if shape.has_groups {
        drop_attribute(&mut bare, "groups");
    }
    serde_json::to_string(&bare).map_err(|error| refused(ErrorKind::Unexpected, error.to_string()))
}
