//! Which LDAP attribute holds which SCIM attribute.

use std::collections::BTreeSet;

use tenure_connector::Result;
use tenure_scim::filter::ldap::{AttributeMap, LdapAttribute};
use tenure_scim::schema::AttributeType;
use tenure_scim::{
    AttrName, AttrPath, Attribute, CompareOp, Filter, Literal, PatchPath, Schema, SchemaRegistry, SchemaUri,
};

use crate::flavour::Shape;
use crate::link::wrong;

/// One SCIM attribute and the LDAP attribute that holds it.
#[derive(Debug, Clone)]
pub(crate) struct Slot {
    /// With the sub-attribute where the attribute has one and there is only one value.
    pub(crate) path: AttrPath,
    pub(crate) kind: Kind,
    pub(crate) ldap: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One value.
    One(AttributeType),
    /// Many values of a multi-valued attribute that has a `value`.
    Many,
    /// The values with this `type`.
    Typed(String),
    /// The name of an account, which SCIM sees as its id.
    Account,
}

/// The slots of a class.
#[derive(Debug, Clone)]
pub(crate) struct Mapping {
    pub(crate) slots: Vec<Slot>,
    pub(crate) naming: String,
    id: Option<String>,
    times: [String; 2],
}

impl Mapping {
    /// Compiles the attributes of a layout. The id is searchable where it is text.
    pub(crate) fn new(
        class: &str,
        shape: &Shape,
        id: Option<&str>,
        created: &str,
        modified: &str,
    ) -> Result<Self> {
        let slots = shape.attributes.iter().map(|(scim, ldap)| slot(class, scim, ldap));
        let mapping = Self {
            slots: slots.collect::<Result<_>>()?,
            naming: shape.naming.clone(),
            id: id.map(str::to_owned),
            times: [created.to_owned(), modified.to_owned()],
        };
        let key = if class == "User" { "userName" } else { "displayName" };
        match mapping.of(key) {
            Some(_) => Ok(mapping),
            None => Err(wrong(&format!("expected an LDAP attribute for `{key}` of `{class}`, found none"))),
        }
    }

    /// The LDAP attribute of a SCIM attribute that has one value.
    pub(crate) fn of(&self, path: &str) -> Option<&str> {
        let slot = self.slots.iter().find(|slot| slot.path.to_string().eq_ignore_ascii_case(path));
        slot.map(|slot| slot.ldap.as_str())
    }

    pub(crate) fn ldap_attributes(&self) -> BTreeSet<String> {
        self.slots.iter().map(|slot| slot.ldap.clone()).collect()
    }

    /// A schema with only those of its attributes that are mapped.
    pub(crate) fn narrow(&self, mut schema: Schema, core: bool) -> Schema {
        let mut known = BTreeSet::new();
        let mine = |slot: &&Slot| slot.path.schema().map_or(core, |uri| *uri == schema.id);
        for slot in self.slots.iter().filter(mine) {
            let name = slot.path.name();
            match (&slot.kind, slot.path.sub()) {
                (Kind::One(_) | Kind::Account, Some(sub)) => {
                    known.insert((name.clone(), Some(sub.clone())));
                }
                (Kind::One(_) | Kind::Account, None) => {
                    known.insert((name.clone(), None));
                }
                (Kind::Many, _) => known.extend(sub(name, "value")),
                (Kind::Typed(_), _) => {
                    known.extend(sub(name, "value"));
                    known.extend(sub(name, "type"));
                }
            }
        }
        schema.attributes.retain_mut(|attribute| {
            let of = |sub: Option<&AttrName>| known.contains(&(attribute.name.clone(), sub.cloned()));
            let whole = of(None);
            let subs: Vec<_> =
                attribute.sub_attributes.iter().filter(|sub| of(Some(&sub.name))).cloned().collect();
            let keep = whole || !subs.is_empty();
            attribute.sub_attributes = subs;
            keep
        });
        schema
    }

