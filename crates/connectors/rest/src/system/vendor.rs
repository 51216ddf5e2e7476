use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};
use tenure_connector::{
    AccountStatus, Capabilities, Certainty, ChangePage, CheckReport, ConnectorError, ConnectorInfo, Context,
    CredentialSource, DeleteMode, DeltaToken, EntitlementRef, ErrorKind, ExclusiveGroup, JobRef, ObjectClass,
    ObjectRef, Operation, Outcome, OwnershipScope, Result, SessionScope,
};
use tenure_scim::Resource;

use super::List;
use crate::{Answer, Auth, Mapping, RestClient};

/// What only one vendor's connector knows: which request does what. [`SystemConnector`](super::SystemConnector) is the
/// connector made of it.
///
/// An `item` is an object in the vendor's own JSON, as [`read`](Self::read) gives it. A write is asked for only when it is
/// declared in the capabilities and its object is there.
#[async_trait]
pub trait System: Sized + fmt::Debug + Send + Sync + 'static {
    /// What the connector has to know about an instance. Holds no secret.
    type Config: Clone + Send;

    /// Makes the clients and mappings.
    ///
    /// # Errors
    ///
    /// `Config`, when an address cannot be used.
    fn new(config: Self::Config, auth: Auth, http: reqwest::Client) -> Result<Self>;

    /// Names the system and the instance.
    fn info(&self) -> ConnectorInfo;

    /// What can be done with any instance of this configuration.
    fn capabilities(&self) -> Capabilities;

    /// The clients, to be given a recorder.
    fn clients(&mut self) -> Vec<&mut RestClient>;

    /// The mappings of the classes whose objects can be read.
    fn mappings(&self) -> Vec<&Arc<Mapping>>;

    /// How many lists make up a class.
    fn lists(&self, class: &ObjectClass) -> usize;

    /// The list number `number`, from 0, of those that make up a class.
    async fn list(&self, ctx: &Context, class: &ObjectClass, number: usize) -> Result<List>;

    /// An object by its id; `None` when there is none, or it is deleted.
    async fn read(&self, ctx: &Context, class: &ObjectClass, id: &str) -> Result<Option<Value>>;

    /// The objects that may have this value in an attribute. More than these do no harm: they are compared afterwards.
    async fn find(
        &self,
        _ctx: &Context,
        class: &ObjectClass,
        name: &str,
        _value: &str,
    ) -> Result<Vec<Value>> {
        Err(ConnectorError::invalid_input(name, format!("`{class}` cannot be found by `{name}`")))
    }

    /// A list that the vendor itself filters by an attribute; `None` for one whose objects are [found](Self::find).
    async fn narrowed(
        &self,
        _ctx: &Context,
        _class: &ObjectClass,
        _name: &str,
        _value: &str,
    ) -> Result<Option<List>> {
        Ok(None)
    }

    /// Entitlements of which an account holds one at most.
    async fn exclusive(&self, _ctx: &Context) -> Result<Vec<ExclusiveGroup>> {
        Ok(Vec::new())
    }

    /// Asks the system who the connector is, and narrows the report to what it may do.
    async fn check(&self, ctx: &Context, report: &mut CheckReport) -> Result<()>;

    /// Creates an object out of what the mapping made of the resource. Gives what the system made of it.
    async fn create(
        &self,
        _ctx: &Context,
        class: &ObjectClass,
        _body: Map<String, Value>,
        _resource: &Resource,
    ) -> Result<(Value, Answer)> {
        Err(unsupported(&format!("create of `{class}`")))
    }

    /// Changes the members that differ.
    async fn update(
        &self,
        _ctx: &Context,
        class: &ObjectClass,
        _item: &Value,
        _changes: Map<String, Value>,
    ) -> Result<Outcome> {
        Err(unsupported(&format!("update of `{class}`")))
    }

    /// Makes an account work or stop working; already so, when it does or does not.
    async fn set_status(&self, _ctx: &Context, _item: &Value, _status: AccountStatus) -> Result<Outcome> {
        Err(unsupported("a change of status"))
    }

    /// Removes an object that is there.
    async fn delete(
        &self,
        _ctx: &Context,
        class: &ObjectClass,
        _item: &Value,
        _mode: DeleteMode,
    ) -> Result<Outcome> {
        Err(unsupported(&format!("delete of `{class}`")))
    }

    /// Erases what is left of an object that was deleted before.
    async fn purge(&self, _ctx: &Context, _object: &ObjectRef) -> Result<Outcome> {
        Ok(Outcome::already_gone())
    }

    /// Brings a deleted object back.
    async fn restore(&self, _ctx: &Context, _object: &ObjectRef) -> Result<Outcome> {
        Err(unsupported("a restore"))
    }

    /// Gives an entitlement; already so, when it is held.
    async fn grant(&self, _ctx: &Context, _item: &Value, _entitlement: &EntitlementRef) -> Result<Outcome> {
        Err(unsupported("a grant"))
    }

    /// Takes an entitlement away; already gone, when it is not held.
    async fn revoke(&self, _ctx: &Context, _item: &Value, _entitlement: &EntitlementRef) -> Result<Outcome> {
        Err(unsupported("a revocation"))
    }

    /// Ends sessions.
    async fn end_sessions(&self, _ctx: &Context, _item: &Value, _scope: SessionScope) -> Result<Outcome> {
        Err(unsupported("an end of sessions"))
    }

    /// Forgets second factors.
    async fn reset_factors(&self, _ctx: &Context, _item: &Value) -> Result<Outcome> {
        Err(unsupported("a reset of factors"))
    }

    /// Sets a credential.
    async fn set_credential(
        &self,
        _ctx: &Context,
        _item: &Value,
        _credential: &CredentialSource,
    ) -> Result<Outcome> {
        Err(unsupported("a change of credentials"))
    }

    /// Gives what one account owns to another.
    async fn transfer(
        &self,
        _ctx: &Context,
        _from: &Value,
        _to: &Value,
        _scope: &OwnershipScope,
    ) -> Result<Outcome> {
        Err(unsupported("a transfer of ownership"))
    }

    /// Does what only this system has.
    async fn other(&self, _ctx: &Context, _item: &Value, operation: &Operation) -> Result<Outcome> {
        Err(ConnectorError::unsupported(operation.class(), operation.kind()))
    }

    /// Asks after a job.
    async fn poll(&self, _ctx: &Context, job: &JobRef) -> Result<Outcome> {
        Err(ConnectorError::new(ErrorKind::NotFound, Certainty::Refused)
            .with_detail(format!("the system has no job `{}`", job.id)))
    }

    /// Follows changes of a class that declares them.
    async fn changes(
        &self,
        _ctx: &Context,
        class: &ObjectClass,
        _since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        Err(unsupported(&format!("following changes of `{class}`")))
    }
}

fn unsupported(what: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted)
        .with_detail(format!("the connector has no way to do this: {what}"))
}
