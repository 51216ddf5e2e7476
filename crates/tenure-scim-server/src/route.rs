//! What a path under the base path names.

use percent::decode_segment;

mod percent;

/// The endpoints of RFC 7644 section 3.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    /// `/ServiceProviderConfig`.
    ServiceProviderConfig,
    /// `/ResourceTypes` or `/ResourceTypes/{name}`.
    ResourceTypes(Option<String>),
    /// `/Schemas` or `/Schemas/{urn}`.
    Schemas(Option<String>),
    /// `/Users`, `/Groups`: the endpoint of a resource type, without the slash.
    Collection(String),
    /// `/Users/{id}`.
    Item(String, String),
    /// `/Users/.search`.
    CollectionSearch(String),
    /// `/` and `/.search`.
    Root,
    RootSearch,
    /// `/Bulk`.
    Bulk,
    /// `/Me`.
    Me,
    /// Anything else.
    Unknown,
}

impl Route {
    /// Reads the path behind the base path. A slash at the end is ignored, as some clients send one.
    pub(crate) fn parse(path: &str) -> Self {
        let mut segments = Vec::new();
        for raw in path.split('/').filter(|segment| !segment.is_empty()) {
            match decode_segment(raw) {
                Some(segment) if is_plain(&segment) => segments.push(segment),
                _ => return Self::Unknown,
            }
        }
        let mut segments = segments.into_iter();
        let Some(first) = segments.next() else { return Self::Root };
        let second = segments.next();
        if segments.next().is_some() {
            return Self::Unknown;
        }
        Self::of(first, second)
    }

    /// The kind of endpoint, for logs: no id, no name of a person.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::ServiceProviderConfig => "service-provider-config",
            Self::ResourceTypes(_) => "resource-types",
            Self::Schemas(_) => "schemas",
            Self::Collection(_) => "collection",
            Self::Item(..) => "item",
            Self::CollectionSearch(_) => "search",
            Self::Root => "root",
            Self::RootSearch => "root-search",
            Self::Bulk => "bulk",
            Self::Me => "me",
            Self::Unknown => "unknown",
        }
    }

    fn of(first: String, second: Option<String>) -> Self {
        // SPEC: RFC 7644 section 3.8: `.scim` behind an address asks for the format that every answer has.
        if second.is_none()
            && let Some(bare) = first.strip_suffix(SUFFIX).filter(|bare| !bare.is_empty())
        {
            return Self::of(bare.to_owned(), None);
        }
        let is = |name: &str| first.eq_ignore_ascii_case(name);
        // The plural is asked for by clients that follow RFC 7643 section 8.5's URL.
        if is("ServiceProviderConfig") || is("ServiceProviderConfigs") {
            return if second.is_none() { Self::ServiceProviderConfig } else { Self::Unknown };
        }
        if is("ResourceTypes") {
            return Self::ResourceTypes(second);
        }
        if is("Schemas") {
            return Self::Schemas(second);
        }
        match second {
            None if is(".search") => Self::RootSearch,
            None if is("Bulk") => Self::Bulk,
            None if is("Me") => Self::Me,
            None => Self::Collection(first),
            Some(second) if second == ".search" => Self::CollectionSearch(first),
            Some(_) if is(".search") || is("Bulk") || is("Me") => Self::Unknown,
            Some(second) => Self::Item(first, second),
        }
    }
}

/// Names the format behind an address.
pub(crate) const SUFFIX: &str = ".scim";

/// A segment that, decoded, could climb out of its place or break a log line is no id.
fn is_plain(segment: &str) -> bool {
    segment != "." && segment != ".." && !segment.contains('/') && !segment.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(endpoint: &str, id: &str) -> Route {
        Route::Item(endpoint.to_owned(), id.to_owned())
    }

    #[test]
    fn paths_name_endpoints() {
        let cases = [
            ("", Route::Root),
            ("/", Route::Root),
            ("/.search", Route::RootSearch),
            ("/Users", Route::Collection("Users".to_owned())),
            ("/Users/", Route::Collection("Users".to_owned())),
            ("/Users/2819c223", item("Users", "2819c223")),
            ("/Users/a%40b.org", item("Users", "a@b.org")),
            ("/Users/.search", Route::CollectionSearch("Users".to_owned())),
            ("/Me", Route::Me),
            ("/Bulk", Route::Bulk),
            ("/serviceproviderconfig", Route::ServiceProviderConfig),
            ("/ServiceProviderConfigs", Route::ServiceProviderConfig),
            ("/Schemas", Route::Schemas(None)),
            ("/ResourceTypes/User", Route::ResourceTypes(Some("User".to_owned()))),
            ("/Users.scim", Route::Collection("Users".to_owned())),
            ("/.scim", Route::Collection(".scim".to_owned())),
        ];
        for (path, expected) in cases {
            assert_eq!(Route::parse(path), expected, "{path}");
        }
    }

    #[test]
    fn path_tricks_name_nothing() {
        for path in [
            "/Users/..",
            "/Users/%2e%2e",
            "/Users/a%2fb",
            "/Users/a/b",
            "/Users/%00",
            "/Users/%",
            "/Users/%ff",
        ] {
            assert_eq!(Route::parse(path), Route::Unknown, "{path}");
        }
    }
}
