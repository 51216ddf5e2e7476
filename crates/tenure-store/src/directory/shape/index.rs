use std::collections::BTreeSet;

use serde_json::Value;
use tenure_scim::AttrPath;

use super::{Attr, Compared, Shape};
use crate::directory::db::dialect::Stored;

/// One attribute whose values are found without reading the resources.
#[derive(Debug)]
pub(in crate::directory) struct Index {
    pub(in crate::directory) path: AttrPath,
    /// The key under which the value is stored; for a multi-valued attribute the name in `lookup`.
    pub(in crate::directory) name: String,
    pub(in crate::directory) unique: bool,
    /// Its values are rows of `lookup`.
    pub(in crate::directory) multi: bool,
    pub(in crate::directory) compared: Compared,
}

impl Index {
    /// The indexes that an attribute gets: what is unique, what clients usually ask for, and what `extra` names.
    pub(super) fn of(attribute: &Attr, extra: &BTreeSet<AttrPath>) -> Vec<Self> {
        let wanted = |path: &AttrPath| {
            let text = path.to_string().to_ascii_lowercase();
            USUAL.contains(&text.as_str()) || extra.contains(path)
        };
        let indexes = attribute.leaves.iter().filter_map(|leaf| {
            let path = match &leaf.sub {
                Some(sub) => attribute.path.with_sub(sub.clone()),
                None => attribute.path.clone(),
            };
            // SPEC: RFC 7643 section 2.2: a sub-attribute's uniqueness is within the resource, so only whole ones count.
            let unique = attribute.unique && leaf.compared.is_text();
            let indexable = !attribute.multi || leaf.compared.is_text();
            (indexable && (unique || wanted(&path))).then(|| Self {
                name: if attribute.multi {
                    format!("{}.{}", attribute.name, leaf.name)
                } else {
                    attribute.key_of(leaf)
                },
                path,
                unique,
                multi: attribute.multi,
                compared: leaf.compared,
            })
        });
        indexes.collect()
    }

    /// What the keys of a single-valued attribute are.
    pub(in crate::directory) fn stored(&self) -> Stored {
        self.compared.stored()
    }

    /// Whether it leaves out the resources that lack the attribute: few have what an extension names, and nobody sorts by it.
    pub(in crate::directory) fn is_sparse(&self) -> bool {
        !self.unique && self.path.schema().is_some()
    }

    /// The name of the index's rows in `lookup`.
    pub(in crate::directory) fn rows(&self, shape: &Shape) -> String {
        format!("{}/{}", shape.class, self.name)
    }

    /// The keys of a resource in a multi-valued attribute.
    pub(in crate::directory) fn keys<'k>(&self, keys: &'k Value) -> BTreeSet<&'k str> {
        let Some((attribute, sub)) = self.name.rsplit_once('.') else { return BTreeSet::new() };
        let elements = keys.get(attribute).and_then(Value::as_array);
        elements.into_iter().flatten().filter_map(|element| element.get(sub)?.as_str()).collect()
    }

    /// The value of a single-valued attribute that other resources may not have.
    pub(in crate::directory) fn unique_key<'k>(&self, keys: &'k Value) -> Option<&'k str> {
        keys.get(&self.name).and_then(Value::as_str).filter(|_| self.unique)
    }
}

impl Compared {
    /// What the database keeps.
    pub(in crate::directory) fn stored(self) -> Stored {
        match self {
            Self::Flag => Stored::Flag,
            Self::Number | Self::Time => Stored::Number,
            Self::Exact | Self::Fold | Self::UserName => Stored::Text,
        }
    }

    /// Whether keys are text.
    pub(in crate::directory) fn is_text(self) -> bool {
        self.stored() == Stored::Text
    }
}

/// What clients ask for, besides what is unique.
const USUAL: [&str; 8] = [
    "username",
    "externalid",
    "displayname",
    "emails.value",
    "name.familyname",
    "name.givenname",
    "active",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user:employeenumber",
];
