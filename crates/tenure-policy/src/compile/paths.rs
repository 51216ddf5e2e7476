//! What is known of the attributes that conditions name, looked up once for each way of writing one.

use rustc_hash::FxHashMap;
use tenure_scim::schema::AttributeType;
use tenure_scim::{AttrPath, Filter, Literal, ResourceSchema, SchemaUri};

use super::qualify;

/// The paths met so far.
#[derive(Debug, Default)]
pub(crate) struct Paths(FxHashMap<AttrPath, Known>);

#[derive(Debug)]
struct Known {
    /// The extension it is in, where it is written without.
    extension: Option<SchemaUri>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Text that may be compared in every way.
    Text,
    Bool,
    /// Known, and not every comparison is allowed.
    Other,
    Unknown,
}

impl Paths {
    /// Qualifies the bare names of a condition. True when that shows that the schema allows the whole of it; else it is to be checked.
    pub(crate) fn settle(&mut self, filter: &mut Filter, schema: &ResourceSchema) -> bool {
        match filter {
            Filter::And(parts) | Filter::Or(parts) => {
                let mut all = true;
                for part in parts {
                    all &= self.settle(part, schema);
                }
                all
            }
            Filter::Not(part) => self.settle(part, schema),
            Filter::Compare(comparison) => {
                let kind = self.path(&mut comparison.path, schema);
                match comparison.value {
                    Literal::String(_) => kind == Kind::Text,
                    Literal::Bool(_) => {
                        kind == Kind::Bool && !comparison.op.is_ordering() && !comparison.op.is_substring()
                    }
                    _ => false,
                }
            }
            Filter::Present(path) => self.path(path, schema) != Kind::Unknown,
            Filter::Element(element) => {
                self.path(&mut element.path, schema);
                false
            }
        }
    }

    fn path(&mut self, path: &mut AttrPath, schema: &ResourceSchema) -> Kind {
        if !self.0.contains_key(path) {
            self.0.insert(path.clone(), Known::of(path, schema));
        }
        let Some(known) = self.0.get(path) else { return Kind::Unknown };
        if let Some(extension) = &known.extension {
            *path = path.with_schema(extension.clone());
        }
        known.kind
    }
}

impl Known {
    fn of(path: &AttrPath, schema: &ResourceSchema) -> Self {
        let qualified = qualify(path, schema);
        let kind = match schema.resolve(&qualified).map(|resolved| resolved.leaf()) {
            None => Kind::Unknown,
            Some(leaf) => match leaf.kind {
                AttributeType::String | AttributeType::Reference if leaf.is_ordered() => Kind::Text,
                AttributeType::Boolean => Kind::Bool,
                _ => Kind::Other,
            },
        };
        Self { extension: qualified.schema().filter(|_| path.schema().is_none()).cloned(), kind }
    }
}
