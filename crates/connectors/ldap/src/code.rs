//! LDAP result codes (RFC 4511 section 4.1.9) in the contract's words.

use ldap3::LdapResult;
use tenure_connector::{Certainty, ConnectorError, ErrorKind, Retry};

pub(crate) const TIME_LIMIT: u32 = 3;
pub(crate) const SIZE_LIMIT: u32 = 4;
pub(crate) const ADMIN_LIMIT: u32 = 11;
pub(crate) const NO_SUCH_ATTRIBUTE: u32 = 16;
pub(crate) const CONSTRAINT_VIOLATION: u32 = 19;
pub(crate) const VALUE_EXISTS: u32 = 20;
pub(crate) const NO_SUCH_OBJECT: u32 = 32;
pub(crate) const UNWILLING: u32 = 53;
pub(crate) const OBJECT_CLASS_VIOLATION: u32 = 65;
pub(crate) const ENTRY_EXISTS: u32 = 68;
pub(crate) const SYNC_REFRESH_REQUIRED: u32 = 4096;

/// What a code means: its kind, whether trying again can help, whether anything happened.
fn meaning(code: u32) -> (ErrorKind, Retry, Certainty) {
    use Certainty::{Refused, Unknown};
    use ErrorKind as Kind;
    use Retry::{Permanent, Persistent, Temporary};
    match code {
        2 | 14 => (Kind::Protocol, Permanent, Refused),
        TIME_LIMIT => (Kind::Timeout, Temporary, Refused),
        SIZE_LIMIT | ADMIN_LIMIT => (Kind::NoCapacity, Persistent, Refused),
        7 | 48 | 49 => (Kind::Auth, Permanent, Refused),
        8 | 13 => (Kind::Config, Permanent, Refused),
        // A replica that may only be read refers to the server that may be written.
        10 | 54 => (Kind::Config, Permanent, Refused),
        12 | 71 => (Kind::Unsupported, Permanent, Refused),
        NO_SUCH_ATTRIBUTE | VALUE_EXISTS | 122 => (Kind::Conflict, Permanent, Refused),
        17 | 18 | 21 | 33 | 34 | 36 | 64 | OBJECT_CLASS_VIOLATION | 67 | 69 => {
            (Kind::InvalidInput, Permanent, Refused)
        }
        CONSTRAINT_VIOLATION | UNWILLING | 66 => (Kind::Policy, Permanent, Refused),
        NO_SUCH_OBJECT => (Kind::NotFound, Permanent, Refused),
        50 => (Kind::Permission, Permanent, Refused),
        51 | 52 => (Kind::Unavailable, Temporary, Refused),
        ENTRY_EXISTS => (Kind::AlreadyExists, Permanent, Refused),
        SYNC_REFRESH_REQUIRED => (Kind::TokenExpired, Permanent, Refused),
        // "Other" and what no document names: the server failed in the middle of something.
        _ => (Kind::Unexpected, Permanent, Unknown),
    }
}

/// An answer as an error. The server's sentence is repeated: it names attributes and rules; calls with secrets use
/// [`without_text`].
pub(crate) fn error(what: &str, result: &LdapResult) -> ConnectorError {
    let text = crate::value::one_line(&result.text);
    let text = text.trim().trim_end_matches('.');
    let error = without_text(what, result);
    if text.is_empty() { error } else { error.with_detail(format!("{what}: {text}")) }
}

/// An answer as an error, without the server's sentence.
pub(crate) fn without_text(what: &str, result: &LdapResult) -> ConnectorError {
    let (mut kind, retry, certainty) = meaning(result.rc);
    // Active Directory refuses a password without TLS with the Windows error ERROR_GEN_FAILURE.
    let needs_tls = result.rc == UNWILLING && result.text.contains("0000001F");
    if needs_tls {
        kind = ErrorKind::Config;
    }
    if result.rc == CONSTRAINT_VIOLATION && NOT_UNIQUE.iter().any(|sign| result.text.contains(sign)) {
        kind = ErrorKind::AlreadyExists;
    }
    let error = ConnectorError::new(kind, certainty)
        .with_retry(retry)
        .with_vendor_code(result.rc.to_string())
        .with_detail(format!("{what}: the server answers {}", name(result.rc)));
    match result.rc {
        8 | 13 => error.with_help("use `ldaps` or `starttls`"),
        10 => error.with_help("write to the server that the answer refers to; this one may only be read"),
        _ if needs_tls => error.with_help("use `ldaps` or `starttls`"),
        _ => error,
    }
}

/// How servers say that a value is taken: OpenLDAP's unique overlay, Active Directory (a name that the forest has), and
/// Samba.
const NOT_UNIQUE: [&str; 3] = ["not unique", "000021C8", "already in use"];

