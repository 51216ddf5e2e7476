//! A connector whose calls end within the server's time limit, also when it does not heed its deadline.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::{Either, select};
use tenure_connector::{
    Capabilities, Certainty, ChangePage, CheckReport, Connector, ConnectorError, ConnectorInfo,
    ConnectorSchema, Context, DeltaToken, ErrorKind, Fields, JobRef, ListQuery, Object, ObjectClass,
    ObjectRef, Outcome, Page, Result, Timer, WriteRequest,
};

/// The connector behind a server. Without a timer no time passes, so every call is waited for.
#[derive(Debug)]
pub(crate) struct Bounded {
    connector: Arc<dyn Connector>,
    limit: Duration,
    timer: OnceLock<Arc<dyn Timer>>,
}

impl Bounded {
    pub(crate) fn new(connector: Arc<dyn Connector>, limit: Duration, timer: Option<Arc<dyn Timer>>) -> Self {
        let bounded = Self { connector, limit, timer: OnceLock::new() };
        if let Some(timer) = timer {
            bounded.time_by(timer);
        }
        bounded
    }

    /// Lets `timer` pass the time, unless there is one already.
    pub(crate) fn time_by(&self, timer: Arc<dyn Timer>) {
        // The first one stays.
        drop(self.timer.set(timer));
    }

    async fn read<T>(&self, call: impl Future<Output = Result<T>> + Send) -> Result<T> {
        self.within(Certainty::Refused, call).await
    }

    async fn within<T>(
        &self,
        certainty: Certainty,
        call: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let Some(timer) = self.timer.get() else { return call.await };
        match select(pin!(call), timer.sleep(self.limit)).await {
            Either::Left((answer, _)) => answer,
            Either::Right(((), _)) => Err(ConnectorError::new(ErrorKind::Timeout, certainty)
                .with_detail(format!("no answer within {} ms", self.limit.as_millis()))),
        }
    }
}

#[async_trait]
impl Connector for Bounded {
    fn info(&self) -> ConnectorInfo {
        self.connector.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.connector.capabilities()
    }

    async fn schema(&self, ctx: &Context) -> Result<ConnectorSchema> {
        self.read(self.connector.schema(ctx)).await
    }

    async fn check(&self, ctx: &Context) -> Result<CheckReport> {
        self.read(self.connector.check(ctx)).await
    }

    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        self.read(self.connector.get(ctx, object, fields)).await
    }

    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        self.read(self.connector.list(ctx, query)).await
    }

    async fn changes(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        self.read(self.connector.changes(ctx, class, since)).await
    }

    async fn apply(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        self.within(Certainty::Unknown, self.connector.apply(ctx, request)).await
    }

    async fn apply_and_show(
        &self,
        ctx: &Context,
        request: &WriteRequest,
    ) -> Result<(Outcome, Option<Object>)> {
        self.within(Certainty::Unknown, self.connector.apply_and_show(ctx, request)).await
    }

    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        self.read(self.connector.poll(ctx, job)).await
    }
}
