//! What the directory needs to know about each resource type, worked out once from its schema.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tenure_connector::ObjectClass;
use tenure_scim::schema::{Attribute, AttributeType, ResourceSchema, Uniqueness};
use tenure_scim::{AttrPath, Resource, SchemaRegistry, ValueRef, precis, uri};

/// One resource type.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) class: ObjectClass,
    pub(super) schema: ResourceSchema,
    pub(super) indexes: Vec<Index>,
    /// Whether `members` are rows.
    pub(super) has_members: bool,
    /// Whether `groups` is worked out from the rows of others.
    pub(super) has_groups: bool,
    /// Whether there is an `active` flag to set.
    pub(super) has_active: bool,
}

/// One attribute whose values are found without reading the resources.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) path: AttrPath,
    /// The path in lower case, as the `lookup` table names it.
    pub(super) name: String,
    pub(super) unique: bool,
    pub(super) case_exact: bool,
}

/// The shapes by class.
#[derive(Debug, Clone)]
pub(super) struct Shapes(Arc<BTreeMap<ObjectClass, Shape>>);

impl Shapes {
    /// Reads every resource type. `extra` names further attributes to index; those a type does not have are left out.
    pub(super) fn new(registry: &SchemaRegistry, extra: &BTreeSet<AttrPath>) -> Self {
        let stored = registry.resources().filter(|schema| !DISCOVERY.contains(&schema.base().id.as_str()));
        let shapes = stored.map(|schema| {
            let shape = Shape::new(schema, extra);
            (shape.class.clone(), shape)
        });
        Self(Arc::new(shapes.collect()))
    }

    pub(super) fn get(&self, class: &ObjectClass) -> Option<&Shape> {
        self.0.get(class)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Shape> {
        self.0.values()
    }
}

impl Shape {
    fn new(schema: &ResourceSchema, extra: &BTreeSet<AttrPath>) -> Self {
        let is_rows = |name: &str| {
            named(name)
                .and_then(|path| schema.attribute(&path))
                .is_some_and(|a| a.multi_valued && a.kind == AttributeType::Complex)
        };
        let mut shape = Self {
            class: ObjectClass::from(schema.name()),
            has_members: is_rows("members"),
            has_groups: is_rows("groups"),
            has_active: named("active")
                .and_then(|path| schema.attribute(&path))
                .is_some_and(|a| a.kind == AttributeType::Boolean),
            indexes: Vec::new(),
            schema: schema.clone(),
        };
        for attribute in schema.attributes() {
            shape.consider(&AttrPath::from(attribute.name.clone()), attribute, extra);
        }
        for (extension, _) in schema.extensions() {
            for attribute in &extension.attributes {
                let path = AttrPath::from(attribute.name.clone()).with_schema(extension.id.clone());
                shape.consider(&path, attribute, extra);
            }
        }
        shape
    }

    fn consider(&mut self, path: &AttrPath, attribute: &Attribute, extra: &BTreeSet<AttrPath>) {
        if ["id", "schemas", "meta", "members", "groups"].iter().any(|name| path.name() == name) {
            return;
        }
        if attribute.kind == AttributeType::Complex {
            for sub in &attribute.sub_attributes {
                self.add(path.with_sub(sub.name.clone()), sub, extra);
            }
        } else {
            self.add(path.clone(), attribute, extra);
        }
    }

    fn add(&mut self, path: AttrPath, attribute: &Attribute, extra: &BTreeSet<AttrPath>) {
        let text = matches!(attribute.kind, AttributeType::String | AttributeType::Reference);
        // SPEC: RFC 7643 section 2.2: a sub-attribute's uniqueness is within the resource, so only top-level ones count.
        let unique = text && path.sub().is_none() && attribute.uniqueness != Uniqueness::None;
        let usual =
            path.schema().is_none() && USUAL.iter().any(|usual| path.to_string().eq_ignore_ascii_case(usual));
        if text && (unique || usual || extra.contains(&path)) {
            let name = path.to_string().to_ascii_lowercase();
            self.indexes.push(Index { path, name, unique, case_exact: attribute.is_case_exact() });
        }
    }

    /// The index of a path, in any spelling that means the same attribute.
    pub(super) fn index(&self, path: &AttrPath) -> Option<&Index> {
        let path = match path.schema() {
            Some(schema) if *schema == self.schema.base().id => &path.without_schema(),
            _ => path,
        };
        self.indexes.iter().find(|index| index.path == *path)
    }
}

impl Index {
    /// The keys under which a resource is found. Two values that a filter takes for equal have the same key.
    pub(super) fn keys(&self, resource: &Resource) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        each_value(resource, &self.path, &mut |value| {
            if let Some(text) = value.as_str().filter(|text| !text.is_empty()) {
                keys.insert(self.key(text).into_owned());
            }
        });
        keys
    }

    /// The key of one value.
    pub(super) fn key<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match (self.case_exact, self.name == "username") {
            (true, _) => Cow::Borrowed(text),
            (false, true) => precis::username_key(text),
            (false, false) => precis::text_key(text),
        }
    }
}

/// Calls `see` with each value at a path, the elements of arrays one by one.
pub(super) fn each_value(resource: &Resource, path: &AttrPath, see: &mut dyn FnMut(ValueRef<'_>)) {
    let Some(value) = resource.get(&path.parent()) else { return };
    let mut one = |value: ValueRef<'_>| match path.sub() {
        Some(sub) => {
            if let Some(inner) = value.as_object().and_then(|object| object.get(sub.as_str())) {
                see(inner);
            }
        }
        None => see(value),
    };
    match value.as_array() {
        Some(elements) => elements.iter().for_each(&mut one),
        None => one(value),
    }
}

/// A path of one name, for names that are known to be names.
pub(super) fn named(name: &str) -> Option<AttrPath> {
    AttrPath::parse(name).ok()
}

/// What clients ask for by equality, besides what is unique.
const USUAL: [&str; 6] =
    ["userName", "externalId", "displayName", "emails.value", "name.familyName", "name.givenName"];

/// Resources of the protocol, which describe a server and are stored nowhere.
const DISCOVERY: [&str; 3] = [uri::SERVICE_PROVIDER_CONFIG, uri::RESOURCE_TYPE, uri::SCHEMA];
