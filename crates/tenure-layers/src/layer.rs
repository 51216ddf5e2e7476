use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use tenure_connector::{
    Capabilities, Certainty, ChangePage, CheckReport, Connector, ConnectorError, ConnectorInfo,
    ConnectorSchema, Context, DeltaToken, ErrorKind, Fields, JobRef, ListQuery, Object, ObjectClass,
    ObjectRef, Outcome, Page, Result, WriteRequest,
};

use crate::{Call, Reply};

/// Decides what happens around every call of a connector.
///
/// State lives in the layer. The answer must be the one to the call; anything else is a `Protocol` error.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use tenure_connector::memory::MemoryConnector;
/// use tenure_connector::{Connector, Context, Result};
/// use tenure_layers::{Call, Layer, Next, Reply, wrap};
///
/// #[derive(Debug)]
/// struct Loud;
///
/// #[async_trait::async_trait]
/// impl Layer for Loud {
///     async fn around(&self, ctx: &Context, call: Call<'_>, next: Next<'_>) -> Result<Reply> {
///         println!("{} {}", ctx.correlation(), call.method());
///         next.run(ctx, call).await
///     }
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let desk = wrap(Arc::new(MemoryConnector::new("desk")), Arc::new(Loud));
/// desk.check(&Context::new("example")).await?;
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[async_trait]
pub trait Layer: Send + Sync + fmt::Debug {
    /// Handles one call: refuses it, answers it, or passes it on, once or several times.
    async fn around(&self, ctx: &Context, call: Call<'_>, next: Next<'_>) -> Result<Reply>;

    /// What is left of the capabilities below; all of them, unless the layer takes something away.
    fn capabilities(&self, below: Capabilities) -> Capabilities {
        below
    }
}

/// What is below a layer.
#[derive(Debug, Clone, Copy)]
pub struct Next<'a> {
    inner: &'a dyn Connector,
    /// Where the object goes that a write shows, when it is asked for.
    shown: Option<&'a Mutex<Option<Object>>>,
}

impl Next<'_> {
    /// Passes a call on.
    ///
    /// # Errors
    ///
    /// Those of the method that is called.
    pub async fn run(&self, ctx: &Context, call: Call<'_>) -> Result<Reply> {
        let (Some(shown), Call::Apply(request)) = (self.shown, call) else {
            return call.send(ctx, self.inner).await;
        };
        // What an earlier attempt showed is not what this one leaves.
        let show = |object| *shown.lock().unwrap_or_else(PoisonError::into_inner) = object;
        show(None);
        let (outcome, object) = self.inner.apply_and_show(ctx, request).await?;
        show(object);
        Ok(Reply::Outcome(outcome))
    }

    /// What the connector below can do.
    #[must_use]
    pub fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }
}

/// Puts a layer around a connector.
#[must_use]
pub fn wrap(inner: Arc<dyn Connector>, layer: Arc<dyn Layer>) -> Arc<dyn Connector> {
    Arc::new(Wrapped { inner, layer })
}

#[derive(Debug)]
struct Wrapped {
    inner: Arc<dyn Connector>,
    layer: Arc<dyn Layer>,
}

impl Wrapped {
    async fn call(&self, ctx: &Context, call: Call<'_>) -> Result<Reply> {
        self.layer.around(ctx, call, Next { inner: &*self.inner, shown: None }).await
    }

    async fn write(&self, ctx: &Context, call: Call<'_>) -> Result<Outcome> {
        outcome(call, self.call(ctx, call).await?)
    }
}

fn outcome(call: Call<'_>, reply: Reply) -> Result<Outcome> {
    match reply {
        Reply::Outcome(outcome) => Ok(outcome),
        other => Err(mixed_up(call, &other).with_certainty(Certainty::Unknown)),
    }
}

fn mixed_up(call: Call<'_>, reply: &Reply) -> ConnectorError {
    let found = match reply {
        Reply::Schema(_) => "a schema",
        Reply::Check(_) => "a check report",
        Reply::Object(_) => "an object",
        Reply::Page(_) => "a page",
        Reply::Changes(_) => "changes",
        Reply::Outcome(_) => "an outcome",
    };
    ConnectorError::new(ErrorKind::Protocol, Certainty::Refused)
        .with_detail(format!("expected the answer to `{}` from a layer, found {found}", call.method()))
}

#[async_trait]
impl Connector for Wrapped {
    fn info(&self) -> ConnectorInfo {
        self.inner.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.layer.capabilities(self.inner.capabilities())
    }

    async fn schema(&self, ctx: &Context) -> Result<ConnectorSchema> {
        match self.call(ctx, Call::Schema).await? {
            Reply::Schema(schema) => Ok(schema),
            other => Err(mixed_up(Call::Schema, &other)),
        }
    }

    async fn check(&self, ctx: &Context) -> Result<CheckReport> {
        match self.call(ctx, Call::Check).await? {
            Reply::Check(report) => Ok(report),
            other => Err(mixed_up(Call::Check, &other)),
        }
    }

    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        let call = Call::Get { object, fields };
        match self.call(ctx, call).await? {
            Reply::Object(object) => Ok(object),
            other => Err(mixed_up(call, &other)),
        }
    }

    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        match self.call(ctx, Call::List(query)).await? {
            Reply::Page(page) => Ok(page),
            other => Err(mixed_up(Call::List(query), &other)),
        }
    }

    async fn changes(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        let call = Call::Changes { class, since };
        match self.call(ctx, call).await? {
            Reply::Changes(page) => Ok(page),
            other => Err(mixed_up(call, &other)),
        }
    }

    async fn apply(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        self.write(ctx, Call::Apply(request)).await
    }

    async fn apply_and_show(
        &self,
        ctx: &Context,
        request: &WriteRequest,
    ) -> Result<(Outcome, Option<Object>)> {
        let (call, shown) = (Call::Apply(request), Mutex::default());
        let next = Next { inner: &*self.inner, shown: Some(&shown) };
        let outcome = outcome(call, self.layer.around(ctx, call, next).await?)?;
        Ok((outcome, shown.into_inner().unwrap_or_else(PoisonError::into_inner)))
    }

    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        self.write(ctx, Call::Poll(job)).await
    }
}
