use std::borrow::Cow;

use serde_json::Value;
use tenure_scim::schema::{Attribute, AttributeType, ResourceSchema, Uniqueness};
use tenure_scim::{AttrName, AttrPath, ScimDateTime, ValueRef, precis};

/// An attribute whose keys are stored.
#[derive(Debug)]
pub(in crate::directory) struct Attr {
    pub(in crate::directory) path: AttrPath,
    /// The path in lower case, as the stored keys name it.
    pub(in crate::directory) name: String,
    pub(in crate::directory) multi: bool,
    pub(in crate::directory) complex: bool,
    /// No two resources of the class may have the same value.
    pub(super) unique: bool,
    pub(in crate::directory) leaves: Vec<Leaf>,
}

/// A value of an attribute: the attribute itself, or a sub-attribute.
#[derive(Debug)]
pub(in crate::directory) struct Leaf {
    /// `None` when the attribute is not complex.
    pub(in crate::directory) sub: Option<AttrName>,
    /// The sub-attribute in lower case; `value` for simple values.
    pub(in crate::directory) name: String,
    pub(in crate::directory) compared: Compared,
}

/// How values are compared, which decides what is stored of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::directory) enum Compared {
    Exact,
    Fold,
    UserName,
    Flag,
    Number,
    /// As nanoseconds, for the order only: a time without zone equals nothing for certain.
    Time,
}

impl Attr {
    /// The attributes of a resource type but those that are stored elsewhere.
    pub(super) fn all(schema: &ResourceSchema, elsewhere: &[&str]) -> Vec<Self> {
        let base = schema.attributes().iter().map(|a| (AttrPath::from(a.name.clone()), a));
        let extended = schema.extensions().flat_map(|(extension, _)| {
            let attributes = schema.extension_attributes(&extension.id).unwrap_or_default();
            attributes.iter().map(|a| (AttrPath::from(a.name.clone()).with_schema(extension.id.clone()), a))
        });
        base.filter(|(path, _)| !elsewhere.iter().any(|name| path.name() == name))
            .chain(extended)
            .filter_map(|(path, attribute)| Self::new(path, attribute))
            .collect()
    }

    fn new(path: AttrPath, attribute: &Attribute) -> Option<Self> {
        let name = path.to_string().to_ascii_lowercase();
        // Names become part of SQL texts, so that indexes are used.
        let plain = |c: char| c.is_ascii_alphanumeric() || ":._-$/".contains(c);
        if !name.chars().all(plain) {
            return None;
        }
        let complex = attribute.kind == AttributeType::Complex;
        let leaves = if complex {
            attribute.sub_attributes.iter().map(|sub| Leaf::new(Some(sub), sub, false)).collect()
        } else {
            let is_user_name = path.schema().is_none() && path.name() == "userName";
            vec![Leaf::new(None, attribute, is_user_name)]
        };
        let multi = attribute.multi_valued;
        let unique = !complex && !multi && attribute.uniqueness != Uniqueness::None;
        let unique = unique && path.name() != "schemas";
        Some(Self { path, name, multi, complex, unique, leaves })
    }

    /// The value that a path ends at.
    pub(in crate::directory) fn leaf(&self, path: &AttrPath) -> Option<&Leaf> {
        match path.sub() {
            None if self.complex => None,
            None => self.leaves.first(),
            Some(sub) => self.leaves.iter().find(|leaf| leaf.sub.as_ref() == Some(sub)),
        }
    }

    /// The key under which the value of a single-valued attribute is stored.
    pub(in crate::directory) fn key_of(&self, leaf: &Leaf) -> String {
        if self.complex { format!("{}.{}", self.name, leaf.name) } else { self.name.clone() }
    }
}

impl Leaf {
    fn new(sub: Option<&Attribute>, attribute: &Attribute, is_user_name: bool) -> Self {
        Self {
            sub: sub.map(|sub| sub.name.clone()),
            name: sub.map_or_else(|| "value".to_owned(), |sub| sub.name.as_str().to_ascii_lowercase()),
            compared: match attribute.kind {
                AttributeType::Boolean => Compared::Flag,
                AttributeType::Integer | AttributeType::Decimal => Compared::Number,
                AttributeType::DateTime => Compared::Time,
                _ if attribute.is_case_exact() => Compared::Exact,
                _ if is_user_name => Compared::UserName,
                _ => Compared::Fold,
            },
        }
    }
}

impl Compared {
    /// The key of a value; `None` for a value of another type.
    pub(in crate::directory) fn key(self, value: ValueRef<'_>) -> Option<Value> {
        Some(match self {
            Self::Flag => value.as_bool()?.into(),
            Self::Number => match value {
                ValueRef::Number(_) => value.to_json(),
                _ => return None,
            },
            Self::Time => nanos(value.as_str()?)?.into(),
            _ => Value::String(self.text(value.as_str()?).into_owned()),
        })
    }

    /// The key of a text.
    pub(in crate::directory) fn text(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Fold => precis::text_key(text),
            Self::UserName => precis::username_key(text),
            _ => Cow::Borrowed(text),
        }
    }

    /// The rule by name and version, which stands in the database: keys made by another rule would not be found.
    pub(in crate::directory) fn rule(self) -> &'static str {
        match self {
            Self::Exact => "exact/1",
            Self::Fold => "fold/1",
            Self::UserName => "username/1",
            Self::Flag => "flag/1",
            Self::Number => "number/1",
            Self::Time => "time/1",
        }
    }
}

/// A time without zone counts as UTC.
fn nanos(text: &str) -> Option<i64> {
    let zoned = ScimDateTime::parse(text).ok().and_then(|time| time.to_utc());
    let time = zoned.or_else(|| ScimDateTime::parse(&format!("{text}Z")).ok()?.to_utc())?;
    Some(crate::directory::db::nanos(time))
}
