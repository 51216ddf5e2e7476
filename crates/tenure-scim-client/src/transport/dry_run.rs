use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::{Value, json};

use super::{Terms, Transport, TransportError, TransportFailure, WireRequest};

/// Sends reads, and writes down writes instead of sending them.
///
/// A write is answered as if the peer had carried it out: a created resource comes back with the id `dry-run`. What
/// would be sent is in [`requests`](Self::requests), in order.
#[derive(Debug)]
pub struct DryRun {
    inner: Arc<dyn Transport>,
    requests: Mutex<Vec<WireRequest>>,
}

impl DryRun {
    /// Wraps a transport, which from now on carries reads only.
    #[must_use]
    pub fn new(inner: Arc<dyn Transport>) -> Self {
        Self { inner, requests: Mutex::default() }
    }

    /// The writes that would have been sent so far.
    #[must_use]
    pub fn requests(&self) -> Vec<WireRequest> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Transport for DryRun {
    async fn send(&self, request: Request<Bytes>, terms: Terms) -> Result<Response<Bytes>, TransportError> {
        let reads = request.method() == Method::GET || request.uri().path().ends_with("/.search");
        if reads {
            return self.inner.send(request, terms).await;
        }
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(WireRequest::of(&request));
        let body = serde_json::from_slice(request.body()).unwrap_or(Value::Null);
        let (status, body) = pretend(&request, body);
        let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
        Response::builder().status(status).body(body).map_err(|error| {
            TransportError::new(TransportFailure::Request, "no answer can be made up").with_source(error)
        })
    }
}

fn pretend(request: &Request<Bytes>, mut body: Value) -> (u16, Value) {
    if request.uri().path().ends_with("/Bulk") {
        let sent = body.get("Operations").and_then(Value::as_array).into_iter().flatten();
        let answers: Vec<_> = sent
            .map(|one| {
                let created = one["method"] == "POST";
                let path = one["path"].as_str().unwrap_or_default();
                json!({
                    "method": one["method"],
                    "bulkId": one["bulkId"],
                    "status": if created { "201" } else { "204" },
                    "location": if created { format!("{path}/dry-run") } else { path.to_owned() },
                })
            })
            .collect();
        return (200, json!({ "schemas": [tenure_scim::uri::BULK_RESPONSE], "Operations": answers }));
    }
    match *request.method() {
        Method::POST => {
            if let Value::Object(map) = &mut body {
                map.insert("id".to_owned(), "dry-run".into());
            }
            (201, body)
        }
        Method::PUT => (200, body),
        _ => (204, Value::Null),
    }
}
