//! The `Prefer` header (RFC 7240).

use std::time::Duration;

use http::{HeaderMap, Method};

use crate::route::Route;

/// What a client that can wait for the outcome asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wish {
    /// How long it would wait for the usual answer.
    pub(crate) wait: Option<Duration>,
}

/// Reads the wish of a request that writes; a search has an answer that no event carries.
pub(crate) fn wish(method: &Method, route: &Route, headers: &HeaderMap) -> Option<Wish> {
    let writes = match route {
        Route::Collection(_) | Route::Bulk => method == Method::POST,
        Route::Item(..) | Route::Me => [Method::PUT, Method::PATCH, Method::DELETE].contains(method),
        _ => false,
    };
    if writes { preferences(headers) } else { None }
}

fn preferences(headers: &HeaderMap) -> Option<Wish> {
    let (mut asked, mut wait) = (false, None);
    let lines = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    for preference in lines.flat_map(|line| line.split(',')) {
        let preference = preference.split(';').next().unwrap_or_default().trim();
        let (name, value) = preference.split_once('=').unwrap_or((preference, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "respond-async" => asked = true,
            // SPEC: RFC 7240 section 2: of a preference that comes twice, the first counts.
            "wait" if wait.is_none() => wait = value.trim().trim_matches('"').parse().ok(),
            _ => {}
        }
    }
    asked.then_some(Wish { wait: wait.map(Duration::from_secs) })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_a_write_can_be_answered_later() {
        let users = || Route::Collection("Users".to_owned());
        let anna = || Route::Item("Users".to_owned(), "1".to_owned());
        let mut headers = HeaderMap::new();
        headers.insert("prefer", HeaderValue::from_static("respond-async"));
        for (method, route, expected) in [
            (Method::POST, users(), true),
            (Method::GET, users(), false),
            (Method::DELETE, anna(), true),
            (Method::GET, anna(), false),
            (Method::POST, Route::Bulk, true),
            (Method::POST, Route::RootSearch, false),
            (Method::POST, Route::CollectionSearch("Users".to_owned()), false),
        ] {
            assert_eq!(wish(&method, &route, &headers).is_some(), expected, "{method} {route:?}");
        }
    }

    #[test]
    fn preferences_are_read_as_rfc_7240_has_them() {
        let seconds = |n| Some(Wish { wait: Some(Duration::from_secs(n)) });
        for (line, expected) in [
            ("respond-async", Some(Wish { wait: None })),
            ("Respond-Async; foo=bar, wait=10", seconds(10)),
            ("wait=\"5\", respond-async, wait=9", seconds(5)),
            ("wait=10", None),
            ("return=minimal", None),
            ("respond-async, wait=soon", Some(Wish { wait: None })),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("prefer", HeaderValue::from_static(line));
            assert_eq!(preferences(&headers), expected, "{line}");
        }
    }
}
