use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use tenure_connector::memory::MemoryConnector;
use tenure_connector::*;
use tenure_layers::{CapabilityCheck, DryRun, ReadCache, Recording, Retry, Stack, Timeout, wrap};

use super::{SECOND, create, ctx, timer};

/// Shows what a write leaves. Its first writes fail although something is shown by then, as many as it says.
#[derive(Debug)]
struct Showing(MemoryConnector, AtomicU32);

#[async_trait]
impl Connector for Showing {
    fn info(&self) -> ConnectorInfo {
        self.0.info()
    }
    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
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
        self.0.list(ctx, query).await
    }
    async fn changes(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        self.0.changes(ctx, class, since).await
    }
    async fn apply(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        self.apply_and_show(ctx, request).await.map(|(outcome, _)| outcome)
    }
    async fn apply_and_show(
        &self,
        ctx: &Context,
        request: &WriteRequest,
    ) -> Result<(Outcome, Option<Object>)> {
        if self.1.load(Ordering::SeqCst) > 0 {
            self.1.fetch_sub(1, Ordering::SeqCst);
            return Err(ConnectorError::new(ErrorKind::Unavailable, Certainty::NotAttempted));
        }
        let outcome = self.0.apply(ctx, request).await?;
        let object = match &outcome.object {
            Some(object) => Some(self.0.get(ctx, object, &Fields::All).await?),
            None => None,
        };
        Ok((outcome, object))
    }
    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        self.0.poll(ctx, job).await
    }
}

fn showing(fails: u32) -> Arc<Showing> {
    Arc::new(Showing(MemoryConnector::new("desk"), AtomicU32::new(fails)))
}

#[tokio::test(start_paused = true)]
async fn what_a_write_shows_comes_through_every_layer() {
    let timer = timer();
    let desk = Stack::new(showing(2))
        .cache(Arc::new(ReadCache::new(timer.clone(), 60 * SECOND)))
        .retry(Retry::new(timer.clone()))
        .attempt_timeout(Timeout::new(timer.clone(), 10 * SECOND))
        .recording(Arc::new(Recording::new(timer)))
        .build();
    let (outcome, shown) = desk.apply_and_show(&ctx(), &create("k1", "anna")).await.unwrap();
    let read = desk.get(&ctx(), outcome.object.as_ref().unwrap(), &Fields::All).await.unwrap();
    assert_eq!(shown, Some(read));
    let (again, _) = desk.apply_and_show(&ctx(), &create("k2", "bert")).await.unwrap();
    assert_ne!(again.object, outcome.object);
}

#[tokio::test]
async fn what_is_not_written_is_not_shown() {
    let dry = Stack::new(showing(0)).dry_run(Arc::new(DryRun::new())).build();
    let (outcome, shown) = dry.apply_and_show(&ctx(), &create("k1", "anna")).await.unwrap();
    assert!(outcome.object.is_none() && shown.is_none());
    let silent = wrap(Arc::new(MemoryConnector::new("desk")), Arc::new(CapabilityCheck));
    let (outcome, shown) = silent.apply_and_show(&ctx(), &create("k1", "anna")).await.unwrap();
    assert!(outcome.object.is_some() && shown.is_none(), "a connector that shows nothing");
    let failing = wrap(showing(1), Arc::new(CapabilityCheck));
    assert!(failing.apply_and_show(&ctx(), &create("k1", "anna")).await.is_err());
}
