use std::fmt;

use url::{Host, Url};

use crate::{ClientError, Result};

/// The checked address of a service provider, without a final slash.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Base(Url);

impl Base {
    pub(crate) fn check(mut url: Url, sends_secrets: bool, plain_allowed: bool) -> Result<Self> {
        let wrong = |what: &str| Err(ClientError::config(format!("expected a base address {what}")));
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return wrong("that starts with `https://` and a host");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return wrong("without user and password; give them as `Auth::basic`");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return wrong("without `?` and `#`");
        }
        if url.scheme() == "http" && sends_secrets && !plain_allowed && !is_loopback(&url) {
            return wrong("with `https`, because credentials are sent to it");
        }
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty();
        }
        Ok(Self(url))
    }

    /// The address of an endpoint below the base; every part is encoded.
    pub(crate) fn join(&self, endpoint: &str, id: Option<&str>) -> Result<Url> {
        let mut url = self.0.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.extend(endpoint.split('/').filter(|part| !part.is_empty()));
            if let Some(id) = id {
                // A dot segment would be dropped, and the request would go to the whole collection.
                if matches!(id, "" | "." | "..") {
                    return Err(ClientError::config(format!("expected an id of a resource, found `{id}`")));
                }
                segments.push(id);
            }
        }
        Ok(url)
    }

    /// Whether an address that a peer names lies on the same origin and below the base.
    pub(crate) fn covers(&self, url: &Url) -> bool {
        self.same_origin(url) && url.path().starts_with(self.0.path().trim_end_matches('/'))
    }

    pub(crate) fn same_origin(&self, url: &Url) -> bool {
        url.origin() == self.0.origin() && url.username().is_empty() && url.password().is_none()
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl fmt::Debug for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> Result<Base> {
        Base::check(text.parse().unwrap(), true, false)
    }

    #[test]
    fn an_id_is_one_encoded_segment() {
        let base = base("https://example.com/scim/v2/").unwrap();
        let cases = [
            ("a/b", "https://example.com/scim/v2/Users/a%2Fb"),
            ("ä 🙂", "https://example.com/scim/v2/Users/%C3%A4%20%F0%9F%99%82"),
            ("x?y#z%2e", "https://example.com/scim/v2/Users/x%3Fy%23z%252e"),
        ];
        for (id, expected) in cases {
            assert_eq!(base.join("/Users", Some(id)).unwrap().as_str(), expected);
        }
        for id in ["", ".", ".."] {
            assert!(base.join("/Users", Some(id)).is_err(), "{id:?}");
        }
    }

    #[test]
    fn an_unsafe_base_is_refused() {
        for text in [
            "http://example.com/scim",
            "https://a:b@example.com/scim",
            "https://example.com/scim?x=1",
            "ftp://example.com/scim",
        ] {
            assert!(base(text).is_err(), "{text}");
        }
        for text in ["https://example.com", "http://127.0.0.1:80/x", "http://[::1]/", "http://localhost/"] {
            assert!(base(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn only_addresses_below_the_base_are_covered() {
        let base = base("https://example.com/scim/v2").unwrap();
        assert!(base.covers(&"https://example.com/scim/v2/Users/1".parse().unwrap()));
        assert!(!base.covers(&"https://example.com/other/Users/1".parse().unwrap()));
        assert!(!base.covers(&"https://evil.example/scim/v2/Users/1".parse().unwrap()));
        assert!(!base.covers(&"http://example.com/scim/v2/Users/1".parse().unwrap()));
    }
}
