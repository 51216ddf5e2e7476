use http::Method;
use serde_json::{Map, Value, json};

use tenure_scim::{Patch, Resource, ScimError};

use crate::body::{self, member, number};
use crate::client::{Core, writable};
use crate::{Certainty, ClientError, Result};

/// One write of a bulk request.
///
/// # Examples
///
/// ```
/// use tenure_scim::Resource;
/// use tenure_scim_client::BulkOperation;
///
/// let anna = Resource::new(tenure_scim::uri::USER).with("userName", "anna")?;
/// let staff = Resource::new(tenure_scim::uri::GROUP)
///     .with("displayName", "staff")?
///     .with("members", serde_json::json!([{ "value": "bulkId:anna" }]))?;
/// let operations = [BulkOperation::create("User", "anna", &anna), BulkOperation::create("Group", "staff", &staff)];
/// assert_eq!(operations[1].bulk_id(), Some("staff"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct BulkOperation {
    pub(super) method: Method,
    pub(super) resource_type: String,
    pub(super) id: Option<String>,
    pub(super) bulk_id: Option<String>,
    pub(super) version: Option<String>,
    pub(super) data: Option<Value>,
    pub(super) operations: Option<Vec<Value>>,
}

/// How one write of a bulk request went.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BulkResult {
    /// The name that the operation was given.
    pub bulk_id: Option<String>,
    /// The id of the resource, when it is known.
    pub id: Option<String>,
    /// The version of the resource, when the peer tells.
    pub version: Option<String>,
    /// What went wrong.
    pub outcome: std::result::Result<(), ClientError>,
}

impl BulkOperation {
    fn new(method: Method, resource_type: &str, id: Option<&str>) -> Self {
        Self {
            method,
            resource_type: resource_type.to_owned(),
            id: id.map(str::to_owned),
            bulk_id: None,
            version: None,
            data: None,
            operations: None,
        }
    }

    /// Creates a resource, to which others can refer as `bulkId:` and this name before it has an id.
    #[must_use]
    pub fn create(resource_type: &str, bulk_id: &str, resource: &Resource) -> Self {
        Self {
            bulk_id: Some(bulk_id.to_owned()),
            data: Some(writable(resource)),
            ..Self::new(Method::POST, resource_type, None)
        }
    }

    /// Replaces a resource.
    #[must_use]
    pub fn replace(resource_type: &str, id: &str, resource: &Resource) -> Self {
        Self { data: Some(writable(resource)), ..Self::new(Method::PUT, resource_type, Some(id)) }
    }

    /// Changes a resource.
    #[must_use]
    pub fn patch(resource_type: &str, id: &str, patch: &Patch) -> Self {
        let operations = match serde_json::to_value(&patch.operations) {
            Ok(Value::Array(operations)) => operations,
            _ => Vec::new(),
        };
        Self { operations: Some(operations), ..Self::new(Method::PATCH, resource_type, Some(id)) }
    }

    /// Deletes a resource.
    #[must_use]
    pub fn delete(resource_type: &str, id: &str) -> Self {
        Self::new(Method::DELETE, resource_type, Some(id))
    }

    /// Does so only if the resource has this version.
    #[must_use]
    pub fn if_match(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// The name by which other operations refer to what this one creates.
    #[must_use]
    pub fn bulk_id(&self) -> Option<&str> {
        self.bulk_id.as_deref()
    }

    /// The operation in a bulk request; one with a PATCH that needs several requests gives several.
    pub(super) fn wire(&self, core: &Core) -> Result<Vec<Value>> {
        let endpoint = core.endpoint(&self.resource_type)?;
        let endpoint = endpoint.trim_matches('/');
        let path = match &self.id {
            Some(id) => {
                let url = core.base.join(endpoint, Some(id))?;
                let segment = url.path_segments().and_then(Iterator::last).unwrap_or_default();
                format!("/{endpoint}/{segment}")
            }
            None => format!("/{endpoint}"),
        };
        let data = match (&self.operations, &self.data) {
            (Some(operations), _) => core.dialect.bodies(operations.clone())?.into_iter().map(Some).collect(),
            (None, data) => vec![data.clone()],
        };
        let one = |data: Option<Value>| {
            let mut wire = Map::new();
            wire.insert("method".to_owned(), self.method.as_str().into());
            wire.insert("path".to_owned(), path.as_str().into());
            wire.extend(self.bulk_id.iter().map(|id| ("bulkId".to_owned(), id.as_str().into())));
            let version = self.version.iter().filter(|_| core.dialect.if_match);
            wire.extend(version.map(|version| ("version".to_owned(), version.as_str().into())));
            wire.extend(data.map(|data| ("data".to_owned(), data)));
            Value::Object(wire)
        };
        Ok(data.into_iter().map(one).collect())
    }

    pub(super) fn failed(&self, error: ClientError) -> BulkResult {
        BulkResult { bulk_id: self.bulk_id.clone(), id: self.id.clone(), version: None, outcome: Err(error) }
    }

    /// Reads the peer's answer to this operation.
    pub(super) fn answered(&self, answer: &Map<String, Value>) -> BulkResult {
        let text = |name: &str| member(answer, name).and_then(Value::as_str).map(str::to_owned);
        // An older figure of RFC 7644 shows the status as an object (erratum 7916).
        let status = member(answer, "status");
        let status = status.and_then(|status| number(status.get("code").unwrap_or(status)));
        let response = member(answer, "response").filter(|response| !response.is_null());
        let location = text("location").and_then(|at| last_segment(&at));
        let id = response.and_then(|response| response.get("id")?.as_str().map(str::to_owned));
        let outcome = match status.and_then(|status| u16::try_from(status).ok()) {
            Some(200..=299) => Ok(()),
            Some(status) => Err(refused(status, response)),
            None => Err(ClientError::new(
                crate::ErrorKind::Protocol,
                Certainty::Unknown,
                "expected a `status` in the answer to a bulk operation",
            )),
        };
        BulkResult {
            bulk_id: self.bulk_id.clone(),
            id: self.id.clone().or(id).or(location.filter(|_| outcome.is_ok())),
            version: text("version"),
            outcome,
        }
    }
}

fn refused(status: u16, response: Option<&Value>) -> ClientError {
    let bytes = response.unwrap_or(&json!({})).to_string();
    let scim = body::error(status, bytes.as_bytes())
        .unwrap_or_else(|| ScimError::from_parts(status, None, "no detail"));
    let certainty = if status >= 500 && status != 501 { Certainty::Unknown } else { Certainty::Refused };
    ClientError::new(crate::ErrorKind::Answer, certainty, scim.to_string())
        .with_answer(status, http::HeaderMap::new())
        .with_scim(scim)
}

fn last_segment(location: &str) -> Option<String> {
    let base: url::Url = "scim://x/".parse().ok()?;
    let url = base.join(location).ok()?;
    let segment = url.path().rsplit('/').next().filter(|segment| !segment.is_empty())?;
    let mut pair = url::form_urlencoded::parse(segment.as_bytes());
    // Percent-decoding as in a form, where `+` would be a space; a location writes it as `%2B`.
    pair.next()
        .filter(|_| !segment.contains(['+', '&', '=']))
        .map(|(name, _)| name.into_owned())
        .or(Some(segment.to_owned()))
}
