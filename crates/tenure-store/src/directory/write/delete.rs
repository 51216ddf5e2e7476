use rusqlite::{OptionalExtension, params};
use serde_json::json;
use tenure_connector::{DeleteMode, ErrorKind, ObjectRef, Outcome, SideEffect, Version};
use tenure_scim::Resource;

use super::Write;
use crate::directory::error::{Result, refused};
use crate::directory::row::{self, COLUMNS, Stored, put, reference, stamp, version};
use crate::directory::shape::Shape;

impl Write<'_> {
    /// Removes a resource.
    pub(super) fn delete(
        &self,
        shape: &Shape,
        object: &ObjectRef,
        mode: DeleteMode,
        expected: Option<&Version>,
    ) -> Result<Outcome> {
        match self.find_if_there(shape, object, expected)? {
            Some(stored) => match mode {
                DeleteMode::Soft => self.hide(shape, &stored),
                DeleteMode::Permanent => self.erase(shape, &stored),
                DeleteMode::Anonymise => self.anonymise(shape, &stored),
            },
            None if mode == DeleteMode::Permanent => self.erase_hidden(shape, object),
            None => Ok(Outcome::already_gone()),
        }
    }

    /// Keeps the row and its memberships, so that nothing is missing after a restore.
    fn hide(&self, shape: &Shape, stored: &Stored) -> Result<Outcome> {
        self.connection
            .prepare_cached("update resource set deleted = ?2, version = version + 1 where seq = ?1")?
            .execute(params![stored.seq, stamp(self.now)])?;
        self.unindex(stored.seq)?;
        self.count_live(shape, -1)?;
        self.feed(shape, &stored.id, true)?;
        Ok(Outcome::done(true))
    }

    fn erase(&self, shape: &Shape, stored: &Stored) -> Result<Outcome> {
        self.count_live(shape, -1)?;
        self.erase_row(shape, stored)
    }

    fn erase_row(&self, shape: &Shape, stored: &Stored) -> Result<Outcome> {
        self.unindex(stored.seq)?;
        self.leave(&stored.id)?;
        self.connection.prepare_cached("delete from member where owner = ?1")?.execute([stored.seq])?;
        self.connection.prepare_cached("delete from resource where seq = ?1")?.execute([stored.seq])?;
        self.feed(shape, &stored.id, true)?;
        Ok(Outcome::done(true).with_effect(SideEffect::Irreversible))
    }

    /// Removes what was only hidden before.
    fn erase_hidden(&self, shape: &Shape, object: &ObjectRef) -> Result<Outcome> {
        match self.hidden(shape, object)? {
            Some(stored) => self.erase_row(shape, &stored),
            None => Ok(Outcome::already_gone()),
        }
    }

    /// Leaves an inactive resource that says nothing about anyone.
    fn anonymise(&self, shape: &Shape, stored: &Stored) -> Result<Outcome> {
        let name = format!("anonymised-{}", stored.id);
        let mut bare = Resource::new(shape.schema.base().id.as_str());
        for attribute in shape.schema.base().attributes.iter().filter(|attribute| attribute.required) {
            put(&mut bare, attribute.name.as_str(), json!(name));
        }
        if shape.has_active {
            put(&mut bare, "active", json!(false));
        }
        self.leave(&stored.id)?;
        let number = self.save(shape, stored, &bare)?;
        Ok(Outcome::done(true)
            .with_object(reference(shape, &stored.id, &bare))
            .with_version(version(number))
            .with_effect(SideEffect::Irreversible))
    }

    /// Takes a resource out of its groups, which thereby change too.
    fn leave(&self, id: &str) -> Result<()> {
        for owner in self.leave_all(id)? {
            for shape in self.shapes.iter().filter(|shape| shape.has_members) {
                if let Some(group) = row::by_seq(self.connection, &shape.class, owner)? {
                    self.touch(shape, &group)?;
                }
            }
        }
        Ok(())
    }

    /// Brings a hidden resource back, unless its unique names were given away meanwhile.
    pub(super) fn restore(&self, shape: &Shape, object: &ObjectRef) -> Result<Outcome> {
        if let Some(stored) = self.find_if_there(shape, object, None)? {
            return Ok(Outcome::already_so().with_version(version(stored.version)));
        }
        let stored = self
            .hidden(shape, object)?
            .ok_or_else(|| refused(ErrorKind::NotFound, format!("there is no `{object}` to restore")))?;
        self.connection
            .prepare_cached("update resource set deleted = null where seq = ?1")?
            .execute([stored.seq])?;
        let resource = stored.resource(shape)?;
        self.index(shape, stored.seq, &resource)?;
        self.count_live(shape, 1)?;
        let number = self.touch(shape, &stored)?;
        Ok(Outcome::done(true)
            .with_object(reference(shape, &stored.id, &resource))
            .with_version(version(number)))
    }

    fn hidden(&self, shape: &Shape, object: &ObjectRef) -> Result<Option<Stored>> {
        let sql =
            format!("select {COLUMNS} from resource where id = ?1 and class = ?2 and deleted is not null");
        let mut statement = self.connection.prepare_cached(&sql)?;
        Ok(statement.query_row(params![object.id, shape.class.as_str()], Stored::from_row).optional()?)
    }
}
