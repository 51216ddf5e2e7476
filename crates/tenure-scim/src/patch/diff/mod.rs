//! The difference of two resources, as the smallest patch that turns the one into the other.

mod keys;
mod many;

use serde_json::{Map, Value};

use super::element::is_stored as assigned;
use super::{Patch, PatchOp, PatchOperation};
use crate::filter::{CompareOp, Filter};
use crate::path::{AttrPath, PatchPath};
use crate::resource::Resource;
use crate::schema::{Attribute, AttributeType, Mutability, ResourceSchema, Schema};
use crate::uri::SchemaUri;
use crate::value::{ObjectRef, ValueRef};

/// Gives the patch that turns `from` into `to`; empty when nothing differs.
///
/// Values of multi-valued attributes are paired by `value` and `type`, so that one changed e-mail address is one
/// operation and the other addresses are left alone. For `patch = diff(a, b)`, applying `patch` to `a` gives `b`; of
/// values of `b` with the same `value` and `type` the first alone counts.
///
/// Not compared: attributes that only the service provider writes, and attributes that the schema does not know. A
/// change of an immutable attribute is part of the patch and is refused when it is applied.
///
/// # Examples
///
/// ```
/// use tenure_scim::{Resource, SchemaRegistry, diff};
///
/// let registry = SchemaRegistry::builtin();
/// let groups = registry.resource("Group").ok_or("no such resource type")?;
/// let a: Resource = r#"{"displayName": "Staff", "members": [{"value": "1"}, {"value": "2"}]}"#.parse()?;
/// let b: Resource = r#"{"displayName": "Staff", "members": [{"value": "2"}, {"value": "3"}]}"#.parse()?;
///
/// let patch = diff(&a, &b, groups);
/// assert_eq!(
///     serde_json::to_value(&patch.operations)?,
///     serde_json::json!([
///         {"op": "remove", "path": "members[value eq \"1\"]"},
///         {"op": "add", "path": "members", "value": [{"value": "3"}]}
///     ])
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn diff(from: &Resource, to: &Resource, schema: &ResourceSchema) -> Patch {
    let mut patch = Patch::default();
    for attribute in schema.attributes().iter().filter(|a| a.name != "schemas") {
        let name = attribute.name.as_str();
        Place { schema: None, attribute }.compare(from.member(name), to.member(name), &mut patch);
    }
    let mut changes = Vec::new();
    for (extension, _) in schema.extensions() {
        let before = patch.operations.len();
        let container = |r: &Resource| r.member(extension.id.as_str()).is_some_and(assigned);
        for attribute in &extension.attributes {
            let find = |r| member_of(r, extension, attribute);
            Place { schema: Some(&extension.id), attribute }.compare(find(from), find(to), &mut patch);
        }
        let added =
            patch.operations.get(before..).unwrap_or_default().iter().any(|o| o.op != PatchOp::Remove);
        let emptied = container(from) && !container(to) && !added;
        changes.push((extension, added, emptied));
    }
    schemas(from, to, schema, &changes, &mut patch);
    patch
}

fn member_of<'r>(resource: &'r Resource, extension: &Schema, attribute: &Attribute) -> Option<ValueRef<'r>> {
    resource.member(extension.id.as_str())?.as_object()?.get(attribute.name.as_str())
}

/// What the operations so far do not do to `schemas` by themselves.
fn schemas(
    from: &Resource,
    to: &Resource,
    schema: &ResourceSchema,
    extensions: &[(&Schema, bool, bool)],
    patch: &mut Patch,
) {
    if to.schemas().next().is_none() {
        return;
    }
    let (Ok(path), Ok(value)) = (AttrPath::parse("schemas"), AttrPath::parse("value")) else { return };
    let mut missing = Vec::new();
    let base = schema.base().id.as_str();
    if to.has_schema(base) && !from.has_schema(base) {
        missing.push(Value::from(base));
    }
    for (extension, added, emptied) in extensions {
        let uri = extension.id.as_str();
        let has = *added || (from.has_schema(uri) && !*emptied);
        if has && !to.has_schema(uri) && !to.member(uri).is_some_and(assigned) {
            let filter = Filter::compare(value.clone(), CompareOp::Eq, uri);
            push(patch, PatchOp::Remove, PatchPath::with_filter(&path, filter), None);
        } else if !has && to.has_schema(uri) {
            missing.push(Value::from(uri));
        }
    }
    if !missing.is_empty() {
        push(patch, PatchOp::Add, path.into(), Some(Value::Array(missing)));
    }
}

/// One attribute and the schema that its path must name.
#[derive(Clone, Copy)]
struct Place<'a> {
    schema: Option<&'a SchemaUri>,
    attribute: &'a Attribute,
}

