//! Schema URIs: the names of schemas, extensions and messages.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::name::fold;

/// The `User` schema.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The `Group` schema.
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The enterprise extension of `User`.
pub const ENTERPRISE_USER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// The schema of the service provider configuration.
pub const SERVICE_PROVIDER_CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
/// The schema of resource types.
pub const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
/// The schema of schemas.
pub const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";
/// The schema of devices (RFC 9944).
pub const DEVICE: &str = "urn:ietf:params:scim:schemas:core:2.0:Device";
/// The schema of applications that control devices or receive their data (RFC 9944).
pub const ENDPOINT_APP: &str = "urn:ietf:params:scim:schemas:core:2.0:EndpointApp";
/// The message that carries query results.
pub const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// The message that carries a query.
pub const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
/// The message that carries a PATCH request.
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// The message that carries many requests.
pub const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
/// The message that carries many responses.
pub const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
/// The message that reports an error.
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// A schema URI, compared without regard to ASCII case and kept as it was written.
///
/// ```
/// use tenure_scim::{SchemaUri, uri};
///
/// let written: SchemaUri = "URN:IETF:params:scim:schemas:core:2.0:user".parse()?;
/// assert_eq!(written, uri::USER);
/// assert_eq!(written.as_str(), "URN:IETF:params:scim:schemas:core:2.0:user");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Spec: RFC 7643 section 3 (`schemas`), RFC 7644 section 3.10 (case). Deviation: parentheses, which a URN may have, are
/// refused, since a filter could not name such a schema.
#[derive(Clone)]
pub struct SchemaUri(Cow<'static, str>);

/// Why a text is no schema URI.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no schema URI: expected a scheme, a colon and a name without spaces, quotes and brackets"
)]
pub struct UriError {
    text: String,
}

impl UriError {
    /// The text that was refused.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl SchemaUri {
    /// Reads a schema URI.
    ///
    /// # Errors
    /// When the text has no scheme, nothing behind the scheme, or a character that no URI has.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        // The URIs that stand in almost every document are not copied again and again.
        if let Some(usual) = [USER, ENTERPRISE_USER, GROUP].into_iter().find(|usual| *usual == text) {
            Ok(Self::from_static(usual))
        } else if is_uri(text) {
            Ok(Self(Cow::Owned(text.to_owned())))
        } else {
            Err(UriError { text: text.to_owned() })
        }
    }

    pub(crate) const fn from_static(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// The URI as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the URI names a message (`urn:ietf:params:scim:api:messages:...`) and not a schema of resources.
    pub fn is_message(&self) -> bool {
        starts_with(&self.0, "urn:ietf:params:scim:api:messages:")
    }

    /// Whether the URI is in the namespace of the core schemas, which are never extensions.
    pub fn is_core(&self) -> bool {
        is_core(&self.0)
    }
}

pub(crate) fn is_core(uri: &str) -> bool {
    starts_with(uri, "urn:ietf:params:scim:schemas:core:")
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        && !rest.is_empty()
        && !rest.ends_with(':')
        && rest.bytes().all(|b| {
            b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'(' | b')' | b'[' | b']' | b'\\')
        })
}

fold::impl_folded!(SchemaUri);

impl FromStr for SchemaUri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        Self::parse(text)
    }
}

impl fmt::Display for SchemaUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SchemaUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SchemaUri({:?})", self.as_str())
    }
}

impl Serialize for SchemaUri {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for SchemaUri {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
