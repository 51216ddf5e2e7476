use std::fmt;

use async_trait::async_trait;
use serde_json::{Map, Value};
use tenure_connector::{
    AccountStatus, Capabilities, Certainty, ChangePage, CheckReport, ConnectorError, ConnectorInfo, Context,
    CredentialSource, DeleteMode, DeltaToken, EntitlementRef, ErrorKind, JobRef, ObjectClass, ObjectRef,
    Operation, Outcome, OwnershipScope, Result, SessionScope,
};

use super::{Collection, Feed, Found, Kind, List, New, Wire, lists};
use crate::Answer;

/// What only one vendor's connector knows. [`SystemConnector`](super::SystemConnector) is the connector made of it.
///
/// Most of it is data: the [`collections`](Self::collections) and the [`kinds`](Self::kinds) of entitlements. The rest are
/// small functions, each with a default: those for users take what the collection of users says, all others are refused. A
/// write is asked for only when it is declared in the capabilities and its object is there.
#[async_trait]
pub trait System: Sized + fmt::Debug + Send + Sync + 'static {
    /// What the connector has to know about an instance. Holds no secret.
    type Config: Clone + Send;

    /// Makes the clients and mappings.
    ///
    /// # Errors
    ///
    /// `Config`, when an address cannot be used.
    fn new(config: Self::Config, wire: &Wire) -> Result<Self>;

    /// Names the system and the instance.
    fn info(&self) -> ConnectorInfo;

    /// What can be done with any instance of this configuration.
    fn capabilities(&self) -> Capabilities;

    /// The classes whose objects can be listed or read. All but users are taken as they are told.
    ///
    /// # Errors
    ///
    /// `Config` or `InvalidInput`, for an address that cannot be.
    fn collections(&self) -> Result<Vec<Collection>> {
        Ok(Vec::new())
    }

    /// The kinds of entitlements.
    ///
    /// # Errors
    ///
    /// As [`collections`](Self::collections).
    fn kinds(&self) -> Result<Vec<Kind>> {
        Ok(Vec::new())
    }

    /// The feed of changes of users; `None`, when there is none, or it is more than that.
    ///
    /// # Errors
    ///
    /// As [`collections`](Self::collections).
    fn feed(&self) -> Result<Option<Feed>> {
        Ok(None)
    }

    /// A list of users that is not [told as data](Collection::in_lists), from 0.
    async fn list(&self, _ctx: &Context, _number: usize) -> Result<List> {
        Err(unsupported("a list of users"))
    }

    /// The entitlements of a kind that does not tell them as data; what it tells, with how many are [taken](Self::taken),
    /// when they are only to be [counted](Kind::counted).
    async fn entitlements(&self, ctx: &Context, kind: &str) -> Result<List> {
        match lists::counted(self, ctx, kind).await? {
            Some(list) => Ok(list),
            None => Err(unsupported(&format!("list of entitlements of the kind `{kind}`"))),
        }
    }

    /// How many hold this one of a kind whose entitlements are [counted](Kind::counted).
    async fn taken(&self, _ctx: &Context, entitlement: &EntitlementRef) -> Result<u64> {
        Err(unsupported(&format!("a count of those who hold `{entitlement}`")))
    }

    /// Who holds entitlements of a kind that does not [tell it as data](Kind::grants_in), from 0.
    async fn grants(&self, _ctx: &Context, kind: &str, _number: usize) -> Result<List> {
        Err(unsupported(&format!("list of grants of the kind `{kind}`")))
    }

    /// A user by its id; `None` when there is none, or it is deleted.
    async fn read(&self, ctx: &Context, id: &str) -> Result<Option<Value>> {
        users(self)?.read(ctx, id).await
    }

    /// The users that may have this value in an attribute. More than these do no harm: they are compared afterwards.
    async fn find(&self, ctx: &Context, name: &str, value: &str) -> Result<Vec<Value>> {
        users(self)?.find(ctx, name, value).await
    }

    /// Asks the system who the connector is, and narrows the report to what it may do.
    async fn check(&self, ctx: &Context, report: &mut CheckReport) -> Result<()>;

    /// Creates a user. Gives what the system made of it. One that works and should not, or the other way round, is
    /// [changed](Self::set_status) after.
    async fn create(&self, new: New<'_>) -> Result<(Value, Answer)> {
        users(self)?.create(new).await
    }

    /// Changes the members of a user that differ.
    async fn update(&self, user: Found<'_>, changes: Map<String, Value>) -> Result<Outcome> {
        users(self)?.update(user, changes).await
    }

    /// Changes a member of a user that has a way [of its own](Collection::apart). It is asked for before the others are
    /// changed.
    async fn update_apart(&self, _user: Found<'_>, member: &str, _value: &Value) -> Result<Outcome> {
        Err(unsupported(&format!("a change of `{member}`")))
    }

    /// Makes an account work or stop working; already so, when it does or does not. Unless told otherwise it is a change of
    /// the attribute `active`.
    async fn set_status(&self, user: Found<'_>, status: AccountStatus) -> Result<Outcome> {
        let change = users(self)?.mapping().activity(user.item, status.is_active())?;
        match change.is_empty() {
            true => Ok(Outcome::already_so()),
            false => self.update(user, change).await,
        }
    }

    /// Removes a user that is there.
    async fn delete(&self, user: Found<'_>, mode: DeleteMode) -> Result<Outcome> {
        users(self)?.delete(user, mode).await
    }

    /// Brings a deleted user back.
    async fn restore(&self, ctx: &Context, object: &ObjectRef) -> Result<Outcome> {
        users(self)?.restore(ctx, object).await
    }

    /// Gives an entitlement of a kind that does not tell as data how; already so, when it is held.
    async fn grant(&self, user: Found<'_>, entitlement: &EntitlementRef) -> Result<Outcome> {
        self.hold(user, entitlement, true).await
    }

    /// Takes an entitlement of such a kind away; already gone, when it is not held.
    async fn revoke(&self, user: Found<'_>, entitlement: &EntitlementRef) -> Result<Outcome> {
        self.hold(user, entitlement, false).await
    }

    /// Lets a user hold such an entitlement, or not: [`grant`](Self::grant) and [`revoke`](Self::revoke) in one, for what is
    /// given and taken alike.
    async fn hold(&self, _user: Found<'_>, _entitlement: &EntitlementRef, held: bool) -> Result<Outcome> {
        Err(unsupported(if held { "a grant" } else { "a revocation" }))
    }

    /// Ends sessions.
    async fn end_sessions(&self, _user: Found<'_>, _scope: SessionScope) -> Result<Outcome> {
        Err(unsupported("an end of sessions"))
    }

    /// Forgets second factors.
    async fn reset_factors(&self, _user: Found<'_>) -> Result<Outcome> {
        Err(unsupported("a reset of factors"))
    }

    /// Sets a credential.
    async fn set_credential(&self, user: Found<'_>, credential: &CredentialSource) -> Result<Outcome> {
        users(self)?.set_password(user, credential).await
    }

    /// Gives what one account owns to another.
    async fn transfer(&self, _from: Found<'_>, _to: Found<'_>, _scope: &OwnershipScope) -> Result<Outcome> {
        Err(unsupported("a transfer of ownership"))
    }

    /// Does what only this system has.
    async fn other(&self, _found: Found<'_>, operation: &Operation) -> Result<Outcome> {
        Err(ConnectorError::unsupported(operation.class(), operation.kind()))
    }

    /// Asks after a job. [`Jobs`](super::Jobs) starts and asks for systems that have them.
    async fn poll(&self, _ctx: &Context, job: &JobRef) -> Result<Outcome> {
        Err(ConnectorError::new(ErrorKind::NotFound, Certainty::Refused)
            .with_detail(format!("the system has no job `{}`", job.id)))
    }

    /// Follows changes of users, which the capabilities declare.
    async fn changes(&self, ctx: &Context, since: Option<&DeltaToken>) -> Result<ChangePage> {
        match self.feed()? {
            Some(feed) => feed.follow(ctx, since).await,
            None => Err(unsupported("following changes")),
        }
    }
}

fn users<S: System>(system: &S) -> Result<Collection> {
    let found = lists::collection(system, &ObjectClass::USER)?;
    found.ok_or_else(|| ConnectorError::unknown_class(&ObjectClass::USER))
}

fn unsupported(what: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted)
        .with_detail(format!("the connector has no way to do this: {what}"))
}
