//! The request.

use std::collections::HashSet;
use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::BulkPlan;
use crate::error::ScimError;
use crate::message::{open, take};
use crate::uri;

/// Many operations in one request.
///
/// # Examples
///
/// ```
/// use tenure_scim::bulk::{BulkLimits, BulkRequest, BulkStep};
///
/// let request = BulkRequest::from_json(serde_json::json!({
///     "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
///     "Operations": [
///         {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"displayName": "Staff", "members": [{"value": "bulkId:u"}]}},
///         {"method": "POST", "path": "/Users", "bulkId": "u", "data": {"userName": "anna"}}
///     ]
/// }), BulkLimits::default())?;
///
/// let order: Vec<usize> = request.plan().steps.iter().map(BulkStep::operation).collect();
/// assert_eq!(order, [1, 0]);
/// # Ok::<(), tenure_scim::ScimError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BulkRequest {
    /// After how many errors to stop; without it every operation is tried.
    pub fail_on_errors: Option<u64>,
    /// The operations, in the order in which they were sent.
    pub operations: Vec<BulkOperation>,
}

/// One operation of a [`BulkRequest`].
#[derive(Clone, Debug, PartialEq)]
pub struct BulkOperation {
    /// What to do.
    pub method: BulkMethod,
    /// The name that other operations call a new resource by.
    pub bulk_id: Option<String>,
    /// The version that the resource must have.
    pub version: Option<String>,
    /// The endpoint or resource, below the base of the service: `/Users`, `/Users/1`.
    pub path: String,
    /// The body.
    pub data: Option<Value>,
}

/// The HTTP method of an operation.
///
/// Exhaustive: RFC 7644 section 3.7 closes the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BulkMethod {
    /// Creates a resource.
    Post,
    /// Replaces a resource.
    Put,
    /// Changes a resource.
    Patch,
    /// Deletes a resource.
    Delete,
}

/// How large a bulk request may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BulkLimits {
    /// The largest number of operations.
    pub max_operations: usize,
    /// The largest body in bytes; checked by [`BulkRequest::from_slice`].
    pub max_payload_size: usize,
}

impl Default for BulkLimits {
    fn default() -> Self {
        Self { max_operations: 1000, max_payload_size: 1_048_576 }
    }
}

impl BulkRequest {
    /// Reads a request from text.
    ///
    /// # Errors
    ///
    /// 413 that names the limit when the text is too long; else as [`from_json`](Self::from_json).
    pub fn from_slice(text: &[u8], limits: BulkLimits) -> Result<Self, ScimError> {
        if text.len() > limits.max_payload_size {
            return Err(over("maxPayloadSize", limits.max_payload_size, text.len(), "bytes"));
        }
        let body = serde_json::from_slice(text).map_err(|e| ScimError::invalid_syntax(e.to_string()))?;
        Self::from_json(body, limits)
    }

    /// Reads a request.
    ///
    /// # Errors
    ///
    /// `invalidSyntax` when it is no BulkRequest message, lacks a part that an operation needs, or names two new
    /// resources alike; 413 that names the limit when it has too many operations (RFC 7644 section 3.7.4).
    pub fn from_json(body: Value, limits: BulkLimits) -> Result<Self, ScimError> {
        let mut body = open(body, uri::BULK_REQUEST)?;
        let fail_on_errors = match take(&mut body, "failOnErrors") {
            None => None,
            Some(value) => Some(
                value
                    .as_u64()
                    .ok_or_else(|| ScimError::invalid_syntax("expected a whole number in `failOnErrors`"))?,
            ),
        };
        let Some(Value::Array(operations)) = take(&mut body, "Operations") else {
            return Err(ScimError::invalid_syntax("expected an array in `Operations`"));
        };
        if operations.len() > limits.max_operations {
            return Err(over("maxOperations", limits.max_operations, operations.len(), "operations"));
        }
        let operations = operations
            .into_iter()
            .enumerate()
            .map(|(n, op)| BulkOperation::read(op).map_err(|e| e.within(format!("operation {}", n + 1))))
            .collect::<Result<Vec<_>, _>>()?;
        let mut seen = HashSet::new();
        for id in
            operations.iter().filter(|o| o.method == BulkMethod::Post).filter_map(|o| o.bulk_id.as_ref())
        {
            if !seen.insert(id) {
                return Err(ScimError::invalid_syntax(format!("`bulkId` `{id}` names two resources")));
            }
        }
        Ok(Self { fail_on_errors, operations })
    }

