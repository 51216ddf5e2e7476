mod argument;
mod kind;
mod request;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tenure_scim::{Patch, Resource};

pub use self::argument::{
    AccountStatus, CredentialKind, CredentialSource, DeleteMode, OwnershipScope, SessionScope,
};
pub use self::kind::OperationKind;
pub use self::request::WriteRequest;
use crate::{EntitlementRef, ObjectClass, ObjectRef};

/// One write, as data: it can be planned, printed, approved, journalled, refused and replayed.
///
/// What "already there", "not found" and "repeat" mean for each is written at the variant, and every connector is held
/// to it by the conformance suite.
///
/// # Examples
///
/// ```
/// use tenure_connector::{AccountStatus, ObjectClass, ObjectRef, Operation, OperationKind};
///
/// let operation = Operation::SetStatus {
///     object: ObjectRef::new(ObjectClass::USER, "42"),
///     status: AccountStatus::Suspended,
/// };
/// assert_eq!(operation.kind(), OperationKind::SetStatus);
/// assert_eq!(operation.to_string(), "set_status suspended of User/42");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Operation {
    /// Makes an object with these attributes.
    ///
    /// An object with the same unique attribute is `AlreadyExists`, with a reference to it if the system tells. Repeating
    /// with the same idempotency key is `AlreadySo` where the connector declares the operation idempotent.
    Create {
        /// The kind of object.
        class: ObjectClass,
        /// Its attributes. A password is never among them; set it with [`Operation::SetCredential`].
        resource: Resource,
    },
    /// Changes attributes. All of the patch or none of it.
    ///
    /// An object that is gone is `NotFound`. A patch that changes nothing is `AlreadySo`.
    Update {
        /// The object.
        object: ObjectRef,
        /// The change.
        patch: Patch,
    },
    /// Makes an account work or stop working.
    ///
    /// Stopping an account that is gone is `AlreadySo` with `observed_missing`; making a missing account active is
    /// `NotFound`. The status that holds already is `AlreadySo`.
    SetStatus {
        /// The account.
        object: ObjectRef,
        /// The wanted status.
        status: AccountStatus,
    },
    /// Removes an object. One that is gone is `AlreadySo` with `observed_missing`.
    Delete {
        /// The object.
        object: ObjectRef,
        /// How thoroughly.
        mode: DeleteMode,
    },
    /// Brings back a softly deleted object. One that is there is `AlreadySo`; one that is gone for good is `NotFound`.
    Restore {
        /// The object.
        object: ObjectRef,
    },
    /// Gives an entitlement. A grant that is there is `AlreadySo`; a missing account or entitlement is `NotFound`.
    ///
    /// An entitlement of an exclusive group takes the place of the one held before, in one step.
    Grant {
        /// The account.
        object: ObjectRef,
        /// What it gets.
        entitlement: EntitlementRef,
        /// Further arguments in the words of the connector, for instance a scope.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        parameters: BTreeMap<String, String>,
    },
    /// Takes an entitlement away. A grant, account or entitlement that is not there is `AlreadySo` with
    /// `observed_missing`; an immutable grant is refused with `Policy`.
    Revoke {
        /// The account.
        object: ObjectRef,
        /// What it loses.
        entitlement: EntitlementRef,
    },
    /// Ends sessions. An account that is gone, or one without sessions, is `AlreadySo`.
    RevokeSessions {
        /// The account.
        object: ObjectRef,
        /// Which sessions.
        scope: SessionScope,
    },
    /// Forgets second factors, so that the user enrols anew. A missing account is `NotFound`.
    ResetFactors {
        /// The account.
        object: ObjectRef,
    },
    /// Sets a credential. A missing account is `NotFound`; one that the system's rules refuse is `Policy`.
    SetCredential {
        /// The account.
        object: ObjectRef,
        /// Where the value comes from.
        credential: CredentialSource,
    },
    /// Replaces a credential and makes the old one useless. A missing account is `NotFound`.
    RotateCredential {
        /// The account.
        object: ObjectRef,
        /// What sort of credential.
        kind: CredentialKind,
        /// Where the new value comes from.
        credential: CredentialSource,
    },
    /// Gives what an account owns to another. Nothing left to transfer is `AlreadySo`; a missing receiver is `NotFound`.
    TransferOwnership {
        /// The account that gives.
        object: ObjectRef,
        /// The account that receives.
        to: ObjectRef,
        /// What changes hands.
        scope: OwnershipScope,
    },
    /// Gives a licence. No seat left is `NoCapacity`; a licence that is held is `AlreadySo`.
    AssignLicence {
        /// The account.
        object: ObjectRef,
        /// The licence.
        licence: EntitlementRef,
    },
    /// Takes a licence away. One that is not held, or an account that is gone, is `AlreadySo` with `observed_missing`.
    ReleaseLicence {
        /// The account.
        object: ObjectRef,
        /// The licence.
        licence: EntitlementRef,
    },
    /// Does something that only this system has, as its connector documents it.
    Custom {
        /// The object.
        object: ObjectRef,
        /// The name of the action.
        name: String,
        /// Its arguments.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        arguments: BTreeMap<String, serde_json::Value>,
    },
}

