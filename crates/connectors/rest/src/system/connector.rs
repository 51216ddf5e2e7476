use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use tenure_connector::entitlement::{entitlement_class, grant_class};
use tenure_connector::record::worker_class;
use tenure_connector::{
    Capabilities, Certainty, ChangePage, CheckReport, Connector, ConnectorError, ConnectorInfo,
    ConnectorSchema, Context, DeltaToken, ErrorKind, Fields, FilterSupport, JobRef, ListQuery, Object,
    ObjectClass, ObjectRef, Outcome, Page, Result, WriteRequest,
};

use super::lists::{self, collection, exclusive};
use super::walk::{Step, step};
use super::{Collection, List, System, Wire};
use crate::{Auth, HarRecorder, Mapping, Stage, equality, refusal, slice};

/// A connector made of what only its vendor has.
#[derive(Debug)]
pub struct SystemConnector<S> {
    pub(super) system: S,
    wire: Wire,
}

impl<S: System> SystemConnector<S> {
    /// Makes a connector. Build the `reqwest::Client` with [`http_client`](crate::http_client), which follows no redirect.
    ///
    /// # Errors
    ///
    /// `Config`, when an address cannot be used.
    pub fn new(config: S::Config, auth: Auth, http: reqwest::Client) -> Result<Self> {
        let wire = Wire::new(auth, http);
        Ok(Self { system: S::new(config, &wire)?, wire })
    }

    /// Makes a connector of a system that was made in another way, such as one with two kinds of credentials, over this wire.
    #[must_use]
    pub fn of(system: S, wire: Wire) -> Self {
        Self { system, wire }
    }

    /// Records every request and its answer, without their secrets, from now on and with this recorder alone.
    #[must_use]
    pub fn with_har(self, har: HarRecorder) -> Self {
        self.wire.record(har);
        self
    }

    pub(super) fn mapping(&self, class: &ObjectClass) -> Result<Arc<Mapping>> {
        let found = self.system.collections()?.into_iter().find(|own| own.mapping().class() == class);
        found.map(|own| Arc::clone(own.mapping())).ok_or_else(|| ConnectorError::unknown_class(class))
    }

    /// What is told of a class that the system itself is not asked about: every one but users.
    pub(super) fn plain(&self, class: &ObjectClass) -> Result<Option<Collection>> {
        if *class == ObjectClass::USER { Ok(None) } else { collection(&self.system, class) }
    }

    /// An object in the vendor's words, by its id or the first other identifier that it can be found by.
    pub(super) async fn item(&self, ctx: &Context, object: &ObjectRef) -> Result<Option<Value>> {
        let mapping = self.mapping(&object.class)?;
        if !object.id.is_empty() {
            return match self.plain(&object.class)? {
                Some(own) => own.read(ctx, &object.id).await,
                None => self.system.read(ctx, &object.id).await,
            };
        }
        for name in mapping.finders() {
            if let Some(value) = object.secondary(name) {
                return Ok(self.found(ctx, &mapping, name, value).await?.pop());
            }
        }
        let known = mapping.finders().join("` or `");
        Err(ConnectorError::invalid_input("id", format!("expected an id or `{known}`, found `{object}`")))
    }

    /// The objects whose attribute has this value: a vendor's search may find beginnings and parts, too.
    pub(super) async fn found(
        &self,
        ctx: &Context,
        mapping: &Mapping,
        name: &str,
        value: &str,
    ) -> Result<Vec<Value>> {
        let mut found = match self.plain(mapping.class())? {
            Some(own) => own.find(ctx, name, value).await?,
            None => self.system.find(ctx, name, value).await?,
        };
        let mut same = Vec::new();
        for item in found.drain(..) {
            let object = mapping.item(&item)?;
            let own = object.object.secondary(name).or_else(|| object.resource.text(name));
            if own.is_some_and(|own| own.to_lowercase() == value.to_lowercase()) {
                same.push(item);
            }
        }
        Ok(same)
    }

    /// The objects that are found by an equality, which is the only filter that vendors have.
    async fn filtered(&self, ctx: &Context, query: &ListQuery, name: &str, value: &str) -> Result<Page> {
        let mapping = self.mapping(&query.class)?;
        let mut objects = Vec::new();
        for item in self.found(ctx, &mapping, name, value).await? {
            objects.push(mapping.project(mapping.item(&item)?, &query.fields)?);
        }
        let (items, next) = slice(objects, query.cursor.as_ref(), size(query, None))?;
        Ok(crate::page(items, next, None))
    }
}

#[async_trait]
impl<S: System> Connector for SystemConnector<S> {
    fn info(&self) -> ConnectorInfo {
        self.system.info()
    }

    fn capabilities(&self) -> Capabilities {
        self.system.capabilities()
    }

