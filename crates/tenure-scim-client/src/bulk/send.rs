use std::collections::HashMap;

use http::Method;
use serde_json::{Value, json};
use tenure_scim::Resource;

use super::{BulkOperation, BulkResult};
use crate::body::{self, member};
use crate::client::WriteOptions;
use crate::exchange::Call;
use crate::{BulkLimits, Certainty, Claim, Client, ClientError, ErrorKind, Result};

/// What is sent to a peer that takes bulk requests without saying how large.
const OPERATIONS: usize = 100;
const BYTES: usize = 1024 * 1024;

/// Room for what surrounds the operations in a request.
const ENVELOPE: usize = 256;

impl Client {
    /// Sends many writes, in as many bulk requests as the peer's limits need; one by one to a peer without bulk.
    ///
    /// Each operation has its own result, in the order of the operations. With `fail_on_errors` the peer stops after
    /// so many errors, and the client sends nothing more. An operation may refer to a resource that an earlier one
    /// creates, also across requests; a forward reference must fit into the same request.
    ///
    /// # Errors
    ///
    /// None for the whole: what happened to each operation is in its result.
    pub async fn bulk(&self, operations: &[BulkOperation], fail_on_errors: Option<u32>) -> Vec<BulkResult> {
        let mut run = Run {
            client: self,
            ids: HashMap::new(),
            results: Vec::new(),
            errors: 0,
            stop_at: fail_on_errors,
        };
        let features = self.peer().map(|peer| &peer.features);
        match features {
            Some(features) if features.bulk == Claim::Yes => {
                run.in_parts(operations, features.bulk_limits).await;
            }
            _ => run.one_by_one(operations).await,
        }
        run.results
    }
}

/// The operations of one request with how many were taken, or the one that can never be sent.
type Filled<'o> = std::result::Result<(Vec<Vec<Value>>, usize), (&'o BulkOperation, ClientError)>;

struct Run<'a> {
    client: &'a Client,
    ids: HashMap<String, String>,
    results: Vec<BulkResult>,
    errors: u32,
    stop_at: Option<u32>,
}

