mod grant;
mod membership;
mod resource;

use tenure_connector::{
    Certainty, ConnectorError, Context, DeleteMode, ErrorKind, ObjectClass, ObjectRef, Operation, Outcome,
    Result, WriteRequest,
};
use tenure_scim::PatchPath;
use tenure_scim_client::{Client, Projection, Reply, WriteOptions};

use crate::ScimConnector;
use crate::error::translate;
use crate::read::find;

impl ScimConnector {
    /// Why an operation is refused before anything is sent.
    pub(crate) fn refusal(&self, request: &WriteRequest) -> Option<ConnectorError> {
        let (class, kind) = (request.operation.class(), request.operation.kind());
        let capabilities = crate::capabilities::of(&self.config);
        // A class that only the peer knows is looked at when the peer is known.
        if let Some(because) = capabilities.class(class).and_then(|_| capabilities.why_not(class, kind)) {
            return Some(ConnectorError::unsupported(class, kind).with_detail(because.detail));
        }
        match &request.operation {
            Operation::Delete { mode: mode @ (DeleteMode::Soft | DeleteMode::Anonymise), .. } => {
                let detail = format!("SCIM deletes for good, it has no `{mode:?}` deletion").to_lowercase();
                Some(
                    ConnectorError::unsupported(class, kind)
                        .with_detail(detail)
                        .with_help("deactivate the user with `set_status`, or delete permanently"),
                )
            }
            _ => None,
        }
    }

    pub(crate) async fn write(
        &self,
        client: &Client,
        ctx: &Context,
        request: &WriteRequest,
    ) -> Result<Outcome> {
        let options = match &request.expected {
            Some(version) => WriteOptions::if_match(version.as_str()),
            None => WriteOptions::default(),
        };
        match &request.operation {
            Operation::Create { class, resource } => self.create(client, class, resource).await,
            Operation::Update { object, patch } => self.update(client, object, patch, &options).await,
            Operation::SetStatus { object, status } => {
                self.set_status(client, object, status.is_active(), &options).await
            }
            Operation::Delete { object, .. } => self.delete(client, object, &options).await,
            Operation::Grant { object, entitlement, .. } => self.grant(client, object, entitlement).await,
            Operation::Revoke { object, entitlement } => self.revoke(client, object, entitlement).await,
            Operation::SetCredential { object, credential } => {
                self.set_password(client, ctx, object, credential).await
            }
            other => Err(ConnectorError::unsupported(other.class(), other.kind())),
        }
    }
}

/// The id of an object, looked up by its names when only those are known; `None` when it is not there.
async fn id_of(client: &Client, object: &ObjectRef) -> Result<Option<String>> {
    if !object.id.is_empty() {
        return Ok(Some(object.id.clone()));
    }
    let found = find(client, object, &Projection::Default).await?;
    Ok(found.and_then(|found| found.id().map(str::to_owned)))
}

fn path(text: &str) -> Result<PatchPath> {
    PatchPath::parse(text).map_err(|error| {
        ConnectorError::new(ErrorKind::InvalidInput, Certainty::NotAttempted)
            .with_detail(error.to_string())
            .with_source(error)
    })
}

fn is_user(class: &ObjectClass) -> bool {
    *class == ObjectClass::USER
}

/// Adds what the answer says besides its content.
fn signed<T>(outcome: Outcome, reply: &Reply<T>) -> Outcome {
    let outcome = match &reply.version {
        Some(version) => outcome.with_version(version.as_str()),
        None => outcome,
    };
    let outcome = match reply.request_id() {
        Some(id) => outcome.with_request_id(id),
        None => outcome,
    };
    match tenure_connector_rest::rate_signal(&reply.headers) {
        Some(rate) => outcome.with_rate(rate),
        None => outcome,
    }
}

/// "Not found" as an absence, any other failure as itself.
fn absent<T>(result: tenure_scim_client::Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.status() == Some(404) => Ok(None),
        Err(error) => Err(translate(&error)),
    }
}
