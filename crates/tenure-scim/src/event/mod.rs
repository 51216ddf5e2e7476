//! Security event tokens for provisioning events (RFC 9967), as data. Signing and sending are the caller's.

#[cfg(test)]
mod tests;
mod wire;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::bulk::BulkOutcome;

/// The claims of a security event token about one SCIM resource.
///
/// Serialises as the JSON of the claims, ready to be signed as a JWT (RFC 8417). The JWT claim `sub` is never
/// written and never accepted (RFC 9967 section 2.1).
///
/// # Examples
///
/// ```
/// use tenure_scim::event::{Change, Event, EventToken, Subject};
///
/// let token = EventToken {
///     jti: "4d3559ec67504aaba65d40b0363faad8".to_owned(),
///     iat: "2026-01-31T12:00:00Z".parse()?,
///     iss: "https://scim.example.com".to_owned(),
///     aud: vec!["https://receiver.example.com".to_owned()],
///     txn: Some("734f0614e3274f288f93ac74119dcf78".to_owned()),
///     subject: Subject::new("/Users/44f6142df96bd6ab61e7521d9"),
///     events: vec![Event::Create(Change::notice(["id", "userName"]))],
/// };
/// let claims = serde_json::to_value(&token)?;
/// assert_eq!(claims["sub_id"]["format"], "scim");
/// assert_eq!(claims["events"]["urn:ietf:params:scim:event:prov:create:notice"]["attributes"][1], "userName");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct EventToken {
    /// The identity of this token; another one for each transmission.
    pub jti: String,
    /// When the token was made, to the second.
    pub iat: DateTime<Utc>,
    /// Who made it.
    pub iss: String,
    /// For whom it is.
    pub aud: Vec<String>,
    /// The transaction behind the events; the same for each transmission. Required for asynchronous requests,
    /// coordinated provisioning and replication.
    pub txn: Option<String>,
    /// Which resource the events are about.
    pub subject: Subject,
    /// What happened; many events stem from one transaction.
    pub events: Vec<Event>,
}

/// The resource that events are about (`sub_id`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Subject {
    /// The path of the resource below the base of the service: `/Users/1`.
    pub uri: String,
    /// The client's identifier.
    pub external_id: Option<String>,
    /// The service's identifier.
    pub id: Option<String>,
    /// Further unique attributes, such as `userName`.
    pub more: Map<String, Value>,
}

/// Something that happened to a resource.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The resource is now part of the feed.
    FeedAdd,
    /// The resource is no longer part of the feed; it need not be gone.
    FeedRemove,
    /// The resource was created.
    Create(Change),
    /// The resource was changed by PATCH; a full change carries the PatchOp message.
    Patch(Change),
    /// The resource was replaced.
    Put(Change),
    /// The resource was deleted.
    Delete,
    /// The resource is ready for use.
    Activate,
    /// The resource is no longer to be used.
    Deactivate,
    /// An asynchronous request is done.
    AsyncResponse(BulkOutcome),
    /// An event of another specification.
    Other {
        /// The event's URI.
        uri: String,
        /// Its payload.
        payload: Value,
    },
}

/// A change, told in full or in outline.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What the receiver is told.
    pub content: Content,
    /// The version of the resource after the change.
    pub version: Option<String>,
}

/// What a change event tells.
///
/// Exhaustive: RFC 9967 section 2.4 asks for exactly one of the two.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// The data themselves (`...:full`).
    Full(Value),
    /// The paths of the attributes that changed (`...:notice`).
    Notice(Vec<String>),
}

impl Subject {
    /// The resource at this path below the base of the service.
    pub fn new(uri: impl Into<String>) -> Self {
        Self { uri: uri.into(), ..Self::default() }
    }
}

impl Change {
    /// A change with its data.
    pub fn full(data: impl Into<Value>) -> Self {
        Self { content: Content::Full(data.into()), version: None }
    }

    /// A change of these attributes, without their values.
    pub fn notice<P: ToString>(attributes: impl IntoIterator<Item = P>) -> Self {
        let attributes = attributes.into_iter().map(|a| a.to_string()).collect();
        Self { content: Content::Notice(attributes), version: None }
    }

    /// The same change, leading to this version.
    #[must_use]
    pub fn with_version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }
}

impl Event {
    /// The event's URI.
    pub fn uri(&self) -> &str {
        let full = |change: &Change| matches!(change.content, Content::Full(_));
        match self {
            Self::FeedAdd => FEED_ADD,
            Self::FeedRemove => FEED_REMOVE,
            Self::Create(change) if full(change) => CREATE_FULL,
            Self::Create(_) => CREATE_NOTICE,
            Self::Patch(change) if full(change) => PATCH_FULL,
            Self::Patch(_) => PATCH_NOTICE,
            Self::Put(change) if full(change) => PUT_FULL,
            Self::Put(_) => PUT_NOTICE,
            Self::Delete => DELETE,
            Self::Activate => ACTIVATE,
            Self::Deactivate => DEACTIVATE,
            Self::AsyncResponse(_) => ASYNC_RESPONSE,
            Self::Other { uri, .. } => uri,
        }
    }
}

/// The transaction of one operation of an asynchronous bulk request (RFC 9967 section 2.5.1.2).
///
/// `operation` is its position in the request, from 0.
pub fn bulk_txn(txn: &str, operation: usize) -> String {
    format!("{txn}:{operation}")
}

/// `feed:add`
pub const FEED_ADD: &str = "urn:ietf:params:scim:event:feed:add";
/// `feed:remove`
pub const FEED_REMOVE: &str = "urn:ietf:params:scim:event:feed:remove";
/// `prov:create:full`
pub const CREATE_FULL: &str = "urn:ietf:params:scim:event:prov:create:full";
/// `prov:create:notice`
pub const CREATE_NOTICE: &str = "urn:ietf:params:scim:event:prov:create:notice";
/// `prov:patch:full`
pub const PATCH_FULL: &str = "urn:ietf:params:scim:event:prov:patch:full";
/// `prov:patch:notice`
pub const PATCH_NOTICE: &str = "urn:ietf:params:scim:event:prov:patch:notice";
/// `prov:put:full`
pub const PUT_FULL: &str = "urn:ietf:params:scim:event:prov:put:full";
/// `prov:put:notice`
pub const PUT_NOTICE: &str = "urn:ietf:params:scim:event:prov:put:notice";
/// `prov:delete`
pub const DELETE: &str = "urn:ietf:params:scim:event:prov:delete";
/// `prov:activate`
pub const ACTIVATE: &str = "urn:ietf:params:scim:event:prov:activate";
/// `prov:deactivate`
pub const DEACTIVATE: &str = "urn:ietf:params:scim:event:prov:deactivate";
/// `misc:asyncresp`
pub const ASYNC_RESPONSE: &str = "urn:ietf:params:scim:event:misc:asyncresp";

/// The URIs of all events of RFC 9967.
pub const ALL: [&str; 12] = [
    FEED_ADD,
    FEED_REMOVE,
    CREATE_FULL,
    CREATE_NOTICE,
    PATCH_FULL,
    PATCH_NOTICE,
    PUT_FULL,
    PUT_NOTICE,
    DELETE,
    ACTIVATE,
    DEACTIVATE,
    ASYNC_RESPONSE,
];
