use serde_json::json;
use tenure_connector::{DeleteMode, ErrorKind, ObjectRef, Outcome, SideEffect, Version};
use tenure_scim::Resource;

use super::Write;
use crate::directory::error::{Result, refused};
use crate::directory::fields::put;
use crate::directory::row::{self, Stored, reference, stamp, version};
use crate::directory::shape::Shape;

impl Write<'_> {
    /// Removes a resource.
    pub(super) async fn delete(
        &self,
        shape: &Shape,
        object: &ObjectRef,
        mode: DeleteMode,
        expected: Option<&Version>,
    ) -> Result<Outcome> {
        match self.find_if_there(shape, object, expected).await? {
            Some(stored) => match mode {
                DeleteMode::Soft => self.hide(shape, &stored).await,
                DeleteMode::Permanent => self.erase(shape, &stored).await,
                DeleteMode::Anonymise => self.anonymise(shape, &stored).await,
            },
            None if mode == DeleteMode::Permanent => self.erase_hidden(shape, object).await,
            None => Ok(Outcome::already_gone()),
        }
    }

    /// Keeps the row and its memberships, so that nothing is missing after a restore. Its groups show it no more.
    async fn hide(&self, shape: &Shape, stored: &Stored) -> Result<Outcome> {
        self.touch_groups(self.groups_of(&stored.id).await?).await?;
        let params = vec![stored.seq.into(), stamp(self.now).into()];
        self.change("deleted = ?2, version = version + 1", params).await?;
        self.count_live(shape, -1);
        Ok(Outcome::done(true))
    }

    async fn erase(&self, shape: &Shape, stored: &Stored) -> Result<Outcome> {
        self.count_live(shape, -1);
        self.erase_row(shape, stored).await
    }

    async fn erase_row(&self, shape: &Shape, stored: &Stored) -> Result<Outcome> {
        self.leave(&stored.id).await?;
        self.later("DELETE FROM lookup WHERE seq = ?1", [stored.seq.into()]);
        self.later("DELETE FROM member WHERE owner = ?1", [stored.seq.into()]);
        self.later("DELETE FROM resource WHERE seq = ?1", [stored.seq.into()]);
        self.gone(shape, &stored.id).await?;
        Ok(Outcome::done(true).with_effect(SideEffect::Irreversible))
    }

    /// Removes what was only hidden before.
    async fn erase_hidden(&self, shape: &Shape, object: &ObjectRef) -> Result<Outcome> {
        match row::hidden(self.session, &shape.class, &object.id).await? {
            Some(stored) => self.erase_row(shape, &stored).await,
            None => Ok(Outcome::already_gone()),
        }
    }

    /// Leaves an inactive resource that says nothing about anyone.
    async fn anonymise(&self, shape: &Shape, stored: &Stored) -> Result<Outcome> {
        let name = format!("anonymised-{}", stored.id);
        let mut bare = Resource::new(shape.schema.base().id.as_str());
        for attribute in shape.schema.base().attributes.iter().filter(|attribute| attribute.required) {
            put(&mut bare, attribute.name.as_str(), json!(name));
        }
        if shape.has_active {
            put(&mut bare, "active", json!(false));
        }
        self.leave(&stored.id).await?;
        let before = shape.keys(&stored.resource(shape)?)?;
        let number = self.save(shape, stored, &before, &bare).await?;
        Ok(Outcome::done(true)
            .with_object(reference(shape, &stored.id, &bare))
            .with_version(version(number))
            .with_effect(SideEffect::Irreversible))
    }

    /// Takes a resource out of its groups, which thereby change too.
    async fn leave(&self, id: &str) -> Result<()> {
        self.touch_groups(self.leave_all(id).await?).await
    }

    /// Marks groups as changed, by their rows.
    async fn touch_groups(&self, owners: Vec<i64>) -> Result<()> {
        if owners.is_empty() {
            return Ok(());
        }
        for shape in self.shapes.iter().filter(|shape| shape.has_members) {
            for group in row::by_seqs(self.session, shape, owners.clone()).await? {
                self.touch(&group).await?;
            }
        }
        Ok(())
    }

    /// Brings a hidden resource back, unless its unique names were given away meanwhile.
    pub(super) async fn restore(&self, shape: &Shape, object: &ObjectRef) -> Result<Outcome> {
        if let Some(stored) = self.find_if_there(shape, object, None).await? {
            return Ok(Outcome::already_so().with_version(version(stored.version)));
        }
        let stored = row::hidden(self.session, &shape.class, &object.id)
            .await?
            .ok_or_else(|| refused(ErrorKind::NotFound, format!("there is no `{object}` to restore")))?;
        let resource = stored.resource(shape)?;
        self.check_unique(shape, None, &shape.keys(&resource)?, Some(stored.seq)).await?;
        self.later("UPDATE resource SET deleted = NULL WHERE seq = ?1", [stored.seq.into()]);
        self.count_live(shape, 1);
        self.touch_groups(self.groups_of(&stored.id).await?).await?;
        let number = self.touch(&stored).await?;
        Ok(Outcome::done(true)
            .with_object(reference(shape, &stored.id, &resource))
            .with_version(version(number)))
    }
}