    /// The schemas that are not the model's own: their attributes are texts.
    pub(crate) fn further_schemas(&self, registry: &SchemaRegistry) -> Vec<Schema> {
        let mut schemas: Vec<Schema> = Vec::new();
        for slot in &self.slots {
            let Some(uri) = slot.path.schema().filter(|uri| registry.schema(uri).is_none()) else { continue };
            let attribute = Attribute::new(slot.path.name().clone(), AttributeType::String);
            match schemas.iter_mut().find(|schema| schema.id == *uri) {
                Some(schema) => schema.attributes.push(attribute),
                None => {
                    let mut schema = Schema::new(uri.clone());
                    schema.attributes.push(attribute);
                    schemas.push(schema);
                }
            }
        }
        schemas
    }

    pub(crate) fn uses(&self, uri: &SchemaUri) -> bool {
        self.slots.iter().any(|slot| slot.path.schema() == Some(uri))
    }
}

fn sub(name: &AttrName, sub: &str) -> Option<(AttrName, Option<AttrName>)> {
    Some((name.clone(), Some(AttrName::parse(sub).ok()?)))
}

impl AttributeMap for Mapping {
    fn map(&self, path: &AttrPath) -> Option<LdapAttribute> {
        let name = path.to_string();
        let time = |at: usize| {
            let name = self.times.get(at)?.clone();
            Some(LdapAttribute { name, multi_valued: false, time: true })
        };
        match name.as_str() {
            "id" => return self.id.clone().map(LdapAttribute::single),
            "meta.created" => return time(0),
            "meta.lastModified" => return time(1),
            _ => {}
        }
        let whole = path.sub().is_none_or(|sub| sub.as_str().eq_ignore_ascii_case("value"));
        self.slots.iter().find_map(|slot| match slot.kind {
            Kind::One(_) if slot.path == *path => Some(LdapAttribute::single(slot.ldap.clone())),
            Kind::Many if whole && slot.path == path.parent() => Some(LdapAttribute::many(slot.ldap.clone())),
            _ => None,
        })
    }
}

fn slot(class: &str, scim: &str, ldap: &str) -> Result<Slot> {
    let unfit = |why: &str| wrong(&format!("cannot map `{scim}` to `{ldap}`: {why}"));
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ';');
    if ldap.is_empty() || !ldap.chars().all(named) {
        return Err(unfit("expected the name of an LDAP attribute"));
    }
    let path = PatchPath::parse(scim).map_err(|error| unfit(&error.to_string()))?;
    let registry = SchemaRegistry::builtin();
    let core = registry.resource(class).ok_or_else(|| unfit("no such class"))?;
    let attribute = path.attribute().clone();
    let (path, kind) = match path.filter() {
        Some(filter) => {
            let sub = path.sub().is_some_and(|sub| sub.as_str().eq_ignore_ascii_case("value"));
            match type_of(filter).filter(|_| sub) {
                Some(kind) => (attribute, Kind::Typed(kind)),
                None => return Err(unfit("expected a filter such as `[type eq \"work\"].value`")),
            }
        }
        None => match core.resolve(&attribute).map(|resolved| resolved.leaf().clone()) {
            None if attribute.schema().is_some_and(|uri| registry.schema(uri).is_none()) => {
                (attribute, Kind::One(AttributeType::String))
            }
            None => return Err(unfit("the schema has no such attribute")),
            Some(leaf)
                if attribute.to_string().ends_with(":manager.value") && leaf.sub_attributes.is_empty() =>
            {
                (attribute, Kind::Account)
            }
            Some(leaf) if leaf.multi_valued => (attribute.parent(), Kind::Many),
            Some(leaf) if leaf.kind == AttributeType::Complex => {
                return Err(unfit("expected one of its sub-attributes"));
            }
            Some(leaf) => (attribute, Kind::One(leaf.kind)),
        },
    };
    Ok(Slot { path, kind, ldap: ldap.to_owned() })
}

/// The text of `type eq "..."`.
fn type_of(filter: &Filter) -> Option<String> {
    let Filter::Compare(comparison) = filter else { return None };
    let typed =
        comparison.op == CompareOp::Eq && comparison.path.name().as_str().eq_ignore_ascii_case("type");
    match &comparison.value {
        Literal::String(text) if typed => Some(text.clone()),
        _ => None,
    }
}
