use http::HeaderMap;

/// What a peer answered to a call that succeeded.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Reply<T> {
    /// The answer itself.
    pub value: T,
    /// The version of the resource (`ETag`, else `meta.version`), for [`WriteOptions::if_match`](crate::WriteOptions).
    pub version: Option<String>,
    /// The HTTP status.
    pub status: u16,
    /// The headers: rate limits, request ids, location.
    pub headers: HeaderMap,
    /// The answer got lost and the resource was found by its name instead.
    pub recovered: bool,
}

impl<T> Reply<T> {
    pub(crate) fn new(value: T, status: u16, headers: HeaderMap) -> Self {
        let version = text(&headers, "etag").map(str::to_owned);
        Self { value, version, status, headers, recovered: false }
    }

    pub(crate) fn map<U>(self, map: impl FnOnce(T) -> U) -> Reply<U> {
        Reply {
            value: map(self.value),
            version: self.version,
            status: self.status,
            headers: self.headers,
            recovered: self.recovered,
        }
    }

    /// The id under which the peer logged the request, by the header names in common use.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.headers)
    }
}

pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim).filter(|text| !text.is_empty())
}

/// The id under which a peer logged a request, by the header names in common use.
#[must_use]
pub fn request_id(headers: &HeaderMap) -> Option<&str> {
    const NAMES: [&str; 5] =
        ["x-request-id", "request-id", "x-okta-request-id", "x-amzn-requestid", "x-correlation-id"];
    NAMES.iter().find_map(|name| text(headers, name))
}
