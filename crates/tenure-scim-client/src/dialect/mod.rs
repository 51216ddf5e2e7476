mod presets;
mod shape;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How writes look on the wire for one sort of peer.
///
/// The caller says what should change; this says in which dialect. Every field can be set one by one; the constructors
/// give what is known of a product. It is data, so that a configuration file can hold it.
///
/// # Examples
///
/// ```
/// use tenure_scim_client::{Dialect, Update};
///
/// let slow_aws = Dialect { max_operations: Some(1), ..Dialect::aws() };
/// assert_eq!(slow_aws.max_member_changes, Some(100));
/// assert_eq!(Dialect::put_only().update, Update::Put);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Dialect {
    /// The name of the dialect, for logs.
    pub name: String,
    /// How attributes are changed.
    pub update: Update,
    /// Whether each PATCH operation names its attribute in `path`, and each attribute has one operation.
    pub one_operation_per_path: bool,
    /// The largest number of operations in one PATCH; more are sent as several requests.
    pub max_operations: Option<usize>,
    /// The largest number of members added and removed in one PATCH.
    pub max_member_changes: Option<usize>,
    /// How a member of a group is removed.
    pub member_removal: MemberRemoval,
    /// Whether all members can be replaced by one operation.
    pub replaces_members: bool,
    /// Writes `Add`, `Replace`, `Remove` instead of the RFC's lower case.
    pub capital_operations: bool,
    /// Writes booleans in PATCH as `"True"` and `"False"`.
    pub text_booleans: bool,
    /// Sends `If-Match` when the caller names a version.
    pub if_match: bool,
    /// Sends and asks for `application/json` instead of `application/scim+json`.
    pub plain_json: bool,
    /// Sends every query as `POST …/.search`: for a peer that reads no numbers in addresses, or whose logs must not
    /// hold the personal data in filters.
    pub post_queries: bool,
    /// The largest page that the peer gives.
    pub max_page_size: Option<u32>,
    /// How fast the peer may be read from. Kept only by a client with a timer.
    pub reads: Option<Rate>,
    /// How fast the peer may be written to. Kept only by a client with a timer.
    pub writes: Option<Rate>,
}

/// How attributes of an existing resource are changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Update {
    /// By PATCH; when the peer answers that it has no PATCH, by reading, changing and PUT from then on.
    ///
    /// What `ServiceProviderConfig` says about PATCH does not count: too many peers say it wrongly.
    #[default]
    Auto,
    /// By PATCH only.
    Patch,
    /// By reading, changing and PUT.
    Put,
}

/// How a member of a group is removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum MemberRemoval {
    /// `{"op":"remove","path":"members[value eq \"1\"]"}`, as RFC 7644 has it.
    #[default]
    Filter,
    /// `{"op":"remove","path":"members","value":[{"value":"1"}]}`, as Entra without its flag writes it.
    Value,
}

/// A number of calls in a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rate {
    /// Calls in one window; zero means no limit.
    pub calls: u32,
    /// The length of the window.
    #[serde(with = "seconds", rename = "windowSeconds")]
    pub window: Duration,
    /// Calls at once after a pause.
    pub burst: u32,
}

impl Rate {
    /// So many calls in a minute, so many at once.
    #[must_use]
    pub fn per_minute(calls: u32, burst: u32) -> Self {
        Self { calls, window: Duration::from_secs(60), burst }
    }
}

mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(value.as_secs())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_secs)
    }
}
