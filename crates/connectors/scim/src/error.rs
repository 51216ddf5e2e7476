use tenure_connector::{Certainty, ConnectorError, ErrorKind};
use tenure_scim::ErrorKind as Scim;
use tenure_scim_client::{Certainty as Seen, ClientError, ErrorKind as Failure};

/// Says in the contract's words what the client ran into.
pub(crate) fn translate(error: &ClientError) -> ConnectorError {
    let kind = match error.kind() {
        Failure::Config => ErrorKind::Config,
        Failure::Credentials => ErrorKind::Auth,
        Failure::Connect | Failure::Broken => ErrorKind::Unavailable,
        Failure::Timeout => ErrorKind::Timeout,
        Failure::Unsupported => ErrorKind::Unsupported,
        Failure::Answer => answered(error),
        _ => ErrorKind::Protocol,
    };
    let certainty = match error.certainty() {
        Seen::NotAttempted => Certainty::NotAttempted,
        Seen::Refused => Certainty::Refused,
        Seen::Unknown => Certainty::Unknown,
    };
    let mut translated =
        ConnectorError::new(kind, certainty).with_detail(error.detail()).with_source(error.clone());
    if let Some(status) = error.status() {
        translated = translated.with_http_status(status);
    }
    if let Some(scim_type) = error.scim().and_then(|scim| scim.scim_type()) {
        translated = translated.with_vendor_code(scim_type.as_str());
    }
    if let Some(wait) = error.retry_after() {
        translated = translated.with_retry_after(wait);
    }
    if let Some(id) = tenure_scim_client::request_id(error.headers()) {
        translated = translated.with_request_id(id);
    }
    match tenure_connector_rest::rate_signal(error.headers()) {
        Some(rate) => translated.with_rate(rate),
        None => translated,
    }
}

fn answered(error: &ClientError) -> ErrorKind {
    let status = error.status().unwrap_or_default();
    let scim = error.scim().map(tenure_scim::ScimError::kind);
    match (status, scim) {
        (403, _) if error.retry_after().is_some() => ErrorKind::RateLimited,
        (_, Some(Scim::Uniqueness)) => ErrorKind::AlreadyExists,
        (_, Some(Scim::ExpiredCursor)) => ErrorKind::TokenExpired,
        (400, Some(Scim::InvalidFilter | Scim::TooMany)) => ErrorKind::Unsupported,
        (401, _) => ErrorKind::Auth,
        (403, _) => ErrorKind::Permission,
        (404 | 410, _) => ErrorKind::NotFound,
        (405 | 501, _) => ErrorKind::Unsupported,
        (409 | 412 | 428, _) => ErrorKind::Conflict,
        (402 | 507, _) => ErrorKind::NoCapacity,
        (429, _) => ErrorKind::RateLimited,
        (408 | 425, _) => ErrorKind::Unavailable,
        (400 | 413 | 415 | 422, _) => ErrorKind::InvalidInput,
        (500..=599, _) => ErrorKind::Unavailable,
        _ => ErrorKind::Unexpected,
    }
}

/// Names the first attribute that a peer's sentence quotes, for input that it does not take.
pub(crate) fn blame(error: ConnectorError, attributes: impl Iterator<Item = String>) -> ConnectorError {
    if error.kind() != ErrorKind::InvalidInput {
        return error;
    }
    let detail = error.detail().to_owned();
    let named = attributes.filter(|name| mentions(&detail, name));
    named.fold(error, |error, name| error.with_attribute(name))
}

fn mentions(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part.eq_ignore_ascii_case(word))
}
