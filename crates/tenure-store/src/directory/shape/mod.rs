//! What the directory needs to know about each resource type, worked out once from its schema.

mod attribute;
mod index;
mod keys;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tenure_connector::ObjectClass;
use tenure_scim::filter::sql::Dialect;
use tenure_scim::schema::{AttributeType, ResourceSchema};
use tenure_scim::{AttrPath, SchemaRegistry, uri};

use super::db::dialect::{self, Stored};
use super::db::keyed;

pub(super) use self::attribute::{Attr, Compared, Leaf};
pub(super) use self::index::Index;

/// One resource type.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) class: ObjectClass,
    pub(super) schema: ResourceSchema,
    /// The attributes whose keys are stored.
    attributes: Vec<Attr>,
    pub(super) indexes: Vec<Index>,
    /// Whether `members` are rows.
    pub(super) has_members: bool,
    /// Whether `groups` is worked out from the rows of others.
    pub(super) has_groups: bool,
    /// Whether there is an `active` flag to set.
    pub(super) has_active: bool,
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
        let (has_members, has_groups) = (is_rows("members"), is_rows("groups"));
        let elsewhere: Vec<&str> = ["id", "meta"]
            .into_iter()
            .chain(has_members.then_some("members"))
            .chain(has_groups.then_some("groups"))
            .collect();
        let attributes = Attr::all(schema, &elsewhere);
        Self {
            class: ObjectClass::from(schema.name()),
            has_members,
            has_groups,
            has_active: named("active")
                .and_then(|path| schema.attribute(&path))
                .is_some_and(|a| a.kind == AttributeType::Boolean),
            indexes: attributes.iter().flat_map(|attribute| Index::of(attribute, extra)).collect(),
            attributes,
            schema: schema.clone(),
        }
    }

    /// Whether its resources can hold groups, roles or entitlements.
    pub(super) fn holds(&self) -> bool {
        let has = |name: &str| named(name).is_some_and(|path| self.schema.attribute(&path).is_some());
        ["groups", "roles", "entitlements"].into_iter().any(has)
    }

    /// The attributes whose keys are stored.
    pub(super) fn attributes(&self) -> &[Attr] {
        &self.attributes
    }

    /// The attribute that a path names or names a part of.
    pub(super) fn attr(&self, path: &AttrPath) -> Option<&Attr> {
        let whole = self.bare(path).parent();
        self.attributes.iter().find(|attribute| attribute.path == whole)
    }

    /// The index of a path, in any spelling that means the same attribute.
    pub(super) fn index(&self, path: &AttrPath) -> Option<&Index> {
        let path = self.bare(path);
        self.indexes.iter().find(|index| index.path == path)
    }

    /// The key of a single value in rows `of`: the column of one that is searched where the database has such columns, else a
    /// member of `keys`.
    pub(super) fn key(&self, dialect: Dialect, of: &str, name: &str, stored: Stored) -> String {
        let searched = || self.indexes.iter().any(|index| !index.multi && index.name == name);
        match dialect {
            Dialect::Sqlite if searched() => keyed::column(of, name),
            _ => dialect::key(dialect, of, name, stored),
        }
    }

    /// The path without the schema that every resource of the class has.
    pub(super) fn bare(&self, path: &AttrPath) -> AttrPath {
        match path.schema() {
            Some(schema) if *schema == self.schema.base().id => path.without_schema(),
            _ => path.clone(),
        }
    }
}

/// A path of one name, for names that are known to be names.
pub(super) fn named(name: &str) -> Option<AttrPath> {
    AttrPath::parse(name).ok()
}

/// Resources of the protocol, which describe a server and are stored nowhere.
const DISCOVERY: [&str; 3] = [uri::SERVICE_PROVIDER_CONFIG, uri::RESOURCE_TYPE, uri::SCHEMA];
