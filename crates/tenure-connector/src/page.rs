use serde::{Deserialize, Serialize};

use crate::{Cursor, DeltaToken, Object, ObjectRef, RateSignal};

/// One page of a list.
///
/// `complete` is what keeps an empty feed from being read as "everybody left": it is true only when the walk from the
/// first page to this one missed nothing that the query asks for. An unreadable row, a partial answer or a source that
/// cannot prove its own completeness makes it false, and then absence means nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// The objects.
    pub items: Vec<Object>,
    /// Where the next page starts; `None` on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
    /// How many objects the whole walk has, when the system says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Whether the walk up to and including this page missed nothing.
    pub complete: bool,
    /// What was there but could not be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rejected: Vec<RejectedItem>,
    /// What the system said about its rate limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<RateSignal>,
}

impl Page {
    /// Makes the last page of a walk that missed nothing.
    #[must_use]
    pub fn last(items: Vec<Object>) -> Self {
        Self { items, next: None, total: None, complete: true, rejected: Vec::new(), rate: None }
    }
}

/// An item that a system or a source holds but that could not be read, and why.
///
/// # Examples
///
/// ```
/// use tenure_connector::RejectedItem;
///
/// let row = RejectedItem::new("workers.csv:7:4", "a date as YYYY-MM-DD", "31.02.2027")
///     .with_item("4711")
///     .with_help("February 2027 has 28 days");
/// assert_eq!(row.to_string(), "workers.csv:7:4: expected a date as YYYY-MM-DD, found `31.02.2027`");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedItem {
    /// Where it is, precisely enough to open it: `file:line:column`, or an address in the system.
    pub place: String,
    /// The item's own id, when that much could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// What should have been there.
    pub expected: String,
    /// What was there instead.
    pub found: String,
    /// How to repair it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl RejectedItem {
    /// Says where something is wrong, what was expected and what was found.
    #[must_use]
    pub fn new(place: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { place: place.into(), item: None, expected: expected.into(), found: found.into(), help: None }
    }

    /// Adds the item's own id.
    #[must_use]
    pub fn with_item(mut self, item: impl Into<String>) -> Self {
        self.item = Some(item.into());
        self
    }

    /// Adds advice.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl std::fmt::Display for RejectedItem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: expected {}, found `{}`", self.place, self.expected, self.found)
    }
}

/// One page of the changes of a class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChangePage {
    /// The changes, oldest first.
    pub changes: Vec<Change>,
    /// The token from which the next call goes on. Safe to store once the changes of this page are dealt with.
    pub token: DeltaToken,
    /// Whether there are more changes to fetch right now.
    pub more: bool,
    /// What the system said about its rate limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<RateSignal>,
}

/// One change of one object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The object was created or changed; here is its present state.
    Upserted(Object),
    /// The object was created or changed, and the system tells only which one: read it with `get`.
    Touched(ObjectRef),
    /// The object is gone.
    Deleted(ObjectRef),
}

impl Change {
    /// The object that changed.
    #[must_use]
    pub fn object(&self) -> &ObjectRef {
        match self {
            Self::Upserted(object) => &object.object,
            Self::Touched(object) | Self::Deleted(object) => object,
        }
    }
}
