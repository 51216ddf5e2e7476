use serde_json::Value;
use tenure_connector::{Certainty, ConnectorError, Cursor, ErrorKind, Result};
use url::Url;

use crate::{Answer, Request};

/// How the lists of an API go on from page to page.
///
/// [`next`](Self::next) finds in an answer where the next page starts, as a [`Cursor`] that survives a restart;
/// [`resume`](Self::resume) turns it back into a request.
///
/// # Examples
///
/// ```
/// use tenure_connector::{Cursor, Secret};
/// use tenure_connector_rest::{Auth, Paging, RestClient};
///
/// let base = "https://api.example.com".parse()?;
/// let client = RestClient::new(base, Auth::bearer(&Secret::new("token")), reqwest::Client::new())?;
/// let paging = Paging::Cursor { at: "/meta/next".to_owned(), parameter: "after".to_owned() };
/// let request = paging.resume(client.get(&["users"])?, Some(&Cursor::new("abc")))?;
/// assert!(format!("{request:?}").contains("abc"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Paging {
    /// `Link: <…>; rel="next"` (RFC 8288), as Okta, GitHub and many others have it.
    Link,
    /// The whole address of the next page is at this place of the body (a JSON pointer).
    Address {
        /// The place.
        at: String,
    },
    /// A text at this place of the body goes into this parameter. Nothing there, or empty text, is the end.
    Cursor {
        /// The place.
        at: String,
        /// The parameter.
        parameter: String,
    },
    /// A text in this header of the answer goes into this parameter. Nothing there, or empty text, is the end.
    Header {
        /// The header.
        header: String,
        /// The parameter.
        parameter: String,
    },
    /// As [`Cursor`](Self::Cursor), as long as this place of the body is true: some vendors name a next place also on the
    /// last page.
    CursorWhile {
        /// The place of the text.
        at: String,
        /// The parameter.
        parameter: String,
        /// The place that says whether there is more.
        more: String,
    },
    /// The number of items so far goes into a parameter.
    Offset {
        /// The parameter with the number of items to skip.
        parameter: String,
        /// The parameter with the size of a page; the request must have it.
        size: String,
        /// The place of the total in the body; without it a page that is not full is the last.
        total: Option<String>,
    },
    /// The number of the first item of a page, from 1, goes into a parameter, as SCIM has it.
    StartIndex {
        /// The parameter with the number of the first item.
        parameter: String,
        /// The place of the total in the body.
        total: String,
    },
    /// The number of the page goes into a parameter.
    Page {
        /// The parameter with the number of the page.
        parameter: String,
        /// The number of the first page.
        first: u64,
        /// The parameter with the size of a page; the request must have it.
        size: String,
    },
}

impl Paging {
    /// Where the page after this one starts; `None` after the last.
    ///
    /// # Errors
    ///
    /// `Protocol`, when the system names another host, or the page that was just read.
    pub fn next(&self, request: &Request, answer: &Answer, items: usize) -> Result<Option<Cursor>> {
        let next = match self {
            Self::Link => link(answer).map(|target| address(request, &target)).transpose()?,
            Self::Address { at } => match text(&answer.value(), at) {
                Some(target) => Some(address(request, &target)?),
                None => None,
            },
            Self::Cursor { at, parameter } => {
                let next = text(&answer.value(), at);
                if next.is_some() && next.as_deref() == request.parameter(parameter) {
                    return Err(circle());
                }
                next
            }
            Self::Header { header, parameter } => {
                let found = answer.headers.get(header.as_str()).and_then(|value| value.to_str().ok());
                let next = found.filter(|text| !text.is_empty()).map(str::to_owned);
                if next.is_some() && next.as_deref() == request.parameter(parameter) {
                    return Err(circle());
                }
                next
            }
            Self::CursorWhile { at, parameter, more } => {
                let next = text(&answer.value(), at);
                let more = answer.value().pointer(more).and_then(Value::as_bool) == Some(true);
                if more && next.as_deref() == request.parameter(parameter) {
                    return Err(circle());
                }
                next.filter(|_| more)
            }
            Self::Offset { parameter, size, total } => {
                let done = number(request, parameter).unwrap_or(0) + items as u64;
                let total = total.as_ref().and_then(|at| answer.value().pointer(at)?.as_u64());
                let full = || number(request, size).is_some_and(|size| items as u64 >= size);
                let more = items > 0 && total.map_or_else(full, |total| done < total);
                more.then(|| done.to_string())
            }
            Self::StartIndex { parameter, total } => {
                let next = number(request, parameter).unwrap_or(1) + items as u64;
                let total = answer.value().pointer(total).and_then(Value::as_u64);
                let more = items > 0 && total.is_some_and(|total| next <= total);
                more.then(|| next.to_string())
            }
            Self::Page { parameter, first, size } => {
                let full = number(request, size).is_some_and(|size| size > 0 && items as u64 >= size);
                full.then(|| (number(request, parameter).unwrap_or(*first) + 1).to_string())
            }
        };
        Ok(next.map(Cursor::new))
    }