impl Operation {
    /// The kind without the arguments.
    #[must_use]
    pub fn kind(&self) -> OperationKind {
        match self {
            Self::Create { .. } => OperationKind::Create,
            Self::Update { .. } => OperationKind::Update,
            Self::SetStatus { .. } => OperationKind::SetStatus,
            Self::Delete { .. } => OperationKind::Delete,
            Self::Restore { .. } => OperationKind::Restore,
            Self::Grant { .. } => OperationKind::Grant,
            Self::Revoke { .. } => OperationKind::Revoke,
            Self::RevokeSessions { .. } => OperationKind::RevokeSessions,
            Self::ResetFactors { .. } => OperationKind::ResetFactors,
            Self::SetCredential { .. } => OperationKind::SetCredential,
            Self::RotateCredential { .. } => OperationKind::RotateCredential,
            Self::TransferOwnership { .. } => OperationKind::TransferOwnership,
            Self::AssignLicence { .. } => OperationKind::AssignLicence,
            Self::ReleaseLicence { .. } => OperationKind::ReleaseLicence,
            Self::Custom { .. } => OperationKind::Custom,
        }
    }

    /// The object it works on; `None` for a create.
    #[must_use]
    pub fn object(&self) -> Option<&ObjectRef> {
        self.subject().ok()
    }

    /// The class of the object it makes or works on.
    #[must_use]
    pub fn class(&self) -> &ObjectClass {
        match self.subject() {
            Ok(object) => &object.class,
            Err(class) => class,
        }
    }

    fn subject(&self) -> Result<&ObjectRef, &ObjectClass> {
        match self {
            Self::Create { class, .. } => Err(class),
            Self::Update { object, .. }
            | Self::SetStatus { object, .. }
            | Self::Delete { object, .. }
            | Self::Restore { object }
            | Self::Grant { object, .. }
            | Self::Revoke { object, .. }
            | Self::RevokeSessions { object, .. }
            | Self::ResetFactors { object }
            | Self::SetCredential { object, .. }
            | Self::RotateCredential { object, .. }
            | Self::TransferOwnership { object, .. }
            | Self::AssignLicence { object, .. }
            | Self::ReleaseLicence { object, .. }
            | Self::Custom { object, .. } => Ok(object),
        }
    }

    /// The entitlement it gives or takes.
    #[must_use]
    pub fn entitlement(&self) -> Option<&EntitlementRef> {
        match self {
            Self::Grant { entitlement, .. } | Self::Revoke { entitlement, .. } => Some(entitlement),
            Self::AssignLicence { licence, .. } | Self::ReleaseLicence { licence, .. } => Some(licence),
            _ => None,
        }
    }

    /// Whether an object that is not there already satisfies it.
    #[must_use]
    pub fn satisfied_by_absence(&self) -> bool {
        match self {
            Self::SetStatus { status, .. } => !status.is_active(),
            other => other.kind().takes_away(),
        }
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = self.kind();
        match self {
            Self::Create { class, .. } => write!(f, "{kind} {class}"),
            Self::SetStatus { object, status } => write!(f, "{kind} {status} of {object}"),
            Self::TransferOwnership { object, to, .. } => write!(f, "{kind} from {object} to {to}"),
            Self::Custom { object, name, .. } => write!(f, "{kind} {name} of {object}"),
            other => match (other.entitlement(), other.object()) {
                (Some(entitlement), Some(object)) => write!(f, "{kind} {entitlement} of {object}"),
                (None, Some(object)) => write!(f, "{kind} {object}"),
                _ => write!(f, "{kind}"),
            },
        }
    }
}
