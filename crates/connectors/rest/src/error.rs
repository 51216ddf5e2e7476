use http::HeaderMap;
use tenure_connector::{Certainty, ConnectorError, ErrorKind};

use crate::request::request_id;
use crate::rules::ErrorRules;

/// What a status means when the vendor's code says nothing.
fn of_status(status: u16) -> ErrorKind {
    match status {
        401 => ErrorKind::Auth,
        402 | 507 => ErrorKind::NoCapacity,
        403 => ErrorKind::Permission,
        404 | 410 => ErrorKind::NotFound,
        405 | 501 => ErrorKind::Unsupported,
        409 | 412 | 428 => ErrorKind::Conflict,
        429 => ErrorKind::RateLimited,
        408 | 425 | 500..=599 => ErrorKind::Unavailable,
        400 | 413..=415 | 422 => ErrorKind::InvalidInput,
        300..=399 => ErrorKind::Protocol,
        _ => ErrorKind::Unexpected,
    }
}

/// The error that an answer stands for.
pub(crate) fn answered(
    rules: &ErrorRules,
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
    reads: bool,
) -> ConnectorError {
    let failure = rules.read(status, headers, body);
    let kind = failure.kind.unwrap_or_else(|| of_status(status));
    let wait = failure.wait;
    // A gateway or a handler that fails in the middle answers 5xx; one that turns work away says when to come again.
    let unclear = (500..=599).contains(&status) && status != 501 && !(status == 503 && wait.is_some());
    let certainty = if unclear && !reads { Certainty::Unknown } else { Certainty::Refused };
    let detail = match (&failure.message, &failure.code) {
        (Some(message), _) => format!("{status}: {message}"),
        (None, Some(code)) => format!("{status} `{code}`"),
        (None, None) => format!("{status}"),
    };
    let mut error = ConnectorError::new(kind, certainty).with_http_status(status).with_detail(detail);
    for attribute in failure.attributes {
        error = error.with_attribute(attribute);
    }
    if let Some(code) = failure.code {
        error = error.with_vendor_code(code);
    }
    if let Some(id) = request_id(headers) {
        error = error.with_request_id(id);
    }
    if let Some(wait) = wait {
        error = error.with_retry_after(wait);
    }
    match crate::rate_signal(headers) {
        Some(rate) if kind == ErrorKind::RateLimited && wait.is_none() => match rate.reset_after {
            Some(reset) => error.with_retry_after(reset).with_rate(rate),
            None => error.with_rate(rate),
        },
        Some(rate) => error.with_rate(rate),
        None => error,
    }
}

/// The error of a request without a whole answer.
pub(crate) fn lost(error: reqwest::Error, reads: bool) -> ConnectorError {
    let unknown = if reads { Certainty::NotAttempted } else { Certainty::Unknown };
    // The address can hold personal data.
    let error = error.without_url();
    let (kind, certainty, detail) = if error.is_connect() {
        (ErrorKind::Unavailable, Certainty::NotAttempted, "no connection to the system")
    } else if error.is_timeout() {
        (ErrorKind::Timeout, unknown, "no whole answer in time")
    } else if error.is_builder() {
        (ErrorKind::Config, Certainty::NotAttempted, "the request cannot be built")
    } else {
        (ErrorKind::Unavailable, unknown, "the connection ended before the whole answer")
    };
    ConnectorError::new(kind, certainty).with_detail(detail).with_source(error)
}
