use std::fmt;

use tenure_connector::{Certainty, ConnectorError, ErrorKind, Result};
use url::{Host, Url};

/// The checked address of an API, without a final slash.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Base(Url);

impl Base {
    /// Checks an address that credentials are sent to.
    pub(crate) fn check(mut url: Url, plain_allowed: bool) -> Result<Self> {
        check_address(&url, plain_allowed)?;
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty();
        }
        Ok(Self(url))
    }

    /// The address below the base with these path segments, each encoded.
    pub(crate) fn join(&self, segments: &[&str]) -> Result<Url> {
        let mut url = self.0.clone();
        for segment in segments {
            // A dot segment would be dropped, and the request would go to another collection.
            if matches!(*segment, "" | "." | "..") {
                return Err(invalid(&format!("expected a part of an address, found `{segment}`")));
            }
        }
        if let Ok(mut path) = url.path_segments_mut() {
            path.extend(segments);
        }
        Ok(url)
    }

    /// The base of the addresses below these path segments.
    pub(crate) fn below(&self, segments: &[&str]) -> Result<Self> {
        self.join(segments).map(Self)
    }

    /// An address that the system itself gave, if it is on the same host.
    pub(crate) fn given(&self, text: &str) -> Result<Url> {
        let url = self.0.join(text).map_err(|_| elsewhere())?;
        let same = url.origin() == self.0.origin() && url.username().is_empty() && url.password().is_none();
        if same { Ok(url) } else { Err(elsewhere()) }
    }

    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

/// Checks an address that secrets are sent to.
pub(crate) fn check_address(url: &Url, plain_allowed: bool) -> Result<()> {
    let wrong = |what: &str| {
        Err(ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted)
            .with_detail(format!("expected an address {what}")))
    };
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return wrong("that starts with `https://` and a host");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("without user and password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return wrong("without `?` and `#`");
    }
    if url.scheme() == "http" && !plain_allowed && !is_loopback(url) {
        return wrong("with `https`, because credentials are sent to it");
    }
    Ok(())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn invalid(detail: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::InvalidInput, Certainty::NotAttempted).with_detail(detail)
}

fn elsewhere() -> ConnectorError {
    ConnectorError::new(ErrorKind::Protocol, Certainty::NotAttempted)
        .with_detail("the system gave an address on another host, to which no credentials are sent")
}

impl fmt::Debug for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_encoded_and_dots_refused() {
        let base = Base::check("https://a.example/api/".parse().unwrap(), false).unwrap();
        assert_eq!(
            base.join(&["users", "a/b c?"]).unwrap().as_str(),
            "https://a.example/api/users/a%2Fb%20c%3F"
        );
        for wrong in ["", ".", ".."] {
            assert!(base.join(&["users", wrong]).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn unsafe_addresses_are_refused() {
        let check = |text: &str| Base::check(text.parse().unwrap(), false).is_ok();
        for text in ["http://a.example", "https://u:p@a.example", "https://a.example/?x", "file:///etc"] {
            assert!(!check(text), "{text}");
        }
        for text in ["https://a.example/x", "http://127.0.0.1:1", "http://localhost", "http://[::1]/"] {
            assert!(check(text), "{text}");
        }
    }

    #[test]
    fn an_address_of_another_host_is_not_followed() {
        let base = Base::check("https://a.example/api".parse().unwrap(), false).unwrap();
        for text in [
            "https://b.example/api",
            "//b.example/x",
            "http://a.example/api",
            "https://u@a.example/",
            "https://a.example:444/",
        ] {
            assert!(base.given(text).is_err(), "{text}");
        }
        assert_eq!(base.given("/api/users?after=x").unwrap().as_str(), "https://a.example/api/users?after=x");
    }
}
