//! The messages and the configuration document of the protocol (RFC 7644 section 3, RFC 7643 section 5).
//!
//! Messages are what travels beside resources: a search, a page of results, the configuration of a service provider. They
//! are read leniently and written as the RFC has them. Errors are in [`error`](crate::error), bulk requests in
//! [`bulk`](crate::bulk).

mod config;
mod list;
mod search;
#[cfg(test)]
mod tests;

pub use config::{
    AuthenticationScheme, Bulk as BulkSupport, Filtering, Pagination, PaginationMethod, SecurityEvents,
    ServiceProviderConfig, Supported,
};
pub use list::ListResponse;
pub use search::{SearchRequest, SortOrder};

use serde_json::{Map, Value};

use crate::error::ScimError;

/// The members of a message, once its schema is checked.
pub(crate) fn open(body: Value, schema: &str) -> Result<Map<String, Value>, ScimError> {
    let Value::Object(mut body) = body else {
        return Err(ScimError::invalid_syntax(format!("expected a message of schema `{schema}`")));
    };
    let named = match take(&mut body, "schemas") {
        Some(Value::Array(schemas)) => {
            schemas.iter().any(|s| s.as_str().is_some_and(|s| s.eq_ignore_ascii_case(schema)))
        }
        _ => false,
    };
    if !named {
        return Err(ScimError::invalid_syntax(format!("expected `{schema}` in `schemas`")));
    }
    Ok(body)
}

/// Takes out a member, whatever its case.
pub(crate) fn take(map: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let key = map.keys().find(|k| k.eq_ignore_ascii_case(name))?.clone();
    map.remove(&key).filter(|v| !v.is_null())
}
