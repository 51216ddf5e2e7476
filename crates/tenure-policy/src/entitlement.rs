//! What a person can hold in a target: a role, a group, a licence, a permission.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::{IdError, Parsed, TargetId};

/// The kind of an entitlement inside its target: `role`, `group`, `licence`, `permission` or a name of the connector's own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntitlementKind(Arc<str>);

impl EntitlementKind {
    /// Makes a kind from text; plurals and spellings of the well-known kinds are taken as the one form
    /// (`groups` is `group`, `seat` and `license` are `licence`).
    ///
    /// # Errors
    ///
    /// When the text is not made of ASCII letters, digits, `-` and `_`.
    ///
    /// # Examples
    ///
    /// ```
    /// use tenure_policy::EntitlementKind;
    /// assert_eq!(EntitlementKind::parse("groups")?.as_str(), "group");
    /// # Ok::<(), tenure_policy::EntitlementKeyError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, EntitlementKeyError> {
        let plain = match text {
            "roles" => "role",
            "groups" => "group",
            "seat" | "seats" | "license" | "licenses" | "licences" => "licence",
            "permissions" => "permission",
            "accounts" => "account",
            other => other,
        };
        if let Some(kind) = usual(plain) {
            return Ok(kind);
        }
        let ok =
            !plain.is_empty() && plain.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if ok { Ok(Self(Arc::from(plain))) } else { Err(EntitlementKeyError::kind(text)) }
    }

    /// The kind as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for a paid seat.
    #[must_use]
    pub fn is_licence(&self) -> bool {
        &*self.0 == LICENCE
    }

    pub(crate) fn is_account(&self) -> bool {
        &*self.0 == ACCOUNT
    }
}

impl fmt::Display for EntitlementKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for EntitlementKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for EntitlementKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Parsed(Self::parse))
    }
}

/// One entitlement of one target, written `target/kind:value`.
///
/// The short form `target/value` means the kind `role`.
///
/// # Examples
///
/// ```
/// use tenure_policy::EntitlementKey;
/// let key: EntitlementKey = "zendesk/group:Support".parse()?;
/// assert_eq!(key.value(), "Support");
/// assert_eq!(key.to_string(), "zendesk/group:Support");
/// assert_eq!("erp/pay".parse::<EntitlementKey>()?.to_string(), "erp/role:pay");
/// # Ok::<(), tenure_policy::EntitlementKeyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntitlementKey {
    /// The system that holds it.
    pub target: TargetId,
    /// What sort of thing it is there.
    pub kind: EntitlementKind,
    value: Arc<str>,
}

impl EntitlementKey {
    /// Puts a key together.
    ///
    /// # Errors
    ///
    /// When the value is empty, or the target or kind is not usable.
    pub fn new(target: &str, kind: &str, value: &str) -> Result<Self, EntitlementKeyError> {
        let target = target_id(target)?;
        Self::of(target, EntitlementKind::parse(kind)?, value)
    }

    /// Puts a key together from checked parts.
    ///
    /// # Errors
    ///
    /// When the value is empty.
    pub fn of(target: TargetId, kind: EntitlementKind, value: &str) -> Result<Self, EntitlementKeyError> {
        if value.trim().is_empty() {
            return Err(EntitlementKeyError::empty(&format!("{target}/{kind}:{value}")));
        }
        Ok(Self { target, kind, value: Arc::from(value.trim()) })
    }

    /// The name of the role, group, licence or permission in its target.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The pseudo-entitlement that stands for the account itself, so that "why is there an account" can be asked.
    #[must_use]
    pub fn account(target: TargetId) -> Self {
        Self {
            target,
            kind: usual(ACCOUNT).unwrap_or_else(|| EntitlementKind(Arc::from(ACCOUNT))),
            value: Arc::from("default"),
        }
    }

    /// True for the pseudo-entitlement of [`EntitlementKey::account`].
    #[must_use]
    pub fn is_account(&self) -> bool {
        self.kind.is_account()
    }

    /// The same entitlement in another target.
    #[must_use]
    pub fn in_target(&self, target: TargetId) -> Self {
        Self { target, kind: self.kind.clone(), value: Arc::clone(&self.value) }
    }
}

impl fmt::Display for EntitlementKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}:{}", self.target, self.kind, self.value)
    }
}

impl FromStr for EntitlementKey {
    type Err = EntitlementKeyError;

    fn from_str(text: &str) -> Result<Self, EntitlementKeyError> {
        let (target, rest) = text.split_once('/').ok_or_else(|| EntitlementKeyError::form(text))?;
        let (kind, value) = rest.split_once(':').unwrap_or(("role", rest));
        Self::new(target, kind, value)
    }
}

impl Serialize for EntitlementKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EntitlementKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Parsed(Self::from_str))
    }
}

/// Why a text is not an entitlement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not an entitlement: {expected}")]
pub struct EntitlementKeyError {
    found: String,
    expected: String,
}

impl EntitlementKeyError {
    fn form(found: &str) -> Self {
        Self {
            found: found.to_owned(),
            expected: "expected `target/kind:value`, for instance `zendesk/role:agent`".to_owned(),
        }
    }

    fn kind(found: &str) -> Self {
        Self {
            found: found.to_owned(),
            expected: "expected a kind of letters, digits, `-` and `_`, for instance `group`".to_owned(),
        }
    }

    fn empty(found: &str) -> Self {
        Self { found: found.to_owned(), expected: "expected a value after the kind".to_owned() }
    }
}

fn target_id(text: &str) -> Result<TargetId, EntitlementKeyError> {
    TargetId::parse(text)
        .map_err(|error: IdError| EntitlementKeyError { found: text.to_owned(), expected: error.to_string() })
}

/// A kind that many entitlements have: one text for all of them.
fn usual(text: &str) -> Option<EntitlementKind> {
    static USUAL: LazyLock<[EntitlementKind; 5]> = LazyLock::new(|| {
        ["role", "group", "permission", LICENCE, ACCOUNT].map(|kind| EntitlementKind(Arc::from(kind)))
    });
    USUAL.iter().find(|kind| &*kind.0 == text).cloned()
}

const LICENCE: &str = "licence";
const ACCOUNT: &str = "account";
