//! A request body into the resource that it asks for.

use super::merge::{ReadOnlyParts, is_same};
use super::once::Once;
use super::{Unknown, ValidateOptions, Validated, schemas, value};
use crate::arena::{Builder, Node};
use crate::error::ScimError;
use crate::resource::Resource;
use crate::schema::{Attribute, AttributeType, Mutability, ResourceSchema, Schema};
use crate::value::{ArrayRef, ObjectRef, ValueRef};

pub(super) struct Normaliser<'s> {
    schema: &'s ResourceSchema,
    options: &'s ValidateOptions,
    builder: Builder,
    ignored: Vec<String>,
}

/// An attribute on its way: where it is, what the body has, what the resource has now.
#[derive(Clone, Copy)]
struct Case<'a> {
    attribute: &'a Attribute,
    path: &'a dyn Fn() -> String,
    given: Option<ValueRef<'a>>,
    existing: Option<ValueRef<'a>>,
}

impl<'s> Normaliser<'s> {
    pub(super) fn new(schema: &'s ResourceSchema, options: &'s ValidateOptions) -> Self {
        Self { schema, options, builder: Builder::with_capacity(512, 64), ignored: Vec::new() }
    }

    pub(super) fn resource(
        mut self,
        body: &Resource,
        existing: Option<&Resource>,
    ) -> Result<Validated, ScimError> {
        let mut uris = schemas::check(self.schema, body, self.options, &mut self.ignored)?;
        let root = self.builder.open();
        self.push("schemas", Node::NULL);
        let old = existing.map(Resource::as_object);
        let schema = self.schema;
        let own = schema.attributes().iter().filter(|a| a.name != "schemas");
        self.members(own, body.as_object(), old, None)?;
        for (extension, required) in schema.extensions() {
            let used = self.extension(extension, required, body, existing)?;
            if used && !uris.iter().any(|uri| extension.id == *uri.as_str()) {
                uris.push(extension.id.as_str().to_owned());
            }
        }
        let known = |name: &str| {
            schema.attributes().iter().any(|a| a.name == name)
                || schema.extensions().any(|(e, _)| e.id == name)
        };
        self.unknown(body.as_object(), known, None)?;
        let list = self.builder.open();
        for uri in &uris {
            let node = self.builder.arena.string(uri);
            self.builder.push(node);
        }
        let list = self.builder.close_array(list);
        let key = self.builder.arena.key("schemas");
        self.builder.put(root, key, list, true);
        let root = self.builder.close_object(root);
        let resource = Resource::from_arena(self.builder.finish(root));
        Ok(Validated { resource, ignored: self.ignored })
    }

    /// Puts an extension into the resource; says whether there was anything to put.
    fn extension(
        &mut self,
        extension: &Schema,
        required: bool,
        body: &Resource,
        existing: Option<&Resource>,
    ) -> Result<bool, ScimError> {
        let uri = extension.id.as_str();
        let given = match body.member(uri) {
            None | Some(ValueRef::Null) => None,
            Some(ValueRef::Object(object)) => Some(object).filter(|o| !o.is_empty()),
            Some(other) => {
                let message =
                    format!("expected an object for extension `{uri}`, found {}", other.type_name());
                return Err(ScimError::invalid_value(message));
            }
        };
        if given.is_none() && required {
            let message = format!("expected the required extension `{uri}`, found none");
            return Err(ScimError::invalid_value(message));
        }
        let old = existing.and_then(|e| e.extension(&extension.id));
        let attributes = self.schema.extension_attributes(&extension.id).unwrap_or_default();
        let mark = self.builder.open();
        if let Some(given) = given {
            self.members(attributes.iter(), given, old, Some(uri))?;
            let known = |name: &str| attributes.iter().any(|a| a.name == name);
            self.unknown(given, known, Some(uri))?;
        } else {
            // What the extension requires is not required of a resource that gives the extension up.
            let lasting = attributes.iter().filter(|a| !a.required && keeps(a));
            self.members(lasting, ObjectRef::empty(), old, Some(uri))?;
        }
        let node = self.builder.close_object(mark);
        let used = !is_empty_object(node);
        if used {
            self.push(uri, node);
        }
        Ok(used)
    }

