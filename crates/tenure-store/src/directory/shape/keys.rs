use serde_json::{Map, Value};
use tenure_connector::{ConnectorError, ErrorKind};
use tenure_scim::{Resource, ValueRef};

use super::{Attr, Shape};
use crate::directory::error::{Result, refused};

impl Shape {
    /// What filters and sorts compare: the key of each value, by the lower-case path of its attribute.
    ///
    /// Single values stand by themselves, a complex one also as `true` when it has any. A multi-valued attribute is an
    /// array with an object for each element.
    pub(in crate::directory) fn keys(&self, resource: &Resource) -> Result<Value> {
        let mut keys = Map::new();
        let own = resource.as_object();
        for attribute in &self.attributes {
            let found = match attribute.path.schema() {
                None => own.named(attribute.path.name()),
                Some(extension) if own.get(extension.as_str()).is_none() => None,
                Some(_) => resource.get(&attribute.path),
            };
            let Some(value) = found else { continue };
            if attribute.multi {
                let elements: Vec<Value> = match value.as_array() {
                    Some(elements) => elements.iter().filter_map(|one| attribute.element(one)).collect(),
                    None => attribute.element(value).into_iter().collect(),
                };
                if !elements.is_empty() {
                    keys.insert(attribute.name.clone(), Value::Array(elements));
                }
            } else {
                attribute.single(value, &mut keys);
            }
        }
        let keys = Value::Object(keys);
        self.check_lengths(&keys)?;
        Ok(keys)
    }

    /// An index entry of PostgreSQL holds less than 2,704 bytes; the limit is the same in every database.
    fn check_lengths(&self, keys: &Value) -> Result<()> {
        for index in &self.indexes {
            let found = if index.multi {
                index.keys(keys).into_iter().map(str::len).max()
            } else {
                keys.get(&index.name).and_then(Value::as_str).map(str::len)
            };
            if let Some(found) = found.filter(|found| *found > LONGEST) {
                let path = index.path.to_string();
                let detail = format!("expected at most {LONGEST} bytes in `{path}`, found {found}");
                return Err(ConnectorError::invalid_input(&path, detail).into());
            }
        }
        match contains_nul(keys) {
            true => Err(refused(
                ErrorKind::InvalidInput,
                "expected text without the character U+0000, found one".to_owned(),
            )),
            false => Ok(()),
        }
    }
}

impl Attr {
    fn single(&self, value: ValueRef<'_>, keys: &mut Map<String, Value>) {
        let mut any = false;
        for leaf in &self.leaves {
            let found = match &leaf.sub {
                Some(sub) => value.as_object().and_then(|object| object.get(sub.as_str())),
                None => Some(value),
            };
            if let Some(key) = found.and_then(|value| leaf.compared.key(value)) {
                any |= key.as_str() != Some("");
                keys.insert(self.key_of(leaf), key);
            }
        }
        if self.complex && any {
            keys.insert(self.name.clone(), true.into());
        }
    }

    fn element(&self, value: ValueRef<'_>) -> Option<Value> {
        let mut element = Map::new();
        for leaf in &self.leaves {
            let found = match &leaf.sub {
                Some(sub) => value.as_object().and_then(|object| object.get(sub.as_str())),
                None => Some(value),
            };
            if let Some(key) = found.and_then(|value| leaf.compared.key(value)) {
                element.insert(leaf.name.clone(), key);
            }
        }
        // An element of which nothing is present is none; a simple value may be an empty text.
        let any = !self.complex || element.values().any(|key| key.as_str() != Some(""));
        (any && !element.is_empty()).then(|| element.into())
    }
}

fn contains_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(all) => all.iter().any(contains_nul),
        Value::Object(all) => all.values().any(contains_nul),
        _ => false,
    }
}

/// The longest key that an index takes.
const LONGEST: usize = 2000;