fn name(code: u32) -> String {
    let name = match code {
        1 => "operationsError",
        2 => "protocolError",
        TIME_LIMIT => "timeLimitExceeded",
        SIZE_LIMIT => "sizeLimitExceeded",
        7 => "authMethodNotSupported",
        8 => "strongerAuthRequired",
        10 => "referral",
        ADMIN_LIMIT => "adminLimitExceeded",
        12 => "unavailableCriticalExtension",
        13 => "confidentialityRequired",
        14 => "saslBindInProgress",
        NO_SUCH_ATTRIBUTE => "noSuchAttribute",
        17 => "undefinedAttributeType",
        18 => "inappropriateMatching",
        CONSTRAINT_VIOLATION => "constraintViolation",
        VALUE_EXISTS => "attributeOrValueExists",
        21 => "invalidAttributeSyntax",
        NO_SUCH_OBJECT => "noSuchObject",
        34 => "invalidDNSyntax",
        48 => "inappropriateAuthentication",
        49 => "invalidCredentials",
        50 => "insufficientAccessRights",
        51 => "busy",
        52 => "unavailable",
        UNWILLING => "unwillingToPerform",
        64 => "namingViolation",
        OBJECT_CLASS_VIOLATION => "objectClassViolation",
        66 => "notAllowedOnNonLeaf",
        67 => "notAllowedOnRDN",
        ENTRY_EXISTS => "entryAlreadyExists",
        71 => "affectsMultipleDSAs",
        80 => "other",
        122 => "assertionFailed",
        SYNC_REFRESH_REQUIRED => "e-syncRefreshRequired",
        code => return format!("code {code}"),
    };
    format!("{name} ({code})")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(rc: u32, text: &str) -> LdapResult {
        LdapResult { rc, matched: String::new(), text: text.to_owned(), refs: Vec::new(), ctrls: Vec::new() }
    }

    #[test]
    fn codes_tell_kind_retry_and_certainty() {
        use ErrorKind as Kind;
        for (code, kind, retry, certainty) in [
            (3, Kind::Timeout, Retry::Temporary, Certainty::Refused),
            (4, Kind::NoCapacity, Retry::Persistent, Certainty::Refused),
            (10, Kind::Config, Retry::Permanent, Certainty::Refused),
            (13, Kind::Config, Retry::Permanent, Certainty::Refused),
            (16, Kind::Conflict, Retry::Permanent, Certainty::Refused),
            (19, Kind::Policy, Retry::Permanent, Certainty::Refused),
            (21, Kind::InvalidInput, Retry::Permanent, Certainty::Refused),
            (32, Kind::NotFound, Retry::Permanent, Certainty::Refused),
            (49, Kind::Auth, Retry::Permanent, Certainty::Refused),
            (50, Kind::Permission, Retry::Permanent, Certainty::Refused),
            (51, Kind::Unavailable, Retry::Temporary, Certainty::Refused),
            (52, Kind::Unavailable, Retry::Temporary, Certainty::Refused),
            (53, Kind::Policy, Retry::Permanent, Certainty::Refused),
            (65, Kind::InvalidInput, Retry::Permanent, Certainty::Refused),
            (68, Kind::AlreadyExists, Retry::Permanent, Certainty::Refused),
            (80, Kind::Unexpected, Retry::Permanent, Certainty::Unknown),
            (122, Kind::Conflict, Retry::Permanent, Certainty::Refused),
            (4096, Kind::TokenExpired, Retry::Permanent, Certainty::Refused),
            (9999, Kind::Unexpected, Retry::Permanent, Certainty::Unknown),
        ] {
            let error = error("modify", &answer(code, ""));
            assert_eq!((error.kind(), error.retry(), error.certainty()), (kind, retry, certainty), "{code}");
        }
    }

    #[test]
    fn a_value_that_is_taken_already_exists() {
        for text in
            ["some attributes not unique", "000021C8: AtrErr: DSID-03200EAC", "'anna' is already in use"]
        {
            assert_eq!(error("add", &answer(19, text)).kind(), ErrorKind::AlreadyExists, "{text}");
        }
        assert_eq!(error("add", &answer(19, "Password fails quality checking")).kind(), ErrorKind::Policy);
    }

    #[test]
    fn active_directory_says_that_tls_is_missing() {
        let error = error("set the password", &answer(53, "0000001F: SvcErr: DSID-031A126C, problem 5003"));
        assert_eq!((error.kind(), error.help()), (ErrorKind::Config, Some("use `ldaps` or `starttls`")));
    }

    #[test]
    fn the_sentence_is_one_line_without_a_dot() {
        let error = error("add", &answer(21, "mail: value #0 invalid\nper syntax."));
        assert_eq!(error.to_string(), "invalid input: add: mail: value #0 invalidper syntax");
    }
}