    /// The attributes of the body that the schema knows, in the order of the schema.
    fn members<'a>(
        &mut self,
        attributes: impl Iterator<Item = &'a Attribute>,
        body: ObjectRef<'_>,
        existing: Option<ObjectRef<'_>>,
        within: Option<&str>,
    ) -> Result<(), ScimError> {
        for attribute in attributes {
            let path = || within.map_or(attribute.name.to_string(), |w| format!("{w}:{}", attribute.name));
            let case = Case {
                attribute,
                path: &path,
                given: body.named(&attribute.name),
                existing: existing.and_then(|e| e.named(&attribute.name)).filter(|v| v.is_assigned()),
            };
            if let Some(node) = self.attribute(case)? {
                self.push(attribute.name.as_str(), node);
            }
        }
        Ok(())
    }

    fn attribute(&mut self, case: Case<'_>) -> Result<Option<Node>, ScimError> {
        let Case { attribute, given, existing, path } = case;
        if attribute.mutability == Mutability::ReadOnly {
            if given.is_some() {
                self.ignored.push(path());
            }
            return Ok(existing.map(|value| self.copy(value)));
        }
        let assigned = given.filter(|v| v.is_assigned());
        let node = match assigned {
            Some(ValueRef::Array(elements)) if attribute.multi_valued => self.array(case, elements)?,
            Some(other) if attribute.multi_valued => {
                let message = format!("expected an array for `{}`, found {}", path(), other.type_name());
                return Err(ScimError::invalid_value(message));
            }
            Some(value) => Some(self.single(case, value)?).filter(|node| !is_empty_object(*node)),
            None => None,
        };
        match (attribute.mutability, existing) {
            (Mutability::Immutable, Some(old)) => {
                let other = given.is_some_and(|new| !is_same(attribute, new, old));
                if other {
                    let message = format!("`{}` is immutable and has another value", path());
                    return Err(ScimError::mutability(message));
                }
                return Ok(Some(self.copy(old)));
            }
            (Mutability::WriteOnly, Some(old)) if given.is_none() => return Ok(Some(self.copy(old))),
            _ => {}
        }
        let empty_text = attribute.required && matches!(assigned, Some(ValueRef::String("")));
        if attribute.required && (node.is_none() || empty_text) {
            let message = format!("expected a value for the required attribute `{}`, found none", path());
            return Err(ScimError::invalid_value(message));
        }
        Ok(node)
    }

    fn array(&mut self, case: Case<'_>, elements: ArrayRef<'_>) -> Result<Option<Node>, ScimError> {
        let attribute = case.attribute;
        let mut kept = ReadOnlyParts::new(attribute, case.existing);
        let mark = self.builder.open();
        let mut once = Once::new(attribute);
        let mut primaries = 0;
        for (at, element) in elements.iter().enumerate() {
            let path = || format!("{}[{at}]", (case.path)());
            let existing = kept.of(element);
            let inner = Case { path: &path, existing, ..case };
            let node = self.single(inner, element)?;
            primaries += usize::from(is_primary(element));
            // An element of unassigned parts is as good as none.
            if is_empty_object(node) {
                continue;
            }
            if once.is_new(element) {
                self.builder.push(node);
            } else {
                self.ignored.push(path());
            }
        }
        if primaries > 1 {
            let message =
                format!("expected at most one primary value in `{}`, found {primaries}", (case.path)());
            return Err(ScimError::invalid_value(message));
        }
        Ok(Some(self.builder.close_array(mark)).filter(|node| node.b > 0))
    }

    /// One value: that of a singular attribute, or one element.
    fn single(&mut self, case: Case<'_>, value: ValueRef<'_>) -> Result<Node, ScimError> {
        let Case { attribute, existing, path, .. } = case;
        if attribute.kind != AttributeType::Complex {
            value::check(attribute, value, self.options.canonical, path)?;
            return Ok(self.copy(value));
        }
        let ValueRef::Object(object) = value else {
            return Err(value::wrong_type(attribute, value, &path()));
        };
        let old = existing.and_then(ValueRef::as_object);
        // Read-only parts describe the value they came with, so they do not outlive a change of the rest.
        let unchanged = old.is_some_and(|old| same_writable(attribute, object, old));
        let mark = self.builder.open();
        for sub in &attribute.sub_attributes {
            let sub_path = || format!("{}.{}", path(), sub.name);
            let lasts = unchanged || (!attribute.multi_valued && sub.mutability != Mutability::ReadOnly);
            let inner = Case {
                attribute: sub,
                path: &sub_path,
                given: object.named(&sub.name),
                existing: old.filter(|_| lasts).and_then(|o| o.named(&sub.name)).filter(|v| v.is_assigned()),
            };
            if let Some(node) = self.attribute(inner)? {
                self.push(sub.name.as_str(), node);
            }
        }
        let known = |name: &str| attribute.sub_attributes.iter().any(|s| s.name == name);
        self.unknown_members(object, known, &|name| format!("{}.{name}", path()))?;
        Ok(self.builder.close_object(mark))
    }

    fn unknown(
        &mut self,
        object: ObjectRef<'_>,
        known: impl Fn(&str) -> bool,
        within: Option<&str>,
    ) -> Result<(), ScimError> {
        let path = |name: &str| within.map_or(name.to_owned(), |w| format!("{w}:{name}"));
        self.unknown_members(object, known, &path)
    }

    fn unknown_members(
        &mut self,
        object: ObjectRef<'_>,
        known: impl Fn(&str) -> bool,
        path: &dyn Fn(&str) -> String,
    ) -> Result<(), ScimError> {
        for (name, value) in object.iter().filter(|(name, _)| !known(name)) {
            if let Some(node) = self.nested_extension(name, value)? {
                self.push(name, node);
                continue;
            }
            match self.options.unknown {
                Unknown::Keep => {
                    let node = self.copy(value);
                    self.push(name, node);
                }
                Unknown::Ignore => self.ignored.push(path(name)),
                Unknown::Refuse => {
                    let message = format!(
                        "resource type `{}` does not have attribute `{}`",
                        self.schema.name(),
                        path(name)
                    );
                    return Err(ScimError::invalid_syntax(message));
                }
            }
        }
        Ok(())
    }

    /// An extension of the resource type inside another one, as RFC 9944 has it for pairing methods.
    fn nested_extension(&mut self, name: &str, value: ValueRef<'_>) -> Result<Option<Node>, ScimError> {
        let Some((extension, _)) = self.schema.extensions().find(|(e, _)| e.id == name) else {
            return Ok(None);
        };
        let ValueRef::Object(object) = value else { return Ok(Some(self.copy(value))) };
        let attributes = self.schema.extension_attributes(&extension.id).unwrap_or_default();
        let mark = self.builder.open();
        self.members(attributes.iter(), object, None, Some(name))?;
        let known = |name: &str| attributes.iter().any(|a| a.name == name);
        self.unknown(object, known, Some(name))?;
        Ok(Some(self.builder.close_object(mark)))
    }

    fn copy(&mut self, value: ValueRef<'_>) -> Node {
        self.builder.copy(value)
    }

    fn push(&mut self, name: &str, node: Node) {
        let key = self.builder.arena.key(name);
        self.builder.push(node.with_key(key));
    }
}

/// Whether an attribute that the body leaves out keeps its value.
fn keeps(attribute: &Attribute) -> bool {
    attribute.mutability != Mutability::ReadWrite
}

fn is_primary(element: ValueRef<'_>) -> bool {
    element.as_object().and_then(|o| o.get("primary")).and_then(ValueRef::as_bool) == Some(true)
}

fn is_empty_object(node: Node) -> bool {
    node.is_object() && node.b == 0
}

fn same_writable(attribute: &Attribute, new: ObjectRef<'_>, old: ObjectRef<'_>) -> bool {
    let writable = attribute.sub_attributes.iter().filter(|s| s.mutability != Mutability::ReadOnly);
    writable.into_iter().all(|sub| match (new.named(&sub.name), old.named(&sub.name)) {
        (Some(new), Some(old)) => is_same(sub, new, old),
        (new, old) => !new.is_some_and(ValueRef::is_assigned) && !old.is_some_and(ValueRef::is_assigned),
    })
}
