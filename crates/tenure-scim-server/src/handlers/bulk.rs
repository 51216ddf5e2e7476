use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::{ETAG, LOCATION};
use http::{Request, StatusCode};
use serde_json::{Value, json};
use tenure_scim::bulk::{
    BulkIds, BulkLimits, BulkMethod, BulkOperation, BulkOutcome, BulkRequest, BulkResponse, BulkStep,
};
use tenure_scim::message::SearchRequest;
use tenure_scim::{ScimError, uri};

use super::write::Target;
use super::{create, delete, patch, replace};
use crate::authorize::ActionKind;
use crate::body::{self, Sent};
use crate::call::Call;
use crate::etag::Conditions;
use crate::fault::Answer;
use crate::reply::{Body, Reply};
use crate::route::Route;

/// `POST /Bulk`: many operations, each after the ones that create what it refers to.
pub(crate) async fn bulk(call: &Call<'_>, request: &Request<Bytes>) -> Answer {
    if !call.server.features.bulk {
        return Err(ScimError::not_implemented("this service has no bulk requests").into());
    }
    call.permit(ActionKind::Bulk, None, None).await?;
    let limits = &call.server.limits;
    if request.body().len() > limits.bulk_bytes {
        let detail = format!("expected at most {} bytes (`maxPayloadSize`)", limits.bulk_bytes);
        return Err(ScimError::payload_too_large(detail).into());
    }
    let message = body::json(request.headers(), request.body(), limits.bulk_bytes, limits)?;
    let bounds = BulkLimits { max_operations: limits.bulk_operations, max_payload_size: limits.bulk_bytes };
    let bulk = BulkRequest::from_json(message, bounds)?;
    let mut run = Run { call, bulk: &bulk, ids: BulkIds::default(), created: BTreeMap::new(), errors: 0 };
    let mut outcomes: BTreeMap<usize, BulkOutcome> = BTreeMap::new();
    for step in bulk.plan().steps {
        let Some(operation) = bulk.operations.get(step.operation()) else { continue };
        let reply = run.step(&step, operation).await;
        let outcome = run.outcome(operation, &reply);
        // What completes a create says nothing of its own, unless it fails.
        if !matches!(step, BulkStep::Complete { .. }) || !outcome.is_success() {
            outcomes.insert(step.operation(), outcome);
        }
        if bulk.stops_after(run.errors) {
            break;
        }
    }
    let parts = if call.server.later.is_some() { parts(&bulk, &outcomes) } else { Vec::new() };
    let response = BulkResponse { operations: outcomes.into_values().collect() };
    let body = serde_json::to_value(response).map_err(|error| ScimError::internal(error.to_string()))?;
    Ok(Reply { parts, ..Reply::ok(body) })
}

/// How every operation ended, in the order of the request, those included that were never begun.
fn parts(bulk: &BulkRequest, outcomes: &BTreeMap<usize, BulkOutcome>) -> Vec<BulkOutcome> {
    let skipped = ScimError::from_parts(424, None, "the request ended before this operation");
    let part = |(position, operation): (usize, &BulkOperation)| {
        outcomes.get(&position).cloned().unwrap_or_else(|| BulkOutcome::failed(operation, &skipped))
    };
    bulk.operations.iter().enumerate().map(part).collect()
}

/// What is known while a bulk request runs.
struct Run<'a> {
    call: &'a Call<'a>,
    bulk: &'a BulkRequest,
    ids: BulkIds,
    /// The ids of what was created, by operation.
    created: BTreeMap<usize, String>,
    errors: usize,
}

impl Run<'_> {
    async fn step(&mut self, step: &BulkStep, operation: &BulkOperation) -> Reply {
        let reply = match self.attempt(step, operation).await {
            Ok(reply) => reply,
            Err(failure) => failure.into(),
        };
        let id = reply.body.as_ref().and_then(Body::id);
        if let (StatusCode::CREATED, Some(id), Some(bulk_id)) = (reply.status, id, &operation.bulk_id) {
            self.ids.insert(bulk_id, id);
            self.created.insert(step.operation(), id.to_owned());
        }
        self.errors += usize::from(!reply.status.is_success());
        reply
    }

    async fn attempt(&self, step: &BulkStep, operation: &BulkOperation) -> Answer {
        let completion = matches!(step, BulkStep::Complete { .. });
        let call = self.call.part(step.operation(), completion);
        match step {
            BulkStep::Fail { error, .. } => Err(error.clone().into()),
            BulkStep::Complete { operation: position, attributes } => {
                let Route::Collection(endpoint) = Route::parse(&operation.path) else {
                    return Err(unfit(operation).into());
                };
                let id = self.created.get(position);
                let id = id.ok_or_else(|| ScimError::conflict("the resource to complete was not created"))?;
                let mut value = attributes.clone();
                self.ids.resolve(&mut value)?;
                let body = json!({"schemas": [uri::PATCH_OP], "Operations": [{"op": "add", "value": value}]});
                let (query, conditions) = (SearchRequest::default(), Conditions::default());
                let schema = call.served(&endpoint)?;
                patch::patch(&call, Target { schema, id, query: &query, conditions: &conditions }, body).await
            }
            BulkStep::Run { data, .. } => self.run(&call, operation, data.clone()).await,
            _ => Err(ScimError::not_implemented("this service does not know the step").into()),
        }
    }

    async fn run(&self, call: &Call<'_>, operation: &BulkOperation, data: Option<Value>) -> Answer {
        let mut data = data.unwrap_or_default();
        self.ids.resolve(&mut data)?;
        let path = self.ids.resolve_text(&operation.path)?;
        let (query, conditions) =
            (SearchRequest::default(), Conditions::of_version(operation.version.as_deref()));
        match (operation.method, Route::parse(&path)) {
            (BulkMethod::Post, Route::Collection(endpoint)) => {
                create::create(call, call.served(&endpoint)?, Sent::Value(data), &query).await
            }
            (BulkMethod::Post, _) => Err(unfit(operation).into()),
            (method, Route::Item(endpoint, id)) => {
                let schema = call.served(&endpoint)?;
                let target = Target { schema, id: &id, query: &query, conditions: &conditions };
                match method {
                    BulkMethod::Put => replace::replace(call, target, Sent::Value(data)).await,
                    BulkMethod::Patch => patch::patch(call, target, data).await,
                    _ => delete::delete(call, schema, &id, &conditions).await,
                }
            }
            _ => Err(unfit(operation).into()),
        }
    }

    fn outcome(&self, operation: &BulkOperation, reply: &Reply) -> BulkOutcome {
        let header = |name| reply.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let position = self.bulk.operations.iter().position(|other| std::ptr::eq(other, operation));
        let known = position.is_some_and(|position| self.created.contains_key(&position));
        let location = header(LOCATION).or_else(|| {
            // SPEC: RFC 7644 section 3.7: a location comes with everything but a failed create.
            (operation.method != BulkMethod::Post || known).then(|| self.call.server.address(&operation.path))
        });
        BulkOutcome {
            method: operation.method,
            bulk_id: operation.bulk_id.clone(),
            location,
            version: header(ETAG).filter(|_| self.call.server.features.etag),
            status: reply.status.as_u16(),
            response: reply.failure(),
        }
    }
}

fn unfit(operation: &BulkOperation) -> ScimError {
    ScimError::invalid_value(format!(
        "a bulk operation cannot be `{}` of `{}`",
        operation.method, operation.path
    ))
}
