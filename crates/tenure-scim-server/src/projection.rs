//! `attributes` and `excludedAttributes` (RFC 7644 section 3.9), and what each attribute's `returned` says.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use tenure_connector::Fields;
use tenure_scim::schema::{Attribute, ResourceSchema, Returned};
use tenure_scim::{AttrPath, Resource, SchemaUri};

use crate::params::Params;

/// What an answer shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Projection {
    only: Vec<AttrPath>,
    except: Vec<AttrPath>,
}

impl Projection {
    pub(crate) fn of(params: &Params) -> Self {
        Self { only: params.attributes.clone(), except: params.excluded.clone() }
    }

    /// Whether the client chose.
    pub(crate) fn is_chosen(&self) -> bool {
        !self.only.is_empty() || !self.except.is_empty()
    }

    /// What the connector has to read: whole attributes, and those that always come.
    pub(crate) fn fields(&self, schema: &ResourceSchema) -> Fields {
        if !self.only.is_empty() {
            let always = schema
                .attributes()
                .iter()
                .filter(|attribute| attribute.returned == Returned::Always)
                .map(|attribute| AttrPath::from(attribute.name.clone()));
            let mut wanted: BTreeSet<AttrPath> = always.collect();
            for path in &self.only {
                match whole_extension(path, schema) {
                    Some(extension) => wanted.extend(
                        extension
                            .attributes
                            .iter()
                            .map(|a| AttrPath::from(a.name.clone()).with_schema(extension.id.clone())),
                    ),
                    None => {
                        wanted.insert(unqualified(&path.parent(), schema));
                    }
                }
            }
            return Fields::Only(wanted);
        }
        let except: BTreeSet<AttrPath> = self
            .except
            .iter()
            .filter(|path| path.sub().is_none() && whole_extension(path, schema).is_none())
            .map(|path| unqualified(path, schema))
            .filter(|path| schema.attribute(path).is_some_and(|a| a.returned != Returned::Always))
            .collect();
        if except.is_empty() { Fields::All } else { Fields::Except(except) }
    }

    /// Leaves out what the client does not want and what is never returned.
    pub(crate) fn apply(&self, resource: &Resource, schema: &ResourceSchema) -> Value {
        let mut kept = Map::new();
        for (name, value) in resource.attributes() {
            let json = value.to_json();
            if let Some(extension) = SchemaUri::parse(name).ok().and_then(|uri| schema.extension(&uri)) {
                let Value::Object(inner) = json else { continue };
                let inner = self.object(
                    inner,
                    Some(&extension.id),
                    &|name| extension.attributes.iter().find(|a| a.name == name),
                    self.names_whole(&extension.id),
                );
                if !inner.is_empty() {
                    kept.insert(extension.id.to_string(), Value::Object(inner));
                }
                continue;
            }
            let attribute = schema.attributes().iter().find(|a| a.name == name);
            if let Some(value) = self.attribute(name, json, attribute, schema) {
                kept.insert(name.to_owned(), value);
            }
        }
        Value::Object(kept)
    }

    fn names_whole(&self, extension: &SchemaUri) -> Whole {
        let is = |path: &AttrPath| path.to_string().eq_ignore_ascii_case(extension.as_str());
        if self.only.iter().any(is) {
            Whole::Wanted
        } else if self.except.iter().any(is) {
            Whole::Unwanted
        } else {
            Whole::Unnamed
        }
    }

    fn object<'a>(
        &self,
        object: Map<String, Value>,
        schema: Option<&SchemaUri>,
        find: &dyn Fn(&str) -> Option<&'a Attribute>,
        whole: Whole,
    ) -> Map<String, Value> {
        let mut kept = Map::new();
        for (name, value) in object {
            let attribute = find(&name);
            let returned = attribute.map_or(Returned::Default, |a| a.returned);
            let value = match whole {
                Whole::Wanted if returned != Returned::Never => Some(value),
                Whole::Unwanted if returned != Returned::Always => None,
                _ => self.decide(value, attribute, &|path| {
                    path.name() == name.as_str() && path.schema() == schema
                }),
            };
            if let Some(value) = value {
                kept.insert(name, value);
            }
        }
        kept
    }

    fn attribute(
        &self,
        name: &str,
        value: Value,
        attribute: Option<&Attribute>,
        schema: &ResourceSchema,
    ) -> Option<Value> {
        if name.eq_ignore_ascii_case("schemas") {
            return Some(value);
        }
        self.decide(value, attribute, &|path| {
            path.name() == name && path.schema().is_none_or(|uri| *uri == schema.base().id)
        })
    }

    /// Decides one attribute, and the sub-attributes of one that is kept.
    fn decide(
        &self,
        value: Value,
        attribute: Option<&Attribute>,
        is_it: &dyn Fn(&AttrPath) -> bool,
    ) -> Option<Value> {
        let returned = attribute.map_or(Returned::Default, |a| a.returned);
        if returned == Returned::Never {
            return None;
        }
        let named: Vec<&AttrPath> = self.only.iter().filter(|path| is_it(path)).collect();
        if named.is_empty() {
            let wanted = match returned {
                Returned::Always => true,
                Returned::Default => self.only.is_empty(),
                _ => false,
            };
            if !wanted || (returned != Returned::Always && self.excludes(is_it)) {
                return None;
            }
        }
        let whole = named.is_empty() || named.iter().any(|path| path.sub().is_none());
        Some(each_element(value, &|object| {
            object.retain(|sub, _| {
                let returned = attribute
                    .and_then(|a| a.sub_attributes.iter().find(|s| s.name == sub.as_str()))
                    .map_or(Returned::Default, |a| a.returned);
                let is_named = named.iter().any(|path| path.sub().is_some_and(|s| s == sub.as_str()));
                let is_excluded = self
                    .except
                    .iter()
                    .any(|path| is_it(path) && path.sub().is_some_and(|s| s == sub.as_str()));
                match returned {
                    Returned::Never => false,
                    Returned::Always => true,
                    Returned::Request => is_named,
                    Returned::Default => (whole || is_named) && !is_excluded,
                }
            });
        }))
    }

    fn excludes(&self, is_it: &dyn Fn(&AttrPath) -> bool) -> bool {
        self.except.iter().any(|path| is_it(path) && path.sub().is_none())
    }
}

/// What a projection says about an extension as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whole {
    Wanted,
    Unwanted,
    Unnamed,
}

fn each_element(mut value: Value, narrow: &dyn Fn(&mut Map<String, Value>)) -> Value {
    match &mut value {
        Value::Object(object) => narrow(object),
        Value::Array(items) => items.iter_mut().filter_map(Value::as_object_mut).for_each(narrow),
        _ => {}
    }
    value
}

/// A URN alone names a whole extension, although it reads like a schema and an attribute.
fn whole_extension<'a>(path: &AttrPath, schema: &'a ResourceSchema) -> Option<&'a tenure_scim::Schema> {
    let text = path.to_string();
    schema.extensions().map(|(extension, _)| extension).find(|e| e.id.as_str().eq_ignore_ascii_case(&text))
}

fn unqualified(path: &AttrPath, schema: &ResourceSchema) -> AttrPath {
    if path.schema().is_some_and(|uri| *uri == schema.base().id) {
        path.without_schema()
    } else {
        path.clone()
    }
}
