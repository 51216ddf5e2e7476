use std::fmt;

use serde::{Deserialize, Serialize};

/// The kind of an [`Operation`](crate::Operation), without its arguments; the key of capabilities, guards and reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OperationKind {
    /// Make an object.
    Create,
    /// Change attributes.
    Update,
    /// Make an account work or stop working, reversibly.
    SetStatus,
    /// Remove an object.
    Delete,
    /// Bring a deleted object back.
    Restore,
    /// Give an entitlement.
    Grant,
    /// Take an entitlement away.
    Revoke,
    /// End sessions and tokens.
    RevokeSessions,
    /// Forget second factors.
    ResetFactors,
    /// Set a credential.
    SetCredential,
    /// Replace a credential by a new one.
    RotateCredential,
    /// Give what an account owns to another one.
    TransferOwnership,
    /// Give a licence.
    AssignLicence,
    /// Take a licence away.
    ReleaseLicence,
    /// Something only this system has.
    Custom,
}

impl OperationKind {
    /// Every kind, in the order of the enum.
    pub const ALL: [Self; 15] = [
        Self::Create,
        Self::Update,
        Self::SetStatus,
        Self::Delete,
        Self::Restore,
        Self::Grant,
        Self::Revoke,
        Self::RevokeSessions,
        Self::ResetFactors,
        Self::SetCredential,
        Self::RotateCredential,
        Self::TransferOwnership,
        Self::AssignLicence,
        Self::ReleaseLicence,
        Self::Custom,
    ];

    /// The name in documents and reports, for instance `set_status`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::SetStatus => "set_status",
            Self::Delete => "delete",
            Self::Restore => "restore",
            Self::Grant => "grant",
            Self::Revoke => "revoke",
            Self::RevokeSessions => "revoke_sessions",
            Self::ResetFactors => "reset_factors",
            Self::SetCredential => "set_credential",
            Self::RotateCredential => "rotate_credential",
            Self::TransferOwnership => "transfer_ownership",
            Self::AssignLicence => "assign_licence",
            Self::ReleaseLicence => "release_licence",
            Self::Custom => "custom",
        }
    }

    /// Whether the operation only takes something away, so that an object that is not there already satisfies it.
    #[must_use]
    pub fn takes_away(self) -> bool {
        matches!(self, Self::Delete | Self::Revoke | Self::RevokeSessions | Self::ReleaseLicence)
    }
}

impl fmt::Display for OperationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
