//! SQLSTATE codes in the contract's words.

use tenure_connector::{Certainty, ConnectorError, ErrorKind, Retry};
use tenure_tls::postgres::certificate_problem;
use tokio_postgres::Error;

/// No connection: the server's own refusal, or why there was no answer. A certificate that is not accepted is the
/// configuration's.
pub(crate) fn no_connection(error: &Error) -> ConnectorError {
    if error.as_db_error().is_some() {
        return statement("connect", error);
    }
    let lost = |kind| ConnectorError::new(kind, Certainty::NotAttempted);
    match certificate_problem(error) {
        Some(reason) => lost(ErrorKind::Config).with_detail(format!("no connection to the server: {reason}")),
        None => lost(ErrorKind::Unavailable).with_detail("no connection to the server"),
    }
}

/// A failure of a statement. Statements of a write run in a transaction, so what fails before its end has no effect.
pub(crate) fn statement(what: &str, error: &Error) -> ConnectorError {
    translate(what, error, Certainty::NotAttempted)
}

/// A failure of what cannot be taken back, or of the end of a transaction: it may have been done.
pub(crate) fn final_step(what: &str, error: &Error) -> ConnectorError {
    translate(what, error, Certainty::Unknown)
}

fn translate(what: &str, error: &Error, without_answer: Certainty) -> ConnectorError {
    let Some(answer) = error.as_db_error() else {
        let kind = if error.is_closed() { ErrorKind::Unavailable } else { ErrorKind::Unexpected };
        let lost = ConnectorError::new(ErrorKind::Unavailable, without_answer);
        return match kind {
            ErrorKind::Unavailable => lost.with_detail(format!("{what}: the connection broke")),
            _ if error.to_string().contains("communicating") => {
                lost.with_detail(format!("{what}: the connection broke"))
            }
            kind => ConnectorError::new(kind, without_answer).with_detail(format!("{what}: no answer")),
        };
    };
    let code = answer.code().code();
    let (kind, retry) = meaning(code);
    let text: String = answer.message().chars().filter(|c| !c.is_control()).take(300).collect();
    ConnectorError::new(kind, Certainty::Refused)
        .with_retry(retry)
        .with_vendor_code(code)
        .with_detail(format!("{what}: {text}"))
}

fn meaning(code: &str) -> (ErrorKind, Retry) {
    use ErrorKind as Kind;
    match (code, code.get(..2).unwrap_or_default()) {
        ("28P01" | "28000", _) => (Kind::Auth, Retry::Permanent),
        ("42501", _) => (Kind::Permission, Retry::Permanent),
        ("42710" | "23505", _) => (Kind::AlreadyExists, Retry::Permanent),
        ("42704", _) => (Kind::NotFound, Retry::Permanent),
        // Objects still depend on the role; a name that the server keeps for itself.
        ("2BP01" | "55006" | "42939" | "0LP01", _) => (Kind::Policy, Retry::Permanent),
        ("3D000", _) => (Kind::Config, Retry::Permanent),
        ("40001" | "40P01" | "55P03" | "XX000", _) => (Kind::Conflict, Retry::Temporary),
        ("53300", _) | (_, "53" | "57" | "08") => (Kind::Unavailable, Retry::Temporary),
        (_, "22" | "42") => (Kind::InvalidInput, Retry::Permanent),
        (_, "0A") => (Kind::Unsupported, Retry::Permanent),
        _ => (Kind::Unexpected, Retry::Permanent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_tell_kind_and_retry() {
        for (code, kind, retry) in [
            ("28P01", ErrorKind::Auth, Retry::Permanent),
            ("42501", ErrorKind::Permission, Retry::Permanent),
            ("42710", ErrorKind::AlreadyExists, Retry::Permanent),
            ("2BP01", ErrorKind::Policy, Retry::Permanent),
            ("40P01", ErrorKind::Conflict, Retry::Temporary),
            ("53300", ErrorKind::Unavailable, Retry::Temporary),
            ("57P03", ErrorKind::Unavailable, Retry::Temporary),
            ("22023", ErrorKind::InvalidInput, Retry::Permanent),
            ("99999", ErrorKind::Unexpected, Retry::Permanent),
        ] {
            assert_eq!(meaning(code), (kind, retry), "{code}");
        }
    }
}
