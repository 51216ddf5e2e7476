use std::sync::atomic::Ordering;

use http::Method;
use serde_json::{Value, json};

use tenure_scim::{Patch, Resource, SchemaRegistry};

use super::members::nothing_to_send;
use super::read::whole;
use super::{Client, WriteOptions, with_parameters};
use crate::exchange::Call;
use crate::{Certainty, ClientError, ErrorKind, Projection, Reply, Result, Update};

impl Client {
    /// Changes a resource, in the dialect of the peer. An answer without body is `None`; an empty patch sends nothing.
    ///
    /// What the peer does not take in one request is sent as several, in order. A peer without PATCH is served by
    /// reading the resource, changing it and putting it back, guarded by its version where it has one.
    ///
    /// # Errors
    ///
    /// * `Answer` with status 404, when there is no such resource; with 412, when it has another version;
    /// * any kind with `Unknown` certainty, when some of several requests were carried out.
    pub async fn patch(
        &self,
        resource_type: &str,
        id: &str,
        patch: &Patch,
        options: &WriteOptions,
    ) -> Result<Reply<Option<Resource>>> {
        let operations = serde_json::to_value(&patch.operations);
        let operations = match operations {
            Ok(Value::Array(operations)) => operations,
            _ => return Err(ClientError::config("the operations cannot be written as JSON")),
        };
        self.patch_operations(resource_type, id, operations, options).await
    }

    pub(crate) async fn patch_operations(
        &self,
        resource_type: &str,
        id: &str,
        operations: Vec<Value>,
        options: &WriteOptions,
    ) -> Result<Reply<Option<Resource>>> {
        if operations.is_empty() {
            return Ok(nothing_to_send());
        }
        let by_put = match self.core.dialect.update {
            Update::Put => true,
            Update::Patch => false,
            Update::Auto => self.core.without_patch.load(Ordering::Relaxed),
        };
        if by_put {
            return self.patch_by_put(resource_type, id, &operations, options).await;
        }
        let bodies = self.core.dialect.bodies(operations.clone())?;
        match self.send_parts(resource_type, id, bodies, options).await {
            Err(error) if self.core.dialect.update == Update::Auto && is_without_patch(&error) => {
                tracing::info!(
                    status = error.status(),
                    "the peer has no PATCH; changes go by PUT from now on"
                );
                self.core.without_patch.store(true, Ordering::Relaxed);
                self.patch_by_put(resource_type, id, &operations, options).await
            }
            result => result,
        }
    }

    async fn send_parts(
        &self,
        resource_type: &str,
        id: &str,
        bodies: Vec<Value>,
        options: &WriteOptions,
    ) -> Result<Reply<Option<Resource>>> {
        let url = with_parameters(self.core.url(resource_type, Some(id))?, &options.projection.pairs());
        let parts = bodies.len();
        let mut version = self.sent_version(options).map(str::to_owned);
        let mut last = nothing_to_send();
        for (done, body) in bodies.into_iter().enumerate() {
            let call = Call::write(Method::PATCH, url.clone(), Some(body)).expecting(version.as_deref());
            let answer = self.core.send(&call).await.map_err(|error| partial(error, done, parts))?;
            last = if answer.body.is_empty() {
                Reply::new(None, answer.status, answer.headers)
            } else {
                whole(answer, Certainty::Unknown).map_err(|error| partial(error, done, parts))?.map(Some)
            };
            // The version that the caller named is gone after the first part.
            version = version.and_then(|_| last.version.clone());
        }
        Ok(last)
    }

    /// Reads, changes and puts back.
    async fn patch_by_put(
        &self,
        resource_type: &str,
        id: &str,
        operations: &[Value],
        options: &WriteOptions,
    ) -> Result<Reply<Option<Resource>>> {
        let message = json!({ "schemas": [tenure_scim::uri::PATCH_OP], "Operations": operations });
        let patch: Patch = serde_json::from_value(message)
            .map_err(|error| ClientError::config(format!("the patch cannot be applied here: {error}")))?;
        let read = self.get_with(resource_type, id, &Projection::Default).await?;
        let found = read.version.as_deref();
        if let (Some(wanted), Some(found)) = (self.sent_version(options), found)
            && wanted != found
        {
            let detail = format!("expected version `{wanted}`, found `{found}`");
            return Err(ClientError::new(ErrorKind::Answer, Certainty::Refused, detail)
                .with_answer(412, http::HeaderMap::new()));
        }
        let mut resource = read.value;
        let builtin = SchemaRegistry::builtin();
        let schema = self.peer().and_then(|peer| peer.schema(resource_type));
        let schema = schema.or_else(|| builtin.resource(resource_type)).ok_or_else(|| {
            ClientError::unsupported(format!("no schema is known for resource type `{resource_type}`"))
        })?;
        let report = patch.apply(&mut resource, schema).map_err(|error| {
            ClientError::new(ErrorKind::Answer, Certainty::NotAttempted, error.to_string())
                .with_answer(error.status(), http::HeaderMap::new())
                .with_scim(error)
        })?;
        if !report.changed {
            let mut reply = Reply::new(Some(resource), read.status, read.headers);
            reply.version = read.version;
            return Ok(reply);
        }
        let guard = WriteOptions { version: read.version, projection: options.projection.clone() };
        Ok(self.replace(resource_type, id, &resource, &guard).await?.map(Some))
    }
}

/// A failure after some parts were carried out leaves the whole undecided.
fn partial(error: ClientError, done: usize, parts: usize) -> ClientError {
    match done {
        0 => error,
        _ => error.with_certainty(Certainty::Unknown).within(format!("part {} of {parts}", done + 1)),
    }
}

fn is_without_patch(error: &ClientError) -> bool {
    matches!(error.status(), Some(405 | 501)) && error.certainty() == Certainty::Refused
}
