//! `If-Match` and `If-None-Match` (RFC 7644 section 3.14).

use http::HeaderMap;
use http::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};

/// What a request says about versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Conditions {
    if_match: Option<Vec<String>>,
    if_none_match: Option<Vec<String>>,
}

impl Conditions {
    pub(crate) fn from_headers(headers: &HeaderMap) -> Self {
        Self { if_match: tags(headers, &IF_MATCH), if_none_match: tags(headers, &IF_NONE_MATCH) }
    }

    /// A bulk operation's `version` means what `If-Match` means.
    pub(crate) fn of_version(version: Option<&str>) -> Self {
        Self { if_match: version.map(|version| vec![version.to_owned()]), if_none_match: None }
    }

    /// Whether the request depends on the present version at all.
    pub(crate) fn asks(&self) -> bool {
        self.if_match.is_some()
    }

    /// Whether `If-Match` holds. A resource without a version matches `*` only.
    pub(crate) fn allows(&self, version: Option<&str>) -> bool {
        match &self.if_match {
            None => true,
            Some(tags) => {
                tags.iter().any(|tag| tag == "*" || version.is_some_and(|version| same(tag, version)))
            }
        }
    }

    /// Whether the client has the present version already.
    pub(crate) fn has_it(&self, version: Option<&str>) -> bool {
        match &self.if_none_match {
            None => false,
            Some(tags) => {
                tags.iter().any(|tag| tag == "*" || version.is_some_and(|version| same(tag, version)))
            }
        }
    }
}

/// A connector's version as an entity tag. One that is a tag already, as those of SCIM targets are, stays as it is.
pub(crate) fn tag(version: &str) -> String {
    let is_tag = version.strip_prefix("W/").unwrap_or(version).starts_with('"') && version.ends_with('"');
    if is_tag { version.to_owned() } else { format!("W/\"{}\"", version.replace(['"', '\\'], "_")) }
}

/// Versions are weak, so they are compared weakly: the mark does not count.
fn same(a: &str, b: &str) -> bool {
    bare(a) == bare(b)
}

fn bare(tag: &str) -> &str {
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).unwrap_or(tag)
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<String>> {
    let mut found = None;
    for value in headers.get_all(name) {
        let tags: &mut Vec<String> = found.get_or_insert_with(Vec::new);
        let text = value.to_str().unwrap_or_default();
        tags.extend(text.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()));
    }
    found
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn conditions(name: HeaderName, value: &'static str) -> Conditions {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        Conditions::from_headers(&headers)
    }

    #[test]
    fn if_match_holds_for_the_same_version_only() {
        for (tag, version, expected) in [
            ("W/\"3\"", Some("W/\"3\""), true),
            ("\"3\"", Some("W/\"3\""), true),
            ("W/\"2\", W/\"3\"", Some("W/\"3\""), true),
            ("W/\"2\"", Some("W/\"3\""), false),
            ("*", Some("W/\"3\""), true),
            ("W/\"2\"", None, false),
            ("", Some("W/\"3\""), false),
        ] {
            assert_eq!(conditions(IF_MATCH, tag).allows(version), expected, "{tag}");
        }
        assert!(Conditions::default().allows(None));
    }

    #[test]
    fn if_none_match_finds_the_version_the_client_has() {
        assert!(conditions(IF_NONE_MATCH, "W/\"3\"").has_it(Some("W/\"3\"")));
        assert!(!conditions(IF_NONE_MATCH, "W/\"2\"").has_it(Some("W/\"3\"")));
        assert!(!Conditions::default().has_it(Some("W/\"3\"")));
    }
}
