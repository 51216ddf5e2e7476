//! Systems that can do little: what stands behind a gateway more often than a full directory.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of this")]

use std::sync::Arc;

use async_trait::async_trait;
use tenure_connector::memory::MemoryConnector;
use tenure_connector::{
    Capabilities, Certainty, Connector, ConnectorError, Context, ErrorKind, FilterSupport, ObjectRef, Result,
};
use tenure_layers::{Call, Layer, Next, Reply, wrap};

/// A system that lists everything by sevens, and can neither filter nor sort nor count; it gives `reserved` an odd id.
pub fn plain(system: MemoryConnector) -> Arc<dyn Connector> {
    wrap(Arc::new(system), Arc::new(Poor { writes: true }))
}

/// A plain system that nobody can write to.
pub fn read_only(system: MemoryConnector) -> Arc<dyn Connector> {
    wrap(Arc::new(system), Arc::new(Poor { writes: false }))
}

#[derive(Debug)]
struct Poor {
    writes: bool,
}

#[async_trait]
impl Layer for Poor {
    async fn around(&self, ctx: &Context, call: Call<'_>, next: Next<'_>) -> Result<Reply> {
        match call {
            Call::List(query) if query.filter.is_some() || query.sort.is_some() => {
                Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted))
            }
            Call::List(query) => {
                let query = query.clone().with_page_size(query.page_size.unwrap_or(7).min(7));
                match next.run(ctx, Call::List(&query)).await? {
                    Reply::Page(mut page) => {
                        page.total = None;
                        Ok(Reply::Page(page))
                    }
                    other => Ok(other),
                }
            }
            Call::Apply(request) if !self.writes => {
                panic!("a read-only system is asked for {request:?}")
            }
            Call::Apply(request) if format!("{request:?}").contains("reserved") => {
                match next.run(ctx, call).await? {
                    Reply::Outcome(mut outcome) => {
                        let odd =
                            |object: ObjectRef| ObjectRef { id: format!("bulkId:{}", object.id), ..object };
                        outcome.object = outcome.object.map(odd);
                        Ok(Reply::Outcome(outcome))
                    }
                    other => Ok(other),
                }
            }
            call => next.run(ctx, call).await,
        }
    }

    fn capabilities(&self, mut below: Capabilities) -> Capabilities {
        for class in below.classes.values_mut() {
            if !self.writes {
                class.operations.clear();
            }
            if let Some(list) = class.list.as_mut() {
                (list.filter, list.sort, list.total) = (FilterSupport::None, false, false);
            }
        }
        below
    }
}
