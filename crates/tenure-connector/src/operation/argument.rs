use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::SecretRef;

/// Whether an account works.
///
/// A connector maps the words onto what its system has; what the difference costs is in the effects of
/// [`OperationKind::SetStatus`](crate::OperationKind::SetStatus). A system with a single flag treats every status but
/// `Active` alike, and `SetStatus` from one of those to another is already so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountStatus {
    /// It works.
    Active,
    /// It is stopped for a while; everything is kept.
    Suspended,
    /// It is stopped until somebody enables it again; the system may take things away.
    Disabled,
    /// It is stopped for good and kept for the record.
    Archived,
}

impl AccountStatus {
    /// Whether the user can get in.
    #[must_use]
    pub fn is_active(self) -> bool {
        self == Self::Active
    }

    /// The name in documents and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Disabled => "disabled",
            Self::Archived => "archived",
        }
    }
}

impl fmt::Display for AccountStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How thoroughly an object is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeleteMode {
    /// It can be restored for a while.
    Soft,
    /// It is gone.
    Permanent,
    /// It stays for the record, without anything that says whose it was.
    Anonymise,
}

/// Which sessions end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionScope {
    /// Browser sessions.
    Web,
    /// Sessions of mobile apps.
    Mobile,
    /// API tokens and OAuth grants.
    Tokens,
    /// All of them.
    All,
}

/// What changes hands when ownership is transferred.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnershipScope {
    /// Everything that the system can transfer.
    All,
    /// These kinds of things, in the words of the connector's documentation: `documents`, `calendars`, `tickets`.
    Only(BTreeSet<String>),
}

/// What sort of credential it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CredentialKind {
    /// A password a person types.
    Password,
    /// A key or a token that a program sends.
    ApiKey,
    /// A key pair of which the system keeps the public half.
    KeyPair,
}

/// Where the value of a credential comes from; never the value itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialSource {
    /// The caller's secret store holds it.
    Reference(SecretRef),
    /// The system makes it; the connector keeps it in the caller's secret store under this name.
    Generate {
        /// Where the new secret goes.
        keep_as: SecretRef,
    },
}
