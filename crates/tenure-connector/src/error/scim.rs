use tenure_scim::{ScimError, ScimType};

use super::{Certainty, ConnectorError, ErrorKind};

/// What a SCIM error means to a caller of a connector: something the system saw and did not carry out.
impl From<ScimError> for ConnectorError {
    fn from(error: ScimError) -> Self {
        let kind = match (error.status(), error.scim_type()) {
            (409, Some(ScimType::Uniqueness)) => ErrorKind::AlreadyExists,
            (400, Some(ScimType::ExpiredCursor)) => ErrorKind::TokenExpired,
            (401, _) => ErrorKind::Auth,
            (403, _) => ErrorKind::Permission,
            (404, _) => ErrorKind::NotFound,
            (409 | 412, _) => ErrorKind::Conflict,
            (429, _) => ErrorKind::RateLimited,
            (501, _) => ErrorKind::Unsupported,
            (500.., _) => ErrorKind::Unavailable,
            _ => ErrorKind::InvalidInput,
        };
        let translated =
            Self::new(kind, Certainty::Refused).with_detail(error.detail()).with_http_status(error.status());
        match error.scim_type() {
            Some(scim_type) => translated.with_vendor_code(scim_type.as_str()),
            None => translated,
        }
    }
}
