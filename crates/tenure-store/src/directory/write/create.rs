use rusqlite::params;
use tenure_connector::Outcome;
use tenure_scim::Resource;

use super::Write;
use super::members::listed;
use super::tables::body;
use crate::directory::error::Result;
use crate::directory::row::{reference, stamp, version};
use crate::directory::shape::Shape;

impl Write<'_> {
    /// Makes a resource. Its id is random, so it tells nothing and is never used again.
    pub(super) fn create(&self, shape: &Shape, resource: &Resource) -> Result<Outcome> {
        let resource = shape.schema.validate_create(resource)?;
        let id: String = self
            .connection
            .prepare_cached("select lower(hex(randomblob(16)))")?
            .query_row([], |row| row.get(0))?;
        self.connection
            .prepare_cached(
                "insert into resource (class, id, version, created, modified, body) values (?1, ?2, 1, ?3, ?3, ?4)",
            )?
            .execute(params![shape.class.as_str(), id, stamp(self.now), body(shape, &resource)?])?;
        let seq = self.connection.last_insert_rowid();
        self.index(shape, seq, &resource)?;
        if shape.has_members {
            self.add_members(seq, &listed(&resource))?;
        }
        self.count_live(shape, 1)?;
        self.feed(shape, &id, false)?;
        Ok(Outcome::done(true).with_object(reference(shape, &id, &resource)).with_version(version(1)))
    }
}
