//! What goes wrong, in the contract's words.

use tenure_connector::{Certainty, ConnectorError, ErrorKind, Retry};

/// A mistake in the configuration, or a layout that is not the one that was described.
pub(crate) fn wrong(detail: impl Into<String>) -> ConnectorError {
    ConnectorError::new(ErrorKind::Config, Certainty::NotAttempted).with_detail(detail)
}

pub(crate) fn unsupported(detail: impl Into<String>) -> ConnectorError {
    ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted).with_detail(detail)
}

/// A stored value that is not what the layout says.
pub(crate) fn unfit(detail: impl Into<String>) -> ConnectorError {
    ConnectorError::new(ErrorKind::Protocol, Certainty::Refused).with_detail(detail)
}

/// What the databases call differently and mean alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "which are met depends on the features")]
pub(crate) enum Meaning {
    /// A unique value is taken.
    Taken,
    /// Another table still refers to the row, or a referred row is missing.
    Referred,
    /// A value that a column does not take.
    Value,
    /// A table or a column is not there.
    Layout,
    Credentials,
    Permission,
    /// Another transaction was in the way.
    Collision,
    Unavailable,
    Other,
}

impl Meaning {
    fn kind(self) -> (ErrorKind, Retry) {
        match self {
            Self::Taken => (ErrorKind::AlreadyExists, Retry::Permanent),
            Self::Referred => (ErrorKind::Policy, Retry::Permanent),
            Self::Value => (ErrorKind::InvalidInput, Retry::Permanent),
            Self::Layout => (ErrorKind::Config, Retry::Permanent),
            Self::Credentials => (ErrorKind::Auth, Retry::Permanent),
            Self::Permission => (ErrorKind::Permission, Retry::Permanent),
            Self::Collision => (ErrorKind::Conflict, Retry::Temporary),
            Self::Unavailable => (ErrorKind::Unavailable, Retry::Temporary),
            Self::Other => (ErrorKind::Unexpected, Retry::Permanent),
        }
    }

    /// A statement that the database refused. It has no effect: its transaction is undone.
    #[allow(dead_code, reason = "a build without a database has nothing that refuses")]
    pub(crate) fn refused(self, code: impl Into<String>, text: &str) -> ConnectorError {
        let (kind, retry) = self.kind();
        let text: String = text.chars().filter(|c| !c.is_control()).take(300).collect();
        ConnectorError::new(kind, Certainty::Refused)
            .with_retry(retry)
            .with_vendor_code(code)
            .with_detail(text.trim_end_matches('.'))
    }
}
