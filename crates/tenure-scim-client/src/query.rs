use serde::Serialize;
use tenure_scim::{AttrPath, Filter};

/// Asks for the resources of an endpoint.
///
/// # Examples
///
/// ```
/// use tenure_scim_client::Query;
///
/// let query = Query::new().filtered(r#"userName eq "anna""#.parse()?).with_page_size(50);
/// assert_eq!(query.page_size, Some(50));
/// # Ok::<(), tenure_scim::filter::FilterError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// Only resources that this holds for.
    pub filter: Option<Filter>,
    /// Which attributes come back.
    pub projection: Projection,
    /// The attribute to order by.
    pub sort_by: Option<AttrPath>,
    /// Whether the largest comes first.
    pub descending: bool,
    /// The largest page; the peer's own when absent. A profile's limit counts too.
    pub page_size: Option<u32>,
    /// Sends the query as `POST …/.search`, which keeps personal data out of addresses and their logs.
    pub post: bool,
}

/// Which attributes of a resource come back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Projection {
    /// Those that the peer returns by default.
    #[default]
    Default,
    /// These, and those that always come.
    Only(Vec<AttrPath>),
    /// The default ones but these.
    Except(Vec<AttrPath>),
}

impl Query {
    /// Asks for everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the filter.
    #[must_use]
    pub fn filtered(mut self, filter: Filter) -> Self {
        self.filter = Some(filter);
        self
    }

    /// Chooses the attributes.
    #[must_use]
    pub fn projected(mut self, projection: Projection) -> Self {
        self.projection = projection;
        self
    }

    /// Orders by an attribute, smallest first.
    #[must_use]
    pub fn sorted(mut self, by: AttrPath) -> Self {
        self.sort_by = Some(by);
        self
    }

    /// Limits the size of a page.
    #[must_use]
    pub fn with_page_size(mut self, size: u32) -> Self {
        self.page_size = Some(size);
        self
    }

    /// Sends the query in a body instead of in the address.
    #[must_use]
    pub fn posted(mut self) -> Self {
        self.post = true;
        self
    }
}

impl Projection {
    pub(crate) fn pairs(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Default => Vec::new(),
            Self::Only(paths) => vec![("attributes", joined(paths))],
            Self::Except(paths) => vec![("excludedAttributes", joined(paths))],
        }
    }
}

fn joined(paths: &[AttrPath]) -> String {
    paths.iter().map(AttrPath::to_string).collect::<Vec<_>>().join(",")
}

/// The position and size of a page on the wire.
#[derive(Debug, Clone, Default)]
pub(crate) struct Position {
    pub(crate) start_index: Option<u64>,
    pub(crate) cursor: Option<String>,
    pub(crate) count: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SearchBody<'a> {
    schemas: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    filter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attributes: Option<&'a [AttrPath]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    excluded_attributes: Option<&'a [AttrPath]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sort_by: Option<&'a AttrPath>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sort_order: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_index: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
}

impl Query {
    /// The query as parameters of the address.
    pub(crate) fn pairs(&self, at: &Position) -> Vec<(&'static str, String)> {
        let mut pairs = self.projection.pairs();
        pairs.extend(self.filter.as_ref().map(|filter| ("filter", filter.to_string())));
        if let Some(by) = &self.sort_by {
            pairs.push(("sortBy", by.to_string()));
            pairs.extend(self.descending.then(|| ("sortOrder", "descending".to_owned())));
        }
        pairs.extend(at.start_index.map(|index| ("startIndex", index.to_string())));
        pairs.extend(at.cursor.clone().map(|cursor| ("cursor", cursor)));
        pairs.extend(at.count.map(|count| ("count", count.to_string())));
        pairs
    }

    /// The query as the body of a search.
    pub(crate) fn body(&self, at: &Position) -> serde_json::Value {
        let (attributes, excluded_attributes) = match &self.projection {
            Projection::Default => (None, None),
            Projection::Only(paths) => (Some(paths.as_slice()), None),
            Projection::Except(paths) => (None, Some(paths.as_slice())),
        };
        let body = SearchBody {
            schemas: [tenure_scim::uri::SEARCH_REQUEST],
            filter: self.filter.as_ref().map(ToString::to_string),
            attributes,
            excluded_attributes,
            sort_by: self.sort_by.as_ref(),
            sort_order: (self.sort_by.is_some() && self.descending).then_some("descending"),
            start_index: at.start_index,
            cursor: at.cursor.as_deref(),
            count: at.count,
        };
        serde_json::to_value(body).unwrap_or_default()
    }
}
