use serde::{Deserialize, Serialize};
use tenure_scim::{AttrPath, Filter};

use crate::{Cursor, Fields, ObjectClass};

/// Asks for one page of the objects of a class.
///
/// # Examples
///
/// ```
/// use tenure_connector::{ListQuery, ObjectClass};
/// use tenure_scim::Filter;
///
/// let query = ListQuery::new(ObjectClass::USER)
///     .with_filter(Filter::parse("userName eq \"anna\"")?)
///     .with_page_size(50);
/// assert_eq!(query.page_size, Some(50));
/// # Ok::<(), tenure_scim::FilterError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListQuery {
    /// The class to list.
    pub class: ObjectClass,
    /// Which objects; all of them when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// Which attributes.
    #[serde(default)]
    pub fields: Fields,
    /// The largest page the caller wants; the connector lowers it to what the system allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_size: Option<u32>,
    /// Where to go on; from the start when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// How many objects of the order to leave out at the start; counts only without a cursor, and may be asked for only
    /// where the class [`skips`](crate::ClassCapabilities::skips).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub skip: u64,
    /// The order; the system's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sort: Option<Sort>,
}

/// The order of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    /// The attribute to order by.
    pub by: AttrPath,
    /// Whether the largest comes first.
    #[serde(default)]
    pub descending: bool,
}

impl ListQuery {
    /// Asks for every object of a class with all attributes.
    #[must_use]
    pub fn new(class: ObjectClass) -> Self {
        Self { class, filter: None, fields: Fields::All, page_size: None, cursor: None, skip: 0, sort: None }
    }

    /// Narrows to the objects that a filter matches.
    #[must_use]
    pub fn with_filter(mut self, filter: Filter) -> Self {
        self.filter = Some(filter);
        self
    }

    /// Chooses the attributes.
    #[must_use]
    pub fn with_fields(mut self, fields: Fields) -> Self {
        self.fields = fields;
        self
    }

    /// Limits the size of a page.
    #[must_use]
    pub fn with_page_size(mut self, page_size: u32) -> Self {
        self.page_size = Some(page_size);
        self
    }

    /// Goes on where an earlier page ended.
    #[must_use]
    pub fn with_cursor(mut self, cursor: Cursor) -> Self {
        self.cursor = Some(cursor);
        self
    }

    /// Begins behind the first so many.
    #[must_use]
    pub fn with_skip(mut self, skip: u64) -> Self {
        self.skip = skip;
        self
    }

    /// Chooses the order.
    #[must_use]
    pub fn with_sort(mut self, sort: Sort) -> Self {
        self.sort = Some(sort);
        self
    }
}

fn is_zero(skip: &u64) -> bool {
    *skip == 0
}
