//! The leaver ladder: what happens to an account that is wanted no more.

use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::IdentityId;
use crate::time::Span;

/// One rung: an action and how long after the end it comes.
///
/// In a document: `disable`, `disable: after 2h`, `transfer_ownership: manager`, `delete: after 30d`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LadderRung {
    /// What to do.
    pub action: LeaverAction,
    /// How long after the end; `None` is at once, and for `delete` the policy's `delete_after`.
    pub after: Option<Span>,
}

/// What to do with an account that is wanted no more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LeaverAction {
    /// End every session.
    RevokeSessions,
    /// Disable the account.
    Disable,
    /// Take every entitlement away, also those given outside policy.
    RemoveEntitlements,
    /// Give what the account owns to someone else.
    TransferOwnership(Recipient),
    /// Put the fallback of the target's licences in the place of a stronger one; the account stays as it is.
    Downgrade,
    /// Give the paid seat back.
    ReleaseSeat,
    /// Delete the account.
    Delete,
}

impl LeaverAction {
    /// The word for it in a document.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::RevokeSessions => "revoke_sessions",
            Self::Disable => "disable",
            Self::RemoveEntitlements => "remove_entitlements",
            Self::TransferOwnership(_) => "transfer_ownership",
            Self::Downgrade => "downgrade",
            Self::ReleaseSeat => "release_seat",
            Self::Delete => "delete",
        }
    }
}

impl fmt::Display for LeaverAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Who receives what a leaver owns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Recipient {
    /// The manager; where that one is gone, the manager's manager, and so on.
    Manager,
    /// One fixed identity.
    Identity(IdentityId),
}

impl Serialize for Recipient {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Manager => serializer.serialize_str(MANAGER),
            Self::Identity(id) => id.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Recipient {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = IdentityId::deserialize(deserializer)?;
        Ok(if id == MANAGER { Self::Manager } else { Self::Identity(id) })
    }
}

impl Serialize for LadderRung {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let word = self.action.word();
        match (&self.action, self.after) {
            (LeaverAction::TransferOwnership(to), _) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(word, to)?;
                map.end()
            }
            (_, Some(after)) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(word, &after)?;
                map.end()
            }
            (_, None) => serializer.serialize_str(word),
        }
    }
}

impl<'de> Deserialize<'de> for LadderRung {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Rung;
        impl<'de> Visitor<'de> for Rung {
            type Value = LadderRung;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an action such as `disable`, or one with its delay such as `delete: after 30d`")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<LadderRung, E> {
                let action = match word {
                    TRANSFER => {
                        return Err(E::custom(
                            "`transfer_ownership` needs to know to whom: expected `transfer_ownership: manager` or an identity's id",
                        ));
                    }
                    other => action(other)?,
                };
                Ok(LadderRung { action, after: None })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<LadderRung, A::Error> {
                let word: String = map.next_key()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
                let rung = if word == TRANSFER {
                    LadderRung { action: LeaverAction::TransferOwnership(map.next_value()?), after: None }
                } else {
                    let action = action(&word)?;
                    LadderRung { action, after: Some(map.next_value()?) }
                };
                match map.next_key::<String>()? {
                    Some(more) => Err(A::Error::custom(format!(
                        "`{more}` stands beside `{word}`: expected one action in each entry of the list"
                    ))),
                    None => Ok(rung),
                }
            }
        }
        deserializer.deserialize_any(Rung)
    }
}

fn action<E: serde::de::Error>(word: &str) -> Result<LeaverAction, E> {
    Ok(match word {
        "revoke_sessions" => LeaverAction::RevokeSessions,
        "disable" => LeaverAction::Disable,
        "remove_entitlements" => LeaverAction::RemoveEntitlements,
        "downgrade" => LeaverAction::Downgrade,
        "release_seat" => LeaverAction::ReleaseSeat,
        "delete" => LeaverAction::Delete,
        other => return Err(E::unknown_variant(other, WORDS)),
    })
}

const MANAGER: &str = "manager";
const TRANSFER: &str = "transfer_ownership";
const WORDS: &[&str] =
    &["revoke_sessions", "disable", "remove_entitlements", TRANSFER, "downgrade", "release_seat", "delete"];
