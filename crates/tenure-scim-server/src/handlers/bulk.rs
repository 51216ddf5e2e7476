//! `POST /Bulk` (RFC 7644 section 3.7).

mod plan;
mod refs;

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::{Map, Value, json};
use tenure_scim::{ScimError, uri};

use self::plan::{Plan, Step};
use super::{create, delete, patch, replace};
use crate::authorize::ActionKind;
use crate::body;
use crate::call::Call;
use crate::etag::Conditions;
use crate::fault::Answer;
use crate::params::Params;
use crate::reply::Reply;
use crate::route::Route;

/// Carries out many operations, in an order in which every `bulkId` is known before it is needed where that can be.
pub(crate) async fn bulk(call: &Call<'_>, request: &Request<Bytes>) -> Answer {
    if !call.server.features.bulk {
        return Err(ScimError::not_implemented("this service has no bulk requests").into());
    }
    call.permit(ActionKind::Bulk, None, None).await?;
    let limits = &call.server.limits;
    if request.body().len() > limits.bulk_bytes {
        let detail = format!("the bulk request is longer than maxPayloadSize ({} bytes)", limits.bulk_bytes);
        return Err(ScimError::payload_too_large(detail).into());
    }
    let message = body::json(request.headers(), request.body(), limits.bulk_bytes, limits)?;
    let plan = Plan::read(&message, limits.bulk_operations)?;
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    let mut answers: Vec<Option<Value>> = vec![None; plan.operations.len()];
    let mut errors = 0;
    for step in &plan.steps {
        let operation = match plan.operations.get(step.operation()) {
            Some(operation) => operation,
            None => continue,
        };
        let reply = carry_out(call, &plan, step, &known).await;
        if let (Some(bulk_id), Some(id)) = (&operation.bulk_id, created_id(&reply)) {
            known.insert(bulk_id.clone(), id);
        }
        let failed = reply.status.is_client_error() || reply.status.is_server_error();
        errors += usize::from(failed);
        // The second step of a circular create only adds what could not be known; its success is the first one's.
        if failed || !step.is_completion() {
            let place = answers.get_mut(step.operation());
            let location = reply_location(&reply).or_else(|| operation.location(call));
            if let Some(place) = place {
                *place = Some(operation.answer(&reply, location, call));
            }
        }
        if plan.fail_on_errors.is_some_and(|most| errors >= most) {
            break;
        }
    }
    let answers: Vec<Value> = answers.into_iter().flatten().collect();
    Ok(Reply::ok(json!({"schemas": [uri::BULK_RESPONSE], "Operations": answers})))
}

async fn carry_out(call: &Call<'_>, plan: &Plan, step: &Step, known: &BTreeMap<String, String>) -> Reply {
    match attempt(call, plan, step, known).await {
        Ok(reply) => reply,
        Err(failure) => failure.into(),
    }
}

async fn attempt(call: &Call<'_>, plan: &Plan, step: &Step, known: &BTreeMap<String, String>) -> Answer {
    let operation = plan
        .operations
        .get(step.operation())
        .ok_or_else(|| ScimError::internal("the plan names an operation that is not there"))?;
    let call = &call.part(step.operation(), step.is_completion());
    let path = refs::resolve_text(&operation.path, known)?;
    let conditions = Conditions::of_version(operation.version.as_deref());
    let params = Params::default();
    let data = |without: bool| -> Result<Value, ScimError> {
        let mut data = operation.data.clone().unwrap_or(Value::Null);
        if without {
            refs::remove_unknown(&mut data, known);
        }
        refs::resolve(&mut data, known)?;
        Ok(data)
    };
    match (&operation.method, Route::parse(&path), step) {
        (&Method::POST, Route::Collection(endpoint), Step::Whole(_)) => {
            create::create(call, served(call, &endpoint)?, data(false)?, &params).await
        }
        (&Method::POST, Route::Collection(endpoint), Step::Without(_)) => {
            create::create(call, served(call, &endpoint)?, data(true)?, &params).await
        }
        (&Method::POST, Route::Collection(endpoint), Step::Complete(_)) => {
            let id = operation.bulk_id.as_ref().and_then(|bulk_id| known.get(bulk_id));
            let id =
                id.ok_or_else(|| ScimError::conflict("the operation that this one completes has failed"))?;
            replace::replace(call, served(call, &endpoint)?, id, data(false)?, &params, &conditions).await
        }
        (&Method::PUT, Route::Item(endpoint, id), _) => {
            replace::replace(call, served(call, &endpoint)?, &id, data(false)?, &params, &conditions).await
        }
        (&Method::PATCH, Route::Item(endpoint, id), _) => {
            patch::patch(call, served(call, &endpoint)?, &id, data(false)?, &params, &conditions).await
        }
        (&Method::DELETE, Route::Item(endpoint, id), _) => {
            delete::delete(call, served(call, &endpoint)?, &id, &conditions).await
        }
        _ => Err(ScimError::invalid_value(format!(
            "a bulk operation cannot be `{}` of `{}`",
            operation.method, operation.path
        ))
        .into()),
    }
}

fn served<'a>(call: &Call<'a>, endpoint: &str) -> Result<&'a tenure_scim::ResourceSchema, ScimError> {
    call.server.by_endpoint(endpoint).ok_or_else(|| ScimError::not_found("there is no such endpoint"))
}

fn created_id(reply: &Reply) -> Option<String> {
    let created = reply.status == StatusCode::CREATED;
    let id = reply.body.as_ref().and_then(|body| body.get("id")).and_then(Value::as_str);
    id.filter(|_| created).map(str::to_owned)
}

fn reply_location(reply: &Reply) -> Option<String> {
    reply.headers.get(http::header::LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// One operation of a bulk request.
#[derive(Debug)]
struct Operation {
    method: Method,
    path: String,
    bulk_id: Option<String>,
    version: Option<String>,
    data: Option<Value>,
}

impl Operation {
    /// SPEC: RFC 7644 section 3.7: a location comes with everything but a failed create.
    fn location(&self, call: &Call<'_>) -> Option<String> {
        (self.method != Method::POST).then(|| call.server.address(&self.path))
    }

    fn answer(&self, reply: &Reply, location: Option<String>, call: &Call<'_>) -> Value {
        let mut answer = Map::new();
        answer.insert("method".to_owned(), self.method.as_str().into());
        if let Some(bulk_id) = &self.bulk_id {
            answer.insert("bulkId".to_owned(), bulk_id.as_str().into());
        }
        if let Some(location) = location {
            answer.insert("location".to_owned(), location.into());
        }
        let version = reply.headers.get(http::header::ETAG).and_then(|value| value.to_str().ok());
        if let Some(version) = version.filter(|_| call.server.features.etag) {
            answer.insert("version".to_owned(), version.into());
        }
        // SPEC: RFC 7644 section 3.7, with erratum 7916: the status is a string.
        answer.insert("status".to_owned(), reply.status.as_str().into());
        if !reply.status.is_success() {
            answer.insert("response".to_owned(), reply.body.clone().unwrap_or_default());
        }
        Value::Object(answer)
    }
}
