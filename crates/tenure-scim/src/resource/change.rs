//! Changing a resource.

use serde_json::Value;

use super::Resource;
use crate::arena::Slot;
use crate::path::{AttrPath, PathError};

impl Resource {
    /// Adds a schema URI to `schemas`, once.
    pub fn add_schema(&mut self, schema: &str) {
        if !self.has_schema(schema) {
            let list = self.arena.member_or_insert(Slot::ROOT, "schemas");
            self.arena.push_json(list, &schema.into());
        }
    }

    /// Sets the `id`.
    pub fn set_id(&mut self, id: &str) {
        let slot = self.arena.member_or_insert(Slot::ROOT, "id");
        self.arena.write_text(slot, id);
    }

    /// Sets the value at a path, over what was there. `null` stays an explicit `null`.
    ///
    /// An extension appears when the path names its schema, and its URI is added to `schemas`. A sub-attribute of a
    /// multi-valued attribute is set in every element.
    pub fn set(&mut self, path: &AttrPath, value: impl Into<Value>) {
        let value = value.into();
        let container = match path.schema() {
            Some(schema) if !self.is_base(schema) => {
                self.add_schema(schema.as_str());
                self.arena.member_or_insert(Slot::ROOT, schema.as_str())
            }
            _ => Slot::ROOT,
        };
        let slot = self.arena.member_or_insert(container, path.name().as_str());
        match path.sub() {
            None => self.arena.write_json(slot, &value),
            Some(sub) if self.arena.at(slot).as_array().is_some() => {
                let elements: Vec<Slot> = self.arena.elements(slot).collect();
                for element in elements {
                    let inner = self.arena.member_or_insert(element, sub.as_str());
                    self.arena.write_json(inner, &value);
                }
            }
            Some(sub) => {
                let inner = self.arena.member_or_insert(slot, sub.as_str());
                self.arena.write_json(inner, &value);
            }
        }
        self.arena.tidy();
    }

    /// Removes the value at a path; says whether there was one.
    ///
    /// A sub-attribute of a multi-valued attribute is removed from every element.
    pub fn remove(&mut self, path: &AttrPath) -> bool {
        let container = match path.schema() {
            Some(schema) if !self.is_base(schema) => match self.arena.member(Slot::ROOT, schema.as_str()) {
                Some(extension) => extension,
                None => return false,
            },
            _ => Slot::ROOT,
        };
        let removed = match path.sub() {
            None => self.arena.remove_member(container, path.name().as_str()),
            Some(sub) => match self.arena.member(container, path.name().as_str()) {
                None => false,
                Some(slot) if self.arena.at(slot).as_array().is_some() => {
                    let elements: Vec<Slot> = self.arena.elements(slot).collect();
                    let remove = |any, element| self.arena.remove_member(element, sub.as_str()) | any;
                    elements.into_iter().fold(false, remove)
                }
                Some(slot) => self.arena.remove_member(slot, sub.as_str()),
            },
        };
        self.arena.tidy();
        removed
    }

    /// The resource with one more value, for building in one expression.
    ///
    /// ```
    /// use tenure_scim::{Resource, uri};
    ///
    /// let user = Resource::new(uri::USER)
    ///     .with("userName", "anna")?
    ///     .with("name.familyName", "Berg")?
    ///     .with("active", true)?;
    /// assert_eq!(user.text("name.familyName"), Some("Berg"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the text is no path.
    pub fn with(mut self, path: &str, value: impl Into<Value>) -> Result<Self, PathError> {
        self.set(&AttrPath::parse(path)?, value);
        Ok(self)
    }
}
