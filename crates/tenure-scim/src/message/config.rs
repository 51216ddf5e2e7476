//! The service provider's configuration (RFC 7643 section 5, RFC 9865 section 4, RFC 9967 section 6).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::take;
use crate::error::ScimError;
use crate::profile::{Fired, Profile, Tolerance};
use crate::uri;

/// What a service provider says that it can do.
///
/// The default says that it can do nothing. [`from_json`](Self::from_json) reads a peer's document.
///
/// # Examples
///
/// ```
/// use tenure_scim::message::{Filtering, ServiceProviderConfig, Supported};
///
/// let mut config = ServiceProviderConfig::default();
/// config.patch = Supported { supported: true };
/// config.filter = Filtering { supported: true, max_results: 200 };
/// assert_eq!(config.to_json()["filter"]["maxResults"], 200);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ServiceProviderConfig {
    /// Where people can read about the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub documentation_uri: Option<String>,
    /// PATCH.
    pub patch: Supported,
    /// Bulk requests.
    pub bulk: Bulk,
    /// Filters.
    pub filter: Filtering,
    /// Changing passwords.
    pub change_password: Supported,
    /// Sorting.
    pub sort: Supported,
    /// Entity tags.
    pub etag: Supported,
    /// How callers prove who they are.
    pub authentication_schemes: Vec<AuthenticationScheme>,
    /// How results are paged (RFC 9865).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pagination: Option<Pagination>,
    /// Which events are sent (RFC 9967).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_events: Option<SecurityEvents>,
    /// Whether the service keeps to the interoperability profile (draft-zollner-scim-interop-profile).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interop_profile_conformant: Option<bool>,
}

/// Whether a feature is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supported {
    /// Whether it is.
    pub supported: bool,
}

/// Whether bulk requests are accepted, and how large they may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bulk {
    /// Whether they are.
    pub supported: bool,
    /// The largest number of operations.
    pub max_operations: u64,
    /// The largest body in bytes.
    pub max_payload_size: u64,
}

/// Whether filters are accepted, and how many results they may give.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Filtering {
    /// Whether they are.
    pub supported: bool,
    /// The largest number of results in a response.
    pub max_results: u64,
}

/// One way to prove who calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct AuthenticationScheme {
    /// `oauth`, `oauth2`, `oauthbearertoken`, `httpbasic` or `httpdigest`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The common name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Where it is specified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spec_uri: Option<String>,
    /// Where its use is documented.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documentation_uri: Option<String>,
    /// Whether it is the preferred one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary: Option<bool>,
}

impl AuthenticationScheme {
    /// A bearer token (RFC 6750).
    pub fn bearer_token() -> Self {
        Self {
            kind: "oauthbearertoken".to_owned(),
            name: "OAuth Bearer Token".to_owned(),
            description: "A bearer token in the Authorization header".to_owned(),
            spec_uri: Some("https://www.rfc-editor.org/rfc/rfc6750".to_owned()),
            documentation_uri: None,
            primary: Some(true),
        }
    }
}

/// How results are paged (RFC 9865 section 4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    /// By cursor.
    pub cursor: bool,
    /// By index.
    pub index: bool,
    /// What a query gets that asks for neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_pagination_method: Option<PaginationMethod>,
    /// The page size of a query without `count`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_page_size: Option<u64>,
    /// The largest page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_page_size: Option<u64>,
    /// How long a cursor is good, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor_timeout: Option<u64>,
}

/// A way of paging.
///
/// Exhaustive: RFC 9865 section 4 closes the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PaginationMethod {
    /// By cursor.
    Cursor,
    /// By index.
    Index,
}

/// Which events are sent (RFC 9967 section 6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecurityEvents {
    /// `none`, `long` or `request`.
    pub async_request: String,
    /// The URIs of the events that the service sends.
    #[serde(default)]
    pub event_uris: Vec<String>,
}

impl ServiceProviderConfig {
    /// The document as `/ServiceProviderConfig` serves it, without `meta.location`.
    pub fn to_json(&self) -> Value {
        let mut value = serde_json::to_value(self).unwrap_or_default();
        if let Value::Object(map) = &mut value {
            map.insert("schemas".to_owned(), vec![uri::SERVICE_PROVIDER_CONFIG].into());
            map.insert("meta".to_owned(), serde_json::json!({ "resourceType": "ServiceProviderConfig" }));
        }
        value
    }

    /// Reads a peer's document. What is missing counts as not supported, but only where the profile allows it.
    ///
    /// # Errors
    ///
    /// `invalidSyntax` when a required part is missing or has the wrong type.
    pub fn from_json(document: Value, profile: &Profile, fired: &mut Fired) -> Result<Self, ScimError> {
        let Value::Object(mut document) = document else {
            return Err(ScimError::invalid_syntax("expected an object"));
        };
        let mut complete = serde_json::Map::new();
        let mut missing = Vec::new();
        for (name, limits) in REQUIRED {
            let mut part = take(&mut document, name).unwrap_or_else(|| {
                missing.push((*name).to_owned());
                serde_json::json!({ "supported": false })
            });
            for limit in *limits {
                if part.get(limit).is_none_or(Value::is_null)
                    && let Value::Object(part) = &mut part
                {
                    missing.push(format!("{name}.{limit}"));
                    part.insert((*limit).to_owned(), 0.into());
                }
            }
            complete.insert((*name).to_owned(), part);
        }
        for name in OPTIONAL {
            match take(&mut document, name) {
                Some(value) => drop(complete.insert((*name).to_owned(), value)),
                None if *name == "authenticationSchemes" => {
                    missing.push((*name).to_owned());
                    complete.insert((*name).to_owned(), Value::Array(Vec::new()));
                }
                None => {}
            }
        }
        if !missing.is_empty() {
            if !profile.allows(Tolerance::ConfigIncomplete) {
                return Err(ScimError::invalid_syntax(format!("expected `{}`", missing.join("`, `"))));
            }
            fired.record(Tolerance::ConfigIncomplete);
        }
        serde_json::from_value(Value::Object(complete)).map_err(|e| ScimError::invalid_syntax(e.to_string()))
    }
}

const OPTIONAL: &[&str] = &[
    "authenticationSchemes",
    "documentationUri",
    "pagination",
    "securityEvents",
    "interopProfileConformant",
];

const REQUIRED: &[(&str, &[&str])] = &[
    ("patch", &[]),
    ("bulk", &["maxOperations", "maxPayloadSize"]),
    ("filter", &["maxResults"]),
    ("changePassword", &[]),
    ("sort", &[]),
    ("etag", &[]),
];