    /// Where the answer says how many items there are, for lists that are walked by numbers.
    pub(crate) fn total(&self) -> Option<&str> {
        match self {
            Self::Offset { total, .. } => total.as_deref(),
            Self::StartIndex { total, .. } => Some(total),
            _ => None,
        }
    }

    /// The request for the page that a cursor names; the request itself for the first page.
    ///
    /// # Errors
    ///
    /// `InvalidInput`, when the cursor is not one of this paging, or leads to another host.
    pub fn resume(&self, request: Request, cursor: Option<&Cursor>) -> Result<Request> {
        let Some(cursor) = cursor else { return Ok(request) };
        match self {
            Self::Link | Self::Address { .. } => {
                let url = request.url.join(cursor.as_str()).ok();
                let url = url.filter(|url| url.origin() == request.url.origin()).ok_or_else(foreign)?;
                let query = url.query_pairs().into_owned().collect();
                let mut bare = url;
                bare.set_query(None);
                Ok(Request { url: bare, query, ..request })
            }
            Self::Cursor { parameter, .. }
            | Self::CursorWhile { parameter, .. }
            | Self::Header { parameter, .. } => Ok(request.with_only_query(parameter, cursor.as_str())),
            Self::Offset { parameter, .. }
            | Self::StartIndex { parameter, .. }
            | Self::Page { parameter, .. } => {
                cursor.as_str().parse::<u64>().map_err(|_| foreign())?;
                Ok(request.with_only_query(parameter, cursor.as_str()))
            }
        }
    }
}

/// The address of the next page without its host, which is that of the request.
fn address(request: &Request, target: &str) -> Result<String> {
    let sent = request.address();
    let url = sent.join(target).ok().filter(|url| is_safe(url, &sent)).ok_or_else(|| {
        ConnectorError::new(ErrorKind::Protocol, Certainty::NotAttempted)
            .with_detail("the next page is on another host, to which no credentials are sent")
    })?;
    if url == sent {
        return Err(circle());
    }
    Ok(match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    })
}

fn is_safe(url: &Url, sent: &Url) -> bool {
    url.origin() == sent.origin() && url.username().is_empty() && url.password().is_none()
}

/// The target of the link with the relation `next`.
fn link(answer: &Answer) -> Option<String> {
    let values = answer.headers.get_all("link").into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(links).find(|(_, parameters)| is_next(parameters)).map(|(target, _)| target.to_owned())
}

/// Splits at the brackets, because a comma may stand inside an address.
fn links(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header.split('<').skip(1).filter_map(|part| part.split_once('>'))
}

fn is_next(parameters: &str) -> bool {
    parameters.split([';', ',']).any(|parameter| {
        let Some((name, value)) = parameter.split_once('=') else { return false };
        let relations = value.trim().trim_matches('"');
        name.trim().eq_ignore_ascii_case("rel")
            && relations.split_ascii_whitespace().any(|relation| relation.eq_ignore_ascii_case("next"))
    })
}

fn text(body: &Value, at: &str) -> Option<String> {
    match body.pointer(at)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn number(request: &Request, parameter: &str) -> Option<u64> {
    request.parameter(parameter)?.parse().ok()
}

fn circle() -> ConnectorError {
    ConnectorError::new(ErrorKind::Protocol, Certainty::NotAttempted)
        .with_detail("the system names the page that was just read as the next one")
}

fn foreign() -> ConnectorError {
    ConnectorError::new(ErrorKind::InvalidInput, Certainty::NotAttempted)
        .with_attribute("cursor")
        .with_detail("expected a cursor that this connector made")
}