impl Run<'_> {
    fn stopped(&self) -> bool {
        self.stop_at.is_some_and(|limit| self.errors >= limit.max(1))
    }

    fn push(&mut self, result: BulkResult) {
        if let (Some(bulk_id), Some(id)) = (&result.bulk_id, &result.id) {
            self.ids.insert(bulk_id.clone(), id.clone());
        }
        self.errors += u32::from(result.outcome.is_err());
        self.results.push(result);
    }

    async fn in_parts(&mut self, operations: &[BulkOperation], limits: BulkLimits) {
        let most = limits.operations.unwrap_or(OPERATIONS).max(1);
        let bytes = limits.bytes.unwrap_or(BYTES).saturating_sub(ENVELOPE);
        let mut rest = operations;
        while !rest.is_empty() && !self.stopped() {
            let (wire, taken) = match self.fill(rest, most, bytes) {
                Ok(part) => part,
                Err((operation, error)) => {
                    self.push(operation.failed(error));
                    rest = rest.get(1..).unwrap_or_default();
                    continue;
                }
            };
            let (part, after) = rest.split_at(taken);
            match self.send(part, wire).await {
                Ok(()) => rest = after,
                // The peer says that it has bulk, and has not; nothing was carried out.
                Err(error) if matches!(error.status(), Some(404 | 405 | 501)) => {
                    return self.one_by_one(rest).await;
                }
                Err(error) => {
                    for operation in part {
                        self.push(operation.failed(error.clone()));
                    }
                    rest = after;
                }
            }
        }
        self.skip(rest);
    }

    /// Takes as many operations as fit into one request; at least one.
    fn fill<'o>(&self, operations: &'o [BulkOperation], most: usize, bytes: usize) -> Filled<'o> {
        let mut wire: Vec<Vec<Value>> = Vec::new();
        let (mut count, mut size) = (0, 0);
        for operation in operations {
            let more = match self.resolved(operation).wire(&self.client.core) {
                Ok(more) => more,
                Err(error) if wire.is_empty() => return Err((operation, error)),
                Err(_) => break,
            };
            let length: usize = more.iter().map(|one| one.to_string().len() + 1).sum();
            if !wire.is_empty() && (count + more.len() > most || size + length > bytes) {
                break;
            }
            if length > bytes {
                let detail = format!("the operation has {length} bytes, the peer takes {bytes}");
                return Err((
                    operation,
                    ClientError::new(ErrorKind::TooLarge, Certainty::NotAttempted, detail),
                ));
            }
            count += more.len();
            size += length;
            wire.push(more);
        }
        let taken = wire.len();
        Ok((wire, taken))
    }

    async fn send(&mut self, part: &[BulkOperation], wire: Vec<Vec<Value>>) -> Result<()> {
        let counts: Vec<_> = wire.iter().map(Vec::len).collect();
        let mut body = json!({
            "schemas": [tenure_scim::uri::BULK_REQUEST],
            "Operations": wire.into_iter().flatten().collect::<Vec<_>>(),
        });
        if let (Some(stop_at), Some(map)) = (self.stop_at, body.as_object_mut()) {
            map.insert("failOnErrors".to_owned(), stop_at.saturating_sub(self.errors).max(1).into());
        }
        let url = self.client.core.base.join("Bulk", None)?;
        let answer = self.client.core.send(&Call::write(Method::POST, url, Some(body))).await?;
        let map = body::object(&answer.body, Certainty::Unknown)?;
        let Some(Value::Array(answers)) = member(&map, "Operations") else {
            let detail = "expected `Operations` in the answer to a bulk request";
            return Err(ClientError::new(ErrorKind::Protocol, Certainty::Unknown, detail));
        };
        let mut answers = answers.iter();
        for (operation, count) in part.iter().zip(counts) {
            let results: Vec<_> = answers.by_ref().take(count).filter_map(Value::as_object).collect();
            let failed = results.iter().map(|answer| operation.answered(answer)).find(|r| r.outcome.is_err());
            let result = match (failed, results.last()) {
                (Some(failed), _) => failed,
                (None, Some(last)) if results.len() == count => operation.answered(last),
                // After too many errors the peer leaves out what it did not try.
                _ if self.stopped() => operation.failed(not_tried()),
                _ => {
                    let detail = "the peer did not answer this operation of a bulk request";
                    operation.failed(ClientError::new(ErrorKind::Protocol, Certainty::Unknown, detail))
                }
            };
            self.push(result);
        }
        Ok(())
    }

    async fn one_by_one(&mut self, operations: &[BulkOperation]) {
        let mut rest = operations;
        while let ([operation, after @ ..], false) = (rest, self.stopped()) {
            let result = self.single(&self.resolved(operation)).await;
            self.push(result);
            rest = after;
        }
        self.skip(rest);
    }

    async fn single(&self, operation: &BulkOperation) -> BulkResult {
        let (client, kind) = (self.client, operation.resource_type.as_str());
        let id = operation.id.as_deref().unwrap_or_default();
        let options = WriteOptions { version: operation.version.clone(), ..WriteOptions::default() };
        let resource = || {
            let data = operation.data.clone().unwrap_or_default();
            Resource::from_json(data).map_err(|error| ClientError::config(error.to_string()))
        };
        let sent = match operation.method {
            Method::POST => match resource() {
                Ok(resource) => client.create(kind, &resource).await.map(|reply| {
                    let id = reply.value.id().map(str::to_owned);
                    (id, reply.version)
                }),
                Err(error) => Err(error),
            },
            Method::PUT => match resource() {
                Ok(resource) => {
                    client.replace(kind, id, &resource, &options).await.map(|r| (None, r.version))
                }
                Err(error) => Err(error),
            },
            Method::PATCH => {
                let operations = operation.operations.clone().unwrap_or_default();
                client.patch_operations(kind, id, operations, &options).await.map(|r| (None, r.version))
            }
            _ => client.delete_with(kind, id, &options).await.map(|r| (None, r.version)),
        };
        match sent {
            Ok((id, version)) => BulkResult {
                bulk_id: operation.bulk_id.clone(),
                id: operation.id.clone().or(id),
                version,
                outcome: Ok(()),
            },
            Err(error) => operation.failed(error),
        }
    }

    fn skip(&mut self, rest: &[BulkOperation]) {
        for operation in rest {
            self.results.push(operation.failed(not_tried()));
        }
    }

    /// The operation with the ids of what was created so far in place of the names.
    fn resolved(&self, operation: &BulkOperation) -> BulkOperation {
        let mut operation = operation.clone();
        if self.ids.is_empty() {
            return operation;
        }
        let known = |text: &str| self.ids.get(text.strip_prefix("bulkId:")?).cloned();
        if let Some(id) = operation.id.as_deref().and_then(known) {
            operation.id = Some(id);
        }
        operation
            .data
            .iter_mut()
            .chain(operation.operations.iter_mut().flatten())
            .for_each(|v| name(v, &known));
        operation
    }
}

fn name(value: &mut Value, known: &impl Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => {
            if let Some(id) = known(text) {
                *text = id;
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| name(value, known)),
        Value::Object(map) => map.values_mut().for_each(|value| name(value, known)),
        _ => {}
    }
}

fn not_tried() -> ClientError {
    let detail = "too many operations before it failed";
    ClientError::new(ErrorKind::Answer, Certainty::NotAttempted, detail)
}
