//! A query: the body of `POST .search`, or the parameters of a GET.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::open;
use crate::error::ScimError;
use crate::filter::{Filter, FilterLimits};
use crate::path::AttrPath;
use crate::profile::{Fired, Profile};
use crate::project::Projection;
use crate::uri;

/// A query (RFC 7644 sections 3.4.2 and 3.4.3, RFC 9865 section 2).
///
/// # Examples
///
/// ```
/// use tenure_scim::message::{SearchRequest, SortOrder};
///
/// let query = SearchRequest::from_pairs([
///     ("filter", r#"userName sw "a""#),
///     ("attributes", "userName,emails.value"),
///     ("sortBy", "userName"),
///     ("sortOrder", "descending"),
///     ("count", "-5"),
///     ("tenant", "unknown parameters are left alone"),
/// ])?;
/// assert_eq!(query.sort_order, SortOrder::Descending);
/// assert_eq!(query.count, Some(0));
/// assert_eq!(serde_json::to_value(&query)?["attributes"][1], "emails.value");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchRequest {
    /// Which resources.
    pub filter: Option<Filter>,
    /// Which of their attributes.
    pub projection: Projection,
    /// By what to sort.
    pub sort_by: Option<AttrPath>,
    /// In which direction.
    pub sort_order: SortOrder,
    /// The 1-based position of the first result; values below 1 count as 1.
    pub start_index: Option<u64>,
    /// The largest number of results; negative values count as 0.
    pub count: Option<u64>,
    /// The cursor; empty asks for the first page.
    pub cursor: Option<String>,
}

/// The direction of a sort.
///
/// Exhaustive: RFC 7644 section 3.4.2.3 closes the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SortOrder {
    /// From small to large, without a value last.
    #[default]
    Ascending,
    /// From large to small, without a value first.
    Descending,
}

impl SearchRequest {
    /// Reads the body of a `.search` request.
    ///
    /// # Errors
    ///
    /// `invalidSyntax`, `invalidFilter` or `invalidValue` when a part cannot be read.
    pub fn from_json(
        body: Value,
        limits: &FilterLimits,
        profile: &Profile,
        fired: &mut Fired,
    ) -> Result<Self, ScimError> {
        let body = open(body, uri::SEARCH_REQUEST)?;
        let mut parts = Vec::new();
        for (name, value) in body {
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text,
                Value::Array(values) => {
                    let texts: Option<Vec<&str>> = values.iter().map(Value::as_str).collect();
                    texts.map(|t| t.join(",")).ok_or_else(|| wrong(&name))?
                }
                Value::Number(number) => number.to_string(),
                _ => return Err(wrong(&name)),
            };
            parts.push((name, text));
        }
        Self::read(parts.iter().map(|(n, v)| (n.as_str(), v.as_str())), limits, profile, fired)
    }

    /// Reads the decoded parameters of a GET, strictly and within the default limits.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, ScimError> {
        Self::from_pairs_with(pairs, &FilterLimits::default(), &Profile::strict(), &mut Fired::default())
    }

    /// Reads the decoded parameters of a GET with the tolerances of a peer.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn from_pairs_with<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
        limits: &FilterLimits,
        profile: &Profile,
        fired: &mut Fired,
    ) -> Result<Self, ScimError> {
        Self::read(pairs.into_iter(), limits, profile, fired)
    }

    fn read<'a>(
        pairs: impl Iterator<Item = (&'a str, &'a str)>,
        limits: &FilterLimits,
        profile: &Profile,
        fired: &mut Fired,
    ) -> Result<Self, ScimError> {
        let mut query = Self::default();
        let (mut attributes, mut excluded) = (Vec::new(), Vec::new());
        for (name, value) in pairs {
            let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
            if is("filter") {
                query.filter = Some(Filter::parse_with(value, limits, profile, fired)?);
            } else if is("attributes") {
                attributes.extend(paths(name, value)?);
            } else if is("excludedAttributes") {
                excluded.extend(paths(name, value)?);
            } else if is("sortBy") {
                query.sort_by = Some(AttrPath::parse(value).map_err(|_| wrong(name))?);
            } else if is("sortOrder") {
                query.sort_order = SortOrder::parse(value).ok_or_else(|| wrong(name))?;
            } else if is("startIndex") {
                query.start_index = Some(number(name, value)?.max(1));
            } else if is("count") {
                query.count = Some(number(name, value)?);
            } else if is("cursor") {
                query.cursor = Some(value.to_owned());
            }
        }
        query.projection = Projection::new(attributes, excluded)?;
        Ok(query)
    }

    /// The query as parameters of a GET, not yet percent-encoded.
    pub fn to_pairs(&self) -> Vec<(&'static str, String)> {
        let joined = |paths: &[AttrPath]| paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let mut pairs = Vec::new();
        if let Some(filter) = &self.filter {
            pairs.push(("filter", filter.to_string()));
        }
        if !self.projection.attributes().is_empty() {
            pairs.push(("attributes", joined(self.projection.attributes())));
        }
        if !self.projection.excluded().is_empty() {
            pairs.push(("excludedAttributes", joined(self.projection.excluded())));
        }
        if let Some(sort_by) = &self.sort_by {
            pairs.push(("sortBy", sort_by.to_string()));
            if self.sort_order == SortOrder::Descending {
                pairs.push(("sortOrder", "descending".to_owned()));
            }
        }
        pairs.extend(self.start_index.map(|n| ("startIndex", n.to_string())));
        pairs.extend(self.count.map(|n| ("count", n.to_string())));
        pairs.extend(self.cursor.clone().map(|c| ("cursor", c)));
        pairs
    }
}

impl SortOrder {
    fn parse(text: &str) -> Option<Self> {
        match () {
            () if text.eq_ignore_ascii_case("ascending") => Some(Self::Ascending),
            () if text.eq_ignore_ascii_case("descending") => Some(Self::Descending),
            () => None,
        }
    }
}

impl Serialize for SearchRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut message = serializer.serialize_map(None)?;
        message.serialize_entry("schemas", &[uri::SEARCH_REQUEST])?;
        for (name, value) in self.to_pairs() {
            match name {
                "attributes" => message.serialize_entry(name, self.projection.attributes())?,
                "excludedAttributes" => message.serialize_entry(name, self.projection.excluded())?,
                "startIndex" => message.serialize_entry(name, &self.start_index)?,
                "count" => message.serialize_entry(name, &self.count)?,
                _ => message.serialize_entry(name, &value)?,
            }
        }
        message.end()
    }
}

fn paths(name: &str, list: &str) -> Result<Vec<AttrPath>, ScimError> {
    let names = list.split(',').map(str::trim).filter(|n| !n.is_empty());
    names
        .map(|n| AttrPath::parse(n).map_err(|e| ScimError::invalid_value(format!("`{name}`: {e}"))))
        .collect()
}

/// A whole number; negative ones count as 0.
fn number(name: &str, text: &str) -> Result<u64, ScimError> {
    match text.parse::<i64>() {
        Ok(number) => Ok(u64::try_from(number).unwrap_or(0)),
        Err(_) => {
            Err(ScimError::invalid_value(format!("expected a whole number in `{name}`, found `{text}`")))
        }
    }
}

fn wrong(name: &str) -> ScimError {
    ScimError::invalid_value(format!("`{name}` has a value that it cannot have"))
}