    async fn schema(&self, ctx: &Context) -> Result<ConnectorSchema> {
        let mut schema = ConnectorSchema::new();
        for own in self.system.collections()? {
            schema = schema.with(own.mapping().class().clone(), own.mapping().described());
        }
        let capabilities = self.capabilities();
        for (class, described) in [
            (ObjectClass::ENTITLEMENT, entitlement_class as fn() -> _),
            (ObjectClass::GRANT, grant_class),
            (ObjectClass::WORKER, worker_class),
        ] {
            if capabilities.class(&class).is_some() {
                schema = schema.with(class, described());
            }
        }
        schema.exclusive = exclusive(&self.system, ctx).await?;
        Ok(schema)
    }

    async fn check(&self, ctx: &Context) -> Result<CheckReport> {
        let mut report = CheckReport::ok(self.capabilities());
        self.system.check(ctx, &mut report).await?;
        Ok(report)
    }

    async fn get(&self, ctx: &Context, object: &ObjectRef, fields: &Fields) -> Result<Object> {
        let mapping = self.mapping(&object.class)?;
        let found = self.item(ctx, object).await?.ok_or_else(|| ConnectorError::not_found(object))?;
        mapping.project(mapping.item(&found)?, fields)
    }

    async fn list(&self, ctx: &Context, query: &ListQuery) -> Result<Page> {
        let capabilities = self.capabilities();
        let class = capabilities.class(&query.class);
        let Some(list) = class.and_then(|class| class.list.as_ref()) else {
            return Err(ConnectorError::unknown_class(&query.class));
        };
        if query.sort.is_some() {
            return Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted)
                .with_detail("the system's lists have one order"));
        }
        let names = match &list.filter {
            FilterSupport::Equality(names) => names.as_slice(),
            _ => &[],
        };
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let asked = query.filter.as_ref().map(|filter| equality(filter, &names)).transpose()?;
        // A list that the vendor itself filters, or objects that are found.
        let narrowed = |value| collection(&self.system, &query.class).map(|own| own?.narrowed(value));
        if let Some((name, value)) = asked
            && narrowed(value)?.is_none()
        {
            return self.filtered(ctx, query, name, value).await;
        }
        let count = if asked.is_some() { 1 } else { lists::count(&self.system, &query.class)? };
        let mut stage = Stage::enter(query.cursor.as_ref())?;
        let (mut empty, mut shifted) = (0, false);
        loop {
            if stage.number >= count {
                return Err(crate::list::foreign());
            }
            let lists = match asked {
                None => lists::list(&self.system, ctx, &query.class, stage.number).await?,
                Some((_, value)) => narrowed(value)?.ok_or_else(crate::list::foreign)?,
            };
            // A walk through many lists bounds itself.
            let bounded = matches!(lists, List::OfEach { .. });
            let Step { items, next, rate, moved } =
                step(ctx, lists, stage.inner.as_ref(), size(query, list.max_page_size)).await?;
            shifted |= moved;
            if items.is_empty() && next.is_none() && stage.number + 1 < count {
                stage = Stage { number: stage.number + 1, inner: None };
                continue;
            }
            // A page that holds nothing of ours is passed over, but not many in one call.
            if items.is_empty() && next.is_some() && !bounded && empty < MOST_EMPTY {
                (stage.inner, empty) = (next, empty + 1);
                continue;
            }
            let mut shown = items;
            if let Ok(mapping) = self.mapping(&query.class) {
                shown = shown
                    .into_iter()
                    .map(|object| mapping.project(object, &query.fields))
                    .collect::<Result<_>>()?;
            }
            let page = crate::page(shown, Stage::after(stage.number, next, count), rate);
            return Ok(Page { complete: !shifted, ..page });
        }
    }

    async fn changes(
        &self,
        ctx: &Context,
        class: &ObjectClass,
        since: Option<&DeltaToken>,
    ) -> Result<ChangePage> {
        let capabilities = self.capabilities();
        if capabilities.class(class).is_none_or(|class| class.changes.is_none()) {
            return Err(ConnectorError::new(ErrorKind::Unsupported, Certainty::NotAttempted)
                .with_detail(format!("changes of class `{class}` cannot be followed")));
        }
        self.system.changes(ctx, since).await
    }

    async fn apply(&self, ctx: &Context, request: &WriteRequest) -> Result<Outcome> {
        match refusal(&self.capabilities(), request) {
            Some(because) => Err(because),
            None => self.write(ctx, &request.operation).await,
        }
    }

    async fn poll(&self, ctx: &Context, job: &JobRef) -> Result<Outcome> {
        self.system.poll(ctx, job).await
    }
}

const MOST_EMPTY: u32 = 10;

fn size(query: &ListQuery, largest: Option<u32>) -> u32 {
    let largest = largest.unwrap_or(100);
    query.page_size.unwrap_or(largest).clamp(1, largest)
}
