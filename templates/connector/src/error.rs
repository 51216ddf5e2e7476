use std::time::Duration;

use tenure_connector::{Certainty, ConnectorError, ErrorKind, ObjectClass, ObjectRef};

use crate::{Lost, Response};

/// What a request without an answer means: only when nothing was sent is it certain that nothing happened.
pub(crate) fn lost(lost: Lost) -> ConnectorError {
    match lost {
        Lost::NotSent => ConnectorError::new(ErrorKind::Unavailable, Certainty::NotAttempted)
            .with_detail("no connection to the service"),
        Lost::NoAnswer => {
            ConnectorError::new(ErrorKind::Timeout, Certainty::Unknown).with_detail("the answer did not come")
        }
    }
}

/// What an answer that is no success means. The body is not repeated: it may hold what was sent.
pub(crate) fn refused(response: &Response) -> ConnectorError {
    let kind = match response.status {
        400 | 422 => ErrorKind::InvalidInput,
        401 => ErrorKind::Auth,
        403 => ErrorKind::Permission,
        404 => ErrorKind::NotFound,
        409 => ErrorKind::AlreadyExists,
        429 => ErrorKind::RateLimited,
        500.. => ErrorKind::Unavailable,
        _ => ErrorKind::Protocol,
    };
    // A 5xx can come from a proxy that gave up on a request that the service carries out.
    let certainty = if response.status >= 500 { Certainty::Unknown } else { Certainty::Refused };
    let code = response.body.get("code").and_then(serde_json::Value::as_str);
    let mut error = ConnectorError::new(kind, certainty)
        .with_http_status(response.status)
        .with_detail(format!("the service answered {}", response.status));
    if let Some(code) = code {
        error = error.with_vendor_code(code);
    }
    if let Some(id) = response.body.get("conflicting").and_then(serde_json::Value::as_str) {
        error = error.with_conflicting(ObjectRef::new(ObjectClass::USER, id));
    }
    match response.headers.get("retry-after").and_then(|text| text.parse().ok()) {
        Some(seconds) => error.with_retry_after(Duration::from_secs(seconds)),
        None => error,
    }
}
