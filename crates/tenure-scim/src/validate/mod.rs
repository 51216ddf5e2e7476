//! What a create or replace request may contain, and what becomes of it.
//!
//! [`ResourceSchema::validate_create`] and [`ResourceSchema::validate_replace`] answer what RFC 7644 sections 3.3 and 3.5.1
//! ask: required attributes are there, values have their types, what only the service provider writes is ignored, immutable
//! values stay. [`ValidateOptions`] decides what the RFC leaves open: unknown attributes and canonical values.

mod merge;
mod normalise;
mod once;
mod options;
mod schemas;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use once::Once;
pub use options::{Canonical, Unknown, ValidateOptions, Validated};

use crate::error::ScimError;
use crate::resource::Resource;
use crate::schema::ResourceSchema;

impl ResourceSchema {
    /// Checks the body of a create request and gives the resource that it asks for, with the default
    /// [`ValidateOptions`].
    ///
    /// Values of read-only attributes are ignored, unassigned ones are left out, names come in the spelling of the
    /// schema. A value with the `value` and `type` of one before it is left out. Uniqueness is for the store to enforce.
    ///
    /// ```
    /// use tenure_scim::{Resource, SchemaRegistry, ScimType};
    ///
    /// let registry = SchemaRegistry::builtin();
    /// let users = registry.resource("User").ok_or("no such resource type")?;
    ///
    /// let body: Resource = r#"{
    ///     "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    ///     "id": "chosen by the client", "USERNAME": "anna", "title": null
    /// }"#.parse()?;
    /// let anna = users.validate_create(&body)?;
    /// assert_eq!(anna.to_text(), r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"anna"}"#);
    ///
    /// let nameless: Resource = r#"{ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"] }"#.parse()?;
    /// let error = users.validate_create(&nameless).unwrap_err();
    /// assert_eq!(error.scim_type(), Some(&ScimType::InvalidValue));
    /// assert_eq!(error.detail(), "expected a value for the required attribute `userName`, found none");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// * `invalidSyntax` when `schemas` is missing or does not fit the resource type.
    /// * `invalidValue` when a required value is missing or a value has another type than its attribute.
    ///
    /// # Spec
    /// RFC 7644 section 3.3, RFC 7643 sections 2.2 to 2.5, 3 and 7.
    pub fn validate_create(&self, body: &Resource) -> Result<Resource, ScimError> {
        Ok(self.validate_create_with(body, &ValidateOptions::default())?.resource)
    }

    /// The same as [`ResourceSchema::validate_create`] with options, and with the list of what was ignored.
    ///
    /// # Errors
    /// As [`ResourceSchema::validate_create`]; with [`Unknown::Refuse`] also `invalidSyntax` for an attribute that the
    /// resource type does not have.
    pub fn validate_create_with(
        &self,
        body: &Resource,
        options: &ValidateOptions,
    ) -> Result<Validated, ScimError> {
        normalise::Normaliser::new(self, options).resource(body, None)
    }

    /// Checks the body of a replace request and gives the resource that it leads to, with the default
    /// [`ValidateOptions`].
    ///
    /// Read-only values stay as they are, an immutable value stays and may not change, a write-only value stays unless
    /// a new one is given, and everything else that the body leaves out is cleared.
    ///
    /// ```
    /// use tenure_scim::{Resource, SchemaRegistry};
    ///
    /// let registry = SchemaRegistry::builtin();
    /// let users = registry.resource("User").ok_or("no such resource type")?;
    /// let stored: Resource = r#"{
    ///     "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    ///     "id": "7", "userName": "anna", "title": "Engineer"
    /// }"#.parse()?;
    /// let body: Resource = r#"{
    ///     "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    ///     "id": "8", "userName": "anna.berg"
    /// }"#.parse()?;
    ///
    /// let replaced = users.validate_replace(&stored, &body)?;
    /// assert_eq!((replaced.id(), replaced.text("userName"), replaced.text("title")), (Some("7"), Some("anna.berg"), None));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`ResourceSchema::validate_create`], and `mutability` when an immutable attribute has a value and the body
    /// has another one.
    ///
    /// # Spec
    /// RFC 7644 section 3.5.1.
    pub fn validate_replace(&self, existing: &Resource, body: &Resource) -> Result<Resource, ScimError> {
        Ok(self.validate_replace_with(existing, body, &ValidateOptions::default())?.resource)
    }

    /// The same as [`ResourceSchema::validate_replace`] with options, and with the list of what was ignored.
    ///
    /// # Errors
    /// As [`ResourceSchema::validate_replace`] and [`ResourceSchema::validate_create_with`].
    pub fn validate_replace_with(
        &self,
        existing: &Resource,
        body: &Resource,
        options: &ValidateOptions,
    ) -> Result<Validated, ScimError> {
        normalise::Normaliser::new(self, options).resource(body, Some(existing))
    }
}
