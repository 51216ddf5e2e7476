use async_trait::async_trait;
use tenure_connector::memory::MemoryConnector;
use tenure_connector::{
    Capabilities, Certainty, ChangePage, CheckReport, Connector, ConnectorError, ConnectorInfo,
    ConnectorSchema, Context, DeltaToken, ErrorKind, Fields, FilterSupport, JobRef, ListQuery, Object,
    ObjectClass, ObjectRef, Outcome, Page, Result, WriteRequest,
};

/// A system that lists everything, and can neither write nor filter nor sort nor count.
#[derive(Debug)]
pub struct ReadOnly(pub MemoryConnector);

#[async_trait]
impl Connector for ReadOnly {
    fn info(&self) -> ConnectorInfo {
        self.0.info()
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = self.0.capabilities();
        for class in capabilities.classes.values_mut() {
            class.operations.clear();
            if let Some(list) = class.list.as_mut() {
                (list.filter, list.sort, list.total) = (FilterSupport::None, false, false);
            }
        }
        capabilities
    }

    async fn schema(&self, ctx: &Context) -> Result<ConnectorSchema> {
        self.0.schema(ctx).await
    }

    async fn check(&self, ctx: &Context) -> Result<CheckReport> {
        self.0.check(ctx).await
    }

    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        self.0.get(ctx, object, fields).await
    }

    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        if query.filter.is_some() || query.sort.is_some() {
            return Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted));
        }
        let page =
            self.0.list(ctx, &query.clone().with_page_size(query.page_size.unwrap_or(7).min(7))).await?;
        Ok(Page { total: None, ..page })
    }

    async fn changes(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        self.0.changes(ctx, class, since).await
    }

    async fn apply(&self, _: &Context, request: &WriteRequest) -> Result<Outcome> {
        panic!("a read-only system is asked for {request:?}")
    }

    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        self.0.poll(ctx, job).await
    }
}