    /// The order in which to run the operations.
    pub fn plan(&self) -> BulkPlan {
        super::plan::plan(self)
    }

    /// Whether so many errors end the request.
    pub fn stops_after(&self, errors: usize) -> bool {
        self.fail_on_errors.is_some_and(|limit| limit > 0 && errors as u64 >= limit)
    }
}

impl BulkOperation {
    /// An operation without body.
    pub fn new(method: BulkMethod, path: impl Into<String>) -> Self {
        Self { method, bulk_id: None, version: None, path: path.into(), data: None }
    }

    fn read(value: Value) -> Result<Self, ScimError> {
        let Value::Object(mut value) = value else {
            return Err(ScimError::invalid_syntax("expected an object"));
        };
        let method = text(&mut value, "method")?.ok_or_else(|| missing("method"))?;
        let all = [BulkMethod::Post, BulkMethod::Put, BulkMethod::Patch, BulkMethod::Delete];
        let method = all.into_iter().find(|m| m.as_str() == method).ok_or_else(|| {
            ScimError::invalid_syntax(format!(
                "expected `POST`, `PUT`, `PATCH` or `DELETE` in `method`, found `{method}`"
            ))
        })?;
        let operation = Self {
            method,
            bulk_id: text(&mut value, "bulkId")?,
            version: text(&mut value, "version")?,
            path: text(&mut value, "path")?.ok_or_else(|| missing("path"))?,
            data: take(&mut value, "data"),
        };
        // SPEC: RFC 7644 section 3.7: POST has a `bulkId`; POST, PUT and PATCH have `data`.
        if method == BulkMethod::Post && operation.bulk_id.is_none() {
            return Err(missing("bulkId"));
        }
        if method != BulkMethod::Delete && operation.data.is_none() {
            return Err(missing("data"));
        }
        Ok(operation)
    }
}

fn over(name: &str, limit: usize, found: usize, unit: &str) -> ScimError {
    ScimError::payload_too_large(format!("expected at most {limit} {unit} (`{name}`), found {found}"))
}

fn missing(name: &str) -> ScimError {
    ScimError::invalid_syntax(format!("expected `{name}`"))
}

fn text(map: &mut Map<String, Value>, name: &str) -> Result<Option<String>, ScimError> {
    match take(map, name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(ScimError::invalid_syntax(format!("expected text in `{name}`"))),
    }
}

impl BulkMethod {
    /// The method as it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for BulkMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for BulkRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let operations: Vec<Value> = self
            .operations
            .iter()
            .map(|operation| {
                let mut map = Map::new();
                map.insert("method".to_owned(), operation.method.as_str().into());
                map.insert("path".to_owned(), operation.path.clone().into());
                let texts = [("bulkId", &operation.bulk_id), ("version", &operation.version)];
                map.extend(texts.into_iter().filter_map(|(n, v)| Some((n.to_owned(), v.clone()?.into()))));
                map.extend(operation.data.clone().map(|data| ("data".to_owned(), data)));
                Value::Object(map)
            })
            .collect();
        let mut body = serde_json::json!({ "schemas": [uri::BULK_REQUEST], "Operations": operations });
        if let (Some(limit), Value::Object(body)) = (self.fail_on_errors, &mut body) {
            body.insert("failOnErrors".to_owned(), limit.into());
        }
        body.serialize(serializer)
    }
}
