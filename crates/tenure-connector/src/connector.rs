use std::fmt;

use async_trait::async_trait;

use crate::{
    Capabilities, ChangePage, CheckReport, ConnectorInfo, ConnectorSchema, Context, DeltaToken, Fields,
    JobRef, ListQuery, Object, ObjectClass, ObjectRef, Outcome, Page, Result, WriteRequest,
};

/// Talks to one instance of one target system.
///
/// The core is small and has no default bodies, because a wrapper that forgets a method would be silently wrong. What
/// is convenient is in [`ConnectorExt`](crate::ConnectorExt). What a connector cannot do it answers with
/// [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported) and declares in [`capabilities`](Self::capabilities).
///
/// # Rules for every method
///
/// * Calls may run at the same time. Reads see every write that has been answered, unless the system is eventually
///   consistent; then a read that comes too early is [`ErrorKind::NotReady`](crate::ErrorKind::NotReady), not "gone".
/// * A connector never waits on its own: a rate limit is an error or a signal, and the layer above paces.
/// * A future may be dropped at any await. A dropped read has no effect. A dropped write has an unknown outcome.
/// * Errors are permanent or temporary, and say whether anything happened; nothing in them is secret.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a connector",
    note = "docs/CONNECTOR-GUIDE.md builds a connector step by step; `templates/connector` is a crate to copy"
)]
#[async_trait]
pub trait Connector: Send + Sync + fmt::Debug {
    /// Says which connector this is. Needs no connection.
    fn info(&self) -> ConnectorInfo;

    /// Says what the connector can do with any instance of the system. Needs no connection; [`check`](Self::check)
    /// narrows it.
    fn capabilities(&self) -> Capabilities;

    /// Describes the system's objects. The answer may be kept as long as the connector lives.
    ///
    /// # Errors
    ///
    /// Only where the schema has to be read from the system.
    async fn schema(&self, ctx: &Context) -> Result<ConnectorSchema>;

    /// Connects, and finds out what this account may do with this instance. Writes nothing.
    ///
    /// # Errors
    ///
    /// * `Config`, when the configuration cannot work;
    /// * `Auth` and refused, when the credentials are wrong;
    /// * `Unavailable` or `Timeout`, when the system cannot be reached.
    ///
    /// A missing permission is not an error but part of the report.
    async fn check(&self, ctx: &Context) -> Result<CheckReport>;

    /// Reads one object.
    ///
    /// # Errors
    ///
    /// * `NotFound`, when it is not there, and for no other reason;
    /// * `NotReady`, when it was just written and the system does not show it yet;
    /// * `InvalidInput`, when the reference has no identifier that the connector can look up.
    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object>;

    /// Reads one page of the objects of a class. Nothing found is an empty page.
    ///
    /// Walking from the first page along [`Page::next`] gives each object that existed during the whole walk exactly
    /// once, in an order that does not depend on the page size.
    ///
    /// # Errors
    ///
    /// * `Unsupported`, when the class, the filter or the order is not supported. A filter is never ignored;
    /// * `TokenExpired`, when the cursor is too old, and `InvalidInput`, when it is not one of this connector's.
    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page>;

    /// Reads what changed in a class since a token. Without a token: no changes, and the latest token.
    ///
    /// Every change that was answered before the call is in some page after the token. A change may come twice; changes
    /// of one object come in order.
    ///
    /// # Errors
    ///
    /// * `TokenExpired`, when the token is too old: list everything and start anew;
    /// * `Unsupported`, when the class cannot be followed.
    async fn changes(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage>;

    /// Carries out one write, all or nothing. What "already exists", "not found" and a repeat mean is at each
    /// [`Operation`](crate::Operation).
    ///
    /// Writes to different objects have no order among each other. Two writes to one object that run at the same time take
    /// effect one after the other, in either order; who needs an order waits for the first answer, or sends the expected
    /// version where the capabilities declare locking.
    ///
    /// # Errors
    ///
    /// Any kind. `Unknown` certainty obliges the caller to read back before repeating what is not idempotent.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the outcome unknown; never half an operation that a repeat cannot finish.
    async fn apply(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome>;

    /// As [`apply`](Self::apply), with the object as it is after the write where the connector knows it at no further cost:
    /// whole, and as [`get`](Self::get) would read it then.
    ///
    /// Whoever needs the object and gets none reads it. Without an implementation of its own a connector shows none.
    ///
    /// # Errors
    ///
    /// As [`apply`](Self::apply).
    ///
    /// # Cancel safety
    ///
    /// As [`apply`](Self::apply).
    async fn apply_and_show(
        &self,
        ctx: &Context,
        request: &WriteRequest,
    ) -> Result<(Outcome, Option<Object>)> {
        Ok((self.apply(ctx, request).await?, None))
    }

    /// Asks how a job is doing: `Accepted` again while it runs, then `Done` or `AlreadySo`; `Manual` while a person has
    /// not done it.
    ///
    /// # Errors
    ///
    /// * The error that the job ended with;
    /// * `NotFound`, when there is no such job;
    /// * `Unsupported`, when the connector starts no jobs.
    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome>;
}

#[async_trait]
impl<C: Connector + ?Sized> Connector for std::sync::Arc<C> {
    fn info(&self) -> ConnectorInfo {
        (**self).info()
    }

    fn capabilities(&self) -> Capabilities {
        (**self).capabilities()
    }

    async fn schema(&self, ctx: &Context) -> Result<ConnectorSchema> {
        (**self).schema(ctx).await
    }

    async fn check(&self, ctx: &Context) -> Result<CheckReport> {
        (**self).check(ctx).await
    }

    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        (**self).get(ctx, object, fields).await
    }

    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        (**self).list(ctx, query).await
    }

    async fn changes(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        (**self).changes(ctx, class, since).await
    }

    async fn apply(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        (**self).apply(ctx, request).await
    }

    async fn apply_and_show(
        &self,
        ctx: &Context,
        request: &WriteRequest,
    ) -> Result<(Outcome, Option<Object>)> {
        (**self).apply_and_show(ctx, request).await
    }

    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        (**self).poll(ctx, job).await
    }
}
