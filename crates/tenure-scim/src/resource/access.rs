//! Reading a resource.

use super::Resource;
use crate::path::AttrPath;
use crate::uri::{self, SchemaUri};
use crate::value::{Found, ObjectRef, ValueRef};

impl Resource {
    /// The schema URIs of the resource.
    pub fn schemas(&self) -> impl Iterator<Item = &str> {
        let list = self.member("schemas").and_then(ValueRef::as_array);
        list.into_iter().flat_map(|a| a.iter()).filter_map(ValueRef::as_str)
    }

    /// Whether `schemas` names this schema, in any case.
    pub fn has_schema(&self, schema: &str) -> bool {
        self.schemas().any(|s| s.eq_ignore_ascii_case(schema))
    }

    /// The `id`.
    pub fn id(&self) -> Option<&str> {
        self.member("id")?.as_str()
    }

    /// The `externalId`.
    pub fn external_id(&self) -> Option<&str> {
        self.member("externalId")?.as_str()
    }

    /// The `meta` attribute.
    pub fn meta(&self) -> Option<ObjectRef<'_>> {
        self.member("meta")?.as_object()
    }

    /// The value at a path; `None` when absent, `Some(Null)` when it is an explicit `null`.
    ///
    /// A sub-attribute of a multi-valued attribute has no single value and gives `None`; see [`Resource::values`].
    ///
    /// A path with a schema means the extension of that name. Where there is none, it means the top level if the schema
    /// is a core schema or the first one in `schemas` that has no extension object. With a
    /// [`ResourceSchema`](crate::ResourceSchema) at hand there is no need to guess.
    pub fn get(&self, path: &AttrPath) -> Option<ValueRef<'_>> {
        self.find(path).map(Found::value)
    }

    pub(crate) fn find(&self, path: &AttrPath) -> Option<Found<'_>> {
        let value = self.container(path.schema())?.find(path.name())?;
        match path.sub() {
            Some(sub) => value.as_object()?.find(sub),
            None => Some(value),
        }
    }

    /// The value at a path given as text; `None` also when the text is no path.
    ///
    /// ```
    /// use tenure_scim::Resource;
    ///
    /// let user: Resource = r#"{ "name": { "familyName": "Berg" } }"#.parse()?;
    /// assert_eq!(user.attr("Name.FamilyName").and_then(|v| v.as_str()), Some("Berg"));
    /// assert!(user.attr("not a path").is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn attr(&self, path: &str) -> Option<ValueRef<'_>> {
        self.get(&AttrPath::parse(path).ok()?)
    }

    /// The text at a path given as text.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.attr(path)?.as_str()
    }

    /// Every value at a path: the elements of a multi-valued attribute one by one, and their sub-attributes.
    ///
    /// ```
    /// use tenure_scim::Resource;
    ///
    /// let user: Resource = r#"{ "emails": [{ "value": "a@example.com" }, { "value": "b@example.com" }] }"#.parse()?;
    /// let path = "emails.value".parse()?;
    /// let all: Vec<_> = user.values(&path).filter_map(|v| v.as_str()).collect();
    /// assert_eq!(all, ["a@example.com", "b@example.com"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn values<'a>(&'a self, path: &'a AttrPath) -> impl Iterator<Item = ValueRef<'a>> {
        let value = self.container(path.schema()).and_then(|c| c.named(path.name()));
        let inner = value.into_iter().flat_map(one_by_one).filter_map(move |element| match path.sub() {
            Some(sub) => element.as_object()?.named(sub),
            None => Some(element),
        });
        inner.flat_map(one_by_one)
    }

    /// The attributes at the top level with their names as written, extensions included.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, ValueRef<'_>)> {
        self.as_object().iter()
    }

    /// The attributes of an extension.
    pub fn extension(&self, schema: &SchemaUri) -> Option<ObjectRef<'_>> {
        self.member(schema.as_str())?.as_object()
    }

    pub(crate) fn member(&self, name: &str) -> Option<ValueRef<'_>> {
        self.as_object().get(name)
    }

    fn container(&self, schema: Option<&SchemaUri>) -> Option<ObjectRef<'_>> {
        match schema {
            None => Some(self.as_object()),
            Some(schema) => match self.member(schema.as_str()) {
                Some(extension) => extension.as_object(),
                None => self.is_base(schema).then(|| self.as_object()),
            },
        }
    }

    /// Whether the attributes of a schema lie at the top level, as far as the resource itself can tell.
    pub(super) fn is_base(&self, schema: &SchemaUri) -> bool {
        if self.member(schema.as_str()).is_some() {
            return false;
        }
        if uri::is_core(schema.as_str()) || self.schemas().any(uri::is_core) {
            return uri::is_core(schema.as_str());
        }
        self.schemas().find(|s| self.member(s).is_none()).is_some_and(|s| *schema == s)
    }
}

fn one_by_one(value: ValueRef<'_>) -> impl Iterator<Item = ValueRef<'_>> {
    let (elements, single) = match value {
        ValueRef::Array(elements) => (Some(elements), None),
        single => (None, Some(single)),
    };
    elements.into_iter().flat_map(|e| e.iter()).chain(single)
}