impl Place<'_> {
    fn path(&self) -> AttrPath {
        AttrPath::new(self.schema.cloned(), self.attribute.name.clone(), None)
    }

    fn compare(&self, from: Option<ValueRef<'_>>, to: Option<ValueRef<'_>>, patch: &mut Patch) {
        if self.attribute.mutability == Mutability::ReadOnly {
            return;
        }
        let (from, to) = (from.filter(|v| assigned(*v)), to.filter(|v| assigned(*v)));
        match (from, to) {
            (None, None) => {}
            (Some(_), None) => push(patch, PatchOp::Remove, self.path().into(), None),
            (None, Some(ValueRef::Array(values))) if many::repeats(self, values) => {
                push(
                    patch,
                    PatchOp::Replace,
                    self.path().into(),
                    Some(self.writable(ValueRef::Array(values))),
                );
            }
            (None, Some(to)) => push(patch, PatchOp::Add, self.path().into(), Some(self.writable(to))),
            (Some(ValueRef::Array(from)), Some(ValueRef::Array(to))) if self.attribute.multi_valued => {
                many::compare(self, from, to, patch);
            }
            (Some(from), Some(to)) if from == to => {}
            (Some(ValueRef::Object(from)), Some(ValueRef::Object(to)))
                if self.attribute.kind == AttributeType::Complex && !self.attribute.multi_valued =>
            {
                let changes = Changes::of(self.attribute, from, to);
                changes.emit(patch, &self.path(), None);
            }
            (Some(_), Some(to)) => push(patch, PatchOp::Replace, self.path().into(), Some(self.writable(to))),
        }
    }

    /// The value without what only the service provider writes.
    fn writable(&self, value: ValueRef<'_>) -> Value {
        writable(self.attribute, value)
    }
}

fn writable(attribute: &Attribute, value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Object(members) => Value::Object(
            members
                .iter()
                .filter(|(name, value)| assigned(*value) && !read_only(attribute, name))
                .map(|(name, value)| (name.to_owned(), value.to_json()))
                .collect(),
        ),
        ValueRef::Array(elements) => Value::Array(elements.iter().map(|e| writable(attribute, e)).collect()),
        simple => simple.to_json(),
    }
}

/// What differs between two complex values.
struct Changes<'a> {
    attribute: &'a Attribute,
    set: Map<String, Value>,
    removed: Vec<&'a Attribute>,
    /// Whether something differs that the schema does not know, and so no path can name.
    unknown: bool,
}

impl<'a> Changes<'a> {
    fn of(attribute: &'a Attribute, from: ObjectRef<'_>, to: ObjectRef<'_>) -> Self {
        let mut changes = Self { attribute, set: Map::new(), removed: Vec::new(), unknown: false };
        for (name, value) in to.iter().filter(|(_, v)| assigned(*v)) {
            if !read_only(attribute, name) && from.get(name) != Some(value) {
                changes.unknown |= sub_of(attribute, name).is_none();
                changes.set.insert(canonical(attribute, name), value.to_json());
            }
        }
        for (name, _) in from.iter().filter(|(_, v)| assigned(*v)) {
            if read_only(attribute, name) || to.get(name).is_some_and(assigned) {
                continue;
            }
            match sub_of(attribute, name) {
                Some(sub) => changes.removed.push(sub),
                None => {
                    changes.unknown = true;
                    changes.set.insert(name.to_owned(), Value::Null);
                }
            }
        }
        changes
    }

    fn is_empty(&self) -> bool {
        self.set.is_empty() && self.removed.is_empty()
    }

    fn count(&self) -> usize {
        self.set.len() + self.removed.len()
    }

    fn touches_immutable(&self) -> bool {
        let immutable = |sub: &Attribute| sub.mutability == Mutability::Immutable;
        self.removed.iter().any(|s| immutable(s))
            || self.set.keys().any(|k| sub_of(self.attribute, k).is_some_and(immutable))
    }

    /// One operation for everything that is set, one for each sub-attribute that goes.
    fn emit(self, patch: &mut Patch, path: &AttrPath, filter: Option<&Filter>) {
        let at = |sub: Option<&Attribute>| {
            let path = match sub {
                Some(sub) => path.with_sub(sub.name.clone()),
                None => path.clone(),
            };
            match filter {
                Some(filter) => PatchPath::with_filter(&path, filter.clone()),
                None => path.into(),
            }
        };
        for sub in &self.removed {
            push(patch, PatchOp::Remove, at(Some(sub)), None);
        }
        let only = self.set.iter().next().filter(|_| self.set.len() == 1);
        match only.and_then(|(name, value)| Some((sub_of(self.attribute, name)?, value.clone()))) {
            Some((sub, value)) => push(patch, PatchOp::Replace, at(Some(sub)), Some(value)),
            None if !self.set.is_empty() => {
                push(patch, PatchOp::Replace, at(None), Some(Value::Object(self.set)))
            }
            None => {}
        }
    }
}

fn sub_of<'a>(attribute: &'a Attribute, name: &str) -> Option<&'a Attribute> {
    attribute.sub_attributes.iter().find(|s| s.name == *name)
}

fn read_only(attribute: &Attribute, name: &str) -> bool {
    sub_of(attribute, name).is_some_and(|s| s.mutability == Mutability::ReadOnly)
}

fn canonical(attribute: &Attribute, name: &str) -> String {
    sub_of(attribute, name).map_or_else(|| name.to_owned(), |s| s.name.to_string())
}

fn push(patch: &mut Patch, op: PatchOp, path: PatchPath, value: Option<Value>) {
    patch.operations.push(PatchOperation { op, path: Some(path), value });
}
