use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::support::{OperationSupport, Support, Unsupported, WhyNot};
use crate::{OperationKind, millis};

/// What can be done with one class.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClassCapabilities {
    /// Whether one object can be read by its reference.
    pub get: bool,
    /// How objects are listed; `None` when they cannot be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<ListCapability>,
    /// Whether a list can begin behind a number of objects ([`ListQuery::skip`](crate::ListQuery::skip)) without reading
    /// them; otherwise a caller walks there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub skips: bool,
    /// How changes are followed; `None` when they cannot be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<DeltaCapability>,
    /// The writes. One that is missing here is not supported either.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub operations: BTreeMap<OperationKind, Support>,
}

impl ClassCapabilities {
    /// Starts with nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Declares `get` and an unfiltered `list`.
    #[must_use]
    pub fn readable(mut self) -> Self {
        self.get = true;
        self.list.get_or_insert_with(ListCapability::default);
        self
    }

    /// Declares how objects are listed.
    #[must_use]
    pub fn listed(mut self, list: ListCapability) -> Self {
        self.list = Some(list);
        self
    }

    /// Declares that a list can begin behind a number of objects.
    #[must_use]
    pub fn skipping(mut self) -> Self {
        self.skips = true;
        self
    }

    /// Declares how changes are followed.
    #[must_use]
    pub fn followed(mut self, changes: DeltaCapability) -> Self {
        self.changes = Some(changes);
        self
    }

    /// Declares a write.
    #[must_use]
    pub fn supports(mut self, operation: OperationKind, support: OperationSupport) -> Self {
        self.operations.insert(operation, Support::Supported(support));
        self
    }

    /// Declares a write as impossible and says why.
    #[must_use]
    pub fn lacks(mut self, operation: OperationKind, reason: WhyNot, detail: &str) -> Self {
        self.operations.insert(operation, Support::Unsupported(Unsupported::new(reason, detail)));
        self
    }

    /// How a write is supported; `None` where it is not.
    #[must_use]
    pub fn operation(&self, operation: OperationKind) -> Option<&OperationSupport> {
        match self.operations.get(&operation)? {
            Support::Supported(support) => Some(support),
            Support::Unsupported(_) => None,
        }
    }
}

/// How the objects of a class are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListCapability {
    /// Which filters are understood.
    pub filter: FilterSupport,
    /// Whether an order can be asked for.
    pub sort: bool,
    /// Whether a page tells the total.
    pub total: bool,
    /// The largest page; a larger wish is lowered to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_page_size: Option<u32>,
    /// How long a cursor can be used; `None` for as long as the data lives.
    #[serde(with = "millis::option", skip_serializing_if = "Option::is_none")]
    pub cursor_life: Option<Duration>,
}

/// Which filters a list understands. Any other is refused as `Unsupported`, never ignored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FilterSupport {
    /// None.
    #[default]
    None,
    /// A single `attribute eq "value"` on one of these attributes, named by their paths as text.
    Equality(Vec<String>),
    /// The whole filter language.
    Full,
}

/// How the changes of a class are followed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeltaCapability {
    /// How long a token can be used; `None` for ever.
    #[serde(with = "millis::option", skip_serializing_if = "Option::is_none")]
    pub token_life: Option<Duration>,
    /// Whether deletions are told. Where they are not, only a complete list finds them.
    pub tombstones: bool,
    /// Whether changes come with the whole object.
    pub whole_objects: bool,
}
