use rusqlite::params;
use tenure_connector::{ConnectorError, Outcome};
use tenure_scim::validate::ValidateOptions;
use tenure_scim::{Resource, ValueRef};

use super::Write;
use super::members::listed;
use super::tables::body;
use crate::directory::error::Result;
use crate::directory::row::{put, reference, stamp, version};
use crate::directory::shape::{Shape, named};

impl Write<'_> {
    /// Makes a resource. Its id is random, so it tells nothing and is never used again.
    pub(super) fn create(&self, shape: &Shape, resource: &Resource) -> Result<Outcome> {
        let checked = shape.schema.validate_create_with(resource, &ValidateOptions::default())?;
        // What is not in the schema would be lost, so it is refused; a server in front decides for its clients before.
        let is_unknown =
            |path: &&String| named(path).and_then(|path| shape.schema.attribute(&path)).is_none();
        if let Some(unknown) = checked.ignored.iter().find(is_unknown) {
            let detail = format!("{} has no attribute `{unknown}`", shape.class);
            return Err(ConnectorError::invalid_input(unknown, detail).into());
        }
        let mut resource = checked.resource;
        if shape.has_active && !resource.attr("active").is_some_and(ValueRef::is_assigned) {
            put(&mut resource, "active", true.into());
        }
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
