use std::pin::Pin;

use async_trait::async_trait;
use futures_core::Stream;
use futures_util::stream;
use tenure_scim::{AttrPath, CompareOp, Filter, Patch, Resource, uri};

use crate::{
    AccountStatus, Certainty, Connector, ConnectorError, Context, Cursor, DeleteMode, EntitlementRef,
    ErrorKind, Fields, IdempotencyKey, ListQuery, Object, ObjectClass, ObjectRef, Operation, Outcome, Page,
    RejectedItem, Result, WriteRequest,
};

/// A stream of pages.
pub type Pages<'a> = Pin<Box<dyn Stream<Item = Result<Page>> + Send + 'a>>;

/// Every object that a walk found, and whether it missed any.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// The objects, in the order of the walk.
    pub items: Vec<Object>,
    /// What was there but could not be read.
    pub rejected: Vec<RejectedItem>,
    /// Whether the walk missed nothing. Only then does absence mean anything.
    pub complete: bool,
}

/// Convenience on any [`Connector`].
///
/// # Examples
///
/// ```
/// use tenure_connector::memory::MemoryConnector;
/// use tenure_connector::{ConnectorExt, Context, ListQuery, ObjectClass};
/// use tenure_scim::Resource;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let (ctx, desk) = (Context::new("example"), MemoryConnector::new("desk"));
/// let resource = Resource::new("urn:ietf:params:scim:schemas:core:2.0:User").with("userName", "anna")?;
/// desk.create(&ctx, "step-1", ObjectClass::USER, resource).await?;
///
/// let all = desk.list_all(&ctx, ListQuery::new(ObjectClass::USER), 1_000).await?;
/// assert!(all.complete);
/// let anna = desk.find_one(&ctx, ObjectClass::USER, "userName", "ANNA").await?;
/// assert_eq!(anna.map(|anna| anna.object.id), Some(all.items[0].object.id.clone()));
///
/// for _ in 0..2 {
///     desk.ensure_groups(&ctx, &["Support", "Readers"]).await?;
/// }
/// assert_eq!(desk.list_all(&ctx, ListQuery::new(ObjectClass::GROUP), 1_000).await?.items.len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[async_trait]
pub trait ConnectorExt: Connector {
    /// Streams the pages of a walk, from the query's cursor on. Ends after the last page or the first error.
    fn pages<'a>(&'a self, ctx: &'a Context, query: ListQuery) -> Pages<'a>;

    /// Walks all pages.
    ///
    /// # Errors
    ///
    /// * Those of [`list`](Connector::list);
    /// * `Protocol`, when the walk does not end: the same cursor twice, or more than `limit` objects.
    async fn list_all(&self, ctx: &Context, query: ListQuery, limit: usize) -> Result<Listing>;

    /// Finds the one object with this text in this attribute.
    ///
    /// # Errors
    ///
    /// * Those of [`list`](Connector::list);
    /// * `Conflict`, when there are several.
    async fn find_one(
        &self,
        ctx: &Context,
        class: ObjectClass,
        attribute: &str,
        value: &str,
    ) -> Result<Option<Object>>;

    /// Reads an object, and `None` when it is not there.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Connector::get) but `NotFound`.
    async fn try_get(&self, ctx: &Context, object: &ObjectRef) -> Result<Option<Object>>;

    /// Makes an object.
    ///
    /// # Errors
    ///
    /// Those of [`apply`](Connector::apply).
    async fn create(
        &self,
        ctx: &Context,
        key: impl Into<IdempotencyKey> + Send,
        class: ObjectClass,
        resource: Resource,
    ) -> Result<Outcome>
    where
        Self: Sized;

    /// Makes the groups with these display names that are not there yet.
    ///
    /// # Errors
    ///
    /// Those of [`find_one`](Self::find_one) and [`apply`](Connector::apply).
    async fn ensure_groups(&self, ctx: &Context, names: &[&str]) -> Result<()>;

    /// Changes attributes.
    ///
    /// # Errors
    ///
    /// Those of [`apply`](Connector::apply).
    async fn update(
        &self,
        ctx: &Context,
        key: impl Into<IdempotencyKey> + Send,
        object: &ObjectRef,
        patch: Patch,
    ) -> Result<Outcome>
    where
        Self: Sized;

    /// Makes an account work or stop working.
    ///
    /// # Errors
    ///
    /// Those of [`apply`](Connector::apply).
    async fn set_status(
        &self,
        ctx: &Context,
        key: impl Into<IdempotencyKey> + Send,
        object: &ObjectRef,
        status: AccountStatus,
    ) -> Result<Outcome>
    where
        Self: Sized;

    /// Removes an object.
    ///
    /// # Errors
    ///
    /// Those of [`apply`](Connector::apply).
    async fn delete(
        &self,
        ctx: &Context,
        key: impl Into<IdempotencyKey> + Send,
        object: &ObjectRef,
        mode: DeleteMode,
    ) -> Result<Outcome>
    where
        Self: Sized;

    /// Gives an entitlement without arguments.
    ///
    /// # Errors
    ///
    /// Those of [`apply`](Connector::apply).
    async fn grant(
        &self,
        ctx: &Context,
        key: impl Into<IdempotencyKey> + Send,
        object: &ObjectRef,
        entitlement: EntitlementRef,
    ) -> Result<Outcome>
    where
        Self: Sized;

    /// Takes an entitlement away.
    ///
    /// # Errors
    ///
    /// Those of [`apply`](Connector::apply).
    async fn revoke(
        &self,
        ctx: &Context,
        key: impl Into<IdempotencyKey> + Send,
        object: &ObjectRef,
        entitlement: EntitlementRef,
    ) -> Result<Outcome>
    where
        Self: Sized;
}

#[async_trait]
impl<C: Connector + ?Sized> ConnectorExt for C {
    fn pages<'a>(&'a self, ctx: &'a Context, query: ListQuery) -> Pages<'a> {
        Box::pin(stream::try_unfold(Some(query), move |state| async move {
            let Some(query) = state else { return Ok(None) };
            let page = self.list(ctx, &query).await?;
            let next = page.next.clone().map(|cursor| query.with_cursor(cursor));
            Ok(Some((page, next)))
        }))
    }

    async fn list_all(&self, ctx: &Context, query: ListQuery, limit: usize) -> Result<Listing> {
        let mut listing = Listing { items: Vec::new(), rejected: Vec::new(), complete: true };
        let mut query = query;
        loop {
            let page = self.list(ctx, &query).await?;
            listing.items.extend(page.items);
            listing.rejected.extend(page.rejected);
            listing.complete &= page.complete;
            if listing.items.len() > limit {
                return Err(endless(format!("more than {limit} objects of class `{}`", query.class)));
            }
            query = match page.next {
                None => return Ok(listing),
                Some(next) if query.cursor.as_ref() == Some(&next) => return Err(repeated(&next)),
                Some(next) => query.with_cursor(next),
            };
        }
    }

    async fn find_one(
        &self,
        ctx: &Context,
        class: ObjectClass,
        attribute: &str,
        value: &str,
    ) -> Result<Option<Object>> {
        let path = AttrPath::parse(attribute).map_err(|error| {
            ConnectorError::invalid_input(attribute, error.to_string()).with_source(error)
        })?;
        let filter = Filter::compare(path, CompareOp::Eq, value);
        let mut found =
            self.list_all(ctx, ListQuery::new(class).with_filter(filter), FOUND_LIMIT).await?.items;
        match found.len() {
            0 | 1 => Ok(found.pop()),
            several => Err(ConnectorError::new(ErrorKind::Conflict, Certainty::Refused).with_detail(
                format!("expected one object with `{attribute}` equal to `{value}`, found {several}"),
            )),
        }
    }

    async fn try_get(&self, ctx: &Context, object: &ObjectRef) -> Result<Option<Object>> {
        match self.get(ctx, object, &Fields::All).await {
            Ok(object) => Ok(Some(object)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn create(
        &self,
        ctx: &Context,
        key: impl Into<IdempotencyKey> + Send,
        class: ObjectClass,
        resource: Resource,
    ) -> Result<Outcome>
    where
        Self: Sized,
    {
        let request = WriteRequest::new(key, Operation::Create { class, resource });
        self.apply(ctx, &request).await
    }

    async fn ensure_groups(&self, ctx: &Context, names: &[&str]) -> Result<()> {
        for name in names {
            if self.find_one(ctx, ObjectClass::GROUP, "displayName", name).await?.is_none() {
                let resource = Resource::new(uri::GROUP).with("displayName", *name).map_err(|error| {
                    ConnectorError::invalid_input("displayName", error.to_string()).with_source(error)
                })?;
                let create = Operation::Create { class: ObjectClass::GROUP, resource };
                self.apply(ctx, &WriteRequest::new(format!("group-{name}"), create)).await?;
            }
        }
        Ok(())
    }

    async fn update(
        &self,
        ctx: &Context,
        key: impl Into<IdempotencyKey> + Send,
        object: &ObjectRef,
        patch: Patch,
    ) -> Result<Outcome>
    where
        Self: Sized,
    {
        let request = WriteRequest::new(key, Operation::Update { object: object.clone(), patch });
        self.apply(ctx, &request).await
    }

    async fn set_status(
        &self,
        ctx: &Context,
        key: impl Into<IdempotencyKey> + Send,
        object: &ObjectRef,
        status: AccountStatus,
    ) -> Result<Outcome>
    where
        Self: Sized,
    {
        let request = WriteRequest::new(key, Operation::SetStatus { object: object.clone(), status });
        self.apply(ctx, &request).await
    }

    async fn delete(
        &self,
        ctx: &Context,
        key: impl Into<IdempotencyKey> + Send,
        object: &ObjectRef,
        mode: DeleteMode,
    ) -> Result<Outcome>
    where
        Self: Sized,
    {
        let request = WriteRequest::new(key, Operation::Delete { object: object.clone(), mode });
        self.apply(ctx, &request).await
    }

    async fn grant(
        &self,
        ctx: &Context,
        key: impl Into<IdempotencyKey> + Send,
        object: &ObjectRef,
        entitlement: EntitlementRef,
    ) -> Result<Outcome>
    where
        Self: Sized,
    {
        let parameters = std::collections::BTreeMap::new();
        let operation = Operation::Grant { object: object.clone(), entitlement, parameters };
        let request = WriteRequest::new(key, operation);
        self.apply(ctx, &request).await
    }

    async fn revoke(
        &self,
        ctx: &Context,
        key: impl Into<IdempotencyKey> + Send,
        object: &ObjectRef,
        entitlement: EntitlementRef,
    ) -> Result<Outcome>
    where
        Self: Sized,
    {
        let request = WriteRequest::new(key, Operation::Revoke { object: object.clone(), entitlement });
        self.apply(ctx, &request).await
    }
}

const FOUND_LIMIT: usize = 100;

fn endless(detail: String) -> ConnectorError {
    ConnectorError::new(ErrorKind::Protocol, Certainty::Refused).with_detail(detail)
}

fn repeated(cursor: &Cursor) -> ConnectorError {
    endless(format!("the page after cursor `{cursor}` points to itself"))
}
